"""The oracle of channels against hand-worked numbers."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from oracle_channels import channel_performance
from oracle_samples import make_orders, shown

JANUARY, FEBRUARY, MARCH, APRIL = (date(2024, month, 1) for month in (1, 2, 3, 4))
REVENUES = ("revenue_3_months", "revenue_6_months", "revenue_12_months")


def spent(month: date, channel: str, amount: str, campaign: str | None = None) -> dict[str, Any]:
    return {"spend_month": month, "channel": channel, "amount": Decimal(amount), "campaign_id": campaign}


def performance(
    orders: pd.DataFrame,
    channels: Mapping[str, str | None],
    spend: list[dict[str, Any]] | None,
    as_of: date,
    **options: Any,
) -> pd.DataFrame:
    contacts = options.pop("contacts", None)
    return channel_performance(orders, channels, spend, contacts, as_of, **options)


def test_spend_without_customers_and_customers_without_spend() -> None:
    orders = make_orders(
        ("ann", "2024-01-10", "50"),
        ("bo", "2024-01-31T23:00:00Z", "20"),  # midnight in Amsterdam: February
        ("cas", "2024-01-20", "10"),
        ("dan", "2024-01-20", "30"),
        ("eva", "2024-03-15", "10"),
    )
    channels = {"ann": "Google", "bo": "google", "cas": "organic", "dan": None, "eva": "google"}
    spend = [
        spent(JANUARY, "GOOGLE", "100"),
        spent(JANUARY, "google", "0.0001", "k1"),
        spent(FEBRUARY, "radio", "70"),
        spent(APRIL, "tv", "5"),  # after as_of
    ]
    rows = performance(orders, channels, spend, date(2024, 3, 15))
    assert shown(rows, "month", "channel", "spend", "new_customers", "cost_per_new_customer") == [
        [JANUARY, "(unknown)", None, 1, None],  # nobody paid for whoever came by themselves
        [JANUARY, "google", Decimal("100.0001"), 1, Decimal("100.0001")],
        [JANUARY, "organic", None, 1, None],
        [FEBRUARY, "google", Decimal(0), 1, Decimal(0)],
        [FEBRUARY, "radio", Decimal(70), 0, None],
        [MARCH, "google", Decimal(0), 1, Decimal(0)],
    ]
    assert rows["is_complete"].tolist() == [True] * 5 + [False]
    assert rows["payback_months"].tolist() == [None] * 6


def test_cost_per_customer_is_rounded_half_away_from_zero() -> None:
    orders = make_orders(*((name, "2024-01-10", "10") for name in ("ann", "bo", "cas", "dan")))
    channels = dict.fromkeys(("ann", "bo", "cas", "dan"), "google")
    spend = [spent(JANUARY, "google", "0.0002")]
    rows = performance(orders, channels, spend, date(2024, 1, 31))
    assert rows["cost_per_new_customer"].tolist() == [Decimal("0.0001")]  # 0.00005


def test_money_that_went_to_customers_brought_no_new_ones() -> None:
    orders = make_orders(("ann", "2024-01-10", "50"), ("bo", "2024-02-10", "50"))
    channels = {"ann": "email", "bo": "email"}
    contacts = [
        {"contact_id": "c1", "campaign_id": "k1", "sent_at": datetime(2024, 1, 5)},
        {"contact_id": "c2", "campaign_id": "k2", "sent_at": datetime(2024, 3, 5)},  # after as_of
        {"contact_id": "c3", "campaign_id": None, "sent_at": datetime(2024, 1, 5)},
    ]
    spend = [
        spent(JANUARY, "email", "10", "k1"),
        spent(FEBRUARY, "email", "20", "k2"),
        spent(FEBRUARY, "post", "40", "k1"),  # alone: no row
        spent(FEBRUARY, "radio", "5"),
    ]
    rows = performance(orders, channels, spend, date(2024, 2, 29), contacts=contacts)
    assert shown(rows, "month", "channel", "spend", "new_customers") == [
        [JANUARY, "email", Decimal(0), 1],  # named, if only in a row that is left out
        [FEBRUARY, "email", Decimal(20), 1],
        [FEBRUARY, "radio", Decimal(5), 0],
    ]


def test_revenue_of_the_first_months_waits_until_the_last_is_complete() -> None:
    orders = make_orders(
        ("ann", "2023-12-10", "-5"),  # a credit note before the first purchase: month 0
        ("ann", "2024-01-10", "50"),
        ("ann", "2024-03-31", "7"),  # month 2
        ("ann", "2024-04-01", "100"),  # month 3
        ("ann", "2024-04-02", "-1"),
        ("ann", "2024-06-30", "2"),  # month 5
        ("bo", "2024-01-31", "3"),
    )
    channels = {"ann": "seo", "bo": "seo"}
    rows = performance(orders, channels, None, date(2024, 6, 30))
    # 50 - 5 + 7 + 3, then 100 - 1 + 2 more
    assert shown(rows, *REVENUES) == [[Decimal(55), Decimal(156), None]]
    assert rows["spend"].tolist() == [None]
    rows = performance(orders, channels, None, date(2024, 6, 29))
    assert shown(rows, *REVENUES) == [[Decimal(55), None, None]]
    assert shown(performance(orders, channels, None, date(2024, 3, 30)), *REVENUES) == [[None] * 3]


def test_spend_without_customers_has_no_revenue_and_never_pays_back() -> None:
    orders = make_orders(("ann", "2024-01-10", "50"), ("ann", "2024-12-31", "50"))
    rows = performance(orders, {"ann": "seo"}, [spent(JANUARY, "radio", "5")], date(2024, 12, 31))
    radio = rows[rows["channel"] == "radio"]
    assert shown(radio, *REVENUES, "payback_months") == [[Decimal(0)] * 3 + [None]]


def test_payback_is_the_first_month_that_has_earned_the_spend() -> None:
    orders = make_orders(
        ("ann", "2024-01-10", "60"), ("ann", "2024-03-10", "40"), ("ann", "2024-04-01", "-30")
    )
    channels = {"ann": "google"}

    def payback(amount: str, as_of: date = date(2024, 4, 30), margin: str = "1") -> Any:
        spend = [spent(JANUARY, "google", amount)]
        options = {"gross_margin_rate": Decimal(margin)}
        return performance(orders, channels, spend, as_of, **options)["payback_months"].tolist()[0]

    assert payback("60") == 1  # in the first month, to the cent
    assert payback("60.0001") == 3  # 60, 60, 100
    assert payback("60.0001", date(2024, 3, 30)) is None  # March is not complete
    assert payback("60", date(2024, 1, 30)) is None
    assert payback("100.01") is None  # never
    assert payback("100") == 3  # that the money goes back in April changes nothing
    assert payback("60", margin="0.6") == 3  # 36, 36, 60
    assert payback("60", margin="0.59") is None
    assert payback("0") is None


def test_without_any_purchase_there_are_no_channels() -> None:
    orders = make_orders(("ann", "2024-01-10", "0"))
    assert channel_performance(orders, {}, [spent(JANUARY, "google", "5")], None, None).empty
