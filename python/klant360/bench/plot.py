"""The benchmark's picture: wall time per stage and the longest nodes. Run by the benchmark's environment."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def draw(results: dict, target: str) -> None:
    """Draw the results in bench.json as a PNG."""
    figure, (stages, nodes) = plt.subplots(1, 2, figsize=(15, 6), layout="constrained")
    table = results["table"][::-1]
    stages.barh([row["stage"] for row in table], [row["wall"] for row in table], color="#2a6f97")
    for place, row in enumerate(table):
        stages.text(row["wall"], place, f" {row['wall']:.0f} s, {row['peak'] / 2**30:.1f} GB", va="center")
    stages.set_title(f"Wall time per stage, {results['orders']:,} orders")
    longest = list(results["dbt_run_nodes"].items())[:15][::-1]
    nodes.barh([name for name, _ in longest], [seconds for _, seconds in longest], color="#61a5c2")
    nodes.set_title("Longest nodes of dbt run")
    for axes in (stages, nodes):
        axes.set_xlabel("seconds")
        axes.margins(x=0.2)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2])
