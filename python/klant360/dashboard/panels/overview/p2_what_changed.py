"""Up to five sentences on what changed most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard.figures.months import key_figures
from klant360.dashboard.figures.movements import flows
from klant360.dashboard.figures.segments import OTHER
from klant360.dashboard.names import segment_names
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, same, share

MOST_SENTENCES = 5
# A smaller change than this is no news.
LEAST_CHANGE = 0.02
# A segment must have held this many groups' worth of people for its change to say something.
LARGE_SEGMENT = 3
SUBJECTS = {
    "active": Text("Er kochten {more} klanten", "{more} customers bought"),
    "new": Text("Er kwamen {more} nieuwe klanten bij", "{more} new customers came"),
    "revenue": Text("De omzet van de maand is {change}", "Revenue of the month is {change}"),
    "revenue_12_months": Text(
        "De omzet van twaalf maanden is {change}", "Revenue of twelve months is {change}"
    ),
}
AGAINST = {
    "year_before": Text("dan een jaar eerder", "than a year before"),
    "month_before": Text("dan de maand ervoor", "than the month before"),
}
GREW = Text(
    "Het segment {} groeide in een maand van {} naar {} klanten.",
    "The segment {} grew in a month from {} to {} customers.",
)
SHRANK = Text(
    "Het segment {} kromp in een maand van {} naar {} klanten.",
    "The segment {} shrank in a month from {} to {} customers.",
)
MORE = {True: Text("meer", "more"), False: Text("minder", "fewer")}
HIGHER = {True: Text("hoger", "higher"), False: Text("lager", "lower")}


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per sentence, the largest change first."""
    changes = [*_figures(tables), *_segments(tables)]
    largest = sorted(changes, key=lambda each: -abs(each[0]))[:MOST_SENTENCES]
    return [{"sentence": sentence, "change": change} for change, sentence in largest]


def _figures(tables: Tables) -> list[tuple[float, Text]]:
    changes = []
    for row in key_figures(tables):
        against = next((name for name in AGAINST if row[name]), None)
        if row["scope"] != "all" or row["measure"] not in SUBJECTS or row["now"] is None or against is None:
            continue
        change = float(row["now"]) / float(row[against]) - 1
        if abs(change) >= LEAST_CHANGE and row[against] > 0:
            changes.append((change, _sentence(SUBJECTS[row["measure"]], change, AGAINST[against])))
    return changes


def _sentence(subject: Text, change: float, against: Text) -> Text:
    size = share(abs(change)) + same(" ")
    filled = subject.fill(more=size + MORE[change > 0], change=size + HIGHER[change > 0])
    return filled + same(" ") + against + same(".")


def _segments(tables: Tables) -> list[tuple[float, Text]]:
    month = flows(tables)
    if month is None:
        return []
    changes = []
    for code, before in month.before.items():
        after = month.after.get(code)
        if code == OTHER or after is None or before < LARGE_SEGMENT * tables.least:
            continue
        change = after / before - 1
        if abs(change) >= LEAST_CHANGE:
            changes.append((change, _segment_sentence(tables, code, before, after)))
    return changes


def _segment_sentence(tables: Tables, code: str, before: int, after: int) -> Text:
    change = GREW if after > before else SHRANK
    return change.fill(segment_names(tables)[code], count(before), count(after))


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say that something changed, or that nothing did."""
    if found:
        return Text("Dit veranderde het meest", "What changed most")
    return Text("Er veranderde weinig", "Little changed")


PANEL = Panel(
    page="overview",
    form="sentences",
    columns=(
        Column("sentence", Text("Verandering", "Change")),
        Column("change", Text("In delen", "As a share"), "share"),
    ),
    rows=rows,
    title=title,
    reading=Text("De grootste verandering staat bovenaan.", "The largest change comes first."),
    definition=Text(
        "Vergeleken wordt met een jaar eerder, of met de maand ervoor als de gegevens niet zo ver"
        " teruggaan; segmenten met de maand ervoor. Veranderingen onder 2% staan er niet bij.",
        "The comparison is with a year before, or with the month before where the data do not go back that"
        " far; for segments with the month before. Changes below 2% are left out.",
    ),
    empty=Text(
        "Geen van de cijfers veranderde 2% of meer, of er is nog niets om mee te vergelijken.",
        "No figure changed by 2% or more, or there is nothing to compare with yet.",
    ),
)
