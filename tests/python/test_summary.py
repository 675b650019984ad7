"""The summary of `make build`, and the comments that BI tools show."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest

from klant360.cli import main
from klant360.contract import read_contract
from klant360.publishing.summary import segment_table
from warehouses import Warehouse

SUMMARISED = [
    "+customer_360",
    "+snapshots",
    "+rejected_rows",
    "+ignored_values",
    "+order_statuses",
    "+reference_quality",
    "stg_delivery__files",
    "stg_delivery__tables",
]


def summary_of(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, warehouse: Path) -> str:
    monkeypatch.setenv("KLANT360_WAREHOUSE", str(warehouse))
    assert main(["summary"]) == 0
    return capsys.readouterr().out


def test_the_summary_of_the_demo(demo_warehouse, capsys, monkeypatch):
    text = summary_of(capsys, monkeypatch, demo_warehouse)
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        (customers,) = connection.execute("select count(*) from marts.customer_360").fetchone()
        (records,) = connection.execute("select count(*) from restricted.customer_identities").fetchone()
        (rejected,) = connection.execute("select count(*) from restricted.rejected_rows").fetchone()
        shares = segment_table(connection)
        worst = connection.execute(
            "select max(grade) from marts.model_backtests where grade is not null group by model, metric"
        ).fetchall()
    assert f"{customers:,} customers, recognised in {records:,} source records." in text
    assert f"(restricted.rejected_rows): {rejected:,}." in text
    assert re.search(r"Kampioen +Champion +[1-9]", text)
    assert "scores say little" not in text
    assert "Not delivered" not in text
    assert "without a match" not in text
    better = sum(grade != "C" for (grade,) in worst)
    assert f"better than a simple rule in {better} of {len(worst)} tests on the past." in text
    assert text.count("  Not better: ") == len(worst) - better
    assert str(demo_warehouse) in text
    assert shares["customers"].sum() == customers
    assert shares["revenue_share"].astype(float).sum() == pytest.approx(1, abs=1e-6)


def test_every_table_of_the_demo_set_is_read(demo_warehouse):
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        counts = connection.execute(
            "select source_table, rows_read, rows_accepted + rows_rejected + rows_erased"
            " from marts.source_reconciliation"
        ).fetchall()
    assert {table for table, rows_read, _ in counts if rows_read > 0} == set(read_contract())
    assert all(rows_read == rows_found for _, rows_read, rows_found in counts)


def test_a_pilot_sees_which_tables_are_missing(build_warehouse, make_sources, capsys, monkeypatch):
    rows = "order_id,ordered_at,total_amount,email\n1,2024-01-05,10,a@b.nl\n2,2024-02-05,x,c@b.nl\n"
    warehouse = build_warehouse(make_sources({"webshop.orders": rows}), select=SUMMARISED)
    text = summary_of(capsys, monkeypatch, warehouse.path)
    assert "1 customer, recognised in 1 source record." in text
    assert "Only 1 bought in the window: below 50 customers, scores say little." in text
    assert "Nobody scores F = 4 or more: there is only 1 customer in the window." in text
    needs = "Customers with a second purchase day: 0 of the 100 needed (100 missing)."
    assert f"Nothing is predicted by mbg_nbd and gamma_gamma. {needs}" in text
    assert re.search(r"webshop\.orders +unreadable_value +total_amount +1 +such as x\n", text)
    assert "crm.customers" in text.split("Not delivered")[1]


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


@pytest.fixture(scope="module")
def mostly_one_order(build_warehouse, make_sources) -> tuple[Warehouse, Path]:
    """A warehouse in which 54 of 60 customers have one order, and its sources."""
    sources = make_sources({"webshop.orders": orders_of(54, 1) + orders_of(6, 2)})
    return build_warehouse(sources, select=SUMMARISED), sources


def test_the_summary_explains_why_nobody_scores_high_on_frequency(mostly_one_order, capsys, monkeypatch):
    warehouse, sources = mostly_one_order
    text = summary_of(capsys, monkeypatch, warehouse.path)
    said = [
        "Nobody scores F = 4 or more: 90% of the customers in the window have 1 order,",
        "rfm_tie_method: rank, by which the 6 customers with most orders score F = 5",
        "a longer window (rfm_window_months)",
    ]
    assert [words for words in said if words not in text] == []
    warehouse.build(sources, variables={"rfm_tie_method": "rank"}, select=SUMMARISED)
    text = summary_of(capsys, monkeypatch, warehouse.path)
    assert "Nobody scores" not in text
    assert "What can be done" not in text


def test_rank_is_not_advised_where_it_cannot_separate_customers(
    mostly_one_order, capsys, monkeypatch, tmp_path
):
    """Half have one order, half two: by rank they score F = 1 and F = 3."""
    half = Path(shutil.copy(mostly_one_order[0].path, tmp_path))
    with duckdb.connect(str(half)) as connection:
        connection.execute(
            "update marts.customer_segments as segments set frequency = half, f_score = 2 * half - 1"
            " from (select customer_id, ntile(2) over (order by customer_id) as half"
            " from marts.customer_segments) as halves where segments.customer_id = halves.customer_id"
        )
    text = summary_of(capsys, monkeypatch, half)
    assert "Nobody scores F = 4 or more: 50% of the customers" in text
    assert "a longer window" in text
    assert "rfm_tie_method" not in text


def test_broken_references_are_listed(build_warehouse, make_sources, capsys, monkeypatch):
    """Lost zeros, an account id that means a guest, and one that is an email: no address is printed."""
    sources = make_sources(
        {
            "crm.customers": "customer_number\n0004711\n0004712\n",
            "webshop.accounts": "account_id,customer_number\nLZ1,4711\nLZ2,4712\n",
            "webshop.orders": """
                order_id,ordered_at,total_amount,account_id,email
                1,2024-01-05,10,visitor,a.one@mail.example
                2,2024-01-06,10,visitor,b.two@mail.example
                3,2024-01-07,10,visitor,B.Two@mail.example
                4,2024-01-08,10,c.three@mail.example,c.three@mail.example
                5,2024-01-09,10,c.three@mail.example,d.four@mail.example
                6,2024-01-10,10,once,e.five@mail.example
                7,2024-01-11,10,once,E.five@mail.example
                8,2024-01-12,10,LZ1,f.six@mail.example
                9,2024-01-13,10,LZ1,g.seven@mail.example
            """,
        }
    )
    text = summary_of(capsys, monkeypatch, build_warehouse(sources, select=SUMMARISED).path)
    assert (
        "webshop.accounts.customer_number: 0 of 2 lead to crm.customers;"
        " 2 of 2 would without leading zeros\n" in text
    )
    assert "webshop.orders.account_id: 2 of 9 lead to webshop.accounts\n" in text
    assert "Without a row in webshop.accounts, but with orders of several emails: 2 accounts.\n" in text
    assert "to seeds/placeholder_ids.csv and build again" in text
    assert re.search(r"visitor +2 emails +3 orders", text)
    assert not re.search(r"once|LZ1|@", text)


@pytest.mark.deep
def test_a_delivery_without_purchases_is_reported(build_warehouse, make_sources, capsys, monkeypatch):
    rows = "order_id,ordered_at,total_amount,email\n1,2024-01-05,-10,a@example.com\n"
    warehouse = build_warehouse(make_sources({"webshop.orders": rows}), select=SUMMARISED)
    text = summary_of(capsys, monkeypatch, warehouse.path)
    assert "There are no purchases among the orders" in text
    assert "Every row was accepted." in text


def test_a_missing_warehouse_is_reported(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("KLANT360_WAREHOUSE", str(tmp_path / "none.duckdb"))
    assert main(["summary"]) == 1
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


def test_no_name_email_phone_or_street_is_in_the_marts(demo_warehouse):
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
