"""A reader who knows every number in the file, and adds and subtracts, learns of no small group of people."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date, timedelta
from itertools import product
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from klant360.dashboard.page.render import shown_panels
from klant360.dashboard.tables import Tables
from published_worlds import draw_orders, publish

LEAST = 3
NEW = "(new)"


class Reader:
    """Knows totals of sets of people, and works out between which limits another set lies."""

    def __init__(self, atoms: Iterable[Hashable]) -> None:
        self.place = {atom: number for number, atom in enumerate(atoms)}
        self.rows: list[np.ndarray] = []
        self.totals: list[float] = []

    def learns(self, atoms: Iterable[Hashable], total: float) -> None:
        self.rows.append(self._row(atoms))
        self.totals.append(total)

    def knows(self, atoms: Iterable[Hashable]) -> bool:
        """Return whether only one whole number is possible for a set of people."""
        row = self._row(atoms)
        known = {"A_eq": np.array(self.rows), "b_eq": self.totals} if self.rows else {}
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

    def __init__(self, folder, seed: int, customers: int, days: int) -> None:
        orders = draw_orders(np.random.default_rng(seed), customers, days)
        manifest = publish(folder, orders, seed, LEAST)
        with Tables(folder, manifest) as tables:
            self.rows = {shown.name: list(shown.rows) for shown in shown_panels(tables)}
        self.truth = duckdb.connect()
        for file in folder.glob("*.parquet"):
            self.truth.execute(f"create view {file.stem} as from '{file}'")
        self.as_of = manifest["as_of_date"]

    def true(self, query: str) -> dict[Any, int]:
        return {row[:-1] if len(row) > 2 else row[0]: row[-1] for row in self.truth.execute(query).fetchall()}


worlds = st.tuples(st.integers(0, 10**6), st.integers(4, 160), st.sampled_from([20, 75, 200]))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return iter(lambda: tmp_path_factory.mktemp("publication"), None)


def drawn(folders, world) -> World:
    return World(next(folders), *world)


def attack_segments_by_country(seen: World) -> None:
    true = seen.true(
        "select segment_code, coalesce(country_code, ''), count(*) from customer_360"
        " where lifetime_orders > 0 group by all"
    )
    segments = [code for code in seen.true("select segment_code, 0 from segments") if code != "prospect"]
    countries = sorted({country for _, country in true})
    reader = Reader(product(segments, countries))
    for scope in {row["scope"] for row in seen.rows["sizes"]}:
        members = countries if scope == "all" else [scope]
        shown = [row for row in seen.rows["sizes"] if row["scope"] == scope and row["key"] != "prospect"]
        assert all(row["customers"] >= LEAST for row in shown)
        others = set(segments) - {row["key"] for row in shown}
        for row in shown:
            codes = others if row["key"] == "other" else {row["key"]}
            reader.learns(product(codes, members), row["customers"])
    for country in countries:
        groups = [product([code], [country]) for code in segments] + [product(segments, [country])]
        for group in map(list, groups):
            if sum(true.get(atom, 0) for atom in group) < LEAST:
                assert not reader.knows(group)
    for code in segments:
        group = list(product([code], countries))
        if sum(true.get(atom, 0) for atom in group) < LEAST:
            assert not reader.knows(group)


def attack_score_grid_by_country(seen: World) -> None:
    true = seen.true(
        "select r_score, f_score, coalesce(country_code, ''), count(*) from customer_360"
        " where lifetime_orders > 0 group by all"
    )
    countries = sorted({country for *_, country in true})
    cells = list(product(range(1, 6), range(1, 6)))
    reader = Reader((*cell, country) for cell in cells for country in countries)
    rows = seen.rows["score_grid"]
    sizes = {row["scope"]: row for row in rows}
    for scope in sizes:
        members = countries if scope == "all" else [scope]
        everyone = [(*cell, country) for cell in cells for country in members]
        reader.learns(everyone, sum(true.get(atom, 0) for atom in everyone))
        for row in rows:
            if row["scope"] == scope and row["customers"] is not None:
                assert row["customers"] >= LEAST
                reader.learns(
                    [(row["r_score"], row["f_score"], country) for country in members], row["customers"]
                )
    if not rows:
        return
    for cell in cells:
        for group in [[(*cell, country)] for country in countries] + [[(*cell, c) for c in countries]]:
            if sum(true.get(atom, 0) for atom in group) < LEAST:
                assert not reader.knows(group)


def attack_movements_of_a_month(seen: World) -> None:
    moves = [row for row in seen.rows["transition_matrix"] if row["customers"] is not None]
    bands = [row for row in seen.rows["flows"] if row["kind"] == "movement"]
    if not seen.rows["transition_matrix"]:
        assert not bands
        return
    name = {text: code for code, text in seen.true("select segment_code, name_en from segments").items()}
    name["First purchase"] = NEW
    end = max(
        row["day"]
        for row in seen.rows["came_and_went"] + seen.rows["sizes_over_time"]
        if row["day"] == (row["day"] + timedelta(days=1)).replace(day=1) - timedelta(days=1)
    )
    true = seen.true(
        f"select from_segment, to_segment, customers from segment_transitions where snapshot_date = '{end}'"
    )
    start = seen.true("select snapshot_date, previous_snapshot_date from snapshots")[end]
    reader = Reader(true)
    segments = sorted({after for _, after in true})
    for row in [*moves, *bands]:
        assert row["customers"] >= LEAST
        reader.learns([(name[row["before"].en], name[row["after"].en])], row["customers"])
    for day, side in ((start, 0), (end, 1)):
        sizes = {row["key"]: row["customers"] for row in seen.rows["sizes_over_time"] if row["day"] == day}
        hidden = set(segments) - set(sizes)
        for code, size in sizes.items():
            codes = hidden if code == "other" else {code}
            reader.learns([move for move in true if move[side] in codes], size)
    tiers = seen.true("select segment_code, tier from segments")
    for row in seen.rows["came_and_went"]:
        if row["day"] == end:
            kind = row["kind"].en.lower()
            reader.learns([move for move in true if kind_of(move, tiers) == kind], row["customers"])
    for move, customers in true.items():
        if customers < LEAST:
            assert not reader.knows([move]), (move, customers)


def kind_of(move: tuple[str, str], tiers: dict[str, int]) -> str:
    before, after = move
    if before == NEW:
        return "new"
    if after == "lost":
        return "lost" if before != "lost" else "same"
    change = tiers[after] - tiers[before]
    return "up" if change > 0 else "down" if change < 0 else "same"


def attack_newcomers_over_time(seen: World) -> None:
    true = seen.true(
        "select last_day(first_order_date), count(*) from customer_360 where lifetime_orders > 0 group by all"
    )
    ends = sorted(seen.true("select last_day(snapshot_date), 0 from snapshots"))
    reader = Reader(ends)

    def until(day: date) -> list[date]:
        return [end for end in ends if end <= (day.replace(day=28) + timedelta(days=4)).replace(day=1)]

    populations: dict[date, int] = {}
    for row in seen.rows["sizes_over_time"]:
        populations[row["day"]] = populations.get(row["day"], 0) + row["customers"]
    for day, population in populations.items():
        reader.learns(until(day), population)
    for row in seen.rows["came_and_went"]:
        if row["kind"].en == "New":
            reader.learns([until(row["day"])[-1]], row["customers"])
    for row in seen.rows["triangle"]:
        if row["age"] == 0 and row["size"] is not None:
            assert row["size"] >= LEAST
            months = {3: 3, 12: 12}.get(len(row["cohort"].en.split()[0]), 1)
            grain = 12 if row["cohort"].en.isdigit() else 3 if row["cohort"].en.startswith("Q") else months
            first = row["key"]
            period = [end for end in ends if first <= end and month_number(end) < month_number(first) + grain]
            reader.learns(period, row["size"])
    for name, months in (("now", 0), ("month_before", 1), ("year_before", 12)):
        complete = list(seen.true("select snapshot_date, 0 from snapshots where is_month_end"))
        if not complete:
            continue
        last = [end for end in ends if month_number(end) == month_number(max(complete)) - months]
        for row in seen.rows["key_figures"]:
            if row["scope"] == "all" and row[name] is not None and last:
                if row["key"] == "customers":
                    reader.learns(until(last[0]), row[name])
                if row["key"] == "new":
                    assert row[name] >= LEAST
                    reader.learns(last, row[name])
    for end in ends:
        if true.get(end, 0) < LEAST:
            assert not reader.knows([end])


def month_number(day: date) -> int:
    return day.year * 12 + day.month


def attack_cohorts_and_their_complements(seen: World) -> None:
    for row in seen.rows["triangle"]:
        if row["active"] is not None:
            assert row["active"] >= LEAST
            assert row["size"] == row["active"] or row["size"] - row["active"] >= LEAST
        else:
            assert [row[name] for name in ("rate", "low", "high", "revenue_per_customer")] == [None] * 4
    figures = {(row["scope"], row["key"]): row for row in seen.rows["key_figures"]}
    for name in ("now", "month_before", "year_before"):
        for scope in {scope for scope, _ in figures}:
            active, new = figures[scope, "active"][name], figures[scope, "new"][name]
            assert active is None or active >= LEAST
            assert new is None or new >= LEAST
            if active is not None and new is not None:
                assert active == new or active - new >= LEAST
    people = seen.rows["records_per_person"]
    assert all(row["people"] >= LEAST for row in people)


ATTACKS = (
    attack_segments_by_country,
    attack_score_grid_by_country,
    attack_movements_of_a_month,
    attack_newcomers_over_time,
    attack_cohorts_and_their_complements,
)


@given(world=worlds)
@settings(max_examples=6)
def test_no_small_group_follows_from_what_is_shown(folders, world):
    seen = drawn(folders, world)
    for attack in ATTACKS:
        attack(seen)


@pytest.mark.deep
@given(world=worlds)
@settings(max_examples=100)
def test_no_small_group_follows_in_many_worlds(folders, world):
    seen = drawn(folders, world)
    for attack in ATTACKS:
        attack(seen)


def test_with_few_customers_only_totals_remain(folders):
    seen = drawn(folders, (1, 12, 75))
    for panel in ("sizes", "score_grid", "flows", "triangle", "came_and_went", "records_per_person"):
        assert seen.rows[panel] == []
    totals = {row["key"]: row for row in seen.rows["key_figures"]}
    assert set(totals) >= {"customers", "revenue"}
