"""What `make build` says at its end, and what BI tools see of the tables."""

import re
from pathlib import Path

import duckdb
import pytest

from klant360.summary import main, segment_table


def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, warehouse: Path) -> str:
    monkeypatch.setenv("KLANT360_WAREHOUSE", str(warehouse))
    assert main([]) == 0
    return capsys.readouterr().out


def test_the_demo_is_told(demo_warehouse, capsys, monkeypatch):
    text = told(capsys, monkeypatch, demo_warehouse)
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        (customers,) = connection.execute("select count(*) from marts.customer_360").fetchone()
        (records,) = connection.execute("select count(*) from restricted.customer_identities").fetchone()
        (rejected,) = connection.execute("select count(*) from restricted.rejected_rows").fetchone()
        shares = segment_table(connection)
    assert f"{customers:,} customers, recognised in {records:,} source records." in text
    assert f"(restricted.rejected_rows): {rejected:,}." in text
    assert re.search(r"Kampioen +Champion +[1-9]", text)
    assert "scores say little" not in text
    assert "Not handed in" not in text
    assert str(demo_warehouse) in text
    assert shares["customers"].sum() == customers
    assert shares["revenue_share"].astype(float).sum() == pytest.approx(1, abs=1e-6)


def test_a_pilot_is_told_what_to_hand_in(build_warehouse, make_sources, capsys, monkeypatch):
    rows = "order_id,ordered_at,total_amount,email\n1,2024-01-05,10,a@b.nl\n2,2024-02-05,x,c@b.nl\n"
    text = told(capsys, monkeypatch, build_warehouse(make_sources({"webshop.orders": rows})).path)
    assert "1 customer, recognised in 1 source record." in text
    assert "Only 1 bought in the window: below 50 customers, scores say little." in text
    assert "Nobody scores F = 4 or more: there is only 1 customer in the window." in text
    assert re.search(r"webshop\.orders +unreadable_value +1", text)
    assert "crm.customers" in text.split("Not handed in")[1]


def orders_of(customers: int, orders_each: int) -> list[dict[str, str]]:
    return [
        {
            "order_id": f"{orders_each}-{customer}-{order}",
            "ordered_at": f"2024-0{1 + order}-05",
            "total_amount": str(10 + customer),
            "email": f"c{customer}of{orders_each}@example.nl",
        }
        for customer in range(customers)
        for order in range(orders_each)
    ]


@pytest.mark.parametrize(
    ("rows", "variables", "said", "unsaid"),
    [
        pytest.param(
            orders_of(54, 1) + orders_of(6, 2),
            {},
            [
                "Nobody scores F = 4 or more: 90% of the customers in the window have 1 order,",
                "rfm_tie_method: rank, by which the 6 customers with most orders score F = 5",
                "a longer window (rfm_window_months)",
            ],
            [],
            id="nearly all have one order",
        ),
        pytest.param(
            orders_of(54, 1) + orders_of(6, 2),
            {"rfm_tie_method": "rank"},
            [],
            ["Nobody scores", "What can be done"],
            id="by rank the others score F = 5",
        ),
        pytest.param(
            orders_of(30, 1) + orders_of(30, 2),
            {"rfm_tie_method": "rank"},
            ["Nobody scores F = 4 or more: 50% of the customers", "a longer window"],
            ["rfm_tie_method"],
            id="half have two orders, which rank cannot tell apart either",
        ),
    ],
)
def test_why_nobody_buys_often_is_told_with_what_can_be_done(
    build_warehouse, make_sources, capsys, monkeypatch, rows, variables, said, unsaid
):
    warehouse = build_warehouse(make_sources({"webshop.orders": rows}), variables=variables)
    text = told(capsys, monkeypatch, warehouse.path)
    assert [words for words in said if words not in text] == []
    assert [words for words in unsaid if words in text] == []


@pytest.mark.deep
def test_no_purchase_is_told(build_warehouse, make_sources, capsys, monkeypatch):
    rows = "order_id,ordered_at,total_amount,email\n1,2024-01-05,-10,a@example.com\n"
    text = told(capsys, monkeypatch, build_warehouse(make_sources({"webshop.orders": rows})).path)
    assert "No purchase among the orders" in text
    assert "Every row and every value was accepted." in text


def test_no_warehouse_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("KLANT360_WAREHOUSE", str(tmp_path / "none.duckdb"))
    assert main([]) == 1
    assert "make build" in capsys.readouterr().err


def test_every_table_and_column_of_the_marts_has_a_comment(demo_warehouse):
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        silent = connection.execute("""
            select table_name, column_name from duckdb_columns()
            where schema_name in ('marts', 'restricted') and comment is null
            union all
            select table_name, '' from duckdb_tables()
            where schema_name in ('marts', 'restricted') and comment is null
        """).fetchall()
    assert silent == []


def test_no_name_email_phone_or_street_stands_in_the_marts(demo_warehouse):
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        columns = connection.execute(
            "select distinct column_name from duckdb_columns() where schema_name = 'marts'"
        ).fetchall()
        details = connection.execute(
            "select last_name, email, phone, street from restricted.customer_contact_details"
        ).fetchall()
        texts = {
            value
            for table, column in connection.execute(
                "select table_name, column_name from duckdb_columns()"
                " where schema_name = 'marts' and data_type = 'VARCHAR'"
            ).fetchall()
            for (value,) in connection.execute(f"select distinct {column} from marts.{table}").fetchall()
        }
    assert not {"email", "phone", "street", "last_name", "first_name", "birth_date"} & {c for (c,) in columns}
    assert not {value for row in details for value in row if value} & texts
