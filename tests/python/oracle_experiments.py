"""Independent oracle of experiments: conversion and revenue per variant, against a baseline."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pandas as pd

from oracle_behaviour import AMSTERDAM, Row, Table, local_date, typed_frame
from oracle_events import UNKNOWN, bought_between, happened_rows, is_over, purchases_of
from oracle_statistics import newcombe_interval, pooled_z_p_value, sample_ratio_p_value
from oracle_values import divide_half_away, money, rate_with_interval

CONTROL = "control"
DAYS_TO_BUY = 14
MISMATCH_BELOW = 0.001
EXPERIMENT_COLUMNS = {
    "experiment": "object",
    "variant": "object",
    "is_baseline": "bool",
    "visitors": "int64",
    "excluded_visitors": "int64",
    "converted": "int64",
    "conversion_rate": "float64",
    "rate_low": "float64",
    "rate_high": "float64",
    "uplift": "float64",
    "uplift_low": "float64",
    "uplift_high": "float64",
    "p_value": "float64",
    "revenue_per_visitor": "object",
    "sample_ratio_p_value": "float64",
    "has_sample_ratio_mismatch": "object",
    "is_complete": "object",
}


def experiment_results(
    orders: pd.DataFrame,
    sessions: Table,
    shares: Mapping[tuple[str, str], float],
    as_of: date | None,
    business_timezone: str = AMSTERDAM,
) -> pd.DataFrame:
    """Return experiment_results of classified orders, by experiment and variant.

    ``sessions`` have the customer_id of `session_customers`. ``shares`` is the seed experiment_shares, by
    experiment and variant; an experiment of which a variant has no share is judged by equal shares. Without
    as_of is_complete is null.
    """
    purchases = purchases_of(orders, as_of)
    experiments: dict[str, list[Row]] = defaultdict(list)
    for row in happened_rows(sessions, "started_at", as_of, business_timezone):
        variant = (row.get("variant") or "").strip().lower()
        if variant:
            day = local_date(row["started_at"], business_timezone)
            experiments[row.get("experiment") or UNKNOWN].append({**row, "variant": variant, "day": day})
    planned = {
        (experiment, variant.strip().lower()): float(share) for (experiment, variant), share in shares.items()
    }
    rows: list[Row] = []
    for experiment, visits in sorted(experiments.items()):
        per_visitor: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in visits:
            per_visitor[_visitor(row)].append(row)
        members: dict[str, list[list[Row]]] = {
            name: [] for name in sorted({row["variant"] for row in visits})
        }
        excluded = 0
        for own in per_visitor.values():
            met = {row["variant"] for row in own}
            if len(met) > 1:
                excluded += 1
            else:
                members[met.pop()].append(own)
        variants = list(members)
        baseline = CONTROL if CONTROL in members else variants[0]
        sizes = [len(members[variant]) for variant in variants]
        expected = [planned.get((experiment, variant)) for variant in variants]
        known = [share for share in expected if share is not None]
        ratio = sample_ratio_p_value(sizes, known if len(known) == len(variants) else [1.0] * len(variants))
        n0, x0 = len(members[baseline]), _converted(members[baseline])
        for variant in variants:
            n1, x1 = len(members[variant]), _converted(members[variant])
            rate, low, high = rate_with_interval(x1, n1)
            revenue = sum(_revenue(own, purchases) for own in members[variant])
            rows.append(
                {
                    "experiment": experiment,
                    "variant": variant,
                    "is_baseline": variant == baseline,
                    "visitors": n1,
                    "excluded_visitors": excluded,
                    "converted": x1,
                    "conversion_rate": rate,
                    "rate_low": low,
                    "rate_high": high,
                    **_against_baseline(x1, n1, x0, n0, variant == baseline),
                    "revenue_per_visitor": money(divide_half_away(revenue, n1)) if n1 else None,
                    "sample_ratio_p_value": ratio,
                    "has_sample_ratio_mismatch": None if ratio is None else ratio < MISMATCH_BELOW,
                    "is_complete": is_over(max(row["day"] for row in visits) + timedelta(days=13), as_of),
                }
            )
    return typed_frame(rows, EXPERIMENT_COLUMNS)


def _visitor(row: Row) -> tuple[str, str]:
    """Return who made a visit: a device, else a customer, else just this session."""
    for column in ("anonymous_id", "customer_id"):
        if row.get(column) is not None:
            return column, row[column]
    return "session_id", row["session_id"]


def _converted(members: Sequence[Sequence[Row]]) -> int:
    return sum(any(row.get("is_converted") for row in own) for own in members)


def _revenue(own: Sequence[Row], purchases: Mapping[str, list[tuple[date, int]]]) -> int:
    """Return what the customer of a visitor's sessions bought in 14 days; of several customers, nothing."""
    customers = {row.get("customer_id") for row in own} - {None}
    if len(customers) != 1:
        return 0
    first = min(row["day"] for row in own)
    last = first + timedelta(days=DAYS_TO_BUY - 1)
    return sum(bought_between(purchases.get(customers.pop(), []), first, last))


def _against_baseline(x1: int, n1: int, x0: int, n0: int, is_baseline: bool) -> Row:
    if is_baseline or n1 == 0 or n0 == 0:
        return dict.fromkeys(("uplift", "uplift_low", "uplift_high", "p_value"))
    low, high = newcombe_interval(x1, n1, x0, n0)
    return {
        "uplift": x1 / n1 - x0 / n0,
        "uplift_low": low,
        "uplift_high": high,
        "p_value": pooled_z_p_value(x1, n1, x0, n0),
    }
