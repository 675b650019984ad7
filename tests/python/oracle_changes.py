"""Independent oracle of changes of segment: what changed, why, and who would fall next."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

import pandas as pd

from oracle import LOST, boundaries, window_start_date
from oracle_behaviour import Row, rows_of, typed_frame
from oracle_orders import Counted, by_customer, orders_that_count
from oracle_scores import METRICS, Rule, TieMethod, WorstFirst, mapping_rules, segment_of
from oracle_values import last_of_month, money

# Per metric the worst value of each score that somebody has.
Limits: TypeAlias = Mapping[str, Mapping[int, Decimal]]
UNKNOWN = "(unknown)"
CHANGE_COLUMNS = {
    "customer_id": "object",
    "snapshot_date": "object",
    "from_segment": "object",
    "to_segment": "object",
    "tier_change": "int64",
    "r_change": "int64",
    "f_change": "int64",
    "m_change": "int64",
    "cause": "object",
}
CAUSE_COLUMNS = {
    "snapshot_date": "object",
    "from_segment": "object",
    "to_segment": "object",
    "cause": "object",
    "customers": "int64",
}
WARNING_COLUMNS = {
    "customer_id": "object",
    "segment_code": "object",
    "falls_on": "object",
    "falls_to": "object",
    "tier_change": "int64",
    "days_until": "int64",
    "value_at_stake": "object",
}


# --- Scores by the limits of a snapshot ---------------------------------------------------------------------


def worst_values(boundary_rows: pd.DataFrame, snapshot: date) -> Limits:
    """Return the worst value of each score at a snapshot, from its rfm_score_boundaries."""
    limits: dict[str, dict[int, Decimal]] = {metric: {} for metric in METRICS}
    for row in rows_of(boundary_rows):
        if row["snapshot_date"] == snapshot:
            _, worst_first = METRICS[row["metric"]]
            side = "value_to" if worst_first == "greatest" else "value_from"
            limits[row["metric"]][row["score"]] = row[side]
    return limits


def score_by_limits(worst_of: Mapping[int, Decimal], value: Decimal, worst_first: WorstFirst) -> int:
    """Return the highest score whose worst value is reached, else the lowest score there is."""
    if worst_first == "greatest":
        reached = [score for score, worst in worst_of.items() if value <= worst]
    else:
        reached = [score for score, worst in worst_of.items() if value >= worst]
    return max(reached) if reached else min(worst_of)


def segment_by_limits(limits: Limits, values: Row, rules: Sequence[Rule]) -> str:
    """Return the segment of a customer's values (recency, frequency, monetary, lifetime orders) by limits."""
    r, f, m = (
        score_by_limits(limits[metric], Decimal(values[metric]), worst_first)
        for metric, (_, worst_first) in METRICS.items()
    )
    return segment_of(rules, r, f, m, values["lifetime_orders"] == 1)


# --- Changes ------------------------------------------------------------------------------------------------


def segment_changes(
    orders: pd.DataFrame,
    history_rows: pd.DataFrame,
    mapping: pd.DataFrame,
    tiers: Mapping[str, int],
    as_of: date | None,
    tie_method: TieMethod = "together",
) -> pd.DataFrame:
    """Return segment_changes, by snapshot_date and customer_id.

    ``history_rows`` are those of `oracle.history` of the same orders, mapping and tie method. Whoever was not
    in the snapshot before has no change. With ntile no cause is known.
    """
    rules = mapping_rules(mapping)
    limit_rows = boundaries(history_rows)
    per_customer = by_customer(orders_that_count(orders, as_of))
    at: dict[date, dict[str, Row]] = defaultdict(dict)
    for row in rows_of(history_rows):
        at[row["snapshot_date"]][row["customer_id"]] = row
    rows = []
    for previous, snapshot in pairwise(sorted(at)):
        limits = worst_values(limit_rows, previous)
        for customer, new in sorted(at[snapshot].items()):
            old = at[previous].get(customer)
            if old is None or old["segment_code"] == new["segment_code"]:
                continue
            has_ordered = any(previous < order.order_date <= snapshot for order in per_customer[customer])
            is_known = tie_method != "ntile"
            rows.append(
                {
                    "customer_id": customer,
                    "snapshot_date": snapshot,
                    "from_segment": old["segment_code"],
                    "to_segment": new["segment_code"],
                    "tier_change": tiers[new["segment_code"]] - tiers[old["segment_code"]],
                    "r_change": new["r_score"] - old["r_score"],
                    "f_change": new["f_score"] - old["f_score"],
                    "m_change": new["m_score"] - old["m_score"],
                    "cause": _cause(old, new, limits, rules, has_ordered) if is_known else None,
                }
            )
    return typed_frame(rows, CHANGE_COLUMNS)


def _cause(old: Row, new: Row, limits: Limits, rules: Sequence[Rule], has_ordered: bool) -> str:
    if not new["is_in_window"]:
        return "time"
    if not old["is_in_window"]:
        return "purchase"
    by_old_limits = segment_by_limits(limits, new, rules)
    if by_old_limits == old["segment_code"]:
        return "boundaries"
    if by_old_limits == new["segment_code"]:
        return "purchase" if has_ordered else "time"
    return "both"


def segment_change_causes(changes: pd.DataFrame) -> pd.DataFrame:
    """Return segment_change_causes: the customers per change and cause, only of what occurs."""
    counts = Counter(
        (row["snapshot_date"], row["from_segment"], row["to_segment"], row["cause"] or UNKNOWN)
        for row in rows_of(changes)
    )
    rows = [dict(zip(CAUSE_COLUMNS, (*group, counts[group]), strict=True)) for group in sorted(counts)]
    return typed_frame(rows, CAUSE_COLUMNS)


# --- Early warnings -----------------------------------------------------------------------------------------


def early_warnings(
    orders: pd.DataFrame,
    history_rows: pd.DataFrame,
    mapping: pd.DataFrame,
    tiers: Mapping[str, int],
    as_of: date | None,
    window_months: int = 24,
    early_warning_months: int = 3,
    tie_method: TieMethod = "together",
) -> pd.DataFrame:
    """Return early_warnings, by customer_id: who falls to a lower tier if nothing more is bought.

    ``history_rows`` are those of `oracle.history` with the same window; its latest snapshot is as_of.
    """
    latest = max(history_rows["snapshot_date"], default=None)
    if as_of is None or latest is None or tie_method == "ntile":
        return typed_frame([], WARNING_COLUMNS)
    rules = mapping_rules(mapping)
    limits = worst_values(boundaries(history_rows), latest)
    per_customer = by_customer(orders_that_count(orders, as_of))
    rows = []
    for now in rows_of(history_rows):
        if now["snapshot_date"] != latest or not now["is_in_window"]:
            continue
        tier = tiers[now["segment_code"]]
        for month_end in _month_ends_after(as_of, early_warning_months):
            start = window_start_date(month_end, window_months)
            then = _segment_then(per_customer[now["customer_id"]], month_end, start, limits, rules)
            if tiers[then] < tier:
                rows.append(
                    {
                        "customer_id": now["customer_id"],
                        "segment_code": now["segment_code"],
                        "falls_on": month_end,
                        "falls_to": then,
                        "tier_change": tiers[then] - tier,
                        "days_until": (month_end - as_of).days,
                        "value_at_stake": now["monetary"],
                    }
                )
                break
    return typed_frame(rows, WARNING_COLUMNS)


def _month_ends_after(day: date, months: int) -> list[date]:
    month_ends: list[date] = []
    while len(month_ends) < months:
        day = last_of_month(day + timedelta(days=1))
        month_ends.append(day)
    return month_ends


def _segment_then(
    own: Sequence[Counted], month_end: date, start: date, limits: Limits, rules: Sequence[Rule]
) -> str:
    """Return a customer's segment at a month-end to come, from the orders there are."""
    purchases = [order.order_date for order in own if order.is_purchase]
    frequency = sum(order_date >= start for order_date in purchases)
    if frequency == 0:
        return LOST
    values = {
        "recency_days": (month_end - max(purchases)).days,
        "frequency": frequency,
        "monetary": money(sum(order.net for order in own if order.order_date >= start)),
        "lifetime_orders": len(purchases),
    }
    return segment_by_limits(limits, values, rules)
