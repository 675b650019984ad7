"""Visits to the webshop: before and around purchases, by people who only look, and by unknown people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from klant360.demo import clock, tables
from klant360.demo.experiments import variants
from klant360.demo.interest import interest
from klant360.demo.numbers import Numbers
from klant360.demo.options import Options
from klant360.demo.orders import Orders
from klant360.demo.people import CHANNEL_SHARES, CHANNELS, LOOKERS_CHANNEL, People

DEVICES = np.array(["mobile", "desktop", "tablet"], dtype=object)
DAY = 86_400


@dataclass
class _Visits:
    person: np.ndarray  # -1: unknown
    at: np.ndarray
    is_converted: np.ndarray


def _visits(
    people: People,
    orders: Orders,
    is_online: np.ndarray,
    gives_up: np.ndarray,
    has_account: np.ndarray,
    left_at: np.ndarray,
    options: Options,
    rng: np.random.Generator,
) -> _Visits:
    bought = np.flatnonzero(is_online)
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
    is_checkout = np.arange(len(at)) < len(tracked)
    is_converted = is_checkout.copy()
    is_converted[: len(tracked)] = ~gives_up[tracked]
    # an order needs a visit, but those who only look come less before they leave
    usual = np.where(person >= 0, interest(at, left_at[person]), 1.0)
    comes = is_checkout | (rng.random(len(at)) < usual)
    inside = np.flatnonzero(comes & (at >= clock.START_UTC))
    by_time = inside[np.argsort(at[inside], kind="stable")]
    return _Visits(person[by_time], at[by_time], is_converted[by_time])


def make_sessions(
    people: People,
    orders: Orders,
    is_online: np.ndarray,
    gives_up: np.ndarray,
    account_ids: pa.Array,
    emails: pa.Array,
    left_at: np.ndarray,
    numbers: Numbers,
    options: Options,
    rng: np.random.Generator,
) -> pa.Table:
    """Make webshop.sessions; account_ids and emails (n,) are of the people's accounts, null without one.

    `left_at` (n,) is when people bought for the last time, NaT for those who keep buying. Of the orders (m,),
    `is_online` are purchases for which someone came to the shop, and `gives_up` those that were nonetheless
    placed by telephone.

    Of the visits of people with an account six in ten are logged in, one in fourteen came from a mail (email
    only), and the others show a cookie only. Those who came by one channel look at three times as many pages
    as others.
    """
    has_account = np.asarray(account_ids.is_valid())
    visits = _visits(people, orders, is_online, gives_up, has_account, left_at, options, rng)
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
    lot = np.where(is_known, people.lot[person], rng.random(k))
    experiment, variant = variants(visits.at, lot)
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
