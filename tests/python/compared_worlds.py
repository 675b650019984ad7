"""Worlds to publish one after the other, and what a publication of them has of what is compared."""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

import oracle
from klant360.publishing.comparison.rules import rule_facts
from klant360.settings import project_vars
from oracle_orders import classify, latest_purchase_date, order_numbers, orders_from_rows
from oracle_past_figures import Published
from warehouses import PROJECT

MAPPING = pd.read_csv(PROJECT / "seeds" / "segment_mapping.csv", dtype=object)
SEGMENTS = pd.read_csv(PROJECT / "seeds" / "segments.csv")
START, AS_OF = date(2024, 1, 1), date(2024, 6, 15)
VARIABLES = project_vars({})
Row = dict[str, str]
TABLES = {
    "orders": {
        "order_id": "varchar",
        "customer_id": "varchar",
        "order_date": "date",
        "order_number": "bigint",
        "net_amount": "decimal(18, 4)",
        "is_purchase": "boolean",
        "is_credit_note": "boolean",
        "status": "varchar",
    },
    "customer_360": {"customer_id": "varchar"},
    "customer_segment_history": {
        "customer_id": "varchar",
        "snapshot_date": "date",
        "segment_code": "varchar",
    },
    "segments": {"segment_code": "varchar", "name_en": "varchar"},
}


def order(number: int, customer: str, day: date, amount: int = 10, status: str = "paid") -> Row:
    return {
        "order_id": f"o{number:04}",
        "account_id": customer,
        "ordered_at": f"{day}T12:00:00Z",
        "total_amount": str(amount),
        "status": status,
    }


@dataclass(frozen=True)
class World:
    """The orders of a build, whose id is another one by now, and the rules."""

    rows: tuple[Row, ...]
    moved: tuple[tuple[str, str], ...] = ()
    window: int = 3
    counting: tuple[str, ...] = ("paid",)

    def with_orders(self, *rows: Row) -> "World":
        return replace(self, rows=(*self.rows, *rows))

    @property
    def rules(self) -> dict[str, Any]:
        """What the manifest of a publication records of them."""
        facts = rule_facts(VARIABLES | {"rfm_window_months": self.window})
        facts["seeds"]["known_order_statuses"] = ",".join(self.counting)
        return facts

    @cached_property
    def published(self) -> Published:
        """What is published of it."""
        statuses = {status: status in self.counting for status in ("paid", "cancelled", "test")}
        orders = classify(orders_from_rows(self.rows), statuses)
        orders["customer_id"] = orders["customer_id"].replace(dict(self.moved))
        as_of = latest_purchase_date(orders)
        numbers = order_numbers(orders, as_of)
        orders["order_number"] = orders["order_id"].map(numbers)
        orders = orders[orders["order_id"].isin(numbers)]
        return Published(orders, oracle.history(orders, as_of, self.window, MAPPING))


def regulars(customers: int) -> World:
    """A world in which each customer buys in January, and every other one in each month after it."""
    days = [START.replace(month=month, day=10) for month in range(1, 6)] + [AS_OF]
    bought = [
        (f"c{number:03}", day)
        for day in days
        for number in range(customers)
        if day.month == 1 or number % 2 == 0
    ]
    return World(tuple(order(place, *each, 10 + place % 7) for place, each in enumerate(bought)))


def drawn_worlds(seed: int) -> tuple[World, World]:
    """Draw a world and a later one: with late, changed and missing orders, merges and splits, other rules."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(int(rng.integers(40, 120))):
        day = START + timedelta(days=int(rng.integers(0, (AS_OF - START).days)))
        amount = -7 if rng.random() < 0.05 else int(rng.integers(5, 60))
        status = str(rng.choice(["paid", "cancelled", "test"], p=[0.85, 0.1, 0.05]))
        rows.append(order(number, f"c{rng.integers(0, 30):03}", day, amount, status))
    late, changed, missing, moved = (rng.random(30) < share for share in rng.choice([0, 0.05, 0.3], size=4))

    def has(of: np.ndarray) -> list[bool]:
        return list(rng.permutation(np.resize(of, len(rows))))

    last = order(9999, "c000", AS_OF)
    before = [row for row, is_late in zip(rows, has(late), strict=True) if not is_late]
    after = [
        row | {"status": str(rng.choice(["paid", "cancelled"])), "total_amount": "33"} if is_changed else row
        for row, is_changed, is_missing in zip(rows, has(changed), has(missing), strict=True)
        if not is_missing
    ]
    ids = [(f"c{n:03}", f"{rng.choice(['c', 'z'])}{n // 2:03}") for n in range(30)]
    rules = ({}, {"window": 1}, {"counting": ("paid", "test")})[int(rng.integers(0, 3))]
    return (
        World((*before, last)),
        World(
            (*after, last),
            tuple(pair for pair, has_moved in zip(ids, moved, strict=True) if has_moved),
            **rules,
        ),
    )


def publish(folder: Path, world: World, least: int = 10, **facts: Any) -> Path:
    """Write what is compared of a publication; None removes a fact of its manifest. Returns its folder."""
    folder.mkdir()
    write_marts(world, folder / "klant360.duckdb")
    manifest = {"run": folder.name, **manifest_facts(world, least), **facts}
    kept = {name: fact for name, fact in manifest.items() if fact is not None}
    (folder / "manifest.json").write_text(json.dumps(kept, default=str), encoding="utf-8")
    return folder


def manifest_facts(world: World, least: int) -> dict[str, Any]:
    """Return the facts of a manifest that a comparison reads."""
    return {
        "as_of_date": str(latest_purchase_date(world.published.orders)),
        "base_currency": "EUR",
        "is_demo": False,
        "min_cell_size": least,
        "versions": {"klant360": "1.0"},
        **world.rules,
    }


def write_marts(world: World, file: Path) -> None:
    """Write the marts that are compared."""
    orders = world.published.orders
    frames = {
        "orders": orders,
        "customer_360": orders[["customer_id"]].drop_duplicates(),
        "customer_segment_history": world.published.history,
        "segments": SEGMENTS,
    }
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts")
        for name, columns in TABLES.items():
            cells = ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in columns.items())
            connection.register("frame", frames[name])
            connection.execute(f"create table marts.{name} as select {cells} from frame")
