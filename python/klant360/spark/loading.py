"""Loads delivered files into the source tables on a cluster: for tests, benchmarks and small companies.

Data that is too large for one machine comes from a loader of its own: docs/spark.md says which tables it
fills.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from klant360.contract import read_contract
from klant360.ingest.file_formats import read_rules
from klant360.ingest.loading import load_sources
from klant360.privacy.erasure import BOOKKEEPING
from klant360.project import PROJECT
from klant360.quoting import quoted
from klant360.settings import project_vars

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# What the loader found, and how many rows were erased from what it loaded.
DELIVERY = (
    "staging.delivered_tables", "staging.delivered_files", "staging.malformed_rows", "staging.erased_rows",
)  # fmt: skip
# Outlives the next load.
RESULTS = "staging.erasure_results"


def load_files(
    session: SparkSession,
    sources: Path,
    folder: Path,
    cli_vars: Mapping[str, Any],
    log: Callable[[str], None] = print,
) -> None:
    """Replace the source tables on the cluster by the files of a delivery.

    `folder` holds the tables as Parquet meanwhile: the cluster must see it under the same path. Raises
    DeliveryError as the loader of DuckDB does.
    """
    contract = read_contract(PROJECT)
    with duckdb.connect() as connection:
        load_sources(
            connection, sources, contract, rules=read_rules(project_vars(cli_vars), PROJECT), log=log
        )
        connection.execute(BOOKKEEPING)
        for schema in sorted({name.split(".")[0] for name in contract} | {"staging"}):
            session.sql(f"create database if not exists {schema}").collect()
        for name in (*contract, *DELIVERY, RESULTS):
            file = folder / f"{name}.parquet"
            connection.execute(f"copy {name} to {quoted(file)} (format parquet)")
            if name != RESULTS:
                session.sql(f"drop table if exists {name}").collect()
            session.sql(
                f"create table if not exists {name} using parquet as select * from parquet.`{file}`"
            ).collect()
