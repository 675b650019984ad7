"""Publishes the marts of a cluster: the same checks, files and pointer as for a warehouse on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dbt.cli.main import dbtRunnerResult

from klant360.contract import read_contract
from klant360.privacy.personal_data import problems
from klant360.publishing.publish import PACKAGES, built_models, publish, refuse
from klant360.spark.connection import connect
from klant360.spark.copying import copy_tables, tables_of

# What a publication and its audit read.
PUBLISHED_SCHEMAS = ("marts", "restricted")


def publish_from_spark(result: dbtRunnerResult, serve: Path, variables: Mapping[str, Any], keep: int) -> str:
    """Publish the marts of a build that succeeded; returns the name of the publication.

    Raises PublicationError if it must not be published.
    """
    session = connect()
    systems = {table.system for table in read_contract().values()}
    schemas = {
        outcome.node.schema for outcome in result.result.results if outcome.node.resource_type == "model"
    }
    columns = tables_of(session, sorted(schemas | systems | {"seeds"}))
    refuse(problems(built_models(result, columns), dialect="spark"))
    published = [name for name in columns if name.split(".")[0] in PUBLISHED_SCHEMAS]
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "klant360.duckdb"
        copy_tables(session, published, copy)
        return publish(copy, serve, variables, keep, packages=(*PACKAGES, "dbt-spark", "pyspark"))
