import gzip
import os
from datetime import date, datetime, timezone
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from klant360.contract import read_contract
from klant360.ingest.delivery import DeliveryError, find_delivery
from klant360.ingest.loading import load_sources

CONTRACT = read_contract()
ORDERS = b"order_id,ordered_at,total_amount\nO1,2024-01-02,10.50\n"


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture
def sources(tmp_path):
    """A sources folder with one good order; `put` it fuller."""
    put(tmp_path, "webshop/orders.csv", ORDERS)
    return tmp_path


def put(sources, name, content):
    path = sources / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        pq.write_table(pa.table(content), path)
    else:
        path.write_bytes(gzip.compress(content) if name.lower().endswith(".gz") else content)
    return path


def load(connection, sources, **options):
    log = []
    load_sources(connection, sources, CONTRACT, log=log.append, **options)
    return log


def problems(connection, sources):
    with pytest.raises(DeliveryError) as raised:
        load(connection, sources)
    return list(raised.value.problems)


def rows(connection, table, columns="*"):
    return sorted(connection.execute(f"select {columns} from {table}").fetchall(), key=repr)


def products(connection, sources):
    load(connection, sources)
    return rows(connection, "webshop.products", "product_id, product_name, category")


# What is read


def test_tables_have_the_columns_of_the_contract(connection, sources):
    load(connection, sources)
    for table in CONTRACT.values():
        described = connection.execute(f"describe {table.name}").fetchall()
        assert [(name, kind) for name, kind, *_ in described] == [
            *((c.name, "VARCHAR") for c in table.columns),
            ("part_number", "BIGINT"),
        ]
    tables = connection.execute("select count(*) from duckdb_tables() where not temporary").fetchone()[0]
    assert tables == len(CONTRACT) + 3  # nothing is left over but the tables of bookkeeping


def test_bookkeeping_has_every_table(connection, sources):
    load(connection, sources)
    books = connection.execute(
        "select source_table, is_delivered, file_count, row_count from staging.delivered_tables"
    ).fetchall()
    assert sorted(books) == sorted(
        (name, True, 1, 1) if name == "webshop.orders" else (name, False, 0, 0) for name in CONTRACT
    )


def test_bookkeeping_has_every_file_with_its_columns(connection, sources):
    put(sources, "webshop/products/b.csv", b"Category;colour;PRODUCT_ID\nwood;red;P1\n")
    put(sources, "webshop/products/a.csv", b"product_id\nP2\n")
    put(sources, "crm/customers.parquet", {"email": ["a@x.example"], "customer_number": ["1"]})
    expected = [
        ("crm.customers", 1, "crm/customers.parquet", ",customer_number,email,"),
        ("webshop.orders", 1, "webshop/orders.csv", ",order_id,ordered_at,total_amount,"),
        ("webshop.products", 1, "webshop/products/a.csv", ",product_id,"),
        ("webshop.products", 2, "webshop/products/b.csv", ",product_id,category,"),
    ]
    load(connection, sources)
    files = "(select source_table, part_number, file_name, columns from staging.delivered_files)"
    assert rows(connection, files) == expected
    (sources / "crm" / "customers.parquet").unlink()
    load(connection, sources)
    assert rows(connection, files) == expected[1:]


@pytest.mark.parametrize(
    "content",
    [
        b"product_id,product_name,category\nP1,chair,wood\nP2,,\n",
        b"category;PRODUCT_ID; Product_Name \nwood;P1;chair\n;P2;\n",
        b"product_id\tproduct_name\tcategory\nP1\tchair\twood\nP2\t\t\n",
        b"\xef\xbb\xbfproduct_id,product_name,category\r\nP1,chair,wood\r\nP2,,\r\n",
        b'"product_id";"product_name";"category";"colour, or ""tint"""\nP1;chair;wood;red\nP2;;;\n',
        b"product_id,product_name,category\n\nP1,chair,wood\n   \nP2,,\n\n",
        b"product_id,product_name,category\rP1,chair,wood\rP2,,",
        b"sep=;\nproduct_id;product_name;category\nP1;chair;wood\nP2;;\n",
        b'\xef\xbb\xbf"SEP=\t"\r\nproduct_id\tproduct_name\tcategory\r\nP1\tchair\twood\r\nP2\t\t\r\n',
        b'sep=";"\rproduct_id;product_name;category\rP1;chair;wood\rP2;;\r',
        "product_id;product_name;category;prénom\nP1;chair;wood;\nP2;;;€\n".encode("cp1252"),
        "product_id;product_name;category;x\nP1;chair;wood;é\nP2;;;\n".encode("utf-16"),
        "sep=,\r\nproduct_id,product_name,category\r\nP1,chair,wood\r\nP2,,\r\n".encode("utf-16-be"),
    ],
)
@pytest.mark.parametrize(
    "name", ["products.csv", "products.CSV", "products.csv.gz", "products/part-0.CSV.GZ"]
)
def test_csv_in_its_many_forms(connection, sources, content, name):
    put(sources, f"webshop/{name}", content)
    assert products(connection, sources) == [("P1", "chair", "wood"), ("P2", None, None)]
    assert rows(connection, "staging.malformed_rows") == []


def test_quoted_fields_keep_their_line_ends_quotes_and_delimiters(connection, sources):
    put(sources, "webshop/products.csv", b'product_id,product_name,category\n"P,1","a ""b""\n\nc",""\n')
    assert products(connection, sources) == [("P,1", 'a "b"\n\nc', None)]


def test_long_fields_load(connection, sources):
    put(sources, "webshop/products.csv", b'product_id,product_name\nP1,"' + b"x\n" * 500_000 + b'"\nP2,b\n')
    load(connection, sources)
    assert rows(connection, "webshop.products", "length(product_name)") == [(1,), (1_000_000,)]


def test_one_column_with_blank_lines(connection, sources):
    put(sources, "webshop/products.csv", b'product_id\nP1\n\n""\n  \nP2\n\n')
    assert products(connection, sources) == [("P1", None, None), ("P2", None, None), (None, None, None)]


def test_parts_are_one_table_by_the_names_of_their_columns(connection, sources):
    put(sources, "webshop/products/a.csv", b"product_id,category\nP1,wood\n")
    put(sources, "webshop/products/b.csv", b"product_name;product_id\nchair;P2\n")
    for ignored in ("_SUCCESS", ".hidden.csv"):
        put(sources, f"webshop/products/{ignored}", b"")
    assert products(connection, sources) == [("P1", None, "wood"), ("P2", "chair", None)]


@pytest.mark.parametrize(
    "names",
    [
        ["part-2.csv", "part-10.csv"],
        ["2024-9.csv", "2024-10.csv", "2025-1.csv"],
        ["A.csv", "b.csv", "C.csv"],
        ["A1.csv", "a1.csv", "a01b.csv"],
        ["orders.csv", "orders (1).csv", "orders (2).csv", "orders (10).csv"],
        ["0.csv", "00.csv", "a.csv"],
        ["x9.csv", "x10y2.csv", "x10y11.csv", "x99999999999999999999.csv"],
    ],
)
def test_parts_stand_in_the_order_of_the_numbers_in_their_names(tmp_path, names):
    for name in reversed(names):
        put(tmp_path, f"webshop/orders/{name}", ORDERS)
    parts = find_delivery(tmp_path, CONTRACT).parts["webshop.orders"]
    assert [part.path.name for part in parts] == names


@pytest.mark.parametrize("name", ["it's.csv", "a*.csv", "[x].csv", "na\u00efve?.csv"])
def test_file_and_header_names_may_hold_anything(connection, sources, name):
    put(sources, f"webshop/products/{name}", b"product_id,it's \"x,x\nP1,,\n".replace(b'"', b""))
    put(sources, "webshop/products/ab.csv", b"product_id,x,x\nP2,,\n")
    assert [row[0] for row in products(connection, sources)] == ["P1", "P2"]


def test_what_was_not_handed_in_is_told_at_every_load(connection, sources):
    for _ in range(2):
        told = load(connection, sources)[-1]
        assert "crm.customers" in told
        assert "webshop.orders" not in told


# Malformed lines


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_a_line_with_empty_fields_too_many_is_malformed(connection, sources, line_end):
    lines = [
        b"product_id,product_name,category",
        b"P1,,",
        b"P2,a,b,",
        b'P3,"x, y",',
        b'P4,"x, y",z,,',
        b'P5,"two',
        b'lines,,,",z',
        b"P6,,,,,",
    ]
    put(sources, "webshop/products.csv", line_end.join(lines) + line_end)
    inner = line_end.decode()
    assert products(connection, sources) == [
        ("P1", None, None),
        ("P3", "x, y", None),
        ("P5", f"two{inner}lines,,,", "z"),
    ]
    assert rows(connection, "staging.malformed_rows", "line_number") == [(3,), (5,), (8,)]


def test_malformed_lines_are_told_by_their_line_in_the_file(connection, sources):
    lines = [b"product_id,product_name,category", b'P1,"two', b'lines",x', b"", b"P2,b", b'P3,"c"d,x']
    lines += [b"P4,\xff,x", b"P5,\xc3\xa9,x,x", b'P6,"5" inch",x', b'P7,"two', b'more"x,y', b"P8,h,x", b""]
    for line_end in (b"\n", b"\r\n"):
        put(sources, "webshop/products.csv", line_end.join(lines))
        load(connection, sources)
        assert rows(connection, "webshop.products", "product_id") == [("P1",), ("P8",)]
        malformed = rows(connection, "staging.malformed_rows")
        assert malformed == sorted(
            (("webshop.products", "webshop/products.csv", n) for n in (5, 6, 7, 8, 9, 10)), key=repr
        )


GOOD = st.sampled_from([b"1,2,3", b",,", b'1,"a\nb ""c"", d\n",3', b'"","",""', b"1, x ,3"])
BAD = st.sampled_from([b"1,2", b'1,"x"y,3', b"1,\xff,3", b"1,2,3,4", b'1,"5" inch",3', b'1,"m\nn"x,3'])
BLANK = st.sampled_from([b"", b"  "])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(GOOD, BAD, BLANK), max_size=40), st.booleans())
def test_every_line_is_a_row_or_malformed_or_blank(sources, lines, is_packed):
    for old in sources.glob("webshop/products*"):
        old.unlink()
    # as many lines in UTF-8 as there are others: with more of those, the file would be windows-1252
    lines = lines + ["1,é,3".encode()] * lines.count(b"1,\xff,3")
    content = b"product_id,product_name,category\n" + b"".join(line + b"\n" for line in lines)
    put(sources, "webshop/products.csv.gz" if is_packed else "webshop/products.csv", content)
    starts, at = [], 2
    for line in lines:
        starts.append((line, at))
        at += 1 + line.count(b"\n")
    bad = {b"1,2", b'1,"x"y,3', b"1,\xff,3", b"1,2,3,4", b'1,"5" inch",3', b'1,"m\nn"x,3'}
    with duckdb.connect() as connection:
        load(connection, sources)
        assert connection.execute("select count(*) from webshop.products").fetchone()[0] == sum(
            line.strip() != b"" and line not in bad for line in lines
        )
        malformed = connection.execute("select line_number from staging.malformed_rows order by 1").fetchall()
    assert [number for (number,) in malformed] == [at for line, at in starts if line in bad]


@pytest.mark.parametrize("filler", [b"x,y,z\n", b'x,""y"",z\n'])
def test_rows_inside_a_quoted_field_stay_inside_it(connection, sources, filler):
    # Long enough that a reader in parallel starts inside such a field, and takes its lines for rows.
    record = b'1,"' + filler * (50_000 // len(filler)) + b'",3\n' + b'2,"hello, world",3\n' * 100
    put(sources, "webshop/products.csv", b"product_id,product_name,category\n" + record * 900)
    load(connection, sources)
    assert connection.execute("select count(*) from webshop.products").fetchone() == (900 * 101,)
    assert rows(connection, "staging.malformed_rows") == []


# Parquet

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
    connection.execute("set TimeZone = 'America/New_York'")  # of no influence
    load(connection, sources)
    assert (text,) in rows(connection, table, column)
    assert len(rows(connection, table)) == len(values)


# What stops the build

PROBLEMS = [
    ("products.csv", b"", ["0 bytes"]),
    ("products.csv", b"product_name,category\nchair,wood\n", ["product_id", "product_name, category"]),
    ("products.csv", b"product_id,PRODUCT_ID \nP1,P2\n", ["2 headers", "product_id,"]),
    ("products.csv", b"P1234,chair,12.50\n", ["line 1 looks like a row of data", "product_id"]),
    ("products.csv", b"chair\n\nproduct_id,unit_cost\n", ["line 3"]),
    ("products.csv", b"\xd0\xcf\x11\xe0\x00", ["spreadsheet", "CSV UTF-8"]),
    ("products.csv", b"product_id,caf\xe9\nP1,\xc3\xa9\n", ["UTF-8"]),
    ("products.csv", "product_id,café\nP1,x\n".encode("utf-16-le")[:24] + b"\x00\xd8\n\x00", ["UTF-16"]),
    ("products.csv", b'product_id,"category\nP1,x\n', ["quote"]),
    ("products.csv", b'product_id,category\nP1,x\nP2,"y\nP3,z\n', ["quote", "line 3"]),
    ("products.csv", b'product_id,category\nP1,"x\nP2,y\nP3,"z"\nP4,z\n', ["quote", "line 2"]),
    ("products.csv", b'product_id,category\nP1,"' + b"x\n" * 2_500_000, ["quote", "line 2", "4 MB"]),
    ("products.csv", b"product_id,category\r\nP1,x\nP2,y\r\n", ["line ends"]),
    ("products.csv.gz", b"", ["product_id"]),
    ("products.parquet", b"PAR1 and no more", ["Parquet"]),
    ("products.parquet", {"Product_id": ["P1"], "product_ID": ["P2"]}, ["2 headers"]),
    ("products.parquet", {"category": ["x"]}, ["product_id", "category"]),
    ("products/a.csv", b"category\nx\n", ["products/a.csv", "product_id"]),
]


@pytest.mark.parametrize(("name", "content", "words"), PROBLEMS)
def test_unreadable_files_stop_the_build(connection, sources, name, content, words):
    put(sources, f"webshop/{name}", content)
    (problem,) = problems(connection, sources)
    for word in ["webshop.products", name, *words]:
        assert word in problem


@pytest.mark.parametrize(
    ("name", "content"),
    [("products.csv.gz", gzip.compress(os.urandom(9000).hex().encode())), ("products.parquet", None)],
)
def test_truncated_files_stop_the_build(connection, sources, name, content):
    if content is None:
        path = put(sources, f"webshop/{name}", {"product_id": ["P1"] * 1000})
        path.write_bytes(path.read_bytes()[:-20])
    else:
        path = put(sources, f"webshop/{name}", b"")
        path.write_bytes(content[:-20])
    (problem,) = problems(connection, sources)
    assert name in problem
    assert "whole" in problem


def test_an_archive_that_is_none(connection, sources):
    put(sources, "webshop/products.csv.gz", b"").write_bytes(b"product_id\nP1\n")
    assert "gzip" in problems(connection, sources)[0]


@pytest.mark.parametrize("second", ["products.csv.gz", "products.parquet", "products/a.csv", "products.CSV"])
def test_one_table_twice_stops_the_build(connection, sources, second):
    put(sources, "webshop/products.csv", b"product_id\nP1\n")
    put(sources, f"webshop/{second}", b"product_id\nP1\n")
    (problem,) = problems(connection, sources)
    assert "webshop.products" in problem
    assert second.split("/")[0] in problem


def test_a_folder_of_two_formats_or_none_stops_the_build(connection, sources):
    put(sources, "webshop/products/a.csv", b"product_id\nP1\n")
    put(sources, "webshop/products/b.parquet", {"product_id": ["P1"]})
    put(sources, "webshop/accounts/_SUCCESS", b"")
    found = problems(connection, sources)
    assert {problem.split(":")[0] for problem in found} == {"webshop.products", "webshop.accounts"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("orders_export.csv", ["put the orders there as webshop/orders.csv"]),
        ("export.csv.gz", ["put the orders there as webshop/orders.csv.gz"]),
        ("Orders.XLSX", ["is a spreadsheet", "CSV UTF-8", "webshop/orders.csv"]),
        ("orders.zip", ["unpack it", "webshop/orders.csv"]),
    ],
)
def test_a_file_for_a_folder(connection, tmp_path, name, words):
    (problem,) = problems(connection, put(tmp_path, name, ORDERS))
    for word in ["must name the folder that holds webshop/orders.csv", name, *words]:
        assert word in problem


def test_missing_folder_and_missing_orders(connection, tmp_path):
    (problem,) = problems(connection, tmp_path / "nothing")
    assert "make demo" in problem
    assert "KLANT360_SOURCES" in problem
    put(tmp_path, "crm/customers.csv", b"customer_number\n1\n")
    (problem,) = problems(connection, tmp_path)
    assert "webshop.orders" in problem


def test_erasure_requests_need_an_email_or_a_number(connection, sources):
    put(sources, "crm/erasure_requests.csv", b"requested_at,reason\n2024-01-01,x\n")
    (problem,) = problems(connection, sources)
    assert "email, customer_number" in problem
    put(sources, "crm/erasure_requests.csv", b"requested_at,email\n2024-01-01,x\n")
    load(connection, sources)


def test_all_problems_of_all_tables_are_told_at_once(connection, sources):
    put(sources, "webshop/orders.csv", b"status\nx\n")
    put(sources, "crm/customers.csv", b"")
    put(sources, "crm/campaign_spend.csv", b'spend_month,channel,amount\n2024-01-01,"x,1\n')
    put(sources, "webshop/accounts.csv", b"account_id\nA1\n")
    put(sources, "webshop/accounts.parquet", {"account_id": ["A1"]})
    found = problems(connection, sources)
    assert sum("webshop.orders" in problem for problem in found) == 3  # each of its required columns
    assert len(found) == 6


def test_unknown_files_are_hints(connection, sources):
    put(sources, "webshop/product.csv", b"product_id\nP1\n")
    put(sources, "wepshop/products.csv", b"product_id\nP1\n")
    put(sources, "README.md", b"")
    hints = [line for line in load(connection, sources) if "not read" in line]
    assert len(hints) == 2
    assert "webshop/products" in hints[0]
    assert "webshop" in hints[1]


@pytest.mark.parametrize(
    "name", ["products.xlsx", "webshop/products.xlsx", "webshop/products.zip", "webshop/products/late.ods"]
)
def test_a_workbook_beside_a_table_is_a_hint(connection, sources, name):
    put(sources, "webshop/products/part.csv", b"product_id\nP1\n")
    put(sources, name, b"PK")
    assert [name in line for line in load(connection, sources) if line.startswith("Not read:")] == [True]
    assert rows(connection, "webshop.products", "product_id") == [("P1",)]


def test_columns_that_are_not_read_are_told_once_per_table(connection, sources):
    put(sources, "webshop/orders.csv", b"order_id,ordered_at,total_amount,Currency,Tag,jan@x.example, \n")
    put(sources, "webshop/products/1.csv", b"product_id,colour,size\nP1,,\n")
    put(sources, "webshop/products/2.csv", b"product_id,Size,colour,Titel\nP1,,,\n")
    put(sources, "webshop/accounts.csv", b"account_id\n")
    names = [f"extra {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    put(sources, "crm/customers.csv", ",".join(["customer_number", *names]).encode() + b"\n")
    log = [line for line in load(connection, sources) if "ignored" in line]
    assert log == [
        f"crm/customers.csv: ignored columns {', '.join(names[:20])} and 6 more.",
        "webshop/orders.csv: ignored columns Currency, Tag and 1 that looks like data."
        ' To have them read, rename "Currency" to currency_code.',
        "webshop/products: ignored columns colour, size, Size, Titel."
        ' To have them read, rename "Titel" to product_name.',
    ]


# Loading again


def test_unchanged_files_are_not_read_again(connection, sources):
    put(sources, "webshop/products.csv", b"product_id,category\nP1\n")
    load(connection, sources)
    connection.execute("insert into webshop.orders (order_id) values ('marker')")
    put(sources, "webshop/accounts.csv", b"account_id\nA1\n")
    load(connection, sources)
    assert ("marker",) in rows(connection, "webshop.orders", "order_id")
    assert rows(connection, "webshop.accounts", "account_id") == [("A1",)]
    assert len(rows(connection, "staging.malformed_rows")) == 1
    load(connection, sources, reload=True)
    assert rows(connection, "webshop.orders", "order_id") == [("O1",)]
    assert len(rows(connection, "staging.malformed_rows")) == 1


def test_changed_and_removed_files_replace_the_table(connection, sources):
    products_file = put(sources, "webshop/products.csv", b"product_id,category\nP1,x\nP2\n")
    load(connection, sources)
    state = products_file.stat()
    products_file.write_bytes(b"product_id,category\nP3,x\nP4\n")
    os.utime(products_file, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    load(connection, sources)
    assert rows(connection, "webshop.products", "product_id") == [("P3",)]
    products_file.unlink()
    load(connection, sources)
    assert rows(connection, "webshop.products") == rows(connection, "staging.malformed_rows") == []
    assert len(rows(connection, "staging.delivered_tables")) == len(CONTRACT)


def test_a_dropped_table_is_loaded_again(connection, sources):
    load(connection, sources)
    connection.execute("drop table webshop.orders")
    load(connection, sources)
    assert rows(connection, "webshop.orders", "order_id") == [("O1",)]


def test_a_failed_load_changes_nothing(connection, sources):
    put(sources, "webshop/products.csv", b"product_id,category\nP1,x\nP2\n")
    load(connection, sources)
    tables = ["webshop.orders", "webshop.products", "staging.delivered_tables", "staging.malformed_rows"]
    before = [rows(connection, table) for table in tables]
    put(sources, "webshop/orders.csv", ORDERS + b"O2,2024-01-03,1\n")
    put(sources, "webshop/products.csv", b"product_id,category\nP3\n")
    put(sources, "crm/customers.csv", b"nothing\n")
    problems(connection, sources)
    assert [rows(connection, table) for table in tables] == before
    assert connection.execute(
        "select count(*) from duckdb_tables() where table_name like '%loading'"
    ).fetchone() == (0,)
