"""What each campaign brought against its control group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.comparisons import campaigns
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, same

BETTER = Text("Werkt", "Works")
WORSE = Text("Werkt averechts", "Backfires")
UNCLEAR = Text("Geen verschil aangetoond", "No difference shown")
TOO_FEW = Text("Te weinig mensen", "Too few people")
UPLIFT_COLUMNS = (
    Column("uplift", Text("Verschil", "Difference"), "share"),
    Column("low", Text("Ondergrens", "Lower limit"), "share"),
    Column("high", Text("Bovengrens", "Upper limit"), "share"),
    Column("verdict", Text("Oordeel", "Verdict")),
)


def verdict(row: Mapping[str, Any]) -> Text:
    """Say in words whether the interval of an uplift leaves out zero."""
    if row["uplift"] is None:
        return TOO_FEW
    return BETTER if row["low"] > 0 else WORSE if row["high"] < 0 else UNCLEAR


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per campaign, the latest first; none if all have too few people."""
    found = campaigns(tables)
    if all(row["uplift"] is None for row in found):
        return []
    return [
        {
            **row,
            "name": same(row["name"]),
            "verdict": verdict(row),
            "is_drawn": row["uplift"] is not None,
        }
        for row in found
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say how many campaigns worked."""
    judged = [row for row in found if row["is_drawn"]]
    if not judged:
        return Text("Wat campagnes opleverden", "What campaigns brought")
    worked = [row for row in judged if row["verdict"] == BETTER]
    if len(worked) == 1:
        return Text(
            "{} werkte: er werd meer gekocht dan zonder", "{} worked: more was bought than without"
        ).fill(worked[0]["name"])
    if not worked:
        return Text(
            "Geen van de campagnes liet een verschil zien", "None of the campaigns showed a difference"
        )
    return Text("Van {} campagnes werkten er {}", "Of {} campaigns, {} worked").fill(
        same(str(len(judged))), same(str(len(worked)))
    )


PANEL = Panel(
    page="campaigns",
    columns=(
        Column("name", Text("Campagne", "Campaign")),
        Column("day", Text("Verstuurd", "Sent"), "day"),
        Column("rate", Text("Kocht in 30 dagen", "Bought in 30 days"), "share"),
        Column("control_rate", Text("Controlegroep", "Control group"), "share"),
        *UPLIFT_COLUMNS,
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Hoeveel meer van wie de campagne kreeg iets kocht, vergeleken met wie bewust niets kreeg. Raakt de"
        " lijn nul, dan is er geen verschil aangetoond.",
        "How much more of those who got the campaign bought something, compared with those who got nothing on"
        " purpose. Where the line touches zero, no difference was shown.",
    ),
    definition=Text(
        "Aankopen in de 30 dagen vanaf het eerste contact, van campagnes van de laatste twee jaar. De lijn"
        " is het 95%-interval (Newcombe); hoe groter de controlegroep, hoe korter. In de tabel staan ook"
        " campagnes met te weinig mensen voor een uitslag.",
        "Purchases in the 30 days from the first contact, of campaigns of the last two years. The line is"
        " the 95% interval (Newcombe); the larger the control group, the shorter. The table also has"
        " campaigns with too few people for a result.",
    ),
    needs=("crm.campaign_contacts",),
    empty=Text(
        "Er is geen afgeronde campagne met een controlegroep die groot genoeg is om te vergelijken.",
        "There is no finished campaign with a control group that is large enough to compare with.",
    ),
    chart=lambda: charts.intervals("name", "low", "uplift", "high", number_format="+.0%"),
)
