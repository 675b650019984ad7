"""The project's compiled models against the independent oracle, value by value, on drawn sets of orders.

The last test shows that real builds give the same result.
"""

import csv
import datetime
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings

import strategies
from compiled_project import DRAWN, Compiled, Drawn
from oracle_marts import SEEDS, assert_marts_are_right
from warehouses import Dbt, Warehouse

VAR_SETS: dict[str, dict[str, Any]] = {
    "default": {},
    "ntile": {"rfm_tie_method": "ntile", "rfm_window_months": 1},
    "rank": {
        "rfm_tie_method": "rank",
        "rfm_window_months": 6,
        "business_timezone": "America/New_York",
        "source_timezone": "Europe/Amsterdam",
    },
}


@pytest.fixture(scope="module", params=VAR_SETS)
def compiled(request: pytest.FixtureRequest, dbt: Dbt, seeded: Path) -> Compiled:
    """The project, compiled for one of the sets of vars, with a target for every metric and month."""
    compiled = Compiled(dbt, VAR_SETS[request.param], seeded)
    months = "range(date '2019-01-01', date '2027-01-01', interval 1 month) as months (month)"
    compiled.query(
        f"insert into seeds.targets select metric, cast(month as date), 5 from marts.metrics, {months}"
    )
    return compiled


def check(compiled: Compiled, drawn: Drawn) -> None:
    compiled.build(drawn)
    assert_marts_are_right(drawn, compiled.variables, compiled.query)


# Without shrinking, which takes minutes: the deep test does that.
@settings(settings.get_profile("builds"), max_examples=4, phases=[Phase.generate])
@given(drawn=DRAWN)
def test_marts_of_drawn_orders(compiled: Compiled, drawn: Drawn) -> None:
    check(compiled, drawn)


@pytest.mark.deep
@settings(settings.get_profile("builds"), max_examples=400, derandomize=False)
@given(drawn=DRAWN)
def test_marts_of_many_drawn_orders(compiled: Compiled, drawn: Drawn) -> None:
    check(compiled, drawn)


def published_rates() -> strategies.Rates:
    """Return the rates of the shipped seed."""
    with (SEEDS / "exchange_rates.csv").open() as file:
        return {
            (datetime.date.fromisoformat(row["month"]), row["from_currency"]): Decimal(row["rate"])
            for row in csv.DictReader(file)
            if row["to_currency"] == "EUR"
        }


def large_sets(number: int) -> list[Drawn]:
    """Draw sets of at least 40 orders, half of them up to their as_of_date; the same in every run."""
    found: list[Drawn] = []

    @settings(settings.get_profile("builds"), max_examples=50, phases=[Phase.generate])
    @given(drawn=DRAWN)
    def collect(drawn: Drawn) -> None:
        last = (drawn.as_of_date or datetime.date.max).isoformat()
        dated = sum(row["ordered_at"][:10] <= last for row in drawn.rows)
        if len(drawn.rows) >= 40 and dated >= len(drawn.rows) / 2 and len(found) < number:
            found.append(drawn)

    collect()
    assert len(found) == number
    return found


@pytest.mark.parametrize("name, position", [("default", 0), pytest.param("ntile", 1, marks=pytest.mark.deep)])
def test_real_builds_give_the_same(
    build_warehouse: Callable[..., Warehouse],
    make_sources: Callable[..., Path],
    name: str,
    position: int,
) -> None:
    """Seeds and loading are real here too, so the rates are those of the seed."""
    drawn = replace(large_sets(2)[position], rates=published_rates())
    variables = dict(VAR_SETS[name])
    if drawn.as_of_date is not None:
        variables["as_of_date"] = drawn.as_of_date
    tables = {table: rows for table, rows in drawn.events.items() if rows}
    warehouse = build_warehouse(make_sources({"webshop.orders": drawn.rows, **tables}), variables=variables)
    assert warehouse.rows("select count(*) > 0 from marts.customer_segments") == [(True,)]
    assert_marts_are_right(drawn, variables, warehouse.query)
