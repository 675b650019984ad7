from klant360.analytics.frames import to_pandas, typed
from klant360.analytics.purchase_backtests import MODEL_CALIBRATION_TYPES, model_calibration


def model(dbt, session):
    dbt.config(materialized="table")
    deciles = to_pandas(dbt.ref("int_predictions__deciles"))
    return typed(model_calibration(deciles), MODEL_CALIBRATION_TYPES)
