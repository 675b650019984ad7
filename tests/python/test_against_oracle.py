"""The project's compiled models against the independent oracle, value by value, on drawn sets of orders.

A dbt run per drawn set would take seconds. So dbt compiles the project once per set of vars, and `Compiled`
executes the compiled SQL and Python models in the order of the manifest on an in-memory DuckDB. dbt itself
only adds how tables are named and stored; the last test shows that real builds give the same result.
"""

import csv
import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import networkx as nx
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import oracle
import oracle_behaviour
import oracle_changes
import oracle_engagement
import oracle_orders
import oracle_revenue
import oracle_values
import strategies
from klant360.contract import read_contract
from klant360.ingest.loading import BOOKKEEPING as LOADED
from klant360.privacy.erasure import BOOKKEEPING
from steps import Step, steps
from warehouses import Dbt, Warehouse

SEEDS = Path(__file__).parents[2] / "seeds"
MAPPING = pd.read_csv(SEEDS / "segment_mapping.csv", dtype=str, keep_default_na=False)
WEIGHTS = {
    act: Decimal(weight)
    for act, weight in pd.read_csv(SEEDS / "engagement_weights.csv", dtype=str).itertuples(index=False)
}
BANDS = pd.read_csv(SEEDS / "engagement_mapping.csv", dtype=str)
TIERS = pd.read_csv(SEEDS / "segments.csv").set_index("segment_code")["tier"].to_dict()
SEGMENTS = pd.read_csv(SEEDS / "segments.csv")["segment_code"].tolist()
KNOWN_STATUSES = pd.read_csv(SEEDS / "known_order_statuses.csv").set_index("status")["counts"].to_dict()

# A placeholder for a drawn as_of_date in compiled SQL: no other date in the project equals it.
STAND_IN = datetime.date(2987, 6, 5)
SNAPSHOT_IN_HAND = "cast(getvariable('klant360_snapshot_date') as date)"
VAR_SETS: dict[str, dict[str, Any]] = {
    "default": {},
    "ntile": {"rfm_tie_method": "ntile", "rfm_window_months": 1},
    "rank": {
        "rfm_tie_method": "rank",
        "rfm_window_months": 6,
        "business_timezone": "America/New_York",
        "source_timezone": "Europe/Amsterdam",
    },
}
RATE_TOLERANCE = 1e-12
# Of an effect on revenue: in the base currency, and as a share of it.
EFFECT_TOLERANCES = Decimal("0.0002"), Decimal("1e-9")


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


# --- What the oracle expects, and the comparison --------------------------------------------------------


def assert_marts_are_right(
    drawn: Drawn, variables: Mapping[str, Any], query: Callable[[str], pd.DataFrame]
) -> None:
    """Compare every mart that only depends on orders with the oracle."""
    window = variables.get("rfm_window_months", 24)
    tie_method = variables.get("rfm_tie_method", "together")
    zone = variables.get("business_timezone", "Europe/Amsterdam")
    orders = oracle_orders.orders_from_rows(
        drawn.rows,
        source_timezone=variables.get("source_timezone") or zone,
        business_timezone=zone,
        rates=drawn.rates,
    )
    buyers = orders["customer_id"].nunique()
    customers = customer_ids(query, orders)
    orders["customer_id"] = orders["customer_id"].map(customers)
    orders = oracle_orders.classify(orders, KNOWN_STATUSES)
    assert orders["customer_id"].nunique() == buyers
    latest = oracle_orders.latest_purchase_date(orders)
    as_of = None if latest is None else (drawn.as_of_date or latest)

    history = oracle.history(orders, as_of, window, MAPPING, tie_method)
    expected = {
        "customer_segment_history": (history, 2),
        "customer_segments": (history[history["snapshot_date"] == as_of], 2),
        "snapshots": (oracle.snapshots(orders, history, as_of, window), 1),
        "rfm_score_boundaries": (oracle.boundaries(history), 3),
        "segment_transitions": (oracle.transitions(history, SEGMENTS), 4),
        "cohort_retention": (oracle.cohorts(orders, as_of), 2),
        "orders": (expected_orders(orders, as_of), 1),
        "revenue_reconciliation": (expected_revenue(orders), 1),
        "order_statuses": (oracle_orders.order_statuses(orders, KNOWN_STATUSES), 1),
        "customer_360": (oracle_orders.customer_order_facts(orders, as_of), 1),
    }
    expected |= expected_behaviour(drawn, variables, orders, history, customers, as_of)
    for mart, (frame, key_columns) in expected.items():
        actual = query(f"select {', '.join(frame.columns)} from marts.{mart}")
        if mart == "customer_360":  # it has those who never ordered too
            actual = actual[actual["customer_id"].isin(orders["customer_id"])]
        assert_same_rows(mart, actual, frame, key_columns)


def customer_ids(query: Callable[[str], pd.DataFrame], orders: pd.DataFrame) -> dict[str, str]:
    """Return the customer of each account and of each guest email."""
    identities = query(
        "select source_entity, source_record_id, customer_id from restricted.customer_identities"
    )
    emails = dict(zip(orders["order_id"], orders["email"], strict=True))
    found: dict[str, str] = {}
    for entity, record, customer in identities.itertuples(index=False):
        buyer = emails[record] if entity == "guest_order" else record
        assert found.setdefault(buyer, customer) == customer
    return found


def expected_behaviour(
    drawn: Drawn,
    variables: Mapping[str, Any],
    orders: pd.DataFrame,
    history: pd.DataFrame,
    customers: Mapping[str, str],
    as_of: datetime.date | None,
) -> dict[str, tuple[pd.DataFrame, int]]:
    """Return the marts of behaviour, each with the number of its key columns."""
    zone = variables.get("business_timezone", "Europe/Amsterdam")
    source_zone = variables.get("source_timezone") or zone
    tie_method = variables.get("rfm_tie_method", "together")

    def clean(table: str, owner: str) -> list[dict[str, Any]]:
        """Return rows with typed cells, and the customer of the column that names the owner."""
        found = []
        for row in drawn.events[table]:
            cells: dict[str, Any] = {name: value.strip() or None for name, value in row.items()}
            for name, value in cells.items():
                if value is not None and name.endswith("_at"):
                    cells[name] = oracle_values.instant(value, source_zone, zone)
                elif name in ("channel", "traffic_channel"):
                    cells[name] = value and value.lower()
            cells["is_control"] = cells.get("is_control") == "true"
            found.append({**cells, "customer_id": customers.get(row[owner])})
        return found

    sessions = clean("webshop.sessions", "session_id")
    accounts = {row["account_id"]: customers[row["account_id"]] for row in drawn.events["webshop.accounts"]}
    accounts |= {row["account_id"]: customers[row["account_id"]] for row in drawn.rows if row["account_id"]}
    emails = {record: customer for record, customer in customers.items() if "@" in str(record)}
    owners = oracle_behaviour.session_customers(sessions, accounts, emails)
    sessions = [{**row, "customer_id": owners[row["session_id"]]} for row in sessions]
    campaign_contacts = clean("crm.campaign_contacts", "customer_number")
    tickets = clean("service_desk.tickets", "contact_id")
    answers = clean("service_desk.survey_responses", "contact_id")

    touches = oracle_behaviour.touchpoints(orders, sessions, campaign_contacts, tickets, answers, as_of, zone)
    engagement = oracle_engagement.customer_engagement_history(
        orders, sessions, campaign_contacts, answers, WEIGHTS, BANDS, as_of, 6, tie_method, zone
    )
    window = variables.get("rfm_window_months", 24)
    changes = oracle_changes.segment_changes(orders, history, MAPPING, TIERS, as_of, tie_method)
    return {
        "touchpoints": (touches, 1),
        "customer_journeys": (oracle_behaviour.customer_journeys(touches), 1),
        "customer_engagement_history": (engagement, 2),
        "customer_engagement": (oracle_engagement.customer_engagement(engagement), 1),
        "engagement_score_boundaries": (oracle_engagement.engagement_score_boundaries(engagement), 3),
        "revenue_concentration": (oracle_revenue.revenue_concentration(orders, as_of), 2),
        "revenue_drivers": (oracle_revenue.revenue_drivers(orders, as_of), 1),
        "segment_changes": (changes, 2),
        "segment_change_causes": (oracle_changes.segment_change_causes(changes), 4),
        "early_warnings": (
            oracle_changes.early_warnings(orders, history, MAPPING, TIERS, as_of, window, 3, tie_method),
            1,
        ),
    }


def expected_orders(orders: pd.DataFrame, as_of: datetime.date | None) -> pd.DataFrame:
    """Return the columns of marts.orders that the oracle knows."""
    numbers = oracle_orders.order_numbers(orders, as_of)
    kept = orders[orders["order_id"].isin(list(numbers))]
    columns = ["order_id", "customer_id", "ordered_at", "order_date", "net_amount", "is_purchase"]
    return kept[[*columns, "is_credit_note", "exclusion_reason"]].assign(
        status=pd.Series(map(oracle_orders.shown_status, kept["status"]), kept.index, dtype=object),
        order_number=pd.Series([numbers[order] for order in kept["order_id"]], kept.index, dtype=object),
    )


def expected_revenue(orders: pd.DataFrame) -> pd.DataFrame:
    """Return revenue_reconciliation, for all rows."""
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    for order in orders.to_dict("records"):
        amounts[order["outcome"]].append(order["net_amount"])
    rows = [(outcome, len(nets), sum(nets, Decimal(0))) for outcome, nets in amounts.items()]
    return pd.DataFrame(rows, columns=["outcome", "orders", "amount"])


def assert_same_rows(name: str, actual: pd.DataFrame, expected: pd.DataFrame, key_columns: int) -> None:
    """Compare frames of the same columns, in any order of rows; the first columns are the key."""
    found, wanted = _by_key(actual, key_columns), _by_key(expected, key_columns)
    assert len(found) == len(actual), f"{name}: a key is there twice"
    assert found.keys() == wanted.keys(), (
        f"{name}: extra rows {sorted(found.keys() - wanted.keys())[:3]},"
        f" missing {sorted(wanted.keys() - found.keys())[:3]}"
    )
    for key, cells in wanted.items():
        for column, cell, found_cell in zip(expected.columns, cells, found[key], strict=True):
            is_same = _is_close if column.endswith("_effect") else _is_same
            assert is_same(found_cell, cell), f"{name} {key} {column}: {found_cell!r}, expected {cell!r}"


def _by_key(frame: pd.DataFrame, key_columns: int) -> dict[tuple[Any, ...], list[Any]]:
    rows = list(zip(*(frame[column].tolist() for column in frame.columns), strict=True))
    return {tuple(map(str, row[:key_columns])): list(row) for row in rows}


def _is_close(found: Any, expected: Any) -> bool:
    """Compare an amount that comes from logarithms, in which the last place is not exact."""
    if oracle_values.is_null(found) or oracle_values.is_null(expected):
        return _is_same(found, expected)
    amount, share = EFFECT_TOLERANCES
    return abs(found - expected) <= amount + share * abs(expected)


def _is_same(found: Any, expected: Any) -> bool:
    if oracle_values.is_null(found) or oracle_values.is_null(expected):
        return oracle_values.is_null(found) and oracle_values.is_null(expected)
    if isinstance(expected, float):
        return abs(found - expected) <= RATE_TOLERANCE
    return not isinstance(found, float) and found == expected


# --- The tests ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=VAR_SETS)
def compiled(request: pytest.FixtureRequest, dbt: Dbt, seeded: Path) -> Compiled:
    """The project, compiled for one of the sets of vars."""
    return Compiled(dbt, VAR_SETS[request.param], seeded)


def check(compiled: Compiled, drawn: Drawn) -> None:
    compiled.build(drawn)
    assert_marts_are_right(drawn, compiled.variables, compiled.query)


# Without shrinking, which takes minutes: the deep test does that.
@settings(settings.get_profile("builds"), max_examples=4, phases=[Phase.generate])
@given(drawn=DRAWN)
def test_marts_of_drawn_orders(compiled: Compiled, drawn: Drawn) -> None:
    check(compiled, drawn)


@pytest.mark.deep
@settings(settings.get_profile("builds"), max_examples=400, derandomize=False)
@given(drawn=DRAWN)
def test_marts_of_many_drawn_orders(compiled: Compiled, drawn: Drawn) -> None:
    check(compiled, drawn)


def published_rates() -> strategies.Rates:
    """Return the rates of the shipped seed."""
    with (SEEDS / "exchange_rates.csv").open() as file:
        return {
            (datetime.date.fromisoformat(row["month"]), row["from_currency"]): Decimal(row["rate"])
            for row in csv.DictReader(file)
            if row["to_currency"] == "EUR"
        }


def large_sets(number: int) -> list[Drawn]:
    """Draw sets of at least 40 orders, half of them up to their as_of_date; the same in every run."""
    found: list[Drawn] = []

    @settings(settings.get_profile("builds"), max_examples=50, phases=[Phase.generate])
    @given(drawn=DRAWN)
    def collect(drawn: Drawn) -> None:
        last = (drawn.as_of_date or datetime.date.max).isoformat()
        dated = sum(row["ordered_at"][:10] <= last for row in drawn.rows)
        if len(drawn.rows) >= 40 and dated >= len(drawn.rows) / 2 and len(found) < number:
            found.append(drawn)

    collect()
    assert len(found) == number
    return found


@pytest.mark.parametrize("name, position", [("default", 0), pytest.param("ntile", 1, marks=pytest.mark.deep)])
def test_real_builds_give_the_same(
    build_warehouse: Callable[..., Warehouse],
    make_sources: Callable[..., Path],
    name: str,
    position: int,
) -> None:
    """Seeds and loading are real here too, so the rates are those of the seed."""
    drawn = replace(large_sets(2)[position], rates=published_rates())
    variables = dict(VAR_SETS[name])
    if drawn.as_of_date is not None:
        variables["as_of_date"] = drawn.as_of_date
    tables = {table: rows for table, rows in drawn.events.items() if rows}
    warehouse = build_warehouse(make_sources({"webshop.orders": drawn.rows, **tables}), variables=variables)
    assert warehouse.rows("select count(*) > 0 from marts.customer_segments") == [(True,)]
    assert_marts_are_right(drawn, variables, warehouse.query)
