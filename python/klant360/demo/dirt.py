"""Dirt in the files: impossible dates, duplicate keys, broken references."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from klant360.demo import tables
from klant360.demo.options import Options

BAD_TIMESTAMPS = [
    "2024-02-31 10:15:00",
    "31-12-24 09:30",
    "0000-00-00 00:00:00",
    "1970-01-01 00:00:00",
    "onbekend",
]
BAD_BIRTH_DATES = ["1985-02-30", "31-12-79", "0000-00-00", "1874-05-01", "onbekend"]
DAY_IN_MICROSECONDS = 86_400_000_000


@dataclass(frozen=True)
class Dirt:
    """The columns that get bad dates and broken references; tables named here also get duplicate keys."""

    dates: tuple[str, ...] = ()
    reference: str | None = None


FILE_DIRT: dict[str, Dirt] = {
    "crm.customers": Dirt(dates=("birth_date",)),
    "crm.campaign_contacts": Dirt(dates=("sent_at",), reference="customer_number"),
    "webshop.orders": Dirt(dates=("ordered_at",)),
    "webshop.order_lines": Dirt(reference="order_id"),
    "webshop.accounts": Dirt(reference="customer_number"),
    "webshop.sessions": Dirt(dates=("started_at",)),
    "service_desk.contacts": Dirt(reference="customer_number"),
    "service_desk.tickets": Dirt(dates=("created_at",), reference="contact_id"),
    "service_desk.survey_invitations": Dirt(dates=("sent_at",), reference="contact_id"),
    "service_desk.survey_responses": Dirt(dates=("responded_at",), reference="contact_id"),
}


def spoil(name: str, table: pa.Table, options: Options, rng: np.random.Generator) -> pa.Table:
    """Return the table with its dirt; a table that is not in FILE_DIRT does not change."""
    dirt = FILE_DIRT.get(name)
    if dirt is None:
        return table
    if dirt.reference is not None:
        table = _with_unknown_references(table, dirt.reference, options.unknown_references, rng)
    for column in dirt.dates:
        table = _with_bad_dates(table, column, options.bad_dates, rng)
    return _with_double_keys(table, options.double_keys, rng)


def _replaced(table: pa.Table, column: str, values: pa.Array) -> pa.Table:
    place = table.schema.get_field_index(column)
    return table.set_column(place, table.schema.field(place), values)


def _with_bad_dates(table: pa.Table, column: str, share: float, rng: np.random.Generator) -> pa.Table:
    is_hit = rng.random(table.num_rows) < share
    bad = pa.array(BAD_BIRTH_DATES if column == "birth_date" else BAD_TIMESTAMPS)
    drawn = bad.take(pa.array(rng.integers(len(bad), size=table.num_rows)))
    return _replaced(table, column, pc.if_else(pa.array(is_hit), drawn, table[column]))


def _with_unknown_references(
    table: pa.Table, column: str, share: float, rng: np.random.Generator
) -> pa.Table:
    """Point some of the filled references to a number that does not exist."""
    is_hit = pa.array(rng.random(table.num_rows) < share)
    nobody = tables.numbered("X", rng.integers(10**9, 10**10, table.num_rows), 10)
    is_hit = pc.and_(is_hit, pc.is_valid(table[column]))
    return _replaced(table, column, pc.if_else(is_hit, nobody, table[column]))


def _with_double_keys(table: pa.Table, share: float, rng: np.random.Generator) -> pa.Table:
    """Append copies of some rows; if the table has an update time, the copy is a day newer."""
    rows = np.flatnonzero(rng.random(table.num_rows) < share)
    copies = table.take(pa.array(rows))
    if "updated_at" in table.schema.names:
        newer = pc.add(copies["updated_at"], pa.scalar(DAY_IN_MICROSECONDS, pa.duration("us")))
        copies = _replaced(copies, "updated_at", newer)
    return pa.concat_tables([table, copies])
