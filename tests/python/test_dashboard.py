"""The dashboard's numbers equal the marts, and it can be drawn whatever was delivered."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from klant360.cli import main
from klant360.dashboard.page.render import dashboard, shown_panels
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, day, money, same, share
from klant360.publishing.publication import PublicationError, redraw_dashboard
from published_worlds import publish_marts

GREATEST_SIZE = 3_000_000


@pytest.fixture(scope="module")
def served(demo_warehouse, tmp_path_factory) -> Path:
    """The folder of a publication of the demo set."""
    return publish_marts(demo_warehouse, tmp_path_factory.mktemp("serve"))


@pytest.fixture(scope="module")
def shown(served):
    """The rows of each panel of the demo set."""
    with tables_of(served) as tables:
        return {panel.name: list(panel.rows) for panel in shown_panels(tables)}


@pytest.fixture(scope="module")
def marts(served):
    with duckdb.connect(str(served / "klant360.duckdb"), read_only=True) as connection:
        connection.execute("use marts")
        yield connection


def tables_of(served: Path, **facts) -> Tables:
    manifest = json.loads((served / "manifest.json").read_text(encoding="utf-8"))
    return Tables(served / "parquet", {**manifest, **facts})


def value(marts, query: str):
    return marts.execute(query).fetchone()[0]


def test_it_is_one_small_file_that_is_served_with_the_publication(served):
    page = served / "dashboard.html"
    assert page.resolve() == (served / "publications/r1/dashboard.html").resolve()
    assert page.stat().st_size < GREATEST_SIZE
    text = page.read_text(encoding="utf-8")
    outside = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"""(src|href)=["'](?!#)|url\((?!#)|@import""", outside)


def test_key_figures(shown, marts):
    figures = {row["key"]: row for row in shown["key_figures"] if row["scope"] == "all"}
    in_december = "order_date between '2025-12-01' and '2025-12-31'"
    assert figures["customers"]["now"] == value(
        marts, "select count(*) from customer_360 where first_order_date <= '2025-12-31'"
    )
    assert figures["active"]["now"] == value(
        marts, f"select count(distinct customer_id) from orders where is_purchase and {in_december}"
    )
    assert figures["new"]["year_before"] == value(
        marts, "select count(*) from customer_360 where last_day(first_order_date) = '2024-12-31'"
    )
    counted = "from orders where (is_purchase or is_credit_note)"
    assert figures["revenue"]["now"] == value(marts, f"select sum(net_amount) {counted} and {in_december}")
    assert figures["revenue_12_months"]["year_before"] == value(
        marts, f"select sum(net_amount) {counted} and year(order_date) = 2024"
    )


def test_segments_add_up_to_all_customers(shown, marts):
    rows = [row for row in shown["sizes"] if row["scope"] == "all"]
    sizes = dict(marts.execute("select segment_code, count(*) from customer_360 group by all").fetchall())
    for row in rows:
        if row["key"] != "other":
            assert row["customers"] == sizes[row["key"]]
    assert sum(row["customers"] for row in rows) == sum(sizes.values())
    revenue = sum(row["revenue"] for row in shown["revenue_by_segment"] if row["scope"] == "all")
    assert revenue == value(
        marts, "select sum(lifetime_net_revenue) from customer_360 where lifetime_orders > 0"
    )


def test_a_country_has_the_customers_of_that_country(shown, marts):
    rows = [row for row in shown["sizes"] if row["scope"] == "BE" and row["key"] != "prospect"]
    assert len(rows) >= 3
    assert sum(row["customers"] for row in rows) == value(
        marts, "select count(*) from customer_360 where country_code = 'BE' and lifetime_orders > 0"
    )


def test_movements_add_up_to_the_months_before_and_after(shown, marts):
    moved = [row for row in shown["transition_matrix"] if row["customers"] is not None]
    names = dict(marts.execute("select name_en, segment_code from segments").fetchall())
    true = {
        (before, after): customers
        for before, after, customers in marts.execute(
            "select from_segment, to_segment, customers from segment_transitions"
            " where snapshot_date = '2025-12-31'"
        ).fetchall()
    }
    assert len(moved) > 10
    for row in moved:
        before = names.get(row["before"].en, "(new)")
        assert row["customers"] == true[before, names[row["after"].en]]
    last = [row for row in shown["sizes_over_time"] if row["day"] == date(2025, 12, 31)]
    assert sum(row["customers"] for row in last) == sum(true.values())
    assert len({row["day"] for row in shown["sizes_over_time"]}) == 25


def test_cohorts_equal_the_mart_where_a_month_is_a_period(served, marts):
    with tables_of(served, min_cell_size=2) as tables:
        panels = {shown.name: shown.rows for shown in shown_panels(tables)}
    rows, compared = panels["triangle"], set()
    mart = {
        (cohort, age): rest
        for cohort, age, *rest in marts.execute(
            "select cohort_month, months_since_first_order, active_customers, retention_rate, retention_low,"
            " retention_high, cumulative_revenue_per_customer from cohort_retention"
        ).fetchall()
    }
    assert len(rows) == len(mart)
    for row in rows:
        active, rate, low, high, spent = mart[row["since"], row["age"]]
        if row["active"] is not None:
            assert row["active"] == active
            assert [row["rate"], row["low"], row["high"]] == pytest.approx([rate, low, high])
            compared.add((row["since"].isoformat(), row["age"]))
    assert len(compared) > 0.9 * len(mart)
    for row in panels["revenue_per_customer"]:
        spent = mart[date.fromisoformat(row["series"]), row["age"]][-1]
        assert float(row["revenue_per_customer"]) == pytest.approx(float(spent), abs=1e-4)


def test_orders_to_revenue_is_what_reconciliation_says(shown, marts):
    steps = shown["orders_to_revenue"]
    assert steps[0]["amount"] == value(marts, "select sum(amount) from revenue_reconciliation")
    assert steps[0]["amount"] + sum(step["amount"] for step in steps[1:-1]) == steps[-1]["amount"]
    assert steps[-1]["amount"] == value(marts, "select sum(lifetime_net_revenue) from customer_360")


def test_data_quality_is_complete(shown, marts):
    assert sum(row["rows"] for row in shown["rows"]) == value(
        marts, "select sum(rows_read) from source_reconciliation"
    )
    assert sum(row["rows"] for row in shown["rejections"]) == value(
        marts, "select sum(rows_rejected) from source_reconciliation"
    )
    assert sum(row["people"] for row in shown["records_per_person"]) == value(
        marts, "select count(*) from customer_360"
    )


def test_changes_are_told_from_the_largest(shown):
    changes = [abs(row["change"]) for row in shown["what_changed"]]
    assert 1 <= len(changes) <= 5
    assert changes == sorted(changes, reverse=True)
    assert min(changes) >= 0.02


def test_a_table_that_was_not_delivered_is_named(served):
    with tables_of(served, sources={"crm.customers": 10}) as tables:
        missing = {shown.name: shown.missing for shown in shown_panels(tables)}
    assert [name.en for name in missing["sizes"]] == ["Webshop: orders"]
    assert missing["segment_list"] == []


def test_a_system_that_the_contract_gained_has_its_own_name(served):
    manifest = json.loads((served / "manifest.json").read_text(encoding="utf-8"))
    sources = {"webshop.orders": 10, "loyalty_scheme.cards": 3}
    assert "Sources: loyalty scheme, Webshop." in dashboard(served, {**manifest, "sources": sources})


def test_every_text_is_in_both_languages(served):
    with tables_of(served) as tables:
        panels = list(shown_panels(tables))
    for shown in panels:
        texts = [*shown.titles.values(), shown.panel.reading, shown.panel.definition, shown.panel.empty]
        texts += [column.title for column in shown.panel.columns]
        assert all(text.nl and text.en for text in texts), shown.name
        assert shown.titles["all"].nl != shown.titles["all"].en, shown.name


def test_drawing_again_gives_the_same_page(served):
    page = served / "dashboard.html"
    before = page.read_bytes()
    assert redraw_dashboard(served, None, dashboard).read_bytes() == before


def test_the_command_writes_a_copy(served, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KLANT360_SERVE", str(served))
    copy = tmp_path / "copy.html"
    assert main(["dashboard", "--out", str(copy)]) == 0
    assert str(copy) in capsys.readouterr().out
    assert copy.read_bytes() == (served / "dashboard.html").read_bytes()


def test_without_a_publication_there_is_nothing_to_draw(tmp_path):
    with pytest.raises(PublicationError, match="Nothing has been published"):
        redraw_dashboard(tmp_path, None, dashboard)


def test_numbers_and_dates_as_each_language_writes_them():
    assert count(1234567.5) == Text("1.234.568", "1,234,568")
    assert count(-0.25, 1) == Text("\N{MINUS SIGN}0,3", "\N{MINUS SIGN}0.3")
    assert money(1234.5, "EUR") == Text("€\N{NO-BREAK SPACE}1.235", "€1,235")
    assert money(-5, "SEK") == same("\N{MINUS SIGN}SEK\N{NO-BREAK SPACE}5")
    assert money(-0.2, "EUR").en == "€0"
    assert share(0.125, 1) == Text("12,5%", "12.5%")
    assert day(date(2025, 3, 1)) == Text("1 maart 2025", "1 March 2025")
    assert Text("{} van {n}", "{} of {n}").fill(same("1"), n=Text("twee", "two")) == Text(
        "1 van twee", "1 of two"
    )
