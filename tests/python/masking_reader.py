"""Publications of drawn worlds, and a reader who adds and subtracts all that their dashboard shows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date
from typing import Any

import duckdb
import numpy as np
from scipy.optimize import linprog

from klant360.dashboard.page.render import shown_panels
from klant360.dashboard.tables import Tables
from published_worlds import draw_events, draw_orders, publish


class Reader:
    """Knows totals of sets of people, and works out between which limits another set lies."""

    def __init__(self, atoms: Iterable[Hashable]) -> None:
        self.place = {atom: number for number, atom in enumerate(atoms)}
        self.rows: list[np.ndarray] = []
        self.totals: list[float] = []
        self.limits: list[tuple[np.ndarray, float]] = []

    def learns(self, atoms: Iterable[Hashable], total: float) -> None:
        self.rows.append(self._row(atoms))
        self.totals.append(total)

    def learns_about(self, atoms: Iterable[Hashable], least: float, most: float) -> None:
        """Learn limits of a rounded number."""
        row = self._row(atoms)
        self.limits += [(row, most), (-row, -least)]

    def knows(self, atoms: Iterable[Hashable]) -> bool:
        """Return whether only one whole number is possible for a set of people."""
        row = self._row(atoms)
        known: dict[str, Any] = {}
        if self.rows:
            known |= {"A_eq": np.array(self.rows), "b_eq": self.totals}
        if self.limits:
            rows, most = zip(*self.limits, strict=True)
            known |= {"A_ub": np.array(rows), "b_ub": most}
        limits = [linprog(sign * row, **known, bounds=(0, None)) for sign in (1, -1)]
        # without a limit, or with a whole number between them
        return all(limit.status == 0 for limit in limits) and -limits[1].fun - limits[0].fun < 1 - 1e-6

    def _row(self, atoms: Iterable[Hashable]) -> np.ndarray:
        row = np.zeros(len(self.place))
        for atom in atoms:
            row[self.place[atom]] = 1
        return row


class World:
    """A drawn publication: what its file shows, and what is true."""

    def __init__(self, folder, seed: int, customers: int, days: int, least: int) -> None:
        orders = draw_orders(np.random.default_rng(seed), customers, days)
        manifest = publish(folder, orders, seed, least)
        self.least = least
        with Tables.of_publication(folder, manifest) as tables:
            self.rows = {shown.name: list(shown.rows) for shown in shown_panels(tables)}
        self.truth = duckdb.connect()
        for file in folder.glob("*.parquet"):
            self.truth.execute(f"create view {file.stem} as from '{file}'")
        self.as_of = manifest["as_of_date"]
        tickets = [
            (row["customer_id"], row["created_at"].date())
            for row in draw_events(orders, np.random.default_rng([seed, 1]))["tickets"]
        ]
        self.truth.execute("create table service_tickets (customer_id varchar, day date)")
        if tickets:
            self.truth.executemany("insert into service_tickets values (?, ?)", tickets)

    def has_rest(self, offered: set[str]) -> bool:
        named = ", ".join(f"'{country}'" for country in offered)
        query = f"select 'rest', count(*) from customer_360 where coalesce(country_code, '') not in ({named})"
        return self.true(query)["rest"] > 0

    def true(self, query: str) -> dict[Any, int]:
        return {row[:-1] if len(row) > 2 else row[0]: row[-1] for row in self.truth.execute(query).fetchall()}


def month_number(day: date) -> int:
    return day.year * 12 + day.month
