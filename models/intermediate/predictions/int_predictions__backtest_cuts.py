from klant360.analytics.backtests import BACKTEST_CUTS_TYPES, backtest_cuts
from klant360.analytics.frames import single_date, to_pandas, typed


def model(dbt, session):
    dbt.config(materialized="table")
    as_of = to_pandas(dbt.ref("int_calendar__as_of_date"))
    dates = [single_date(as_of, column) for column in ("first_purchase_date", "as_of_date")]
    return typed(backtest_cuts(*dates), BACKTEST_CUTS_TYPES)
