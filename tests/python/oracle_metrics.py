"""Independent oracle of monthly metrics, and of targets compared with them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from oracle_orders import by_customer, orders_that_count
from oracle_values import first_of_month, is_null, last_of_month, minus_months

COLUMNS = ["metric", "month", "value", "numerator", "denominator", "is_complete"]
RATIOS = {
    "repeat_order_share": ("repeat_orders", "orders"),
    "average_order_value": ("purchase_revenue", "orders"),
    "orders_per_customer": ("orders", "active_customers"),
    "repeat_rate": ("repeat_customers", "new_customers"),
    "share_lost": ("lost_customers", "customers"),
    "retention_rate": ("came_back", "could_come_back"),
    "retention_rate_month_3": ("came_back_in_month_3", "reached_month_3"),
    "cost_per_new_customer": ("acquisition_spend", "customers_with_spend"),
    "reopened_share": ("reopened_tickets", "tickets"),
    "nps": ("promoters_less_detractors", "nps_answers"),
    "csat": ("satisfied", "csat_answers"),
}
MONTHS_UNTIL_KNOWN = {"retention_rate": 1, "retention_rate_month_3": 3}
PARTS_ONLY = {part for pair in RATIOS.values() for part in pair} - {
    "repeat_orders", "orders", "purchase_revenue", "active_customers", "repeat_customers", "new_customers",
    "lost_customers", "customers", "acquisition_spend", "reopened_tickets", "tickets",
}  # fmt: skip


def monthly_metrics(
    orders: pd.DataFrame, marts: Mapping[str, pd.DataFrame], as_of: date | None
) -> pd.DataFrame:
    """Return monthly_metrics, of classified orders and of the marts that have other figures.

    `marts` has customer_segment_history, customer_engagement_history, cohort_retention,
    channel_performance, service_performance and satisfaction_scores.
    """
    counted = [order for order in orders_that_count(orders, as_of) if as_of is not None]
    purchases = [order for order in counted if order.is_purchase]
    if not purchases:
        return pd.DataFrame(columns=COLUMNS)
    bought = {
        customer: sorted(order.order_date for order in own if order.is_purchase)
        for customer, own in by_customer(counted).items()
    }
    rows: list[tuple[Any, ...]] = []
    month = first_of_month(min(order.order_date for order in purchases))
    while month <= as_of:
        end = last_of_month(month)
        figures = _of_orders(counted, bought, month, end) | _of_marts(marts, month, end)
        for name, value in figures.items():
            if name not in PARTS_ONLY:
                rows.append((name, month, value, value, None, end <= as_of))
        for name, (part, whole) in RATIOS.items():
            above, below = figures[part], figures[whole]
            scale = 100 if name == "nps" else 1
            value = None if is_null(above) or is_null(below) or below == 0 else scale * above / below
            known_on = last_of_month(minus_months(month, -MONTHS_UNTIL_KNOWN.get(name, 0)))
            rows.append((name, month, value, above, below, known_on <= as_of))
        month = end + timedelta(days=1)
    return pd.DataFrame(rows, columns=COLUMNS).astype({"numerator": object, "denominator": object})


def target_results(
    targets: Iterable[tuple[str, date, float]], metrics: pd.DataFrame, seed: pd.DataFrame, as_of: date | None
) -> pd.DataFrame:
    """Return target_results of targets (metric, month, value), as they stand on as_of."""
    found = {(row.metric, row.month): row for row in metrics.itertuples(index=False)}
    grows = dict(zip(seed["metric"], seed["grows_within_month"], strict=True))
    is_higher_better = dict(zip(seed["metric"], seed["better"] == "higher", strict=True))
    rows = []
    for metric, month, target in targets:
        row = found.get((metric, month))
        is_complete = row is not None and bool(row.is_complete)
        actual = None if row is None or is_null(row.value) else row.value
        days = (last_of_month(month) - month).days + 1
        passed = 0 if as_of is None else (as_of - month).days + 1
        expected: float | None = target
        if grows[metric] and not is_complete:
            expected = target * min(passed / days, 1) if passed > 0 else None
        if row is None and passed > 0:
            status = None
        elif actual is None:
            status = None if is_complete else "too_early"
        elif not is_complete and passed / days < 0.5:
            status = "too_early"
        else:
            is_met = actual >= expected if is_higher_better[metric] else actual <= expected
            status = "on_track" if is_met else "off_track"
        rows.append((metric, month, target, actual, expected, status, is_complete))
    names = ["metric", "month", "target", "actual", "expected_by_now", "target_status", "is_complete"]
    return pd.DataFrame(rows, columns=names).astype({"actual": object, "expected_by_now": object})


def _of_orders(
    counted: list[Any], bought: Mapping[str, list[date]], month: date, end: date
) -> dict[str, float]:
    own = [order for order in counted if month <= order.order_date <= end]
    year = [order for order in counted if minus_months(month, 11) <= order.order_date <= end]
    first_month = min(first_of_month(dates[0]) for dates in bought.values())
    purchases = [order for order in own if order.is_purchase]
    new = [customer for customer, dates in bought.items() if month <= dates[0] <= end]
    return {
        "net_revenue": sum(order.net for order in own) / 10_000,
        "purchase_revenue": sum(order.net for order in purchases) / 10_000,
        "credit_note_amount": sum(order.net for order in own if not order.is_purchase) / 10_000,
        "net_revenue_12_months": sum(order.net for order in year if order.order_date >= first_month) / 10_000,
        "orders": len(purchases),
        "repeat_orders": len(purchases) - len(new),
        "active_customers": len({order.customer_id for order in purchases}),
        "new_customers": len(new),
        "repeat_customers": sum(len(bought[customer]) > 1 for customer in new),
    }


def _of_marts(marts: Mapping[str, pd.DataFrame], month: date, end: date) -> dict[str, float | None]:
    def rows(mart: str, column: str = "month") -> pd.DataFrame:
        frame = marts[mart]
        return frame[[month <= day <= end for day in frame[column]]]

    def total(
        frame: pd.DataFrame, column: str, where: Callable[[Any], bool] = lambda _: True
    ) -> float | None:
        cells = [getattr(row, column) for row in frame.itertuples(index=False) if where(row)]
        filled = [float(cell) for cell in cells if not is_null(cell)]
        return sum(filled) if filled else None

    history, engaged = (
        rows("customer_segment_history", "snapshot_date"),
        rows("customer_engagement_history", "snapshot_date"),
    )
    cohort = rows("cohort_retention", "cohort_month")
    channels, service = rows("channel_performance"), rows("service_performance")
    answers = rows("satisfaction_scores")
    later = cohort[cohort["is_complete"].astype(bool) & (cohort["months_since_first_order"] > 0)]
    third = later[later["months_since_first_order"] == 3]
    promoters, detractors = total(answers, "promoters"), total(answers, "detractors")
    return {
        "customers": len(history) or None,
        "customers_in_window": int(history["is_in_window"].sum()) if len(history) else None,
        "lost_customers": int((history["segment_code"] == "lost").sum()) if len(history) else None,
        "came_back": total(later, "active_customers"),
        "could_come_back": total(later, "cohort_size"),
        "came_back_in_month_3": total(third, "active_customers"),
        "reached_month_3": total(third, "cohort_size"),
        "engaged_customers": int(engaged["is_in_window"].sum()) if len(engaged) else None,
        "acquisition_spend": total(channels, "spend"),
        "customers_with_spend": total(channels, "new_customers", lambda row: not is_null(row.spend)),
        "tickets": total(service, "tickets"),
        "reopened_tickets": total(service, "reopened"),
        "ticket_backlog": total(service, "backlog"),
        "promoters_less_detractors": None if promoters is None else promoters - detractors,
        "nps_answers": total(answers, "answers", lambda row: row.survey_type == "nps"),
        "satisfied": total(answers, "satisfied"),
        "csat_answers": total(answers, "answers", lambda row: row.survey_type == "csat"),
    }
