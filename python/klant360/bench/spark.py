"""What a build costs on a Spark cluster on this machine, and how that grows with the number of orders."""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.request import urlopen

from klant360.bench.build import DBT, MODELS
from klant360.bench.process import run
from klant360.bench.sources import make_sources
from klant360.project import ID_SALT, PROJECT
from klant360.spark.local_cluster import HOST, Cluster, local_cluster

FOLDER = PROJECT / "target" / "bench" / "spark"
# The cluster forgets jobs and stages beyond these numbers.
KEPT = ("spark.ui.retainedJobs=100000", "spark.ui.retainedStages=100000")
NODE = re.compile(r'"node_id": "model\.klant360\.(\w+)"')


@dataclass
class GroupCost:
    """What the models of one folder cost: seconds of dbt, and bytes that Spark shuffled."""

    seconds: float = 0.0
    shuffled: int = 0


def measure(sizes: Sequence[int], memory: str) -> None:
    """Build companies of these numbers of orders and print the cost per group of models."""
    costs = {orders: _measured(orders, memory) for orders in sizes}
    print("\n".join(lines(costs)))
    (FOLDER / "spark.json").write_text(
        json.dumps(
            {
                orders: {group: asdict(cost) for group, cost in found.items()}
                for orders, found in costs.items()
            },
            indent=2,
        ),
        encoding="utf-8",
    )


def lines(costs: dict[int, dict[str, GroupCost]]) -> list[str]:
    """Return the table: a line per group, seconds and megabytes shuffled per size."""
    sizes = list(costs)
    groups = sorted({group for found in costs.values() for group in found})
    header = "".join(f"{f'{orders:,} orders':>26}" for orders in sizes)
    table = [
        f"{'':<28}{header}",
        f"{'group of models':<28}" + f"{'seconds':>14}{'MB shuffled':>12}" * len(sizes),
    ]
    for group in [*groups, "total"]:
        cells = ""
        for orders in sizes:
            found = costs[orders].values() if group == "total" else [costs[orders].get(group, GroupCost())]
            seconds, shuffled = sum(c.seconds for c in found), sum(c.shuffled for c in found)
            cells += f"{seconds:>14.1f}{shuffled / 2**20:>12.1f}"
        table.append(f"{group:<28}{cells}")
    return table


def _measured(orders: int, memory: str) -> dict[str, GroupCost]:
    folder = FOLDER / str(orders)
    folder.mkdir(parents=True, exist_ok=True)
    sources = make_sources(orders, folder / "data")
    print(f"{orders:,} orders: starting the cluster", flush=True)
    with local_cluster(folder / "cluster", memory=memory, settings=KEPT) as cluster:
        environment = {
            **cluster.environment(),
            ID_SALT: "benchmark",
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }
        _load(sources, folder, environment)
        command = [DBT, "build", *MODELS, "--target", "spark", "--log-level", "warn"]
        for what in ("cold", "warm"):
            cost = run(command, environment, folder / f"{what}.log")
            print(f"{orders:,} orders: {what} {cost.wall:.0f} s", flush=True)
        found = _group_costs(folder / "target" / "run_results.json", _shuffled(cluster))
        print(
            f"{orders:,} orders: peak memory {_peak(cluster.processes.values()) / 2**30:.1f} GB", flush=True
        )
        return found


def _load(sources: Path, folder: Path, environment: dict[str, str]) -> None:
    from klant360.spark.connection import connect
    from klant360.spark.loading import load_files

    os.environ.update(environment)
    (folder / "parquet").mkdir(exist_ok=True)
    session = connect()
    load_files(session, sources, folder / "parquet", {}, log=lambda line: None)
    session.stop()


def _group_costs(results: Path, shuffled: dict[str, int]) -> dict[str, GroupCost]:
    """Add up per folder of models what the last run took, and the mean shuffle of its two runs."""
    manifest = json.loads((results.parent / "manifest.json").read_text(encoding="utf-8"))
    groups: dict[str, GroupCost] = defaultdict(GroupCost)
    for result in json.loads(results.read_text(encoding="utf-8"))["results"]:
        kind, _, name = result["unique_id"].split(".")[:3]
        folder = Path(manifest["nodes"][result["unique_id"]]["path"]).parent if kind == "model" else "seeds"
        group = "/".join(Path(folder).parts[:2])
        groups[group].seconds += result["execution_time"]
        groups[group].shuffled += shuffled.get(name, 0) // 2
    return dict(groups)


def _shuffled(cluster: Cluster) -> dict[str, int]:
    """Return the bytes that the statements of each model shuffled, from Spark's own metrics."""
    application = _get(cluster, "")[0]["id"]
    stages = {
        stage["stageId"]: stage["shuffleWriteBytes"] for stage in _get(cluster, f"/{application}/stages")
    }
    total: dict[str, int] = defaultdict(int)
    for job in _get(cluster, f"/{application}/jobs"):
        if node := NODE.search(job.get("description", "")):
            total[node.group(1)] += sum(stages.get(stage, 0) for stage in job["stageIds"])
    return total


def _get(cluster: Cluster, path: str) -> list[dict]:
    with urlopen(f"http://{HOST}:{cluster.ui_port}/api/v1/applications{path}") as answer:
        return json.load(answer)


def _peak(processes: Iterable[int]) -> int:
    """Return the sum of the peak resident memory of processes and their children, in bytes."""
    total, waiting = 0, list(processes)
    while waiting:
        process = Path(f"/proc/{waiting.pop()}")
        status = (process / "status").read_text(encoding="utf-8")
        total += int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024
        waiting += map(int, (process / "task" / process.name / "children").read_text().split())
    return total
