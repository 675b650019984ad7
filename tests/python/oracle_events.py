"""Independent oracle of events: their months, names of groups, and the segment of a customer at an event."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from datetime import date

import pandas as pd

from oracle import NEW_CUSTOMER, PROSPECT
from oracle_behaviour import Row, Table, has_happened, rows_of
from oracle_orders import orders_that_count
from oracle_values import first_of_month, last_of_month, month_number

UNKNOWN = "(unknown)"


def happened_rows(table: Table, column: str, as_of: date | None, business_timezone: str) -> list[Row]:
    """Return the rows of a table whose moment is up to as_of; an absent table has none."""
    return [row for row in rows_of(table) if has_happened(row[column], as_of, business_timezone)]


def month_after(month: date, months: int) -> date:
    """Return the first day of the month so many months later."""
    year, month_of_year = divmod(month_number(month) + months, 12)
    return date(year, month_of_year + 1, 1)


def months_from(first: date, last: date) -> list[date]:
    """Return the first days of all months from that of one date to that of another."""
    count = month_number(last) - month_number(first) + 1
    return [month_after(first_of_month(first), months) for months in range(count)]


def is_over(day: date, as_of: date | None) -> bool | None:
    """Return whether a day is on or before as_of; None when there is no as_of."""
    return None if as_of is None else day <= as_of


def is_month_over(month: date, as_of: date) -> bool:
    """Return whether a month is complete."""
    return last_of_month(month) <= as_of


def purchases_of(orders: pd.DataFrame, as_of: date | None) -> dict[str, list[tuple[date, int]]]:
    """Return the purchases up to as_of per customer: their dates, in order, and net amounts."""
    found: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for order in orders_that_count(orders, as_of):
        if order.is_purchase:
            found[order.customer_id].append((order.order_date, order.net))
    return {customer: sorted(own) for customer, own in found.items()}


def bought_between(own: list[tuple[date, int]], first: date, last: date) -> list[int]:
    """Return the net amounts of the purchases from one date to another, both included."""
    return [net for order_date, net in own if first <= order_date <= last]


class SegmentsOfEvents:
    """The segment that a customer had at an event."""

    def __init__(self, orders: pd.DataFrame, history_rows: pd.DataFrame, as_of: date | None) -> None:
        """Take classified orders, and the rows of `oracle.history` of the same orders."""
        self.first_purchase = {customer: own[0][0] for customer, own in purchases_of(orders, as_of).items()}
        self.at: dict[date, dict[str, str]] = defaultdict(dict)
        for row in rows_of(history_rows):
            self.at[row["snapshot_date"]][row["customer_id"]] = row["segment_code"]
        self.snapshots = sorted(self.at)

    def before(self, day: date) -> Mapping[str, str]:
        """Return the segments by customer at the latest snapshot strictly before a date."""
        earlier = bisect_left(self.snapshots, day)
        return self.at[self.snapshots[earlier - 1]] if earlier else {}

    def of(self, customer: str | None, day: date) -> str | None:
        """Return the segment of a customer at an event of a date; null without a customer."""
        if customer is None:
            return None
        segment = self.before(day).get(customer)
        if segment is not None:
            return segment
        first = self.first_purchase.get(customer)
        return NEW_CUSTOMER if first is not None and first < day else PROSPECT
