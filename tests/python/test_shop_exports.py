"""Exports of webshops, with their pitfalls, as orders, lines, products and accounts."""

import pytest

import exports
from deliveries import load, put, rows
from exports import SHOP, export, instances, line, shop, shopify_order

ORDER_CELLS = "order_id, ordered_at, total_amount, email, phone, status, refunded_amount, cancelled_at"


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
