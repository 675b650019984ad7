"""Source records per person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.dates import has_groups
from klant360.dashboard.figures.segments import shows_prospects
from klant360.dashboard.masking import hidden_groups
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, same, share

MOST_RECORDS = 5
OTHER = Text("overige aantallen", "other numbers")


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per number of records; small groups are taken together."""
    if not has_groups(tables):
        return []
    found = tables.rows(
        """
        select least(source_records, $most + 1) as records, count(*) as people
        from customer_360
        where lifetime_orders > 0 or $with_prospects
        group by records
        order by records
        """,
        {"most": MOST_RECORDS, "with_prospects": shows_prospects(tables)},
    )
    # a number of records that nobody has must not be seen to be missing
    sizes = dict.fromkeys(range(1, MOST_RECORDS + 2), 0) | {row["records"]: row["people"] for row in found}
    small = hidden_groups({str(records): size for records, size in sizes.items()}, tables.least)
    rows = [
        {"records": _name(records), "people": size, "number": records}
        for records, size in sizes.items()
        if str(records) not in small
    ]
    rest = sum(size for records, size in sizes.items() if str(records) in small)
    return rows + ([{"records": OTHER, "people": rest, "number": 0}] if rest else [])


def _name(records: int) -> Text:
    return Text("6 of meer", "6 or more") if records > MOST_RECORDS else same(str(records))


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say what share of the people has several records."""
    people = sum(row["people"] for row in found)
    single = next((row["people"] for row in found if row["number"] == 1), None)
    if single is None:
        return Text("Records per persoon", "Records per person")
    return Text(
        "{} van de mensen staat meer dan eens in de bronnen",
        "{} of the people are in the sources more than once",
    ).fill(share(1 - single / people))


PANEL = Panel(
    page="data",
    is_half=True,
    needs=(),
    columns=(
        Column("records", Text("Records", "Records")),
        Column("people", Text("Mensen", "People"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Wie onder meer namen, accounts of nummers voorkomt, telt toch als één mens.",
        "Whoever appears under several names, accounts or numbers still counts as one person.",
    ),
    definition=Text(
        "Records zijn klanten in het CRM, accounts en gastbestellingen van de webshop, en contacten van de"
        " servicedesk.",
        "Records are customers in the CRM, accounts and guest orders of the webshop, and contacts of the"
        " service desk.",
    ),
    chart=lambda: charts.bars("records", "people"),
)
