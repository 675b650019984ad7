"""A generated demo set, read as pandas frames."""

import math
from pathlib import Path

import duckdb
import pandas as pd

from klant360.demo.generate import generate
from klant360.demo.options import Options

# Standard errors of what is taken for certain: two-sided, at about one in 16,000.
CERTAIN = 4.0
RECORD_TABLES = {
    "customer_number": "crm.customers",
    "account_id": "webshop.accounts",
    "contact_id": "service_desk.contacts",
}


class DemoSet:
    """A generated set, its tables read as pandas frames (CSV: all text)."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.rows = generate(options)

    def path(self, name: str) -> Path:
        system, table = name.split(".")
        folder = self.options.out / ("" if system == "truth" else "sources") / system
        return folder / f"{table}.{self.options.format}"

    def relation(self, name: str) -> str:
        path = self.path(name)
        return (
            f"read_csv('{path}', all_varchar = true)" if path.suffix == ".csv" else f"read_parquet('{path}')"
        )

    def table(self, name: str) -> pd.DataFrame:
        return duckdb.sql(f"select * from {self.relation(name)}").df()


def is_near(hits: float, n: int, share: float) -> bool:
    """Return whether a binomial count is within 4.5 standard deviations of its mean."""
    return abs(hits - n * share) <= 4.5 * math.sqrt(n * share * (1 - share)) + 1
