import csv
import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from klant360.contract import folded, read_contract
from klant360.ingest.delivery import Part
from klant360.ingest.header import Header, ignored_columns, read_headers
from klant360.ingest.header_names import looks_like_data, suggested_renames
from klant360.project import PROJECT

CONTRACT = read_contract()
ORDERS = CONTRACT["webshop.orders"]

# Headers like those of shop exports, reduced to relevant columns; the second has one row per item.
SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,"
    "Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,"
    "Lineitem name,Lineitem price,Lineitem sku,Billing Name,Billing Street,Billing Zip,Billing City,"
    "Billing Country,Billing Phone,Notes,Cancelled at,Refunded Amount,Vendor,Id,Tags,Source,Tax 1 Name,Phone,"
    "Next Payment Due At"
)
WOOCOMMERCE = (
    '"Order Number","Order Status","Order Date","Customer Note","First Name (Billing)","Last Name (Billing)",'
    '"Email (Billing)","Phone (Billing)","Item #",SKU,Name,Quantity,"Item Cost","Order Line Total",'
    '"Coupon Code","Cart Discount Amount","Order Subtotal Amount","Order Shipping Amount",'
    '"Order Refund Amount","Order Total Amount","Order Total Tax Amount"'
)
DUTCH = (
    "Ordernummer;Besteldatum;Klantnummer;Naam klant;E-mailadres;Telefoonnummer;Bedrag;Verzendkosten;Korting;"
    "Status;Betaald op;Valuta;Laatst gewijzigd"
)
MAGENTO = (
    'ID,"Purchase Point","Purchase Date","Grand Total (Base)","Grand Total (Purchased)","Customer Email"'
)


def read(folder, text, table=ORDERS):
    path = folder / "part.csv"
    path.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
    part = Part(path, f"{table.path}.csv", "csv")
    headers, problems = read_headers(table, [part])
    return headers.get(part), problems, ignored_columns(table, headers)


def told_renames(sentences):
    return {column: name for name, column in re.findall(r'"([^"]+)" to (\w+)', " ".join(sentences))}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (
            SHOPIFY,
            {
                "order_id": "Name",
                "ordered_at": "Created at",
                "total_amount": "Total",
                "status": "Financial Status",
                "sales_channel": "Source",
                "currency_code": "Currency",
                "discount_amount": "Discount Amount",
                "shipping_amount": "Shipping",
                "refunded_amount": "Refunded Amount",
                "paid_at": "Paid at",
                "due_at": "Next Payment Due At",
            },
        ),
        (
            WOOCOMMERCE,
            {
                "order_id": "Order Number",
                "ordered_at": "Order Date",
                "total_amount": "Order Total Amount",
                "email": "Email (Billing)",
                "phone": "Phone (Billing)",
                "status": "Order Status",
                "discount_amount": "Cart Discount Amount",
                "shipping_amount": "Order Shipping Amount",
                "refunded_amount": "Order Refund Amount",
            },
        ),
        (
            DUTCH,
            {
                "order_id": "Ordernummer",
                "ordered_at": "Besteldatum",
                "total_amount": "Bedrag",
                "account_id": "Klantnummer",
                "email": "E-mailadres",
                "phone": "Telefoonnummer",
                "currency_code": "Valuta",
                "discount_amount": "Korting",
                "shipping_amount": "Verzendkosten",
                "paid_at": "Betaald op",
                "updated_at": "Laatst gewijzigd",
            },
        ),
        (
            MAGENTO,
            {
                "order_id": "ID",
                "ordered_at": "Purchase Date",
                "total_amount": "Grand Total (Purchased)",
                "email": "Customer Email",
                "sales_channel": "Purchase Point",
            },
        ),
    ],
    ids=["Shopify", "WooCommerce", "Dutch", "Magento"],
)
def test_one_round_of_renaming_is_enough_for_a_shop_export(tmp_path, text, meant):
    header, problems, _ = read(tmp_path, text)
    assert header is None
    renames = told_renames(problems)
    assert {column: name for column, name in renames.items() if column in meant} == meant
    assert set(renames) - set(meant) <= {"cancelled_at", "parent_order_id"}
    delimiter = ";" if ";" in text else ","
    names = next(csv.reader([text], delimiter=delimiter))
    to = {name: column for column, name in renames.items()}
    header, problems, ignored = read(tmp_path, delimiter.join(to.get(name, name) for name in names))
    assert problems == []
    assert set(renames) <= set(header.columns)
    assert "rename" not in ignored  # nothing is left for a second round


def test_nothing_is_read_by_its_alias(tmp_path):
    header, problems, ignored = read(tmp_path, "order_id,ordered_at,total_amount,Valuta\n")
    assert (header.columns[3], problems) == ("valuta", [])
    assert ignored.endswith('ignored columns Valuta. To have them read, rename "Valuta" to currency_code.')


@pytest.mark.parametrize(
    ("table", "names", "renames"),
    [
        ("webshop.orders", ["Order-ID", "order id"], {"order_id": "Order-ID"}),
        ("webshop.orders", ["ORDER_ID", "Order ID"], {}),
        ("webshop.orders", ["Ordered_ad"], {"ordered_at": "Ordered_ad"}),
        ("webshop.orders", ["Datum", "Besteldatum"], {"ordered_at": "Besteldatum"}),
        ("webshop.orders", ["Währung", "WAHRUNG"], {"currency_code": "Währung"}),
        ("webshop.orders", ["Customer", "Colour", "", "#", "12", "jan@x.example"], {}),
        ("webshop.orders", ["Klantnummer"], {"account_id": "Klantnummer"}),
        ("webshop.accounts", ["customer_name"], {}),
        ("crm.customers", ["Klantnummer", "Straße"], {"customer_number": "Klantnummer", "street": "Straße"}),
        ("crm.erasure_requests", ["E-mailadres", "Datum"], {"email": "E-mailadres", "requested_at": "Datum"}),
        ("webshop.products", ["Name"], {"product_name": "Name"}),
    ],
)
def test_headers_that_resemble_a_column(table, names, renames):
    assert suggested_renames(names, CONTRACT[table]) == renames


def test_one_of_two_columns_is_needed(tmp_path):
    table = CONTRACT["crm.erasure_requests"]
    _, problems, _ = read(tmp_path, "E-mailadres,requested_at\n", table)
    (problem,) = problems
    assert 'needs one of the columns email, customer_number: rename "E-mailadres" to email' in problem


def test_aliases_name_existing_columns_and_are_unambiguous():
    with (PROJECT / "seeds" / "header_aliases.csv").open(encoding="utf-8", newline="") as lines:
        aliases = list(csv.DictReader(lines))
    columns = {name: {column.name for column in table.columns} for name, table in CONTRACT.items()}
    columns[""] = set().union(*columns.values())
    assert {
        alias["column_name"]
        for alias in aliases
        if alias["column_name"] not in columns[alias["source_table"]]
    } <= {"cancelled_at", "parent_order_id"}
    counts = Counter((alias["source_table"], folded(alias["header"])) for alias in aliases)
    assert [alias for alias, count in counts.items() if count > 1] == []
    assert not any(looks_like_data(alias["header"]) for alias in aliases)
    # a column itself needs no alias, and must not be one of another
    named = {(table, folded(column)) for table, names in columns.items() if table for column in names}
    assert named & counts.keys() == set()


@pytest.mark.parametrize(
    "name",
    [
        "jan@x.example",
        "2024-01-05",
        "5-1-2024 10:00",
        "12,50",
        "€ 12.50",
        "-3",
        "+31 6 12345678",
        "'0612345678",
        "(020) 1234567",
        "K1234",
        "INV-2024-17",
        "NL91ABNA0417164300",
        "1012 AB",
        "Kerkstraat 12",
        "https://x.example",
        "123e4567-e89b-12d3-a456-426614174000",
        "x" * 61,
    ],
)
def test_a_header_that_could_be_a_value_is_not_shown(name):
    assert looks_like_data(name)


def test_names_in_exports_do_not_look_like_data():
    for text in (SHOPIFY, WOOCOMMERCE, DUTCH, MAGENTO):
        names = next(csv.reader([text.replace(";", ",")]))
        assert [name for name in names if looks_like_data(name)] == []


@pytest.mark.parametrize(
    ("first", "is_skipped"),
    [
        ("sep=;", True),
        ("SEP=,", True),
        ('"sep=;"', True),
        ('sep=";"', True),
        ("sep=\t", True),
        ("sep=|", True),
        ("sep=;;;;", True),
        ("sep", False),
        ("separator=;", False),
        ("sep=order_id", False),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_separator_line_is_skipped(tmp_path, first, is_skipped, end):
    header, problems, _ = read(tmp_path, end.join([first, "order_id;ordered_at;total_amount", "1;2;3"]))
    if is_skipped:
        assert header == Header(("order_id", "ordered_at", "total_amount"), ";", "utf-8", 1)
    else:
        assert any("the header seems to be line 2" in problem for problem in problems)


def test_a_header_far_below_is_not_found(tmp_path):
    header = "order_id,ordered_at,total_amount\n"
    assert "line 20:" in read(tmp_path, "Title\n" + "\n" * 18 + header)[1][0]
    assert "line 21" not in " ".join(read(tmp_path, "Title\n" + "\n" * 19 + header)[1])


CELL = st.one_of(
    st.sampled_from(["jan@x.example", "Jan <jan@x.example>", "a@b;c@d", '"@"', "order_id", "Total", "email"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["ordered_at", "total_amount", "2024-01-05", "0612345678", "@", "|", "sep=;"]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(CELL, max_size=6), max_size=4),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-16"]),
)
def test_no_sentence_has_an_at_sign_of_the_file(tmp_path, lines, delimiter, encoding):
    path = tmp_path / "part.csv"
    path.write_bytes("\n".join(delimiter.join(line) for line in lines).encode(encoding))
    for table in (ORDERS, CONTRACT["crm.erasure_requests"]):
        headers, problems = read_headers(table, [Part(path, "part.csv", "csv")])
        messages = "".join([*problems, ignored_columns(table, headers)])
        assert "@" not in messages
        assert all(problem.endswith((".", ").")) for problem in problems)
