"""How good the predictions of purchases would have been: by tenths of the customers, and graded."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from klant360.analytics.backtests import MODEL_BACKTESTS_TYPES, judged
from klant360.analytics.frames import days, whole_number_array
from klant360.analytics.maximum_likelihood import Floats
from klant360.analytics.model_parameters import fitted_models, model_parameters
from klant360.analytics.purchase_models import (
    expected_purchases_if_alive,
    probability_alive,
    probability_of_purchase,
)
from klant360.analytics.spend_model import expected_order_value
from klant360.analytics.tiles import tie_fair_tiles

_PROBABILITY, _DAYS = "probability_90_days", 90
_UNITS = 10_000

PREDICTION_DECILES_TYPES: dict[str, str] = {
    "metric": "string",
    "trained_until": "date",
    "tested_until": "date",
    "decile": "bigint",
    "customers": "bigint",
    "predicted": "double",
    "actual": "double",
    "period_before": "double",
    "year_earlier": "double",
    "squared_error": "double",
}

MODEL_CALIBRATION_TYPES: dict[str, str] = {
    "metric": "string",
    "trained_until": "date",
    "decile": "bigint",
    "customers": "bigint",
    "predicted": "double",
    "actual": "double",
}


def prediction_deciles(histories: pd.DataFrame, purchase_model: str) -> pd.DataFrame:
    """Return by tenths of the customers what was predicted as of earlier days, and what came of it.

    `histories` has a row for each trained_until, tested_until (dates) and customer with a purchase by
    trained_until: the whole numbers that `klant360.analytics.model_parameters.model_parameters` takes, as of
    trained_until; and for three periods (`klant360.analytics.backtests.backtest_cuts`) the customer's
    purchase days and the net amount of these purchases in ten-thousandths of the base currency: actual_days
    and actual_units from trained_until to tested_until, before_days and before_units, year_earlier_days and
    year_earlier_units. bought_after and bought_before say whether the customer bought in the 90 days after
    trained_until (null when those are not over) and in the 90 days up to it.

    Returns sums over the customers of each decile of the prediction, 10 for the highest, in which equal
    predictions share a decile, with the columns of `PREDICTION_DECILES_TYPES`. The metrics are purchases
    (days), revenue (in the base currency) and probability_90_days (customers; without year_earlier, and
    squared_error is the sum of (probability - bought_after)^2). There are no rows where a model did not fit.
    """
    table: list[dict[str, object]] = []
    periods = [days(histories, column) for column in ("trained_until", "tested_until")]
    for (trained_until, tested_until), rows in histories.groupby(periods):
        purchase_fit, spend_fit = fitted_models(model_parameters(rows, purchase_model))
        if purchase_fit is None:
            continue
        purchase_days, recency, age = (
            whole_number_array(rows, column) for column in ("purchase_days", "recency_days", "age_days")
        )
        history = purchase_days - 1, recency, age
        days_ahead = (tested_until - trained_until).days
        if_alive = expected_purchases_if_alive(purchase_fit, history[0], age, [days_ahead])[:, 0]
        purchases = probability_alive(purchase_fit, *history) * if_alive
        period = trained_until, tested_until
        table += _by_decile("purchases", period, purchases, _outcomes(rows, "days"))
        if spend_fit is not None:
            mean_spend = whole_number_array(rows, "repeat_spend_units") / np.maximum(history[0], 1)
            revenue = purchases * expected_order_value(spend_fit, history[0], mean_spend / _UNITS)
            outcomes = {name: each / _UNITS for name, each in _outcomes(rows, "units").items()}
            table += _by_decile("revenue", period, revenue, outcomes)
        if rows["bought_after"].notna().all():
            probability = probability_of_purchase(purchase_fit, *history, _DAYS)
            bought = rows["bought_after"].to_numpy(dtype=np.float64)
            outcomes = {
                "actual": bought,
                "period_before": rows["bought_before"].to_numpy(dtype=np.float64),
                "squared_error": (probability - bought) ** 2,
            }
            period = trained_until, trained_until + pd.Timedelta(days=_DAYS)
            table += _by_decile(_PROBABILITY, period, probability, outcomes)
    return pd.DataFrame(table, columns=list(PREDICTION_DECILES_TYPES))


def model_calibration(deciles: pd.DataFrame) -> pd.DataFrame:
    """Return per decile the mean prediction and the mean of what happened.

    `deciles` are those of `prediction_deciles`. The columns are those of `MODEL_CALIBRATION_TYPES`: per
    customer the purchase days or the revenue, or the probability and the share that bought.
    """
    customers = deciles["customers"]
    means = {column: deciles[column] / customers for column in ("predicted", "actual")}
    return deciles.assign(**means)[list(MODEL_CALIBRATION_TYPES)]


def purchase_backtests(deciles: pd.DataFrame) -> pd.DataFrame:
    """Return how far the predictions were off, with the columns of `MODEL_BACKTESTS_TYPES`.

    `deciles` are those of `prediction_deciles`. total_error is the error of the total of all customers,
    decile_error the sum of the absolute errors of the deciles, both over what happened; the baselines are
    period_before and year_earlier, as if customers did again what they did then. brier_score is the mean
    squared error of a probability; its baseline share_before gives everyone the share that bought in the 90
    days before. largest_gap is the largest difference of a decile's mean probability and the share that
    bought; it has no baseline.
    """
    rows = []
    periods = [days(deciles, column) for column in ("trained_until", "tested_until")]
    for (metric, *period), parts in deciles.groupby(["metric", *periods]):
        errors = _errors_of_probability(parts) if metric == _PROBABILITY else _errors_of_amount(parts)
        rows += [
            judged(metric, name, tuple(period), int(parts["customers"].sum()), *values)
            for name, values in errors.items()
        ]
    return pd.DataFrame(rows, columns=list(MODEL_BACKTESTS_TYPES))


def _outcomes(rows: pd.DataFrame, unit: str) -> dict[str, Floats]:
    """Return what happened, and what had happened before, in `days` or `units`."""
    columns = {"actual": "actual", "period_before": "before", "year_earlier": "year_earlier"}
    return {name: whole_number_array(rows, f"{of}_{unit}").astype(float) for name, of in columns.items()}


def _by_decile(
    metric: str, period: tuple[object, object], predicted: Floats, outcomes: Mapping[str, Floats]
) -> list[dict[str, object]]:
    """Return a row with sums for each decile of what was predicted."""
    tile = tie_fair_tiles(predicted, 10)
    table = []
    for decile in np.unique(tile).tolist():
        customers = tile == decile
        sums = {  # exact, so that the order of the customers does not matter
            name: math.fsum(values[customers].tolist())
            for name, values in {"predicted": predicted, **outcomes}.items()
        }
        about = dict(zip(("trained_until", "tested_until"), period, strict=True))
        table.append({"metric": metric, **about, "decile": decile, "customers": int(customers.sum()), **sums})
    return table


_Errors = dict[str, tuple[float, dict[str, float]]]


def _errors_of_amount(deciles: pd.DataFrame) -> _Errors:
    """Return by name the error of the prediction, and those of the baselines."""
    actual = deciles["actual"].to_numpy()
    off = {
        column: (deciles[column].to_numpy() - actual) / (actual.sum() or np.nan)
        for column in ("predicted", "period_before", "year_earlier")
    }
    total = {column: abs(each.sum()) for column, each in off.items()}
    by_decile = {column: np.abs(each).sum() for column, each in off.items()}
    return {
        "total_error": (total.pop("predicted"), total),
        "decile_error": (by_decile.pop("predicted"), by_decile),
    }


def _errors_of_probability(deciles: pd.DataFrame) -> _Errors:
    """Return by name the error of the prediction, and those of the baselines."""
    customers = deciles["customers"].sum()
    bought, before = deciles["actual"].sum() / customers, deciles["period_before"].sum() / customers
    gaps = (deciles["predicted"] - deciles["actual"]) / deciles["customers"]
    return {
        "brier_score": (
            deciles["squared_error"].sum() / customers,
            {"share_before": bought * (1 - before) ** 2 + (1 - bought) * before**2},
        ),
        "largest_gap": (gaps.abs().max(), {}),
    }
