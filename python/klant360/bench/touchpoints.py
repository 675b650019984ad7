"""Reads the view of touchpoints as an analyst does: per kind, and per customer.

Run as a process of its own, so that its memory is measured.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import duckdb


def read_touchpoints(warehouse: Path, memory: str) -> tuple[int, float]:
    """Return the number of touchpoints, and the seconds to count them per kind and per customer."""
    settings = {"threads": 2, "memory_limit": memory, "temp_directory": f"{warehouse}.tmp"}
    with duckdb.connect(str(warehouse), read_only=True, config=settings) as connection:
        began = time.perf_counter()
        kinds = connection.execute("select kind, count(*) from marts.touchpoints group by kind").fetchall()
        connection.execute("""
            select max(touches), max(last_touch_at) from (
                select count(*) as touches, max(occurred_at) as last_touch_at
                from marts.touchpoints
                group by customer_id
            )
        """).fetchall()
        return sum(touches for _, touches in kinds), time.perf_counter() - began


if __name__ == "__main__":
    print(*read_touchpoints(Path(sys.argv[1]), sys.argv[2]))
