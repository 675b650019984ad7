"""Loading: what is read from a delivery, what stops it, and what is not read again."""

import os

import pytest

from deliveries import CONTRACT, ORDERS, load, problems, products, put, rows
from klant360.ingest.delivery import find_delivery

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
    assert tables == len(CONTRACT) + 3  # only the bookkeeping tables remain


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
def test_parts_are_ordered_by_the_numbers_in_their_names(tmp_path, names):
    for name in reversed(names):
        put(tmp_path, f"webshop/orders/{name}", ORDERS)
    parts = find_delivery(tmp_path, CONTRACT).parts["webshop.orders"]
    assert [part.path.name for part in parts] == names


@pytest.mark.parametrize("name", ["it's.csv", "a*.csv", "[x].csv", "na\u00efve?.csv"])
def test_file_and_header_names_may_contain_anything(connection, sources, name):
    put(sources, f"webshop/products/{name}", b"product_id,it's \"x,x\nP1,,\n".replace(b'"', b""))
    put(sources, "webshop/products/ab.csv", b"product_id,x,x\nP2,,\n")
    assert [row[0] for row in products(connection, sources)] == ["P1", "P2"]


def test_tables_that_were_not_delivered_are_logged_at_every_load(connection, sources):
    for _ in range(2):
        line = load(connection, sources)[-1]
        assert "crm.customers" in line
        assert "webshop.orders" not in line


# What stops the build


def test_an_empty_archive_has_no_header(connection, sources):
    put(sources, "webshop/products.csv.gz", b"")
    (problem,) = problems(connection, sources)
    assert "product_id" in problem


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
        ("Orders.XLSX", ["put the orders there as webshop/orders.xlsx"]),
        ("Orders.xls", ["is another kind of spreadsheet", "CSV UTF-8", "webshop/orders.csv"]),
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


def test_unknown_files_give_hints(connection, sources):
    put(sources, "webshop/product.csv", b"product_id\nP1\n")
    put(sources, "wepshop/products.csv", b"product_id\nP1\n")
    put(sources, "README.md", b"")
    advice = "has the columns of webshop.products: move it to webshop/products.csv."
    assert [line for line in load(connection, sources) if "ot read" in line] == [
        f"Not read: webshop/product.csv {advice}",
        f"Not read: wepshop/products.csv {advice}",
    ]


@pytest.mark.parametrize(
    "name", ["products.xls", "webshop/products.xls", "webshop/products.zip", "webshop/products/late.ods"]
)
def test_a_workbook_beside_a_table_gives_a_hint(connection, sources, name):
    put(sources, "webshop/products/part.csv", b"product_id\nP1\n")
    put(sources, name, b"PK")
    assert [name in line for line in load(connection, sources) if line.startswith("Not read:")] == [True]
    assert rows(connection, "webshop.products", "product_id") == [("P1",)]


def test_ignored_columns_are_logged_once_per_table(connection, sources):
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
