"""What a reader could learn from the pages on figures, segments, movement and cohorts."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pandas as pd

from masking_reader import Reader, World, month_number
from oracle_scores import mapping_rules, segment_of
from warehouses import PROJECT

NEW = "(new)"
CAUSES = {
    "Bought something": "purchase",
    "Bought nothing": "time",
    "Bought, and so did others": "both",
    "Others changed": "boundaries",
}


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
    for row in seen.rows["targets"]:
        if row["actual"] is not None and row["name"] in ("new_customers", "customers"):
            size, month = int(row["actual"].en.replace(",", "")), until(row["month"])
            reader.learns_about(
                month if row["name"] == "customers" else month[-1:], size - seen.least, size + seen.least - 1
            )
    for end in ends:
        if true.get(end, 0) < seen.least:
            assert not reader.knows([end])


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


def attack_targets(seen: World) -> None:
    """What is shown of a metric counts enough people, or answers, and so does what is left out of a share."""
    parts = seen.true("""
        select
            (metric, month),
            (numerator, denominator, denominator - numerator, unit)
        from monthly_metrics join metrics using (metric)
    """)
    buyers = seen.true("select month, value from monthly_metrics where metric = 'active_customers'")
    for row in seen.rows["targets"]:
        if row["actual"] is None:
            assert row["status"] is None
            continue
        above, below, rest, unit = parts[row["name"], row["month"]]
        assert buyers[row["month"]] >= seen.least
        assert below is None or below >= seen.least
        assert above >= seen.least or unit in ("money", "score")
        assert rest is None or rest >= seen.least or unit != "share"
