"""Flows between segments in the last month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.movements import NEW, flows
from klant360.dashboard.figures.segments import OTHER, segment_order
from klant360.dashboard.names import segment_names
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, day, same

NODE_WIDTH = 0.02
GAP = 0.012
MOST_BARS = 10
# Where a band runs level, as side and place from left to right.
BEND = ((0, NODE_WIDTH), (0, NODE_WIDTH + 0.2), (1, 1 - NODE_WIDTH - 0.2), (1, 1 - NODE_WIDTH))
TOO_SMALL = Text("Te klein om te tonen", "Too small to show")


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return the nodes, bands and labels of the drawing, and a row per movement for bars and table."""
    month = flows(tables)
    if month is None:
        return []
    order = [NEW, *segment_order(tables), OTHER]
    moves = dict(month.sizes)
    if month.unshown:
        moves[OTHER, OTHER] = month.unshown
    before, after = _places(moves, order, 0), _places(moves, order, 1)
    names = {**segment_names(tables), OTHER: TOO_SMALL}
    drawn: list[dict[str, Any]] = []
    for side, places, x in (("before", before, 0.0), ("after", after, 1 - NODE_WIDTH)):
        for code, (top, bottom) in places.items():
            shared = {"node": names[code], "colour": "other" if code == NEW else code}
            drawn.append(
                {**shared, "kind": "node", "x": x, "right": x + NODE_WIDTH, "top": top, "bottom": bottom}
            )
            edge, middle = (x if side == "before" else x + NODE_WIDTH), (top + bottom) / 2
            drawn.append(
                {**shared, "kind": "label", "side": side, "x": edge, "top": middle, "bottom": middle}
            )
    return drawn + _bands(moves, before, after, order, names) + _movements(tables)


def _movements(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per shown movement to another segment, the largest first."""
    month = flows(tables)
    names = segment_names(tables)
    moved = sorted(
        ((size, pair) for pair, size in month.sizes.items() if pair[0] != pair[1]) if month else (),
        reverse=True,
    )
    return [
        {
            "kind": "movement",
            "is_narrow": place < MOST_BARS,
            "before": names[before],
            "after": names[after],
            "movement": names[before] + same(" → ") + names[after],
            "customers": size,
            "colour": after,
        }
        for place, (size, (before, after)) in enumerate(moved)
    ]


def _places(
    moves: Mapping[tuple[str, str], int], order: list[str], side: int
) -> dict[str, tuple[float, float]]:
    """Return the top and bottom of each group on one side, from 0 to 1, one below the other."""
    sizes = {code: sum(size for pair, size in moves.items() if pair[side] == code) for code in order}
    codes = [code for code in order if sizes[code]]
    height = (1 - GAP * (len(codes) - 1)) / sum(sizes.values())
    top, places = 0.0, {}
    for code in codes:
        places[code] = (top, top + height * sizes[code])
        top = places[code][1] + GAP
    return places


def _bands(
    moves: Mapping[tuple[str, str], int],
    before: Mapping[str, tuple[float, float]],
    after: Mapping[str, tuple[float, float]],
    order: list[str],
    names: Mapping[str, Text],
) -> list[dict[str, Any]]:
    """Return the four points of each band between two groups."""
    left, right = ({code: top for code, (top, _) in side.items()} for side in (before, after))
    thickness = [
        (bottom - top) / sum(size for pair, size in moves.items() if pair[side] == code)
        for side, places in enumerate((before, after))
        for code, (top, bottom) in list(places.items())[:1]
    ]
    points = []
    for start in order:
        for end in order:
            size = moves.get((start, end))
            if not size:
                continue
            from_top, to_top = left[start], right[end]
            left[start] += size * thickness[0]
            right[end] += size * thickness[1]
            ends = [(from_top, left[start]), (to_top, right[end])]
            points += [
                {
                    "kind": "band",
                    "band": f"{start}>{end}",
                    "colour": end,
                    "before": names[start],
                    "after": names[end],
                    "customers": size,
                    "x": x,
                    "top": ends[side][0],
                    "bottom": ends[side][1],
                }
                for side, x in BEND
            ]
    return points


def title(tables: Tables, found: Sequence[Row]) -> Text:
    """Name the largest movement, and the dates."""
    month = flows(tables)
    moves = [row for row in found if row.get("kind") == "movement"]
    if month is None or not moves:
        return Text("Wie van segment wisselde", "Who changed segment")
    top = moves[0]
    return Text(
        "Grootste verandering: {} klanten gingen van {} naar {}",
        "Largest change: {} customers went from {} to {}",
    ).fill(count(top["customers"]), top["before"], top["after"])


def note(tables: Tables) -> Text | None:
    """Return the dates, and how many movements are too small to show."""
    month = flows(tables)
    if month is None:
        return None
    return Text(
        "Van {} naar {}. {} klanten zitten in stromen die te klein zijn om te tonen (grijs).",
        "From {} to {}. {} customers are in flows too small to show (grey).",
    ).fill(day(month.start), day(month.end), count(month.unshown))


PANEL = Panel(
    page="movement",
    columns=(
        Column("before", Text("Van", "From")),
        Column("after", Text("Naar", "To")),
        Column("customers", Text("Klanten", "Customers"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Links het segment van een maand eerder, rechts dat van nu. Hoe dikker de band, hoe meer klanten;"
        " de kleur is het segment waar ze heen gaan.",
        "On the left the segment of a month before, on the right that of now. The thicker the band, the"
        " more customers; its colour is the segment that they move to.",
    ),
    definition=Text(
        "Elke klant wordt aan het eind van elke maand opnieuw ingedeeld, met wat er tot dan toe gekocht is."
        " De tabel toont wie wisselde.",
        "Each customer is placed anew at the end of each month, by what was bought until then. The table"
        " shows who changed.",
    ),
    note=note,
    chart=charts.flow_bands,
    narrow_chart=lambda: charts.bars("movement", "customers", colour="colour", labels_above=True),
    table_rows=lambda row: row.get("kind") == "movement",
)
