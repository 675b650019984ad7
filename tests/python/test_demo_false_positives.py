"""What was not planted in the demo is found no more often than chance allows, and what was planted is found.

Over the companies of 20 seeds, by the same tests of proportions as in the marts, on the tables as generated.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import duckdb
import numpy as np
import pytest

from klant360.analytics.p_values import chi_square_test, pooled_z_test
from klant360.demo import service_problem, tested_campaigns
from klant360.demo.campaigns import make_campaigns
from klant360.demo.catalogue import make_catalogue
from klant360.demo.chunk import Company, make_chunk
from klant360.demo.numbers import Numbers
from klant360.demo.options import Options

SEEDS = 20
LEVEL, LEVEL_OF_DIVISIONS = 0.05, 0.001
# The test of two proportions is no good for a handful of people.
LEAST_CONTROL = 10
WORKS, DOES_NOTHING, WRONGLY_DIVIDED = (
    "afrekenen_in_een_stap",
    "productpagina_video",
    "gratis_retour_in_beeld",
)

# Each names what is compared, then counts those of whom it holds, and all, on either side.
QUERIES = {
    "experiments": """
        with visitors as (
            select experiment, variant = 'treatment' as is_side, bool_or(is_converted) as holds
            from sessions
            where experiment is not null and anonymous_id is not null
            group by experiment, variant, anonymous_id
        )
        select experiment, is_side, holds from visitors
    """,
    "campaigns": """
        with owners as (select source_record_id, person_id from records),
        bought as (
            select person_id, cast(ordered_at as date) as bought_on
            from orders
            inner join owners on coalesce(orders.account_id, orders.order_id) = source_record_id
            where status in ('completed', 'shipped', 'paid') and total_amount > 0
        ),
        contacted as (
            select campaign_id, person_id, bool_and(is_control) as is_control,
                cast(min(sent_at) as date) as sent_on
            from contacts
            inner join owners on customer_number = source_record_id
            group by campaign_id, person_id
            having bool_and(is_control) = bool_or(is_control)
        )
        select campaign_id, not is_control, exists (
            select 1 from bought
            where bought.person_id = contacted.person_id and bought_on between sent_on and sent_on + 29
        )
        from contacted
    """,
    "tickets": f"""
        select names.category, tickets.category = names.category, reopened_count > 0
        from (select distinct category from tickets) as names
        cross join tickets
        where cast(created_at[:10] as date) not between
            date '{service_problem.FROM}'::date and date '{service_problem.UNTIL}'::date + 30
    """,
    "people": """
        with buyers as (select *, purchases > 3 as is_frequent from people where purchases > 0)
        select 'gender', gender = 'V', is_frequent from buyers
        union all
        select 'country', country_code = 'BE', is_frequent from buyers
        union all
        select 'west', postal_code[1] in ('1', '2', '3'), is_frequent from buyers
        union all
        select 'age', birth_date < date '1971-01-01', is_frequent from buyers
    """,
}


@dataclass(frozen=True)
class Comparison:
    """Of how many people or tickets something holds: on a side, and on the other."""

    hits: int
    count: int
    base_hits: int
    base_count: int

    @property
    def is_found(self) -> bool:
        """Tell whether the sides differ, according to the test."""
        return bool(pooled_z_test(self.hits, self.count, self.base_hits, self.base_count) < LEVEL)


def comparisons_of(seed: int) -> dict[str, dict[str, Comparison]]:
    """Make the company of a seed; returns what is compared in it, by query and name."""
    rng = np.random.default_rng([seed, 27])
    company = Company(make_catalogue(rng), make_campaigns(), Numbers())
    made = make_chunk(0, 2_000, company, Options(seed=seed), rng)
    with duckdb.connect() as connection:
        for name, table in {
            "sessions": "webshop.sessions",
            "orders": "webshop.orders",
            "contacts": "crm.campaign_contacts",
            "tickets": "service_desk.tickets",
            "people": "truth.people",
            "records": "truth.source_records",
        }.items():
            connection.register(name, made[table])
        return {
            subject: {
                name: Comparison(*counts)
                for name, *counts in connection.sql(f"""
                    select name, count(*) filter (is_side and holds), count(*) filter (is_side),
                        count(*) filter (not is_side and holds), count(*) filter (not is_side)
                    from ({query}) as rows(name, is_side, holds)
                    group by name
                """).fetchall()
            }
            for subject, query in QUERIES.items()
        }


@pytest.fixture(scope="module")
def companies() -> list[dict[str, dict[str, Comparison]]]:
    return [comparisons_of(seed) for seed in range(SEEDS)]


def found(companies, subject: str) -> tuple[Counter, Counter]:
    """Count by name in how many companies it was compared, and in how many a difference was found."""
    compared, different = Counter(), Counter()
    for company in companies:
        for name, comparison in company[subject].items():
            if min(comparison.count, comparison.base_count) >= LEAST_CONTROL:
                compared[name] += 1
                different[name] += comparison.is_found
    return compared, different


def is_chance(found: int, compared: int, level: float = LEVEL) -> bool:
    """Return whether so many false positives are within four standard deviations of their number."""
    return found <= compared * level + 4 * np.sqrt(compared * level * (1 - level))


def test_experiments(companies):
    _, different = found(companies, "experiments")
    assert different[WORKS] == SEEDS
    assert is_chance(different[DOES_NOTHING] + different[WRONGLY_DIVIDED], 2 * SEEDS)


def test_the_division_of_experiments(companies):
    mismatches = Counter()
    for company in companies:
        for name, visitors in company["experiments"].items():
            p_value = chi_square_test([visitors.count, visitors.base_count], [1, 1])
            mismatches[name] += p_value < LEVEL_OF_DIVISIONS
    assert mismatches[WRONGLY_DIVIDED] == SEEDS
    assert is_chance(mismatches[WORKS] + mismatches[DOES_NOTHING], 2 * SEEDS, LEVEL_OF_DIVISIONS)


def test_campaigns(companies):
    compared, different = found(companies, "campaigns")
    works, does_nothing = tested_campaigns.WORKS, tested_campaigns.DOES_NOTHING
    assert compared[works] == compared[does_nothing] == different[works] == SEEDS
    assert is_chance(different[does_nothing], SEEDS)
    del compared[works], different[works]
    assert compared.total() > 400
    assert is_chance(different.total(), compared.total())


def test_reopened_tickets_outside_the_months_with_a_problem(companies):
    compared, different = found(companies, "tickets")
    assert compared.total() == 6 * SEEDS
    assert is_chance(different.total(), compared.total())


def test_who_buys_often(companies):
    _, different = found(companies, "people")
    assert different["age"] == different["west"] == SEEDS
    assert is_chance(different["gender"] + different["country"], 2 * SEEDS)
