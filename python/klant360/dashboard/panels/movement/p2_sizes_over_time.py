"""Segment sizes over 24 months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.movements import segment_sizes
from klant360.dashboard.figures.segments import OTHER, segment_order
from klant360.dashboard.names import with_segment_names, yes_or_no
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, month

# Height of a label as a share of the chart.
LABEL_HEIGHT = 0.045


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per month and segment."""
    labels = _labels(segment_sizes(tables))
    order = {code: place for place, code in enumerate([*segment_order(tables), OTHER])}
    return [
        {
            **row,
            "place": order[row["key"]],
            "full": yes_or_no(row["is_window_full"]),
            "label": row["segment"] if (row["day"], row["key"]) in labels else None,
            "is_narrow": True,
            "label_at": labels.get((row["day"], row["key"])),
        }
        for row in with_segment_names(tables, segment_sizes(tables))
    ]


def _labels(sizes: Sequence[Row]) -> dict[tuple[date, str], float]:
    """Return where the label of each segment stands: at its middle in the last column, or close to it."""
    if not sizes:
        return {}
    last = [row for row in sizes if row["day"] == sizes[-1]["day"]]
    greatest = max(
        sum(row["customers"] for row in sizes if row["day"] == day) for day in {r["day"] for r in sizes}
    )
    places, top, lowest = {}, 0.0, float("-inf")
    for row in last:
        lowest = max(top + row["customers"] / 2, lowest + LABEL_HEIGHT * greatest)
        places[row["day"], row["segment"]] = lowest
        top += row["customers"]
    return places


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Compare the best customers now with the first shown month that is comparable."""
    best = [row for row in found if row["key"] == "champion"]
    full = [row for row in best if row["is_window_full"]] or best
    if len(full) < 2:
        return Text("Segmenten door de tijd", "Segments over time")
    first, last = full[0], full[-1]
    return Text("{}: van {} in {} naar {} nu", "{}: from {} in {} to {} now").fill(
        last["segment"],
        count(first["customers"]),
        month(first["day"]),
        count(last["customers"]),
    )


PANEL = Panel(
    page="movement",
    columns=(
        Column("day", Text("Maand", "Month"), "month"),
        Column("segment", Text("Segment", "Segment")),
        Column("customers", Text("Klanten", "Customers"), "count"),
        Column("full", Text("Periode vol", "Full window")),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elke kolom is een maand, elk vlak een segment, van het beste onderaan tot het zwakste bovenaan."
        " Bleke maanden zijn niet te vergelijken: de gemeten periode begint vóór de gegevens.",
        "Each column is a month, each part a segment, from the best at the bottom to the weakest at the"
        " top. Pale months cannot be compared: the period measured begins before the data.",
    ),
    definition=Text(
        "Iedereen die ooit kocht, naar het segment aan het eind van de maand. Kleine segmenten zijn"
        " samengenomen als overige segmenten; een maand met te weinig nieuwe klanten staat er niet bij.",
        "Everyone who ever bought, by the segment at the end of the month. Small segments are taken"
        " together as other segments; a month with too few new customers is left out.",
    ),
    chart=lambda: charts.stacked_columns("day", "customers", "segment", "key", "place", is_labelled=True),
    narrow_chart=lambda: charts.stacked_columns(
        "day", "customers", "segment", "key", "place", is_labelled=False
    ),
    legend="segment",
)
