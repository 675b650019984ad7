"""What it costs to resolve millions of source records into customers.

The demo company's records are loaded and cleaned first; then the identity models run alone, in a separate
process under a memory limit. Their cost is compared with the least that any method needs: reading the same
records once, and finding the connected components of the same links with scipy
(`scipy.sparse.csgraph.connected_components`; Pearce 2005, "An improved algorithm for finding the strongly
connected components of a directed graph"). Both are measured in one run, since machines differ.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import duckdb
import numpy as np

from klant360.bench.process import KLANT360, run
from klant360.project import MEMORY_LIMIT, PROJECT, SOURCES, WAREHOUSE

# The tables that records come from; the other demo tables are left out to save time.
RECORD_TABLES = ("crm/customers", "webshop/accounts", "webshop/orders", "service_desk/contacts")
FOLDER = PROJECT / "target" / "bench" / "identity"
LOG = FOLDER / "output.txt"
MODELS_BEFORE = "+int_identity__source_records"


def make_sources(people: int) -> Path:
    """Make the demo company of this many people, unless the last run did; returns its sources folder."""
    sources, marker = FOLDER / "demo" / "sources", FOLDER / "people.txt"
    if marker.exists() and marker.read_text(encoding="utf-8") == str(people):
        return sources
    command = [KLANT360, "demo", "--people", str(people), "--format", "parquet"]
    run([*command, "--out", str(FOLDER / "demo")], {}, LOG)
    for file in sources.rglob("*.parquet"):
        if str(file.relative_to(sources).with_suffix("")) not in RECORD_TABLES:
            file.unlink()
    marker.write_text(str(people), encoding="utf-8")
    return sources


def baseline(warehouse: Path) -> tuple[float, dict[str, int]]:
    """Return the seconds of a scan of the records plus scipy's components, and the counts."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    with duckdb.connect(str(warehouse), read_only=True, config={"threads": 2}) as connection:
        began = time.perf_counter()
        connection.execute(
            "select sum(hash(records)) from intermediate.int_identity__source_records as records"
        )
        links = connection.execute(
            "select record_number, linked_record_number from intermediate.int_identity__links"
        ).fetchnumpy()
        ends = [np.asarray(links[name]) for name in ("record_number", "linked_record_number")]
        size = int(max(end.max(initial=0) for end in ends)) + 1
        graph = coo_matrix((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(size, size))
        connected_components(graph, directed=False)
        seconds = time.perf_counter() - began
        counts = connection.execute("""
            select
                (select count(*) from intermediate.int_identity__source_records),
                (select count(*) from intermediate.int_identity__identifiers),
                (select count(*) from intermediate.int_identity__links),
                (select count(distinct customer_id) from intermediate.int_identity__record_customers)
        """).fetchall()[0]
    return seconds, dict(zip(("records", "values", "links", "customers"), counts, strict=True))


def measure(people: int, memory: str) -> None:
    """Make, load, resolve, measure, and print one table."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(f"Making {people:,} people (once; about 2 minutes per million)", flush=True)
    sources = make_sources(people)
    warehouse = FOLDER / "klant360.duckdb"
    warehouse.unlink(missing_ok=True)
    environment = {
        SOURCES: str(sources),
        WAREHOUSE: str(warehouse),
        MEMORY_LIMIT: memory,
        "DBT_TARGET_PATH": str(FOLDER / "target"),
        "DBT_LOG_PATH": str(FOLDER / "logs"),
    }
    dbt = [str(Path(sys.executable).with_name("dbt")), "build", "--threads", "2"]
    models = ["--resource-type", "seed", "--resource-type", "model", "--select"]
    print("Loading and cleaning", flush=True)
    before = run([*dbt, *models, MODELS_BEFORE, "resource_type:seed"], environment, LOG)
    print("Resolving", flush=True)
    nothing = run([*dbt, "--resource-type", "analysis", "--select", "no_such_model"], environment, LOG)
    names = _identity_models()
    resolving = run([*dbt, *models, *names], environment, LOG)
    seconds, counts = baseline(warehouse)
    took = resolving.wall - nothing.wall
    print(f"\n{'':<44}{'wall':>8}{'CPU':>8}{'peak':>10}")
    for label, cost in (
        ("load and clean, with dbt's start", before),
        ("dbt's start, selecting nothing", nothing),
        ("identity, with dbt's start", resolving),
    ):
        print(f"{label:<44}{cost.wall:>6.1f} s{cost.cpu:>6.1f} s{cost.peak / 2**30:>7.2f} GB")
    print(f"{'scan of the records and scipy on the links':<44}{seconds:>6.1f} s")
    print(
        f"\n{counts['records']:,} records, {counts['values']:,} identifier values, {counts['links']:,} links,"
        f" {counts['customers']:,} customers."
        f"\nIdentity without dbt's start / scan and scipy: {took / seconds:.1f}"
    )
    results = {
        "people": people,
        "memory_limit": memory,
        **counts,
        "load_and_clean": asdict(before),
        "dbt_start": asdict(nothing),
        "identity": asdict(resolving),
        "scan_and_scipy_wall": seconds,
        "ratio": took / seconds,
    }
    file = FOLDER.parent / "identity.json"
    file.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(f"Written to {file.relative_to(PROJECT)}.")


def _identity_models() -> list[str]:
    folder = PROJECT / "models" / "intermediate" / "identity"
    parts = ("records", "matching", "clustering", "crosswalk")
    names = sorted(path.stem for part in parts for path in (folder / part).glob("*.sql"))
    return [name for name in names if name != "int_identity__source_records"]
