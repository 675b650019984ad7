from klant360.analytics.frames import to_pandas, typed
from klant360.analytics.purchase_backtests import PREDICTION_DECILES_TYPES, prediction_deciles


def model(dbt, session):
    dbt.config(materialized="table")
    histories = to_pandas(dbt.ref("int_predictions__backtest_histories"))
    settings = to_pandas(dbt.ref("int_predictions__settings")).iloc[0]
    return typed(prediction_deciles(histories, settings["purchase_model"]), PREDICTION_DECILES_TYPES)
