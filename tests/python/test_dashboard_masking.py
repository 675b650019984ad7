"""A reader who knows every number in the file, and adds and subtracts, learns of no small group of people."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date, timedelta
from itertools import pairwise, product
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from klant360.dashboard.page.render import dashboard, shown_panels
from klant360.dashboard.tables import Tables
from oracle_scores import mapping_rules, segment_of
from published_worlds import draw_events, draw_orders, publish
from warehouses import PROJECT

NEW = "(new)"
CAUSES = {
    "Bought something": "purchase",
    "Bought nothing": "time",
    "Bought, and so did others": "both",
    "Others changed": "boundaries",
}


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
        with Tables(folder, manifest) as tables:
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


# Seed, customers, days, and the least number of people that a shown group holds.
worlds = st.tuples(
    st.integers(0, 10**6), st.integers(4, 160), st.sampled_from([20, 75, 200]), st.sampled_from([3, 10])
)
# Worlds in which an earlier version told of few people.
LEAKS = (
    (756589, 60, 34, 10),
    (384957, 250, 153, 3),
    (140891, 250, 34, 10),
    (511554, 60, 200, 10),
    (591783, 60, 63, 3),
    (297962, 250, 399, 10),
    (324771, 250, 200, 3),
    (114044, 100, 415, 3),
    (386, 145, 200, 3),
    (127, 57, 200, 3),
    (156, 15, 20, 3),
)


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
        assert all(row["customers"] >= seen.least for row in shown)
        others = set(segments) - {row["key"] for row in shown}
        for row in shown:
            codes = others if row["key"] == "other" else {row["key"]}
            reader.learns(product(codes, members), row["customers"])
    for country in countries:
        groups = [product([code], [country]) for code in segments] + [product(segments, [country])]
        for group in map(list, groups):
            if sum(true.get(atom, 0) for atom in group) < seen.least:
                assert not reader.knows(group)
    for code in segments:
        group = list(product([code], countries))
        if sum(true.get(atom, 0) for atom in group) < seen.least:
            assert not reader.knows(group)


def attack_score_grid_with_segments(seen: World) -> None:
    """Segments are made of cells of scores, so an attacker knows which cells each can be in."""
    true = seen.true(
        "select r_score, f_score, segment_code, count(*) from customer_360 where lifetime_orders > 0"
        " group by all"
    )
    mapping = segment_cells()
    atoms = [(*cell, code) for code, cells in mapping.items() for cell in cells]
    reader = Reader(atoms)
    sizes = {row["key"]: row["customers"] for row in seen.rows["sizes"] if row["scope"] == "all"}
    others = [code for code in mapping if code not in sizes]
    for code, size in sizes.items():
        if code != "prospect":
            codes = others if code == "other" else [code]
            reader.learns([atom for atom in atoms if atom[2] in codes], size)
    for row in seen.rows["score_grid"]:
        if row["scope"] == "all" and row["customers"] is not None:
            assert row["customers"] % (2 * seen.least) == 0
            cell = [atom for atom in atoms if atom[:2] == (row["r_score"], row["f_score"])]
            reader.learns_about(cell, row["customers"] - seen.least, row["customers"] + seen.least - 1)
    if seen.rows["score_grid"]:
        cells = {atom[:2] for atom in atoms}
        groups = [[atom] for atom in atoms] + [[a for a in atoms if a[:2] == cell] for cell in cells]
        for group in groups:
            if sum(true.get(atom, 0) for atom in group) < seen.least:
                assert not reader.knows(group), group


def segment_cells() -> dict[str, set[tuple[int, int]]]:
    """Return the cells of recency and frequency in which the rules can place each segment."""
    rules = mapping_rules(pd.read_csv(PROJECT / "seeds" / "segment_mapping.csv", dtype=object))
    found: dict[str, set[tuple[int, int]]] = {}
    for r, f, m, has_one in product(range(1, 6), range(1, 6), range(1, 6), (True, False)):
        found.setdefault(segment_of(rules, r, f, m, has_one), set()).add((r, f))
    # out of the window all scores are 1
    found.setdefault("lost", set()).add((1, 1))
    return found


def attack_movements_of_a_month(seen: World) -> None:
    """Movements by cause: their flows, kinds, causes and the sizes of segments are all known a little."""
    moves = [row for row in seen.rows["transition_matrix"] if row["customers"] is not None]
    bands = [row for row in seen.rows["flows"] if row["kind"] == "movement"]
    if not seen.rows["transition_matrix"]:
        assert not bands
        return
    name = {text: code for code, text in seen.true("select segment_code, name_en from segments").items()}
    name["First purchase"] = NEW
    periods = list(
        seen.true("select snapshot_date, 0 from snapshots where previous_snapshot_date is not null")
    )
    complete = list(
        seen.true(
            "select snapshot_date, 0 from snapshots where previous_snapshot_date is not null and is_month_end"
        )
    )
    end = max(complete or periods)
    true = seen.true(
        f"select from_segment, to_segment, customers from segment_transitions where snapshot_date = '{end}'"
    )
    caused = seen.true(
        "select from_segment, to_segment, cause, customers from segment_change_causes"
        f" where snapshot_date = '{end}'"
    )
    start = seen.true("select snapshot_date, previous_snapshot_date from snapshots")[end]
    atoms = [(*pair, cause) for pair in true for cause in causes_of(pair)]
    reader = Reader(atoms)
    segments = sorted({after for _, after in true})
    for row in [*moves, *bands]:
        assert row["customers"] >= seen.least
        pair = (name[row["before"].en], name[row["after"].en])
        reader.learns([atom for atom in atoms if atom[:2] == pair], row["customers"])
    for day, side in ((start, 0), (end, 1)):
        sizes = {row["key"]: row["customers"] for row in seen.rows["sizes_over_time"] if row["day"] == day}
        hidden = set(segments) - set(sizes)
        for code, size in sizes.items():
            codes = hidden if code == "other" else {code}
            reader.learns([atom for atom in atoms if atom[side] in codes], size)
    tiers = seen.true("select segment_code, tier from segments")
    for row in seen.rows["came_and_went"]:
        kind, size = row["kind"].en.lower(), row["customers"]
        group = [atom for atom in atoms if kind_of(atom[:2], tiers) == kind]
        if row["day"] == end and kind == "new":
            reader.learns(group, size)
        elif row["day"] == end:
            reader.learns_about(group, size - seen.least, size + seen.least - 1)
    for row in seen.rows["causes_of_changes"]:
        assert row["customers"] % (2 * seen.least) == 0
        if row["day"] == end:
            group = [atom for atom in atoms if atom[2] == CAUSES[row["cause"].en]]
            reader.learns_about(group, row["customers"] - seen.least, row["customers"] + seen.least - 1)
    for pair, customers in true.items():
        if customers < seen.least:
            assert not reader.knows([atom for atom in atoms if atom[:2] == pair]), (pair, customers)
    for cause in CAUSES.values():
        group = [atom for atom in atoms if atom[2] == cause]
        if seen.rows["causes_of_changes"] and sum(caused.get(atom, 0) for atom in group) < seen.least:
            assert not reader.knows(group), cause


def causes_of(pair: tuple[str, str]) -> tuple[str | None, ...]:
    before, after = pair
    return (None,) if before in (NEW, after) else tuple(CAUSES.values())


def attack_lost_customers_over_time(seen: World) -> None:
    """Who is lost now either was so before or became so: none of the two is known if it is few."""
    sizes = {(row["day"], row["key"]): row["customers"] for row in seen.rows["sizes_over_time"]}
    for row in seen.rows["came_and_went"]:
        if row["kind"].en == "Lost" and (row["day"], "lost") in sizes:
            true = seen.true(
                "select 'stayed', sum(customers) from segment_transitions where to_segment = 'lost'"
                f" and from_segment in ('lost', '(new)') and snapshot_date = '{row['day']}'"
            )["stayed"]
            reader = Reader(["stayed", "became"])
            reader.learns(["stayed", "became"], sizes[row["day"], "lost"])
            reader.learns_about(["became"], row["customers"] - seen.least, row["customers"] + seen.least - 1)
            assert true >= seen.least or not reader.knows(["stayed"])


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
            assert row["size"] >= seen.least
            grain = grain_of(row)
            first = row["since"]
            period = [end for end in ends if first <= end and month_number(end) < month_number(first) + grain]
            reader.learns(period, row["size"])
    for name, months in (("now", 0), ("month_before", 1), ("year_before", 12)):
        complete = list(seen.true("select snapshot_date, 0 from snapshots where is_month_end"))
        if not complete:
            continue
        last = [end for end in ends if month_number(end) == month_number(max(complete)) - months]
        for row in seen.rows["key_figures"]:
            if row["scope"] == "all" and row[name] is not None and last:
                if row["key"] == "customers" and not (row["is_today"] and name == "now"):
                    reader.learns(until(last[0]), row[name])
                if row["key"] == "new":
                    assert row[name] >= seen.least
                    reader.learns(last, row[name])
    for end in ends:
        if true.get(end, 0) < seen.least:
            assert not reader.knows([end])


def month_number(day: date) -> int:
    return day.year * 12 + day.month


def attack_cohorts_and_their_complements(seen: World) -> None:
    for row in seen.rows["triangle"]:
        if row["active"] is not None:
            assert row["active"] >= seen.least
            assert row["age"] == 0 or row["size"] - row["active"] >= seen.least
        else:
            assert [row[name] for name in ("rate", "low", "high")] == [None] * 3
    by_period: dict[int, list[dict]] = {}
    for row in seen.rows["triangle"]:
        by_period.setdefault(month_number(row["since"]) + grain_of(row) * row["age"], []).append(row)
    for cells in by_period.values():
        hidden = [row for row in cells if row["active"] is None]
        assert len(hidden) != 1 or len(cells) == 1
    people = {row["number"]: row["people"] for row in seen.rows["records_per_person"]}
    assert all(size >= seen.least for size in people.values())
    assert not people or 0 in people or set(people) == set(range(1, 7))


def grain_of(row: dict) -> int:
    """Return the months of a cohort's period, by its name."""
    name = row["cohort"].en
    return 12 if name.isdigit() else 3 if name.startswith("Q") else 1


def attack_key_figures(seen: World) -> None:
    """Those who were active, came or bought in a year, and the others, are enough or not to be told."""
    figures = {(row["scope"], row["key"]): row for row in seen.rows["key_figures"]}
    if not figures:
        return
    ends = list(seen.true("select snapshot_date, 0 from snapshots where is_month_end"))
    populations = seen.true("select snapshot_date, customers from snapshots")
    known = {row["day"] for row in seen.rows["sizes_over_time"]} | {seen.as_of}
    offered = {scope for scope, _ in figures} - {"all"}
    for name, months in (("now", 0), ("month_before", 1), ("year_before", 12)):
        end = next((day for day in ends if month_number(day) == month_number(max(ends)) - months), None)
        if end is None:
            assert all(row[name] is None for row in figures.values())
            continue
        active, new = (figures["all", key][name] for key in ("active", "new"))
        if active is not None:
            assert seen.least <= active <= min(populations[day] for day in known if day >= end) - seen.least
        before = next((day for day in ends if month_number(day) == month_number(end) - 1), None)
        if active is not None and end in known and before in known:
            assert active - (populations[end] - populations[before]) >= seen.least
        for scope in offered:
            part = {key: figures[scope, key][name] for key in ("active", "new")}
            assert all(value is None or value >= seen.least for value in part.values())
            if None not in part.values():
                assert part["active"] - part["new"] >= seen.least
        for key, total in (("active", active), ("new", new)):
            parts = [figures[scope, key][name] for scope in offered]
            if total is not None and offered and None not in parts:
                rest = total - sum(parts)
                assert rest >= seen.least or (rest == 0 and not seen.has_rest(offered))
    for scope in {scope for scope, _ in figures}:
        if figures[scope, "revenue_12_months"]["now"] is not None:
            year = f"'{max(ends)}'::date - interval 1 year + interval 1 day and '{max(ends)}'::date"
            others = seen.true(
                "select 'others', count(distinct customer_id)"
                " from orders join customer_360 using (customer_id)"
                f" where (is_purchase or is_credit_note) and not order_date between {year}"
                + ("" if scope == "all" else f" and country_code = '{scope}'")
            )["others"]
            assert others >= seen.least


def attack_engagement_by_segment(seen: World) -> None:
    true = seen.true(
        "select segment_code, coalesce(engagement_band, '(none)'), count(*) from customer_360 group by all"
    )
    segments = list(seen.true("select segment_code, 0 from segments"))
    bands = seen.true("select name_en, band_code from engagement_bands") | {"Did nothing": "(none)"}
    name = {text: code for code, text in seen.true("select segment_code, name_en from segments").items()}
    atoms = list(product(segments, bands.values()))
    reader = Reader(atoms)
    sizes = {row["key"]: row["customers"] for row in seen.rows["sizes"] if row["scope"] == "all"}
    others = {code for code in segments if code not in sizes and code != "prospect"}
    for code, size in sizes.items():
        reader.learns(product(others if code == "other" else [code], bands.values()), size)
    learned = [
        ([(name[row["segment"].en], bands[row["band"].en])], row["customers"])
        for row in seen.rows["bands_by_segment"]
        if row["customers"] is not None
    ]
    learned += [
        (list(product(segments, [bands[row["band"].en]])), row["customers"])
        for row in seen.rows["bands_over_time"]
        if row["day"] == seen.as_of
    ]
    for group, size in learned:
        assert size % (2 * seen.least) == 0
        reader.learns_about(group, size - seen.least, size + seen.least - 1)
    if learned:
        for group in [*([atom] for atom in atoms), *(list(product(segments, [b])) for b in bands.values())]:
            if sum(true.get(atom, 0) for atom in group) < seen.least:
                assert not reader.knows(group), group
    for row in seen.rows["bands_over_time"]:
        assert row["customers"] % (2 * seen.least) == 0


def attack_first_touches(seen: World) -> None:
    """By first touch, those who bought and those who did not; how many did is known from the segments."""
    true = seen.true("""
        select
            case coalesce(first_touch_kind, 'purchase')
                when 'session' then first_touch_channel
                when 'purchase' then 'none'
                when 'ticket' then 'Service desk'
                when 'survey_answer' then 'Survey'
                else 'Campaign'
            end,
            lifetime_orders > 0,
            count(*)
        from customer_360 left join customer_journeys using (customer_id)
        group by all
    """)
    touches = sorted({touch for touch, _ in true})
    atoms = list(product(touches, (True, False)))
    shown = {
        SHOWN_TOUCHES.get(row["touch"].en, row["touch"].en): row for row in seen.rows["days_to_purchase"]
    }
    shares = {
        SHOWN_TOUCHES.get(row["touch"].en, row["touch"].en): row for row in seen.rows["share_that_bought"]
    }
    reader = Reader(atoms)
    for bought in (True, False):
        reader.learns(product(touches, [bought]), sum(true.get((touch, bought), 0) for touch in touches))
    for touch, row in shown.items():
        assert row["buyers"] >= seen.least
        reader.learns([(touch, True)], row["buyers"])
    for touch, row in shares.items():
        group = [touch] if touch != "Others" else [t for t in touches if t not in shares and t != "none"]
        reader.learns(product(group, [True]), round(row["share"] * row["people"]))
        reader.learns(product(group, [False]), row["people"] - round(row["share"] * row["people"]))
    if shown or shares:
        for atom in atoms:
            if atom[1] or shares:
                assert true.get(atom, 0) >= seen.least or not reader.knows([atom]), atom


# Names on the page of the touches of drawn worlds.
SHOWN_TOUCHES = {"Link in an email": "email", "Direct": "direct"}


def attack_early_warnings(seen: World) -> None:
    """Of a segment whose size is known, those who fall in each month and those who stay."""
    name = {text: code for code, text in seen.true("select segment_code, name_en from segments").items()}
    true = seen.true("select segment_code, falls_on, count(*) from early_warnings group by all")
    sizes = {row["key"]: row["customers"] for row in seen.rows["sizes"] if row["scope"] == "all"}
    days = sorted({day for _, day in true})
    for code, size in sizes.items():
        rows = [row for row in seen.rows["early_warnings"] if name[row["segment"].en] == code]
        assert not rows or code not in ("other", "prospect")
        reader = Reader([*days, "stays"])
        reader.learns([*days, "stays"], size)
        for row in rows:
            assert row["customers"] == true[code, row["day"]] >= seen.least
            reader.learns([row["day"]], row["customers"])
        falling = {day: true.get((code, day), 0) for day in days}
        for day, customers in {**falling, "stays": size - sum(falling.values())}.items():
            assert not rows or customers >= seen.least or not reader.knows([day]), (code, day)


def attack_revenue(seen: World) -> None:
    """The page tells nothing about few people by why revenue changed, nor about the best few."""
    figures = {row["key"]: row for row in seen.rows["key_figures"] if row["scope"] == "all"}
    ends = list(seen.true("select snapshot_date, 0 from snapshots where is_month_end"))
    for panel, months, comparison in (
        ("revenue_against_month", 1, "month_before"),
        ("revenue_against_year", 12, "year_before"),
    ):
        rows = seen.rows[panel]
        if rows:
            assert None not in [
                figures[key][when] for key in ("active", "revenue") for when in ("now", comparison)
            ]
            assert rows[0]["amount"] + sum(row["amount"] for row in rows[1:-1]) == rows[-1]["amount"]
        if "other" in [row["effect"] for row in rows]:
            last = month_number(max(ends))
            month = "(year(order_date) * 12 + month(order_date))"
            people = seen.true(
                "select 'people', count(distinct customer_id) from orders"
                f" where is_credit_note and {month} in ({last}, {last - months})"
            )["people"]
            assert people >= seen.least
    tops = seen.true("select snapshot_date, top_percent, top_customers from revenue_concentration")
    customers = seen.true("select snapshot_date, max(customers) from revenue_concentration group by all")
    for day in {row["day"] for row in seen.rows["concentration"]}:
        shown = [tops[day, row["top_percent"]] for row in seen.rows["concentration"] if row["day"] == day]
        assert all(after - before >= seen.least for before, after in pairwise([0, *shown, customers[day]]))


def attack_profiles(seen: World) -> None:
    """Of each attribute: people by segment and value, from sizes of segments, shares and indexes."""
    true = seen.true("select attribute_name, segment_code, attribute_value, customers from segment_profiles")
    name = {text: code for code, text in seen.true("select segment_code, name_en from segments").items()}
    sizes = {row["key"]: row["customers"] for row in seen.rows["sizes"] if row["scope"] == "all"}
    everyone = sum(size for code, size in sizes.items() if code != "prospect")
    for attribute, words in (("engagement_band", "Engagement"), ("device", "Device")):
        cells = {key[1:]: size for key, size in true.items() if key[0] == attribute}
        segments = sorted({segment for segment, _ in cells})
        values = sorted({value for _, value in cells})
        atoms = list(product(segments, values))
        reader = Reader(atoms)
        others = [segment for segment in segments if segment not in sizes]
        for code, size in sizes.items():
            if code != "prospect":
                reader.learns(product(others if code == "other" else [code], values), size)
        rows = [
            row
            for row in seen.rows["indexes"]
            if row["index"] is not None and row["value"].en.startswith(f"{words}: ")
        ]
        for row in rows:
            segment, value = name[row["segment"].en], row["value"].en.split(": ")[1]
            customers = round(row["segment_share"] * sizes[segment])
            assert customers == cells[segment, value] >= seen.least
            reader.learns([(segment, value)], customers)
            reader.learns(product(segments, [value]), round(row["overall_share"] * everyone))
        for atom in atoms if rows else []:
            assert cells.get(atom, 0) >= seen.least or not reader.knows([atom]), (attribute, atom)


def attack_service_and_comparisons(seen: World) -> None:
    """What is told of tickets, answers, campaigns and experiments is of enough people, and so is the rest."""
    for row in seen.rows["tickets"]:
        people = seen.true(
            "select 'people', count(distinct customer_id) from service_tickets"
            f" where last_day(day) = '{row['day']}'"
        )["people"]
        assert people >= seen.least
        assert all(row[name] is None or row[name] >= seen.least for name in ("backlog", "repeat_contacts"))
    for panel in ("nps", "nps_by_segment"):
        assert all(row["answers"] >= seen.least for row in seen.rows[panel])
    for row in seen.rows["impact"]:
        bought = round(row["rate"] * row["customers"])
        assert min(bought, row["customers"] - bought) >= seen.least
    results = seen.true("""
        select
            'campaigns',
            min(least(buyers_30_days, customers - buyers_30_days, control_buyers_30_days,
                control_customers - control_buyers_30_days))
        from campaign_results
        union all
        select 'experiments', min(least(converted, visitors - converted)) from experiment_results
    """)
    for panel in ("campaigns", "experiments"):
        if any(row["uplift"] is not None for row in seen.rows[panel]):
            assert results[panel] >= seen.least


def attack_channels(seen: World) -> None:
    """New customers by channel; how many there were in all is known from the months."""
    ends = list(seen.true("select snapshot_date, 0 from snapshots where is_month_end"))
    for panel, months in (("costs", 0), ("values", 11)):
        rows = seen.rows[panel]
        if rows:
            last = month_number(max(ends)) - months
            true = seen.true(
                "select channel, sum(new_customers) from channel_performance"
                f" where year(month) * 12 + month(month) between {last - 11} and {last} group by all"
            )
            reader = Reader(true)
            reader.learns(true, sum(true.values()))
            names = {"Link in an email": "email", "Direct": "direct", "Unknown": "(unknown)"}
            for row in rows:
                channel = names.get(row["channel"].en, row["channel"].en)
                assert row["new_customers"] == true[channel] >= seen.least
                reader.learns([channel], row["new_customers"])
            for channel, customers in true.items():
                assert customers >= seen.least or not reader.knows([channel])


ATTACKS = (
    attack_profiles,
    attack_service_and_comparisons,
    attack_channels,
    attack_engagement_by_segment,
    attack_first_touches,
    attack_early_warnings,
    attack_revenue,
    attack_segments_by_country,
    attack_score_grid_with_segments,
    attack_movements_of_a_month,
    attack_newcomers_over_time,
    attack_lost_customers_over_time,
    attack_key_figures,
    attack_cohorts_and_their_complements,
)


@pytest.mark.parametrize("world", LEAKS, ids=str)
def test_no_leak_comes_back(folders, world):
    seen = drawn(folders, world)
    for attack in ATTACKS:
        attack(seen)


@given(world=worlds)
@settings(max_examples=3)
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
    seen = drawn(folders, (1, 12, 75, 3))
    groups = ["sizes", "score_grid", "flows", "triangle", "came_and_went", "records_per_person"]
    groups += ["causes_of_changes", "early_warnings", "bands_over_time", "bands_by_segment"]
    groups += ["tickets", "waiting", "nps", "nps_by_segment", "impact", "costs", "values", "campaigns"]
    groups += ["experiments", "personas", "indexes"]
    for panel in [*groups, "days_to_purchase", "share_that_bought", "concentration"]:
        assert seen.rows[panel] == []
    totals = {row["key"]: row for row in seen.rows["key_figures"]}
    assert set(totals) >= {"customers", "revenue"}


def test_fewer_customers_than_a_group_are_not_counted(tmp_path):
    manifest = publish(tmp_path / "parquet", draw_orders(np.random.default_rng(3), 4, 75), 3, 10)
    page = dashboard(tmp_path, manifest)
    assert "There are fewer than 10 customers with a purchase" in page
    assert "There are 4 customers" not in page
