"""The oracle's orders: the value of each, whether it counts, and why not."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd

from oracle_values import (
    divide_half_away,
    first_of_month,
    frame_of,
    instant,
    is_null,
    money,
    order_date,
    text_or_none,
    units,
)

ORDER_COLUMNS = [
    "order_id",
    "customer_id",
    "ordered_at",
    "order_date",
    "total_amount",
    "refunded_amount",
    "status",
    "rate",
    "account_id",
    "email",
    "currency_code",
    "is_cancelled",
    "parent_order_id",
]
STATUS_COLUMNS = [
    "status",
    "normalised_status",
    "is_known",
    "counts",
    "orders",
    "counted_orders",
    "excluded_orders",
    "amount",
]
CUSTOMER_COLUMNS = [
    "customer_id",
    "first_order_date",
    "last_order_date",
    "lifetime_orders",
    "lifetime_net_revenue",
    "average_order_value",
]


# --- Orders -------------------------------------------------------------------------------------------------


def orders_from_rows(
    rows: Iterable[Mapping[str, Any]],
    source_timezone: str = "UTC",
    business_timezone: str = "Europe/Amsterdam",
    base_currency: str = "EUR",
    rates: Mapping[tuple[date, str], Decimal] | None = None,
) -> pd.DataFrame:
    """Turn raw rows of the contract's orders, all of them valid, into the oracle's input.

    The customer is the account, else the email. ``rates`` has the rate to the base currency by first day of
    the month and upper-case currency code; a missing rate is an error here (such a row is not valid).
    """
    records = []
    for row in rows:
        local_date = order_date(row["ordered_at"], source_timezone, business_timezone)
        currency = (text_or_none(row.get("currency_code")) or base_currency).upper()
        refunded = text_or_none(row.get("refunded_amount"))
        is_base = currency == base_currency.strip().upper()
        records.append(
            {
                "order_id": text_or_none(row["order_id"]),
                "customer_id": text_or_none(row["account_id"]) or guest_email(row),
                "ordered_at": instant(row["ordered_at"], source_timezone, business_timezone),
                "order_date": local_date,
                "total_amount": Decimal(str(row["total_amount"]).strip()),
                "refunded_amount": None if refunded is None else Decimal(refunded),
                "status": text_or_none(row.get("status")),
                "rate": None if is_base else (rates or {})[first_of_month(local_date), currency],
                "account_id": text_or_none(row["account_id"]),
                "email": guest_email(row),
                "currency_code": currency,
                "is_cancelled": text_or_none(row.get("cancelled_at")) is not None,
                "parent_order_id": text_or_none(row.get("parent_order_id")),
            }
        )
    return frame_of(records, ORDER_COLUMNS)


def guest_email(row: Mapping[str, Any]) -> str | None:
    """Return an email in the form in which guests are compared: trimmed, in lower case."""
    return (text_or_none(row.get("email")) or "").lower() or None


def counted_refund(total: Decimal, refunded: Any) -> Decimal:
    """Return the amount of a refund that counts: without its sign, at most the total."""
    return Decimal(0) if is_null(refunded) or total < 0 else min(abs(refunded), total)


def normalised_status(status: str) -> str:
    """Return a status in the form in which statuses are compared: `wc-Annulée` is annulee."""
    letters = unicodedata.normalize("NFD", status.strip().lower())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return bare.replace(" ", "-").replace("_", "-").removeprefix("wc-")


def _status_counts(status: Any, known_statuses: Mapping[str, bool]) -> bool:
    """Return whether orders with a status count; those with an unknown or no status do."""
    text = text_or_none(status)
    return text is None or known_statuses.get(normalised_status(text), True)


def _settled_credit_notes(orders: Sequence[Mapping[str, Any]], undone: set[str]) -> set[str]:
    """Return the credit notes for money already excluded; ``undone`` are excluded by status or cancelled."""
    by_id = {order["order_id"]: order for order in orders}
    settled: set[str] = set()
    loose: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    repaid: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for order in sorted(orders, key=lambda order: (order["ordered_at"], order["order_id"])):
        total, is_undone = order["total_amount"], order["order_id"] in undone
        refund = counted_refund(total, order["refunded_amount"])
        buyer = ("account", order["account_id"]) if order["account_id"] else ("email", order["email"])
        alike = (*buyer, order["currency_code"], abs(total))
        parent = by_id.get(order["parent_order_id"])
        if total > 0 and (is_undone or refund == total):
            repaid[alike].append(order)
        elif total < 0 and not is_undone and parent is None:
            loose[alike].append(order)
        elif total < 0 and not is_undone and parent is not None:
            covers = counted_refund(parent["total_amount"], parent["refunded_amount"]) >= -total
            if parent["order_id"] in undone or covers:
                settled.add(order["order_id"])
    for alike, notes in loose.items():
        for order, note in zip(repaid[alike], notes, strict=False):
            if alike[1] is not None and order["ordered_at"] <= note["ordered_at"]:
                settled.add(note["order_id"])
    return settled


def _net_units(total: Decimal, refunded: Any, rate: Any) -> int:
    net = units(total) - units(counted_refund(total, refunded))
    if is_null(rate):
        return net
    numerator, denominator = rate.as_integer_ratio()
    return divide_half_away(net * numerator, denominator)


def _outcome(exclusion_reason: str | None, total: Decimal, net: int) -> str:
    if exclusion_reason is not None:
        return "excluded"
    if total < 0:
        return "credit_note"
    if total == 0:
        return "no_value"
    return "purchase" if net > 0 else "refunded"


def classify(orders: pd.DataFrame, known_statuses: Mapping[str, bool]) -> pd.DataFrame:
    """Add net_amount (base currency), exclusion_reason, is_purchase, is_credit_note and outcome.

    ``known_statuses`` maps normalised statuses to whether they count.
    """
    records = orders.to_dict("records")
    reasons: dict[str, str] = {}
    for order in records:
        if not _status_counts(order["status"], known_statuses):
            reasons[order["order_id"]] = "status"
        elif order["is_cancelled"]:
            reasons[order["order_id"]] = "cancelled"
    reasons |= dict.fromkeys(_settled_credit_notes(records, set(reasons)), "settled")
    net_amounts, outcomes = [], []
    for order in records:
        if isinstance(order["order_date"], datetime):
            raise TypeError("order_date must be a date, not a timestamp")
        net = _net_units(order["total_amount"], order["refunded_amount"], order.get("rate"))
        net_amounts.append(money(net))
        outcomes.append(_outcome(reasons.get(order["order_id"]), order["total_amount"], net))
    return orders.assign(
        exclusion_reason=pd.Series([reasons.get(o) for o in orders["order_id"]], orders.index, dtype=object),
        net_amount=pd.Series(net_amounts, index=orders.index, dtype=object),
        is_purchase=pd.Series([o == "purchase" for o in outcomes], index=orders.index, dtype=bool),
        is_credit_note=pd.Series([o == "credit_note" for o in outcomes], index=orders.index, dtype=bool),
        outcome=pd.Series(outcomes, index=orders.index, dtype=object),
    )


def latest_purchase_date(orders: pd.DataFrame) -> date | None:
    """Return the default as_of_date: the latest purchase date in classified orders, None without any."""
    return max(orders.loc[orders["is_purchase"], "order_date"], default=None)


def shown_status(status: Any) -> str | None:
    """Return a status as marts show it: in lower case, without emails and long numbers."""
    text = text_or_none(status)
    if text is not None and "@" in text:
        return "(contains an email address)"
    return None if text is None else re.sub("[0-9]{5,}", "#", text.lower())


def order_statuses(orders: pd.DataFrame, known_statuses: Mapping[str, bool]) -> pd.DataFrame:
    """Return order_statuses: one row per status as shown, of classified orders."""
    rows: dict[str | None, dict[str, Any]] = {}
    for order in orders.to_dict("records"):
        text, shown = text_or_none(order["status"]), shown_status(order["status"])
        normalised = None if text is None else normalised_status(text)
        row = rows.setdefault(
            shown,
            {
                "status": shown,
                "normalised_status": shown_status(normalised),
                "is_known": normalised in known_statuses,
                "counts": _status_counts(text, known_statuses),
                "orders": 0,
                "counted_orders": 0,
                "excluded_orders": 0,
                "amount": Decimal(0),
            },
        )
        row["orders"] += 1
        row["counted_orders" if order["exclusion_reason"] is None else "excluded_orders"] += 1
        row["amount"] += order["net_amount"]
    return frame_of(list(rows.values()), STATUS_COLUMNS)


class Counted(NamedTuple):
    """Return whether an order is a purchase or a credit note on or before as_of."""

    customer_id: str
    order_date: date
    net: int
    is_purchase: bool


def orders_that_count(orders: pd.DataFrame, as_of: date | None) -> list[Counted]:
    """Return the orders that count; without any purchase there is no as_of and nothing is cut off."""
    return [
        Counted(order["customer_id"], order["order_date"], units(order["net_amount"]), order["is_purchase"])
        for order in orders.to_dict("records")
        if (order["is_purchase"] or order["is_credit_note"])
        and (as_of is None or order["order_date"] <= as_of)
    ]


def by_customer(counted: Iterable[Counted]) -> dict[str, list[Counted]]:
    """Return the orders per customer, only for customers with at least one purchase."""
    per_customer: dict[str, list[Counted]] = defaultdict(list)
    for order in counted:
        per_customer[order.customer_id].append(order)
    return {
        customer: own for customer, own in sorted(per_customer.items()) if any(o.is_purchase for o in own)
    }


# --- Customers ----------------------------------------------------------------------------------------------


def customer_order_facts(orders: pd.DataFrame, as_of: date | None) -> pd.DataFrame:
    """Return the order columns of customer_360 for every customer with an order, of any status or date.

    A customer without a purchase has no dates and no average; credit notes still count in the revenue.
    """
    per_customer: dict[str, list[Counted]] = {customer: [] for customer in sorted(set(orders["customer_id"]))}
    for order in orders_that_count(orders, as_of):
        per_customer[order.customer_id].append(order)
    rows = []
    for customer, own in per_customer.items():
        dates = [order.order_date for order in own if order.is_purchase]
        revenue = sum(order.net for order in own)
        rows.append(
            {
                "customer_id": customer,
                "first_order_date": min(dates, default=None),
                "last_order_date": max(dates, default=None),
                "lifetime_orders": len(dates),
                "lifetime_net_revenue": money(revenue),
                "average_order_value": money(divide_half_away(revenue, len(dates))) if dates else None,
            }
        )
    return frame_of(rows, CUSTOMER_COLUMNS)


def order_numbers(orders: pd.DataFrame, as_of: date | None) -> dict[str, int | None]:
    """Return the order_number of each order up to as_of: a purchase's rank by ordered_at, then order_id.

    Without any purchase there is no as_of (None) and nothing is cut off.
    """
    counter: Counter[str] = Counter()
    numbers: dict[str, int | None] = {}
    kept = [o for o in orders.to_dict("records") if as_of is None or o["order_date"] <= as_of]
    for order in sorted(kept, key=lambda o: (o["ordered_at"], o["order_id"])):
        numbers[order["order_id"]] = None
        if order["is_purchase"]:
            counter[order["customer_id"]] += 1
            numbers[order["order_id"]] = counter[order["customer_id"]]
    return numbers
