"""The CRM: its customers, the campaigns that reached them, and who asked to be erased."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from klant360.demo import clock, tables
from klant360.demo.campaigns import Campaigns, contact_table, draw_contacts, unsubscribed_by
from klant360.demo.life import Life, source_records
from klant360.demo.numbers import Numbers
from klant360.demo.options import Options
from klant360.demo.people import People
from klant360.demo.records import contact, record

DAY = 86_400
SHARED_MAILBOX = "info@kantoorpand.example"
COMPANIES = np.array(["Bakkerij", "Bouwbedrijf", "Kapsalon", "Adviesbureau", "Garage"], dtype=object)


def _who_and_when(
    people: People, life: Life, options: Options, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the records (k,) by time: person, when made (UTC), and whether it is the person's first."""
    n = len(people)
    of_prospects = clock.moments(n, options.seasonality, rng)
    of_buyers = life.first_at + clock.seconds(rng.exponential(12 * DAY, n) - 2 * DAY)
    joined_at = np.where(people.is_buyer, of_buyers, of_prospects)
    once = np.flatnonzero(people.in_crm)
    twice = once[rng.random(len(once)) < options.double_customers]
    again_at = joined_at[twice] + clock.seconds(rng.uniform(10 * DAY, 300 * DAY, len(twice)))
    created_at = clock.until_end(np.concatenate([joined_at[once], again_at]))
    by_time = np.argsort(created_at, kind="stable")
    return np.concatenate([once, twice])[by_time], created_at[by_time], by_time < len(once)


def _share_mailbox(emails: np.ndarray, who: np.ndarray, count: int, rng: np.random.Generator) -> None:
    """Give one email address to the records of this many different people, in place."""
    _, firsts = np.unique(who, return_index=True)
    emails[rng.permutation(firsts)[:count]] = SHARED_MAILBOX


def _erasures(ids: pa.Array, emails: np.ndarray, count: int, rng: np.random.Generator) -> pa.Table:
    """Let some customers ask to be erased in the last half year: by number, by email, or by both."""
    rows = np.sort(rng.permutation(len(ids))[:count])
    by = rng.integers(3, size=len(rows))
    email = emails[rows]
    email[(by == 0) | (email == SHARED_MAILBOX)] = None
    tells_number = (by != 1) | np.equal(email, None)
    columns = {
        "email": email,
        "customer_number": tables.where(tells_number, ids.take(pa.array(rows))),
        "requested_at": clock.END_UTC - clock.seconds(rng.uniform(DAY, 180 * DAY, len(rows))),
    }
    return tables.build("crm.erasure_requests", columns)


def make_crm(
    people: People,
    life: Life,
    campaigns: Campaigns,
    numbers: Numbers,
    options: Options,
    rng: np.random.Generator,
) -> tuple[dict[str, pa.Table], pa.Array]:
    """Make the CRM's tables; returns everybody's (first) customer number (n,), null without one."""
    n = len(people)
    who, created_at, is_first = _who_and_when(people, life, options, rng)
    k = len(who)
    ids = numbers.ids("K", k)
    written, details = record(people, who, options, rng), contact(people, who, options, rng, has_country=True)
    if people.index[0] == 0:
        _share_mailbox(details.email, who, options.shared_mailbox, rng)
    has_consent = rng.random(k) < 0.72
    has_email = np.not_equal(details.email, None)
    groups = {name: group[who] for name, group in life.groups.items()}
    reached = draw_contacts(created_at, life.left_at[who], has_consent, has_email, groups, campaigns, rng)
    gone_at = unsubscribed_by(reached.customer, reached.unsubscribed_at, k)
    company = rng.choice(COMPANIES, k) + " " + people.last_name[who]
    birth_date = pa.array(people.birth_date[who]).cast(pa.string())
    updated_at = clock.until_end(created_at + clock.seconds(rng.exponential(120 * DAY, k)))
    customers = {
        "customer_number": ids,
        "first_name": written.first_name,
        "last_name": written.last_name,
        "email": details.email,
        "phone": details.phone,
        "birth_date": tables.where(rng.random(k) < 0.85, birth_date),
        "gender": tables.where(rng.random(k) < 0.92, people.gender[who]),
        "street": written.street,
        "house_number": written.house_number,
        "postal_code": written.postal_code,
        "city": written.city,
        "country_code": written.country,
        "company_name": tables.where(rng.random(k) < 0.05, company),
        "marketing_consent": has_consent & np.isnat(gone_at),
        "consent_updated_at": np.where(np.isnat(gone_at), created_at, gone_at),
        "created_at": created_at,
        "updated_at": np.fmax(updated_at, gone_at),
    }
    row_of = np.full(n, -1)
    row_of[who[is_first]] = np.flatnonzero(is_first)
    contact_ids = numbers.ids("CC", len(reached.customer), 9)
    made = {
        "crm.customers": tables.build("crm.customers", customers),
        "crm.campaign_contacts": contact_table(reached, campaigns, ids, contact_ids),
        "crm.erasure_requests": _erasures(ids, details.email, round(n * options.erasure_requests), rng),
        "truth.source_records": source_records("crm/customer", ids, who, people),
    }
    return made, ids.take(pa.array(row_of, mask=row_of < 0))


def known_numbers(
    customer_numbers: pa.Array, who: np.ndarray, share: float, rng: np.random.Generator
) -> pa.Array:
    """Return the CRM number of a share of the people `who` (k,), null for the others."""
    return tables.where(rng.random(len(who)) < share, customer_numbers.take(pa.array(who)))
