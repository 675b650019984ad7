"""Independent oracle of revenue: how concentrated it is, and what drives its changes from month to month."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import NamedTuple

import pandas as pd

from oracle import snapshot_dates, window_start_date
from oracle_behaviour import Row, typed_frame
from oracle_orders import Counted, by_customer, orders_that_count
from oracle_values import (
    divide_half_away,
    first_of_month,
    is_month_end,
    last_of_month,
    minus_months,
    money,
)

TOP_PERCENTS = (1, 5, 10, 20, 50)
CONCENTRATION_COLUMNS = {
    "snapshot_date": "object",
    "top_percent": "int64",
    "customers": "int64",
    "top_customers": "int64",
    "revenue": "object",
    "top_revenue": "object",
    "revenue_share": "float64",
    "gini": "float64",
    "is_window_full": "bool",
}
DRIVER_COLUMNS = {
    "month": "object",
    "net_revenue": "object",
    "purchase_revenue": "object",
    "previous_net_revenue": "object",
    "active_customers": "int64",
    "orders_per_customer": "float64",
    "average_order_value": "object",
    "customers_effect": "object",
    "frequency_effect": "object",
    "value_effect": "object",
    "other_effect": "object",
    "new_revenue": "object",
    "returning_revenue": "object",
    "reactivated_revenue": "object",
    "is_complete": "bool",
    "yearly_previous_net_revenue": "object",
    "yearly_customers_effect": "object",
    "yearly_frequency_effect": "object",
    "yearly_value_effect": "object",
    "yearly_other_effect": "object",
}


# --- Concentration ------------------------------------------------------------------------------------------


def revenue_concentration(orders: pd.DataFrame, as_of: date | None) -> pd.DataFrame:
    """Return revenue_concentration of classified orders, by snapshot_date and top_percent.

    A month-end that nobody bought within 12 months of has its rows, with zeros and without shares.
    """
    counted = orders_that_count(orders, as_of)
    first = min((order.order_date for order in counted if order.is_purchase), default=None)
    rows: list[Row] = []
    for snapshot in snapshot_dates(orders, as_of):
        if first is None or not is_month_end(snapshot):
            continue
        start = window_start_date(snapshot, 12)
        in_window = by_customer(order for order in counted if start <= order.order_date <= snapshot)
        totals = sorted(max(0, sum(order.net for order in own)) for own in in_window.values())
        n, total = len(totals), sum(totals)
        spread = sum((2 * i - n - 1) * amount for i, amount in enumerate(totals, start=1))
        for top_percent in TOP_PERCENTS:
            top_customers = -(-n * top_percent // 100)  # rounded up
            top = sum(totals[n - top_customers :])
            rows.append(
                {
                    "snapshot_date": snapshot,
                    "top_percent": top_percent,
                    "customers": n,
                    "top_customers": top_customers,
                    "revenue": money(total),
                    "top_revenue": money(top),
                    "revenue_share": top / total if total else None,
                    "gini": spread / (n * total) if total else None,
                    "is_window_full": first_of_month(first) <= start,
                }
            )
    return typed_frame(rows, CONCENTRATION_COLUMNS)


# --- Drivers ------------------------------------------------------------------------------------------------


class Month(NamedTuple):
    """The sums of a month; amounts in ten-thousandths."""

    net: int
    purchase_revenue: int
    customers: int
    purchases: int


def revenue_drivers(orders: pd.DataFrame, as_of: date | None) -> pd.DataFrame:
    """Return revenue_drivers of classified orders: a row per month, from the second one on.

    The month a year before is null when it lies before the month of the first purchase.
    """
    counted = orders_that_count(orders, as_of)
    first = min((order.order_date for order in counted if order.is_purchase), default=None)
    if as_of is None or first is None:
        return typed_frame([], DRIVER_COLUMNS)
    months = [first_of_month(first)]
    while months[-1] < first_of_month(as_of):
        months.append(minus_months(months[-1], -1))
    sums = {month: _month(counted, month) for month in months}
    rows = []
    for month in months[1:]:
        this, previous = sums[month], sums[minus_months(month, 1)]
        year_before = sums.get(minus_months(month, 12))
        yearly = _effects(this, year_before)
        n, purchases = this.customers, this.purchases
        rows.append(
            {
                "month": month,
                "net_revenue": money(this.net),
                "purchase_revenue": money(this.purchase_revenue),
                "previous_net_revenue": money(previous.net),
                "active_customers": n,
                "orders_per_customer": purchases / n if n else None,
                "average_order_value": (
                    money(divide_half_away(this.purchase_revenue, purchases)) if purchases else None
                ),
                **_effects(this, previous),
                **_revenue_by_history(counted, month),
                "is_complete": last_of_month(month) <= as_of,
                "yearly_previous_net_revenue": None if year_before is None else money(year_before.net),
                **{f"yearly_{name}": effect for name, effect in yearly.items()},
            }
        )
    return typed_frame(rows, DRIVER_COLUMNS)


def _month(counted: Sequence[Counted], month: date) -> Month:
    own = [order for order in counted if first_of_month(order.order_date) == month]
    purchases = [order for order in own if order.is_purchase]
    return Month(
        net=sum(order.net for order in own),
        purchase_revenue=sum(order.net for order in purchases),
        customers=len({order.customer_id for order in purchases}),
        purchases=len(purchases),
    )


def _effects(this: Month, before: Month | None) -> Mapping[str, Decimal | None]:
    """Split the change of net revenue in four that add up to it; all null when a month has no purchase."""
    if before is None or this.purchases == 0 or before.purchases == 0:
        return dict.fromkeys(("customers_effect", "frequency_effect", "value_effect", "other_effect"))
    with localcontext() as context:
        context.prec = 50
        v1, v0 = Decimal(this.purchase_revenue), Decimal(before.purchase_revenue)
        mean = v1 if v1 == v0 else (v1 - v0) / (v1.ln() - v0.ln())
        more_customers = Decimal(this.customers) / before.customers
        more_orders = Decimal(this.purchases * before.customers) / (this.customers * before.purchases)
        customers = _rounded(mean * more_customers.ln())
        frequency = _rounded(mean * more_orders.ln())
    other = (this.net - this.purchase_revenue) - (before.net - before.purchase_revenue)
    value = (this.net - before.net) - customers - frequency - other
    return {
        "customers_effect": money(customers),
        "frequency_effect": money(frequency),
        "value_effect": money(value),
        "other_effect": money(other),
    }


def _rounded(amount_units: Decimal) -> int:
    return int(amount_units.quantize(Decimal(1), ROUND_HALF_UP))  # in this module half up is away from zero


def _revenue_by_history(counted: Sequence[Counted], month: date) -> Mapping[str, Decimal]:
    """Divide the purchases of a month by whether their customer is new, returning or back after 12 months."""
    revenue = {"new_revenue": 0, "returning_revenue": 0, "reactivated_revenue": 0}
    per_customer: dict[str, list[Counted]] = defaultdict(list)
    for order in counted:
        if order.is_purchase:
            per_customer[order.customer_id].append(order)
    for own in per_customer.values():
        in_month = [order for order in own if first_of_month(order.order_date) == month]
        if not in_month:
            continue
        earlier = [order.order_date for order in own if order.order_date < month]
        first_here = min(order.order_date for order in in_month)
        if not earlier:
            kind = "new_revenue"
        elif max(earlier) < minus_months(first_here, 12):
            kind = "reactivated_revenue"
        else:
            kind = "returning_revenue"
        revenue[kind] += sum(order.net for order in in_month)
    return {kind: money(amount) for kind, amount in revenue.items()}
