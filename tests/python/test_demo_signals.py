"""The marts find what was planted in the demo, and nothing where nothing was planted."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import duckdb
import pytest

# Months with a drop of a known cause; all others have their season and chance only.
FEW_ORDERS, LOW_VALUE = date(2025, 6, 1), date(2025, 12, 1)
LOOKERS_CHANNEL = "paid_social"
# Two-sided, at about one in 16,000.
CERTAIN = 4.0


@pytest.fixture(scope="module")
def demo(demo_warehouse: Path, demo_sources: Path):
    """The marts of the demo, and the table `people`: the truth about people who are one customer each."""
    truth = demo_sources.parent / "truth"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{demo_warehouse}' as warehouse (read_only)")
        connection.execute("use warehouse.marts")
        connection.execute(f"""
            create table memory.people as
            select people.*, owned.customer_id
            from read_csv('{truth}/people.csv') as people
            inner join (
                select person_id, min(customer_id) as customer_id
                from read_csv('{truth}/source_records.csv', all_varchar = true)
                inner join warehouse.restricted.customer_identities
                    using (source_system, source_entity, source_record_id)
                group by person_id
                having min(customer_id) = max(customer_id)
            ) as owned using (person_id)
        """)
        yield connection


def test_fewer_orders_per_customer_and_a_lower_value_explain_the_months_they_were_planted_in(demo):
    months = demo.sql("""
        select month, frequency_effect / previous_net_revenue, value_effect / previous_net_revenue
        from revenue_drivers
        where is_complete and month >= '2025-01-01'
    """).fetchall()
    frequency = {month: effect for month, effect, _ in months}
    value = {month: effect for month, _, effect in months}
    assert frequency[FEW_ORDERS] < -0.15
    assert value[LOW_VALUE] < -0.2
    # the season and chance do not come near in the other months of the year
    assert min(effect for month, effect in frequency.items() if month != FEW_ORDERS) > -0.15
    assert min(effect for month, effect in value.items() if month != LOW_VALUE) > -0.15


def test_engagement_fades_before_people_stop_buying_and_not_of_those_who_go_on(demo):
    acts = {
        has_left: (before, after)
        for has_left, before, after in demo.sql("""
            with buyers as (
                select
                    customer_id,
                    dropout_at is not null as has_left,
                    last_day(cast(last_purchase_at - interval 1 month as date)) as last_month,
                    last_day(cast(last_purchase_at - interval 7 month as date)) as half_a_year_ago
                from memory.people
                where purchases >= 3 and last_purchase_at > first_purchase_at + interval 300 day
            )
            select has_left, sum(earlier.frequency), sum(later.frequency)
            from buyers
            inner join customer_engagement_history as later
                on buyers.customer_id = later.customer_id and buyers.last_month = later.snapshot_date
            inner join customer_engagement_history as earlier
                on buyers.customer_id = earlier.customer_id and buyers.half_a_year_ago = earlier.snapshot_date
            group by has_left
        """).fetchall()
    }

    def change(has_left: bool) -> tuple[float, float]:
        """Return the log of the ratio of two counts, and its variance."""
        before, after = acts[has_left]
        return math.log(after / before), 1 / after + 1 / before

    (left, left_variance), (stayed, stayed_variance) = change(True), change(False)
    assert (left - stayed) / math.sqrt(left_variance + stayed_variance) < -CERTAIN
    assert abs(stayed) < CERTAIN * math.sqrt(stayed_variance)
    assert left < math.log(0.75)


def test_visitors_of_one_channel_look_long_and_buy_little_and_those_of_others_do_not_differ(demo):
    channels = {
        channel: {"people": people, "bought": bought, "seconds": seconds}
        for channel, people, bought, seconds in demo.sql("""
            select
                first_touch_channel,
                count(*),
                count(*) filter (lifetime_orders > 0),
                avg(duration_seconds) filter (duration_seconds > 0)
            from customer_journeys
            inner join customer_360 using (customer_id)
            left join customer_engagement using (customer_id)
            where first_touch_kind = 'session' and first_touch_channel is not null
            group by first_touch_channel
        """).fetchall()
    }
    lookers = channels.pop(LOOKERS_CHANNEL)
    people, bought = (sum(row[name] for row in channels.values()) for name in ("people", "bought"))

    def distance(row) -> float:
        """Return how many standard errors the share who bought lies from that of the other channels."""
        usual = bought / people
        return (row["bought"] / row["people"] - usual) / math.sqrt(usual * (1 - usual) / row["people"])

    assert distance(lookers) < -CERTAIN
    assert all(abs(distance(row)) < CERTAIN for row in channels.values())
    assert all(lookers["seconds"] > row["seconds"] for row in channels.values())
