"""What truly happened to the people: their purchases, and the tables of the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from klant360.demo import clock, tables
from klant360.demo.campaigns import TREATED, Campaigns
from klant360.demo.options import Options
from klant360.demo.people import People
from klant360.demo.purchases import Purchases, simulate
from klant360.demo.regulars import with_their_history
from klant360.demo.service_problem import draw_problems, put_off
from klant360.demo.tested_campaigns import WORKS, brought_forward, draw_groups
from klant360.demo.weak_months import discounted, postponed


@dataclass
class Life:
    """The purchases of n people; `buyers` (k,) says whose each of the histories is.

    Per purchase (m,), by buyer and time: person (0 to n - 1), at (UTC), and whether its delivery went wrong.
    Per person (n,), UTC, NaT for never: the first and the last purchase, when a buyer dropped out, who never
    makes an account, and by tested campaign the group.
    """

    buyers: np.ndarray
    purchases: Purchases
    person: np.ndarray
    at: np.ndarray
    had_problem: np.ndarray
    first_at: np.ndarray
    last_at: np.ndarray
    left_at: np.ndarray
    is_guest_only: np.ndarray
    groups: dict[str, np.ndarray]


def live(people: People, campaigns: Campaigns, options: Options, rng: np.random.Generator) -> Life:
    """Draw the purchases of all buyers; whoever comes back for a third one has an account by then."""
    (planted,) = rng.spawn(1)
    buyers = np.flatnonzero(people.is_buyer)
    purchases = simulate(len(buyers), clock.WEEKS, rng)
    buyers = with_their_history(people, buyers, purchases.rate, planted)
    buyer, seasonality = purchases.buyer, options.seasonality
    ends = np.cumsum(purchases.count)
    local = clock.warp(purchases.time, seasonality)
    first_at, last_at, left_at = (np.full(len(people), np.datetime64("NaT", "s")) for _ in range(3))
    first_at[buyers] = clock.to_utc(local[ends - purchases.count])  # nothing below moves a first purchase
    groups = draw_groups(first_at, people.in_crm, campaigns, planted)
    is_treated = groups[WORKS][buyers] == TREATED
    local = brought_forward(local, buyer, is_treated, campaigns.sent_at(WORKS), seasonality, planted)
    had_problem = draw_problems(local, buyer, people.in_service_desk[buyers], planted)
    local = put_off(local, buyer, had_problem, seasonality, planted)
    local = postponed(local, buyer, seasonality, rng)
    purchases = replace(purchases, cents=discounted(purchases.cents, local, seasonality))
    at = clock.to_utc(local)
    last_at[buyers] = at[ends - 1]
    gone = ~np.isnan(purchases.dropped_at)
    left_at[buyers[gone]] = last_at[buyers[gone]]  # BG/NBD: the dropout immediately follows the last purchase
    is_guest_only = np.zeros(len(people), dtype=bool)
    is_guest_only[buyers] = (purchases.count <= 2) & (rng.random(len(buyers)) < 0.5 * options.guest_orders)
    return Life(
        buyers=buyers,
        purchases=purchases,
        person=buyers[buyer],
        at=at,
        had_problem=had_problem,
        first_at=first_at,
        last_at=last_at,
        left_at=left_at,
        is_guest_only=is_guest_only,
        groups=groups,
    )


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
