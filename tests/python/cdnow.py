"""The CDNOW customers of the published results: 2,357 of them, in the first 39 weeks of 1997."""

from importlib.metadata import distribution

import numpy as np
import pandas as pd

SUMMARY = "lifetimes/datasets/cdnow_customers_summary_with_transactions.csv"


def read_cdnow() -> pd.DataFrame:
    """Return the customers as `model_parameters` takes them; weeks in the file are days with two decimals."""
    given = pd.read_csv(distribution("lifetimes").locate_file(SUMMARY))
    return pd.DataFrame(
        {
            "customer_id": given["ID"].astype(str),
            "purchase_days": given["x"] + 1,
            "recency_days": np.rint(given["t_x"] * 7).astype(np.int64),
            "age_days": np.rint(given["T"] * 7).astype(np.int64),
            "repeat_spend_units": np.rint(given["x"] * given["zbar"] * 10_000).astype(np.int64),
        }
    )
