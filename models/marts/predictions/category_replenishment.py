from klant360.analytics.frames import single_date, to_pandas, typed
from klant360.analytics.replenishment import CATEGORY_REPLENISHMENT_TYPES, category_replenishment


def model(dbt, session):
    dbt.config(materialized="table")
    bought = to_pandas(dbt.ref("int_predictions__category_days"))
    as_of_date = single_date(to_pandas(dbt.ref("int_calendar__as_of_date")), "as_of_date")
    return typed(category_replenishment(bought, as_of_date), CATEGORY_REPLENISHMENT_TYPES)
