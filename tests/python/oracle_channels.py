"""Independent oracle of channels: what new customers cost, and when their revenue has earned it back."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pandas as pd

from oracle_behaviour import AMSTERDAM, Row, Table, rows_of, typed_frame
from oracle_events import UNKNOWN, happened_rows, is_month_over, month_after
from oracle_orders import by_customer, orders_that_count
from oracle_values import divide_half_away, first_of_month, money, month_number, units

CHANNEL_COLUMNS = {
    "month": "object",
    "channel": "object",
    "spend": "object",
    "new_customers": "int64",
    "cost_per_new_customer": "object",
    "revenue_3_months": "object",
    "revenue_6_months": "object",
    "revenue_12_months": "object",
    "payback_months": "object",
    "is_complete": "bool",
}


def channel_performance(
    orders: pd.DataFrame,
    acquisition_channels: Mapping[str, str | None],
    campaign_spend: Table,
    campaign_contacts: Table,
    as_of: date | None,
    gross_margin_rate: Decimal = Decimal(1),
    business_timezone: str = AMSTERDAM,
) -> pd.DataFrame:
    """Return channel_performance of classified orders, by month and channel; without as_of there is none.

    ``acquisition_channels`` is the column of customer_360, by customer. A row of campaign_spend of after
    as_of (by its first day), and a contact of after as_of, tell nothing.
    """
    if as_of is None:
        return typed_frame([], CHANNEL_COLUMNS)
    contacts = happened_rows(campaign_contacts, "sent_at", as_of, business_timezone)
    of_customers = {row.get("campaign_id") for row in contacts} - {None}
    spend: dict[tuple[date, str], int] = defaultdict(int)
    named = set()
    for row in rows_of(campaign_spend):
        if row["spend_month"] <= as_of:
            channel = _name(row["channel"])
            named.add(channel)
            if row.get("campaign_id") not in of_customers:
                spend[row["spend_month"], channel] += units(row["amount"])
    new_customers: Counter[tuple[date, str]] = Counter()
    revenue: dict[tuple[date, str], Counter[int]] = defaultdict(Counter)
    for customer, own in by_customer(orders_that_count(orders, as_of)).items():
        month = first_of_month(min(order.order_date for order in own if order.is_purchase))
        pair = month, _name(acquisition_channels.get(customer))
        new_customers[pair] += 1
        for order in own:
            revenue[pair][max(0, month_number(order.order_date) - month_number(month))] += order.net
    rows: list[Row] = []
    for month, channel in sorted(spend.keys() | new_customers.keys()):
        pair = month, channel
        paid = spend.get(pair, 0) if channel in named else None
        count = new_customers[pair]
        rows.append(
            {
                "month": month,
                "channel": channel,
                "spend": None if paid is None else money(paid),
                "new_customers": count,
                "cost_per_new_customer": money(divide_half_away(paid, count))
                if paid is not None and count
                else None,
                **{
                    f"revenue_{months}_months": _revenue_so_far(revenue[pair], month, months, as_of)
                    for months in (3, 6, 12)
                },
                "payback_months": _payback_months(revenue[pair], month, paid, gross_margin_rate, as_of),
                "is_complete": is_month_over(month, as_of),
            }
        )
    return typed_frame(rows, CHANNEL_COLUMNS)


def _name(channel: str | None) -> str:
    return (channel or "").strip().lower() or UNKNOWN


def _first_months(revenue: Counter[int], months: int) -> int:
    return sum(net for month, net in revenue.items() if month < months)


def _revenue_so_far(revenue: Counter[int], month: date, months: int, as_of: date) -> Decimal | None:
    """Return the revenue of so many months; null until the last of them is complete."""
    if not is_month_over(month_after(month, months - 1), as_of):
        return None
    return money(_first_months(revenue, months))


def _payback_months(
    revenue: Counter[int], month: date, paid: int | None, gross_margin_rate: Decimal, as_of: date
) -> int | None:
    """Return the least number of complete months whose margin is at least what was paid."""
    if not paid:
        return None
    months = 1
    while is_month_over(month_after(month, months - 1), as_of):
        if _first_months(revenue, months) * gross_margin_rate >= paid:
            return months
        months += 1
    return None
