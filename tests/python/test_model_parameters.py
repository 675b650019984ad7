"""Fits of both models: published results in the mart's form, and the reasons why there is none."""

import numpy as np
import pandas as pd
import pytest

from cdnow import read_cdnow
from klant360.analytics.frames import typed
from klant360.analytics.model_parameters import (
    MODEL_PARAMETERS_TYPES,
    fitted_models,
    model_parameters,
)
from klant360.analytics.purchase_models import PurchaseModel
from klant360.analytics.spend_model import SpendModel

COLUMNS = ["purchase_days", "recency_days", "age_days", "repeat_spend_units"]


def by_parameter(parameters, column="value"):
    return parameters.set_index(["model", "parameter"])[column].to_dict()


@pytest.mark.parametrize("purchase_model", ["mbg_nbd", "bg_nbd"])
def test_cdnow(purchase_model):
    parameters = model_parameters(read_cdnow(), purchase_model)
    table = typed(parameters, MODEL_PARAMETERS_TYPES)
    assert table["reason"].null_count == 7 and table["value"].null_count == 0
    assert parameters["is_converged"].all()
    assert by_parameter(parameters, "customers")[purchase_model, "r"] == 2357
    assert by_parameter(parameters, "customers")["gamma_gamma", "p"] == 946
    alpha = {"mbg_nbd": 6.183, "bg_nbd": 4.414}[purchase_model]
    assert by_parameter(parameters)[purchase_model, "alpha"] == pytest.approx(alpha, abs=1e-3)
    purchases, spend = fitted_models(table.to_pandas())
    assert isinstance(purchases, PurchaseModel) and isinstance(spend, SpendModel)
    assert purchases.may_leave_at_first == (purchase_model == "mbg_nbd")
    assert (purchases.alpha, spend.q) == (
        by_parameter(parameters)[purchase_model, "alpha"],
        by_parameter(parameters)["gamma_gamma", "q"],
    )


def customers(number, repeats=2, age_days=200, spend=200_000):
    rng = np.random.default_rng(1)
    recency = rng.integers(100, 150, number)
    return pd.DataFrame(
        {
            "purchase_days": repeats + 1,
            "recency_days": recency if repeats else 0,
            "age_days": age_days,
            "repeat_spend_units": rng.gamma(3, spend, number).astype(np.int64) if repeats else 0,
        },
        index=range(number),
    )


FEW_CUSTOMERS = "Customers with a second purchase day: 63 of the 100 needed (37 missing)."
FEW_DAYS = "Days since the first purchase: 179 of the 180 needed (1 missing)."


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (pd.concat([customers(63), customers(500, repeats=0)]), FEW_CUSTOMERS),
        (customers(500, age_days=179), FEW_DAYS),
        (pd.concat([customers(63, age_days=179), customers(1, 0, 100)]), f"{FEW_CUSTOMERS} {FEW_DAYS}"),
    ],
)
def test_too_little_data_is_told_in_a_sentence(given, reason):
    parameters = model_parameters(given, "mbg_nbd")
    assert parameters["reason"].unique().tolist() == [reason]
    assert parameters[["value", "standard_error", "log_likelihood"]].isna().all(axis=None)
    assert not parameters["is_converged"].any()
    assert by_parameter(parameters, "customers")["mbg_nbd", "r"] == len(given)
    assert fitted_models(typed(parameters, MODEL_PARAMETERS_TYPES).to_pandas()) == (None, None)


def test_nobody_at_all():
    parameters = model_parameters(pd.DataFrame(columns=COLUMNS, dtype="int64"), "mbg_nbd")
    assert "Customers with a second purchase day: 0 of the 100 needed" in parameters["reason"].iloc[0]
    assert parameters["customers"].tolist() == [0] * 7


def test_only_spend_may_lack():
    """Free orders are no purchases, but a shop may lack 100 customers who spent again."""
    given = read_cdnow()
    given.loc[given.index[:2250], "repeat_spend_units"] = 0
    parameters = model_parameters(given, "mbg_nbd")
    purchases, spend = fitted_models(parameters)
    assert purchases is not None and spend is None
    assert "missing" in by_parameter(parameters, "reason")["gamma_gamma", "v"]


def test_a_subscription_is_no_random_buying():
    """All buy each 30th day: their rates do not vary at all, so nothing is predicted."""
    age = np.random.default_rng(2).integers(200, 900, 500)
    given = pd.DataFrame(
        {"purchase_days": age // 30 + 1, "recency_days": age // 30 * 30, "age_days": age}
    ).assign(repeat_spend_units=100_000)
    parameters = model_parameters(given, "mbg_nbd")
    reason = by_parameter(parameters, "reason")["mbg_nbd", "r"]
    assert reason.startswith("How often customers buy does not vary as the model assumes: r ")
    assert by_parameter(parameters, "is_converged")["mbg_nbd", "r"]
    assert fitted_models(parameters)[0] is None


def test_a_bound_of_a_and_b_is_a_remark_only():
    rng = np.random.default_rng(3)
    age = rng.integers(100, 1000, 2000)
    repeats = np.minimum(rng.poisson(rng.gamma(2, 1 / 100, 2000) * age), age)
    given = pd.DataFrame(
        {
            "purchase_days": repeats + 1,
            "recency_days": np.where(repeats > 0, np.maximum(repeats, age * 0.9), 0).astype(int),
            "age_days": age,
            "repeat_spend_units": repeats * 100_000,
        }
    )
    parameters = model_parameters(given, "bg_nbd")
    reason = by_parameter(parameters, "reason")["bg_nbd", "a"]
    assert reason.startswith("The chance to leave after a purchase hardly varies between customers: a and b")
    assert fitted_models(parameters)[0].b == pytest.approx(1000)


def test_spend_without_a_mean_is_not_predicted():
    given = read_cdnow()
    rng = np.random.default_rng(4)
    heavy = rng.gamma(4, 1 / rng.gamma(0.5, 1, len(given))) * (given["purchase_days"] - 1)
    parameters = model_parameters(
        given.assign(repeat_spend_units=(heavy * 10_000).astype("int64")), "mbg_nbd"
    )
    reason = by_parameter(parameters, "reason")["gamma_gamma", "p"]
    assert reason.startswith("A few spend so much that there is no mean: q is 0.")
    assert fitted_models(parameters)[1] is None
