"""The boundary between dbt and pandas: the accepted input and the exact output types."""

from datetime import date, datetime
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from klant360.analytics.frames import (
    days,
    single_date,
    to_pandas,
    typed,
    whole_number_array,
    whole_numbers,
)

ALL_TYPES = {
    "day": "date",
    "number": "bigint",
    "amount": "decimal(18,4)",
    "share": "double",
    "flag": "boolean",
    "label": "string",
}
ARROW_TYPES = [pa.date32(), pa.int64(), pa.decimal128(18, 4), pa.float64(), pa.bool_(), pa.string()]
DUCKDB_TYPES = ["DATE", "BIGINT", "DECIMAL(18,4)", "DOUBLE", "BOOLEAN", "VARCHAR"]


def duckdb_types(table):
    connection = duckdb.connect()
    connection.register("given", table)
    connection.execute("create table kept as select * from given")
    return [row[1] for row in connection.execute("describe kept").fetchall()]


def one(value, kind, **how):
    return typed(pd.DataFrame({"x": pd.Series([value], **how)}), {"x": kind})["x"].to_pylist()[0]


def test_values_and_types():
    frame = pd.DataFrame(
        {
            "label": ["één", None],
            "flag": [True, None],
            "share": [0.25, np.nan],
            "amount": pd.Series([1234501, None], dtype=object),
            "number": pd.array([7, None], dtype="Int64"),
            "day": [date(2024, 2, 29), None],
        }
    )
    table = typed(frame, ALL_TYPES)
    assert table.column_names == list(ALL_TYPES)
    assert table.schema.types == ARROW_TYPES
    assert table.to_pylist() == [
        {
            "day": date(2024, 2, 29),
            "number": 7,
            "amount": Decimal("123.4501"),
            "share": 0.25,
            "flag": True,
            "label": "één",
        },
        dict.fromkeys(ALL_TYPES),
    ]
    assert duckdb_types(table) == DUCKDB_TYPES


@pytest.mark.parametrize("rows", [0, 2])
def test_types_stay_without_rows_and_without_values(rows):
    table = typed(pd.DataFrame({column: [None] * rows for column in ALL_TYPES}), ALL_TYPES)
    assert table.num_rows == rows
    assert duckdb_types(table) == DUCKDB_TYPES


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_dates_of_any_resolution(unit):
    values = pd.Series(["2024-12-31", None], dtype=f"datetime64[{unit}]")
    assert typed(pd.DataFrame({"x": values}), {"x": "date"})["x"].to_pylist() == [date(2024, 12, 31), None]


def test_dates_as_objects_beyond_nanoseconds():
    assert one(date(9999, 12, 31), "date", dtype=object) == date(9999, 12, 31)


def test_a_filtered_frame_keeps_its_rows():
    frame = pd.DataFrame({"x": [1, 2, 3]})
    assert typed(frame[frame["x"] > 1], {"x": "bigint"})["x"].to_pylist() == [2, 3]


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_money_is_exact(units):
    assert one(units, "decimal(18,4)") * 10_000 == units


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.sampled_from([1 - 10**18, 10**18 - 1, 10**18, -(10**18)]))
)
def test_columns_of_numbers_are_typed_as_their_values_are(numbers):
    """Columns of numpy's types go another way, since they may be long."""
    for kind, dtype in (
        ("bigint", "int64"),
        ("decimal(18,4)", "int64"),
        ("double", "float64"),
        ("boolean", "bool"),
    ):
        column = pd.Series(numbers, dtype="int64").astype(dtype)
        outcomes = []
        for values in (column, column.astype(object)):
            try:
                outcomes.append(typed(pd.DataFrame({"x": values}), {"x": kind}))
            except ValueError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]


def test_a_missing_double_is_null():
    values = pd.DataFrame({"x": [0.5, float("nan")]})
    assert typed(values, {"x": "double"})["x"].to_pylist() == [0.5, None]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (10**18, "decimal(18,4)"),
        (1.5, "decimal(18,4)"),
        (12.0, "decimal(18,4)"),
        (Decimal("1.5"), "decimal(18,4)"),
        (1.5, "bigint"),
        (2**63, "bigint"),
        ("7", "bigint"),
        (True, "bigint"),
        (float("inf"), "bigint"),
        (datetime(2024, 1, 1, 12), "date"),
        ("2024-01-01", "date"),
        (1, "boolean"),
        ("0.5", "double"),
        (5, "string"),
    ],
)
def test_a_value_that_does_not_fit_is_reported_with_its_column(value, kind):
    with pytest.raises(ValueError, match=r"^x: does not fit"):
        one(value, kind, dtype=object)


@pytest.mark.parametrize("columns", [["a"], ["a", "b", "c"], ["a", "a"], ["a", "a", "b"]])
def test_columns_must_be_those_of_the_types(columns):
    frame = pd.DataFrame([[1] * len(columns)], columns=columns)
    with pytest.raises(ValueError, match="expected the columns a, b; found"):
        typed(frame, {"a": "bigint", "b": "bigint"})


def test_unknown_type():
    with pytest.raises(ValueError, match="unknown type varchar"):
        typed(pd.DataFrame({"x": ["a"]}), {"x": "varchar"})


class FakeSparkFrame:
    def toPandas(self):  # noqa: N802
        return pd.DataFrame({"x": [1]})

    def __getattr__(self, name):
        raise AssertionError(f"asked a Spark frame for {name}")


def test_to_pandas():
    frame = pd.DataFrame({"x": [1]})
    assert to_pandas(frame) is frame
    assert to_pandas(FakeSparkFrame()).equals(frame)
    assert to_pandas(duckdb.sql("select 1::bigint as x")).equals(frame)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select date '2024-02-29' as d", date(2024, 2, 29)),
        ("select null::date as d", None),
        ("select null::date as d where false", None),
    ],
)
def test_single_date(query, expected):
    found = single_date(to_pandas(duckdb.sql(query)), "d")
    assert found == expected
    assert not isinstance(found, datetime)


def test_single_date_of_several_rows():
    with pytest.raises(ValueError, match="d: expected one row, found 2"):
        single_date(pd.DataFrame({"d": [None, None]}), "d")


def test_whole_numbers():
    big = pd.DataFrame({"x": [10**30, -1]}, dtype=object)
    assert whole_numbers(big, "x") == [10**30, -1]
    assert whole_numbers(pd.DataFrame({"x": []}, dtype=object), "x") == []
    assert all(type(number) is int for number in whole_numbers(pd.DataFrame({"x": [1, 2]}), "x"))


def test_whole_number_array():
    for values in ([1, -(2**63)], [], np.array([3, 4], dtype=np.int32)):
        frame = pd.DataFrame({"x": values})
        found = whole_number_array(frame if len(frame) else frame.astype("int64"), "x")
        assert found.dtype == np.int64 and found.tolist() == list(values)
    for values in ([1.0], [1, None], [2**63]):
        with pytest.raises(ValueError, match="x: "):
            whole_number_array(pd.DataFrame({"x": values}, dtype=object), "x")


@pytest.mark.parametrize("values", [[1.0], [1, None], [True], ["1"], [Decimal(1)]])
def test_whole_numbers_accepts_nothing_else(values):
    with pytest.raises(ValueError, match="x: expected integers"):
        whole_numbers(pd.DataFrame({"x": values}), "x")


def test_a_hugeint_is_refused_since_pandas_gets_it_as_a_float():
    frame = to_pandas(duckdb.sql("select sum(x) as x from (values (1::bigint), (2::bigint)) as t(x)"))
    with pytest.raises(ValueError, match="cast to bigint"):
        whole_numbers(frame, "x")


def test_days():
    same = [date(2024, 1, 31), None]
    for values in (pd.Series(same), pd.Series(same, dtype="datetime64[us]")):
        found = days(pd.DataFrame({"d": values}), "d")
        assert found.dtype == "datetime64[ns]"
        assert found[0] == pd.Timestamp(2024, 1, 31) and pd.isna(found[1])
    assert days(pd.DataFrame({"d": []}, dtype=object), "d").dtype == "datetime64[ns]"
    with pytest.raises(ValueError, match="d: expected dates without a time of day"):
        days(pd.DataFrame({"d": [datetime(2024, 1, 1, 12)]}), "d")
