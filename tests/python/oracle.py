"""Independent oracle: what the marts must contain, written from the definitions alone.

Slow and obvious on purpose: plain loops over plain values, no SQL, no histograms, nothing shared with the
project's models. Money is ``Decimal`` with four places and is summed as whole ten-thousandths (``units``).
Dates are ``datetime.date``, instants naive ``datetime`` in UTC, a null in a column of text, dates or money is
None and in a column of floats NaN.

The usual chain::

    orders = classify(orders_from_rows(rows), known_statuses)
    as_of = latest_purchase_date(orders)
    rows_per_snapshot = history(orders, as_of, 24, mapping)
    snapshots(orders, rows_per_snapshot, as_of, 24)
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeVar

import networkx as nx
import pandas as pd

from oracle_orders import Counted, by_customer, orders_that_count
from oracle_scores import METRICS, Rule, TieMethod, mapping_rules, scores_of, segment_of
from oracle_values import (
    divide_half_away,
    first_of_month,
    frame_of,
    is_month_end,
    last_of_month,
    minus_months,
    money,
    month_number,
    rate_with_interval,
)

Record = TypeVar("Record", bound=Hashable)
NEW_CUSTOMER = "(new)"
PROSPECT = "prospect"
LOST = "lost"
HISTORY_COLUMNS = [
    "customer_id",
    "snapshot_date",
    "recency_days",
    "frequency",
    "monetary",
    "lifetime_orders",
    "r_score",
    "f_score",
    "m_score",
    "rfm_code",
    "segment_code",
    "is_in_window",
]
SNAPSHOT_COLUMNS = [
    "snapshot_date",
    "previous_snapshot_date",
    "window_start_date",
    "is_month_end",
    "is_window_full",
    "customers",
    "customers_in_window",
]
BOUNDARY_COLUMNS = ["snapshot_date", "metric", "score", "value_from", "value_to", "customers"]
TRANSITION_COLUMNS = [
    "snapshot_date",
    "previous_snapshot_date",
    "from_segment",
    "to_segment",
    "customers",
    "transition_rate",
    "rate_low",
    "rate_high",
    "is_complete",
]
COHORT_COLUMNS = [
    "cohort_month",
    "months_since_first_order",
    "cohort_size",
    "active_customers",
    "retention_rate",
    "retention_low",
    "retention_high",
    "net_revenue",
    "cumulative_net_revenue",
    "cumulative_revenue_per_customer",
    "is_complete",
]


# --- Snapshots and history ----------------------------------------------------------------------------------


def _first_purchase_date(orders: pd.DataFrame, as_of: date | None) -> date | None:
    return min((o.order_date for o in orders_that_count(orders, as_of) if o.is_purchase), default=None)


def snapshot_dates(orders: pd.DataFrame, as_of: date | None) -> list[date]:
    """Return every month-end from the first purchase's month on, and as_of itself as the last one."""
    first = _first_purchase_date(orders, as_of)
    if as_of is None or first is None:
        return []
    dates = []
    month_end = last_of_month(first)
    while month_end < as_of:
        dates.append(month_end)
        month_end = last_of_month(month_end + timedelta(days=1))
    return [*dates, as_of]


def window_start_date(snapshot: date, window_months: int) -> date:
    """Return the first day of the window that ends with a snapshot date."""
    if is_month_end(snapshot):
        return minus_months(first_of_month(snapshot), window_months - 1)
    return minus_months(snapshot, window_months) + timedelta(days=1)


def _customer_at(customer: str, own: Sequence[Counted], snapshot: date, start: date) -> dict[str, Any] | None:
    """Return a customer's values as of a snapshot, None if not a customer yet."""
    until = [order for order in own if order.order_date <= snapshot]
    purchases = [order for order in until if order.is_purchase]
    if not purchases:
        return None
    frequency = sum(order.order_date >= start for order in purchases)
    in_window = sum(order.net for order in until if order.order_date >= start)
    return {
        "customer_id": customer,
        "snapshot_date": snapshot,
        "recency_days": (snapshot - max(order.order_date for order in purchases)).days,
        "frequency": frequency,
        "monetary": money(in_window if frequency else 0),
        "lifetime_orders": len(purchases),
        "r_score": 1,
        "f_score": 1,
        "m_score": 1,
        "segment_code": LOST,
        "is_in_window": frequency > 0,
    }


def _score_customers(scored: list[dict[str, Any]], rules: Sequence[Rule], tie_method: TieMethod) -> None:
    """Fill in scores and segments of the customers in the window."""
    ids = [row["customer_id"] for row in scored]
    for metric, (score_column, worst_first) in METRICS.items():
        scores = scores_of([row[metric] for row in scored], ids, worst_first, tie_method)
        for row, score in zip(scored, scores, strict=True):
            row[score_column] = score
    for row in scored:
        has_one_order = row["lifetime_orders"] == 1
        row["segment_code"] = segment_of(rules, row["r_score"], row["f_score"], row["m_score"], has_one_order)


def history(
    orders: pd.DataFrame,
    as_of: date | None,
    window_months: int,
    mapping: pd.DataFrame,
    tie_method: TieMethod = "together",
) -> pd.DataFrame:
    """Return customer_segment_history, by snapshot_date and customer_id."""
    rules = mapping_rules(mapping)
    per_customer = by_customer(orders_that_count(orders, as_of))
    rows: list[dict[str, Any]] = []
    for snapshot in snapshot_dates(orders, as_of):
        start = window_start_date(snapshot, window_months)
        at_snapshot = [_customer_at(customer, own, snapshot, start) for customer, own in per_customer.items()]
        customers = [row for row in at_snapshot if row is not None]
        _score_customers([row for row in customers if row["is_in_window"]], rules, tie_method)
        rows.extend(customers)
    for row in rows:
        row["rfm_code"] = f"{row['r_score']}{row['f_score']}{row['m_score']}"
    return frame_of(rows, HISTORY_COLUMNS)


def snapshots(
    orders: pd.DataFrame, history_rows: pd.DataFrame, as_of: date | None, window_months: int
) -> pd.DataFrame:
    """Return one row per snapshot date; counts come from the history of the same window."""
    customers = Counter(history_rows["snapshot_date"])
    in_window = Counter(history_rows.loc[history_rows["is_in_window"].astype(bool), "snapshot_date"])
    first = _first_purchase_date(orders, as_of)
    rows: list[dict[str, Any]] = []
    previous = None
    for snapshot in snapshot_dates(orders, as_of):
        start = window_start_date(snapshot, window_months)
        rows.append(
            {
                "snapshot_date": snapshot,
                "previous_snapshot_date": previous,
                "window_start_date": start,
                "is_month_end": is_month_end(snapshot),
                "is_window_full": first is not None and first_of_month(first) <= first_of_month(start),
                "customers": customers[snapshot],
                "customers_in_window": in_window[snapshot],
            }
        )
        previous = snapshot
    return frame_of(rows, SNAPSHOT_COLUMNS)


def boundaries(history_rows: pd.DataFrame, metrics: Mapping[str, tuple[str, Any]] = METRICS) -> pd.DataFrame:
    """Return the boundaries of scores: the lowest and highest value of the customers in the window per score.

    ``metrics`` has the column of its score, first, by metric; by default those of RFM.
    """
    groups: dict[tuple[date, str, int], list[Decimal]] = defaultdict(list)
    for row in history_rows.to_dict("records"):
        if row["is_in_window"]:
            for metric, (score_column, _) in metrics.items():
                groups[row["snapshot_date"], metric, row[score_column]].append(Decimal(row[metric]))
    rows = [
        {
            "snapshot_date": snapshot,
            "metric": metric,
            "score": score,
            "value_from": min(values),
            "value_to": max(values),
            "customers": len(values),
        }
        for (snapshot, metric, score), values in sorted(groups.items())
    ]
    return frame_of(rows, BOUNDARY_COLUMNS)


def transitions(history_rows: pd.DataFrame, segments: Sequence[str]) -> pd.DataFrame:
    """Return segment_transitions: (new) and each segment to each segment, zero-filled, without prospect."""
    codes = [code for code in segments if code != PROSPECT]
    segment_at: dict[date, dict[str, str]] = defaultdict(dict)
    for row in history_rows.to_dict("records"):
        segment_at[row["snapshot_date"]][row["customer_id"]] = row["segment_code"]
    dates = sorted(segment_at)
    rows: list[dict[str, Any]] = []
    for previous, snapshot in pairwise(dates):
        moves = _moves(segment_at[previous], segment_at[snapshot])
        if not {code for move in moves for code in move} <= {NEW_CUSTOMER, *codes}:
            raise ValueError("the history has a segment that is not in the list")
        for from_segment in (NEW_CUSTOMER, *codes):
            total = sum(moves[from_segment, to_segment] for to_segment in codes)
            for to_segment in codes:
                customers = moves[from_segment, to_segment]
                rate, low, high = rate_with_interval(customers, total)
                rows.append(
                    {
                        "snapshot_date": snapshot,
                        "previous_snapshot_date": previous,
                        "from_segment": from_segment,
                        "to_segment": to_segment,
                        "customers": customers,
                        "transition_rate": rate,
                        "rate_low": low,
                        "rate_high": high,
                        "is_complete": is_month_end(snapshot),
                    }
                )
    return frame_of(rows, TRANSITION_COLUMNS)


def _moves(before: Mapping[str, str], after: Mapping[str, str]) -> Counter[tuple[str, str]]:
    gone = before.keys() - after.keys()
    if gone:
        raise ValueError(f"customers of one snapshot are missing in the next: {sorted(gone)[:3]}")
    return Counter((before.get(customer, NEW_CUSTOMER), segment) for customer, segment in after.items())


# --- Cohorts ------------------------------------------------------------------------------------------------


def cohorts(orders: pd.DataFrame, as_of: date | None) -> pd.DataFrame:
    """Return cohort_retention: one row per cohort and observed month, by cohort_month and month."""
    if as_of is None:
        return frame_of([], COHORT_COLUMNS)
    members: dict[date, list[list[Counted]]] = defaultdict(list)
    for own in by_customer(orders_that_count(orders, as_of)).values():
        members[first_of_month(min(o.order_date for o in own if o.is_purchase))].append(own)
    rows: list[dict[str, Any]] = []
    for cohort_month in sorted(members):
        rows.extend(_cohort_rows(cohort_month, members[cohort_month], as_of))
    return frame_of(rows, COHORT_COLUMNS)


def _cohort_rows(cohort_month: date, members: list[list[Counted]], as_of: date) -> list[dict[str, Any]]:
    active: Counter[int] = Counter()
    revenue: Counter[int] = Counter()
    for own in members:
        active.update({_months_after(cohort_month, o.order_date) for o in own if o.is_purchase})
        for order in own:  # a credit note before the first purchase counts in month 0
            revenue[max(0, _months_after(cohort_month, order.order_date))] += order.net
    size, cumulative, rows = len(members), 0, []
    last_month = _months_after(cohort_month, as_of)
    for month in range(last_month + 1):
        cumulative += revenue[month]
        rate, low, high = rate_with_interval(active[month], size)
        rows.append(
            {
                "cohort_month": cohort_month,
                "months_since_first_order": month,
                "cohort_size": size,
                "active_customers": active[month],
                "retention_rate": rate,
                "retention_low": low,
                "retention_high": high,
                "net_revenue": money(revenue[month]),
                "cumulative_net_revenue": money(cumulative),
                "cumulative_revenue_per_customer": money(divide_half_away(cumulative, size)),
                "is_complete": month < last_month or is_month_end(as_of),
            }
        )
    return rows


def _months_after(cohort_month: date, day: date) -> int:
    return month_number(day) - month_number(cohort_month)


# --- Identity -----------------------------------------------------------------------------------------------


def components(links: Iterable[tuple[Record, Record]]) -> set[frozenset[Record]]:
    """Return the connected components of links between records; a single record is a link to itself."""
    graph: nx.Graph = nx.Graph()
    graph.add_edges_from(links)
    return {frozenset(component) for component in nx.connected_components(graph)}
