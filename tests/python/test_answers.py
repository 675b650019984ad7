"""Answers of analyses on the demo set, checked against laws that their SQL does not use."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import jinja2
import networkx
import pytest

from oracle_values import wilson_interval
from test_analyses import ANALYSES


def months_later(day: date, months: int) -> date:
    """Return the first day of the month, this many months later."""
    month = 12 * day.year + day.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)


def half_a_year_later(day: date) -> date:
    """Return the day six months later, or the last day of that month if it has no such day."""
    month = months_later(day, 6)
    return min(month + timedelta(days=day.day - 1), months_later(month, 1) - timedelta(days=1))


def test_champions_are_those_of_the_transitions(answer, ask):
    rows = answer("champions_slipping_away").rows
    moved = ask(
        "select to_segment, customers, segments.tier from marts.segment_transitions"
        " inner join marts.segments on to_segment = segment_code"
        " where from_segment = 'champion' and customers > 0"
        " and snapshot_date = (select max(snapshot_date) from marts.snapshots)"
    )
    assert {row.segment_code: row.customers for row in rows} == {
        move.to_segment: move.customers for move in moved if move.tier < 9
    }
    assert sum(row.customers / row.share_of_champions for row in rows) == pytest.approx(
        len(rows) * sum(move.customers for move in moved)
    )


def test_winter_purchases_are_the_only_ones_and_of_one_whole_winter(answer, ask):
    rows = answer("bought_only_once_last_winter").rows
    as_of = ask("select max(snapshot_date) as day from marts.snapshots")[0].day
    first_march = date(as_of.year, 3, 1)
    if as_of + timedelta(days=1) < first_march:
        first_march = date(as_of.year - 1, 3, 1)
    purchases = ask("select customer_id, order_date from marts.orders where is_purchase")
    dates = defaultdict(list)
    for purchase in purchases:
        dates[purchase.customer_id].append(purchase.order_date)
    consenting = ask("select customer_id from marts.customer_360 where has_marketing_consent")
    expected = {
        customer.customer_id
        for customer in consenting
        if len(dates[customer.customer_id]) == 1
        and date(first_march.year - 1, 12, 1) <= dates[customer.customer_id][0] < first_march
    }
    assert {row.customer_id for row in rows} == expected
    assert len(rows) == len(expected)
    assert all(row.order_date + timedelta(days=row.days_since_order) == as_of for row in rows)


def test_movement_nets_to_zero(answer, ask):
    rows = answer("segment_movement_last_quarter").rows
    assert len(rows) == 11
    assert sum(row.net_movement for row in rows) == 0
    assert sum(row.moved_in for row in rows) == sum(row.moved_out for row in rows) > 0
    populations = {row.snapshot_date: row.customers for row in ask("select * from marts.snapshots")}
    assert sum(row.customers_at_start for row in rows) == populations[rows[0].start_date]
    assert sum(row.customers_at_end for row in rows) == populations[rows[0].end_date]
    assert months_later(rows[0].end_date, -2) == rows[0].start_date + timedelta(days=1)
    assert rows[0].end_date.month % 3 == 0
    for row in rows:
        assert row.customers_at_start + row.new_customers + row.net_movement == row.customers_at_end
        assert (row.gained_most or 0) <= row.moved_in
        assert (row.lost_most or 0) <= row.moved_out


@pytest.mark.parametrize("month", [1, 3, 6, 12])
def test_retention_is_shown_for_whole_months_only(month, answer, ask):
    as_of = ask("select max(snapshot_date) as day from marts.snapshots")[0].day
    purchases = ask("select customer_id, order_date, order_number from marts.orders where is_purchase")
    cohorts, active = {}, defaultdict(set)
    for purchase in purchases:
        first_day = purchase.order_date.replace(day=1)
        active[first_day].add(purchase.customer_id)
        if purchase.order_number == 1:
            cohorts.setdefault(first_day, set()).add(purchase.customer_id)
    rows = {row.cohort_month: row for row in answer("retention_by_cohort").rows}
    assert list(rows) == sorted(cohorts)
    for cohort_month, customers in cohorts.items():
        row = rows[cohort_month]
        assert row.cohort_size == len(customers)
        rate = getattr(row, f"month_{month}_retention")
        if months_later(cohort_month, month + 1) > as_of + timedelta(days=1):
            assert rate is None
        else:
            again = customers & active[months_later(cohort_month, month)]
            assert rate == pytest.approx(len(again) / len(customers))


def test_retention_of_an_incomplete_month_is_null():
    source = (ANALYSES / "retention_by_cohort.sql").read_text(encoding="utf-8")
    sql = jinja2.Template(source).render(ref=lambda name: name)
    with duckdb.connect() as connection:
        connection.execute(
            "create table cohort_retention as select date '2024-01-01' as cohort_month, 4 as cohort_size, *"
            " from (values (0, 1.0, 0.5, 1.0, true), (1, 0.5, 0.2, 0.9, true), (3, 0.25, 0.1, 0.8, false))"
            " as t (months_since_first_order, retention_rate, retention_low, retention_high, is_complete)"
        )
        cells = connection.execute(sql).fetchall()
    assert cells == [(date(2024, 1, 1), 4, Decimal("0.5"), Decimal("0.2"), Decimal("0.9")) + (None,) * 9]


def test_pareto(answer, ask):
    rows = {row.top_percent: row for row in answer("revenue_share_of_top_20_percent").rows}
    revenues = sorted(
        (
            row.amount
            for row in ask(
                "select sum(net_amount) as amount from marts.orders"
                " where is_purchase or is_credit_note group by customer_id having bool_or(is_purchase)"
            )
        ),
        reverse=True,
    )
    assert 0.2 <= rows[20].share_of_revenue <= 1
    assert rows[100].share_of_revenue == rows[100].share_of_customers == 1
    for percent, row in rows.items():
        assert row.customers == -(-len(revenues) * percent // 100)
        assert row.net_revenue == sum(revenues[: row.customers])
        assert row.least_revenue == revenues[row.customers - 1]


def test_boundaries_in_words(answer, ask):
    rows = answer("score_boundaries_in_words").rows
    snapshot = ask("select * from marts.snapshots order by snapshot_date desc limit 1")[0]
    totals, shares = defaultdict(int), defaultdict(float)
    for row in rows:
        totals[row.metric] += row.customers
        shares[row.metric] += row.share_of_customers
        letter = {"recency_days": "R", "frequency": "F", "monetary": "M"}[row.metric]
        places = 2 if row.metric == "monetary" else 0
        ends = [f"{value:.{places}f}" for value in (row.value_from, row.value_to)]
        range_in_words = ends[0] if ends[0] == ends[1] else " to ".join(ends)
        assert row.meaning.startswith(f"{letter} = {row.score} means {range_in_words} ")
        assert "1 orders" not in row.meaning or range_in_words != "1"
    assert set(totals.values()) == {snapshot.customers_in_window}
    assert list(shares.values()) == pytest.approx([1, 1, 1])


def test_waterfall_ends_where_the_customers_add_up_to(answer, ask):
    rows = answer("revenue_waterfall_to_finance").rows
    total, *changes, result = rows
    assert (total.kind, result.kind, {row.kind for row in changes}) == ("total", "result", {"change"})
    assert total.amount + sum(row.amount for row in changes) == result.amount == result.running_amount
    assert total.orders + sum(row.orders for row in changes) == result.orders == result.running_orders
    counted = ask("select sum(net_amount) as amount from marts.orders where is_purchase or is_credit_note")
    assert result.amount == counted[0].amount != Decimal(0)
    orders = ask("select * from marts.source_reconciliation where source_table = 'webshop.orders'")[0]
    assert total.orders == orders.rows_read - orders.rows_erased
    assert -sum(row.orders for row in changes if row.step == 2) == orders.rows_rejected


def test_repeat_rates_follow_the_orders(answer, ask):
    """Recounted from the orders, one customer at a time."""
    rows = answer("repeat_rate_by_acquisition_channel").rows
    as_of = ask("select max(snapshot_date) as day from marts.snapshots")[0].day
    purchases = ask(
        "select orders.customer_id, order_date, acquisition_channel from marts.orders"
        " inner join marts.customer_360 on orders.customer_id = customer_360.customer_id"
        " where is_purchase order by order_date"
    )
    dates, channels, counts = defaultdict(list), {}, defaultdict(lambda: [0, 0])
    for purchase in purchases:
        dates[purchase.customer_id].append(purchase.order_date)
        channels[purchase.customer_id] = purchase.acquisition_channel or "(unknown)"
    for customer_id, days in dates.items():
        last_chance = half_a_year_later(days[0])
        if last_chance <= as_of:
            counts[channels[customer_id]][0] += 1
            counts[channels[customer_id]][1] += len(days) > 1 and days[1] <= last_chance
    found = {row.acquisition_channel: [row.customers, row.repeat_customers] for row in rows}
    assert found == dict(counts)
    assert all(row.repeat_rate == row.repeat_customers / row.customers for row in rows)
    for row in rows:
        assert wilson_interval(row.repeat_customers, row.customers) == pytest.approx(
            (row.rate_low, row.rate_high)
        )


def test_small_groups_are_not_shown(answer, ask):
    rows = answer("customer_value_by_age_band_and_region").rows
    buyers = ask(
        "select count(*) as n, sum(lifetime_net_revenue) as amount from marts.customer_360"
        " where lifetime_orders > 0"
    )[0]
    shown = sum(row.customers for row in rows)
    assert all(row.customers >= 10 for row in rows)
    assert 0 <= buyers.n - shown < 10
    if shown == buyers.n:
        assert sum(row.lifetime_net_revenue for row in rows) == buyers.amount
    assert all(1 <= row.average_tier <= 9 for row in rows)


def test_call_list_has_only_ids_of_customers_with_consent(answer, ask):
    result = answer("cant_lose_call_list")
    to_call = ask(
        "select customer_id from marts.customer_360"
        " where segment_code = 'cant_lose' and has_marketing_consent"
    )
    assert sorted(row.customer_id for row in result.rows) == sorted(row.customer_id for row in to_call)
    assert [row.call_order for row in result.rows] == list(range(1, len(to_call) + 1))
    assert [row.monetary for row in result.rows] == sorted(
        (row.monetary for row in result.rows), reverse=True
    )
    assert not {"first_name", "last_name", "email", "phone", "street"} & set(result.columns)


def test_rejections_add_up(answer, ask):
    rows = answer("rejected_rows_by_reason_and_column").rows
    counts = defaultdict(int)
    for row in rows:
        counts[row.source_table] += row.rejected_rows
    tables = ask("select * from marts.source_reconciliation where rows_rejected > 0")
    assert counts == {table.source_table: table.rows_rejected for table in tables}
    for table in tables:
        shares = [row.share_of_rejected_rows for row in rows if row.source_table == table.source_table]
        assert sum(shares) == pytest.approx(1)


def test_service_counts_everyone_once(answer, ask):
    rows = answer("service_and_nps_by_segment").rows
    everyone = ask(
        "select count(*) as customers, sum(ticket_count) as tickets,"
        " count(latest_nps_score) as answers from marts.customer_360"
    )[0]
    assert sum(row.customers for row in rows) == everyone.customers
    assert sum(row.tickets for row in rows) == everyone.tickets
    assert sum(row.nps_answers for row in rows) == everyone.answers
    for row in rows:
        assert row.promoters + row.detractors <= row.nps_answers
        assert (row.nps is None) == (row.nps_answers == 0)
        assert row.nps is None or -100 <= row.nps <= 100


def test_win_backs_begin_with_who_was_gone(answer, ask):
    rows = answer("win_backs_by_month").rows
    gone = ask(
        "select previous_snapshot_date as day, sum(customers) as customers from marts.segment_transitions"
        " where from_segment in ('lost', 'hibernating') group by 1 having sum(customers) > 0"
    )
    assert {row.win_back_month: row.gone_customers for row in rows} == {
        row.day + timedelta(days=1): row.customers for row in gone
    }
    gone_ids = defaultdict(set)
    for row in ask(
        "select snapshot_date, customer_id from marts.customer_segment_history"
        " where segment_code in ('lost', 'hibernating')"
    ):
        gone_ids[row.snapshot_date + timedelta(days=1)].add(row.customer_id)
    won_back, revenue = defaultdict(set), defaultdict(Decimal)
    for row in ask("select customer_id, order_date, net_amount from marts.orders where is_purchase"):
        month = row.order_date.replace(day=1)
        if row.customer_id in gone_ids[month]:
            won_back[month].add(row.customer_id)
            revenue[month] += row.net_amount
    for row in rows:
        assert row.won_back == len(won_back[row.win_back_month])
        assert row.net_revenue == revenue[row.win_back_month]
        assert wilson_interval(row.won_back, row.gone_customers) == pytest.approx(
            (row.rate_low, row.rate_high)
        )
        assert row.still_here <= row.won_back <= row.gone_customers
        assert (row.revenue_per_win_back is None) == (row.won_back == 0)


def test_a_year_ago_is_a_year_ago(answer, ask):
    rows = answer("segments_a_year_ago_and_now").rows
    populations = {row.snapshot_date: row for row in ask("select * from marts.snapshots")}
    assert months_later(rows[0].now_date, -11) == rows[0].year_ago_date + timedelta(days=1)
    assert sum(row.share_year_ago or 0 for row in rows) == pytest.approx(1)
    assert sum(row.share_now or 0 for row in rows) == pytest.approx(1)
    assert sum(row.share_difference or 0 for row in rows) == pytest.approx(0)
    assert sum(row.customers_now for row in rows) == populations[rows[0].now_date].customers
    assert sum(row.customers_year_ago for row in rows) == populations[rows[0].year_ago_date].customers
    assert rows[0].is_comparable == populations[rows[0].year_ago_date].is_window_full


def test_links_hold_one_customer_together(answer, ask):
    rows = answer("why_are_these_one_customer").rows
    customers = {row.customer_id for row in rows}
    assert len(customers) == 1
    records = {
        record.record_key
        for record in ask(
            f"select record_key from restricted.customer_identities where customer_id = '{customers.pop()}'"
        )
    }
    links = networkx.Graph((row.record_key, row.linked_record_key) for row in rows)
    assert set(links) == records
    assert networkx.is_connected(links)


def test_examples_of_records_kept_apart_belong_to_two_customers(answer, ask):
    customer_of = {
        row.record_key: row.customer_id
        for row in ask("select record_key, customer_id from restricted.customer_identities")
    }
    rows = answer("why_are_these_held_apart").rows
    assert rows
    assert all(customer_of[row.record_key] != customer_of[row.other_record_key] for row in rows)
    counted = {(row.reason, row.identifier_type): row.pairs for row in rows}
    assert sum(counted.values()) == ask("select count(*) as n from restricted.vetoed_links")[0].n


def test_ids_that_never_merged_lead_to_themselves(answer):
    rows = answer("follow_an_old_customer_id").rows
    assert rows
    assert all(row.customer_id == row.listed_customer_id for row in rows if row.merged_by is None)
    assert len({row.listed_customer_id for row in rows}) == len(rows)
