"""Exports of other systems, the keys they get, loading them again, and sources.yml."""

import pytest

import exports
from deliveries import CONTRACT, load, problems, put, rows
from exports import SHOP, export, instances, shop, shopify_order

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
