"""reference_quality against an independent oracle, on drawn deliveries with similar ids.

The loader reads them; dbt compiles the models once, and DuckDB runs the compiled SQL for each delivery.
"""

import csv
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pandas as pd
import pytest

from klant360.contract import read_contract
from klant360.ingest.loading import load_sources
from warehouses import PROJECT, WAREHOUSE_NAME, Dbt

Row = dict[str, str]

CONTRACT = read_contract()
# The same id as two systems write it, and ids without a row.
IDS = [
    "4711", "004711", "0004711", "4712", "04712", "Ab-1", "AB1", "ab-1", "A.B.1", "a b 1", "Zoë-9", "zoë9",
    "0035g00000AbCdE", "0035g00000AbCdEAAV", "0035g00000AbCdEAAW", "0035g00000abcdeaav", "--", "-/-", "X9",
]  # fmt: skip


class Reference(NamedTuple):
    """A reference in the contract: its target, and what happens if it has no match."""

    table: str
    column: str
    target: str
    nowhere: str  # rejected, ignored or implied


REFERENCES = [
    Reference("crm.campaign_contacts", "customer_number", "crm.customers", "rejected"),
    Reference("webshop.orders", "account_id", "webshop.accounts", "implied"),
    Reference("webshop.order_lines", "order_id", "webshop.orders", "rejected"),
    Reference("webshop.order_lines", "product_id", "webshop.products", "implied"),
    Reference("webshop.accounts", "customer_number", "crm.customers", "ignored"),
    Reference("webshop.sessions", "account_id", "webshop.accounts", "ignored"),
    Reference("service_desk.contacts", "customer_number", "crm.customers", "ignored"),
    Reference("service_desk.tickets", "contact_id", "service_desk.contacts", "rejected"),
    Reference("service_desk.survey_responses", "contact_id", "service_desk.contacts", "rejected"),
    Reference("service_desk.survey_responses", "ticket_id", "service_desk.tickets", "ignored"),
    Reference("service_desk.survey_invitations", "contact_id", "service_desk.contacts", "rejected"),
    Reference("service_desk.survey_invitations", "response_id", "service_desk.survey_responses", "ignored"),
]
# Per table its key, its other required columns, and what makes a row invalid. Tables follow those they refer
# to.
KEYS = {
    "crm.customers": ("customer_number", {}, {}),
    "crm.campaign_contacts": ("contact_id", {"sent_at": "2024-01-05"}, {"sent_at": "soon"}),
    "webshop.accounts": ("account_id", {}, {}),
    "webshop.products": ("product_id", {}, {}),
    "webshop.orders": (
        "order_id",
        {"ordered_at": "2024-01-05", "total_amount": "10", "email": "a@x.example"},
        {"total_amount": "much"},
    ),
    "webshop.order_lines": ("line_number", {"quantity": "1"}, {"quantity": "0"}),
    "webshop.sessions": ("session_id", {"started_at": "2024-01-05"}, {"started_at": "soon"}),
    "service_desk.contacts": ("contact_id", {}, {}),
    "service_desk.tickets": ("ticket_id", {"created_at": "2024-01-05"}, {"created_at": "soon"}),
    "service_desk.survey_responses": (
        "response_id",
        {"survey_type": "nps", "score": "9", "responded_at": "2024-01-05"},
        {"score": "11"},
    ),
    "service_desk.survey_invitations": (
        "invitation_id",
        {"survey_type": "nps", "sent_at": "2024-01-05"},
        {"survey_type": "stars"},
    ),
}


class World(NamedTuple):
    """A delivery: the rows by table, the acceptable rows among them, and tables of a server."""

    tables: dict[str, pd.DataFrame]
    is_fit: dict[str, list[bool]]
    of_server: set[str]


def drawn_world(seed: int) -> World:
    """Draw a delivery; orders are always present, other tables and reference columns may be missing."""
    draw = random.Random(seed)
    tables, is_fit = {}, {}
    for table, (key, needed, unfit) in KEYS.items():
        if table != "webshop.orders" and draw.random() < 0.15:
            continue
        pool = draw.sample(IDS, draw.randint(1, len(IDS)))
        keys = draw.sample(IDS, draw.randint(0 if table != "webshop.orders" else 1, 8))
        if key == "line_number":
            keys = [str(number) for number in range(draw.randint(0, 8))]
        rows, fits = [], []
        references = [reference for reference in REFERENCES if reference.table == table]
        for value in keys:
            fits.append(not unfit or draw.random() < 0.8)
            row = {key: value, **needed, **({} if fits[-1] else unfit)}
            for reference in references:
                is_filled = _is_required(reference) or draw.random() < 0.8
                row[reference.column] = draw.choice(pool) if is_filled else ""
            rows.append(row)
        columns = dict.fromkeys([key, *needed, *(reference.column for reference in references)])
        frame = pd.DataFrame(rows, columns=list(columns), dtype=str)
        absent = [r.column for r in references if not _is_required(r) and draw.random() < 0.15]
        tables[table], is_fit[table] = frame.drop(columns=absent), fits
    return World(tables, is_fit, {table for table in tables if draw.random() < 0.2})


def _is_required(reference: Reference) -> bool:
    return reference.nowhere == "rejected" or reference.column == "product_id"


# --- What the oracle expects --------------------------------------------------------------------------------

WAYS: dict[str, Callable[[str], str]] = {
    "case": str.lower,
    "last_three_of_18": lambda value: value[:15] if len(value) == 18 else value,
    "leading_zeros": lambda value: value.lstrip("0"),
    "punctuation": lambda value: "".join(letter for letter in value if letter.isalnum()),
}


def expected_quality(world: World) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return filled, matched, rate, and the change that helps most with its count, per table and column."""
    accepted = accepted_rows(world)
    implied = set(accepted["webshop.orders"].get("account_id", pd.Series(dtype=str))) - {""}
    found = {}
    for table, column, target, nowhere in REFERENCES:
        if table not in accepted or target not in accepted:
            continue
        if column not in accepted[table] and table not in world.of_server:
            continue
        cells = accepted[table].get(column, pd.Series(dtype=str))
        cells = cells[cells != ""]
        keys = set(accepted[target][KEYS[target][0]])
        leads = cells.isin(keys | implied if (table, nowhere) == ("webshop.sessions", "ignored") else keys)
        rest = cells[~leads]
        helped = {
            way: sum(form(cell) != "" and form(cell) in set(map(form, keys)) for cell in rest)
            for way, form in WAYS.items()
        }
        best = min(helped, key=lambda way: (-helped[way], way))
        rate = leads.sum() / len(cells) if len(cells) else None
        suggestion = (best, helped[best]) if helped[best] else (None, 0)
        found[table, column] = (len(cells), leads.sum(), rate, *suggestion)
    return found


def accepted_rows(world: World) -> dict[str, pd.DataFrame]:
    """Keep the valid rows whose required references lead to a valid row."""
    accepted: dict[str, pd.DataFrame] = {}
    for table, rows in world.tables.items():
        is_kept = pd.Series(world.is_fit[table], index=rows.index, dtype=bool)
        for reference in REFERENCES:
            if (reference.table, reference.nowhere) == (table, "rejected") and reference.target in accepted:
                keys = accepted[reference.target][KEYS[reference.target][0]]
                is_kept &= rows[reference.column].isin(keys)
        accepted[table] = rows[is_kept]
    return accepted


# --- What the project returns -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def statements(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Return the compiled SQL of reference_quality and its parents, with the statement that creates each."""
    arguments = ["compile", "--select", "+reference_quality,resource_type:model", "--no-write-json"]
    arguments += ["--indirect-selection", "empty"]
    done = dbt.invoke([*arguments, "--target-path", str(tmp_path_factory.mktemp("compiled"))])
    assert done.success, done.exception
    nodes = {result.node.unique_id: result.node for result in done.result.results}
    ordered: dict[str, tuple[str, str]] = {}

    def add(name: str) -> None:
        if name in nodes and name not in ordered:
            node = nodes[name]
            for parent in node.depends_on.nodes:
                add(parent)
            kind = "view" if node.config.materialized == "view" else "table"
            ordered[name] = (f"create or replace {kind} {node.relation_name}", node.compiled_code)

    add("model.klant360.reference_quality")
    return list(ordered.values())


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with the seeds."""
    with duckdb.connect(str(tmp_path_factory.mktemp("quality") / WAREHOUSE_NAME)) as opened:
        opened.execute("set TimeZone = 'UTC'")
        opened.execute("create schema seeds; create schema staging; create schema marts")
        for path in (PROJECT / "seeds").glob("*.csv"):
            opened.execute(f"create table seeds.{path.stem} as from read_csv('{path}')")
        yield opened


def found_quality(
    world: World, folder: Path, connection: duckdb.DuckDBPyConnection, statements: list[tuple[str, str]]
) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Load the delivery, run the models and read the mart."""
    for table, rows in world.tables.items():
        path = folder / f"{table.replace('.', '/')}.csv"
        path.parent.mkdir(exist_ok=True)
        rows.to_csv(path, index=False, quoting=csv.QUOTE_ALL)
    load_sources(connection, folder, CONTRACT, log=str)
    for table in world.of_server:
        connection.execute("delete from staging.delivered_files where source_table = ?", [table])
    for creation, sql in statements:
        connection.execute(f"{creation} as {sql}")
    rows = connection.execute(
        "select source_table, column_name, filled, matched, match_rate, would_match_without, would_match"
        " from marts.reference_quality"
    ).fetchall()
    return {row[:2]: row[2:] for row in rows}


def compare(
    seeds: range, tmp_path: Path, connection: duckdb.DuckDBPyConnection, statements: list[tuple[str, str]]
) -> set[str | None]:
    """Compare this many drawn deliveries; returns the changes that helped somewhere."""
    helpful = set()
    for seed in seeds:
        folder = tmp_path / str(seed)
        folder.mkdir()
        world = drawn_world(seed)
        expected = expected_quality(world)
        assert found_quality(world, folder, connection, statements) == expected, f"seed {seed}"
        helpful.update(way for *_, way, _ in expected.values())
    return helpful


def test_references_of_drawn_deliveries(tmp_path, connection, statements):
    assert compare(range(3, 8), tmp_path, connection, statements) == {None, *WAYS}


@pytest.mark.deep
def test_references_of_many_drawn_deliveries(tmp_path, connection, statements):
    compare(range(1_000, 1_200), tmp_path, connection, statements)


def test_the_oracle_knows_every_reference_of_the_contract():
    of_contract = {
        (table.name, column.name, column.attributes.get("references") or column.attributes["may_refer_to"])
        for table in CONTRACT.values()
        for column in table.columns
        if {"references", "may_refer_to"} & column.attributes.keys()
    }
    assert of_contract == {reference[:3] for reference in REFERENCES}
