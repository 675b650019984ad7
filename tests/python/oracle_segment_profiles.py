"""Independent oracle of the profiles of segments, and of what customer_360 says of service and devices."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

import pandas as pd

from oracle_behaviour import AMSTERDAM, Row, Table, rows_of, typed_frame
from oracle_events import UNKNOWN, happened_rows
from oracle_satisfaction import latest_nps_categories
from oracle_service import open_tickets

PROFILE_COLUMNS = {
    "segment_code": "object",
    "attribute_name": "object",
    "attribute_value": "object",
    "customers": "int64",
    "segment_share": "float64",
    "overall_share": "float64",
    "share_index": "float64",
}
GAINED_COLUMNS = {
    "customer_id": "object",
    "open_tickets": "object",
    "latest_nps_category": "object",
    "device": "object",
}


# --- Attributes ---------------------------------------------------------------------------------------------


def devices(sessions: Table, as_of: date | None, business_timezone: str = AMSTERDAM) -> dict[str, str]:
    """Return the device of most sessions per customer; of equals the one used last, then by name."""
    visits: dict[str, list[Row]] = defaultdict(list)
    for row in happened_rows(sessions, "started_at", as_of, business_timezone):
        if row.get("customer_id") is not None and row.get("device") is not None:
            visits[row["customer_id"]].append(row)
    found = {}
    for customer, own in visits.items():
        counts = Counter(row["device"] for row in own)
        most = max(counts.values())
        latest = {
            device: max(row["started_at"] for row in own if row["device"] == device)
            for device in counts
            if counts[device] == most
        }
        found[customer] = min(device for device in latest if latest[device] == max(latest.values()))
    return found


def top_categories(
    orders: pd.DataFrame, order_lines: Table, products: Table, as_of: date | None
) -> dict[str, str] | None:
    """Return the category of most net quantity in purchases, above 0, per customer; None without a table."""
    if order_lines is None or products is None:
        return None
    category_of = {row["product_id"]: row.get("category") for row in rows_of(products)}
    buyer = {
        order["order_id"]: order["customer_id"]
        for order in rows_of(orders)
        if order["is_purchase"] and (as_of is None or order["order_date"] <= as_of)
    }
    quantities: dict[str, Counter[str]] = defaultdict(Counter)
    for line in rows_of(order_lines):
        customer, category = buyer.get(line["order_id"]), category_of.get(line["product_id"])
        if customer is not None and category is not None:
            quantities[customer][category] += line["quantity"] - (line.get("returned_quantity") or 0)
    found = {}
    for customer, counts in quantities.items():
        best = min(counts, key=lambda category: (-counts[category], category))
        if counts[best] > 0:
            found[customer] = best
    return found


def gained_columns(
    customers: Iterable[str],
    tickets: Table,
    survey_responses: Table,
    sessions: Table,
    closed_statuses: Collection[str],
    as_of: date | None,
    business_timezone: str = AMSTERDAM,
) -> pd.DataFrame:
    """Return open_tickets (null without tickets), latest_nps_category and device of customer_360."""
    still_open = open_tickets(tickets, closed_statuses, as_of, business_timezone)
    categories = latest_nps_categories(survey_responses, as_of, business_timezone)
    device_of = devices(sessions, as_of, business_timezone)
    rows = [
        {
            "customer_id": customer,
            "open_tickets": None if tickets is None else still_open[customer],
            "latest_nps_category": categories.get(customer),
            "device": device_of.get(customer),
        }
        for customer in sorted(customers)
    ]
    return typed_frame(rows, GAINED_COLUMNS)


# --- Profiles -----------------------------------------------------------------------------------------------


def segment_profiles(
    history_rows: pd.DataFrame, attributes: Mapping[str, Mapping[str, str | None] | None]
) -> pd.DataFrame:
    """Return segment_profiles, by segment_code, attribute_name and attribute_value.

    ``history_rows`` are those of `oracle.history`: its latest snapshot has everyone with a purchase.
    ``attributes`` has the value per customer by attribute; None for one whose table is absent, which has no
    rows. Whoever has no value is of (unknown).
    """
    latest = max(history_rows["snapshot_date"], default=None)
    segment_of = {
        row["customer_id"]: row["segment_code"]
        for row in rows_of(history_rows)
        if row["snapshot_date"] == latest
    }
    sizes = Counter(segment_of.values())
    rows: list[Row] = []
    for name, values in attributes.items():
        if values is None:
            continue
        value_of = {customer: values.get(customer) or UNKNOWN for customer in segment_of}
        overall = Counter(value_of.values())
        within = Counter((segment, value_of[customer]) for customer, segment in segment_of.items())
        for (segment, value), customers in within.items():
            segment_share = customers / sizes[segment]
            overall_share = overall[value] / len(segment_of)
            rows.append(
                {
                    "segment_code": segment,
                    "attribute_name": name,
                    "attribute_value": value,
                    "customers": customers,
                    "segment_share": segment_share,
                    "overall_share": overall_share,
                    "share_index": 100 * segment_share / overall_share,
                }
            )
    rows.sort(key=lambda row: (row["segment_code"], row["attribute_name"], row["attribute_value"]))
    return typed_frame(rows, PROFILE_COLUMNS)
