"""What the variants of experiments brought, and whether visitors were divided among them as was meant."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from klant360.analytics.cohorts import divide_half_away
from klant360.analytics.frames import MONEY, whole_numbers
from klant360.analytics.intervals import newcombe_interval, wilson_interval
from klant360.analytics.p_values import chi_square_test, pooled_z_test

# Below this p-value the visitors were not divided as was meant. Lower than usual, since every experiment
# is tested, and a mismatch makes its other figures worthless.
LEAST_SAMPLE_RATIO_P_VALUE = 0.001

EXPERIMENT_RESULTS_TYPES: dict[str, str] = {
    "experiment": "string",
    "variant": "string",
    "is_baseline": "boolean",
    "visitors": "bigint",
    "excluded_visitors": "bigint",
    "converted": "bigint",
    "conversion_rate": "double",
    "rate_low": "double",
    "rate_high": "double",
    "uplift": "double",
    "uplift_low": "double",
    "uplift_high": "double",
    "p_value": "double",
    "revenue_per_visitor": MONEY,
    "sample_ratio_p_value": "double",
    "has_sample_ratio_mismatch": "boolean",
    "is_complete": "boolean",
}


def experiment_results(results: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Return the conversion of each variant, against the baseline of its experiment.

    `results` has one row per experiment and variant (text in lower case) with is_baseline (true for one
    variant of each experiment), visitors, excluded_visitors, converted, revenue_units (of all visitors
    together, in whole ten-thousandths of the base currency) and is_complete. `shares` has the share of the
    visitors that was meant for an experiment and variant (in any case): a number above 0, relative to the
    others of its experiment.

    Returns the same rows, by experiment and variant, with the columns of `EXPERIMENT_RESULTS_TYPES`.
    conversion_rate (converted / visitors), its difference from the baseline's (uplift) and their 95% limits
    are unrounded proportions, NaN without visitors; p_value is that of no difference. The baseline itself
    has no uplift, limits and p-value. revenue_per_visitor is in ten-thousandths of the base currency,
    rounded half away from zero, None without visitors. sample_ratio_p_value is that of a division by the
    shares; of an experiment that `shares` does not name, by equal shares. It is below
    `LEAST_SAMPLE_RATIO_P_VALUE` for has_sample_ratio_mismatch, and both are None for a single variant.

    Raises ValueError on impossible results: nulls, floats, a variant that is there twice, an experiment
    without exactly one baseline, more converted visitors than visitors, or a share of 0 or less.

    Intervals: Wilson (1927) and Newcombe (1998), see `klant360.analytics.intervals`; p-values: pooled z-test
    and chi-square, see `klant360.analytics.p_values`.
    """
    given = _checked(results)
    meant = _checked_shares(shares)
    baseline = given[given["is_baseline"]].set_index("experiment").loc[given["experiment"]]
    counts = (_counts(given, "converted"), _counts(given, "visitors"))
    base_counts = (_counts(baseline, "converted"), _counts(baseline, "visitors"))
    rate_low, rate_high = wilson_interval(*counts)
    uplift_low, uplift_high = newcombe_interval(*counts, *base_counts)
    is_compared = ~given["is_baseline"].to_numpy(dtype=bool)
    rate = _rate(*counts)
    ratio = {experiment: _sample_ratio(rows, meant) for experiment, rows in given.groupby("experiment")}
    p_values = [ratio[experiment] for experiment in given["experiment"]]
    return given.assign(
        conversion_rate=rate,
        rate_low=rate_low,
        rate_high=rate_high,
        uplift=np.where(is_compared, rate - _rate(*base_counts), np.nan),
        uplift_low=np.where(is_compared, uplift_low, np.nan),
        uplift_high=np.where(is_compared, uplift_high, np.nan),
        p_value=np.where(is_compared, pooled_z_test(*counts, *base_counts), np.nan),
        revenue_per_visitor=_objects(
            divide_half_away(revenue, visitors) if visitors else None
            for revenue, visitors in zip(
                whole_numbers(given, "revenue_units"), counts[1].tolist(), strict=True
            )
        ),
        sample_ratio_p_value=_objects(p_values),
        has_sample_ratio_mismatch=_objects(
            None if p_value is None else p_value < LEAST_SAMPLE_RATIO_P_VALUE for p_value in p_values
        ),
    )[list(EXPERIMENT_RESULTS_TYPES)]


def _checked(results: pd.DataFrame) -> pd.DataFrame:
    """Return the rows sorted; ValueError on nulls, a variant that is there twice, or not one baseline."""
    given = results.sort_values(["experiment", "variant"], ignore_index=True)
    if given[["experiment", "variant", "is_baseline", "is_complete"]].isna().any(axis=None):
        raise ValueError("results: expected no nulls")
    if given.duplicated(["experiment", "variant"]).any():
        raise ValueError("results: a variant is there twice")
    given = given.astype({"is_baseline": bool})
    if (given.groupby("experiment")["is_baseline"].sum() != 1).any():
        raise ValueError("results: expected one baseline per experiment")
    return given


def _checked_shares(shares: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return the shares by experiment and variant; ValueError on one that is not above 0."""
    meant: dict[str, dict[str, float]] = {}
    for experiment, variant, share in shares[["experiment", "variant", "share"]].itertuples(index=False):
        if not share > 0:
            raise ValueError(f"shares: {experiment}, {variant}: expected a number above 0, found {share}")
        meant.setdefault(experiment, {})[variant.lower()] = float(share)
    return meant


def _sample_ratio(rows: pd.DataFrame, meant: dict[str, dict[str, float]]) -> float | None:
    """Return the p-value of an experiment's visitors having the shares that were meant, else equal ones."""
    visitors = dict(zip(rows["variant"], whole_numbers(rows, "visitors"), strict=True))
    if len(visitors) < 2:
        return None
    shares = meant.get(rows["experiment"].iloc[0], dict.fromkeys(visitors, 1.0))
    variants = sorted(visitors.keys() | shares.keys())  # also a variant that nobody met, or that has no share
    return chi_square_test(
        [visitors.get(variant, 0) for variant in variants], [shares.get(variant, 0.0) for variant in variants]
    )


def _counts(given: pd.DataFrame, column: str) -> np.ndarray:
    return np.array(whole_numbers(given, column), dtype=np.int64)


def _objects(values: Iterable[object]) -> pd.Series:
    """Return values as objects: with a None among them pandas would make floats of them."""
    return pd.Series(list(values), dtype=object)


def _rate(converted: np.ndarray, visitors: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return converted / visitors
