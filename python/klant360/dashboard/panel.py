"""What a panel of the dashboard is: its rows, its chart and its texts in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text

Row = Mapping[str, Any]
Spec = dict[str, Any]
Kind = Literal["text", "count", "money", "share", "day", "month"]


@dataclass(frozen=True)
class Column:
    """A column of a panel's table: its name in the rows, its heading, and what kind of value it has."""

    name: str
    title: Text
    kind: Kind = "text"


@dataclass(frozen=True)
class Panel:
    """One finding: a chart, or only numbers, with all that is needed to read it.

    `rows` has masked numbers only: whatever it returns is in the file, for the chart too. A null is shown as
    hidden. With `by_country` the rows have a column `scope`: `all`, or a country of the filter. Rows with a
    false `is_drawn` are in the table but not in the chart.
    """

    page: str
    columns: Sequence[Column]
    rows: Callable[[Tables], Sequence[Row]]
    title: Callable[[Tables, Sequence[Row]], Text]
    reading: Text
    definition: Text
    chart: Callable[[], Spec] | None = None
    # drawn instead of `chart` on a narrow screen, from the rows with `is_narrow`
    narrow_chart: Callable[[], Spec] | None = None
    # source tables without which the panel has nothing to show
    needs: Sequence[str] = ("webshop.orders",)
    by_country: bool = False
    # said instead of the chart when there are no rows although all was delivered
    empty: Text = field(default_factory=lambda: TOO_FEW)
    # cards, sentences and lists are not drawn but written
    form: Literal["chart", "table", "cards", "sentences", "lists"] = "chart"
    is_half: bool = False
    # a sentence on this publication's figures, below the reading
    note: Callable[[Tables], Text | None] = lambda _: None
    # the text column that colours stand for, in a key above the chart; with a narrow chart, only there
    legend: str | None = None
    # rows that only the drawing needs are not in the table
    table_rows: Callable[[Row], bool] = lambda _: True
    # the chart keeps this width, in a box that scrolls
    least_width: Callable[[Sequence[Row]], int] | None = None


def rounding_note(tables: Tables) -> Text:
    """Return to what numbers of people are rounded."""
    return Text(
        "Aantallen zijn afgerond op veelvouden van {}.", "Numbers are rounded to multiples of {}."
    ).fill(2 * tables.least)


TOO_FEW = Text(
    "Er zijn te weinig klanten om groepen te tonen zonder dat iemand herkenbaar wordt.",
    "There are too few customers to show groups without making a person recognisable.",
)
