"""The oracle of revenue and of changes of segment against hand-worked numbers."""

import math
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies as own_strategies
from oracle import history
from oracle_changes import early_warnings, score_by_limits, segment_change_causes, segment_changes
from oracle_orders import classify, latest_purchase_date, orders_from_rows
from oracle_revenue import revenue_concentration, revenue_drivers
from oracle_samples import KNOWN, make_orders, shown

SEEDS = Path(__file__).parents[2] / "seeds"
TIERS = pd.read_csv(SEEDS / "segments.csv").set_index("segment_code")["tier"].to_dict()


@pytest.fixture(scope="module")
def mapping() -> pd.DataFrame:
    return pd.read_csv(SEEDS / "segment_mapping.csv")


# --- Concentration ------------------------------------------------------------------------------------------


def test_concentration_by_hand() -> None:
    orders = make_orders(
        ("ann", "2023-02-10", "999"),  # before the 12 months that end with February 2024
        ("ann", "2023-03-01", "100"),  # their first day
        ("bo", "2023-05-01", "-10"),  # a credit note before the first purchase
        ("bo", "2023-06-10", "60"),
        ("cas", "2023-07-10", "10"),
        ("cas", "2023-08-10", "-30"),  # -20 together counts as 0
        ("dan", "2023-02-20", "40"),
        ("dan", "2023-09-10", "-5"),  # without a purchase in the 12 months: not of them
        ("ann", "2024-03-05", "7"),
    )
    frame = revenue_concentration(orders, date(2024, 3, 5))
    assert max(frame["snapshot_date"]) == date(2024, 2, 29)  # as_of is no month-end
    february = frame[frame["snapshot_date"] == date(2024, 2, 29)]
    # of 3 customers 20% is 0.6, so one, and 50% is 1.5, so two
    # Gini: (-2 x 0 + 0 x 50 + 2 x 100) / (3 x 150) = 4/9
    total, first = Decimal(150), Decimal(100)
    assert shown(february, "top_percent", "customers", "top_customers", "revenue", "top_revenue") == [
        [1, 3, 1, total, first],
        [5, 3, 1, total, first],
        [10, 3, 1, total, first],
        [20, 3, 1, total, first],
        [50, 3, 2, total, total],
    ]
    assert february["revenue_share"].tolist() == [2 / 3] * 4 + [1.0]
    assert february["gini"].tolist() == [4 / 9] * 5


def test_the_top_tenth_of_ten_customers_is_one_and_of_eleven_two() -> None:
    cells = [(f"c{number:02d}", "2024-01-10", "10") for number in range(11)]
    as_of = date(2024, 1, 31)
    ten = revenue_concentration(make_orders(*cells[:10]), as_of)
    assert ten["top_customers"].tolist() == [1, 1, 1, 2, 5]
    assert ten["gini"].tolist() == [0.0] * 5
    assert revenue_concentration(make_orders(*cells), as_of)["top_customers"].tolist() == [1, 1, 2, 3, 6]


def test_a_window_that_is_not_full_and_a_year_without_purchases() -> None:
    orders = make_orders(("ann", "2023-03-20", "50"))
    frame = revenue_concentration(orders, date(2024, 4, 30)).query("top_percent == 1")
    columns = ("snapshot_date", "customers", "revenue", "is_window_full")
    assert shown(frame, *columns)[-4:] == [
        [date(2024, 1, 31), 1, Decimal(50), False],  # February 2023 to January 2024
        [date(2024, 2, 29), 1, Decimal(50), True],  # from March 2023, the month of the first purchase
        [date(2024, 3, 31), 0, Decimal(0), True],
        [date(2024, 4, 30), 0, Decimal(0), True],
    ]
    assert frame["top_customers"].tolist()[-3:] == [1, 0, 0]
    assert frame[["revenue_share", "gini"]].tail(2).isna().all(axis=None)


# --- Revenue drivers ----------------------------------------------------------------------------------------

EFFECTS = ("customers_effect", "frequency_effect", "value_effect", "other_effect")


def test_drivers_by_hand_with_a_month_without_purchases() -> None:
    orders = make_orders(
        ("ann", "2023-01-10", "10"),
        ("ann", "2023-01-20", "10"),
        ("ann", "2023-01-25", "-5"),
        ("ann", "2023-02-10", "40"),
        ("bo", "2023-02-11", "40"),
        ("bo", "2023-02-12", "-8"),
        ("ann", "2023-03-01", "-4"),
        ("ann", "2023-04-02", "100"),
    )
    # February against January: customers x 2, orders per customer x 1/2, value per order x 4, together x 4.
    # So L = 60 / ln 4, and customers 60 ln 2 / ln 4 = 30, frequency -30, value 60; credit notes -8 - -5 = -3.
    assert shown(revenue_drivers(orders, date(2023, 4, 10)))[0] == [
        date(2023, 2, 1),
        Decimal(72),
        Decimal(80),
        Decimal(15),
        2,
        1.0,
        Decimal(40),
        Decimal(30),
        Decimal(-30),
        Decimal(60),
        Decimal(-3),
        Decimal(40),
        Decimal(40),
        Decimal(0),
        True,
        *[None] * 5,
    ]
    rows = revenue_drivers(orders, date(2023, 4, 10))
    columns = ("month", "net_revenue", "purchase_revenue", "previous_net_revenue", "average_order_value")
    assert shown(rows, *columns)[1:] == [
        [date(2023, 3, 1), Decimal(-4), Decimal(0), Decimal(72), None],
        [date(2023, 4, 1), Decimal(100), Decimal(100), Decimal(-4), Decimal(100)],
    ]
    assert shown(rows, *EFFECTS)[1:] == [[None] * 4, [None] * 4]
    assert math.isnan(rows["orders_per_customer"][1])
    assert shown(rows, "active_customers", "new_revenue", "returning_revenue", "is_complete")[1:] == [
        [0, Decimal(0), Decimal(0), True],
        [1, Decimal(0), Decimal(100), False],
    ]


def test_equal_revenue_from_twice_the_customers_is_half_the_value() -> None:
    orders = make_orders(
        ("ann", "2023-03-10", "100"),
        ("ann", "2024-02-10", "20"),
        ("ann", "2024-02-11", "20"),
        ("ann", "2024-02-12", "20"),
        ("ann", "2024-03-10", "50"),
        ("bo", "2024-03-11", "50"),
    )
    rows = revenue_drivers(orders, date(2024, 3, 31))
    assert len(rows) == 12  # April 2023 to March 2024
    march = rows.tail(1)
    # V1 = V0 = 100, so L = 100: customers 100 ln 2 = 69.3147, value the opposite
    yearly = [f"yearly_{name}" for name in ("previous_net_revenue", *EFFECTS)]
    up, down = Decimal("69.3147"), Decimal("-69.3147")
    assert shown(march, *yearly) == [[Decimal(100), up, Decimal(0), down, Decimal(0)]]
    # 60 to 100: L = 40 / ln(5/3) = 78.3046; customers L ln 2 = 54.2766; frequency L ln(1/3) = -86.0264, and
    # value what is left: 40 - 54.2766 + 86.0264 = 71.7498
    assert shown(march, *EFFECTS)[0] == [
        Decimal("54.2766"),
        Decimal("-86.0264"),
        Decimal("71.7498"),
        Decimal(0),
    ]
    assert shown(rows, *yearly)[:-1] == [[None] * 5] * 11


def test_a_credit_note_before_the_first_purchase_counts_in_its_month_if_that_has_one() -> None:
    orders = make_orders(
        ("ann", "2022-12-20", "-5"),  # before the first month: in no row
        ("bo", "2023-01-05", "-3"),  # of somebody who never buys, in the first month
        ("ann", "2023-01-10", "100"),
        ("ann", "2023-02-10", "10"),
        ("cas", "2023-02-11", "5"),
        ("cas", "2023-02-12", "5"),
    )
    rows = revenue_drivers(orders, date(2023, 2, 28))
    columns = ("month", "net_revenue", "previous_net_revenue", "average_order_value", "other_effect")
    # 20 by three orders is 6.66666..., half away from zero
    assert shown(rows, *columns) == [
        [date(2023, 2, 1), Decimal(20), Decimal(97), Decimal("6.6667"), Decimal(3)]
    ]
    assert rows["orders_per_customer"].tolist() == [1.5]


def test_reactivated_is_more_than_12_months_after_the_previous_purchase() -> None:
    orders = make_orders(
        ("ann", "2023-03-15", "1"),
        ("ann", "2024-03-15", "10"),  # exactly 12 months: returning
        ("bo", "2023-03-14", "1"),
        ("bo", "2024-03-15", "200"),  # a day more: reactivated, and so is the next one
        ("bo", "2024-03-20", "300"),
        ("cas", "2024-03-02", "4000"),
        ("cas", "2024-03-30", "5000"),  # new in this month, so all of it is
        ("dan", "2023-02-28", "1"),
        ("dan", "2024-02-29", "10"),  # 29 February less 12 months is 28 February: returning
        ("eva", "2023-02-27", "1"),
        ("eva", "2024-02-29", "200"),
    )
    rows = revenue_drivers(orders, date(2024, 3, 31)).tail(2)
    assert shown(rows, "month", "new_revenue", "returning_revenue", "reactivated_revenue") == [
        [date(2024, 2, 1), Decimal(0), Decimal(10), Decimal(200)],
        [date(2024, 3, 1), Decimal(9000), Decimal(10), Decimal(500)],
    ]
    assert rows["is_complete"].tolist() == [True, True]  # 31 March is the last day


def test_a_first_month_has_no_row_nor_has_a_company_without_purchases() -> None:
    assert revenue_drivers(make_orders(("ann", "2024-01-10", "10")), date(2024, 1, 31)).empty
    nothing = make_orders(("ann", "2024-01-10", "-10"))
    assert revenue_drivers(nothing, None).empty
    assert revenue_concentration(nothing, None).empty


# --- Changes of segment -------------------------------------------------------------------------------------


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
def test_laws_of_revenue_and_changes(
    mapping: pd.DataFrame, rows: list[own_strategies.Row], as_of: date | None, months: int, ties: str
) -> None:
    orders = classify(orders_from_rows(rows), KNOWN)
    as_of = as_of or latest_purchase_date(orders)
    for row in revenue_drivers(orders, as_of).to_dict("records"):
        kinds = row["new_revenue"] + row["returning_revenue"] + row["reactivated_revenue"]
        assert kinds == row["purchase_revenue"]
        for prefix in ("", "yearly_"):
            effects = [row[prefix + name] for name in EFFECTS]
            if None not in effects:
                assert sum(effects) == row["net_revenue"] - row[f"{prefix}previous_net_revenue"]
    for _, shares in revenue_concentration(orders, as_of).groupby("snapshot_date"):
        assert shares["top_revenue"].is_monotonic_increasing
        assert not (shares["gini"] < 0).any()
    snapshot_rows = history(orders, as_of, months, mapping, ties)
    changes = segment_changes(orders, snapshot_rows, mapping, TIERS, as_of, ties)
    assert set(changes["cause"]) <= {"boundaries", "purchase", "time", "both"}
    assert segment_change_causes(changes)["customers"].sum() == len(changes)
    warnings = early_warnings(orders, snapshot_rows, mapping, TIERS, as_of, months, 3, ties)
    assert (warnings["tier_change"] < 0).all()
    assert not warnings["customer_id"].duplicated().any()
