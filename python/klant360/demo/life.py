"""What truly happened to the people: their purchases, and the tables of the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from klant360.demo import clock, tables
from klant360.demo.options import Options
from klant360.demo.people import People
from klant360.demo.purchases import Purchases, simulate
from klant360.demo.weak_months import discounted, postponed


@dataclass
class Life:
    """The purchases of n people; `buyers` (k,) says which of them ever buy.

    Per purchase (m,), by buyer and time: person (0 to n - 1), at (UTC). Per person (n,), UTC, NaT for never:
    the first and the last purchase, when a buyer dropped out, and who never makes an account.
    """

    buyers: np.ndarray
    purchases: Purchases
    person: np.ndarray
    at: np.ndarray
    first_at: np.ndarray
    last_at: np.ndarray
    left_at: np.ndarray
    is_guest_only: np.ndarray


def live(people: People, options: Options, rng: np.random.Generator) -> Life:
    """Draw the purchases of all buyers; whoever comes back for a third one has an account by then."""
    buyers = np.flatnonzero(people.is_buyer)
    purchases = simulate(len(buyers), clock.WEEKS, rng)
    local = clock.warp(purchases.time, options.seasonality)
    local = postponed(local, purchases.buyer, options.seasonality, rng)
    purchases = replace(purchases, cents=discounted(purchases.cents, local, options.seasonality))
    at = clock.to_utc(local)
    first_at, last_at, left_at = (np.full(len(people), np.datetime64("NaT", "s")) for _ in range(3))
    ends = np.cumsum(purchases.count)
    first_at[buyers], last_at[buyers] = at[ends - purchases.count], at[ends - 1]
    gone = ~np.isnan(purchases.dropped_at)
    left_at[buyers[gone]] = last_at[buyers[gone]]  # BG/NBD: the dropout immediately follows the last purchase
    is_guest_only = np.zeros(len(people), dtype=bool)
    is_guest_only[buyers] = (purchases.count <= 2) & (rng.random(len(buyers)) < 0.5 * options.guest_orders)
    return Life(buyers, purchases, buyers[purchases.buyer], at, first_at, last_at, left_at, is_guest_only)


def people_table(people: People, life: Life) -> pa.Table:
    """Make truth.people."""
    n, bought, address = len(people), life.purchases, people.address

    def of_buyers(values: np.ndarray) -> pa.Array:
        column = np.full(n, np.nan)
        column[life.buyers] = values
        return tables.where(people.is_buyer, column)

    spend, count = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    np.add.at(spend, life.person, bought.cents)
    count[life.buyers] = bought.count
    numbers = zip(address.number, address.addition, strict=True)
    return tables.build(
        "truth.people",
        {
            "person_id": tables.numbered("person-", people.index + 1),
            "first_name": people.first_name,
            "last_name": people.last_name,
            "gender": people.gender,
            "birth_date": people.birth_date,
            "email": people.email,
            "phone": np.where(address.country == "NL", "+31", "+32").astype(object) + people.phone,
            "street": address.street,
            "house_number": np.array([f"{number} {more}".strip() for number, more in numbers], dtype=object),
            "postal_code": address.postal_code,
            "city": address.city,
            "country_code": address.country,
            "household_id": tables.numbered("household-", people.household + 1),
            "is_in_crm": people.in_crm,
            "is_in_webshop": people.in_webshop,
            "is_in_service_desk": people.in_service_desk,
            "acquisition_channel": people.channel,
            "first_purchase_at": life.first_at,
            "last_purchase_at": life.last_at,
            "purchases": count,
            "spend": spend,
            "purchase_rate": of_buyers(bought.rate),
            "dropout_probability": of_buyers(bought.dropout),
            "mean_spend": of_buyers(bought.mean_spend),
            "dropout_at": life.left_at,
        },
    )


def source_records(entity: str, ids: pa.Array, person: np.ndarray, people: People) -> pa.Table:
    """Make rows of truth.source_records: records (k,) of an entity (`crm/customer`) with their person."""
    system, name = entity.split("/")
    return tables.build(
        "truth.source_records",
        {
            "source_system": pa.repeat(system, len(ids)),
            "source_entity": pa.repeat(name, len(ids)),
            "source_record_id": ids,
            "person_id": tables.numbered("person-", people.index[person] + 1),
        },
    )
