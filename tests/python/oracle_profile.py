"""Independent oracle of the golden record: survivorship, conflicts, completeness and consent.

Written from the definitions alone, as plain loops over the accepted rows; nothing is shared with the models.
Its normalisation is simpler than the project's: it is for data whose values are written in common ways.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import pandas as pd

CHANNELS = ("email", "post", "phone", "sms", "social")
# The columns of each field, which are taken together, and the fields of each kind of record.
COLUMNS = {
    "name": ("first_name", "last_name"),
    "email": ("email",),
    "phone": ("phone",),
    "address": ("street", "house_number", "postal_code", "city"),
    "country": ("country_code",),
    "birth_date": ("birth_date",),
    "gender": ("gender",),
}
FIELDS_OF = {
    "customer": ("name", "email", "phone", "address", "country", "birth_date", "gender"),
    "account": ("name", "email", "phone", "address", "country"),
    "contact": ("name", "email", "phone"),
    "guest_order": ("email", "phone"),
}
PREFIXES = {"van", "von", "v", "d", "t", "de", "den", "der", "het", "ten", "ter", "te", "la", "le", "du"}

Blocklist = Sequence[tuple[str, str]]
Ranks = Mapping[str, Mapping[str, int]]


class Record(NamedTuple):
    """One accepted source record, the customer it belongs to, and its values by column (None: not filled)."""

    customer_id: str
    source: tuple[str, str, str]  # system, entity, key
    created_at: datetime | None
    updated_at: datetime | None
    values: Mapping[str, Any]

    @property
    def entity(self) -> str:
        """Kind of record."""
        return self.source[1]

    @property
    def age(self) -> tuple[Any, ...]:
        """Sort the oldest record first."""
        return (self.created_at is None, self.created_at or datetime.max, *self.source)


class Consent(NamedTuple):
    """The consent of a customer for a channel, since when, and from which record (entity, key)."""

    is_open: bool
    since: datetime | None
    record: tuple[str, str] | None


def plain(value: Any) -> Any:
    """Return a cell of a frame without the missing values and timestamps of pandas."""
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dicts with plain values."""
    return [{name: plain(value) for name, value in row.items()} for row in frame.to_dict(orient="records")]


def records_from(query: Callable[[str], pd.DataFrame]) -> list[Record]:
    """Collect the source records from the accepted rows of a warehouse, with their customers."""
    customers = {
        (row["source_entity"], row["source_record_id"]): row["customer_id"]
        for row in rows_of(query("from restricted.customer_identities"))
    }
    orders = rows_of(query("from staging.stg_webshop__orders"))
    orders.sort(key=lambda order: (order["ordered_at"], order["order_id"]))
    orders_of: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for order in orders:
        orders_of[order["account_id"]].append(order)

    found: list[Record] = []

    def add(system: str, entity: str, key: str, row: Mapping[str, Any]) -> None:
        columns = [column for field in FIELDS_OF[entity] for column in COLUMNS[field]]
        values = {column: row[column] for column in columns if row.get(column) is not None}
        customer = customers.pop((entity, key))
        found.append(
            Record(customer, (system, entity, key), row.get("created_at"), row.get("updated_at"), values)
        )

    for row in rows_of(query("from staging.stg_crm__customers")):
        add("crm", "customer", row["customer_number"], row)
    for row in rows_of(query("from staging.stg_webshop__accounts")):
        if row["is_implied"]:  # from its orders, the latest value
            own = orders_of[row["account_id"]]
            named = {column: order[column] for column in ("email", "phone") for order in own if order[column]}
            row = {**row, **named, "created_at": own[0]["ordered_at"], "updated_at": own[-1]["ordered_at"]}
        add("webshop", "account", row["account_id"], row)
    for row in rows_of(query("from staging.stg_service_desk__contacts")):
        add("service_desk", "contact", row["contact_id"], row)
    for order in orders_of[None]:
        moment = order["ordered_at"]
        add(
            "webshop", "guest_order", order["order_id"], {**order, "created_at": moment, "updated_at": moment}
        )
    assert not customers, f"records that were not delivered: {customers}"
    return found


# --- Values -------------------------------------------------------------------------------------------------


def _letters(text: str | None) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", (text or "").lower())
    return re.findall("[a-z]+", "".join(c for c in decomposed if not unicodedata.combining(c)))


def _name(record: Record) -> tuple[str, ...]:
    """Return last name without prefixes, and first name unless it is initials; empty parts are unknown."""
    first = _letters(record.values.get("first_name"))
    last = " ".join(reversed((record.values.get("last_name") or "").split(",")))
    words = _letters(last)
    while len(words) > 1 and words[0] in PREFIXES:
        words = words[1:]
    is_initials = all(re.fullmatch("[a-z]|[^aeiou]{2,3}", word) for word in first)
    given = "" if is_initials else "".join(first)
    return "".join(words), given


def compared(field: str, record: Record) -> tuple[str, ...] | None:
    """Return the parts by which two values of a field are compared ('': unknown); None if not filled."""
    values = [record.values.get(column) for column in COLUMNS[field]]
    if not any(value is not None for value in values):
        return None
    if field == "name":
        is_name = any(_letters(value) for value in values)
        return _name(record) if is_name else None
    if field == "email":
        address = values[0].lower().removeprefix("mailto:").strip()
        return (address,) if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", address) else None
    if field == "phone":
        digits = re.sub(r"\D", "", values[0].replace("(0)", ""))
        return (digits[-9:],) if len(digits) >= 9 and len(set(digits)) > 1 else None
    if field == "address":
        _, number, postcode, _ = values
        if postcode is None:
            return None
        number, addition = re.fullmatch(r"([0-9]*)(.*)", (number or "").upper()).groups()
        return re.sub(r"\W", "", postcode.upper()), f"{number} {addition.strip(' -')}".strip()
    return (str(values[0]).lower(),)


def is_blocklisted(field: str, value: str, blocklist: Blocklist) -> bool:
    """Return whether a LIKE pattern of the blocklist fits; a phone is read as a Dutch one."""
    for kind, pattern in blocklist:
        expression = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern)
        text = f"+31{value}" if field == "phone" else value
        if kind == field and re.fullmatch(expression, text):
            return True
    return False


def usable(field: str, record: Record, blocklist: Blocklist) -> tuple[str, ...] | None:
    """Return the same as `compared`, but None for a blocklisted value."""
    value = compared(field, record)
    return None if value and is_blocklisted(field, value[0], blocklist) else value


# --- The golden record --------------------------------------------------------------------------------------


def golden_records(
    records: Iterable[Record], ranks: Ranks, blocklist: Blocklist
) -> dict[tuple[str, str], Record]:
    """Return the record that each customer's field comes from, if one has a usable value.

    The best rank of its kind wins, then the latest change, then the value that most records have, then the
    oldest record.
    """
    candidates: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        for field in FIELDS_OF[record.entity]:
            if usable(field, record, blocklist) is not None:
                candidates[record.customer_id, field].append(record)
    golden = {}
    for (customer, field), own in candidates.items():
        best = min(ranks[field][record.entity] for record in own)
        own_best = [record for record in own if ranks[field][record.entity] == best]
        moments = [record.updated_at or record.created_at for record in own_best]
        latest = max((moment for moment in moments if moment is not None), default=None)
        latest_ones = [record for record in own_best if (record.updated_at or record.created_at) == latest]
        held = Counter(compared(field, record) for record in own)
        most = max(held[compared(field, record)] for record in latest_ones)
        usual = [record for record in latest_ones if held[compared(field, record)] == most]
        golden[customer, field] = min(usual, key=lambda record: record.age)
    return golden


def golden_values(golden: Mapping[tuple[str, str], Record], customer: str) -> dict[str, Any]:
    """Return the columns of customer_contact_details for one customer."""
    row: dict[str, Any] = {"customer_id": customer}
    for field, columns in COLUMNS.items():
        record = golden.get((customer, field))
        row.update({column: record.values.get(column) if record else None for column in columns})
        source = record.source if record else (None, None, None)
        row.update(
            zip(
                (f"{field}_source", f"{field}_source_entity", f"{field}_source_record_id"),
                source,
                strict=True,
            )
        )
    return row


def conflicting_fields(records: Iterable[Record], blocklist: Blocklist) -> Counter[str]:
    """Count, per customer, the fields in which two records differ in some part."""
    parts: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for record in records:
        for field in FIELDS_OF[record.entity]:
            for place, part in enumerate(usable(field, record, blocklist) or ()):
                parts[record.customer_id, field, place] |= {part} - {""}
    fields = {(customer, field) for (customer, field, _), values in parts.items() if len(values) > 1}
    return Counter(customer for customer, _ in fields)


def completeness(golden: Mapping[tuple[str, str], Record], customer: str, expected: Sequence[str]) -> float:
    """Return the share of the expected fields that the customer has."""
    return sum((customer, field) in golden for field in expected) / len(expected)


def profile_completeness(
    records: Sequence[Record], golden: Mapping[tuple[str, str], Record], blocklist: Blocklist
) -> dict[tuple[str, str], dict[str, int]]:
    """Count, per kind of record and field, the filled values and the sources that can fill the rest."""
    counts = {}
    for entity, fields in FIELDS_OF.items():
        own = [record for record in records if record.entity == entity]
        for field in fields:
            lacking = [record for record in own if usable(field, record, blocklist) is None]
            sources = [golden.get((record.customer_id, field)) for record in lacking]
            counts[entity, field] = {
                "records": len(own),
                "filled": len(own) - len(lacking),
                "missing": len(lacking),
                **{
                    f"fillable_from_{other}": sum(
                        source is not None and source.entity == other for source in sources
                    )
                    for other in FIELDS_OF
                },
                "missing_everywhere": sources.count(None),
            }
    return counts


# --- Consent ------------------------------------------------------------------------------------------------


class Statement(NamedTuple):
    """A yes or a no to marketing, with its record."""

    is_yes: bool
    stated_at: datetime | date | None
    key: str
    is_date_unreadable: bool = False


class Unsubscription(NamedTuple):
    """An unsubscription from a channel (None: all of them)."""

    channel: str | None
    unsubscribed_at: datetime
    key: str


def consent(
    statements: Sequence[Statement], unsubscriptions: Sequence[Unsubscription], channel: str
) -> Consent:
    """Return the consent of one customer for one channel, by replaying the statements.

    Undated statements come first; at the same moment a yes comes before a no, and an unsubscription after
    both, so that the no remains. A no with an unreadable date comes last.
    """
    last_words = [said.key for said in statements if said.is_date_unreadable and not said.is_yes]
    if last_words:
        return Consent(False, None, ("customer", min(last_words)))
    by_date = sorted(
        statements,
        key=lambda said: (
            said.stated_at is not None,
            said.stated_at or datetime.min,
            not said.is_yes,
            # of equal statements the record with the first key is named, so that one comes last
            [-ord(letter) for letter in said.key],
        ),
    )
    left = [event for event in unsubscriptions if event.channel in (None, channel)]
    if not by_date:
        first = min(left, key=lambda event: (event.unsubscribed_at, event.key), default=None)
        return (
            Consent(False, first.unsubscribed_at, ("campaign_contact", first.key))
            if first
            else Consent(False, None, None)
        )
    last = by_date[-1]
    after = sorted(
        (event.unsubscribed_at, event.key)
        for event in left
        if last.stated_at is None or event.unsubscribed_at >= last.stated_at
    )
    is_dated_no = not last.is_yes and last.stated_at is not None
    if after and not is_dated_no:
        return Consent(False, after[0][0], ("campaign_contact", after[0][1]))
    return Consent(last.is_yes, last.stated_at, ("customer", last.key))
