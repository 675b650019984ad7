"""Independent oracle of service: how fast tickets are answered, who has them, and who buys afterwards."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import pandas as pd

from oracle_behaviour import AMSTERDAM, Row, Table, has_happened, local_date, typed_frame
from oracle_events import (
    UNKNOWN,
    SegmentsOfEvents,
    bought_between,
    happened_rows,
    is_over,
    months_from,
    purchases_of,
)
from oracle_statistics import percentile_cont
from oracle_values import first_of_month, last_of_month, rate_with_interval

REPEAT_WITHIN = timedelta(hours=7 * 24)
DAYS_TO_BUY = 90
EXPERIENCES = ("reopened", "detractor", "ticket", "none")
PERFORMANCE_COLUMNS = {
    "month": "object",
    "channel": "object",
    "category": "object",
    "tickets": "int64",
    "customers": "int64",
    "first_response_minutes_median": "float64",
    "first_response_minutes_p90": "float64",
    "unanswered": "int64",
    "resolution_hours_median": "float64",
    "resolution_hours_p90": "float64",
    "unresolved": "int64",
    "backlog": "int64",
    "reopened": "int64",
    "repeat_contacts": "int64",
}
BY_SEGMENT_COLUMNS = {
    "month": "object",
    "segment_code": "object",
    "tickets": "int64",
    "customers_with_ticket": "int64",
    "customers": "int64",
    "tickets_per_100_customers": "float64",
}
IMPACT_COLUMNS = {
    "month": "object",
    "experience": "object",
    "customers": "int64",
    "bought_90_days": "int64",
    "buyer_rate": "float64",
    "rate_low": "float64",
    "rate_high": "float64",
    "is_complete": "bool",
}


# --- Tickets as of a date -----------------------------------------------------------------------------------


class Ticket(NamedTuple):
    """A ticket as it stood on as_of: what happened to it afterwards is not known yet."""

    ticket_id: str
    customer_id: str | None
    created_at: datetime
    created_on: date
    kind: tuple[str, str]  # channel and category
    answered_at: datetime | None
    resolved_at: datetime | None
    resolved_on: date | None
    is_reopened: bool

    @property
    def month(self) -> date:
        """Return the month in which it was created."""
        return first_of_month(self.created_on)

    def is_open_after(self, day: date) -> bool:
        """Return whether it was created by a day and not resolved by then."""
        return self.created_on <= day and (self.resolved_on is None or self.resolved_on > day)


def tickets_as_of(
    tickets: Table, closed_statuses: Collection[str], as_of: date | None, business_timezone: str
) -> list[Ticket]:
    """Return the tickets created up to as_of.

    One without resolved_at whose status is a closed one is resolved at its updated_at, if it has that.
    """
    closed = {status.strip().lower() for status in closed_statuses}
    found = []
    for row in happened_rows(tickets, "created_at", as_of, business_timezone):
        answered, resolved = row.get("first_responded_at"), row.get("resolved_at")
        if resolved is None and (row.get("status") or "").strip().lower() in closed:
            resolved = row.get("updated_at")
        if not has_happened(answered, as_of, business_timezone):
            answered = None
        if not has_happened(resolved, as_of, business_timezone):
            resolved = None
        found.append(
            Ticket(
                ticket_id=row["ticket_id"],
                customer_id=row.get("customer_id"),
                created_at=row["created_at"],
                created_on=local_date(row["created_at"], business_timezone),
                kind=(row.get("channel") or UNKNOWN, row.get("category") or UNKNOWN),
                answered_at=answered,
                resolved_at=resolved,
                resolved_on=None if resolved is None else local_date(resolved, business_timezone),
                is_reopened=(row.get("reopened_count") or 0) > 0,
            )
        )
    return found


def repeat_contacts(tickets: Sequence[Ticket]) -> set[str]:
    """Return the tickets whose customer created another one at most 7 x 24 hours before."""
    repeats = set()
    per_customer: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        if ticket.customer_id is not None:
            per_customer[ticket.customer_id].append(ticket)
    for own in per_customer.values():
        for ticket in own:
            for other in own:
                is_before = (other.created_at, other.ticket_id) < (ticket.created_at, ticket.ticket_id)
                if is_before and ticket.created_at - other.created_at <= REPEAT_WITHIN:
                    repeats.add(ticket.ticket_id)
    return repeats


def open_tickets(
    tickets: Table,
    closed_statuses: Collection[str],
    as_of: date | None,
    business_timezone: str = AMSTERDAM,
) -> Counter[str]:
    """Return the tickets per customer that are not resolved by as_of: open_tickets of customer_360."""
    known = tickets_as_of(tickets, closed_statuses, as_of, business_timezone)
    return Counter(
        ticket.customer_id
        for ticket in known
        if ticket.customer_id is not None and ticket.resolved_at is None
    )


# --- Performance --------------------------------------------------------------------------------------------


def service_performance(
    tickets: Table,
    closed_statuses: Collection[str],
    as_of: date | None,
    business_timezone: str = AMSTERDAM,
) -> pd.DataFrame:
    """Return service_performance, by month, channel and category; without as_of there is none."""
    known = tickets_as_of(tickets, closed_statuses, as_of, business_timezone)
    if as_of is None or not known:
        return typed_frame([], PERFORMANCE_COLUMNS)
    repeats = repeat_contacts(known)
    per_kind: dict[tuple[str, str], list[Ticket]] = defaultdict(list)
    for ticket in known:
        per_kind[ticket.kind].append(ticket)
    rows: list[Row] = []
    for month in months_from(min(ticket.created_on for ticket in known), as_of):
        end = min(last_of_month(month), as_of)
        for kind, of_kind in sorted(per_kind.items()):
            created = [ticket for ticket in of_kind if ticket.month == month]
            minutes = [
                (ticket.answered_at - ticket.created_at) / timedelta(minutes=1)
                for ticket in created
                if ticket.answered_at is not None
            ]
            hours = [
                (ticket.resolved_at - ticket.created_at) / timedelta(hours=1)
                for ticket in created
                if ticket.resolved_at is not None
            ]
            rows.append(
                {
                    "month": month,
                    "channel": kind[0],
                    "category": kind[1],
                    "tickets": len(created),
                    "customers": len({ticket.customer_id for ticket in created} - {None}),
                    "first_response_minutes_median": percentile_cont(minutes, 0.5),
                    "first_response_minutes_p90": percentile_cont(minutes, 0.9),
                    "unanswered": len(created) - len(minutes),
                    "resolution_hours_median": percentile_cont(hours, 0.5),
                    "resolution_hours_p90": percentile_cont(hours, 0.9),
                    "unresolved": len(created) - len(hours),
                    "backlog": sum(ticket.is_open_after(end) for ticket in of_kind),
                    "reopened": sum(ticket.is_reopened for ticket in created),
                    "repeat_contacts": sum(ticket.ticket_id in repeats for ticket in created),
                }
            )
    return typed_frame(rows, PERFORMANCE_COLUMNS)


# --- Segments -----------------------------------------------------------------------------------------------


def service_by_segment(
    orders: pd.DataFrame,
    tickets: Table,
    history_rows: pd.DataFrame,
    as_of: date | None,
    business_timezone: str = AMSTERDAM,
) -> pd.DataFrame:
    """Return service_by_segment, by month and segment_code; tickets of nobody are of (unknown)."""
    known = tickets_as_of(tickets, (), as_of, business_timezone)
    if as_of is None or not known:
        return typed_frame([], BY_SEGMENT_COLUMNS)
    segments = SegmentsOfEvents(orders, history_rows, as_of)
    rows: list[Row] = []
    for month in months_from(min(ticket.created_on for ticket in known), as_of):
        owners: dict[str, list[str | None]] = defaultdict(list)
        for ticket in known:
            if ticket.month == month:
                segment = segments.of(ticket.customer_id, ticket.created_on) or UNKNOWN
                owners[segment].append(ticket.customer_id)
        customers = Counter(segments.before(month).values())
        for segment in sorted(owners.keys() | customers.keys()):
            count = len(owners[segment])
            rows.append(
                {
                    "month": month,
                    "segment_code": segment,
                    "tickets": count,
                    "customers_with_ticket": len(set(owners[segment]) - {None}),
                    "customers": customers[segment],
                    "tickets_per_100_customers": 100 * count / customers[segment]
                    if customers[segment]
                    else None,
                }
            )
    return typed_frame(rows, BY_SEGMENT_COLUMNS)


# --- Impact -------------------------------------------------------------------------------------------------


def service_impact(
    orders: pd.DataFrame,
    tickets: Table,
    survey_responses: Table,
    as_of: date | None,
    business_timezone: str = AMSTERDAM,
) -> pd.DataFrame:
    """Return service_impact, by month and experience in their order: all four, also those of nobody."""
    known = tickets_as_of(tickets, (), as_of, business_timezone)
    if as_of is None or not known:
        return typed_frame([], IMPACT_COLUMNS)
    who: dict[tuple[date, str], set[str | None]] = defaultdict(set)
    for ticket in known:
        who[ticket.month, "ticket"].add(ticket.customer_id)
        if ticket.is_reopened:
            who[ticket.month, "reopened"].add(ticket.customer_id)
    for row in happened_rows(survey_responses, "responded_at", as_of, business_timezone):
        if row["survey_type"] == "nps" and row["score"] <= 6:
            month = first_of_month(local_date(row["responded_at"], business_timezone))
            who[month, "detractor"].add(row.get("customer_id"))
    purchases = purchases_of(orders, as_of)
    rows: list[Row] = []
    for month in months_from(min(ticket.created_on for ticket in known), as_of):
        end = last_of_month(month)
        customers, bought = Counter[str](), Counter[str]()
        for customer, own in purchases.items():
            if own[0][0] < month:
                experience = next(
                    name for name in EXPERIENCES if name == "none" or customer in who[month, name]
                )
                customers[experience] += 1
                after = bought_between(own, end + timedelta(days=1), end + timedelta(days=DAYS_TO_BUY))
                bought[experience] += bool(after)
        for experience in EXPERIENCES:
            rate, low, high = rate_with_interval(bought[experience], customers[experience])
            rows.append(
                {
                    "month": month,
                    "experience": experience,
                    "customers": customers[experience],
                    "bought_90_days": bought[experience],
                    "buyer_rate": rate,
                    "rate_low": low,
                    "rate_high": high,
                    "is_complete": is_over(end + timedelta(days=DAYS_TO_BUY), as_of),
                }
            )
    return typed_frame(rows, IMPACT_COLUMNS)
