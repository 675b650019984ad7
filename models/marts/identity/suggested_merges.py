from klant360.analytics.frames import typed
from klant360.identity.suggestions import SUGGESTED_MERGE_TYPES, suggested_merges, to_arrow


def model(dbt, session):
    dbt.config(materialized="table")
    records = to_arrow(dbt.ref("int_identity__suggestion_features"))
    decided = to_arrow(dbt.ref("int_identity__decided_customers"))
    name_forms = to_arrow(dbt.ref("int_identity__name_forms"))
    return typed(suggested_merges(records, decided, name_forms), SUGGESTED_MERGE_TYPES)
