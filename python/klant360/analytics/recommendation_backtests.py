"""How good the recommendations would have been: what customers bought for the first time since."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from klant360.analytics.backtests import MODEL_BACKTESTS_TYPES, judged, months_before
from klant360.analytics.frames import days
from klant360.analytics.recommendations import MOST_PER_CUSTOMER, recommendations


def recommendation_backtests(
    bought: pd.DataFrame, cuts: pd.DataFrame, window_months: int, max_products: int
) -> pd.DataFrame:
    """Return for each cut how often customers bought what would have been recommended to them.

    `bought` has a row for each customer_id, product_id (text) and day bought_on (date), and is_kept
    (boolean): whether anything of it was not returned. `cuts` are those of
    `klant360.analytics.backtests.backtest_cuts`. Recommendations are made as of trained_until from the
    `window_months` before it, as `klant360.analytics.recommendations.recommendations` does. All products
    count as in stock, since it is unknown what was.

    Returns two rows per cut with the columns of `MODEL_BACKTESTS_TYPES`, over earlier customers who bought
    (and kept) a new product up to tested_until: one that they had never bought before. hit_rate is the share
    of them with a new product among their ten, recall the mean share of their new products among the ten. The
    baseline most_bought recommends the ten products that most customers bought in the window, to everyone.
    """
    day = days(bought, "bought_on")
    is_kept = bought["is_kept"].to_numpy(dtype=bool)
    customer, _ = pd.factorize(bought["customer_id"])
    product, products = pd.factorize(bought["product_id"], sort=True)  # of equals the first by id
    lines = pd.DataFrame({"customer_id": customer, "product_id": product})
    lines["pair"] = _pair(lines, len(products))
    rows = []
    for cut, until in zip(cuts["trained_until"], cuts["tested_until"], strict=True):
        window_after = pd.Timestamp(months_before(pd.Timestamp(cut).date(), window_months))
        is_known = (day <= pd.Timestamp(cut)).to_numpy()
        is_after = ~is_known & is_kept & (day <= pd.Timestamp(until)).to_numpy()
        known, after = lines[is_known], lines[is_after].drop_duplicates()
        known = known.assign(is_in_window=(is_kept & (day > window_after))[is_known])
        is_of_customer, is_old = (after[each].isin(known[each]) for each in ("customer_id", "pair"))
        new = after[is_of_customer & ~is_old]
        if new.empty:
            continue
        recommended = _pair(recommendations(known, [], max_products), len(products))
        popular = known[known["is_in_window"]].drop_duplicates("pair").groupby("product_id").size()
        popular = popular.sort_values(ascending=False, kind="stable").index[:MOST_PER_CUSTOMER]
        found = new.assign(model=new["pair"].isin(recommended), most_bought=new["product_id"].isin(popular))
        by_customer = found.groupby("customer_id")[["model", "most_bought"]]
        about = (cut, until), by_customer.ngroups
        for metric, rates in (("hit_rate", _mean(by_customer.any())), ("recall", _mean(by_customer.mean()))):
            baselines = {"most_bought": rates["most_bought"]}
            rows.append(judged("recommendations", metric, *about, rates["model"], baselines, is_rate=True))
    return pd.DataFrame(rows, columns=list(MODEL_BACKTESTS_TYPES))


def _mean(shares: pd.DataFrame) -> pd.Series:
    """Return the mean of each column, to the last digit the same in any order of the rows."""
    return shares.apply(math.fsum) / len(shares)


def _pair(lines: pd.DataFrame, products: int) -> pd.Series:
    """Return a number for each customer and product."""
    return lines["customer_id"].astype(np.int64) * products + lines["product_id"].astype(np.int64)
