"""The oracle of revenue against hand-worked numbers."""

import math
from datetime import date
from decimal import Decimal

from hypothesis import given, settings

import strategies as own_strategies
from oracle_orders import classify, latest_purchase_date, orders_from_rows
from oracle_revenue import revenue_concentration, revenue_drivers
from oracle_samples import KNOWN, make_orders, shown

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


# --- Laws on drawn order sets -------------------------------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(own_strategies.order_sets(), own_strategies.as_of_dates())
def test_laws_of_revenue(rows: list[own_strategies.Row], as_of: date | None) -> None:
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
