from klant360.analytics.calendar import CALENDAR_TYPES, calendar
from klant360.analytics.frames import single_date, to_pandas, typed


def model(dbt, session):
    dbt.config(materialized="table")
    bounds = to_pandas(dbt.ref("int_calendar__bounds"))
    dates = [single_date(bounds, name) for name in ("first_order_date", "last_date", "as_of_date")]
    return typed(calendar(*dates), CALENDAR_TYPES)
