"""Incremental builds give the same result as one full build in a new file.

Each sequence consists of deliveries into one warehouse: before each of them the orders, the people, the rules
or the vars change. After each, every table for readers must equal that of a full build with the same
delivery, rules and vars, row by row.
"""

import csv
import datetime
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import strategies
from changes import (
    CHANGED_SEEDS,
    CHANGES,
    SEEDS,
    Change,
    Row,
    World,
    engagement_rule,
    erased_person,
    late_order,
    late_session,
    mapping_rule,
    merged_customers,
    new_order,
    tie_method,
    window,
)
from klant360.privacy.ledger import ledger_file
from warehouses import Dbt, Warehouse, csv_text

READ_SCHEMAS = ("marts", "restricted")
# depends on earlier builds by design
KEEPS_OVER_BUILDS = {("marts", "customer_merges")}
# the history, its descendants (of which customer_360 reads engagement), and their ancestors
HISTORY = "@customer_segment_history"
# after the comment that dbt begins each statement with
COMPUTES_A_SNAPSHOT = re.compile(
    r'(/\*.*?\*/)?\s*insert into "klant360"."marts"."customer_segment_history(__dbt_tmp)?"'
)


# --- Building and comparing ---------------------------------------------------------------------------------


class BrokenOffError(Exception):
    """The fault that a test puts into a build."""


@dataclass
class Fault:
    """Counts the computed snapshots, and fails at one of them (0: never)."""

    at: int = 0
    computed: int = 0

    @contextmanager
    def inserted(self) -> Iterator["Fault"]:
        """Check every statement that dbt sends to DuckDB."""
        execute = DuckDBCursorWrapper.execute

        def look(cursor: Any, sql: str, bindings: Any = None) -> Any:
            if COMPUTES_A_SNAPSHOT.match(sql):
                self.computed += 1
                if self.computed == self.at:
                    raise BrokenOffError("broken off in the middle")
            return execute(cursor, sql, bindings)

        DuckDBCursorWrapper.execute = look
        try:
            yield self
        finally:
            DuckDBCursorWrapper.execute = execute


class Builds:
    """A warehouse that is built repeatedly, and the project whose seeds change."""

    def __init__(
        self,
        project: Path,
        new_warehouse: Callable[[], Warehouse],
        make_sources: Callable[[Mapping[str, Any]], Path],
        dbt: Dbt,
    ) -> None:
        self.project, self.new_warehouse, self.make_sources, self.dbt = (
            project,
            new_warehouse,
            make_sources,
            dbt,
        )
        self.warehouse = new_warehouse()

    def build(
        self, world: World, warehouse: Warehouse | None = None, select: str = HISTORY, at: int = 0
    ) -> int:
        """Build the world into the warehouse; returns how many snapshots were computed."""
        sources = self._write(world)
        fault = Fault(at)
        with fault.inserted():
            (warehouse or self.warehouse).build(
                sources, variables=world.variables, project=self.project, select=[select], reload=True
            )
        return fault.computed

    def break_off(self, world: World, at: int) -> None:
        """Make a build fail at a snapshot, and check that the history is complete; a build may need none."""
        before = self.history()
        try:
            self.build(world, at=at)
        except AssertionError as error:
            assert "broken off in the middle" in str(error)
            assert self.history() == before

    def build_empty(self, world: World) -> None:
        """Run with --empty, which must leave the history."""
        before = self.history()
        environment = {
            "KLANT360_WAREHOUSE": str(self.warehouse.path),
            "KLANT360_SOURCES": str(self._write(world)),
        }
        arguments = ["run", "--empty", "--select", "+customer_segment_history", "--no-write-json"]
        target = ["--target-path", str(self.warehouse.path.parent / "target")]
        done = self.dbt.invoke(
            [*arguments, *target], variables=world.variables, project=self.project, environment=environment
        )
        assert done.success, done.exception
        assert self.history() == before

    def history(self) -> list[tuple[Any, ...]]:
        """Return hashes of the history and of its list of computed snapshots."""
        return self.warehouse.rows(
            "select count(*), sum(hash(history)),"
            " (select sum(hash(c)) from intermediate.customer_segment_history__computed as c)"
            " from marts.customer_segment_history as history"
        )

    def assert_is_what_a_full_build_gives(self, world: World) -> None:
        """Build the world into a new file, with the same ledger of erasures, and compare."""
        fresh = self.new_warehouse()
        ledger = ledger_file(self.warehouse.path)
        if ledger.exists():
            shutil.copy(ledger, ledger_file(fresh.path))
        self.build(world, fresh)
        found, expected = contents(self.warehouse), contents(fresh)
        assert {name for _, name in expected} >= {
            "customer_segment_history",
            "segment_transitions",
            "segment_changes",
            "early_warnings",
            "customer_engagement_history",
            "customer_360",
        }
        assert expected["marts", "customer_engagement_history"][0] > 0
        assert found == expected
        fresh.path.unlink()

    def _write(self, world: World) -> Path:
        for name, rows in world.seeds.items():
            header = ",".join(_header(name)) + "\n"
            (self.project / "seeds" / f"{name}.csv").write_text(csv_text(rows) if rows else header, "utf-8")
        tables = {
            "webshop.orders": world.orders,
            "webshop.accounts": world.accounts,
            "webshop.sessions": world.sessions,
        }
        return self.make_sources(
            tables | ({"crm.erasure_requests": world.requests} if world.requests else {})
        )


def _header(name: str) -> list[str]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8") as file:
        return next(csv.reader(file))


def contents(warehouse: Warehouse) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return row count and order-independent hashes of every table for readers."""
    columns = warehouse.rows(
        "select table_schema, table_name, string_agg(column_name, ', ' order by column_name)"
        f" from information_schema.columns where table_schema in {READ_SCHEMAS} group by all"
    )
    return {
        (schema, name): warehouse.rows(
            f"select count(*), sum(hash({listed})), sum(hash('again', {listed})) from {schema}.{name}"
        )[0]
        for schema, name, listed in columns
        if (schema, name) not in KEEPS_OVER_BUILDS
    }


@pytest.fixture(scope="module")
def project(make_project: Callable[[Mapping[str, str]], Path]) -> Path:
    """A project for this file, in which some seeds are rewritten before every build."""
    return make_project({name: (SEEDS / f"{name}.csv").read_text("utf-8") for name in CHANGED_SEEDS})


@pytest.fixture(scope="module")
def start(
    project: Path,
    new_warehouse: Callable[[], Warehouse],
    make_sources: Callable[[Mapping[str, Any]], Path],
    dbt: Dbt,
) -> Callable[[], Builds]:
    """Start with an empty warehouse."""
    return lambda: Builds(project, new_warehouse, make_sources, dbt)


# --- The tests ----------------------------------------------------------------------------------------------

ORDERS = [
    {"order_id": f"o{number:03d}", "ordered_at": day, "total_amount": amount, "account_id": account}
    | {"status": status, "currency_code": currency, "refunded_amount": ""}
    for number, (day, amount, account, status, currency) in enumerate(
        [
            ("2022-01-10", "10", "a1", "paid", ""),
            ("2022-01-31", "20", "a2", "", "USD"),
            ("2022-03-05", "30", "a3", "", ""),
            ("2022-03-20", "15", "a1", "", ""),
            ("2022-12-01", "40", "a4", "paid", ""),
            ("2023-01-15", "-5", "a2", "", ""),
            ("2023-06-15", "25", "a5", "", "GBP"),
            ("2023-12-31", "60", "a1", "", ""),
            ("2024-03-12", "35", "a3", "", ""),
            ("2024-03-31", "35", "a5", "", ""),
        ],
        start=1,
    )
]


def test_three_builds_on_top_of_one_another(start: Callable[[], Builds]) -> None:
    """Per build: what changed before it, and how many of the 27 snapshots it computes."""
    sequence, world = start(), World.of(ORDERS)
    assert sequence.build(world) == 27
    assert sequence.build(world, select="customer_segment_history") == 0

    world.orders[4]["total_amount"] = "41"  # of December 2022
    late_order(world, 50)  # of April 2023, by account a1
    assert world.orders[-1]["ordered_at"] == "2023-04-16"
    sequence.break_off(world, at=5)
    assert sequence.build(world) == 16

    late_session(world, 100)
    engagement_rule(world, 1)
    merged_customers(world, 24)  # a5, who first bought in June 2023, becomes a4
    world.variables["as_of_date"] = datetime.date(2024, 3, 15)
    sequence.build_empty(world)
    assert sequence.build(world) == 10
    sequence.assert_is_what_a_full_build_gives(world)


@pytest.mark.deep
def test_only_the_partial_snapshot_is_computed_each_day(start: Callable[[], Builds]) -> None:
    """Its window begins in the middle of a month, on a different day each time; the others do not change."""
    sequence, world = start(), World.of(ORDERS)
    sequence.build(world)
    for day in (13, 14):
        world.variables["as_of_date"] = datetime.date(2024, 3, day)
        assert sequence.build(world) == 1
    sequence.assert_is_what_a_full_build_gives(world)
    mapping = ((mapping_rule, 3), (mapping_rule, 5))  # an odd and an even number of cells
    for change, draw in (*mapping, (window, 3), (tie_method, 0), (tie_method, 2), (tie_method, 1)):
        change(world, draw)
        assert sequence.build(world) == 27
    sequence.assert_is_what_a_full_build_gives(world)


@pytest.mark.deep
def test_erasures_between_builds(start: Callable[[], Builds]) -> None:
    """Also for someone who orders again, and for someone whose email later belongs to somebody else."""
    sequence, world = start(), World.of(ORDERS)
    sequence.build(world)
    for changes in (
        (erased_person,),
        (late_order, new_order),
        (merged_customers,),
        (erased_person, new_order),
    ):
        for change in changes:
            change(world, 52)
        sequence.build(world)
        sequence.assert_is_what_a_full_build_gives(world)
    assert sequence.warehouse.rows("select sum(rows_erased) > 2 from marts.source_reconciliation") == [
        (True,)
    ]


@pytest.mark.deep
def test_a_killed_build_keeps_the_history_and_the_next_one_repairs_it(start: Callable[[], Builds]) -> None:
    sequence, world = start(), World.of(ORDERS)
    sequence.build(world)
    before = sequence.history()
    for change in (late_order, window):  # some snapshots, and all
        change(world, 50)
        kill_at_snapshot(sequence, world, 4)
        assert sequence.history() == before
    sequence.build(world)
    sequence.assert_is_what_a_full_build_gives(world)


def kill_at_snapshot(sequence: Builds, world: World, number: int) -> None:
    """Run dbt in a separate process, which kills itself without a chance to clean up."""
    script = (
        "import os, signal, sys\n"
        "import test_incremental_history as t\n"
        "from dbt.cli.main import dbtRunner\n"
        "class Killed(Exception):\n"
        "    def __init__(self, text): os.kill(os.getpid(), signal.SIGKILL)\n"
        "t.BrokenOffError = Killed\n"
        f"with t.Fault({number}).inserted():\n"
        "    dbtRunner().invoke(sys.argv[1:])\n"
    )
    sources = sequence._write(world)
    folder = sequence.warehouse.path.parent
    arguments = ["run", "--select", HISTORY, "--target-path", str(folder / "killed"), "--quiet"]
    arguments += ["--log-path", str(folder / "logs"), "--project-dir", str(sequence.project)]
    arguments += ["--profiles-dir", str(sequence.project), "--vars", str(dict(world.variables))]
    environment = {
        "KLANT360_WAREHOUSE": str(sequence.warehouse.path),
        "KLANT360_SOURCES": str(sources),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], env=os.environ | environment, check=False
    )
    assert done.returncode == -signal.SIGKILL


STEPS = st.lists(
    st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 999)), min_size=1, max_size=3),
    min_size=4,
    max_size=5,
)


@pytest.mark.deep
@settings(settings.get_profile("builds"), max_examples=30, derandomize=False, phases=[Phase.generate])
@given(
    orders=strategies.order_sets(max_customers=12, max_orders=60, with_currencies=True),
    steps=STEPS,
    faults=st.lists(st.sampled_from(("", "", "", "break off", "empty")), min_size=5, max_size=5),
)
def test_many_sequences(
    start: Callable[[], Builds],
    orders: list[Row],
    steps: list[list[tuple[Change, int]]],
    faults: list[str],
) -> None:
    sequence, world = start(), World.of(orders)
    sequence.build(world)
    for changes, fault in zip(steps, faults, strict=False):
        for change, draw in changes:
            change(world, draw)
        if fault == "break off":
            sequence.break_off(world, at=1 + len(world.orders) % 7)
        elif fault == "empty":
            sequence.build_empty(world)
        sequence.build(world)
        sequence.assert_is_what_a_full_build_gives(world)
