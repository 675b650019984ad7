"""The purchase model and the spend model as they fit a company's customers, or the reason why they do not."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from klant360.analytics.frames import whole_number_array
from klant360.analytics.maximum_likelihood import Estimate
from klant360.analytics.purchase_models import PurchaseModel, distinct_histories, fit_purchase_model
from klant360.analytics.spend_model import SpendModel, fit_spend_model

# Nothing is predicted with fewer customers who have a second purchase day, or fewer days since the first
# purchase of all.
LEAST_REPEATERS = 100
LEAST_DAYS = 180

# By the name of a purchase model: whether a customer may leave at the first purchase.
MAY_LEAVE_AT_FIRST = {"mbg_nbd": True, "bg_nbd": False}
_PURCHASE_PARAMETERS = ("r", "alpha", "a", "b")
_SPEND_MODEL = "gamma_gamma"
_SPEND_PARAMETERS = ("p", "q", "v")

_NOT_CONVERGED = "No maximum of the likelihood was found."
_REMARKS = {
    "mbg_nbd": "The chance to leave after a purchase hardly varies between customers",
    "bg_nbd": "The chance to leave after a purchase hardly varies between customers",
    _SPEND_MODEL: "Spend hardly varies within or between customers",
}

MODEL_PARAMETERS_TYPES: dict[str, str] = {
    "model": "string",
    "parameter": "string",
    "value": "double",
    "standard_error": "double",
    "log_likelihood": "double",
    "customers": "bigint",
    "is_converged": "boolean",
    "reason": "string",
}


def model_parameters(customers: pd.DataFrame, purchase_model: str) -> pd.DataFrame:
    """Return the parameters of `purchase_model` (`mbg_nbd` or `bg_nbd`) and of gamma-gamma.

    `customers` has one row per customer with a purchase, all whole numbers: purchase_days (distinct days with
    a purchase), recency_days (from the first to the last of them), age_days (from the first to the day up to
    which is counted) and repeat_spend_units (net amount of the purchases after the first day, in
    ten-thousandths of the base currency).

    Returns one row per model and parameter, with the columns of `MODEL_PARAMETERS_TYPES`: r, alpha, a and b
    with time in weeks; p, q and v in the base currency. customers are those that the model is about: all of
    them, or those who spent something after the first day. A model that was not fitted has no value,
    standard_error and log_likelihood; then reason is a sentence that says why. That of a fitted model is
    None, or says what is remarkable about it. A parameter at its bound has no standard_error.

    Raises ValueError on impossible histories, see `klant360.analytics.purchase_models.distinct_histories`.
    """
    repeats = whole_number_array(customers, "purchase_days") - 1
    recency, age = (whole_number_array(customers, column) for column in ("recency_days", "age_days"))
    spend = whole_number_array(customers, "repeat_spend_units") / 10_000
    histories, _ = distinct_histories(repeats, recency, age)
    spends = (repeats > 0) & (spend > 0)
    repeaters, spenders, days = int((repeats > 0).sum()), int(spends.sum()), int(age.max(initial=0))

    purchases = amounts = None
    no_purchases, no_amounts = _lack_of_data(repeaters, days), _lack_of_data(spenders, days)
    if no_purchases is None:
        purchases = fit_purchase_model(histories, MAY_LEAVE_AT_FIRST[purchase_model])
        no_purchases = _why_no_purchase_model(purchases)
    if no_amounts is None:
        amounts = fit_spend_model(repeats[spends], spend[spends] / repeats[spends])
        no_amounts = _why_no_spend_model(amounts)
    rows = [
        *_rows(purchase_model, _PURCHASE_PARAMETERS, len(repeats), purchases, no_purchases),
        *_rows(_SPEND_MODEL, _SPEND_PARAMETERS, spenders, amounts, no_amounts),
    ]
    return pd.DataFrame(rows, columns=list(MODEL_PARAMETERS_TYPES))


def fitted_models(parameters: pd.DataFrame) -> tuple[PurchaseModel | None, SpendModel | None]:
    """Return the models of rows as `model_parameters` gives them; None for one that was not fitted."""
    purchases = amounts = None
    for model, rows in parameters.dropna(subset="value").groupby("model"):
        values = dict(zip(rows["parameter"], rows["value"].astype(float), strict=True))
        if model == _SPEND_MODEL:
            amounts = SpendModel(**values)
        else:
            purchases = PurchaseModel(**values, may_leave_at_first=MAY_LEAVE_AT_FIRST[model])
    return purchases, amounts


def _lack_of_data(repeaters: int, days: int) -> str | None:
    """Return in a sentence what is missing, None if nothing is."""
    sentences = [
        f"{what}: {found} of the {least} needed ({least - found} missing)."
        for what, found, least in (
            ("Customers with a second purchase day", repeaters, LEAST_REPEATERS),
            ("Days since the first purchase", days, LEAST_DAYS),
        )
        if found < least
    ]
    return " ".join(sentences) or None


def _why_no_purchase_model(found: Estimate) -> str | None:
    if not found.is_converged:
        return _NOT_CONVERGED
    if found.at_bound[:2].any():
        bound = _at_bound(_PURCHASE_PARAMETERS, found)
        return f"How often customers buy does not vary as the model assumes: {bound}."
    return None


def _why_no_spend_model(found: Estimate) -> str | None:
    if not found.is_converged:
        return _NOT_CONVERGED
    q = found.value[_SPEND_PARAMETERS.index("q")]
    return None if q > 1 else f"A few spend so much that there is no mean: q is {q:.2f}, and must be above 1."


def _rows(
    model: str, names: Sequence[str], customers: int, found: Estimate | None, why_not: str | None
) -> list[dict[str, object]]:
    """Return a row for each parameter."""
    reason = why_not
    if found is not None and why_not is None and found.at_bound.any():
        reason = f"{_REMARKS[model]}: {_at_bound(names, found)}."
    return [
        {
            "model": model,
            "parameter": name,
            "value": None if why_not else found.value[at],
            "standard_error": None if why_not else found.standard_error[at],
            "log_likelihood": None if why_not else found.log_likelihood,
            "customers": customers,
            "is_converged": found is not None and found.is_converged,
            "reason": reason,
        }
        for at, name in enumerate(names)
    ]


def _at_bound(names: Sequence[str], found: Estimate) -> str:
    which = [name for name, is_there in zip(names, found.at_bound, strict=True) if is_there]
    return f"{' and '.join(which)} {'is' if len(which) == 1 else 'are'} at the bound"
