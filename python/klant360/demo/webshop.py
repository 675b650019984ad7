"""The webshop: accounts and orders as the shop records them, with and without an account."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from klant360.demo import clock, tables
from klant360.demo.catalogue import Catalogue, product_ids
from klant360.demo.crm import known_numbers
from klant360.demo.experiments import give_up
from klant360.demo.life import Life, source_records
from klant360.demo.numbers import Numbers
from klant360.demo.options import Options
from klant360.demo.orders import (
    CANCELLED_STATUSES,
    ONLINE,
    PURCHASE,
    Lines,
    Orders,
    add_credit_notes,
    draw_lines,
    draw_orders,
    payment,
    refund,
)
from klant360.demo.people import People
from klant360.demo.records import contact, guest_contact, record
from klant360.demo.sessions import make_sessions

DAY = 86_400


def _accounts(
    people: People,
    life: Life,
    customer_numbers: pa.Array,
    numbers: Numbers,
    options: Options,
    rng: np.random.Generator,
) -> tuple[pa.Table, np.ndarray]:
    """Make webshop.accounts; also returns their people (k,). Buyers open one before their first purchase."""
    n = len(people)
    of_lookers = clock.moments(n, options.seasonality, rng)
    looks_first = rng.random(n) < 0.4
    of_buyers = life.first_at - clock.seconds(rng.exponential(2 * DAY, n) * looks_first + 3_700)
    opened_at = np.where(people.is_buyer, of_buyers, of_lookers)
    who = np.flatnonzero(people.in_webshop & ~life.is_guest_only)
    who = who[np.argsort(opened_at[who], kind="stable")]
    k, created_at = len(who), opened_at[who]
    written, details = record(people, who, options, rng), contact(people, who, options, rng, has_country=True)
    columns = {
        "account_id": numbers.ids("1", k),  # digits only, as in most shops
        "email": details.email,
        "phone": details.phone,
        "first_name": written.first_name,
        "last_name": written.last_name,
        "postal_code": written.postal_code,
        "house_number": written.house_number,
        "country_code": written.country,
        "customer_number": known_numbers(customer_numbers, who, options.known_numbers, rng),
        "acquisition_channel": tables.where(rng.random(k) < 0.96, people.channel[who]),
        "created_at": created_at,
        "updated_at": clock.until_end(created_at + clock.seconds(rng.exponential(200 * DAY, k))),
    }
    return tables.build("webshop.accounts", columns), who


def _orders(
    people: People, life: Life, catalogue: Catalogue, options: Options, rng: np.random.Generator
) -> tuple[Orders, Lines]:
    cents = life.purchases.cents
    orders = draw_orders(life.person, life.at, cents, life.is_guest_only, options, rng)
    favourite = rng.choice(len(catalogue.popularity), len(people), p=catalogue.popularity)
    lines = draw_lines(orders, favourite, catalogue, rng)
    refund(orders, lines, options, rng)
    return add_credit_notes(orders, lines, options, rng)


def _order_table(
    orders: Orders,
    ids: pa.Array,
    account_ids: pa.Array,
    emails: pa.Array,
    phones: pa.Array,
    rng: np.random.Generator,
) -> pa.Table:
    """Make webshop.orders; ids, account_ids, emails and phones are those of the orders (m,)."""
    paid_at, due_at = payment(orders, rng)
    touched_at = orders.at + clock.seconds(rng.uniform(0.5 * DAY, 6 * DAY, len(orders.at)))
    is_cancelled = np.isin(orders.status, CANCELLED_STATUSES)
    return tables.build(
        "webshop.orders",
        {
            "order_id": ids,
            "ordered_at": orders.at,
            "total_amount": orders.total,
            "account_id": account_ids,
            "email": emails,
            "phone": phones,
            "status": orders.status,
            "sales_channel": orders.channel,
            "currency_code": orders.currency,
            "discount_amount": orders.discount,
            "shipping_amount": orders.shipping,
            "refunded_amount": tables.where(orders.refunded >= 0, orders.refunded),
            "paid_at": paid_at,
            "due_at": due_at,
            "cancelled_at": np.where(is_cancelled, clock.until_end(touched_at), np.datetime64("NaT", "s")),
            "parent_order_id": ids.take(pa.array(orders.parent, mask=orders.parent < 0)),
            "updated_at": clock.until_end(np.fmax(touched_at, paid_at)),
        },
    )


def _line_table(lines: Lines, order_ids: pa.Array) -> pa.Table:
    return tables.build(
        "webshop.order_lines",
        {
            "order_id": order_ids.take(pa.array(lines.order)),
            "line_number": lines.number,
            "product_id": product_ids(lines.product),
            "quantity": lines.quantity,
            "unit_price": lines.unit_price,
            "line_amount": lines.amount,
            "returned_quantity": lines.returned,
        },
    )


def make_webshop(
    people: People,
    life: Life,
    customer_numbers: pa.Array,
    catalogue: Catalogue,
    numbers: Numbers,
    options: Options,
    rng: np.random.Generator,
) -> dict[str, pa.Table]:
    """Make the webshop's tables except the products; customer_numbers (n,) are the CRM's."""
    accounts, who = _accounts(people, life, customer_numbers, numbers, options, rng)
    row_of = np.full(len(people), -1)
    row_of[who] = np.arange(len(who))
    of_person = accounts.combine_chunks().take(pa.array(row_of, mask=row_of < 0))

    orders, lines = _orders(people, life, catalogue, options, rng)
    m = len(orders.at)
    (planted,) = rng.spawn(1)
    is_online = (orders.kind == PURCHASE) & np.isin(orders.channel, ONLINE)
    gives_up = is_online & give_up(orders.at, people.lot[orders.person], planted)
    order_ids = numbers.ids("O", m, 8)
    of_order = of_person.take(pa.array(orders.person))
    guests = np.flatnonzero(orders.is_guest)
    guest = guest_contact(people, orders.person[guests], options, rng)
    guest_row = np.full(m, -1)
    guest_row[guests] = np.arange(len(guests))
    guest_row = pa.array(guest_row, mask=guest_row < 0)
    is_guest = pa.array(orders.is_guest)

    def either(of_guest: np.ndarray, of_account: pa.Array) -> pa.Array:
        return pc.if_else(is_guest, pa.array(of_guest, pa.string()).take(guest_row), of_account)

    # A broken reference here is a deleted account: the order still shows that it had one.
    is_deleted = ~orders.is_guest & (rng.random(m) < options.unknown_references)
    deleted_ids = pc.binary_join_element_wise("D", order_ids, "")
    account_ids = tables.where(
        ~orders.is_guest, pc.if_else(pa.array(is_deleted), deleted_ids, of_order["account_id"])
    )
    emails = either(guest.email, of_order["email"])
    phones = either(guest.phone, tables.where(rng.random(m) < 0.5, of_order["phone"]))
    sessions = make_sessions(
        people,
        orders,
        is_online,
        gives_up,
        of_person["account_id"],
        of_person["email"],
        life.left_at,
        numbers,
        options,
        rng,
    )
    orders.channel = np.where(gives_up, "phone", orders.channel)

    deleted = np.flatnonzero(is_deleted)
    records = [
        source_records("webshop/account", accounts["account_id"], who, people),
        source_records(
            "webshop/account", deleted_ids.take(pa.array(deleted)), orders.person[deleted], people
        ),
        source_records(
            "webshop/guest_order", order_ids.take(pa.array(guests)), orders.person[guests], people
        ),
    ]
    return {
        "webshop.orders": _order_table(orders, order_ids, account_ids, emails, phones, rng),
        "webshop.order_lines": _line_table(lines, order_ids),
        "webshop.accounts": accounts,
        "webshop.sessions": sessions,
        "truth.source_records": pa.concat_tables(records),
    }
