"""The webshop's orders and their lines: the true purchases, and the attempts and credit notes around them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from klant360.demo import clock
from klant360.demo.catalogue import Catalogue
from klant360.demo.options import Options

PURCHASE, ATTEMPT, CREDIT_NOTE = 0, 1, 2
EXCLUDED_STATUSES = np.array(
    ["cancelled", "geannuleerd", "failed", "expired", "abandoned", "test"], dtype=object
)
CANCELLED_STATUSES = EXCLUDED_STATUSES[:2]
SALES_CHANNELS = np.array(["web", "app", "store", "phone"], dtype=object)
ONLINE = ["web", "app"]
SALES_CHANNEL_SHARES = [0.62, 0.25, 0.09, 0.04]
# The central bank publishes no rate for the last one.
CURRENCIES = np.array(["USD", "GBP", "CHF", "DKK", "PLN", "AED"], dtype=object)
CURRENCY_SHARES = [0.34, 0.28, 0.16, 0.10, 0.08, 0.04]
DAY = 86_400
FREE_SHIPPING_FROM, SHIPPING = 5_000, 495
SMALLEST_LINE = 300


@dataclass
class Orders:
    """Orders (m,), sorted by time: person, when (UTC), amounts in cents (refunded: -1 for none), and so on.

    `parent` is the row of a credit note's order, -1 for other orders.
    """

    person: np.ndarray
    at: np.ndarray
    kind: np.ndarray
    total: np.ndarray
    discount: np.ndarray
    shipping: np.ndarray
    refunded: np.ndarray
    is_guest: np.ndarray
    channel: np.ndarray
    currency: np.ndarray
    status: np.ndarray
    parent: np.ndarray

    def take(self, rows: np.ndarray) -> Orders:
        """Return the orders at these rows."""
        return Orders(**{part.name: getattr(self, part.name)[rows] for part in fields(self)})


@dataclass
class Lines:
    """Order lines (k,), sorted by order (a row of Orders) and number; amounts in cents."""

    order: np.ndarray
    number: np.ndarray
    product: np.ndarray
    quantity: np.ndarray
    unit_price: np.ndarray
    amount: np.ndarray
    returned: np.ndarray

    def take(self, rows: np.ndarray) -> Lines:
        """Return the lines at these rows."""
        return Lines(**{part.name: getattr(self, part.name)[rows] for part in fields(self)})


def _joined(one: Orders | Lines, other: Orders | Lines) -> dict[str, np.ndarray]:
    return {
        part.name: np.concatenate([getattr(one, part.name), getattr(other, part.name)])
        for part in fields(one)
    }


def draw_orders(
    person: np.ndarray,
    at: np.ndarray,
    cents: np.ndarray,
    is_guest_only: np.ndarray,
    options: Options,
    rng: np.random.Generator,
) -> Orders:
    """Make orders of true purchases (m,), and some failed attempts shortly before one of them.

    `person` indexes is_guest_only (n,); `at` is UTC; `cents` is what the customer pays.
    """
    tried = np.flatnonzero(rng.random(len(at)) < options.excluded_statuses)
    source = np.concatenate([np.arange(len(at)), tried])
    kind = np.repeat([PURCHASE, ATTEMPT], [len(at), len(tried)])
    m = len(source)
    early = np.where(kind == ATTEMPT, rng.integers(120, 3600, m), 0)
    person, at, total = person[source], at[source] - clock.seconds(early), cents[source]
    is_foreign = rng.random(m) < options.other_currencies
    # People with an account sometimes order without it: often enough for the requested share of all orders.
    guests_only = is_guest_only[person].sum() / max(m, 1)
    rest = (options.guest_orders - guests_only) / (1 - guests_only) if guests_only < 1 else 0
    settled = rng.choice(np.array(["completed", "shipped", "paid"], dtype=object), m, p=[0.86, 0.10, 0.04])
    under_way = np.where(at > clock.END_UTC - np.timedelta64(2 * DAY, "s"), "paid", "shipped")
    status = np.where(at > clock.END_UTC - np.timedelta64(7 * DAY, "s"), under_way, settled)
    channel = rng.choice(SALES_CHANNELS, m, p=SALES_CHANNEL_SHARES)
    gross = rng.random(m) < 0.12
    percent = rng.choice([5, 10, 15, 20], m)
    has_shipping = (total < FREE_SHIPPING_FROM) & (total > SHIPPING + SMALLEST_LINE) & (channel != "store")
    shipping = np.where(has_shipping, SHIPPING, 0)
    orders = Orders(
        person=person,
        at=at,
        kind=kind,
        total=total,
        discount=np.where(gross, (total - shipping) * percent // (100 - percent), 0),
        shipping=shipping,
        refunded=np.full(m, -1),
        is_guest=is_guest_only[person] | (rng.random(m) < rest),
        channel=channel,
        currency=np.where(is_foreign, rng.choice(CURRENCIES, m, p=CURRENCY_SHARES), "EUR"),
        status=np.where(kind == ATTEMPT, rng.choice(EXCLUDED_STATUSES, m), status).astype(object),
        parent=np.full(m, -1),
    )
    return orders.take(np.argsort(at, kind="stable"))


def draw_lines(
    orders: Orders, favourite: np.ndarray, catalogue: Catalogue, rng: np.random.Generator
) -> Lines:
    """Split orders into lines: total = sum of amounts - discount + shipping, amount = quantity * unit price.

    `favourite` (n,) is each person's favourite category, which half of the lines come from.
    """
    goods = orders.total + orders.discount - orders.shipping
    count = np.clip(1 + rng.poisson(0.9, len(goods)), 1, np.maximum(goods // SMALLEST_LINE, 1))
    order = np.repeat(np.arange(len(goods)), count)
    starts = np.cumsum(count) - count
    number = np.arange(len(order)) - starts[order] + 1
    is_last = number == count[order]

    weight = rng.uniform(0.3, 1.3, len(order))
    share = weight / np.add.reduceat(weight, starts)[order] if len(order) else weight
    quantity = rng.choice([1, 2, 3], len(order), p=[0.84, 0.12, 0.04])
    unit = np.maximum((goods[order] * share).astype(np.int64) // quantity, 1)
    amount = np.where(is_last, 0, unit * quantity)
    left = goods - (np.add.reduceat(amount, starts) if len(order) else 0)
    amount = np.where(is_last, left[order], amount)
    quantity = np.where(amount % quantity == 0, quantity, 1)

    anything = rng.choice(len(catalogue.popularity), len(order), p=catalogue.popularity)
    category = np.where(rng.random(len(order)) < 0.5, favourite[orders.person[order]], anything)
    return Lines(
        order=order,
        number=number,
        product=catalogue.choose(category, amount // quantity, rng),
        quantity=quantity,
        unit_price=amount // quantity,
        amount=amount,
        returned=np.zeros(len(order), dtype=np.int64),
    )


def refund(orders: Orders, lines: Lines, options: Options, rng: np.random.Generator) -> None:
    """Refund some purchases, in place: the first line of six in ten, else the whole order."""
    is_refunded = (rng.random(len(orders.at)) < options.refunds) & (orders.kind == PURCHASE)
    is_full = rng.random(len(orders.at)) < 0.4
    first = lines.amount[lines.number == 1]
    refunded = np.where(is_full, orders.total, np.minimum(first, orders.total))
    orders.refunded = np.where(is_refunded, refunded, -1)
    is_returned = is_refunded[lines.order] & (is_full[lines.order] | (lines.number == 1))
    lines.returned = np.where(is_returned, lines.quantity, 0)


def add_credit_notes(
    orders: Orders, lines: Lines, options: Options, rng: np.random.Generator
) -> tuple[Orders, Lines]:
    """Add credit notes (a negative total) for the first line of some purchases, 5 to 30 days later."""
    is_old = orders.at < clock.END_UTC - np.timedelta64(40 * DAY, "s")
    is_credited = (rng.random(len(orders.at)) < options.credit_notes) & is_old
    rows = np.flatnonzero(is_credited & (orders.kind == PURCHASE) & (orders.refunded < 0))
    notes, note_lines = orders.take(rows), lines.take(np.flatnonzero(lines.number == 1)[rows])
    k, nothing = len(rows), np.zeros(len(rows), dtype=np.int64)
    credit = -np.minimum(note_lines.amount, notes.total)
    notes.at = notes.at + clock.seconds(rng.integers(5 * DAY, 30 * DAY, k))
    notes.kind, notes.total, notes.parent = np.full(k, CREDIT_NOTE), credit, rows
    notes.discount, notes.shipping, notes.status = nothing, nothing, np.full(k, "completed", dtype=object)
    note_lines.order = len(orders.at) + np.arange(k)
    note_lines.quantity, note_lines.unit_price, note_lines.amount = np.full(k, -1), -credit, credit
    note_lines.returned = nothing

    everything = Orders(**_joined(orders, notes))
    by_time = np.argsort(everything.at, kind="stable")
    place = np.empty_like(by_time)
    place[by_time] = np.arange(len(by_time))
    everything.parent = np.where(everything.parent >= 0, place[everything.parent], -1)
    all_lines = Lines(**_joined(lines, note_lines))
    all_lines.order = place[all_lines.order]
    return everything.take(by_time), all_lines.take(np.lexsort((all_lines.number, all_lines.order)))


def payment(orders: Orders, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return when orders were paid and invoices are due (UTC, NaT for none): one in seven is on account."""
    m = len(orders.at)
    on_account = rng.random(m) < 0.14
    wait = np.where(on_account, rng.exponential(12 * DAY, m), rng.uniform(20, 900, m))
    paid = orders.at + clock.seconds(wait)
    is_paid = (orders.kind == PURCHASE) & (paid < clock.END_UTC)
    is_due = on_account & (orders.kind == PURCHASE)
    never = np.datetime64("NaT", "s")
    return np.where(is_paid, paid, never), np.where(is_due, orders.at + clock.seconds([14 * DAY]), never)
