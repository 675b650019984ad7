"""The CDNOW customers of the published results: 2,357 of them, in the first 39 weeks of 1997."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

SUMMARY = "lifetimes/datasets/cdnow_customers_summary_with_transactions.csv"


def read_cdnow(packages: Path) -> pd.DataFrame:
    """Return the customers as `klant360.analytics.model_parameters.model_parameters` takes them.

    `packages` is the folder of packages that has lifetimes. Weeks in its file are days, with two decimals.
    """
    given = pd.read_csv(packages / SUMMARY)
    return pd.DataFrame(
        {
            "customer_id": given["ID"].astype(str),
            "purchase_days": given["x"] + 1,
            "recency_days": np.rint(given["t_x"] * 7).astype(np.int64),
            "age_days": np.rint(given["T"] * 7).astype(np.int64),
            "repeat_spend_units": np.rint(given["x"] * given["zbar"] * 10_000).astype(np.int64),
        }
    )
