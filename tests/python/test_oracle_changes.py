"""The oracle of changes of segment against hand-worked numbers."""

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies as own_strategies
from oracle import history
from oracle_changes import early_warnings, score_by_limits, segment_change_causes, segment_changes
from oracle_marts import SEEDS, TIERS
from oracle_orders import classify, latest_purchase_date, orders_from_rows
from oracle_samples import KNOWN, make_orders, shown


@pytest.fixture(scope="module")
def mapping() -> pd.DataFrame:
    return pd.read_csv(SEEDS / "segment_mapping.csv")


def changes_of(
    mapping: pd.DataFrame, orders: pd.DataFrame, as_of: date, months: int = 24, ties: str = "together"
) -> pd.DataFrame:
    rows = history(orders, as_of, months, mapping, ties)
    return segment_changes(orders, rows, mapping, TIERS, as_of, ties)


JANUARY = (("ann", "2023-01-10", "50"), ("bo", "2023-01-20", "30"))


def test_silence_is_time_and_a_purchase_beside_moved_limits_is_both(mapping: pd.DataFrame) -> None:
    # January's worst values: R 1: 21 days, 2: 11; F 1: one order; M 1: 30, 2: 50. ann 112, bo 211.
    # 15 February: ann 322 (0 days, 2 orders, 100), bo 111 (26 days), cas 211.
    # By January's limits ann is 212, about_to_sleep: neither. bo is 111, lost, as he is now; he did nothing.
    orders = make_orders(*JANUARY, ("cas", "2023-02-10", "30"), ("ann", "2023-02-15", "50"))
    changes = changes_of(mapping, orders, date(2023, 2, 15))
    day = date(2023, 2, 15)
    assert shown(changes) == [
        ["ann", day, "hibernating", "needs_attention", 3, 2, 1, 0, "both"],
        ["bo", day, "about_to_sleep", "lost", -2, -1, 0, 0, "time"],
    ]


def test_who_stays_while_the_others_move_changes_by_the_boundaries(mapping: pd.DataFrame) -> None:
    # bo spends 60 now, so ann's 50 is the lowest: 112 becomes 111. By January's limits 50 is still a 2.
    orders = make_orders(*JANUARY, ("bo", "2023-02-15", "30"))
    changes = changes_of(mapping, orders, date(2023, 2, 15))
    assert shown(changes) == [["ann", date(2023, 2, 15), "hibernating", "lost", -1, 0, 0, -1, "boundaries"]]


@pytest.mark.parametrize(
    ("noted_on", "cause"),
    [
        (None, "time"),
        ("2023-01-31", "time"),  # on the day of the snapshot before: not since then
        ("2023-02-01", "purchase"),
        ("2023-02-15", "purchase"),
    ],
)
def test_a_purchase_or_a_credit_note_is_the_customers_own_doing(
    mapping: pd.DataFrame, noted_on: str | None, cause: str
) -> None:
    # January: R ann 1 (21 days), bo 2 (11), cas 3 (1); M bo 1 (30), cas 2 (40), ann 3 (50).
    # 15 February: ann 323 (1 day, 55), by January's limits 313: needs_attention both ways.
    # bo (26 days): 111 both ways. cas 312 becomes 212, about_to_sleep still.
    note = [("bo", noted_on, "-1")] if noted_on else []
    orders = make_orders(*JANUARY, ("cas", "2023-01-30", "40"), ("ann", "2023-02-14", "5"), *note)
    changes = changes_of(mapping, orders, date(2023, 2, 15))
    assert shown(changes, "customer_id", "from_segment", "to_segment", "cause") == [
        ["ann", "hibernating", "needs_attention", "purchase"],
        ["bo", "about_to_sleep", "lost", cause],
    ]


def test_who_leaves_the_window_and_who_returns_while_there_are_no_limits(mapping: pd.DataFrame) -> None:
    # A window of a month: January 112 and 211, February nobody, March (26 and 11 days) 112 and 211.
    orders = make_orders(
        *JANUARY,
        ("ann", "2023-02-10", "-5"),  # a credit note does not keep anyone in the window
        ("ann", "2023-03-05", "50"),
        ("bo", "2023-03-20", "10"),
        ("cas", "2023-03-30", "10"),  # new in March: no change
    )
    changes = changes_of(mapping, orders, date(2023, 3, 31), months=1)
    february, march = date(2023, 2, 28), date(2023, 3, 31)
    assert shown(changes, "customer_id", "snapshot_date", "from_segment", "to_segment", "cause") == [
        ["ann", february, "hibernating", "lost", "time"],
        ["bo", february, "about_to_sleep", "lost", "time"],
        ["ann", march, "lost", "hibernating", "purchase"],
        ["bo", march, "lost", "about_to_sleep", "purchase"],
    ]


def test_with_ntile_a_change_has_no_cause_and_nobody_is_warned(mapping: pd.DataFrame) -> None:
    # January: ann 112; bo 221, for of equal frequencies bo's is the second by id. 15 February: bo 222 with
    # 60, and ann 111.
    orders = make_orders(*JANUARY, ("bo", "2023-02-15", "30"))
    changes = changes_of(mapping, orders, date(2023, 2, 15), ties="ntile")
    day = date(2023, 2, 15)
    assert shown(changes) == [["ann", day, "hibernating", "lost", -1, 0, 0, -1, None]]
    assert shown(segment_change_causes(changes)) == [[day, "hibernating", "lost", "(unknown)", 1]]
    rows = history(orders, day, 24, mapping, "ntile")
    assert early_warnings(orders, rows, mapping, TIERS, day, tie_method="ntile").empty


def test_causes_are_counted_per_change() -> None:
    day = date(2024, 1, 31)
    changes = pd.DataFrame(
        [
            (day, "new", "lost", "time"),
            (day, "new", "lost", "both"),
            (day, "new", "lost", "time"),
            (date(2024, 2, 29), "new", "lost", "time"),
        ],
        columns=["snapshot_date", "from_segment", "to_segment", "cause"],
    )
    assert shown(segment_change_causes(changes)) == [
        [day, "new", "lost", "both", 1],
        [day, "new", "lost", "time", 2],
        [date(2024, 2, 29), "new", "lost", "time", 1],
    ]


@pytest.mark.parametrize(
    ("worst_first", "worst_of", "value", "score"),
    [
        ("greatest", {1: 120, 2: 30, 4: 5}, 300, 1),  # worse than the worst: the lowest there is
        ("greatest", {1: 120, 2: 30, 4: 5}, 31, 1),
        ("greatest", {1: 120, 2: 30, 4: 5}, 30, 2),
        ("greatest", {1: 120, 2: 30, 4: 5}, 6, 2),  # between two scores; nobody has a 3
        ("greatest", {1: 120, 2: 30, 4: 5}, 0, 4),  # the highest there is
        ("least", {1: 10, 3: 50}, 49, 1),
        ("least", {1: 10, 3: 50}, 50, 3),
        ("least", {1: 10, 3: 50}, -5, 1),
        ("least", {2: 10, 3: 50}, 5, 2),
    ],
)
def test_a_value_has_the_highest_score_whose_worst_value_it_reaches(
    worst_first: str, worst_of: dict[int, int], value: int, score: int
) -> None:
    limits = {score: Decimal(worst) for score, worst in worst_of.items()}
    assert score_by_limits(limits, Decimal(value), worst_first) == score


# --- Early warnings -----------------------------------------------------------------------------------------

# On 31 January 2024: 120, 90, 60, 30 and 0 days ago.
FOUR = (
    ("ann", "2023-10-03", "10"),
    ("bo", "2023-11-02", "10"),
    ("cas", "2023-12-02", "10"),
    ("dan", "2024-01-01", "10"),
)


def warnings_of(
    mapping: pd.DataFrame, orders: pd.DataFrame, as_of: date, window: int, months: int = 3
) -> list[list[Any]]:
    rows = history(orders, as_of, window, mapping)
    return shown(early_warnings(orders, rows, mapping, TIERS, as_of, window, months))


def test_early_warnings_by_hand(mapping: pd.DataFrame) -> None:
    # Everyone has F 1 and M 1, and R 1 to 5. The month-ends to come are 29, 60 and 90 days away.
    # ann is lost already. bo (90 + 29): R 1. cas: 89 is a 2 still, 120 a 1. dan: 59 is a 3. eva: 29 is a 4,
    # promising, of the same tier as new; 60 is a 3.
    orders = make_orders(*FOUR, ("eva", "2024-01-31", "10"))
    february, march, ten = date(2024, 2, 29), date(2024, 3, 31), Decimal(10)
    as_of = date(2024, 1, 31)
    assert warnings_of(mapping, orders, as_of, 24) == [
        ["bo", "about_to_sleep", february, "lost", -2, 29, ten],
        ["cas", "about_to_sleep", march, "lost", -2, 60, ten],
        ["dan", "promising", february, "about_to_sleep", -3, 29, ten],
        ["eva", "new", march, "about_to_sleep", -3, 60, ten],
    ]
    soon = warnings_of(mapping, orders, as_of, 24, months=1)
    assert [row[0] for row in soon] == ["bo", "dan"]


def test_a_customer_who_leaves_the_window_falls_to_lost(mapping: pd.DataFrame) -> None:
    # A window of two months, so ann and bo are out of it. R: cas 1 (60 days), dan 2, eva 3; M: dan, eva 2.
    # eva 312 is 212 in February, the same segment; in March she is outside, where 112 would be hibernating.
    # dan's 1 January is in the window of February, as its first day: 112.
    orders = make_orders(*FOUR[:3], ("dan", "2024-01-01", "50"), ("eva", "2024-01-31", "50"))
    assert warnings_of(mapping, orders, date(2024, 1, 31), 2) == [
        ["dan", "about_to_sleep", date(2024, 2, 29), "hibernating", -1, 29, Decimal(50)],
        ["eva", "about_to_sleep", date(2024, 3, 31), "lost", -2, 60, Decimal(50)],
    ]


def test_orders_that_leave_the_window_take_their_amounts_along(mapping: pd.DataFrame) -> None:
    # cas 111. dan 222 (30 days, 2 orders, 110); in February, from 1 January on, 59 days, 1 order, 10: 111.
    orders = make_orders(FOUR[2], FOUR[3], ("dan", "2023-12-10", "100"))
    assert warnings_of(mapping, orders, date(2024, 1, 31), 2) == [
        ["dan", "about_to_sleep", date(2024, 2, 29), "lost", -2, 29, Decimal(110)],
    ]


def test_the_first_month_end_after_a_day_within_the_month_is_its_own(mapping: pd.DataFrame) -> None:
    # ann 322, R 3: 0 days; on 28 February 13 days, between 5 (a 2) and 26 (a 1): 122, hibernating.
    orders = make_orders(*JANUARY, ("cas", "2023-02-10", "30"), ("ann", "2023-02-15", "50"))
    end = date(2023, 2, 28)
    assert warnings_of(mapping, orders, date(2023, 2, 15), 24) == [
        ["ann", "needs_attention", end, "hibernating", -3, 13, Decimal(100)],
        ["cas", "about_to_sleep", end, "lost", -2, 13, Decimal(30)],
    ]


# --- Laws on drawn order sets -------------------------------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(
    own_strategies.order_sets(),
    own_strategies.as_of_dates(),
    st.sampled_from([1, 6, 24]),
    st.sampled_from(["together", "rank"]),
)
def test_laws_of_changes(
    mapping: pd.DataFrame, rows: list[own_strategies.Row], as_of: date | None, months: int, ties: str
) -> None:
    orders = classify(orders_from_rows(rows), KNOWN)
    as_of = as_of or latest_purchase_date(orders)
    snapshot_rows = history(orders, as_of, months, mapping, ties)
    changes = segment_changes(orders, snapshot_rows, mapping, TIERS, as_of, ties)
    assert set(changes["cause"]) <= {"boundaries", "purchase", "time", "both"}
    assert segment_change_causes(changes)["customers"].sum() == len(changes)
    warnings = early_warnings(orders, snapshot_rows, mapping, TIERS, as_of, months, 3, ties)
    assert (warnings["tier_change"] < 0).all()
    assert not warnings["customer_id"].duplicated().any()
