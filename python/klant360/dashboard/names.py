"""What segments, source tables, reasons and the like are called on the page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

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
    "duplicate_key": Text("Dubbel aangeleverd", "Delivered twice"),
    "excluded": Text("Geannuleerd of telt niet", "Cancelled or not counted"),
    "purchase": Text("Aankopen", "Purchases"),
    "credit_note": Text("Creditnota's", "Credit notes"),
    "refunded": Text("Helemaal terugbetaald", "Refunded in full"),
    "no_value": Text("Zonder bedrag", "Without an amount"),
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


def table_name(table: str) -> Text:
    """Return what a source table is called, such as Webshop: bestellingen."""
    system = SYSTEMS.get(table.split(".")[0], same(table.split(".")[0]))
    return system + same(": ") + TABLES.get(table, same(table.split(".")[-1].replace("_", " ")))


@cache
def segment_names(tables: Tables) -> Mapping[str, Text]:
    """Return the name of each segment, and of what is not shown by itself."""
    found = tables.rows("select segment_code, name_nl, name_en from segments")
    names = {row["segment_code"]: Text(row["name_nl"], row["name_en"]) for row in found}
    return {**names, "other": OTHER, "(new)": Text("Eerste aankoop", "First purchase")}
