from klant360.analytics.cohort_projection import COHORT_PROJECTION_TYPES, cohort_projection
from klant360.analytics.frames import single_date, to_pandas, typed
from klant360.analytics.model_parameters import fitted_models


def model(dbt, session):
    dbt.config(materialized="table")
    customers = to_pandas(dbt.ref("int_predictions__purchase_histories"))
    models = fitted_models(to_pandas(dbt.ref("model_parameters")))
    as_of_date = single_date(to_pandas(dbt.ref("int_calendar__as_of_date")), "as_of_date")
    return typed(cohort_projection(customers, *models, as_of_date), COHORT_PROJECTION_TYPES)
