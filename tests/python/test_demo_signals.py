"""The marts find what was planted in the demo, and nothing where nothing was planted."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import duckdb
import pytest

from demo_sets import CERTAIN

# Months with a drop of a known cause; all others have their season and chance only.
FEW_ORDERS, LOW_VALUE = date(2025, 6, 1), date(2025, 12, 1)
LOOKERS_CHANNEL = "paid_social"
# Deliveries went wrong; whoever complained is asked a month later whether they would recommend the company.
PROBLEM, PROBLEM_MONTHS = "levering", (date(2025, 2, 1), date(2025, 3, 1))
ANSWER_MONTHS = (date(2025, 3, 1), date(2025, 4, 1), date(2025, 5, 1))
COSTLY_CHANNEL = "paid_social"
CAMPAIGN_THAT_WORKS, CAMPAIGN_THAT_DOES_NOTHING = "P-2024-09", "P-2025-09"
EXPERIMENT_THAT_WORKS, WRONGLY_DIVIDED = "afrekenen_in_een_stap", "gratis_retour_in_beeld"
# Of the orders without its treatment, the share that it would have saved.
GIVEN_UP = 0.5
CERTAIN_P_VALUE = math.erfc(CERTAIN / math.sqrt(2))
# The test of two proportions is no good for a handful of people.
LEAST_CONTROL = 10


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


def standard_errors(hits: float, count: float, all_hits: float, all_count: float) -> float:
    """Return how far the share of a part lies from that of the rest: hits of the part and of all."""
    other_hits, other_count = all_hits - hits, all_count - count
    pooled = all_hits / all_count
    error = math.sqrt(pooled * (1 - pooled) * (1 / count + 1 / other_count))
    return (hits / count - other_hits / other_count) / error


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


def test_an_experiment_has_the_planted_effect_and_the_others_have_none(demo):
    variants = {
        experiment: (uplift, low, high, p_value)
        for experiment, uplift, low, high, p_value in demo.sql("""
            select experiment, uplift, uplift_low, uplift_high, p_value
            from experiment_results
            where not is_baseline and is_complete
        """).fetchall()
    }
    assert len(variants) == 3
    _, low, high, p_value = variants.pop(EXPERIMENT_THAT_WORKS)
    (rate,) = demo.execute(
        "select conversion_rate from experiment_results where experiment = ? and variant = 'treatment'",
        [EXPERIMENT_THAT_WORKS],
    ).fetchone()
    assert p_value < CERTAIN_P_VALUE
    assert 0 < low < GIVEN_UP * rate < high
    assert all(p_value > CERTAIN_P_VALUE for *_, p_value in variants.values())


def test_only_the_wrongly_divided_experiment_has_a_sample_ratio_mismatch(demo):
    mismatches = demo.sql(
        "select distinct experiment from experiment_results where has_sample_ratio_mismatch"
    )
    assert mismatches.fetchall() == [(WRONGLY_DIVIDED,)]


def test_one_campaign_works_and_the_others_do_not(demo):
    campaigns = {
        campaign_id: (control, p_value, extra_low, extra_high)
        for campaign_id, control, p_value, extra_low, extra_high in demo.execute(
            """
            select campaign_id, control_customers, p_value, extra_revenue_low, extra_revenue_high
            from campaign_results
            where control_customers >= ? and p_value is not null
            """,
            [LEAST_CONTROL],
        ).fetchall()
    }
    _, p_value, extra_low, _ = campaigns.pop(CAMPAIGN_THAT_WORKS)
    assert p_value < CERTAIN_P_VALUE and extra_low > 0
    control, _, extra_low, extra_high = campaigns[CAMPAIGN_THAT_DOES_NOTHING]
    assert control > 100 and extra_low < 0 < extra_high
    assert len(campaigns) > 15
    assert all(p_value > CERTAIN_P_VALUE for _, p_value, _, _ in campaigns.values())


def test_one_channel_costs_more_than_its_customers_bring_and_the_others_pay_back_at_once(demo):
    channels = {
        channel: {"spend": spend, "revenue": revenue, "months": months, "paid_back": paid_back}
        for channel, spend, revenue, months, paid_back in demo.sql("""
            select
                channel,
                sum(cast(spend as double)),
                sum(cast(revenue_12_months as double)),
                count(*),
                count(*) filter (payback_months <= 3)
            from channel_performance
            where revenue_12_months is not null and spend > 0 and new_customers > 0
            group by channel
            having count(*) > 12
        """).fetchall()
    }
    costly = channels.pop(COSTLY_CHANNEL)
    assert costly["spend"] > costly["revenue"]
    assert costly["paid_back"] < 0.2 * costly["months"]
    assert set(channels) == {"paid_search", "affiliate", "referral"}
    assert all(row["spend"] < 0.2 * row["revenue"] for row in channels.values())
    assert all(row["paid_back"] > 0.8 * row["months"] for row in channels.values())


def test_deliveries_went_wrong_in_two_months_and_nothing_else_did(demo):
    rows = demo.sql("""
        select month, category, sum(tickets), sum(reopened)
        from service_performance
        where tickets > 0
        group by month, category
    """).fetchall()
    tickets, reopened = (sum(row[place] for row in rows) for place in (2, 3))

    def both(category: str, in_problem: bool) -> tuple[int, int]:
        """Count the reopened tickets and all, of a category in or outside the months with a problem."""
        part = [row for row in rows if row[1] == category and (row[0] in PROBLEM_MONTHS) == in_problem]
        return sum(row[3] for row in part), sum(row[2] for row in part)

    distances = {
        (category, in_problem): standard_errors(*both(category, in_problem), reopened, tickets)
        for category, in_problem in {(row[1], row[0] in PROBLEM_MONTHS) for row in rows}
    }
    assert distances.pop((PROBLEM, True)) > CERTAIN
    assert max(distances.values()) < CERTAIN
    hours = demo.execute(
        """
        select
            median(resolution_hours_median) filter (month in (?, ?)),
            median(resolution_hours_median) filter (month not in (?, ?))
        from service_performance
        where category = ?
        """,
        [*PROBLEM_MONTHS, *PROBLEM_MONTHS, PROBLEM],
    ).fetchone()
    assert hours[0] > 2 * hours[1]


def test_the_problem_lowers_the_nps_and_other_months_do_not(demo):
    months = {
        month: (detractors, answers)
        for month, detractors, answers in demo.sql("""
            select month, detractors, answers from satisfaction_scores
            where survey_type = 'nps' and answers > 0
        """).fetchall()
    }
    after = [months.pop(month) for month in ANSWER_MONTHS]
    unhappy, asked = (sum(counts) for counts in zip(*months.values(), strict=True))
    detractors, answers = (sum(counts) for counts in zip(*after, strict=True))
    assert standard_errors(detractors, answers, detractors + unhappy, answers + asked) > CERTAIN
    assert all(standard_errors(*counts, unhappy, asked) < CERTAIN for counts in months.values())
    highest = demo.execute(
        "select max(nps_high) from satisfaction_scores where survey_type = 'nps' and month in (?, ?, ?)",
        [*ANSWER_MONTHS],
    ).fetchone()[0]
    assert highest < 0


def test_who_had_the_problem_buys_less_afterwards_and_who_had_another_ticket_does_not(demo):
    months = {
        month: (bought, customers)
        for month, bought, customers in demo.sql("""
            select month, sum(bought_90_days), sum(customers) from service_impact
            where is_complete and experience in ('ticket', 'reopened')
            group by month
            having sum(customers) > 0
        """).fetchall()
    }
    had_problem = [months.pop(month) for month in PROBLEM_MONTHS]
    del months[date(2025, 4, 1)]  # the last complaints come then
    usual_buyers, usual = (sum(counts) for counts in zip(*months.values(), strict=True))
    buyers, customers = (sum(counts) for counts in zip(*had_problem, strict=True))
    assert standard_errors(buyers, customers, buyers + usual_buyers, customers + usual) < -CERTAIN
    assert all(abs(standard_errors(*counts, usual_buyers, usual)) < CERTAIN for counts in months.values())
    # nor do those without a ticket in the same months
    nobody = {
        in_problem: (bought, count)
        for in_problem, bought, count in demo.execute(
            """
            select month in (?, ?), sum(bought_90_days), sum(customers) from service_impact
            where experience = 'none' and year(month) = 2025 and is_complete
            group by all
            """,
            [*PROBLEM_MONTHS],
        ).fetchall()
    }
    assert nobody[True][0] / nobody[True][1] > 0.8 * nobody[False][0] / nobody[False][1]


def test_frequent_buyers_are_older_and_live_in_the_west_and_do_not_differ_by_gender_or_country(demo):
    distances = {
        trait: standard_errors(hits, count, all_hits, all_count)
        for trait, hits, count, all_hits, all_count in demo.sql("""
            with traits as (
                select
                    segment_code in ('champion', 'loyal', 'at_risk', 'cant_lose') as is_frequent,
                    attribute_name as trait,
                    case attribute_name
                        when 'age_band' then attribute_value in ('18-24', '25-34', '35-44')
                        when 'postal_area' then attribute_value[1] in ('1', '2', '3')
                        when 'gender' then attribute_value = 'V'
                        when 'country_code' then attribute_value = 'BE'
                    end as has_it,
                    customers
                from segment_profiles
                where
                    attribute_name in ('age_band', 'postal_area', 'gender', 'country_code')
                    and attribute_value <> '(unknown)'
            )
            select
                trait,
                sum(customers) filter (is_frequent and has_it),
                sum(customers) filter (is_frequent),
                sum(customers) filter (has_it),
                sum(customers)
            from traits
            group by trait
        """).fetchall()
    }
    assert distances["age_band"] < -CERTAIN
    assert distances["postal_area"] > CERTAIN
    assert abs(distances["gender"]) < CERTAIN and abs(distances["country_code"]) < CERTAIN


def test_who_left_for_good_is_silent_and_others_are_not(demo: duckdb.DuckDBPyConnection) -> None:
    """The truth knows who left, and never tells the warehouse; whose number is even says nothing."""
    (left, silent_and_left, silent, even, even_and_left, people) = demo.execute("""
        with customers as (
            select
                dropout_at <= (select max(snapshot_date) from snapshots) as has_left,
                next_purchase_status = 'silent' as is_silent,
                cast(right(person_id, 7) as int) % 2 = 0 as is_even
            from memory.people inner join customer_predictions using (customer_id)
        )

        select
            count(*) filter (has_left),
            count(*) filter (has_left and is_silent),
            count(*) filter (is_silent),
            count(*) filter (is_even),
            count(*) filter (has_left and is_even),
            count(*)
        from customers
    """).fetchall()[0]
    assert standard_errors(silent_and_left, silent, left, people) > CERTAIN
    assert abs(standard_errors(even_and_left, even, left, people)) < CERTAIN
