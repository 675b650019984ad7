from klant360.analytics.campaigns import CAMPAIGN_RESULTS_TYPES, campaign_results
from klant360.analytics.frames import to_pandas, typed


def model(dbt, session):
    dbt.config(materialized="table")
    results = to_pandas(dbt.ref("int_campaigns__results"))
    return typed(campaign_results(results), CAMPAIGN_RESULTS_TYPES)
