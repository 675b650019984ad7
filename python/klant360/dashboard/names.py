"""What segments, source tables, reasons and the like are called on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, same

OTHER = Text("Overige segmenten", "Other segments")

REASONS = {
    "malformed_row": Text("Regel is beschadigd", "Malformed line"),
    "missing_required": Text("Verplichte waarde ontbreekt", "Required value is missing"),
    "unreadable_value": Text("Waarde is onleesbaar", "Value cannot be read"),
    "impossible_value": Text("Waarde kan niet kloppen", "Impossible value"),
    "unknown_reference": Text("Verwijst naar iets onbekends", "Refers to something unknown"),
    "no_customer": Text("Bestelling zonder klant", "Order without a customer"),
    "no_exchange_rate": Text("Wisselkoers ontbreekt", "No exchange rate"),
    "duplicate_key": Text("Dubbel aangeleverd", "Delivered twice"),
}
OUTCOMES = {
    **REASONS,
    "excluded": Text("Geannuleerd of telt niet", "Cancelled or not counted"),
    "purchase": Text("Aankopen", "Purchases"),
    "credit_note": Text("Creditnota's", "Credit notes"),
    "refunded": Text("Helemaal terugbetaald", "Refunded in full"),
    "no_value": Text("Zonder bedrag", "Without an amount"),
}
MODELS = {
    "purchases": Text("Aantal aankopen", "Number of purchases"),
    "revenue": Text("Omzet", "Revenue"),
    "probability_90_days": Text("Kans op een aankoop in 90 dagen", "Probability of a purchase in 90 days"),
    "recommendations": Text("Aanbevolen producten", "Recommended products"),
    "category_replenishment": Text("Moment van de volgende aankoop", "Time of the next purchase"),
    "segment_forecast": Text("Grootte van segmenten", "Sizes of segments"),
}
METRICS = {
    "total_error": Text("fout in het totaal", "error in the total"),
    "decile_error": Text("fout per tiende van de klanten", "error per tenth of the customers"),
    "brier_score": Text("gemiddelde fout van de kans", "mean error of the probability"),
    "hit_rate": Text("klanten die een van de tien kochten", "customers who bought one of the ten"),
    "recall": Text("deel van wat ze kochten", "share of what they bought"),
    "share_within_14_days": Text("deel binnen 14 dagen", "share within 14 days"),
    "size_error": Text("fout in de groottes", "error in the sizes"),
}
RULES = {
    "period_before": Text("zoals in de periode ervoor", "as in the period before"),
    "year_earlier": Text("zoals een jaar eerder", "as a year earlier"),
    "share_before": Text("het deel van de 90 dagen ervoor", "the share of the 90 days before"),
    "most_bought": Text("de tien bestverkochte producten", "the ten bestsellers"),
    "own_median": Text("de mediaan van de klant zelf", "the customer's own median"),
    "as_now": Text("zoals nu", "as now"),
}
GRADES = {
    "A": Text("✓ duidelijk beter", "✓ clearly better"),
    "B": Text("✓ beter", "✓ better"),
    "C": Text("✗ niet beter", "✗ not better"),
}
ENTITIES = {
    "customer": Text("Klant in CRM", "CRM customer"),
    "account": Text("Account in webshop", "Webshop account"),
    "guest_order": Text("Gastbestelling", "Guest order"),
    "contact": Text("Contact van de servicedesk", "Service-desk contact"),
}
FIELDS = {
    "name": Text("Naam", "Name"),
    "email": Text("E-mail", "Email"),
    "phone": Text("Telefoon", "Phone"),
    "address": Text("Adres", "Address"),
    "country": Text("Land", "Country"),
    "birth_date": Text("Geboortedatum", "Birth date"),
    "gender": Text("Geslacht", "Gender"),
}
SYSTEMS = {
    "crm": same("CRM"),
    "webshop": same("Webshop"),
    "service_desk": Text("Servicedesk", "Service desk"),
}
TABLES = {
    "crm.customers": Text("klanten", "customers"),
    "crm.campaign_contacts": Text("campagnecontacten", "campaign contacts"),
    "crm.campaign_spend": Text("campagne-uitgaven", "campaign spend"),
    "crm.erasure_requests": Text("wisverzoeken", "erasure requests"),
    "webshop.orders": Text("bestellingen", "orders"),
    "webshop.order_lines": Text("bestelregels", "order lines"),
    "webshop.products": Text("producten", "products"),
    "webshop.accounts": Text("accounts", "accounts"),
    "webshop.sessions": Text("bezoeken", "sessions"),
    "service_desk.contacts": Text("contacten", "contacts"),
    "service_desk.tickets": Text("tickets", "tickets"),
    "service_desk.survey_invitations": Text("enquête-uitnodigingen", "survey invitations"),
    "service_desk.survey_responses": Text("enquêteantwoorden", "survey responses"),
}
# The first touch: the channel of a visit, else what it was.
TOUCHES = {
    "affiliate": Text("Affiliate", "Affiliate"),
    "campaign": Text("Mailing", "Campaign"),
    "direct": Text("Rechtstreeks", "Direct"),
    "display": Text("Banners", "Display"),
    "email": Text("Link in een mail", "Link in an email"),
    "organic_search": Text("Zoeken, gratis", "Organic search"),
    "paid_search": Text("Zoeken, betaald", "Paid search"),
    "paid_social": Text("Sociale media, betaald", "Paid social"),
    "referral": Text("Andere website", "Referral"),
    "social": Text("Sociale media", "Social"),
    "survey_answer": Text("Enquête", "Survey"),
    "ticket": Text("Servicedesk", "Service desk"),
    "(unknown)": Text("Onbekend", "Unknown"),
}
ATTRIBUTES = {
    "age_band": Text("Leeftijd", "Age"),
    "gender": Text("Geslacht", "Gender"),
    "country_code": Text("Land", "Country"),
    "postal_area": Text("Postcodegebied", "Postal area"),
    "acquisition_channel": Text("Kwam via", "Came by"),
    "preferred_sales_channel": Text("Koopt via", "Buys by"),
    "engagement_band": Text("Betrokkenheid", "Engagement"),
    "device": Text("Apparaat", "Device"),
    "top_category": Text("Koopt vooral", "Mostly buys"),
}
# Values that have words of their own.
VALUES = {
    "app": Text("app", "app"),
    "store": Text("winkel", "store"),
    "web": Text("webshop", "webshop"),
    "phone": Text("telefoon", "phone"),
    "mobile": Text("mobiel", "mobile"),
    "desktop": Text("computer", "desktop"),
    "tablet": Text("tablet", "tablet"),
    "F": Text("vrouw", "female"),
    "M": Text("man", "male"),
    "V": Text("vrouw", "female"),
    "X": Text("anders", "other"),
}
# Colours of the bands of engagement, the most engaged first.
BAND_COLOURS = ("promising", "potential_loyal", "at_risk", "lost")


def touch_name(touch: str) -> Text:
    """Return what a first touch is called; a channel that is not known here, by its own name."""
    return TOUCHES.get(touch, same(touch.replace("_", " ")))


def band_colour(place: int) -> str:
    """Return the colour of a band of engagement, by its place from the most engaged."""
    return BAND_COLOURS[place] if place < len(BAND_COLOURS) else "other"


def system_name(system: str) -> Text:
    """Return what a source system is called; one that the contract gained, by its own name."""
    return SYSTEMS.get(system, same(system.replace("_", " ")))


def table_name(table: str) -> Text:
    """Return what a source table is called, such as Webshop: bestellingen."""
    system, name = table.split(".")
    return system_name(system) + same(": ") + TABLES.get(table, same(name.replace("_", " ")))


def yes_or_no(is_so: bool) -> Text:
    """Return yes or no."""
    return Text("ja", "yes") if is_so else Text("nee", "no")


@cache
def segment_names(tables: Tables) -> Mapping[str, Text]:
    """Return the name of each segment, and of what is not shown by itself."""
    found = tables.rows("select segment_code, name_nl, name_en from segments")
    names = {row["segment_code"]: Text(row["name_nl"], row["name_en"]) for row in found}
    return {**names, "other": OTHER, "(new)": Text("Eerste aankoop", "First purchase")}


@cache
def band_names(tables: Tables) -> Mapping[str, Text]:
    """Return the name of each band of engagement."""
    found = tables.rows("select band_code, name_nl, name_en from engagement_bands")
    return {row["band_code"]: Text(row["name_nl"], row["name_en"]) for row in found}


def attribute_value(tables: Tables, attribute: str, value: str) -> Text:
    """Return what a value of an attribute is called; one that is not known here, by its own name."""
    if attribute == "acquisition_channel":
        return touch_name(value)
    if attribute == "engagement_band":
        return band_names(tables)[value].change(str.lower)
    return VALUES.get(value, same(value.replace("_", " ")))


def with_segment_names(tables: Tables, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with the name of their segment, and its code as `key`, which decides the colour."""
    names = segment_names(tables)
    return [{**row, "key": row["segment"], "segment": names[row["segment"]]} for row in rows]
