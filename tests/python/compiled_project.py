"""The project's compiled models on DuckDB in memory, for drawn worlds: a dbt run for each would take seconds.

dbt compiles the project once per set of vars, and `Compiled` executes the compiled SQL and Python models in
the order of the manifest. dbt itself only adds how tables are named and stored.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import networkx as nx
import pandas as pd
from hypothesis import strategies as st

import strategies
from klant360.contract import read_contract
from klant360.ingest.loading import BOOKKEEPING as LOADED
from klant360.privacy.erasure import BOOKKEEPING
from steps import Step, steps
from warehouses import Dbt

# A placeholder for a drawn as_of_date in compiled SQL: no other date in the project equals it.
STAND_IN = datetime.date(2987, 6, 5)
SNAPSHOT_IN_HAND = "cast(getvariable('klant360_snapshot_date') as date)"


@dataclass(frozen=True)
class Drawn:
    """Orders, the rates they need, the as-of date (None: the latest purchase), and what customers did."""

    rows: list[strategies.Row]
    rates: strategies.Rates = field(repr=False)  # hundreds, all from one short pattern
    as_of_date: datetime.date | None
    events: strategies.Events


DRAWN = strategies.order_sets(with_currencies=True, with_guests=True).flatmap(
    lambda orders: st.builds(
        Drawn,
        st.just(orders),
        strategies.exchange_rates(),
        strategies.as_of_dates(),
        strategies.event_sets(orders),
    )
)


class Compiled:
    """The compiled project on a DuckDB in memory: orders in, marts out."""

    def __init__(self, dbt: Dbt, variables: Mapping[str, Any], seeded: Path) -> None:
        self.variables = dict(variables)
        variables = {**variables, "as_of_date": STAND_IN}
        arguments = ["compile", "--select", "resource_type:model", "--indirect-selection", "empty"]
        arguments += ["--target-path", str(seeded.parent / "compiled"), "--no-write-json"]
        done = dbt.invoke(arguments, variables=variables)
        assert done.success, done.exception
        self._nodes = _in_order([result.node for result in done.result.results])
        assert any(str(STAND_IN) in node.compiled_code for node in self._nodes)
        tables = ("webshop.orders", *strategies.EVENT_TABLES)
        self._changing = _descendants(
            self._nodes,
            {"seed.klant360.reference.exchange_rates", *(f"source.klant360.{table}" for table in tables)},
        )
        self._connection = duckdb.connect()
        self._connection.execute("set TimeZone = 'UTC'; attach ':memory:' as klant360; use klant360")
        self._load_seeds(seeded)
        self._create_sources()
        for node in self._nodes:
            self._connection.execute(f"create schema if not exists {node.schema}")
        self._is_built = False

    def build(self, drawn: Drawn) -> None:
        """Load the orders and the rates and execute the models that depend on them."""
        values = [[row[column] for column in strategies.ROW_COLUMNS] for row in drawn.rows]
        self._fill("webshop.orders", strategies.ROW_COLUMNS, values)
        for table, events in drawn.events.items():
            columns = tuple(events[0]) if events else ()
            self._fill(table, columns, [[row[column] for column in columns] for row in events])
        rates = strategies.exchange_rate_rows(drawn.rates)
        self._fill("seeds.exchange_rates", tuple(rates[0]), [list(row.values()) for row in rates])
        as_of_date = "null" if drawn.as_of_date is None else f"'{drawn.as_of_date}'"
        for node in self._nodes:
            is_settled = self._is_built and node.unique_id not in self._changing
            if is_settled or node.config.materialized == "ephemeral":
                continue
            self._execute(node, node.compiled_code.replace(f"'{STAND_IN}'", as_of_date))
        self._is_built = True

    def query(self, sql: str) -> pd.DataFrame:
        """Read as `Warehouse.query` does."""
        return self._connection.execute(sql).to_arrow_table().to_pandas(integer_object_nulls=True)

    def _execute(self, node: Any, code: str) -> None:
        create = f"create or replace {'view' if node.config.materialized == 'view' else 'table'}"
        if node.language == "python":
            module = ModuleType(node.name)
            exec(compile(code, node.original_file_path, "exec"), module.__dict__)
            model = module.model(module.dbtObj(lambda name: self._connection.query(f"from {name}")), self)
            self._connection.register("model", model)
            self._connection.execute(f"{create} {node.relation_name} as from model")
        elif node.config.materialized == "clusters":
            for step in steps(code):
                self._execute_step(create, node.relation_name, step)
        elif node.config.materialized == "history_by_month":  # all of its snapshots in one statement
            assert SNAPSHOT_IN_HAND in code
            code = code.replace(SNAPSHOT_IN_HAND, "snapshot_date")
            self._connection.execute(f"{create} {node.relation_name} as {code}")
        else:
            assert node.config.materialized in ("table", "view"), f"{node.name} needs a way to be executed"
            self._connection.execute(f"{create} {node.relation_name} as {code}")

    def _execute_step(self, create: str, model: str, step: Step) -> None:
        if step.kind == "model":
            self._connection.execute(f"{create} {model} as {step.sql}")
        elif step.kind == "table":
            self._connection.execute(f"{create} {_beside(model, step.name)} as {step.sql}")
        else:
            edges = self._connection.execute(step.sql).fetchall()
            labels = pd.DataFrame(
                [(node, min(part)) for part in nx.connected_components(nx.Graph(edges)) for node in part],
                columns=["cluster_number", "joined_cluster_number"],
                dtype="int64",
            )
            self._connection.register("labels", labels)
            self._connection.execute(f"{create} {_beside(model, step.name)} as from labels")

    def _load_seeds(self, seeded: Path) -> None:
        self._connection.execute(f"attach '{seeded}' as seeded (read_only); create schema seeds")
        names = self._connection.execute(
            "select table_schema, table_name from information_schema.tables where table_catalog = 'seeded'"
        ).fetchall()
        for schema, name in names:
            self._connection.execute(f"create schema if not exists {schema}")
            self._connection.execute(f"create table {schema}.{name} as from seeded.{schema}.{name}")
        self._connection.execute("detach seeded")

    def _create_sources(self) -> None:
        self._connection.execute(LOADED + BOOKKEEPING)
        for table in read_contract().values():
            columns = ", ".join(f"{column.name} varchar" for column in table.columns)
            self._connection.execute(f"create schema if not exists {table.system}")
            self._connection.execute(f"create table {table.name} ({columns}, part_number bigint)")
            self._connection.execute(
                "insert into staging.delivered_tables (source_table, is_delivered) values (?, ?)",
                [table.name, table.is_required_table or table.name in strategies.EVENT_TABLES],
            )

    def _fill(self, table: str, columns: Sequence[str], values: Iterable[Sequence[str]]) -> None:
        self._connection.execute(f"truncate {table}")
        if columns:
            self._connection.register("given", pd.DataFrame(values, columns=list(columns), dtype=str))
            self._connection.execute(f"insert into {table} by name from given")


def _beside(model: str, step: str) -> str:
    return f'{model.removesuffix(chr(34))}__{step}"'


def _in_order(nodes: Iterable[Any]) -> list[Any]:
    by_id = {node.unique_id: node for node in nodes}
    graph = nx.DiGraph()
    graph.add_nodes_from(by_id)
    graph.add_edges_from((parent, node) for node in by_id for parent in by_id[node].depends_on.nodes)
    return [by_id[name] for name in nx.lexicographical_topological_sort(graph) if name in by_id]


def _descendants(nodes: Iterable[Any], sources: set[str]) -> set[str]:
    found = set(sources)
    for node in nodes:  # parents come first
        if found.intersection(node.depends_on.nodes):
            found.add(node.unique_id)
    return found
