"""What predictions and recommendations cost, and how good they are, beside their peers.

A million simulated customers are fitted and predicted; the 2,357 of CDNOW also by lifetimes and
pymc-marketing. Recommendations are made from four fifths of simulated order lines, also by the neighbourhood
models of implicit, and judged by the rest. Each runs in a process of its own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from klant360.bench.cdnow import read_cdnow
from klant360.bench.peers import peers_environment
from klant360.bench.prediction_ways import PREDICTIONS, RECOMMENDATIONS
from klant360.bench.process import run
from klant360.demo.purchases import simulate
from klant360.project import PROJECT

FOLDER = PROJECT / "target" / "bench" / "predictions"
SCRIPT = Path(__file__).with_name("prediction_ways.py")
WEEKS = 156
CUSTOMERS_WITH_LINES, PRODUCTS, TASTES = 100_000, 5_000, 60


def simulated_customers(number: int) -> pd.DataFrame:
    """Return the histories of customers of the demo's process, up to its last day."""
    bought = simulate(number, WEEKS, np.random.default_rng(1))
    lines = pd.DataFrame(
        {"customer": bought.buyer, "day": (bought.time * 7).astype(int), "units": bought.cents * 100}
    )
    by_customer = lines.groupby(["customer", "day"], as_index=False)["units"].sum().groupby("customer")
    first, last = by_customer["day"].min(), by_customer["day"].max()
    return pd.DataFrame(
        {
            "customer_id": [f"{customer:032x}" for customer in range(number)],
            "purchase_days": by_customer.size(),
            "recency_days": last - first,
            "age_days": WEEKS * 7 - 1 - first,
            "repeat_spend_units": by_customer["units"].sum() - by_customer["units"].first(),
        }
    )


def simulated_lines(number: int) -> pd.DataFrame:
    """Return lines of customers with two tastes each, of 60: some products sell far more than others."""
    rng = np.random.default_rng(1)
    popularity = rng.permutation(np.arange(1, PRODUCTS + 1) ** -0.7)
    taste = rng.integers(0, TASTES, PRODUCTS)
    chances = np.where(taste == np.arange(TASTES)[:, None], 4.2, 0.15) * popularity
    limits = chances.cumsum(axis=1) / chances.sum(axis=1, keepdims=True)
    lines_of = rng.multinomial(number, rng.dirichlet(np.full(CUSTOMERS_WITH_LINES, 0.8)))
    customer = np.repeat(np.arange(CUSTOMERS_WITH_LINES), lines_of)
    tastes = rng.integers(0, TASTES, (CUSTOMERS_WITH_LINES, 2))[customer, rng.integers(0, 2, number)]
    chance, product = rng.random(number), np.empty(number, dtype=np.int64)
    for each in range(TASTES):
        product[tastes == each] = np.searchsorted(limits[each], chance[tastes == each])
    return pd.DataFrame(
        {"customer_id": customer, "product_id": product, "is_tested": rng.random(number) < 0.2}
    )


def hit_rate(recommended: pd.DataFrame, lines: pd.DataFrame) -> float:
    """Return the share of customers who bought one of their ten, of those who bought something new."""
    pair = ["customer_id", "product_id"]
    is_tested = lines["is_tested"]
    known, tested = (
        lines.loc[~is_tested, pair].drop_duplicates(),
        lines.loc[is_tested, pair].drop_duplicates(),
    )
    new = tested.merge(known, how="left", on=pair, indicator="seen").query("seen == 'left_only'")
    new = new[new["customer_id"].isin(known["customer_id"])]
    hits = new.merge(recommended.assign(hit=True), how="left", on=pair)["hit"].notna()
    return hits.groupby(new["customer_id"].to_numpy()).any().mean()


def measure(customers: int, lines: int) -> None:
    """Measure, and print one table."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    print("The peers' environment (once)", flush=True)
    peers = peers_environment("requirements-predictions.txt", FOLDER / "peers")
    files = {name: FOLDER / f"{name}.parquet" for name in ("customers", "cdnow", "lines")}
    print(f"Making {customers:,} customers and {lines:,} order lines", flush=True)
    simulated_customers(customers).to_parquet(files["customers"])
    (packages,) = peers.parents[1].glob("lib/python*/site-packages")
    read_cdnow(packages).to_parquet(files["cdnow"])
    every_line = simulated_lines(lines * 5 // 4)
    every_line.loc[~every_line["is_tested"], ["customer_id", "product_id"]].to_parquet(files["lines"])
    runs = [("predictions", "klant360", "customers")]
    runs += [("predictions", way, "cdnow") for way in PREDICTIONS]
    runs += [("recommendations", way, "lines") for way in RECOMMENDATIONS]
    print(f"{'':<44}{'work':>16}{'with imports and reading':>28}")
    print(f"{'':<44}{'wall s':>8}{'cpu s':>8}{'wall s':>8}{'cpu s':>8}{'MB':>8}")
    for kind, way, data in runs:
        python = sys.executable if way == "klant360" else str(peers)
        result, log = FOLDER / "recommended.parquet", FOLDER / "output.txt"
        cost = run([python, str(SCRIPT), kind, way, str(files[data]), str(result)], {}, log)
        work = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
        print(
            f"{f'{data}: {way}':<44}{work['wall']:>8.2f}{work['cpu']:>8.2f}"
            f"{cost.wall:>8.1f}{cost.cpu:>8.1f}{cost.peak / 1e6:>8.0f}"
        )
        found = work["found"]
        if kind == "recommendations":
            found = {"hit rate at 10": hit_rate(pd.read_parquet(result), every_line)}
        print("    " + ", ".join(f"{name} {value:,.4g}" for name, value in found.items()), flush=True)
