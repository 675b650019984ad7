import pandas as pd

from klant360.analytics.backtests import MODEL_BACKTESTS_TYPES
from klant360.analytics.frames import to_pandas, typed
from klant360.analytics.purchase_backtests import purchase_backtests
from klant360.analytics.recommendation_backtests import recommendation_backtests
from klant360.analytics.replenishment import replenishment_backtests
from klant360.analytics.segment_forecast import segment_backtests


def model(dbt, session):
    dbt.config(materialized="table")
    cuts = to_pandas(dbt.ref("int_predictions__backtest_cuts"))
    bought = to_pandas(dbt.ref("int_predictions__product_days"))
    settings = to_pandas(dbt.ref("int_predictions__settings")).iloc[0]
    transitions = to_pandas(dbt.ref("int_predictions__transitions"))
    parts = [
        purchase_backtests(to_pandas(dbt.ref("int_predictions__deciles"))),
        recommendation_backtests(
            bought, cuts, settings["affinity_window_months"], settings["affinity_max_products"]
        ),
        replenishment_backtests(to_pandas(dbt.ref("int_predictions__category_days")), cuts),
        segment_backtests(transitions, to_pandas(dbt.ref("snapshots"))),
    ]
    return typed(pd.concat([part for part in parts if len(part)] or parts[:1]), MODEL_BACKTESTS_TYPES)
