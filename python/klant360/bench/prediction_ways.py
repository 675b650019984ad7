"""Predictions and recommendations by klant360 and by its peers, from one Parquet file.

Each runs in a process of its own: `python prediction_ways.py KIND WAY FILE RESULT`. It prints as JSON what it
found and the wall and CPU seconds of the work, without imports and reading. The peers' environment runs this
file for the peers; klant360 is not installed there.

Predictions take one row per customer as `klant360.analytics.model_parameters` does: MBG/NBD and gamma-gamma
are fitted, and purchases in 90 and 365 days and the value of 36 months predicted. Recommendations take one
row per customer_id and product_id (numbers); those of ten products per customer are written to RESULT.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

Found = dict[str, float]


def klant360(customers: pd.DataFrame) -> Callable[[], Found]:
    """Return the function that fits and predicts."""
    from klant360.analytics.customer_predictions import customer_predictions
    from klant360.analytics.model_parameters import fitted_models, model_parameters

    def work() -> Found:
        models = fitted_models(model_parameters(customers, "mbg_nbd"))
        predicted = customer_predictions(customers, *models, gross_margin_rate=1, annual_discount_rate=0.1)
        return {
            "alpha": models[0].alpha,
            "purchases in 90 days": predicted["expected_purchases_90_days"].sum(),
            "purchases in 365 days": predicted["expected_purchases_365_days"].sum(),
            "lifetime value": predicted["lifetime_value"].sum() / 10_000,
        }

    return work


def in_weeks(customers: pd.DataFrame) -> pd.DataFrame:
    """Return the customers by the names and units of the peers."""
    import pandas as pd

    repeats = customers["purchase_days"] - 1
    return pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "frequency": repeats,
            "recency": customers["recency_days"] / 7,
            "T": customers["age_days"] / 7,
            "monetary_value": customers["repeat_spend_units"] / 10_000 / repeats.clip(lower=1),
        }
    )


def lifetimes(customers: pd.DataFrame) -> Callable[[], Found]:
    """Return the function that does it with lifetimes."""
    from lifetimes import GammaGammaFitter, ModifiedBetaGeoFitter

    given = in_weeks(customers)
    history = given["frequency"], given["recency"], given["T"]

    def work() -> Found:
        spends = given[(given["frequency"] > 0) & (given["monetary_value"] > 0)]
        purchases = ModifiedBetaGeoFitter().fit(*history)
        spend = GammaGammaFitter().fit(spends["frequency"], spends["monetary_value"])
        value = spend.customer_lifetime_value(
            purchases, *history, given["monetary_value"], time=36, discount_rate=1.1 ** (1 / 12) - 1, freq="W"
        )
        return {
            "alpha": purchases.params_["alpha"],
            "purchases in 90 days": predicted(purchases, 90).sum(),
            "purchases in 365 days": predicted(purchases, 365).sum(),
            "lifetime value": value.sum(),
        }

    def predicted(purchases: ModifiedBetaGeoFitter, days: int) -> pd.Series:
        return purchases.conditional_expected_number_of_purchases_up_to_time(days / 7, *history)

    return work


def pymc_marketing(customers: pd.DataFrame) -> Callable[[], Found]:
    """Return the function that does it with pymc-marketing, by the maximum of the posterior."""
    from pymc_marketing.clv import GammaGammaModel, ModifiedBetaGeoModel

    given = in_weeks(customers)

    def work() -> Found:
        spends = given[(given["frequency"] > 0) & (given["monetary_value"] > 0)]
        purchases, spend = ModifiedBetaGeoModel(given), GammaGammaModel(spends)
        for model in (purchases, spend):
            model.fit(method="map", progressbar=False)
        value = spend.expected_customer_lifetime_value(
            purchases, given, future_t=36, discount_rate=1.1 ** (1 / 12) - 1, time_unit="W"
        )
        return {
            "alpha": float(purchases.fit_summary()["alpha"]),
            "purchases in 90 days": float(purchases.expected_purchases(given, future_t=90 / 7).sum()),
            "purchases in 365 days": float(purchases.expected_purchases(given, future_t=365 / 7).sum()),
            "lifetime value": float(value.sum()),
        }

    return work


def klant360_recommendations(bought: pd.DataFrame) -> Callable[[], pd.DataFrame]:
    """Return the function that recommends."""
    from klant360.analytics.recommendations import recommendations

    lines = bought.assign(is_in_window=True)
    return lambda: recommendations(lines, out_of_stock=[], max_products=8000)


def implicit_recommendations(recommender: str) -> Callable[[pd.DataFrame], Callable[[], pd.DataFrame]]:
    """Return the way that recommends by a neighbourhood model of implicit, as it comes by default."""

    def way(bought: pd.DataFrame) -> Callable[[], pd.DataFrame]:
        import implicit.nearest_neighbours
        import numpy as np
        import pandas as pd
        from scipy.sparse import csr_matrix

        def work() -> pd.DataFrame:
            pairs = bought.drop_duplicates()
            matrix = csr_matrix((np.ones(len(pairs)), (pairs["customer_id"], pairs["product_id"])))
            model = getattr(implicit.nearest_neighbours, recommender)()
            model.fit(matrix, show_progress=False)
            customers = np.unique(pairs["customer_id"])
            products, scores = model.recommend(customers, matrix[customers], N=10)
            table = {"customer_id": np.repeat(customers, 10), "product_id": products.ravel()}
            return pd.DataFrame(table)[scores.ravel() > 0]

        return work

    return way


PREDICTIONS = {"klant360": klant360, "lifetimes": lifetimes, "pymc-marketing": pymc_marketing}
RECOMMENDATIONS = {
    "klant360": klant360_recommendations,
    "implicit, cosine": implicit_recommendations("CosineRecommender"),
    "implicit, TF-IDF": implicit_recommendations("TFIDFRecommender"),
    "implicit, BM25": implicit_recommendations("BM25Recommender"),
}


def main(kind: str, way: str, file: str, result: str) -> None:
    """Run one way once, and print what it found and its seconds."""
    import pandas as pd

    work = {"predictions": PREDICTIONS, "recommendations": RECOMMENDATIONS}[kind][way](pd.read_parquet(file))
    began, cpu = time.perf_counter(), time.process_time()
    found = work()
    seconds = {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    if kind == "recommendations":
        found.to_parquet(result)
        found = {}
    print(json.dumps({**seconds, "found": {name: float(value) for name, value in found.items()}}))


if __name__ == "__main__":
    main(*sys.argv[1:])
