"""Oracle of changes.md: how past figures of two publications differ, customer by customer, and why.

Written from docs/publishing.md alone, with plain loops: each figure is computed in full in both publications,
and only then compared.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pandas as pd

from oracle_values import is_month_end, last_of_month

Key = tuple[date, str]


@dataclass(frozen=True)
class Published:
    """What is compared of a publication."""

    orders: pd.DataFrame
    history: pd.DataFrame


@dataclass
class Difference:
    """How one figure differs: by customer, those with late orders apart from the rest."""

    late: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    rest: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def customers(self, *, is_late: bool | None = None) -> set[str]:
        """Return for whom the figure differs; by one cause, or by all together."""
        return {customer for customer, amount in self.by_customer(is_late=is_late).items() if amount}

    def by_customer(self, *, is_late: bool | None = None) -> dict[str, Decimal]:
        """Return by how much it differs for each customer; by one cause, or by all together."""
        both: dict[str, Decimal] = defaultdict(Decimal)
        for part, is_of_late in ((self.late, True), (self.rest, False)):
            for customer, amount in part.items():
                both[customer] += amount if is_late in (None, is_of_late) else 0
        return both

    def total(self, *, is_late: bool | None = None) -> Decimal:
        """Return by how much the figure differs."""
        return sum(self.by_customer(is_late=is_late).values(), Decimal(0))


def differences(
    before: Published, now: Published, until: date, *, has_changed_rules: bool
) -> dict[Key, Difference]:
    """Return the figures that differ for anybody, by month-end and measure: a segment's is its code.

    `has_changed_rules` tells whether rules of orders changed.
    """
    people = same_people(before, now)
    one, other = rows_by_order(before), rows_by_order(now)
    late_since: dict[str, date] = {}
    found: dict[Key, Difference] = defaultdict(Difference)
    for order_id in one.keys() | other.keys():
        old, new = one.get(order_id), other.get(order_id)
        if worth(old) == worth(new):
            continue
        person = new["customer_id"] if new else people.get(old["customer_id"], old["customer_id"])
        is_late = not old or (new is not None and (not has_changed_rules or old["status"] != new["status"]))
        if is_late:
            dates = [worth(order)[0] for order in (old, new) if worth(order)]
            late_since[person] = min([*dates, late_since.get(person, date.max)])
        for order, sign in ((old, -1), (new, 1)):
            if worth(order):
                day, amount, purchases = worth(order)
                for measure, value in (("net_revenue", amount), ("purchases", purchases)):
                    difference = found[last_of_month(day), measure]
                    (difference.late if is_late else difference.rest)[person] += sign * value
    for published, sign, names in ((before, -1, people), (now, 1, {})):
        for (month_end, measure), customers in customer_figures(published).items():
            for customer in customers:
                person = names.get(customer, customer)
                is_late = late_since.get(person, date.max) <= month_end
                difference = found[month_end, measure]
                (difference.late if is_late else difference.rest)[person] += sign
    return {
        (month_end, measure): difference
        for (month_end, measure), difference in found.items()
        if month_end <= until and (difference.customers(is_late=True) or difference.customers(is_late=False))
    }


def rows_by_order(published: Published) -> dict[str, dict]:
    return {row["order_id"]: row for row in published.orders.to_dict("records")}


def worth(order: dict | None) -> tuple[date, Decimal, int] | None:
    """Return the date, net amount and number of purchases of an order that counts; None of any other."""
    if not order or not (order["is_purchase"] or order["is_credit_note"]):
        return None
    return order["order_date"], order["net_amount"], int(order["is_purchase"])


def same_people(before: Published, now: Published) -> dict[str, str]:
    """Return who a customer of before is now, where the id is another one."""
    here = set(now.orders["customer_id"])
    owners = dict(zip(now.orders["order_id"], now.orders["customer_id"], strict=True))
    found: dict[str, str] = {}
    for order in before.orders.sort_values(["order_date", "order_id"]).to_dict("records"):
        if worth(order) and order["customer_id"] not in here and order["order_id"] in owners:
            found.setdefault(order["customer_id"], owners[order["order_id"]])
    return found


def customer_figures(published: Published) -> dict[Key, set[str]]:
    """Return the active and new customers of each month, and those in each segment at its end."""
    found: dict[Key, set[str]] = defaultdict(set)
    first: dict[str, date] = {}
    purchases = published.orders[published.orders["is_purchase"]]
    for customer, day in zip(purchases["customer_id"], purchases["order_date"], strict=True):
        found[last_of_month(day), "active_customers"].add(customer)
        first[customer] = min(day, first.get(customer, day))
    for customer, day in first.items():
        found[last_of_month(day), "new_customers"].add(customer)
    for row in published.history.to_dict("records"):
        if is_month_end(row["snapshot_date"]):
            found[row["snapshot_date"], row["segment_code"]].add(row["customer_id"])
    return found
