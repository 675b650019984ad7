from klant360.analytics.customer_predictions import CUSTOMER_PREDICTIONS_TYPES, customer_predictions
from klant360.analytics.frames import to_pandas, typed
from klant360.analytics.model_parameters import fitted_models


def model(dbt, session):
    dbt.config(materialized="table")
    customers = to_pandas(dbt.ref("int_predictions__purchase_histories"))
    models = fitted_models(to_pandas(dbt.ref("model_parameters")))
    settings = to_pandas(dbt.ref("int_predictions__settings")).iloc[0]
    rates = settings["gross_margin_rate"], settings["annual_discount_rate"]
    return typed(customer_predictions(customers, *models, *rates), CUSTOMER_PREDICTIONS_TYPES)
