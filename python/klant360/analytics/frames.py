"""The boundary between dbt Python models and pandas.

Money crosses this boundary as whole ten-thousandths of the base currency (123.4500 is 1234500), as integers
both ways, so that no amount passes through a float: SQL returns a bigint, the pure functions calculate with
integers and return integers, and only `typed` turns a column of type `decimal(18,4)` into decimals, by
dividing it by 10,000.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

MONEY = "decimal(18,4)"
_MONEY_LIMIT = 10**18


def to_pandas(relation: Any) -> pd.DataFrame:
    """Return what `dbt.ref` gives as pandas: a DuckDB relation, a Spark (Connect) frame, or pandas itself.

    It looks up `toPandas` on the class, since an instance of a Spark Connect frame appears to have any
    attribute.
    """
    if isinstance(relation, pd.DataFrame):
        return relation
    if hasattr(type(relation), "toPandas"):
        return relation.toPandas()
    return relation.df()


def single_date(frame: pd.DataFrame, column: str) -> date | None:
    """Return the date in `column` of a frame with one row; None if it is null or the frame has no rows.

    Raises ValueError if there are more rows.
    """
    if len(frame) > 1:
        raise ValueError(f"{column}: expected one row, found {len(frame)}")
    if frame.empty:
        return None
    return _as_date(frame[column].iloc[0])


def whole_numbers(frame: pd.DataFrame, column: str) -> list[int]:
    """Return the column as Python integers, which do not overflow.

    Raises ValueError on nulls and on types other than integers: a float may already have lost digits.
    """
    values = frame[column].tolist()
    if not all(isinstance(value, (int, np.integer)) and not isinstance(value, bool) for value in values):
        raise ValueError(
            f"{column}: expected integers without nulls, found {frame[column].dtype}; cast to bigint"
        )
    return [int(value) for value in values]


def whole_number_array(frame: pd.DataFrame, column: str) -> NDArray[np.int64]:
    """Return the column as an array (n,), for columns of many rows whose sums fit 64 bits.

    Raises ValueError on nulls, on types other than integers, and on integers of more than 64 bits.
    """
    if frame[column].dtype == np.int64:
        return frame[column].to_numpy()
    try:
        return np.array(whole_numbers(frame, column), dtype=np.int64)
    except OverflowError as error:
        raise ValueError(f"{column}: {error}") from error


def days(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return a column of datetime64 or datetime.date as datetime64[ns]; keeps the index, nulls are NaT.

    Raises ValueError on a time of day other than midnight.
    """
    values = pd.to_datetime(frame[column]).astype("datetime64[ns]")
    if (values.dropna() != values.dropna().dt.normalize()).any():
        raise ValueError(f"{column}: expected dates without a time of day")
    return values


def typed(frame: pd.DataFrame, types: Mapping[str, str]) -> pa.Table:
    """Return an Arrow table with exactly the columns of `types`, in that order, rows as in `frame`.

    `types` maps each column to `date`, `bigint`, `decimal(18,4)`, `double`, `boolean` or `string`. A frame
    without rows also gets these types. None, NaN, NaT and NA become null. A `date` may be datetime64 or
    datetime.date objects; a `decimal(18,4)` is whole ten-thousandths.

    Raises ValueError if columns are missing or unexpected, a type is unknown, or a value does not fit its
    type (the message names the column): nothing is rounded or truncated.
    """
    if set(frame.columns) != set(types) or len(frame.columns) != len(types):
        raise ValueError(
            f"expected the columns {', '.join(types)}; found {', '.join(map(str, frame.columns))}"
        )
    return pa.table({column: _typed_column(frame[column], column, kind) for column, kind in types.items()})


def _typed_column(values: pd.Series, column: str, kind: str) -> pa.Array:
    if kind not in _TYPES:
        raise ValueError(f"{column}: unknown type {kind}; known are {', '.join(_TYPES)}")
    arrow_type, convert = _TYPES[kind]
    try:
        if at_once := _AT_ONCE.get((str(values.dtype), kind)):
            return at_once(values.to_numpy())
        cells = [None if pd.isna(value) else convert(value) for value in values.tolist()]
        return pa.array(cells, type=arrow_type)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{column}: does not fit {kind}: {error}") from error


def _as_date(value: Any) -> date | None:
    if pd.isna(value):
        return None
    if not isinstance(value, date):  # a datetime and a pandas Timestamp are dates too
        raise TypeError(f"{value!r} is not a date")
    if not isinstance(value, datetime):
        return value
    if value.time() != time(0) or value.tzinfo is not None:
        raise ValueError(f"{value} has a time of day")
    return value.date()


def _as_integer(value: Any) -> int:
    if isinstance(value, bool) or value != int(value):
        raise ValueError(f"{value!r} is not a whole number")
    return int(value)


def _as_money(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{value!r} is not an integer number of ten-thousandths")
    if abs(int(value)) >= _MONEY_LIMIT:
        raise OverflowError(f"{value} ten-thousandths have more than 18 digits")
    return Decimal(int(value)).scaleb(-4)


def _all_money(units: NDArray[np.int64]) -> pa.Array:
    """Return whole ten-thousandths as decimals; in memory a decimal is an integer of 128 bits."""
    too_long = units[(units >= _MONEY_LIMIT) | (units <= -_MONEY_LIMIT)]
    if len(too_long):
        raise OverflowError(f"{too_long[0]} ten-thousandths have more than 18 digits")
    words = np.column_stack([units, units >> 63]).astype("<i8")
    return pa.Array.from_buffers(_TYPES[MONEY][0], len(units), [None, pa.py_buffer(words.tobytes())])


def _as_double(value: Any) -> float:
    if isinstance(value, (bool, str)):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def _as_boolean(value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{value!r} is not a boolean")
    return bool(value)


def _as_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


_TYPES: dict[str, tuple[pa.DataType, Callable[[Any], Any]]] = {
    "date": (pa.date32(), _as_date),
    "bigint": (pa.int64(), _as_integer),
    MONEY: (pa.decimal128(18, 4), _as_money),
    "double": (pa.float64(), _as_double),
    "boolean": (pa.bool_(), _as_boolean),
    "string": (pa.string(), _as_text),
}

# Columns of millions of rows whose numpy type says that all values fit.
_AT_ONCE: dict[tuple[str, str], Callable[[NDArray[Any]], pa.Array]] = {
    ("int64", "bigint"): pa.array,
    ("int64", MONEY): _all_money,
    ("float64", "double"): lambda values: pa.array(values, from_pandas=True),
    ("bool", "boolean"): pa.array,
}
