"""A connector of one's own: what it may say, and what is wrong with it in a sentence."""

import re

import pytest

from deliveries import load, problems, put, rows
from exports import export, instances
from warehouses import PROJECT


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
