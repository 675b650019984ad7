"""Independent oracle of engagement: scores and bands of what customers do besides buying, per snapshot."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd

from oracle import boundaries, snapshot_dates, window_start_date
from oracle_behaviour import AMSTERDAM, Row, Table, has_happened, local_date, rows_of, typed_frame
from oracle_scores import TieMethod, WorstFirst, scores_of
from oracle_values import money, units

ENGAGEMENT_METRICS: dict[str, tuple[str, WorstFirst]] = {
    "recency_days": ("r_score", "greatest"),
    "frequency": ("f_score", "least"),
    "engagement": ("e_score", "least"),
    "duration_seconds": ("d_score", "least"),
}
ENGAGEMENT_COLUMNS = {
    "customer_id": "object",
    "snapshot_date": "object",
    "recency_days": "int64",
    "frequency": "int64",
    "engagement": "object",
    "duration_seconds": "int64",
    "r_score": "int64",
    "f_score": "int64",
    "e_score": "int64",
    "d_score": "int64",
    "rfe_code": "object",
    "rfd_code": "object",
    "engagement_band": "object",
    "is_in_window": "bool",
}


class Act(NamedTuple):
    """Something that a customer did; its weight in ten-thousandths."""

    customer_id: str
    act_date: date
    weight: int
    duration_seconds: int


def engagement_acts(
    sessions: Table,
    campaign_contacts: Table,
    survey_responses: Table,
    weights: Mapping[str, Decimal],
    as_of: date | None,
    business_timezone: str = AMSTERDAM,
) -> list[Act]:
    """Return what customers did up to as_of: sessions, opens, clicks and survey answers.

    ``weights`` is the seed engagement_weights by act; an act without a weight weighs nothing.
    """
    weight = defaultdict(int, {act: units(value) for act, value in weights.items()})
    acts = []

    def add(row: Row, column: str, weighs: int, duration: int = 0) -> None:
        moment = row.get(column)
        is_counted = has_happened(moment, as_of, business_timezone)
        if is_counted and row.get("customer_id") is not None:
            acts.append(Act(row["customer_id"], local_date(moment, business_timezone), weighs, duration))

    for row in rows_of(sessions):
        viewed = (
            _count(row, "page_views") * weight["page_view"]
            + _count(row, "product_views") * weight["product_view"]
            + _count(row, "searches") * weight["search"]
        )
        add(row, "started_at", weight["session"] + viewed, _count(row, "duration_seconds"))
    for row in rows_of(campaign_contacts):
        if has_happened(row["sent_at"], as_of, business_timezone):
            add(row, "opened_at", weight["campaign_opened"])
            add(row, "clicked_at", weight["campaign_clicked"])
    for row in rows_of(survey_responses):
        add(row, "responded_at", weight["survey_answer"])
    return acts


def _count(row: Row, column: str) -> int:
    """Return a count of a session; a null and a negative one are 0."""
    return max(0, int(row.get(column) or 0))


def band_of(mapping: Sequence[Mapping[str, Any]], r: int, f: int, e: int) -> str:
    """Return the band of the first rule by priority that fits; scores without a rule are an error."""
    for rule in sorted(mapping, key=lambda rule: int(rule["priority"])):
        if (
            int(rule["r_min"]) <= r <= int(rule["r_max"])
            and int(rule["f_min"]) <= f <= int(rule["f_max"])
            and int(rule["e_min"]) <= e <= int(rule["e_max"])
        ):
            return str(rule["band_code"])
    raise ValueError(f"no band for R {r}, F {f}, E {e}")


def customer_engagement_history(
    orders: pd.DataFrame,
    sessions: Table,
    campaign_contacts: Table,
    survey_responses: Table,
    weights: Mapping[str, Decimal],
    mapping: Table,
    as_of: date | None,
    window_months: int = 6,
    tie_method: TieMethod = "together",
    business_timezone: str = AMSTERDAM,
) -> pd.DataFrame:
    """Return customer_engagement_history, by snapshot_date and customer_id.

    The classified orders only give the snapshot dates; ``mapping`` is the seed engagement_mapping. Whoever
    did nothing in the window scores 1 on everything and has the band of those scores.
    """
    acts = engagement_acts(sessions, campaign_contacts, survey_responses, weights, as_of, business_timezone)
    rules = rows_of(mapping)
    per_customer: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        per_customer[act.customer_id].append(act)
    rows: list[Row] = []
    for snapshot in snapshot_dates(orders, as_of):
        start = window_start_date(snapshot, window_months)
        customers = [
            _engagement_at(customer, [act for act in own if act.act_date <= snapshot], snapshot, start)
            for customer, own in sorted(per_customer.items())
            if any(act.act_date <= snapshot for act in own)
        ]
        scored = [row for row in customers if row["is_in_window"]]
        ids = [row["customer_id"] for row in scored]
        for metric, (score_column, worst_first) in ENGAGEMENT_METRICS.items():
            scores = scores_of([row[metric] for row in scored], ids, worst_first, tie_method)
            for row, score in zip(scored, scores, strict=True):
                row[score_column] = score
        rows.extend(customers)
    for row in rows:
        r, f, e, d = row["r_score"], row["f_score"], row["e_score"], row["d_score"]
        row |= {
            "rfe_code": f"{r}{f}{e}",
            "rfd_code": f"{r}{f}{d}",
            "engagement_band": band_of(rules, r, f, e),
        }
    return typed_frame(rows, ENGAGEMENT_COLUMNS)


def _engagement_at(customer: str, until: Sequence[Act], snapshot: date, start: date) -> Row:
    """Return a customer's values as of a snapshot, from the acts up to it, with scores of 1."""
    in_window = [act for act in until if act.act_date >= start]
    return {
        "customer_id": customer,
        "snapshot_date": snapshot,
        "recency_days": (snapshot - max(act.act_date for act in until)).days,
        "frequency": len(in_window),
        "engagement": money(sum(act.weight for act in in_window)),
        "duration_seconds": sum(act.duration_seconds for act in in_window),
        "r_score": 1,
        "f_score": 1,
        "e_score": 1,
        "d_score": 1,
        "is_in_window": len(in_window) > 0,
    }


def customer_engagement(history_rows: pd.DataFrame) -> pd.DataFrame:
    """Return customer_engagement: the rows of the latest snapshot date in the history."""
    latest = max(history_rows["snapshot_date"], default=None)
    rows = [row for row in rows_of(history_rows) if row["snapshot_date"] == latest]
    return typed_frame(rows, ENGAGEMENT_COLUMNS)


def engagement_score_boundaries(history_rows: pd.DataFrame) -> pd.DataFrame:
    """Return engagement_score_boundaries: the least and greatest value in the window per metric and score."""
    return boundaries(history_rows, ENGAGEMENT_METRICS)
