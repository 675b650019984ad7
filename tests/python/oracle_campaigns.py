"""Independent oracle of campaigns: who opened, who bought, and how much more than who was held out."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pandas as pd

from oracle_behaviour import AMSTERDAM, Row, Table, has_happened, local_date, typed_frame
from oracle_events import bought_between, happened_rows, is_over, purchases_of
from oracle_statistics import extra_amount, newcombe_interval, pooled_z_p_value
from oracle_values import money

LATER_MOMENTS = ("opened_at", "clicked_at", "unsubscribed_at")
CAMPAIGN_COLUMNS = {
    "campaign_id": "object",
    "campaign_name": "object",
    "channel": "object",
    "first_sent_date": "object",
    "last_sent_date": "object",
    "customers": "int64",
    "control_customers": "int64",
    "mixed_customers": "int64",
    "opened": "int64",
    "clicked": "int64",
    "unsubscribed": "int64",
    "buyers_7_days": "int64",
    "buyers_30_days": "int64",
    "revenue_30_days": "object",
    "control_buyers_30_days": "int64",
    "control_revenue_30_days": "object",
    "buyer_rate": "float64",
    "control_buyer_rate": "float64",
    "uplift": "float64",
    "uplift_low": "float64",
    "uplift_high": "float64",
    "p_value": "float64",
    "extra_revenue": "object",
    "extra_revenue_low": "object",
    "extra_revenue_high": "object",
    "is_complete": "object",
}


def campaign_results(
    orders: pd.DataFrame,
    campaign_contacts: Table,
    as_of: date | None,
    business_timezone: str = AMSTERDAM,
) -> pd.DataFrame:
    """Return campaign_results of classified orders, by campaign_id; without as_of is_complete is null."""
    purchases = purchases_of(orders, as_of)
    campaigns: dict[str, list[Row]] = defaultdict(list)
    for row in happened_rows(campaign_contacts, "sent_at", as_of, business_timezone):
        if row.get("campaign_id") is not None:
            moments = {name: has_happened(row.get(name), as_of, business_timezone) for name in LATER_MOMENTS}
            sent_on = local_date(row["sent_at"], business_timezone)
            campaigns[row["campaign_id"]].append({**row, **moments, "sent_on": sent_on})
    rows = []
    for campaign, contacts in sorted(campaigns.items()):
        contacts.sort(key=lambda row: (row["sent_at"], row["contact_id"]))
        groups = _groups(contacts)
        treated, control = groups["treated"], groups["control"]
        names = [row["campaign_name"] for row in contacts if row.get("campaign_name") is not None]
        rows.append(
            {
                "campaign_id": campaign,
                "campaign_name": names[-1] if names else None,
                "channel": _usual_channel(contacts),
                "first_sent_date": contacts[0]["sent_on"],
                "last_sent_date": contacts[-1]["sent_on"],
                "customers": len(treated),
                "control_customers": len(control),
                "mixed_customers": len(groups["mixed"]),
                "opened": sum(any(row["opened_at"] for row in own) for own in treated.values()),
                "clicked": sum(any(row["clicked_at"] for row in own) for own in treated.values()),
                "unsubscribed": sum(any(row["unsubscribed_at"] for row in own) for own in treated.values()),
                "buyers_7_days": sum(amount > 0 for amount in _amounts(treated, purchases, 7)),
                **_compared(_amounts(treated, purchases, 30), _amounts(control, purchases, 30)),
                "is_complete": is_over(contacts[-1]["sent_on"] + timedelta(days=29), as_of),
            }
        )
    return typed_frame(rows, CAMPAIGN_COLUMNS)


def _groups(contacts: Sequence[Row]) -> dict[str, dict[str, list[Row]]]:
    """Return the customers of each group with their contacts in order: treated, control or mixed."""
    per_customer: dict[str, list[Row]] = defaultdict(list)
    for row in contacts:
        if row.get("customer_id") is not None:
            per_customer[row["customer_id"]].append(row)
    groups: dict[str, dict[str, list[Row]]] = {"treated": {}, "control": {}, "mixed": {}}
    for customer, own in per_customer.items():
        controls = sum(bool(row.get("is_control")) for row in own)
        group = "treated" if controls == 0 else "control" if controls == len(own) else "mixed"
        groups[group][customer] = own
    return groups


def _amounts(
    group: Mapping[str, Sequence[Row]], purchases: Mapping[str, list[tuple[date, int]]], days: int
) -> list[int]:
    """Return what each customer of a group spent in so many days, the day of the first contact included."""
    amounts = []
    for customer, own in group.items():
        first = own[0]["sent_on"]
        last = first + timedelta(days=days - 1)
        amounts.append(sum(bought_between(purchases.get(customer, []), first, last)))
    return amounts


def _usual_channel(contacts: Sequence[Row]) -> str | None:
    """Return the channel of most contacts that have one, of equals the first by name."""
    counts = Counter(row["channel"] for row in contacts if row.get("channel") is not None)
    return min(counts, key=lambda channel: (-counts[channel], channel), default=None)


def _compared(treated: Sequence[int], control: Sequence[int]) -> Row:
    """Return the columns of 30 days, from the amounts that each customer spent; a buyer spends above 0."""
    n1, n0 = len(treated), len(control)
    x1, x0 = sum(amount > 0 for amount in treated), sum(amount > 0 for amount in control)
    rate, control_rate = x1 / n1 if n1 else None, x0 / n0 if n0 else None
    low, high = newcombe_interval(x1, n1, x0, n0)
    extra, extra_low, extra_high = extra_amount(treated, control)
    return {
        "buyers_30_days": x1,
        "revenue_30_days": money(sum(treated)),
        "control_buyers_30_days": x0,
        "control_revenue_30_days": money(sum(control)),
        "buyer_rate": rate,
        "control_buyer_rate": control_rate,
        "uplift": None if rate is None or control_rate is None else rate - control_rate,
        "uplift_low": low,
        "uplift_high": high,
        "p_value": pooled_z_p_value(x1, n1, x0, n0),
        "extra_revenue": extra,
        "extra_revenue_low": extra_low,
        "extra_revenue_high": extra_high,
    }
