from klant360.analytics.frames import to_pandas, typed
from klant360.analytics.transitions import SEGMENT_TRANSITION_TYPES, segment_transitions


def model(dbt, session):
    dbt.config(materialized="table")
    counts = to_pandas(dbt.ref("int_transitions__counts"))
    snapshots = to_pandas(dbt.ref("snapshots"))
    segments = to_pandas(dbt.ref("segments"))
    scored = segments[segments["tier"] > 0].sort_values(["tier", "segment_code"], ascending=[False, True])
    matrix = segment_transitions(counts, snapshots, scored["segment_code"].tolist())
    return typed(matrix, SEGMENT_TRANSITION_TYPES)
