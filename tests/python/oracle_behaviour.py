"""Independent oracle of behaviour: whose a session is, touchpoints and journeys.

Written from the definitions alone, as plain loops; nothing is shared with the models. Tables are lists of
dicts or frames in the words of the source contract, cleaned, with the customer_id of each row (None:
nobody's); an absent table is None. Instants are naive datetimes in UTC. `oracle_engagement`, `oracle_revenue`
and `oracle_changes` have the other marts of behaviour.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timezone
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pandas as pd

from oracle_profile import plain
from oracle_values import is_null

Row: TypeAlias = dict[str, Any]
Table: TypeAlias = Sequence[Mapping[str, Any]] | pd.DataFrame | None
AMSTERDAM = "Europe/Amsterdam"
TOUCHPOINT_COLUMNS = {
    "touchpoint_id": "object",
    "kind": "object",
    "customer_id": "object",
    "occurred_at": "datetime64[us]",
    "touch_date": "object",
    "channel": "object",
    "net_amount": "object",
}
JOURNEY_COLUMNS = {
    "customer_id": "object",
    "first_touch_at": "datetime64[us]",
    "first_touch_kind": "object",
    "first_touch_channel": "object",
    "last_touch_at": "datetime64[us]",
    "last_touch_kind": "object",
    "touches": "int64",
    "touches_before_first_purchase": "object",
    "days_to_first_purchase": "object",
    "preferred_contact_channel": "object",
}


# --- Tables and dates ---------------------------------------------------------------------------------------


def rows_of(table: Table) -> list[Row]:
    """Return the rows of a table as dicts, with None for every kind of null; an absent table has none."""
    if table is None:
        return []
    rows = table.to_dict("records") if isinstance(table, pd.DataFrame) else table
    return [{name: None if is_null(value) else plain(value) for name, value in row.items()} for row in rows]


def typed_frame(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Make a frame with these columns and dtypes, even without rows; None stays None but in floats."""
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=dtype) for name, dtype in columns.items()}
    )


def local_date(moment: datetime, business_timezone: str = AMSTERDAM) -> date:
    """Return the local date of a naive instant in UTC."""
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(business_timezone)).date()


def has_happened(moment: datetime | None, as_of: date | None, business_timezone: str = AMSTERDAM) -> bool:
    """Return whether there is a moment, and its local date is not after as_of (None: nothing is cut off)."""
    return moment is not None and (as_of is None or local_date(moment, business_timezone) <= as_of)


# --- Whose session ------------------------------------------------------------------------------------------


def session_customers(
    sessions: Table,
    customer_of_account: Mapping[str, str],
    customer_of_email: Mapping[str, str],
    max_sessions_per_device: int = 1000,
) -> dict[str, str | None]:
    """Return the customer of each session_id, None for nobody's.

    ``customer_of_email`` has only the emails that one customer has. Pass all sessions, whatever their date.
    """
    rows = rows_of(sessions)
    customers: dict[str, str | None] = {}
    for row in rows:
        by_account = customer_of_account.get(row.get("account_id"))
        by_email = customer_of_email.get((row.get("email") or "").strip().lower())
        customers[row["session_id"]] = by_account or by_email
    users: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        customer = customers[row["session_id"]]
        if customer is not None and row.get("anonymous_id") is not None:
            users[row["anonymous_id"]].add(customer)
    says_nothing = set(skipped_devices(rows, max_sessions_per_device))
    for row in rows:
        device = row.get("anonymous_id")
        if customers[row["session_id"]] is None and device not in says_nothing:
            known = users.get(device, set())
            customers[row["session_id"]] = next(iter(known)) if len(known) == 1 else None
    return customers


def skipped_devices(sessions: Table, max_sessions_per_device: int = 1000) -> list[str]:
    """Return the anonymous ids that tell nothing: those with more sessions than this, whoever's."""
    counts = Counter(row.get("anonymous_id") for row in rows_of(sessions))
    return sorted(
        device for device, count in counts.items() if device is not None and count > max_sessions_per_device
    )


# --- Touchpoints --------------------------------------------------------------------------------------------


def touchpoints(
    orders: pd.DataFrame,
    sessions: Table,
    campaign_contacts: Table,
    tickets: Table,
    survey_responses: Table,
    as_of: date | None,
    business_timezone: str = AMSTERDAM,
) -> pd.DataFrame:
    """Return touchpoints, by occurred_at and touchpoint_id.

    ``orders`` are classified, with a sales_channel if there is one. Nothing was sent to a control contact,
    but what it did counts; a contact, ticket or answer of after as_of has no touch at all.
    """
    purchases = [
        {
            "touchpoint_id": f"purchase:{order['order_id']}",
            "kind": "purchase",
            "customer_id": order["customer_id"],
            "occurred_at": order["ordered_at"],
            "touch_date": order["order_date"],
            "channel": order.get("sales_channel"),
            "net_amount": order["net_amount"],
        }
        for order in rows_of(orders)
        if order["is_purchase"] and (as_of is None or order["order_date"] <= as_of)
    ]
    events: list[tuple[str, str, Row, datetime | None, str | None]] = []
    for row in rows_of(sessions):
        events.append(("session", row["session_id"], row, row["started_at"], row.get("traffic_channel")))
    for row in rows_of(campaign_contacts):
        key, channel = row["contact_id"], row.get("channel")
        if not has_happened(row["sent_at"], as_of, business_timezone):
            continue
        if not row.get("is_control"):
            events.append(("campaign_sent", key, row, row["sent_at"], channel))
        events.append(("campaign_opened", key, row, row.get("opened_at"), channel))
        events.append(("campaign_clicked", key, row, row.get("clicked_at"), channel))
        events.append(("unsubscribed", key, row, row.get("unsubscribed_at"), channel))
    for row in rows_of(tickets):
        events.append(("ticket", row["ticket_id"], row, row["created_at"], row.get("channel")))
    for row in rows_of(survey_responses):
        events.append(("survey_answer", row["response_id"], row, row["responded_at"], None))
    others = [
        {
            "touchpoint_id": f"{kind}:{key}",
            "kind": kind,
            "customer_id": row.get("customer_id"),
            "occurred_at": moment,
            "touch_date": local_date(moment, business_timezone),
            "channel": channel,
            "net_amount": None,
        }
        for kind, key, row, moment, channel in events
        if moment is not None and has_happened(moment, as_of, business_timezone)
    ]
    in_order = sorted([*purchases, *others], key=lambda touch: (touch["occurred_at"], touch["touchpoint_id"]))
    return typed_frame(in_order, TOUCHPOINT_COLUMNS)


# --- Journeys -----------------------------------------------------------------------------------------------


def customer_journeys(touches: pd.DataFrame) -> pd.DataFrame:
    """Return customer_journeys of the touchpoints, by customer_id; what was only sent is no touch here."""
    per_customer: dict[str, list[Row]] = defaultdict(list)
    for touch in rows_of(touches):
        if touch["customer_id"] is not None and touch["kind"] != "campaign_sent":
            per_customer[touch["customer_id"]].append(touch)
    rows = []
    for customer, own in sorted(per_customer.items()):
        own.sort(key=lambda touch: (touch["occurred_at"], touch["touchpoint_id"]))
        first, last = own[0], own[-1]
        purchase = next((touch for touch in own if touch["kind"] == "purchase"), None)
        before = days = None
        if purchase is not None:
            before = sum(touch["occurred_at"] < purchase["occurred_at"] for touch in own)
            days = (purchase["touch_date"] - first["touch_date"]).days
        rows.append(
            {
                "customer_id": customer,
                "first_touch_at": first["occurred_at"],
                "first_touch_kind": first["kind"],
                "first_touch_channel": first["channel"],
                "last_touch_at": last["occurred_at"],
                "last_touch_kind": last["kind"],
                "touches": len(own),
                "touches_before_first_purchase": before,
                "days_to_first_purchase": days,
                "preferred_contact_channel": _preferred_contact_channel(own),
            }
        )
    return typed_frame(rows, JOURNEY_COLUMNS)


def _preferred_contact_channel(own: Sequence[Row]) -> str | None:
    """Return the channel with most clicks, then most opens, then the latest of both, then the first name."""
    answered: dict[str, list[Row]] = defaultdict(list)
    for touch in own:
        if touch["kind"] in ("campaign_opened", "campaign_clicked") and touch["channel"] is not None:
            answered[touch["channel"]].append(touch)

    def rank(channel: str) -> tuple[int, int, datetime]:
        kinds = Counter(touch["kind"] for touch in answered[channel])
        latest = max(touch["occurred_at"] for touch in answered[channel])
        return kinds["campaign_clicked"], kinds["campaign_opened"], latest

    return max(sorted(answered), key=rank, default=None)  # of equals, max takes the first by name
