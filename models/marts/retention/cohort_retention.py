from klant360.analytics.cohorts import COHORT_RETENTION_TYPES, cohort_retention
from klant360.analytics.frames import single_date, to_pandas, typed


def model(dbt, session):
    dbt.config(materialized="table")
    activity = to_pandas(dbt.ref("int_cohorts__activity"))
    as_of = to_pandas(dbt.ref("int_calendar__as_of_date"))
    return typed(cohort_retention(activity, single_date(as_of, "as_of_date")), COHORT_RETENTION_TYPES)
