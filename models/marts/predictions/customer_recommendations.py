from klant360.analytics.frames import to_pandas, typed
from klant360.analytics.recommendations import CUSTOMER_RECOMMENDATIONS_TYPES, recommendations


def model(dbt, session):
    dbt.config(materialized="table")
    bought = to_pandas(dbt.ref("int_predictions__products_bought"))
    out_of_stock = to_pandas(dbt.ref("int_predictions__products_out_of_stock"))
    settings = to_pandas(dbt.ref("int_predictions__settings")).iloc[0]
    found = recommendations(bought, out_of_stock["product_id"], settings["affinity_max_products"])
    return typed(found, CUSTOMER_RECOMMENDATIONS_TYPES)
