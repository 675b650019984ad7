"""The pages in order, and the words around the panels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from klant360.dashboard.text import Text


@dataclass(frozen=True)
class Page:
    """A page: its address is #name."""

    name: str
    title: Text
    lead: Text
    has_filter: bool = False


PAGES = (
    Page(
        "overview",
        Text("Overzicht", "Overview"),
        Text("Hoe staat het ervoor, en wat veranderde er?", "How are we doing, and what changed?"),
        has_filter=True,
    ),
    Page(
        "segments",
        Text("Segmenten", "Segments"),
        Text(
            "Wie zijn onze klanten, en wat brengen ze op?", "Who are our customers, and what do they bring?"
        ),
        has_filter=True,
    ),
    Page(
        "movement",
        Text("Beweging", "Movement"),
        Text(
            "Wie komt, wie stijgt, en wie dreigt weg te zakken?", "Who comes, who rises, and who slips away?"
        ),
    ),
    Page(
        "why",
        Text("Waarom", "Why"),
        Text("Waardoor veranderen de cijfers?", "What makes the figures change?"),
    ),
    Page(
        "engagement",
        Text("Betrokkenheid", "Engagement"),
        Text(
            "Wie kijkt, klikt en antwoordt er, en komt daar een aankoop van?",
            "Who visits, clicks and answers, and do they buy?",
        ),
    ),
    Page(
        "cohorts",
        Text("Terugkeer", "Cohorts"),
        Text("Komen nieuwe klanten terug?", "Do new customers come back?"),
    ),
    Page(
        "service",
        Text("Service", "Service"),
        Text(
            "Hoeveel hulp hebben klanten nodig, en hoe tevreden zijn ze?",
            "How much help do customers need, and how happy are they?",
        ),
    ),
    Page(
        "channels",
        Text("Kanalen", "Channels"),
        Text("Wat kosten nieuwe klanten, en wat brengen ze op?", "What do new customers cost, and bring?"),
    ),
    Page(
        "campaigns",
        Text("Campagnes", "Campaigns"),
        Text(
            "Wat werkte, vergeleken met wie niets kreeg?",
            "What worked, compared with those who got nothing?",
        ),
    ),
    Page(
        "profiles",
        Text("Profielen", "Profiles"),
        Text("Wie zijn de mensen in elk segment?", "Who are the people in each segment?"),
    ),
    Page(
        "forecast",
        Text("Vooruitblik", "Forecast"),
        Text("Wat gaan klanten kopen, en klopt dat?", "What will customers buy, and how sure is that?"),
    ),
    Page(
        "also_bought",
        Text("Ook gekocht", "Also bought"),
        Text("Welke producten horen bij elkaar?", "Which products belong together?"),
    ),
    Page(
        "data",
        Text("Gegevens", "Data"),
        Text("Wat is er gelezen, en kan ik erop vertrouwen?", "What was read, and can I trust it?"),
    ),
)

WORDS: dict[str, Any] = {
    "title": Text("Klantbeeld", "Customer picture"),
    "pages": Text("Pagina's", "Pages"),
    "country": Text("Land", "Country"),
    "all_countries": Text("Alle landen", "All countries"),
    "definition": Text("Hoe dit is berekend", "How this is calculated"),
    "numbers": Text("Cijfers als tabel", "Numbers as a table"),
    "csv": Text("CSV", "CSV"),
    "png": Text("PNG", "PNG"),
    "hidden": Text(
        "Een streepje (\N{EN DASH}) is te klein om te tonen: minder dan {} mensen, of daaruit af te leiden.",
        "A dash (\N{EN DASH}) is too small to show: fewer than {} people, or a number that would reveal it.",
    ),
    "demo": Text("Dit zijn verzonnen gegevens.", "These data are made up."),
    "not_delivered": Text("Hiervoor is nog niet aangeleverd: ", "This needs data that were not delivered: "),
    "month_before": Text("maand ervoor", "month before"),
    "year_before": Text("jaar ervoor", "year before"),
    "skip": Text("Naar de inhoud", "Skip to content"),
    "chart": Text(
        "Grafiek. Met de pijltjestoetsen loop je langs de waarden; de cijfers staan in de tabel eronder.",
        "Chart. Use the arrow keys to go through its values; the numbers are in the table below.",
    ),
    "language": Text("Taal", "Language"),
}

COUNTRY_NAMES = {
    "AT": Text("Oostenrijk", "Austria"),
    "AU": Text("Australië", "Australia"),
    "BE": Text("België", "Belgium"),
    "CH": Text("Zwitserland", "Switzerland"),
    "DE": Text("Duitsland", "Germany"),
    "DK": Text("Denemarken", "Denmark"),
    "ES": Text("Spanje", "Spain"),
    "FI": Text("Finland", "Finland"),
    "FR": Text("Frankrijk", "France"),
    "GB": Text("Verenigd Koninkrijk", "United Kingdom"),
    "IE": Text("Ierland", "Ireland"),
    "IT": Text("Italië", "Italy"),
    "LU": Text("Luxemburg", "Luxembourg"),
    "NL": Text("Nederland", "Netherlands"),
    "NO": Text("Noorwegen", "Norway"),
    "PL": Text("Polen", "Poland"),
    "PT": Text("Portugal", "Portugal"),
    "SE": Text("Zweden", "Sweden"),
    "US": Text("Verenigde Staten", "United States"),
}
