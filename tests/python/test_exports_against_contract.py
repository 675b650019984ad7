"""A world written as exports of Shopify and Zendesk gives what it gives in the contract's own form."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exports
from deliveries import load, put, rows
from warehouses import Warehouse, csv_text

EMAILS = [f"klant{number}@post.example" for number in range(6)]
PHONES = ("", "'+31612345678", "0612345679", "06 1234 5670")
MOMENTS = (
    "2024-03-31 01:59:59 +0100", "2024-03-31 03:00:00 +0200", "2024-12-31 23:30:00 +0100",
    "2025-01-01 00:30:00 +0100", "2025-07-01 12:00:00 +0200", "2025-08-15 08:00:00 +0200",
)  # fmt: skip
STATUSES = ("paid", "pending", "refunded", "partially_refunded", "voided")
CATALOGUE = ("MOK", "BORD", "'0815", "KAN")
VIA = {"Mail": "email", "Chat": "Chat", "Phone call (incoming)": "phone", "Web form": "Web form"}
TABLES = {
    "webshop.orders": "order_id, ordered_at, total_amount, account_id, email, phone, status, sales_channel,"
    " currency_code, discount_amount, shipping_amount, refunded_amount, paid_at, cancelled_at",
    "webshop.order_lines": "order_id, line_number, product_id, quantity, unit_price",
    "service_desk.tickets": "ticket_id, contact_id, created_at, channel, category, status, resolved_at",
    "service_desk.contacts": "contact_id, first_name, ltrim(last_name), email",
}
FILES = {"webshop.orders": "orders", "webshop.order_lines": "lines"}


@dataclass(frozen=True)
class Order:
    number: int
    cells: dict[str, str]
    lines: list[exports.Row]


@dataclass(frozen=True)
class World:
    """Orders in their files, and tickets; whether each row of an order has the cells of the order."""

    orders: list[Order]
    cuts: list[int]
    is_repeated: bool
    tickets: list[dict[str, str]]


@st.composite
def worlds(draw: st.DrawFn, least_orders: int = 1) -> World:
    optional = {
        "Refunded Amount": ("", "0.00", "5.00", "100.00"),
        "Discount Amount": ("", "2.50"),
        "Shipping": ("", "4.95"),
        "Paid at": ("", *MOMENTS),
        "Cancelled at": ("", "", "", MOMENTS[-1]),
        "Source": ("web", "pos", "app"),
        "Phone": PHONES,
        "Billing Phone": PHONES,
    }
    cells = st.fixed_dictionaries(
        {
            "Email": st.sampled_from(["", *EMAILS]),
            "Financial Status": st.sampled_from(STATUSES),
            "Total": st.sampled_from(("100.00", "49.95", "1250.50", "0.00", "E$")),
            "Created at": st.sampled_from((*MOMENTS, "yesterday")),
            "Currency": st.sampled_from(("EUR", "eur", "")),
            **{name: st.sampled_from(values) for name, values in optional.items()},
        }
    )
    line = st.builds(
        exports.line,
        st.sampled_from(CATALOGUE),
        st.sampled_from(("1", "2", "0", "x")),
        st.sampled_from(("10.00", "", "1,250.00")),
    )
    order = st.tuples(cells, st.lists(line, min_size=1, max_size=4))
    drawn = draw(st.lists(order, min_size=least_orders, max_size=40))
    orders = [Order(1000 + at, *order) for at, order in enumerate(drawn)]
    is_repeated = draw(st.booleans())
    # a file may end within an order, if only the first row has its cells
    ends = [len(order.lines) for order in orders]
    ends = [sum(ends[: at + 1]) for at in range(len(ends))] if is_repeated else list(range(1, sum(ends) + 1))
    cuts = sorted(draw(st.sets(st.sampled_from(ends), max_size=2)))
    requesters = st.sampled_from(
        [
            ("901", "Jan de Vries", EMAILS[0]),
            ("902", "Cher", EMAILS[1]),
            ("", EMAILS[2], EMAILS[2]),
            ("", "", ""),
        ]
    )
    ticket = st.tuples(
        requesters, st.sampled_from(sorted(VIA)), st.sampled_from(MOMENTS), st.sampled_from(("", *MOMENTS))
    )
    asked = draw(st.lists(ticket, min_size=1, max_size=12))
    tickets = [
        {"Id": str(at), "Requester id": key, "Requester": name, "Requester email": email, "Via": via,
         "Created at": created, "Solved at": solved, "Status": "Open", "Ticket type": "Question"}
        for at, ((key, name, email), via, created, solved) in enumerate(asked)
    ]  # fmt: skip
    return World(orders, cuts, is_repeated, tickets)


def write_exports(world: World, folder: Path) -> None:
    found = []
    for order in world.orders:
        own = {"Name": f"#{order.number}", "Id": str(order.number), **order.cells}
        for at, line in enumerate(order.lines):
            found.append({**(own if world.is_repeated or at == 0 else {"Name": own["Name"]}), **line})
    for number, (start, end) in enumerate(zip([0, *world.cuts], [*world.cuts, len(found)], strict=True), 1):
        exports.export(folder, f"orders_{number}.csv", exports.SHOPIFY_ORDERS, found[start:end])
    exports.export(folder, "tickets.csv", exports.ZENDESK_TICKETS, world.tickets)
    exports.instances(
        folder,
        "shop: {connector: shopify, files: orders_*.csv}\ndesk: {connector: zendesk, files: tickets.csv}\n",
    )


def write_tables(world: World, folder: Path) -> None:
    """Write what the exports mean, as the contract asks for it."""
    orders = [
        {
            "order_id": f"shop:{order.number}",
            "ordered_at": cells["Created at"],
            "total_amount": cells["Total"],
            "account_id": "",
            "email": cells["Email"],
            "phone": cells["Phone"] or cells["Billing Phone"],
            "status": cells["Financial Status"],
            "sales_channel": "store" if cells["Source"] == "pos" else cells["Source"],
            "currency_code": cells["Currency"],
            "discount_amount": cells["Discount Amount"],
            "shipping_amount": cells["Shipping"],
            "refunded_amount": cells["Refunded Amount"],
            "paid_at": cells["Paid at"],
            "cancelled_at": cells["Cancelled at"],
        }
        for order in world.orders
        for cells in [order.cells]
    ]
    lines = [
        {
            "order_id": f"shop:{order.number}",
            "line_number": str(number),
            "product_id": f"shop:{line['Lineitem sku'].lstrip(chr(39))}",
            "quantity": line["Lineitem quantity"],
            "unit_price": line["Lineitem price"],
        }
        for order in world.orders
        for number, line in enumerate(order.lines, start=1)
    ]
    contacts: dict[str, dict[str, str]] = {}
    tickets = []
    for ticket in world.tickets:
        key = ticket["Requester id"] or ticket["Requester email"]
        contact = f"desk:{key}" if key else ""
        tickets.append(
            {
                "ticket_id": f"desk:{ticket['Id']}",
                "contact_id": contact,
                "created_at": ticket["Created at"],
                "channel": VIA[ticket["Via"]],
                "category": "Question",
                "status": "Open",
                "resolved_at": ticket["Solved at"],
            }
        )
        if contact:
            name = "" if "@" in ticket["Requester"] else ticket["Requester"]
            first, _, last = name.partition(" ")
            known = {"first_name": first, "last_name": last, "email": ticket["Requester email"]}
            contacts[contact] = {"contact_id": contact, **known}
    for table, found in {
        "webshop/orders": orders,
        "webshop/order_lines": lines,
        "service_desk/tickets": tickets,
        "service_desk/contacts": list(contacts.values()) or [{"contact_id": "", "first_name": ""}],
    }.items():
        put(folder, f"{table}.csv", csv_text(found).encode())


def loaded(write: Callable[[World, Path], None], world: World) -> dict[str, list[tuple]]:
    """Return the cells of each table that a world is loaded into, and how its files are written."""
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        write(world, Path(folder))
        load(connection, Path(folder))
        found = {table: rows(connection, table, columns) for table, columns in TABLES.items()}
        decided = "source_table, any_value(decimal_mark), any_value(date_orders), sum(local_times)"
        found["formats"] = rows(connection, "staging.delivered_files group by source_table", decided)
    found["service_desk.contacts"] = [row for row in found["service_desk.contacts"] if row[0]]
    return found


def check_cells(world: World) -> None:
    of_exports, of_tables = loaded(write_exports, world), loaded(write_tables, world)
    for name, expected in of_tables.items():
        if name != "formats" or len(world.cuts) == 0:
            assert of_exports[name] == expected, name


@settings(max_examples=8)
@given(worlds())
def test_exports_load_as_the_tables_that_they_mean(world: World) -> None:
    check_cells(world)


@pytest.mark.deep
@settings(max_examples=200)
@given(worlds())
def test_many_exports_load_as_the_tables_that_they_mean(world: World) -> None:
    check_cells(world)


def check_marts(world: World, build: Callable[..., Warehouse], folder: Path) -> None:
    write_exports(world, folder / "exports")
    write_tables(world, folder / "tables")
    expected = build(folder / "tables").marts()
    assert any(expected["marts.customer_360"])
    found = build(folder / "exports").marts()
    differing = [name for name in expected if found[name] != expected[name]]
    assert found.keys() == expected.keys()
    assert differing == []


def test_exports_give_the_marts_of_the_tables_that_they_mean(
    build_warehouse: Callable[..., Warehouse], tmp_path: Path
) -> None:
    drawn: list[World] = []

    @settings(max_examples=1)
    @given(worlds(least_orders=20))
    def draw(world: World) -> None:
        drawn.append(world)

    draw()
    check_marts(drawn[0], build_warehouse, tmp_path)
