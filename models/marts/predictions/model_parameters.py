from klant360.analytics.frames import to_pandas, typed
from klant360.analytics.model_parameters import MODEL_PARAMETERS_TYPES, model_parameters


def model(dbt, session):
    dbt.config(materialized="table")
    customers = to_pandas(dbt.ref("int_predictions__purchase_histories"))
    settings = to_pandas(dbt.ref("int_predictions__settings")).iloc[0]
    parameters = model_parameters(customers, settings["purchase_model"])
    return typed(parameters if settings["predicts_purchases"] else parameters.head(0), MODEL_PARAMETERS_TYPES)
