"""Visits to the webshop: before and around purchases, by people who only look, and by unknown people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from klant360.demo import clock, tables
from klant360.demo.interest import interest
from klant360.demo.numbers import Numbers
from klant360.demo.options import Options
from klant360.demo.orders import PURCHASE, Orders
from klant360.demo.people import CHANNEL_SHARES, CHANNELS, LOOKERS_CHANNEL, People

DEVICES = np.array(["mobile", "desktop", "tablet"], dtype=object)
DAY = 86_400
# Name, first and last instant (UTC): every visit between them is in the experiment; a person keeps one
# variant.
EXPERIMENTS = [
    ("afrekenen_in_een_stap", np.datetime64("2024-09-01", "s"), np.datetime64("2024-11-01", "s")),
    ("productpagina_video", np.datetime64("2025-03-01", "s"), np.datetime64("2025-05-16", "s")),
    ("gratis_retour_in_beeld", np.datetime64("2025-09-08", "s"), np.datetime64("2025-11-10", "s")),
]


@dataclass
class _Visits:
    person: np.ndarray  # -1: unknown
    at: np.ndarray
    is_converted: np.ndarray


def _visits(
    people: People,
    orders: Orders,
    has_account: np.ndarray,
    left_at: np.ndarray,
    options: Options,
    rng: np.random.Generator,
) -> _Visits:
    bought = np.flatnonzero((orders.kind == PURCHASE) & np.isin(orders.channel, ["web", "app"]))
    tracked = bought[rng.random(len(bought)) < 0.85]
    checkout = orders.at[tracked] - clock.seconds(rng.uniform(90, 2_400, len(tracked)))
    looks = np.repeat(bought, rng.poisson(1.0, len(bought)))
    looking = orders.at[looks] - clock.seconds(rng.exponential(5 * DAY, len(looks)) + 3_600)
    lookers = np.flatnonzero(has_account)
    lookers = np.repeat(lookers, rng.poisson(np.where(people.is_buyer[lookers], 0.5, 3.0)))
    known = len(tracked) + len(looks) + len(lookers)
    strangers = rng.poisson(0.25 * known)
    idle = clock.moments(len(lookers) + strangers, options.seasonality, rng)
    at = np.concatenate([checkout, looking, idle])
    person = np.concatenate([orders.person[tracked], orders.person[looks], lookers, np.full(strangers, -1)])
    is_converted = np.arange(len(at)) < len(tracked)
    # an order needs a visit, but those who only look come less before they leave
    usual = np.where(person >= 0, interest(at, left_at[person]), 1.0)
    comes = is_converted | (rng.random(len(at)) < usual)
    inside = np.flatnonzero(comes & (at >= clock.START_UTC))
    by_time = inside[np.argsort(at[inside], kind="stable")]
    return _Visits(person[by_time], at[by_time], is_converted[by_time])


def _experiments(at: np.ndarray, in_treatment: np.ndarray) -> tuple[pa.Array, pa.Array]:
    number = np.full(len(at), -1)
    for place, (_, first, last) in enumerate(EXPERIMENTS):
        number[(at >= first) & (at < last)] = place
    names = pa.array([name for name, _, _ in EXPERIMENTS])
    experiment = names.take(pa.array(number, mask=number < 0))
    variant = tables.where(number >= 0, np.where(in_treatment, "treatment", "control"))
    return experiment, variant


def make_sessions(
    people: People,
    orders: Orders,
    account_ids: pa.Array,
    emails: pa.Array,
    left_at: np.ndarray,
    numbers: Numbers,
    options: Options,
    rng: np.random.Generator,
) -> pa.Table:
    """Make webshop.sessions; account_ids and emails (n,) are of the people's accounts, null without one.

    `left_at` (n,) is when people bought for the last time, NaT for those who keep buying.

    Of the visits of people with an account six in ten are logged in, one in fourteen came from a mail (email
    only), and the others show a cookie only; the experiments change nothing about who buys. Those who came
    by one channel look at three times as many pages as others.
    """
    visits = _visits(people, orders, np.asarray(account_ids.is_valid()), left_at, options, rng)
    k = len(visits.at)
    is_known = visits.person >= 0
    person = np.where(is_known, visits.person, 0)
    draw = rng.random(k)
    logged_in = is_known & ((draw < 0.6) | visits.is_converted)
    by_mail = is_known & ~logged_in & (draw < 0.67)
    owner = pa.array(person, mask=~is_known)

    came_by = rng.choice(np.array(CHANNELS, dtype=object), k, p=CHANNEL_SHARES)
    own_channel = is_known & (rng.random(k) < 0.5)
    channel = np.where(own_channel, people.channel[person], came_by)
    channel[by_mail] = "email"
    looks_long = np.where(is_known, people.channel[person], channel) == LOOKERS_CHANNEL
    pages = 1 + rng.poisson(np.where(visits.is_converted, 9, 3.5) * np.where(looks_long, 3, 1))
    seconds = np.maximum((pages * rng.lognormal(3.3, 0.6, k)).astype(np.int64), 3)
    products = rng.binomial(pages - 1, 0.5) + visits.is_converted
    cookie = np.where(is_known, people.index[person], rng.integers(10**9, 10**10, k)) * 7_919 + 104_729
    experiment, variant = _experiments(
        visits.at, np.where(is_known, people.variant[person], rng.random(k) < 0.5)
    )
    return tables.build(
        "webshop.sessions",
        {
            "session_id": numbers.ids("S", k, 9),
            "started_at": visits.at,
            "account_id": tables.where(logged_in, account_ids.take(owner)),
            "email": tables.where(by_mail, emails.take(owner)),
            "anonymous_id": tables.where(rng.random(k) < 0.97, tables.numbered("c", cookie, 14)),
            "duration_seconds": seconds,
            "page_views": pages,
            "product_views": products,
            "searches": rng.poisson(0.3 * np.sqrt(pages)),
            "device": rng.choice(DEVICES, k, p=[0.58, 0.35, 0.07]),
            "traffic_channel": tables.where(rng.random(k) < 0.95, channel),
            "experiment": experiment,
            "variant": variant,
            "is_converted": visits.is_converted,
        },
    )
