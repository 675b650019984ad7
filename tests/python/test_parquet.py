"""Parquet files: each value becomes the text that a CSV file would have, and broken files are reported."""

from datetime import date, datetime, timezone
from decimal import Decimal

import pyarrow as pa
import pytest

from deliveries import CONTRACT, load, problems, put, rows

UTC = timezone.utc
PARQUET_VALUES = [
    ("webshop.order_lines", "quantity", pa.array([2.0, None]), "2"),
    ("webshop.order_lines", "quantity", pa.array([Decimal("2.00")]), "2"),
    ("webshop.order_lines", "quantity", pa.array([7], pa.uint64()), "7"),
    ("webshop.order_lines", "quantity", pa.array([2.5]), "2.5"),
    ("webshop.order_lines", "unit_price", pa.array([0.1 + 0.2]), "0.3"),
    ("webshop.order_lines", "unit_price", pa.array([12.34567]), "12.3457"),
    ("webshop.order_lines", "unit_price", pa.array([-0.00001]), "0"),
    ("webshop.order_lines", "unit_price", pa.array([0.1], pa.float32()), "0.1"),
    ("webshop.order_lines", "unit_price", pa.array([float("nan")]), "nan"),
    ("webshop.order_lines", "unit_price", pa.array([float("-inf")]), "-inf"),
    ("webshop.order_lines", "unit_price", pa.array([1e300]), "1e+300"),
    ("webshop.order_lines", "unit_price", pa.array([Decimal("0.0000001000")]), "0.0000001000"),
    ("webshop.order_lines", "product_id", pa.array([123.0, None]), "123"),
    ("webshop.order_lines", "product_id", pa.array([9007199254740993], pa.int64()), "9007199254740993"),
    ("webshop.order_lines", "product_id", pa.array(["P1"]).dictionary_encode(), "P1"),
    ("webshop.order_lines", "product_id", pa.array(["P1"], pa.large_string()), "P1"),
    ("webshop.order_lines", "product_id", pa.array([b"P1"], pa.binary()), "P1"),
    ("webshop.products", "is_in_stock", pa.array([True]), "true"),
    ("webshop.products", "category", pa.nulls(1), None),
    ("crm.customers", "birth_date", pa.array([date(1980, 5, 6)]), "1980-05-06"),
    ("crm.customers", "birth_date", pa.array([datetime(1980, 5, 6)]), "1980-05-06"),
    ("crm.customers", "birth_date", pa.array([datetime(1980, 5, 6, 7)]), "1980-05-06 07:00:00"),
    ("crm.customers", "updated_at", pa.array([date(2024, 5, 6)]), "2024-05-06"),
    ("crm.customers", "updated_at", pa.array([datetime(2024, 5, 6)]), "2024-05-06 00:00:00"),
    (
        "crm.customers",
        "updated_at",
        pa.array([datetime(2024, 5, 6, 7, 8, 9, 10)]),
        "2024-05-06 07:08:09.00001",
    ),
    ("crm.customers", "updated_at", pa.array([1], pa.timestamp("ns")), "1970-01-01 00:00:00"),
    (
        "crm.customers",
        "updated_at",
        pa.array([datetime(2024, 5, 6, 7, tzinfo=UTC)], pa.timestamp("us", "Europe/Amsterdam")),
        "2024-05-06 07:00:00Z",
    ),
]


@pytest.mark.parametrize(("table", "column", "values", "text"), PARQUET_VALUES)
def test_parquet_is_read_by_value(connection, sources, table, column, values, text):
    content = {name: ["x"] * len(values) for name in CONTRACT[table].required_columns}
    put(sources, f"{CONTRACT[table].path}.parquet", {**content, column: values, 'ex"tra': [1] * len(values)})
    connection.execute("set TimeZone = 'America/New_York'")  # has no effect
    load(connection, sources)
    assert (text,) in rows(connection, table, column)
    assert len(rows(connection, table)) == len(values)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"Product_id": ["P1"], "product_ID": ["P2"]}, ["2 headers"]),
        ({"category": ["x"]}, ["product_id", "category"]),
        (None, ["complete"]),
    ],
    ids=["a column twice", "a missing column", "cut short"],
)
def test_a_broken_parquet_file_stops_the_build(connection, sources, content, words):
    path = put(sources, "webshop/products.parquet", content or {"product_id": ["P1"] * 1000})
    if content is None:
        path.write_bytes(path.read_bytes()[:-20])
    (problem,) = problems(connection, sources)
    assert [word for word in ["webshop.products", "products.parquet", *words] if word not in problem] == []
