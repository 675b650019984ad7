"""The oracle of experiments against hand-worked numbers."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from oracle_behaviour import session_customers
from oracle_experiments import experiment_results
from oracle_samples import make_orders, shown

ORDERS = make_orders(("ann", "2024-01-05", "10"), ("bo", "2024-02-29", "20"))
AS_OF = date(2024, 2, 29)


def visit(key: str, device: str | None, variant: str | None, day: int = 1, **columns: Any) -> dict[str, Any]:
    moment = datetime(2024, 1, day, 12)
    row = {"session_id": key, "anonymous_id": device, "customer_id": None, "started_at": moment}
    return {**row, "experiment": "button", "variant": variant, **columns}


def results(
    visits: list[dict[str, Any]],
    shares: Mapping[tuple[str, str], float] | None = None,
    as_of: date | None = AS_OF,
    orders: pd.DataFrame = ORDERS,
) -> pd.DataFrame:
    rows = experiment_results(orders, visits, shares or {}, as_of)
    return rows.astype(object).where(rows.notna(), None)


def test_variants_are_read_in_lower_case_and_the_baseline_is_control() -> None:
    visits = [
        visit("s1", "d1", "B", is_converted=True),
        visit("s2", "d2", "Control"),
        visit("s3", "d1", "b", is_converted=False),  # the same visitor in the same variant
        visit("s4", "d3", "CONTROL"),
        visit("s5", "d4", None, is_converted=True),  # in no experiment
        visit("s6", "d5", "a"),
    ]
    rows = results(visits)
    assert shown(rows, "experiment", "variant", "is_baseline", "visitors", "converted") == [
        ["button", "a", False, 1, 0],
        ["button", "b", False, 1, 1],
        ["button", "control", True, 2, 0],
    ]
    assert rows["excluded_visitors"].tolist() == [0, 0, 0]
    assert rows["uplift"].tolist() == [0.0, 1.0, None]
    assert shown(rows, "uplift_low", "uplift_high", "p_value")[2] == [None] * 3
    # a against control: nobody converts, so no pooled rate to test with
    assert rows["p_value"].tolist()[0] is None
    # without a control the first by name is the baseline
    rows = results([visit("s1", "d1", "B"), visit("s2", "d2", "a")])
    assert shown(rows, "variant", "is_baseline") == [["a", True], ["b", False]]


def test_a_visitor_who_met_several_variants_is_excluded() -> None:
    visits = [
        visit("s1", "d1", "a", is_converted=True),
        visit("s2", "d1", "b"),
        visit("s3", "d2", "a"),
        visit("s4", "d2", "b", experiment="menu"),  # another experiment
    ]
    columns = ("experiment", "variant", "visitors", "excluded_visitors", "converted", "conversion_rate")
    assert shown(results(visits), *columns) == [
        ["button", "a", 1, 1, 0, 0.0],
        ["button", "b", 0, 1, 0, None],  # it occurs, but nobody is left
        ["menu", "b", 1, 0, 0, 0.0],
    ]
    assert shown(results(visits), "uplift", "p_value", "revenue_per_visitor")[1] == [None, None, None]


def test_a_visitor_is_a_device_else_a_customer_else_a_session() -> None:
    visits = [
        # one customer on two devices: two visitors, in two variants
        visit("s1", "d1", "a", customer_id="ann"),
        visit("s2", "d2", "b", customer_id="ann"),
        # one customer without a device, in two variants: excluded
        visit("s3", None, "a", customer_id="bo"),
        visit("s4", None, "b", customer_id="bo"),
        # nobody's, without a device: each session is a visitor
        visit("s5", None, "a"),
        visit("s6", None, "b"),
        visit("s7", None, "b"),
    ]
    rows = results(visits)
    assert shown(rows, "variant", "visitors", "excluded_visitors") == [["a", 2, 1], ["b", 3, 1]]
    # ann's 10 counts for both of her devices: 10 / 2 and 10 / 3
    assert rows["revenue_per_visitor"].tolist() == [Decimal(5), Decimal("3.3333")]


def test_a_visitor_who_is_known_only_later_buys_all_the_same() -> None:
    visits = [visit("s1", "d1", "a"), visit("s2", "d1", None, day=20, account_id="a1")]
    owners = session_customers(visits, {"a1": "ann"}, {})
    visits = [{**row, "customer_id": owners[row["session_id"]]} for row in visits]
    assert results(visits)["revenue_per_visitor"].tolist() == [Decimal(10)]


def test_revenue_of_fourteen_days_from_the_first_session_in_the_experiment() -> None:
    orders = make_orders(
        ("ann", "2024-01-04", "1"),
        ("ann", "2024-01-05", "2"),  # the day itself
        ("ann", "2024-01-18", "4"),  # 13 days later
        ("ann", "2024-01-19", "8"),
        ("ann", "2024-01-06", "-1"),  # purchases only
    )
    visits = [
        visit("s0", "d1", None, day=2, customer_id="ann"),
        # 5 January, 00:00 in Amsterdam
        visit("s1", "d1", "a", customer_id="ann", started_at=datetime(2024, 1, 4, 23)),
        visit("s2", "d1", "a", day=9, customer_id="ann"),
        visit("s3", "d2", "a"),
        visit("s4", "d3", "a"),
        visit("s5", "d4", "a"),
    ]
    # 6 over four visitors
    assert results(visits, orders=orders)["revenue_per_visitor"].tolist() == [Decimal("1.5")]


def test_a_device_that_two_customers_share_has_no_revenue() -> None:
    shared = [
        visit("s1", "tablet", "a", customer_id="ann", is_converted=True),
        visit("s2", "tablet", "a", customer_id="bo"),
    ]
    rows = results(shared)
    assert shown(rows, "visitors", "converted", "revenue_per_visitor") == [[1, 1, Decimal(0)]]
    # nobody's sessions beside those of one customer are no second customer
    shared[1]["customer_id"] = None
    assert results(shared)["revenue_per_visitor"].tolist() == [Decimal(10)]


def test_the_uplift_of_a_variant() -> None:
    visits = [visit(f"a{i}", f"a{i}", "new", is_converted=i < 9) for i in range(10)]
    visits += [visit(f"b{i}", f"b{i}", "control", is_converted=i < 3) for i in range(10)]
    row = results(visits).query("variant == 'new'").to_dict("records")[0]
    # Newcombe's own example: 9 / 10 - 3 / 10; Wilson of 9 / 10; z = 0.6 / sqrt(0.24 x 0.2)
    assert row["uplift"] == pytest.approx(0.6)
    assert (row["uplift_low"], row["uplift_high"]) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    assert (row["rate_low"], row["rate_high"]) == pytest.approx((0.5958, 0.9821), abs=5e-5)
    assert row["p_value"] == pytest.approx(0.00617, abs=5e-6)
    assert (row["sample_ratio_p_value"], row["has_sample_ratio_mismatch"]) == (1.0, False)


def test_visitors_that_are_not_divided_as_planned() -> None:
    visits = [visit(f"a{i}", f"a{i}", "A") for i in range(60)]
    visits += [visit(f"b{i}", f"b{i}", "b") for i in range(20)]
    columns = ("sample_ratio_p_value", "has_sample_ratio_mismatch")
    # 20 x 20 / 40 twice: 20 with one degree of freedom
    assert shown(results(visits), *columns) == [[pytest.approx(7.744e-6, rel=1e-3), True]] * 2
    planned = {("button", "a"): 0.75, ("button", "B"): 0.25}
    assert shown(results(visits, planned), *columns) == [[1.0, False]] * 2
    # shares of another experiment, or of one variant only, are no plan
    for other in ({("menu", "a"): 0.75, ("menu", "b"): 0.25}, {("button", "a"): 0.75}):
        assert results(visits, other)["has_sample_ratio_mismatch"].tolist() == [True, True]
    # one variant has no ratio
    assert shown(results(visits[:60], planned), *columns) == [[None, None]]


def test_an_experiment_is_complete_thirteen_days_after_its_last_session() -> None:
    visits = [visit("s1", "d1", "a", day=1), visit("s2", "d2", "b", day=10)]
    visits.append(visit("s3", "d3", "c", day=24))  # after as_of: no variant yet
    assert shown(results(visits, as_of=date(2024, 1, 23)), "variant", "is_complete") == [
        ["a", True],
        ["b", True],
    ]
    assert results(visits, as_of=date(2024, 1, 22))["is_complete"].tolist() == [False, False]
    assert results(visits, as_of=None)["is_complete"].tolist() == [None] * 3
    assert experiment_results(ORDERS, None, {}, AS_OF).empty
