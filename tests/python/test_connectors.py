"""Exports of known systems, with their pitfalls, as the tables of the contract."""

import re

import pytest

import exports
from deliveries import CONTRACT, load, problems, put, rows
from exports import export, instances, line, shopify_order
from warehouses import PROJECT

SHOP = "shop: {connector: shopify, files: '*.csv'}\n"
ORDER_CELLS = "order_id, ordered_at, total_amount, email, phone, status, refunded_amount, cancelled_at"


@pytest.fixture
def folder(tmp_path):
    """A sources folder without anything."""
    return tmp_path / "deliveries"


def shop(connection, folder, *files, settings=SHOP):
    """Load files of Shopify orders, each a list of rows."""
    for number, file in enumerate(files, start=1):
        export(folder, f"orders_export_{number}.csv", exports.SHOPIFY_ORDERS, file)
    instances(folder, settings)
    return load(connection, folder)


# Shopify


def test_an_order_has_the_cells_of_its_first_row_and_a_line_per_row(connection, folder):
    first = {"Phone": "'+31612345678", "Refunded Amount": "10.00", "Notes": "two\nlines", "Shipping": "4.95"}
    order = shopify_order(
        1001, {**line("MOK", "2"), **first}, line("BORD"), Cancelled_at="2025-03-05 10:00:00 +0100"
    )
    other = shopify_order(1002, line("MOK"), Total="25.00", Created_at="2025-07-01 09:00:00 +0200")
    shop(connection, folder, [*order, *other])
    assert rows(connection, "webshop.orders", ORDER_CELLS) == [
        (
            "shop:5000000001001",
            "2025-03-04 09:50:26 +0100",
            "100.00",
            "klant1001@shop.example",
            "'+31612345678",
            "paid",
            "10.00",
            "2025-03-05 10:00:00 +0100",
        ),
        (
            "shop:5000000001002",
            "2025-07-01 09:00:00 +0200",
            "25.00",
            "klant1002@shop.example",
            None,
            "paid",
            None,
            None,
        ),
    ]
    assert rows(connection, "webshop.order_lines", "order_id, line_number, product_id, quantity") == [
        ("shop:5000000001001", "1", "shop:MOK", "2"),
        ("shop:5000000001001", "2", "shop:BORD", "1"),
        ("shop:5000000001002", "1", "shop:MOK", "1"),
    ]


def test_amounts_on_each_row_count_once(connection, folder):
    repeated = [row for sku in ("MOK", "BORD") for row in shopify_order(1001, line(sku))]
    shop(connection, folder, repeated)
    assert rows(connection, "webshop.orders", "total_amount") == [("100.00",)]
    assert len(rows(connection, "webshop.order_lines")) == 2


@pytest.mark.parametrize("column", ["Total", "Created at", "Email", "Financial Status", "Refunded Amount"])
def test_an_order_that_contradicts_itself_says_so_where_its_amount_stands(connection, folder, column):
    name = column.replace(" ", "_")
    one, other = shopify_order(1001, **{name: "1"}), shopify_order(1001, **{name: "2"})
    shop(connection, folder, [*one, *other, *shopify_order(1002)])
    totals = rows(connection, "webshop.orders", "total_amount")
    assert len(totals) == 2
    assert ("100.00",) in totals
    (contradiction,) = (total for (total,) in totals if total != "100.00")
    assert contradiction.startswith(f"more than one {column}")


def test_a_later_file_has_the_later_version_of_an_order(connection, folder):
    january = shopify_order(1001, line("MOK"), line("BORD"), Financial_Status="pending")
    february = shopify_order(1001, line("MOK"), Financial_Status="paid")
    shop(connection, folder, [*january, *shopify_order(1002)], [*shopify_order(1003), *february])
    statuses = rows(connection, "webshop.orders", "order_id, part_number, status")
    assert ("shop:5000000001001", 1, "pending") in statuses
    assert ("shop:5000000001001", 2, "paid") in statuses  # of one key, the later part counts
    lines = rows(connection, "webshop.order_lines where order_id like '%1001'", "product_id, part_number")
    assert lines == [("shop:MOK", 2)]


def test_an_order_that_was_cut_between_files_keeps_all_its_lines(connection, folder):
    first, second, third = shopify_order(1001, line("MOK"), line("BORD"), line("KAN"))
    shop(connection, folder, [first, second], [third, *shopify_order(1002)])
    lines = rows(connection, "webshop.order_lines where order_id like '%1001'", "line_number, product_id")
    assert lines == [("1", "shop:MOK"), ("2", "shop:BORD"), ("3", "shop:KAN")]
    assert len(rows(connection, "webshop.orders")) == 2


def test_an_export_of_years_ago_has_the_name_of_the_order_as_its_key(connection, folder):
    export(folder, "old.csv", exports.OLD_SHOPIFY_ORDERS, shopify_order(1001, line("MOK"), line("BORD")))
    instances(folder, SHOP)
    load(connection, folder)
    assert rows(connection, "webshop.orders", "order_id") == [("shop:#1001",)]
    assert {key for (key,) in rows(connection, "webshop.order_lines", "order_id")} == {"shop:#1001"}


def test_an_old_and_a_new_export_of_one_order_share_its_key(connection, folder):
    export(folder, "1.csv", exports.OLD_SHOPIFY_ORDERS, shopify_order(1001))
    export(folder, "2.csv", exports.SHOPIFY_ORDERS, shopify_order(1001))
    instances(folder, SHOP)
    load(connection, folder)
    assert rows(connection, "webshop.orders", "order_id, part_number") == [
        ("shop:5000000001001", 1),
        ("shop:5000000001001", 2),
    ]


def test_columns_in_any_order_and_unknown_ones_at_the_end(connection, folder):
    header = [*reversed(exports.SHOPIFY_ORDERS), "Mijn veld (order.metafields.custom.x)"]
    export(folder, "x.csv", header, shopify_order(1001), delimiter=";", mark=b"\xef\xbb\xbf")
    instances(folder, SHOP)
    log = load(connection, folder)
    assert rows(connection, "webshop.orders", "order_id") == [("shop:5000000001001",)]
    assert not any("ignored columns" in entry for entry in log)


def test_a_gift_without_article_number_is_known_by_its_name_as_its_product_is(connection, folder):
    export(
        folder, "orders.csv", exports.SHOPIFY_ORDERS, shopify_order(1001, line("", name="Mok - Rood / Groot"))
    )
    products = [
        {
            "Handle": "mok",
            "Title": "Mok",
            "Type": "Servies",
            "Option1 Value": "Rood",
            "Option2 Value": "Groot",
        },
        {"Handle": "mok", "Option1 Value": "Blauw", "Variant SKU": "MOK-B", "Cost per item": "3.10"},
        {"Handle": "mok", "Image Src": "https://shop.example/2.png"},
        {
            "Handle": "kan",
            "Title": "Kan",
            "Product Category": "Keuken",
            "Option1 Value": "Default Title",
            "Variant SKU": "'0815",
        },
    ]
    export(folder, "products_export.csv", exports.SHOPIFY_PRODUCTS, products)
    instances(folder, SHOP)
    load(connection, folder)
    assert rows(connection, "webshop.products", "product_id, product_name, category, unit_cost") == [
        ("shop:0815", "Kan", "Keuken", None),
        ("shop:MOK-B", "Mok - Blauw", "Servies", "3.10"),
        ("shop:Mok - Rood / Groot", "Mok - Rood / Groot", "Servies", None),
    ]
    assert rows(connection, "webshop.order_lines", "product_id") == [("shop:Mok - Rood / Groot",)]


def test_customers_of_both_headers(connection, folder):
    new = {
        "Customer ID": "'70001",
        "First Name": "Jan",
        "Email": "jan@x.example",
        "Default Address Zip": "'1012AB",
        "Default Address Country Code": "NL",
        "Default Address Phone": "'+31611111111",
    }
    old = {
        "First Name": "Piet",
        "Email": "piet@x.example",
        "Zip": "9000",
        "Country Code": "BE",
        "Phone": "+32470",
    }
    export(folder, "new.csv", exports.SHOPIFY_CUSTOMERS, [new])
    export(folder, "old.csv", exports.OLD_SHOPIFY_CUSTOMERS, [old])
    export(folder, "orders.csv", exports.SHOPIFY_ORDERS, shopify_order(1001))
    instances(folder, SHOP)
    load(connection, folder)
    columns = "account_id, first_name, email, phone, postal_code, country_code"
    assert rows(connection, "webshop.accounts", columns) == [
        ("shop:70001", "Jan", "jan@x.example", "'+31611111111", "'1012AB", "NL"),
        ("shop:piet@x.example", "Piet", "piet@x.example", "+32470", "9000", "BE"),
    ]


def test_how_the_file_writes_numbers_and_dates_is_decided_as_for_any_other(connection, folder):
    dutch = shopify_order(1001, line("MOK", price="1.250,00"), Total="1.250", Created_at="31-12-2024 10:00")
    english = shopify_order(2001, line("MOK", price="49.95"), Total="1.250", Created_at="12/31/2024 10:00")
    other = shopify_order(1002, line("MOK", price="9,95"), Total="49,95", Created_at="01-02-2025 10:00")
    export(folder, "nl.csv", exports.SHOPIFY_ORDERS, [*dutch, *other], delimiter=";")
    export(folder, "en.csv", exports.SHOPIFY_ORDERS, [*english, *shopify_order(2002, Total="10.50")])
    instances(folder, SHOP)
    load(connection, folder)
    formats = "(from staging.delivered_files where source_table = 'webshop.orders')"
    assert rows(connection, formats, "file_name, decimal_mark, date_orders") == [
        ("en.csv", "point", ",ordered_at:mdy,"),
        ("nl.csv", "comma", ",ordered_at:dmy,"),
    ]


def lines_of(connection, order):
    found = rows(connection, f"webshop.order_lines where order_id = '{order}'", "line_number, product_id")
    return [product.removeprefix("shop:").removeprefix("woo:") for _, product in found]


def test_an_order_that_was_cut_keeps_its_lines_whichever_file_comes_first(connection, folder):
    first, second, third = shopify_order(1001, line("MOK"), line("BORD"), line("KAN"))
    shop(connection, folder, [second, third, *shopify_order(1002)], [*shopify_order(1003), first])
    assert sorted(lines_of(connection, "shop:5000000001001")) == ["BORD", "KAN", "MOK"]


def test_lines_without_an_order_are_kept_to_be_rejected(connection, folder):
    whole = shopify_order(1001, line("MOK"), line("BORD"))
    shop(connection, folder, [*whole, *shopify_order(1002)], [whole[1], *shopify_order(1003)])
    assert lines_of(connection, "shop:5000000001001") == ["MOK", "BORD"]
    assert rows(connection, "webshop.order_lines where order_id is null", "product_id") == [("shop:BORD",)]


def test_an_order_twice_in_a_file_says_so(connection, folder):
    shop(connection, folder, [*shopify_order(1001, line("MOK"), line("BORD")) * 2, *shopify_order(1002)])
    totals = rows(connection, "webshop.orders", "total_amount")
    assert totals == [("100.00",), ("more than one first row",)]


def test_orders_of_one_name_are_told_apart_by_their_id(connection, folder):
    dutch, belgian = shopify_order(1001, line("MOK")), shopify_order(1001, line("BORD"), Id="77")
    shop(connection, folder, dutch, belgian)
    assert lines_of(connection, "shop:5000000001001") == ["MOK"]
    assert lines_of(connection, "shop:77") == ["BORD"]
    shop(connection, folder, [*dutch, *belgian], [])
    assert rows(connection, "webshop.orders", "order_id, total_amount") == [
        ("shop:#1001", "more than one Id")
    ]


def test_an_email_in_another_case_contradicts_nothing(connection, folder):
    one, other = shopify_order(1001, Email="jan@x.example"), shopify_order(1001, Email="Jan@X.example ")
    shop(connection, folder, [*one, *other])
    assert rows(connection, "webshop.orders", "total_amount") == [("100.00",)]


def test_later_files_are_those_with_a_later_path(connection, folder):
    old, new = shopify_order(1001, Financial_Status="pending"), shopify_order(1001, Financial_Status="paid")
    export(folder, "2024/orders_12.csv", exports.SHOPIFY_ORDERS, old)
    export(folder, "2025/orders_1.csv", exports.SHOPIFY_ORDERS, new)
    instances(folder, "shop: {connector: shopify, files: ['2025/*.csv', '2024/*.csv']}")
    load(connection, folder)
    assert rows(connection, "webshop.orders", "part_number, status") == [(1, "pending"), (2, "paid")]


def test_rows_keep_their_order_where_a_build_does_not_ask_for_it(connection, folder):
    connection.execute("set preserve_insertion_order = false; set threads = 2")
    items = [row for number in range(40_000) for row in woo(number, "A", "B", "C")]
    export(folder, "orders.csv", exports.WOOCOMMERCE_ORDERS, items)
    instances(folder, "woo: {connector: woocommerce, files: orders.csv}")
    load(connection, folder)
    complete = "(select order_id from webshop.order_lines group by 1 having count(distinct product_id) = 3)"
    assert rows(connection, complete, "count(*)") == [(40_000,)]
    setting = connection.execute("select current_setting('preserve_insertion_order')").fetchall()
    assert setting == [(False,)]


def test_what_one_table_cannot_tell_of_a_file_another_tells(connection, folder):
    orders = shopify_order(1001, line("MOK", price="1.250"), Total="49,95")
    shop(connection, folder, [*orders, *shopify_order(1002, line("MOK", price="1.250"), Total="10,50")])
    decided = "(from staging.delivered_files where decimal_mark = 'comma')"
    assert len(rows(connection, decided)) == 2


def test_files_of_two_instances_are_decided_apart(connection, folder):
    us = [shopify_order(n, Total="1,250.00", Created_at="12/13/2024 10:00") for n in range(3)]
    nl = [shopify_order(n, Total="1.250,00", Created_at="13-12-2024 10:00") for n in range(3)]
    export(folder, "us.csv", exports.SHOPIFY_ORDERS, [row for order in us for row in order])
    export(folder, "nl.csv", exports.SHOPIFY_ORDERS, [row for order in nl for row in order], delimiter=";")
    instances(folder, "us: {connector: shopify, files: us.csv}\nnl: {connector: shopify, files: nl.csv}")
    load(connection, folder)
    formats = "(from staging.delivered_files where source_table = 'webshop.orders')"
    assert rows(connection, formats, "file_name, decimal_mark, date_orders") == [
        ("nl.csv", "comma", ",ordered_at:dmy,"),
        ("us.csv", "point", ",ordered_at:mdy,"),
    ]
    assert len(rows(connection, "webshop.orders", "distinct part_number")) == 2


# WooCommerce


def woo(number, *items, repeat=False, **cells):
    order = {
        "Order Number": str(number),
        "Order Status": "Voltooid",
        "Order Date": "2025-03-04 10:00",
        "Email (Billing)": f"klant{number}@shop.example",
        "Order Total Amount": "30.00",
        **cells,
    }
    found = []
    for at, sku in enumerate(items, start=1):
        item = {"Item #": str(at), "SKU": sku, "Name": sku, "Quantity": "1", "Item Cost": "15.00"}
        found.append({**(order if repeat or at == 1 else {}), **item})
    return found or [order]


@pytest.mark.parametrize("repeat", [False, True])
def test_woocommerce_in_both_settings_for_repeated_columns(connection, folder, repeat):
    header = [*exports.WOOCOMMERCE_ORDERS, "Customer User ID"]
    orders = [
        *woo(11, "MOK", "BORD", repeat=repeat, **{"Customer User ID": "0"}),
        *woo(12, "MOK", repeat=repeat, **{"Customer User ID": "7"}),
        *woo(13, **{"Order Refund Amount": "-5.00"}),
    ]
    export(folder, "orders.csv", header, orders)
    instances(folder, "woo: {connector: woocommerce, files: orders.csv}")
    load(connection, folder)
    columns = "order_id, account_id, total_amount, status, refunded_amount"
    assert rows(connection, "webshop.orders", columns) == [
        ("woo:11", "0", "30.00", "Voltooid", None),  # a guest: the word stays, which names nobody
        ("woo:12", "woo:7", "30.00", "Voltooid", None),
        ("woo:13", None, "30.00", "Voltooid", "-5.00"),
    ]
    assert rows(connection, "webshop.order_lines", "order_id, line_number, product_id") == [
        ("woo:11", "1", "woo:MOK"),
        ("woo:11", "2", "woo:BORD"),
        ("woo:12", "1", "woo:MOK"),
    ]


def test_woocommerce_with_the_newer_name_of_items_and_without_their_number(connection, folder):
    dropped = ("Item #", "SKU", "Name")
    header = [*(name for name in exports.WOOCOMMERCE_ORDERS if name not in dropped), "Item Name"]
    items = [{**row, "Item Name": row.get("SKU", "")} for row in woo(11, "Mok", "Bord", repeat=True)]
    export(folder, "orders.csv", header, items)
    instances(folder, "woo: {connector: woocommerce, files: orders.csv}")
    load(connection, folder)
    assert rows(connection, "webshop.order_lines", "line_number, product_id") == [
        ("1", "woo:Mok"),
        ("2", "woo:Bord"),
    ]


def test_after_a_malformed_line_an_item_without_number_is_nobodys(connection, folder):
    first, *others = exports.csv_bytes(
        exports.WOOCOMMERCE_ORDERS, [*woo(11, "A", "B"), *woo(12, "C", "D"), *woo(13, "E")]
    ).splitlines(keepends=True)
    others[2] = others[2].replace(b"Voltooid", b"Voltooid,too many")
    put(folder, "orders.csv", first + b"".join(others))
    instances(folder, "woo: {connector: woocommerce, files: orders.csv}")
    load(connection, folder)
    lines = rows(connection, "webshop.order_lines", "order_id, product_id")
    assert lines == [("woo:11", "woo:A"), ("woo:13", "woo:E"), (None, "woo:B"), (None, "woo:D")]


def test_a_later_version_of_an_order_has_its_own_items_only(connection, folder):
    export(folder, "1.csv", exports.WOOCOMMERCE_ORDERS, [*woo(11, "A", "B", "C"), *woo(12, "D")])
    export(folder, "2.csv", exports.WOOCOMMERCE_ORDERS, [*woo(13, "E"), *woo(11, "A")])
    instances(folder, "woo: {connector: woocommerce, files: '*.csv'}")
    load(connection, folder)
    assert lines_of(connection, "woo:11") == ["A"]


# CRM, mailing list and help desk


def test_hubspot_contacts_are_customers(connection, sources):
    contact = {
        "Record ID": "8001",
        "First Name": "Jan",
        "Email": "jan@x.example",
        "Phone Number": "0612345678",
        "Create Date": "2024-05-06 07:08",
        "Company Name": "Jansen BV",
    }
    export(sources, "hubspot-crm-exports-all-contacts.csv", exports.HUBSPOT_CONTACTS, [contact])
    instances(sources, "crm_nl: {connector: hubspot, files: hubspot*.csv}")
    load(connection, sources)
    columns = "customer_number, first_name, email, phone, created_at, company_name"
    assert rows(connection, "crm.customers", columns) == [
        ("crm_nl:8001", "Jan", "jan@x.example", "0612345678", "2024-05-06 07:08", "Jansen BV")
    ]


def test_mailchimp_tells_who_may_be_mailed_from_three_files(connection, sources):
    member = {"First Name": "A", "OPTIN_TIME": "2023-01-02 03:04:05", "LAST_CHANGED": "2024-01-01 00:00:00"}
    export(
        sources,
        "list/subscribed_1.csv",
        exports.SUBSCRIBED,
        [{**member, "EUID": "e1", "Email Address": "in@x.example", "TAGS": '"VIP","Blog"'}],
    )
    twice = [*exports.UNSUBSCRIBED, "UNSUB_CAMPAIGN_ID"]  # occurs twice in real files
    export(
        sources,
        "list/unsubscribed_1.csv",
        twice,
        [{**member, "EUID": "e2", "Email Address": "out@x.example", "UNSUB_TIME": "2024-02-03 04:05:06"}],
    )
    export(
        sources,
        "list/cleaned_1.csv",
        exports.CLEANED,
        [{**member, "EUID": "e3", "Email Address": "gone@x.example", "CLEAN_TIME": "2024-03-04 05:06:07"}],
    )
    instances(sources, "list: {connector: mailchimp, files: list/*.csv}")
    load(connection, sources)
    columns = "customer_number, email, marketing_consent, consent_updated_at, created_at"
    assert rows(connection, "crm.customers", columns) == [
        ("list:e1", "in@x.example", "subscribed", "2023-01-02 03:04:05", "2023-01-02 03:04:05"),
        ("list:e2", "out@x.example", "unsubscribed", "2024-02-03 04:05:06", "2023-01-02 03:04:05"),
        ("list:e3", "gone@x.example", "unsubscribed", "2024-03-04 05:06:07", "2023-01-02 03:04:05"),
    ]


def test_zendesk_tickets_and_their_requesters(connection, sources):
    ticket = {
        "Requester": "Jan de Vries",
        "Requester id": "901",
        "Requester email": "old@x.example",
        "Created at": "2025-01-02 10:00:00 +0100",
        "Via": "Mail",
        "Ticket type": "Question",
        "Status": "Solved",
        "Solved at": "2025-01-03 10:00:00 +0100",
        "Reopens": "1",
        "Satisfaction Score": "Good",
    }
    tickets = [
        {"Id": "1", **ticket},
        {"Id": "2", **ticket, "Requester email": "new@x.example", "Via": "Phone call (incoming)"},
        {
            "Id": "3",
            **ticket,
            "Requester": "an@x.example",
            "Requester id": "",
            "Requester email": "an@x.example",
            "Via": "Carrier pigeon",
        },
        {"Id": "4", **ticket, "Requester": "Cher", "Requester id": "903"},
    ]
    export(sources, "tickets.csv", exports.ZENDESK_TICKETS, tickets)
    instances(sources, "desk: {connector: zendesk, files: tickets.csv}")
    load(connection, sources)
    columns = "ticket_id, contact_id, channel, category, status, resolved_at, reopened_count"
    solved = ("Question", "Solved", "2025-01-03 10:00:00 +0100", "1")
    assert rows(connection, "service_desk.tickets", columns) == [
        ("desk:1", "desk:901", "email", *solved),
        ("desk:2", "desk:901", "phone", *solved),
        ("desk:3", "desk:an@x.example", "Carrier pigeon", *solved),
        ("desk:4", "desk:903", "email", *solved),
    ]
    assert rows(connection, "service_desk.contacts", "contact_id, first_name, trim(last_name), email") == [
        ("desk:901", "Jan", "de Vries", "new@x.example"),
        ("desk:903", "Cher", None, "old@x.example"),
        ("desk:an@x.example", None, None, "an@x.example"),
    ]
    assert rows(connection, "service_desk.survey_responses") == []  # words cannot be scores


# Keys


def test_two_shops_never_meet_and_the_second_changes_no_key(connection, folder):
    export(folder, "nl/orders.csv", exports.SHOPIFY_ORDERS, shopify_order(1001))
    instances(folder, "shop_nl: {connector: shopify, files: nl/*.csv}")
    load(connection, folder)
    (before,) = rows(connection, "webshop.orders", "order_id")
    export(folder, "be/orders.csv", exports.SHOPIFY_ORDERS, shopify_order(1001))
    instances(
        folder,
        "shop_be: {connector: shopify, files: be/*.csv}\nshop_nl: {connector: shopify, files: nl/*.csv}",
    )
    load(connection, folder)
    assert rows(connection, "webshop.orders", "order_id") == [("shop_be:5000000001001",), before]


@pytest.mark.parametrize(
    ("written", "loaded"),
    [
        ("70001", "desk:70001"),
        ("'70001", "desk:70001"),
        (" 70001\u00a0", "desk:70001"),
        ("70001.0", "desk:70001"),
        ("' 70001", "desk:' 70001"),  # an apostrophe before anything else is part of the id
        ("A B", "desk:A B"),
        ("Ünal+1", "desk:Ünal+1"),
        ("NaN", "NaN"),
        ("n/a", "n/a"),
        ("5,12E+12", "5,12E+12"),  # damaged, which staging finds
        ("0", "desk:0"),  # a contact may be number 0: only account_id and customer_number name nobody so
    ],
)
def test_a_key_gets_the_name_of_its_instance_unless_it_is_none(connection, sources, written, loaded):
    ticket = {"Id": "1", "Requester id": written, "Via": "Mail", "Created at": "2025-01-02"}
    export(sources, "tickets.csv", exports.ZENDESK_TICKETS, [ticket])
    instances(sources, "desk: {connector: zendesk, files: tickets.csv}")
    load(connection, sources)
    assert rows(connection, "service_desk.tickets", "contact_id") == [(loaded,)]


def test_a_customer_number_is_the_crms_wherever_it_stands(connection, folder, own):
    connector = """
        name: Own
        exports:
          accounts:
            recognised_by: [Accountcode]
            fills:
              webshop.accounts: {account_id: Accountcode, customer_number: Klantnummer}
          orders:
            recognised_by: [Bon]
            fills:
              webshop.orders: {order_id: Bon, ordered_at: Op, total_amount: Som, account_id: Accountcode}
    """
    own("own", connector)
    export(
        folder, "accounts.csv", ["Accountcode", "Klantnummer"], [{"Accountcode": "A1", "Klantnummer": "K1"}]
    )
    export(
        folder,
        "bons.csv",
        ["Bon", "Op", "Som", "Rekening"],
        [{"Bon": "1", "Op": "2025-01-02", "Som": "3.10"}],
    )
    instances(folder, "kassa: {connector: own, files: [accounts.csv, bons.csv]}")
    load(connection, folder)
    assert rows(connection, "webshop.accounts", "account_id, customer_number") == [("kassa:A1", "K1")]


# Loading again


def loaded_again(log):
    return sorted(entry.split()[1].rstrip(":") for entry in log if entry.startswith("Loaded "))


def test_an_unchanged_export_is_not_read_again(connection, folder, own):
    shop(connection, folder, shopify_order(1001))
    assert loaded_again(load(connection, folder)) == []
    export(folder, "orders_export_1.csv", exports.SHOPIFY_ORDERS, shopify_order(1002))
    assert loaded_again(load(connection, folder)) == ["webshop.order_lines", "webshop.orders"]
    assert rows(connection, "webshop.orders", "order_id") == [("shop:5000000001002",)]


def test_another_name_another_file_or_another_connector_loads_its_tables_again(connection, sources, own):
    connector = (
        "exports: {{people: {{recognised_by: [Nr], fills: {{crm.customers: {{customer_number: Nr, {}}}}}}}}}"
    )
    own("own", connector.format("email: Mail"))
    export(
        sources,
        "people.csv",
        ["Nr", "Mail", "Mail 2"],
        [{"Nr": "1", "Mail": "a@x.example", "Mail 2": "b@x.example"}],
    )
    instances(sources, "a: {connector: own, files: people.csv}")
    load(connection, sources)
    assert rows(connection, "crm.customers", "customer_number, email") == [("a:1", "a@x.example")]
    own("own", connector.format("email: Mail 2"))
    assert loaded_again(load(connection, sources)) == ["crm.customers"]
    assert rows(connection, "crm.customers", "customer_number, email") == [("a:1", "b@x.example")]
    instances(sources, "b: {connector: own, files: people.csv}")
    assert loaded_again(load(connection, sources)) == ["crm.customers"]
    assert rows(connection, "crm.customers", "customer_number") == [("b:1",)]
    (sources / "sources.yml").unlink()
    (sources / "people.csv").unlink()
    load(connection, sources)
    assert rows(connection, "crm.customers") == []


def test_nothing_of_an_export_stays_but_the_contracts_cells(connection, folder):
    shop(connection, folder, shopify_order(1001, Notes="please ring twice"))
    kept = connection.execute("select table_name from duckdb_tables() where temporary").fetchall()
    assert {name for (name,) in kept} <= {"loaded", "files", "malformed"}
    assert connection.execute("select view_name from duckdb_views() where not internal").fetchall() == []
    for name in CONTRACT:
        assert "ring twice" not in str(rows(connection, name))


def test_a_malformed_line_counts_for_each_table_that_the_file_fills(connection, folder):
    content = exports.csv_bytes(exports.SHOPIFY_ORDERS, [*shopify_order(1001), *shopify_order(1002)])
    put(folder, "orders.csv", content + b"too,short\r\n")
    instances(folder, SHOP)
    load(connection, folder)
    assert rows(connection, "staging.malformed_rows") == [
        ("webshop.order_lines", "orders.csv", 4),
        ("webshop.orders", "orders.csv", 4),
    ]
    assert len(rows(connection, "webshop.orders")) == 2


def test_a_table_may_come_from_a_connector_and_in_its_own_form(connection, sources):
    export(sources, "export.csv", exports.SHOPIFY_ORDERS, shopify_order(1001))
    instances(sources, "shop: {connector: shopify, files: export.csv}")
    load(connection, sources)
    assert rows(connection, "webshop.orders", "order_id, part_number") == [
        ("O1", 1),
        ("shop:5000000001001", 2),
    ]


# What is wrong with sources.yml


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("shop: [1", "is not valid YAML"),
        ("- shop", "must map the name of each source"),
        ("Shop NL: {connector: shopify, files: x.csv}", "lower case letters, digits and _ only"),
        ("shop: shopify", "needs a connector and files"),
        ("shop: {connector: shopfy, files: x.csv}", "no connector shopfy: choose one of"),
        ("shop: {connector: shopfy, files: x.csv}", "Did you mean shopify?"),
        ("shop: {connector: shopify}", "files needs a pattern"),
        ("shop: {connector: shopify, file: x.csv}", "file is not a setting. Did you mean files?"),
        ("shop: {connector: shopify, files: nothing*.csv}", "matches nothing*.csv"),
        ("shop: {connector: shopify, files: ../x.csv}", "leads outside the folder"),
        ("shop: {connector: hubspot, files: x.csv}", "x.csv resembles"),
        ("shop: {connector: shopify, files: x.pdf}", "x.pdf is a document, not a table"),
        (
            "a: {connector: shopify, files: x.csv}\nb: {connector: shopify, files: x.csv}",
            "is also one of the files of a",
        ),
    ],
)
def test_what_is_wrong_with_sources_yml_is_a_sentence(connection, folder, text, said):
    export(folder, "x.csv", exports.SHOPIFY_ORDERS, shopify_order(1001))
    put(folder, "x.pdf", b"%PDF")
    put(folder, "sub/y.pdf", b"%PDF")
    instances(folder, text)
    found = problems(connection, folder)
    assert all("is required" not in problem for problem in found)
    assert any(said in problem for problem in found), found


def test_exports_without_sources_yml_stop_the_build_with_the_command_that_accepts_them(connection, folder):
    export(folder, "orders.csv", exports.SHOPIFY_ORDERS, shopify_order(1001))
    (problem,) = problems(connection, folder)
    assert "orders.csv (Shopify orders)" in problem
    assert f"klant360 preflight {folder} --write" in problem


@pytest.mark.parametrize(
    ("table", "header"),
    [("webshop/orders.csv", exports.SHOPIFY_ORDERS), ("crm/customers.csv", exports.HUBSPOT_CONTACTS)],
)
def test_an_export_in_place_of_a_table_is_told_as_such(connection, sources, table, header):
    export(sources, table, header, [{"Name": "#1"}])
    first, *_ = problems(connection, sources)
    assert first.startswith(f"{table} is ")
    assert f"move it out of {table.split('/')[0]}" in first


@pytest.mark.parametrize("name", ["sources.yaml", "Sources.yml"])
def test_sources_yml_under_another_name(connection, sources, name):
    put(sources, name, b"shop: {connector: shopify, files: x.csv}")
    (problem,) = problems(connection, sources)
    assert f"{name} is not read: rename it to sources.yml" in problem


def test_a_file_that_sources_yml_does_not_name_is_a_hint(connection, sources):
    export(sources, "orders.csv", exports.SHOPIFY_ORDERS, shopify_order(1001))
    instances(sources, "")
    assert any("orders.csv (Shopify orders)" in entry for entry in load(connection, sources))
    assert rows(connection, "webshop.orders", "order_id") == [("O1",)]


# A connector of one's own


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Return a function that writes a connector of one's own."""
    monkeypatch.setenv("KLANT360_CONNECTORS", str(tmp_path / "connectors"))
    (tmp_path / "connectors").mkdir()

    def write(name, text, **queries):
        put(tmp_path, f"connectors/{name}/connector.yml", text.encode())
        for table, query in queries.items():
            put(tmp_path, f"connectors/{name}/{table}.sql", query.encode())

    return write


def test_the_first_filled_header_constants_and_other_words(connection, sources, own):
    own(
        "till",
        """
        name: Till
        exports:
          slips:
            recognised_by: [Slip, [Total, Totaal]]
            fills:
              webshop.orders:
                order_id: [Number, Slip]
                ordered_at: Date
                total_amount: [Total, Totaal]
                email: Mail
                sales_channel: {constant: store}
                status: {headers: State, values: {OK: paid}}
    """,
    )
    header = ["Slip", "Number", "Totaal", "Date", "Mail", "State"]
    slips = [
        {
            "Slip": "1",
            "Number": "  ",
            "Totaal": "1.10",
            "Date": "2025-01-02",
            "Mail": "a@x.example",
            "State": " ok",
        },
        {
            "Slip": "2",
            "Number": "N2",
            "Totaal": "2.10",
            "Date": "2025-01-02",
            "Mail": "b@x.example",
            "State": "new",
        },
    ]
    export(sources, "slips.csv", header, slips)
    instances(sources, "till: {connector: till, files: slips.csv}")
    load(connection, sources)
    assert rows(
        connection, "webshop.orders where part_number > 1", "order_id, sales_channel, total_amount, status"
    ) == [
        ("till:1", "store", "1.10", "paid"),
        ("till:N2", "store", "2.10", "new"),
    ]


QUERIED = """
    exports:
      people: {{recognised_by: [Nr], headers: [Mail], fills: {{crm.customers: crm.customers.sql}}}}
"""


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select Nr as customer_number, _part from people", None),
        ("select Nr as customer_number from people", "must also select _part"),
        ("select Nr as customer_number, _part from persons", "reads persons, which is not an export"),
        ("select Nr as number, _part from people", "number is not a column of that table"),
        ("select Mail as email, _part from people", "lacks customer_number, which is required"),
        ("select Nr as customer_number, Phone as phone, _part from people", "must be in `headers`"),
        ("select Nr::int as customer_number, _part from people", "may not have casts"),
        ("select try_cast(Nr as date) as customer_number, _part from people", "may not have casts"),
        ("select Nr + 1 as customer_number, _part from people", "may not have arithmetic"),
        ("select sum(Nr) as customer_number, max(_part) as _part from people", "may not have sums"),
        ("select strptime(Nr, '%d') as customer_number, _part from people", "may not have date functions"),
        ("select date_trunc('day', Nr) as customer_number, _part from people", "may not have date functions"),
        ("delete from people", "must be one select statement"),
        ("select (", "is not SQL that can be read near line 1, column 8"),
    ],
)
def test_a_query_reshapes_and_leaves_reading_to_the_loader(connection, sources, own, query, said):
    own("own", QUERIED.format(), **{"crm.customers": query})
    export(sources, "people.csv", ["Nr", "Mail"], [{"Nr": "1"}])
    instances(sources, "own: {connector: own, files: people.csv}")
    if said is None:
        load(connection, sources)
        assert rows(connection, "crm.customers", "customer_number") == [("own:1",)]
    else:
        assert any(said in problem for problem in problems(connection, sources))


NUMBER = (
    "exports: {{a: {{recognised_by: [Nr],"
    " fills: {{crm.customers: {{customer_number: {{headers: Nr, values: {}}}}}}}}}}}"
)
FILLING = "exports: {{a: {{recognised_by: [Nr], fills: {{{}}}}}}}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [", "is not valid YAML"),
        ("name: Own", "exports: name at least one"),
        ("title: x\n" + FILLING.format("crm.customers: {customer_number: Nr}"), "title is not a setting"),
        ("exports: {a: {fills: {crm.customers: {}}}}", "recognised_by: list the headers"),
        ("exports: {a: {recognised_by: [Nr]}}", "fills: name the tables"),
        (FILLING.format("crm.customer: {customer_number: Nr}"), "Did you mean crm.customers?"),
        (FILLING.format("crm.customers: {customer_nr: Nr}"), "Did you mean customer_number?"),
        (FILLING.format("crm.customers: {email: Nr}"), "lacks customer_number"),
        (FILLING.format("crm.customers: {customer_number: {const: 1}}"), "const is not a setting"),
        (FILLING.format("crm.customers: {customer_number: {}}"), "needs either headers or a constant"),
        (
            FILLING.format("crm.customers: {customer_number: {constant: }}"),
            "needs either headers or a constant",
        ),
        (
            FILLING.format("crm.customers: {customer_number: {headers: Nr, values: {no: x}}}"),
            "quotes around words",
        ),
        (
            FILLING.format("crm.customers: {customer_number: {headers: Nr, values: [x]}}"),
            "maps a word to another",
        ),
        ("- exports", "must have `name` and `exports`"),
        ("exports: [a]", "exports: name at least one"),
        ("exports: {a__rows: {recognised_by: [Nr], fills: {}}}", "choose another name"),
        (FILLING.format("crm.customers: x.sql"), "No such file"),
        (FILLING.format("crm.customers: [x]"), "needs a mapping of columns"),
        ("exports: {files: {recognised_by: [Nr], fills: {}}}", "choose another name"),
    ],
)
def test_what_is_wrong_with_a_connector_is_a_sentence(connection, sources, own, text, said):
    own("own", text)
    instances(sources, "own: {connector: own, files: '*.csv'}")
    found = problems(connection, sources)
    assert any(problem.startswith("The connector own: ") and said in problem for problem in found), found


def test_a_folder_of_connectors_that_does_not_exist(connection, sources, monkeypatch):
    monkeypatch.setenv("KLANT360_CONNECTORS", "nowhere")
    instances(sources, "own: {connector: own, files: '*.csv'}")
    (problem,) = problems(connection, sources)
    assert "KLANT360_CONNECTORS names" in problem


def test_the_guide_to_writing_a_connector_works_as_it_is_written(connection, folder, own, tmp_path):
    guide = (PROJECT / "docs" / "connectors.md").read_text(encoding="utf-8")
    for name, content in re.findall(r"^```\w+ (\S+)\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL):
        place = "deliveries" if name.endswith(".csv") else "connectors/till"
        put(tmp_path, f"{place}/{name}", content.encode())
    instances(folder, "till: {connector: till, files: '*.csv'}")
    load(connection, folder)
    columns = "order_id, ordered_at, total_amount, account_id, sales_channel"
    assert rows(connection, "webshop.orders", columns) == [
        ("till:1001", "31-12-2024 16:02", "14,85", "till:88", "store"),
        ("till:1002", "02-01-2025 09:30", "4,95", "till:89", "store"),
    ]
    assert len(rows(connection, "webshop.order_lines")) == 3
    columns = "account_id, first_name, phone, acquisition_channel"
    assert rows(connection, "webshop.accounts", columns) == [
        ("till:88", "Jan", "0612345678", "store"),
        ("till:89", "An", "030 123 45 67", "store"),
    ]
    formats = "(from staging.delivered_files where source_table = 'webshop.orders')"
    assert rows(connection, formats, "decimal_mark, date_orders") == [("comma", ",ordered_at:dmy,")]
