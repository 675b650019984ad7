"""What a large build costs, compared with the least that it could cost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from klant360.bench.peers import peers_environment
from klant360.bench.process import KLANT360, Cost, run
from klant360.bench.sources import add_day, make_sources
from klant360.project import ID_SALT, MEMORY_LIMIT, PROJECT, SOURCES, WAREHOUSE

FOLDER = PROJECT / "target" / "bench"
COMPILED = FOLDER / "compiled"
DBT = str(Path(sys.executable).with_name("dbt"))
MODELS = ("--resource-type", "seed", "--resource-type", "model")
PYTHON_MODELS = ("cohort_retention", "segment_transitions")
# Models compiled for the comparison of the latest scores.
RFM_MODELS = ("int_orders__customer_months", "int_rfm__segment_cells", "customer_segment_history")
# The folders of the models of behaviour, and of what only they read.
BEHAVIOUR = ("marts/behaviour", "intermediate/engagement", "intermediate/events", "intermediate/revenue")
# Seconds per stage of a hand-written floor at 10M orders of 1.25M people in 46 months, on two cores.
KNOWN_FLOOR = {
    "orders typed and rejected": 17,
    "source records": 5,
    "components": 6,
    "purchases and customer months": 12,
    "history with boundaries": 33,
    "marts": 18,
}


@dataclass
class Bench:
    """The measurements so far: `table` has stage, rows and cost; `ratios` name, value and target."""

    orders: int
    memory: str
    steps: int
    began: float = field(default_factory=time.perf_counter)
    table: list[tuple[str, int, Cost]] = field(default_factory=list)
    ratios: list[tuple[str, float, str]] = field(default_factory=list)
    details: dict[str, object] = field(default_factory=dict)
    step: int = 0

    def say(self, what: str) -> None:
        """Announce the next step."""
        self.step += 1
        print(f"[{time.perf_counter() - self.began:6.0f} s] {self.step}/{self.steps} {what}", flush=True)

    def add(self, stage: str, rows: int, cost: Cost) -> Cost:
        """Add a row to the table."""
        self.table.append((stage, rows, cost))
        print(f"           {stage}: {cost.wall:.1f} s, peak {cost.peak / 2**30:.2f} GB", flush=True)
        return cost

    def ratio(self, name: str, value: float, target: str = "") -> None:
        """Add a ratio and its target."""
        self.ratios.append((name, value, target))


class Warehouse:
    """A warehouse of the benchmark, with dbt commands on it, each in a separate process."""

    def __init__(self, name: str, sources: Path, memory: str) -> None:
        """Start without a warehouse file."""
        self.folder = FOLDER / name
        self.path = self.folder / "klant360.duckdb"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.sources, self.memory = sources, memory

    def dbt(self, *arguments: str) -> Cost:
        """Run a dbt command and measure it."""
        environment = {
            SOURCES: str(self.sources),
            WAREHOUSE: str(self.path),
            MEMORY_LIMIT: self.memory,
            ID_SALT: os.environ.get(ID_SALT) or "bench",
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_LOG_FORMAT_FILE": "json",
            "DBT_LOG_LEVEL_FILE": "info",
        }
        return run([DBT, *arguments, "--threads", "2"], environment, self.folder / "output.txt")

    def run(self) -> Cost:
        """Load the sources and run all models."""
        return self.dbt("build", *MODELS)

    def nodes(self) -> dict[str, float]:
        """Return seconds per node of the last dbt command, longest first."""
        results = json.loads((self.folder / "target" / "run_results.json").read_text(encoding="utf-8"))
        seconds = {node["unique_id"].split(".")[2]: node["execution_time"] for node in results["results"]}
        return dict(sorted(seconds.items(), key=lambda item: -item[1]))

    def overhead(self, cost: Cost) -> dict[str, float]:
        """Return where the wall time of the last dbt command went, in seconds."""
        lines = (self.folder / "logs" / "dbt.log").read_text(encoding="utf-8").splitlines()
        events = [json.loads(line)["info"] for line in lines]
        begin = max(place for place, event in enumerate(events) if event["name"] == "MainReportVersion")
        moments = {event["name"]: datetime.fromisoformat(event["ts"]) for event in reversed(events[begin:])}
        first, last = moments["MainReportVersion"], datetime.fromisoformat(events[-1]["ts"])
        parsed, loaded = moments["FoundStats"], moments["LogStartLine"]
        return {
            "start and end of the process": cost.wall - (last - first).total_seconds(),
            "parse": (parsed - first).total_seconds(),
            "load": (loaded - parsed).total_seconds(),
            "nodes": (last - loaded).total_seconds(),
        }

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(f"select count(*) from {table}").fetchall()[0][0]


def full_build(bench: Bench, sources: Path) -> tuple[Warehouse, Cost]:
    """Build at full size, run the tests, and run the floor on the same files."""
    bench.say(f"dbt run, {bench.orders:,} orders, memory limit {bench.memory}")
    warehouse = Warehouse("full", sources, bench.memory)
    full = warehouse.run()
    rows = warehouse.count("staging.base_webshop__orders")
    bench.add("dbt run", rows, full)
    bench.details["dbt_run_seconds"] = warehouse.overhead(full)
    bench.details["dbt_run_nodes"] = nodes = warehouse.nodes()
    bench.details["behaviour_nodes"] = behaviour_nodes(nodes)
    bench.details["history_rows"] = warehouse.count("marts.customer_segment_history")
    bench.details["customers"] = warehouse.count("marts.customer_360")
    _keep_compiled(warehouse)

    bench.say("the floor: a hand-written script from the same files to the same marts")
    stages_file = FOLDER / "floor.json"
    command = [sys.executable, "-m", "klant360.bench.floor", str(sources), str(FOLDER / "floor.duckdb")]
    command += [bench.memory, str(stages_file)]
    floor = bench.add("floor", rows, run(command, {}, FOLDER / "floor.txt"))
    bench.details["floor_stages"] = json.loads(stages_file.read_text(encoding="utf-8"))
    bench.ratio("dbt run / floor, wall", full.wall / floor.wall, "<= 1.3")
    bench.ratio("dbt run / floor, CPU", full.cpu / floor.cpu)

    bench.say("dbt test: all data tests and unit tests")
    tests = bench.add("dbt test", rows, warehouse.dbt("test"))
    bench.details["dbt_test_nodes"] = dict(list(warehouse.nodes().items())[:40])
    bench.ratio("dbt test / dbt run, wall", tests.wall / full.wall, "<= 1")
    return warehouse, full


def models_alone(bench: Bench, warehouse: Warehouse) -> None:
    """Measure the history and the Python models, each alone on the built warehouse."""
    rows = int(bench.details["history_rows"])
    bench.say("the history model alone, and a hand-written month loop")
    warehouse.dbt("run", "--full-refresh", "--select", "customer_segment_history")
    model = warehouse.nodes()["customer_segment_history"]
    command = [sys.executable, "-m", "klant360.bench.history_loop", str(warehouse.path)]
    log = FOLDER / "history_loop.txt"
    by_hand = run([*command, str(FOLDER / "loop.duckdb"), bench.memory], {}, log)
    loop = float(log.read_text(encoding="utf-8").split()[0])
    bench.add("history by hand, with its check", rows, by_hand)
    bench.details["history_seconds"] = {"model": model, "by_hand": loop}
    bench.ratio("history model / month loop by hand", model / loop, "<= 1.2")

    bench.say("cohorts and transitions alone")
    warehouse.dbt("run", "--select", *PYTHON_MODELS)
    seconds = {name: warehouse.nodes()[name] for name in PYTHON_MODELS}
    bench.details["python_model_seconds"] = seconds
    bench.ratio("seconds in Python models, including their input", sum(seconds.values()), "< 2")


def behaviour(bench: Bench, warehouse: Warehouse, stage: str, nodes: Mapping[str, float]) -> dict[str, float]:
    """Measure reading the touchpoints; returns what should grow as the orders do, with seconds of nodes."""
    log = warehouse.folder / "touchpoints.txt"
    command = [sys.executable, "-m", "klant360.bench.touchpoints", str(warehouse.path), bench.memory]
    cost = run(command, {}, log)
    touches, seconds = log.read_text(encoding="utf-8").split()
    bench.add(stage, int(touches), cost)
    return {
        "touchpoints": int(touches),
        "seconds of reading touchpoints": float(seconds),
        "seconds of the behaviour models": sum(behaviour_nodes(nodes).values()),
    }


def behaviour_nodes(nodes: Mapping[str, float]) -> dict[str, float]:
    """Return the nodes that are models of behaviour."""
    models = {path.stem for folder in BEHAVIOUR for path in (PROJECT / "models" / folder).glob("*.sql")}
    return {name: seconds for name, seconds in nodes.items() if name in models}


def latest_rfm(bench: Bench, warehouse: Warehouse, peers: Path) -> None:
    """Compare the latest scores of the same transactions with pandas and openretailscience."""
    bench.say("latest RFM from one Parquet file: klant360, pandas, openretailscience")
    file = FOLDER / "purchases.parquet"
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        connection.execute(f"""
            copy (
                select customer_id, order_id, order_date, net_amount
                from marts.orders where is_purchase order by order_date, order_id
            ) to '{file}' (format parquet)
        """)
    script = str(Path(__file__).with_name("latest_rfm.py"))
    rows, seconds, customers = warehouse.count("marts.orders where is_purchase"), {}, set()
    for way in ("klant360", "pandas", "openretailscience"):
        log = FOLDER / f"rfm_{way}.txt"
        cost = run([str(peers), script, way, str(file), str(COMPILED)], {}, log)
        *_, took, scored = log.read_text(encoding="utf-8").split()
        seconds[way] = float(took)
        customers.add(scored)
        bench.add(f"latest RFM, {way}", rows, cost)
    if len(customers) > 1:
        raise SystemExit(f"The ways do not score the same customers: {', '.join(sorted(customers))}.")
    bench.details["latest_rfm_seconds"] = seconds
    for way in ("pandas", "openretailscience"):
        bench.ratio(f"latest RFM, {way} / klant360", seconds[way] / seconds["klant360"], "> 1")


def _keep_compiled(warehouse: Warehouse) -> None:
    """Keep the compiled SQL of the run: unit tests overwrite it with SQL on their fixtures."""
    shutil.rmtree(COMPILED, ignore_errors=True)
    COMPILED.mkdir()
    for path in (warehouse.folder / "target" / "compiled" / "klant360" / "models").rglob("*.sql"):
        if path.stem in RFM_MODELS:
            shutil.copy(path, COMPILED)
    shutil.copy(PROJECT / "seeds" / "segment_mapping.csv", COMPILED)


def day_after(bench: Bench, warehouse: Warehouse, sources: Path, full: Cost) -> None:
    """Run again with a day of new orders, and then with contacts that merge old customers."""
    orders = max(bench.orders * 3 // 1000, 1)
    for merged, target in ((0, "<= 0.35"), (max(orders // 100, 10), "")):
        what = f"{merged:,} merges of old customers" if merged else f"{orders:,} new orders of one day"
        bench.say(f"the day after: {what}")
        warehouse.sources = add_day(sources, FOLDER / "day", orders, merged=merged)
        cost = bench.add(f"the day after, {what}", merged or orders, warehouse.run())
        bench.details[f"day_after_{merged}_seconds"] = warehouse.overhead(cost)
        bench.details[f"day_after_{merged}_nodes"] = dict(list(warehouse.nodes().items())[:20])
        bench.ratio(f"the day after, {what} / full", cost.wall / full.wall, target)


def growth_and_memory(bench: Bench, sources: Path, full: Cost, full_behaviour: dict[str, float]) -> None:
    """Build a tenth, and build in 2 GB."""
    bench.say(f"dbt run at a tenth of the orders: {bench.orders // 10:,}")
    tenth = Warehouse("tenth", make_sources(bench.orders // 10, FOLDER / "data_tenth"), bench.memory)
    cost = tenth.run()
    bench.add("dbt run, a tenth", tenth.count("staging.base_webshop__orders"), cost)
    bench.ratio("ten times the orders, times the wall time", full.wall / cost.wall, "<= 11")
    tenth_behaviour = behaviour(bench, tenth, "touchpoints read, a tenth", tenth.nodes())
    for what, figure in full_behaviour.items():
        bench.ratio(f"ten times the orders, times the {what}", figure / tenth_behaviour[what], "<= 11")
    bench.ratio(f"peak resident GB with a limit of {bench.memory}", full.peak / 2**30, "<= 6")
    shutil.rmtree(tenth.folder)

    bench.say("dbt run with a memory limit of 2GB")
    small = Warehouse("small_memory", sources, "2GB")
    bench.add("dbt run in 2GB", bench.orders, small.run())
    shutil.rmtree(small.folder)


def small_build(bench: Bench) -> None:
    """Build and test the demo set, and measure where the time goes."""
    bench.say("the demo set: dbt build with all tests")
    folder = FOLDER / "demo"
    run([KLANT360, "demo", "--out", str(folder)], {}, FOLDER / "demo.txt")
    warehouse = Warehouse("demo_warehouse", folder / "sources", bench.memory)
    cost = bench.add("demo build with tests, cold", warehouse_rows(folder), warehouse.dbt("build"))
    results = json.loads((warehouse.folder / "target" / "run_results.json").read_text(encoding="utf-8"))
    kinds: dict[str, list[float]] = {}
    for node in results["results"]:
        kinds.setdefault(node["unique_id"].split(".")[0], []).append(node["execution_time"])
    bench.details["demo_build_seconds"] = warehouse.overhead(cost) | {
        f"{kind}s: {len(seconds)} nodes, summed over two threads": sum(seconds)
        for kind, seconds in sorted(kinds.items())
    }
    bench.details["demo_build_nodes"] = dict(list(warehouse.nodes().items())[:10])


def warehouse_rows(demo: Path) -> int:
    """Count the lines of the demo set's files, without headers."""
    files = (demo / "sources").rglob("*.csv")
    return sum(path.read_bytes().count(b"\n") - 1 for path in files)


def report(bench: Bench) -> str:
    """Format the table, the stages and the ratios as text."""
    lines = ["", f"{'stage':<56}{'rows':>12}{'wall':>10}{'CPU':>10}{'peak':>10}"]
    lines += [
        f"{stage:<56}{rows:>12,}{cost.wall:>8.1f} s{cost.cpu:>8.1f} s{cost.peak / 2**30:>7.2f} GB"
        for stage, rows, cost in bench.table
    ]
    lines += ["", f"{'ratio':<68}{'is':>8}  should be"]
    lines += [f"{name:<68}{value:>8.2f}  {target}" for name, value, target in bench.ratios]
    stages = bench.details["floor_stages"]
    known = ", ".join(f"{name} {seconds}" for name, seconds in KNOWN_FLOOR.items())
    lines += ["", "Stages of the floor, seconds:"]
    lines += [f"  {stage['name']:<54}{stage['wall']:>8.1f} s" for stage in stages]
    lines += [f"  A known floor at 10M orders of 1.25M people: {known}; 91 in all."]
    lines += ["", "Seconds of the behaviour models in dbt run:"]
    lines += [f"  {name:<60}{seconds:>8.1f}" for name, seconds in bench.details["behaviour_nodes"].items()]
    for what, key in (
        ("dbt run", "dbt_run"),
        ("the day after", "day_after_0"),
        ("the demo build with its tests", "demo_build"),
    ):
        lines += ["", f"Where the time of {what} goes, seconds:"]
        lines += [f"  {name:<60}{seconds:>8.1f}" for name, seconds in bench.details[f"{key}_seconds"].items()]
        longest = list(bench.details[f"{key}_nodes"].items())[:10]
        lines += [f"  longest: {', '.join(f'{name} {seconds:.1f}' for name, seconds in longest)}"]
    return "\n".join(lines)


def measure(orders: int, memory: str) -> None:
    """Measure, print one table, and write it as JSON and as a plot."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    bench = Bench(orders, memory, steps=13)
    bench.say("the peers' environment, and the sources (once)")
    peers = peers_environment("requirements.txt", FOLDER / "peers")
    sources = make_sources(orders, FOLDER / "data")
    warehouse, full = full_build(bench, sources)
    models_alone(bench, warehouse)
    bench.say("the touchpoints, read per kind and per customer")
    full_behaviour = behaviour(bench, warehouse, "touchpoints read", bench.details["dbt_run_nodes"])
    latest_rfm(bench, warehouse, peers)
    day_after(bench, warehouse, sources, full)
    shutil.rmtree(warehouse.folder)
    growth_and_memory(bench, sources, full, full_behaviour)
    small_build(bench)
    text = report(bench)
    print(text)
    written = FOLDER / "bench.json"
    results = {
        "orders": bench.orders,
        "memory_limit": bench.memory,
        "table": [{"stage": stage, "rows": rows, **asdict(cost)} for stage, rows, cost in bench.table],
        "ratios": [{"name": n, "value": v, "target": t} for n, v, t in bench.ratios],
        **bench.details,
    }
    written.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    plot = Path(__file__).with_name("plot.py")
    subprocess.run([str(peers), str(plot), str(written), str(written.with_suffix(".png"))], check=True)
    print(
        f"\nWritten to {written.relative_to(PROJECT)} and {written.with_suffix('.png').relative_to(PROJECT)}."
    )
