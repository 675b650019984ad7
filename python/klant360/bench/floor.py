"""The floor of the benchmark: a hand-written script from the same files to the marts, without dbt and tests.

`floor_stages` has the SQL of each stage, in as few scans as possible; `-- loop:` calls a loop in Python. The
script does less than the project, so ratios to it are too high rather than too low: its identity rules are
shared values with similar names and cross-references, without the levels of poorer records, chains, vetoes
and decisions; it rejects rows but lists no ignored cells; it normalises addresses, phones and names for the
Netherlands only; it does not pair credit notes that name no order; and it makes only the large marts, not
with every column. It prints its row counts, to compare with the project's.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from pathlib import Path

import duckdb

from klant360.bench.history_loop import write_months
from klant360.project import PROJECT

STAGES = Path(__file__).with_name("floor_stages")
COUNTED = {
    "orders accepted": "marts.orders",
    "rows rejected": "restricted.rejected_rows",
    "customers": "marts.customer_360",
    "history rows": "history",
}


def resolve(connection: duckdb.DuckDBPyConnection) -> None:
    """Turn temp.edges (low, high) into temp.components (node, component); a component is its lowest node.

    Each node points to its lowest neighbour, pointers are followed to their ends, and the graph is contracted
    until no edges are left.
    """
    connection.execute("create temp table components (node bigint, component bigint)")
    connection.execute("create temp table rest as from edges")
    while connection.execute("select count(*) from rest").fetchall()[0][0]:
        connection.execute(
            "create or replace temp table parents as"
            " select high as node, min(low) as parent from rest group by high"
        )
        moved = 1
        while moved:
            connection.execute("""
                create or replace temp table jumped as
                select a.node, coalesce(b.parent, a.parent) as parent, b.parent is not null as has_moved
                from parents as a left join parents as b on a.parent = b.node
            """)
            moved = connection.execute("select count(*) from jumped where has_moved").fetchall()[0][0]
            connection.execute("create or replace temp table parents as select node, parent from jumped")
        connection.execute("""
            create or replace temp table components as
            select c.node, coalesce(p.parent, c.component) as component
            from components as c left join parents as p on c.component = p.node
            union all
            select node, parent from parents anti join components using (node)
        """)
        connection.execute("""
            create or replace temp table rest as
            select distinct least(a, b) as low, greatest(a, b) as high
            from (
                select coalesce(l.parent, low) as a, coalesce(h.parent, high) as b
                from rest
                left join parents as l on low = l.node
                left join parents as h on high = h.node
            )
            where a <> b
        """)


def run_floor(sources: Path, warehouse: Path, memory: str) -> list[dict[str, float | str]]:
    """Run the stages into a new file; returns the name, wall and CPU seconds of each."""
    warehouse.unlink(missing_ok=True)
    loops = {"components": resolve, "history": lambda connection: write_months(connection, "floor.")}
    stages: list[dict[str, float | str]] = []
    with duckdb.connect(config={"threads": 2, "memory_limit": memory}) as connection:
        connection.execute("set TimeZone = 'UTC'; set preserve_insertion_order = false")
        connection.execute(f"set temp_directory = '{warehouse}.tmp'")
        connection.execute(f"attach '{warehouse}' as floor; use floor")
        for path in sorted(STAGES.glob("*.sql")):
            name = path.stem.split("_", 1)[1].replace("_", " ")
            body = path.read_text(encoding="utf-8").format(sources=sources, seeds=PROJECT / "seeds")
            began, used = time.perf_counter(), _cpu()
            for text in re.split(r"(-- loop: .*)", body):
                loop = re.match("-- loop: (.*)", text)
                if loop:
                    loops[loop[1]](connection)
                elif text.strip():
                    connection.execute(text)
            stage = {"name": name, "wall": time.perf_counter() - began, "cpu": _cpu() - used}
            print(f"{name}: {stage['wall']:.1f} s", flush=True)
            stages.append(stage)
        for what, table in COUNTED.items():
            print(f"{what}: {connection.execute(f'select count(*) from {table}').fetchall()[0][0]:,}")
    return stages


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    _sources, _warehouse, _memory, _stages = sys.argv[1:]
    Path(_stages).write_text(
        json.dumps(run_floor(Path(_sources), Path(_warehouse), _memory)), encoding="utf-8"
    )
