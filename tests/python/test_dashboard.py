"""The dashboard's numbers equal the marts, and it can be drawn whatever was delivered."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from klant360.cli import main
from klant360.dashboard.figures.acquisition import median_payback
from klant360.dashboard.figures.targets import targets
from klant360.dashboard.page.render import dashboard, shown_panels
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, day, money, same, share
from klant360.publishing.publication import PublicationError, redraw_dashboard
from published_worlds import draw_orders, publish

GREATEST_SIZE = 3_000_000


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
    return Tables.of_publication(served / "parquet", {**manifest, **facts})


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


def test_revenue_is_explained_in_steps_that_add_up(shown, marts):
    before, effect, now, yearly = marts.execute("""
        select previous_net_revenue, customers_effect, net_revenue, yearly_previous_net_revenue
        from revenue_drivers where month = '2025-12-01'
    """).fetchone()
    steps = {row["effect"]: row["amount"] for row in shown["revenue_against_month"][1:-1]}
    unit = 100
    for panel, then in (("revenue_against_month", before), ("revenue_against_year", yearly)):
        rows = shown[panel]
        assert [rows[0]["amount"], rows[-1]["amount"]] == [
            round(then / unit) * unit,
            round(now / unit) * unit,
        ]
        assert rows[0]["amount"] + sum(row["amount"] for row in rows[1:-1]) == rows[-1]["amount"]
    assert steps["customers"] == round(effect / unit) * unit


def test_causes_bands_and_warnings_are_those_of_the_marts(shown, marts):
    causes = dict(marts.execute("""
        select cause, sum(customers) from segment_change_causes
        where snapshot_date = '2025-12-31' group by all
    """).fetchall())  # fmt: skip
    last = [row for row in shown["causes_of_changes"] if row["day"] == date(2025, 12, 31)]
    words = {"Bought something": "purchase", "Bought nothing": "time", "Others changed": "boundaries"}
    assert len(last) >= 2
    assert all(abs(row["customers"] - causes[words[row["cause"].en]]) <= 10 for row in last)
    bands = dict(marts.execute("select name_en, band_code from engagement_bands").fetchall())
    for row in shown["bands_over_time"]:
        true = value(
            marts,
            "select count(*) from customer_engagement_history"
            f" where snapshot_date = '{row['day']}' and engagement_band = '{bands[row['band'].en]}'",
        )
        assert abs(row["customers"] - true) <= 10
    assert len(shown["early_warnings"]) > 5
    for row in shown["early_warnings"]:
        people, stake = marts.execute(
            "select count(*), sum(value_at_stake) from early_warnings"
            " where falls_on = ? and segment_code = ?",
            [row["day"], row["key"]],
        ).fetchone()
        assert (row["customers"], row["value_at_stake"]) == (people, stake)
    for row in shown["concentration"]:
        share_of_top = value(
            marts,
            "select revenue_share from revenue_concentration"
            f" where snapshot_date = '{row['day']}' and top_percent = {row['top_percent']}",
        )
        assert row["share"] == pytest.approx(share_of_top, abs=0.0005)


def test_journeys_and_channels_are_those_of_the_marts(shown, marts):
    first = {row["touch"].en: row for row in shown["days_to_purchase"]}
    people, days = marts.execute("""
        select count(*), median(journeys.days_to_first_purchase)
        from customer_journeys as journeys inner join customer_360 as customers using (customer_id)
        where first_touch_kind = 'session' and first_touch_channel = 'paid_search' and lifetime_orders > 0
    """).fetchone()
    assert (first["Paid search"]["buyers"], first["Paid search"]["days"]) == (people, days)
    year = "month between '2025-01-01' and '2025-12-01'"
    for row in shown["costs"]:
        if row["channel"].en == "Paid search":
            assert [row["spend"], row["new_customers"]] == list(
                marts.execute(
                    "select sum(spend), sum(new_customers) from channel_performance"
                    f" where channel = 'paid_search' and {year}"
                ).fetchone()
            )
    brought = {row["channel"].en: row["value_12_months"] for row in shown["values"]}
    assert float(brought["Paid search"]) == pytest.approx(
        value(
            marts,
            "select sum(revenue_12_months) / sum(new_customers) from channel_performance"
            " where channel = 'paid_search' and month between '2024-02-01' and '2025-01-01'",
        )
    )


@pytest.mark.parametrize(
    ("months", "median"),
    [([3, 1, 2], 2), ([5, 7], 6), ([6, None], None), ([6, None, 8], 8), ([None] * 2, None), ([], None)],
)
def test_spend_that_is_not_paid_back_counts_in_the_median(months, median):
    assert median_payback(months) == median


def test_service_and_comparisons_are_those_of_the_marts(shown, marts):
    tickets = {row["day"]: row for row in shown["tickets"]}
    assert tickets[date(2025, 12, 31)]["tickets"] == value(
        marts, "select sum(tickets) from service_performance where month = '2025-12-01'"
    )
    latest = shown["nps"][-1]
    answers, nps = marts.execute("""
        select sum(answers), round(100 * (sum(promoters) - sum(detractors)) / sum(answers))
        from satisfaction_scores where survey_type = 'nps' and year(month) = 2025
    """).fetchone()
    assert (latest["period"].en, latest["answers"], latest["nps"]) == ("2025", answers, nps)
    campaigns = {row["name"].en: row for row in shown["campaigns"]}
    name, uplift, low = marts.execute("""
        select campaign_name, uplift, uplift_low from campaign_results
        where is_complete and control_buyers_30_days >= 10 and uplift_low > 0
    """).fetchone()
    assert (campaigns[name]["uplift"], campaigns[name]["low"]) == (uplift, low)
    assert campaigns[name]["verdict"].en == "Works"
    broken = [row for row in shown["experiments"] if row["is_broken"]]
    assert [row["uplift"] for row in broken] == [None]
    assert broken[0]["verdict"].en == "The split is broken: no result"


def test_profiles_are_those_of_the_mart(shown, marts):
    names = dict(marts.execute("select name_en, segment_code from segments").fetchall())
    ages = [row for row in shown["indexes"] if row["value"].en.startswith("Age: ") and row["index"]]
    assert len(ages) > 10
    for row in ages:
        index = value(
            marts,
            "select share_index from segment_profiles where attribute_name = 'age_band'"
            f" and attribute_value = '{row['value'].en[5:]}' and segment_code = '{names[row['segment'].en]}'",
        )
        assert row["index"] == round(index)
    typical = {row["heading"].en: [item.en for item in row["items"]] for row in shown["personas"]}
    assert typical["Champion"]
    assert all(int(line.rsplit(" ", 1)[1][:-1]) >= 120 for lines in typical.values() for line in lines)


def test_targets_have_the_status_of_the_mart_and_rounded_numbers(tmp_path):
    manifest = publish(tmp_path, draw_orders(np.random.default_rng(1), 160, 200), 1, 3)
    with Tables.of_publication(tmp_path, manifest) as tables:
        results = {(row["metric"], row["month"]): row for row in tables.rows("select * from target_results")}
        found = {(row["name"], row["month"]): row for row in targets(tables)}
    told = {key: row for key, row in found.items() if row["actual"] is not None}
    assert {row["status"] for row in told.values()} >= {"on_track", "off_track"}
    assert {key: row["status"] for key, row in told.items()} == {
        key: results[key]["target_status"] for key in told
    }
    # with a least of 3, numbers of people are to the nearest 6
    for key, row in told.items():
        if key[0] in ("new_customers", "active_customers", "customers"):
            shown = int(row["actual"].en.replace(",", ""))
            assert shown % 6 == 0 and abs(shown - results[key]["actual"]) <= 3


def test_pairs_of_products_are_those_of_the_mart(shown, marts):
    least = 10
    pairs = {
        frozenset(names): (both, one, other, p_value)
        for *names, both, one, other, p_value in marts.execute("""
            select
                products.product_name, others.product_name,
                customers_both, customers_product, customers_also, p_value
            from product_affinities
            join products using (product_id)
            join products as others on also_product_id = others.product_id
        """).fetchall()
    }
    rows = shown["pairs"]
    assert len(rows) > 10
    for row in rows:
        both, one, other, p_value = pairs[frozenset((row["product"], row["also_product"]))]
        assert both >= least and min(one, other) - both >= least and p_value <= 0.001
        assert row["customers"] % (2 * least) == 0


def test_what_is_expected_adds_up(shown, marts):
    total = value(marts, "select sum(expected_revenue) from cohort_projection")
    assert sum(row["revenue"] for row in shown["expected_revenue"]) == pytest.approx(float(total), rel=0.01)
    assert sum(row["customers"] for row in shown["next_purchase"]) == value(
        marts, "select count(*) from customer_predictions"
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
