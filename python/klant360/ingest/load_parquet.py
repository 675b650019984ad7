"""Loads a Parquet file: its values as the text that a CSV would have."""

import glob
import re
from dataclasses import replace

import duckdb

from klant360.contract import Table
from klant360.ingest.delivery import Part
from klant360.ingest.header import Header
from klant360.quoting import identifier


def load_parquet(
    cursor: duckdb.DuckDBPyConnection, table: Table, target: str, part: Part, number: int, header: Header
) -> Header:
    """Append the rows of a Parquet file; returns the header with its typed columns."""
    parameters = {"path": glob.escape(str(part.path))}
    source = "read_parquet($path, binary_as_string = true, hive_partitioning = false)"
    described = cursor.execute(f"describe from {source}", parameters).fetchall()
    stored = dict(zip(header.columns, described, strict=True))
    values = ", ".join(
        _text_of(identifier(stored[column.name][0]), stored[column.name][1], column.type)
        if column.name in stored
        else "null"
        for column in table.columns
    )
    cursor.execute(f"insert into {target} select {values}, {number} from {source}", parameters)
    typed = frozenset(name for name, (_, stored_type, *_) in stored.items() if stored_type != "VARCHAR")
    return replace(header, typed_columns=typed)


def _text_of(value: str, stored_type: str, contract_type: str) -> str:
    """Return the SQL that writes a Parquet value as the text a CSV would have.

    `value` is SQL of DuckDB's type `stored_type`; `contract_type` is the column's in the contract. Doubles
    become integers if they are whole, else decimals with four places; nan, infinities and values that are too
    large keep a text that no cast accepts.
    """
    text = f"cast({value} as varchar)"
    if stored_type in ("DOUBLE", "FLOAT"):
        whole = f"cast(try_cast({value} as hugeint) as varchar)"
        rounded = f"rtrim(rtrim(cast(try_cast({value} as decimal(38, 4)) as varchar), '0'), '.')"
        return f"coalesce(case when {value} = trunc({value}) then {whole} else {rounded} end, {text})"
    if stored_type.startswith("DECIMAL"):
        width, scale = map(int, re.findall(r"\d+", stored_type))
        # a decimal(4, 4) is written as .5000
        digits = rf"regexp_replace({text}, '^(-?)\.', '\10.')" if width == scale else text
        is_whole = contract_type == "amount" or scale == 0
        return digits if is_whole else rf"regexp_replace({digits}, '\.0+$', '')"
    if stored_type.startswith("TIMESTAMP"):
        has_zone = stored_type == "TIMESTAMP WITH TIME ZONE"
        # four times as fast as the time zone functions
        moment = f"make_timestamp(epoch_us({value}))" if has_zone else f"cast({value} as timestamp)"
        text = f"cast({moment} as varchar)" + (" || 'Z'" if has_zone else "")
        if contract_type == "date":
            day = f"cast({moment} as date)"
            return f"case when {moment} = {day} then cast({day} as varchar) else {text} end"
    return text
