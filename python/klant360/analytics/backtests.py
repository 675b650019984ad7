"""How predictions are judged: made as of an earlier day, and compared with what has happened since.

Beside each stands the simplest rule that anyone would use instead, and a grade: `A` is at least 5% better
than that rule, `B` better, `C` not better.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

# Predictions are made so many months ago, from purchases of at least so many months.
MONTHS_AGO = (3, 6, 9)
LEAST_MONTHS = 12

_CLEARLY_BETTER = 0.05

BACKTEST_CUTS_TYPES: dict[str, str] = {
    "trained_until": "date",
    "tested_until": "date",
    "before_from": "date",
    "year_earlier_from": "date",
    "year_earlier_until": "date",
    "probability_from": "date",
    "probability_until": "date",
}

MODEL_BACKTESTS_TYPES: dict[str, str] = {
    "model": "string",
    "metric": "string",
    "trained_until": "date",
    "tested_until": "date",
    "customers": "bigint",
    "value": "double",
    "baseline": "string",
    "baseline_value": "double",
    "grade": "string",
}


def backtest_cuts(first_purchase_on: date | None, as_of_date: date | None) -> pd.DataFrame:
    """Return the days as of which predictions are judged, and the periods that they are compared with.

    `first_purchase_on` is the first purchase of all, `as_of_date` the last day that counts; None without
    purchases.

    Returns a row for 3, 6 and 9 months before `as_of_date` if at least 12 months of purchases lie before,
    with the columns of `BACKTEST_CUTS_TYPES`. What was known at the end of trained_until is judged by what
    came after it, up to tested_until, which is `as_of_date`. As many days lie from before_from to
    trained_until; the same months of the year before from year_earlier_from to year_earlier_until.
    probability_until is 90 days after trained_until, null if those are not over; 90 days lie from
    probability_from to trained_until.
    """
    cuts = []
    for months in MONTHS_AGO if first_purchase_on and as_of_date else ():
        cut = months_before(as_of_date, months)
        if first_purchase_on > months_before(cut, LEAST_MONTHS) + timedelta(days=1):
            continue
        probability_until = cut + timedelta(days=90)
        cuts.append(
            {
                "trained_until": cut,
                "tested_until": as_of_date,
                "before_from": cut - (as_of_date - cut) + timedelta(days=1),
                "year_earlier_from": months_before(cut, 12) + timedelta(days=1),
                "year_earlier_until": months_before(as_of_date, 12),
                "probability_from": cut - timedelta(days=89),
                "probability_until": probability_until if probability_until <= as_of_date else None,
            }
        )
    return pd.DataFrame(cuts, columns=list(BACKTEST_CUTS_TYPES))


def months_before(day: date, months: int) -> date:
    """Return the same day so many months earlier; of a month's last day, the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = monthrange(year, month + 1)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_last else min(day.day, last))


def judged(
    model: str,
    metric: str,
    period: tuple[date, date],
    customers: int,
    value: float,
    baselines: Mapping[str, float],
    is_rate: bool = False,
) -> dict[str, object]:
    """Return a row of `MODEL_BACKTESTS_TYPES`: an error, or a rate, beside the best of the `baselines`.

    `period` is trained_until and tested_until. Baselines that are NaN do not exist; without any there is no
    grade.
    """
    existing = {name: each for name, each in baselines.items() if not np.isnan(each)}
    best = max if is_rate else min
    baseline = best(existing, key=existing.__getitem__) if existing else None
    return {
        "model": model,
        "metric": metric,
        "trained_until": period[0],
        "tested_until": period[1],
        "customers": customers,
        "value": value,
        "baseline": baseline,
        "baseline_value": existing.get(baseline, np.nan),
        "grade": _grade(value, existing[baseline], is_rate) if existing and not np.isnan(value) else None,
    }


def _grade(value: float, baseline: float, is_rate: bool) -> str:
    gain = value - baseline if is_rate else baseline - value
    if gain <= 0:
        return "C"
    return "A" if gain >= _CLEARLY_BETTER * baseline else "B"
