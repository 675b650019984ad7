"""Where the project keeps its files, and the environment variables that choose others.

Relative paths in these variables start at the project's folder.
"""

import os
from pathlib import Path

PROJECT = Path(__file__).parents[2]

# The folder of delivered files; without it, the demo set.
SOURCES = "KLANT360_SOURCES"
# A folder with connectors of one's own, see docs/connectors.md.
CONNECTORS = "KLANT360_CONNECTORS"
# The DuckDB file that is built.
WAREHOUSE = "KLANT360_WAREHOUSE"
# The folder of publications, which BI tools read.
SERVE = "KLANT360_SERVE"
# The secret that makes customer ids unguessable, and the ledger of erasures unreadable.
ID_SALT = "KLANT360_ID_SALT"
# The ledger of erasure requests; without it, a file beside the warehouse.
LEDGER = "KLANT360_ERASURE_LEDGER"
# The warehouse whose tables are read instead of files, and its name in SQL: `klant360 slim` sets both.
PRODUCTION = "KLANT360_PRODUCTION"
SOURCE_DATABASE = "KLANT360_SOURCE_DATABASE"
# How much memory DuckDB may use, such as 4GB; by default four fifths of the machine's.
MEMORY_LIMIT = "KLANT360_MEMORY_LIMIT"
# 1 loads every file again, changed or not.
RELOAD = "KLANT360_RELOAD"
# Set while identities are resolved over all rows, to find those to erase: nothing is erased then.
RESOLVING = "KLANT360_RESOLVING_ERASURE"
# The Spark Connect server for Python models and publishing, a URL such as sc://host:15002.
SPARK_CONNECT = "KLANT360_SPARK_CONNECT"

DEMO_SOURCES = "demo/sources"


def sources_folder(project: Path = PROJECT) -> Path:
    """Return the folder of delivered files: KLANT360_SOURCES, else the demo set."""
    return project / Path(os.environ.get(SOURCES) or DEMO_SOURCES).expanduser()


def warehouse_file() -> Path:
    """Return the DuckDB file that is built: KLANT360_WAREHOUSE, else warehouse/klant360.duckdb."""
    return PROJECT / os.environ.get(WAREHOUSE, "warehouse/klant360.duckdb")


def spark_warehouse() -> Path:
    """Return the name of the warehouse on a cluster: its lock and ledger are files beside it."""
    return PROJECT / "warehouse" / "spark"


def serve_folder() -> Path:
    """Return the folder of publications: KLANT360_SERVE, else serve."""
    return PROJECT / os.environ.get(SERVE, "serve")


def id_salt() -> str:
    """Return the secret; empty when there is none."""
    return os.environ.get(ID_SALT, "")
