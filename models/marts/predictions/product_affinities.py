from klant360.analytics.affinities import PRODUCT_AFFINITIES_TYPES, product_affinities
from klant360.analytics.frames import to_pandas, typed


def model(dbt, session):
    dbt.config(materialized="table")
    bought = to_pandas(dbt.ref("int_predictions__products_bought"))
    settings = to_pandas(dbt.ref("int_predictions__settings")).iloc[0]
    in_window = bought[bought["is_in_window"]]
    return typed(product_affinities(in_window, settings["affinity_min_customers"]), PRODUCT_AFFINITIES_TYPES)
