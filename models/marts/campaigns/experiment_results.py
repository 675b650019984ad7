from klant360.analytics.experiments import EXPERIMENT_RESULTS_TYPES, experiment_results
from klant360.analytics.frames import to_pandas, typed


def model(dbt, session):
    dbt.config(materialized="table")
    results = to_pandas(dbt.ref("int_experiments__results"))
    shares = to_pandas(dbt.ref("experiment_shares"))
    return typed(experiment_results(results, shares), EXPERIMENT_RESULTS_TYPES)
