from klant360.analytics.frames import to_pandas, typed
from klant360.analytics.segment_forecast import SEGMENT_FORECAST_TYPES, segment_forecast


def model(dbt, session):
    dbt.config(materialized="table")
    transitions = to_pandas(dbt.ref("int_predictions__transitions"))
    snapshots = to_pandas(dbt.ref("snapshots"))
    return typed(segment_forecast(transitions, snapshots), SEGMENT_FORECAST_TYPES)
