"""Where the sizes of segments are heading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.grades import segments_ahead
from klant360.dashboard.names import with_segment_names
from klant360.dashboard.panel import Column, Panel, Row, rounding_note
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count

YEAR = 12


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per segment and months ahead; a year ahead is drawn."""
    return [
        {**row, "is_drawn": row["months_ahead"] == YEAR}
        for row in with_segment_names(tables, segments_ahead(tables))
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Name the segment that will be largest."""
    ahead = [row for row in found if row["is_drawn"]]
    if not ahead:
        return Text("Hoe groot segmenten worden", "How large segments become")
    top = max(ahead, key=lambda row: row["customers"])
    return Text(
        "Over een jaar: {} klanten in {}, tussen {} en {}",
        "In a year: {} customers in {}, between {} and {}",
    ).fill(count(top["customers"]), top["segment"], count(top["low"]), count(top["high"]))


PANEL = Panel(
    page="forecast",
    columns=(
        Column("segment", Text("Segment", "Segment")),
        Column("months_ahead", Text("Maanden vooruit", "Months ahead"), "count"),
        Column("customers", Text("Klanten", "Customers"), "count"),
        Column("low", Text("Ondergrens", "Lower limit"), "count"),
        Column("high", Text("Bovengrens", "Upper limit"), "count"),
    ),
    rows=rows,
    title=title,
    note=rounding_note,
    reading=Text(
        "De punt is wat we over een jaar verwachten, de lijn waar het in 95% van de gevallen tussen ligt. In"
        " de tabel staan ook drie en zes maanden.",
        "The dot is what to expect in a year, the line where that lies in 95% of cases. The table also has"
        " three and six months.",
    ),
    definition=Text(
        "Als klanten blijven bewegen zoals in de laatste twaalf maanden, duizend keer nagebootst. Kleine"
        " segmenten staan er niet bij.",
        "If customers keep moving as they did in the last twelve months, simulated a thousand times. Small"
        " segments are left out.",
    ),
    empty=Text(
        "Deze voorspelling staat uit, of er zijn te weinig gegevens: er zijn twaalf hele maanden met volle"
        " vensters nodig, en genoeg klanten.",
        "This forecast is switched off, or there are too few data: it takes twelve complete months with full"
        " windows, and enough customers.",
    ),
    chart=lambda: charts.intervals("segment", "low", "customers", "high", number_format="d", colour="key"),
)
