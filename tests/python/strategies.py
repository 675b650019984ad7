"""Hypothesis strategies for order sets: raw, valid rows of the contract's orders.

Small worlds on purpose: few distinct amounts, dates and times, so that ties, month-ends, the hours around
midnight and clock changes are frequent.
"""

import calendar
import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st

Row = dict[str, str]
Rates = dict[tuple[date, str], Decimal]

ROW_COLUMNS = (
    "order_id",
    "ordered_at",
    "total_amount",
    "account_id",
    "status",
    "currency_code",
    "refunded_amount",
    "email",
    "cancelled_at",
    "parent_order_id",
)
# The first months of an order set: around a leap day, a year's end, and a common February.
START_MONTHS = (date(2019, 11, 1), date(2020, 2, 1), date(2022, 12, 1))
MAX_MONTHS = 30

# Days of the month, negative ones from its end; a day that the month does not have becomes its last.
_DAYS = (1, 2, 15, 28, 29, -2, -1)
_TIMES = (
    "00:00",
    "00:30:00",
    "02:30",
    "12:00:00",
    "21:59:59.999999",
    "22:00",
    "22:30:00.5",
    "23:00:00",
    "23:59:59",
)
_ZONES = ("", "Z", "+00:00", "+02:00", "+01", "-05:00", "+05:30")
_AMOUNTS = ("10", "10.00", "25.5", "99.9999", "+40.00", "0.01", "0.0001", "1234567.8900")
_LIVE_STATUSES = (
    "",
    "completed",
    "wc-Completed",
    "Paid",
    " shipped ",
    "In_behandeling",
    "refund requested",
    "Expédiée",
    "wacht op klant 1234567",
    "Wacht op klant 7654321",
    "vraag jan@post.example",
)
_EXCLUDED_STATUSES = (
    "cancelled",
    "CANCELLED",
    " Geannuleerd ",
    "test",
    "wc-refunded",
    "Annulée",
    "pending_payment",
    "Wacht op betaling",
    " void",
)
_CANCELLATIONS = ("2020-02-29", "2023-01-01T12:00:00Z", "vrijdag", "1900-01-01")
# Ways to write one email.
_WRITTEN_EMAILS = ("{0}@post.example", "{0}@POST.example", " {0}@post.Example ")
_OTHER_CURRENCIES = ("USD", "usd", " GBP ")
_RATES = ("0.85", "0.92345678", "1.17", "0.00012345")


@st.composite
def month_pools(draw: st.DrawFn) -> list[date]:
    """Draw the months in which orders fall: 1 to 30 months long, often with gaps."""
    start = draw(st.sampled_from(START_MONTHS))
    length = draw(st.integers(1, MAX_MONTHS))
    gaps = draw(st.sets(st.integers(1, length - 1))) if length > 1 else set()
    return [_add_months(start, offset) for offset in range(length) if offset not in gaps]


@st.composite
def days(draw: st.DrawFn, months: Sequence[date]) -> date:
    """Draw a date in one of the months: mostly its first or last days, and the days of clock changes."""
    month = draw(st.sampled_from(months))
    last = calendar.monthrange(month.year, month.month)[1]
    day = draw(st.sampled_from(_DAYS))
    if draw(st.integers(0, 9)) == 9:
        return _last_sunday(month)
    return month.replace(day=min(day, last) if day > 0 else last + 1 + day)


@st.composite
def timestamps(draw: st.DrawFn, months: Sequence[date]) -> str:
    """Draw a contract timestamp: bare date, or a time without an offset, in UTC or with an offset."""
    day = draw(days(months)).isoformat()
    if draw(st.integers(0, 4)) == 0:
        return day
    return day + draw(st.sampled_from("T ")) + draw(st.sampled_from(_TIMES)) + draw(st.sampled_from(_ZONES))


@st.composite
def amounts(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a valid total and refund: a purchase (refunded or not), a credit note, or nothing to pay.

    A refund may be more than the total, and below zero.
    """
    kinds = ("plain", "plain", "plain", "plain", "partial", "full", "too much", "credit", "zero")
    kind = draw(st.sampled_from(kinds))
    if kind == "zero":
        return draw(st.sampled_from(("0", "0.00", "-0"))), draw(st.sampled_from(("", "0", "5")))
    total = draw(st.sampled_from(_AMOUNTS))
    if kind == "credit":
        return "-" + total.lstrip("+"), draw(st.sampled_from(("", "0", "0.0000")))
    sign = draw(st.sampled_from(("", "", "-")))
    if kind == "partial":
        refund = (Decimal(total) / 3).quantize(Decimal("0.0001"))
        return total, f"{sign}{refund:f}"
    if kind == "full":
        return total, sign + total.lstrip("+")
    if kind == "too much":
        return total, f"{sign}{Decimal(total) + Decimal('0.0001'):f}"
    return total, draw(st.sampled_from(("", "", "0")))


@st.composite
def credit_notes(draw: st.DrawFn, orders: Sequence[Row], months: Sequence[date]) -> Row:
    """Draw the refund of an order as a separate row: mostly of an excluded order, and mostly in full."""
    undone = [row for row in orders if row["status"] in _EXCLUDED_STATUSES or len(row["refunded_amount"]) > 1]
    order = draw(st.sampled_from([*orders, *(undone * 4)]))
    amount = abs(Decimal(order["total_amount"])) or Decimal(5)
    if draw(st.integers(0, 4)) == 0:
        amount = (amount / 3).quantize(Decimal("0.0001")) or amount
    others = [order["order_id"], order["order_id"], "", "", "gone", draw(st.sampled_from(orders))["order_id"]]
    return {
        **order,
        "ordered_at": draw(st.one_of(st.just(order["ordered_at"]), timestamps(months))),
        "total_amount": f"{-amount:f}",
        "refunded_amount": "",
        "status": draw(st.sampled_from(("completed", "", "paid", "wc-refunded"))),
        "cancelled_at": "",
        "parent_order_id": draw(st.sampled_from(others)),
    }


@st.composite
def order_sets(
    draw: st.DrawFn,
    max_customers: int = 30,
    max_orders: int = 120,
    with_currencies: bool = False,
    with_guests: bool = False,
) -> list[Row]:
    """Draw the rows of webshop/orders, each of them valid: 1 to 30 accounts over 1 to 30 months.

    With ``with_currencies`` some rows are in USD or GBP, which need ``exchange_rates()``; else all are in the
    base currency, mostly by leaving the code empty. With ``with_guests`` some customers have an email instead
    of an account. Up to a quarter more rows are credit notes for some of the orders.
    """
    customers = [f"a{number:02d}" for number in range(1, draw(st.integers(1, max_customers)) + 1)]
    months = draw(month_pools())
    statuses = st.sampled_from(_LIVE_STATUSES * 4 + _EXCLUDED_STATUSES)
    fewest_orders = min(draw(st.sampled_from((1, 5, 20, 60))), max_orders)
    currencies = ("", "", "EUR", "eur") + (_OTHER_CURRENCIES if with_currencies else ())
    guests = set(customers[::3]) if with_guests else set()
    cells = st.tuples(
        st.sampled_from(customers),
        st.sampled_from(_WRITTEN_EMAILS),
        timestamps(months),
        amounts(),
        statuses,
        st.sampled_from(currencies),
        st.sampled_from(("",) * 40 + _CANCELLATIONS),
    )
    orders = [
        {
            "order_id": f"o{number:03d}",
            "ordered_at": ordered_at,
            "total_amount": total,
            "account_id": "" if customer in guests else customer,
            "status": status,
            "currency_code": currency,
            "refunded_amount": refund,
            "email": written.format(customer) if customer in guests else "",
            "cancelled_at": cancelled_at,
            "parent_order_id": "",
        }
        for number, (customer, written, ordered_at, (total, refund), status, currency, cancelled_at) in (
            enumerate(draw(st.lists(cells, min_size=fewest_orders, max_size=max_orders)), start=1)
        )
    ]
    notes = draw(st.lists(credit_notes(orders, months), max_size=len(orders) // 4 + 1))
    return [*orders, *({**note, "order_id": f"o{500 + number}"} for number, note in enumerate(notes))]


@st.composite
def exchange_rates(draw: st.DrawFn) -> Rates:
    """Draw a rate to the base currency for each month that an order set can have, and each currency."""
    pattern = draw(st.lists(st.sampled_from(_RATES), min_size=1, max_size=5))
    first, last = min(START_MONTHS), _add_months(max(START_MONTHS), MAX_MONTHS)
    rates: Rates = {}
    month = _add_months(first, -1)  # a time near midnight can fall in the month before or after
    while month <= last:
        for currency in ("USD", "GBP"):
            rates[month, currency] = Decimal(pattern[len(rates) % len(pattern)])
        month = _add_months(month, 1)
    return rates


def as_of_dates() -> st.SearchStrategy[date | None]:
    """Draw an as_of_date: None for the default, or a date from before the first order to after the last."""
    span = st.dates(min(START_MONTHS) - timedelta(days=40), _add_months(max(START_MONTHS), MAX_MONTHS + 2))
    month_ends = span.map(lambda day: day.replace(day=calendar.monthrange(day.year, day.month)[1]))
    return st.one_of(st.none(), span, month_ends)


def exchange_rate_rows(rates: Mapping[tuple[date, str], Decimal], base_currency: str = "EUR") -> list[Row]:
    """Turn drawn rates into rows of the seed exchange_rates."""
    return [
        {
            "month": month.isoformat(),
            "from_currency": currency,
            "to_currency": base_currency,
            "rate": f"{rate:f}",
        }
        for (month, currency), rate in rates.items()
    ]


def write_rows(path: Path, rows: Iterable[Row], columns: Sequence[str] = ROW_COLUMNS) -> None:
    """Write rows as a CSV with a header, making the folder where needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=columns)
        writer.writeheader()
        writer.writerows(rows)


def _add_months(month: date, months: int) -> date:
    year, index = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(year, index + 1, 1)


def _last_sunday(month: date) -> date:
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    return last - timedelta(days=(last.weekday() + 1) % 7)


# What customers of an order set do besides buying: raw, valid rows by table of the contract.
Events = dict[str, list[Row]]
EVENT_TABLES = (
    "crm.customers",
    "crm.campaign_contacts",
    "crm.campaign_spend",
    "webshop.accounts",
    "webshop.sessions",
    "service_desk.contacts",
    "service_desk.tickets",
    "service_desk.survey_invitations",
    "service_desk.survey_responses",
)
_DEVICES = ("", "", "d1", "d2", "d3", "d4")
_CHANNELS = ("", "email", "sms", "post")
# Answers by type of survey.
_SCORES = {"nps": ("0", "6", "7", "9", "10"), "csat": ("1", "4", "5"), "ces": ("2", "7")}


@st.composite
def event_sets(draw: st.DrawFn, orders: Sequence[Row]) -> Events:
    """Draw what the customers of some orders do, and others who never bought.

    Account a01 is customer K01 of the CRM, and contact C01 of the service desk. Devices are few, so that
    customers share them; so are days, so that acts tie.
    """
    numbers = sorted({row["account_id"][1:] for row in orders if row["account_id"]} | {"91", "92"})
    emails = sorted({row["email"].strip().lower() for row in orders if row["email"]})
    months = sorted({date.fromisoformat(row["ordered_at"][:7] + "-01") for row in orders})
    moment, later = timestamps(months), st.one_of(st.just(""), timestamps(months))
    count = st.sampled_from(("", "0", "1", "3", "-2"))
    sessions = st.fixed_dictionaries(
        {
            "account_id": st.sampled_from(["", "unknown", *(f"a{number}" for number in numbers[:4])]),
            "email": st.sampled_from(["", "", *emails[:3]]),
            "anonymous_id": st.sampled_from(_DEVICES),
            "started_at": moment,
            "duration_seconds": st.sampled_from(("", "0", "30", "600")),
            "page_views": count,
            "product_views": count,
            "searches": count,
            "traffic_channel": st.sampled_from(("", "direct", "Organic")),
            "device": st.sampled_from(("", "mobile", "desktop")),
            "experiment": st.sampled_from(("", "", "checkout", "video")),
            "variant": st.sampled_from(("", "control", "Treatment", "treatment", "other")),
            "is_converted": st.sampled_from(("", "true", "false")),
        }
    )
    contacts = st.fixed_dictionaries(
        {
            "customer_number": st.sampled_from([f"K{number}" for number in numbers]),
            "campaign_id": st.sampled_from(("", "spring", "spring", "letter")),
            "campaign_name": st.sampled_from(("", "Spring", "Hello")),
            "channel": st.sampled_from(_CHANNELS),
            "sent_at": moment,
            "opened_at": later,
            "clicked_at": later,
            "unsubscribed_at": st.one_of(st.just(""), st.just(""), timestamps(months)),
            "is_control": st.sampled_from(("", "false", "true")),
        }
    )
    contact = st.sampled_from([f"C{number}" for number in numbers])
    tickets = st.fixed_dictionaries(
        {
            "contact_id": contact,
            "created_at": moment,
            "channel": st.sampled_from(("", "phone", "chat")),
            "category": st.sampled_from(("", "return", "payment")),
            "status": st.sampled_from(("", "open", "Closed", "opgelost")),
            "first_responded_at": later,
            "resolved_at": later,
            "reopened_count": st.sampled_from(("", "0", "2")),
            "updated_at": later,
        }
    )
    survey = st.sampled_from([(kind, score) for kind, scores in _SCORES.items() for score in scores])
    answers = st.builds(
        lambda kind_and_score, contact_id, responded_at: {
            "contact_id": contact_id,
            "survey_type": kind_and_score[0],
            "score": kind_and_score[1],
            "responded_at": responded_at,
        },
        survey,
        contact,
        moment,
    )
    invitations = st.fixed_dictionaries(
        {
            "contact_id": contact,
            "survey_type": st.sampled_from(tuple(_SCORES)),
            "sent_at": moment,
            "response_id": st.sampled_from(("", "", "r000", "r001", "r002")),
        }
    )
    spend_keys = st.tuples(
        st.sampled_from([month.isoformat() for month in months]),
        st.sampled_from(("Direct", "organic", "email", "paid")),
        st.sampled_from(("", "spring", "unknown")),
    )
    spend = draw(st.dictionaries(spend_keys, st.sampled_from(("0", "12.5", "80", "300")), max_size=12))

    def keyed(key: str, prefix: str, rows: st.SearchStrategy[Row], most: int) -> list[Row]:
        found = draw(st.lists(rows, max_size=most))
        return [{key: f"{prefix}{number:03d}", **row} for number, row in enumerate(found)]

    return {
        "crm.customers": [{"customer_number": f"K{number}"} for number in numbers],
        "crm.campaign_contacts": keyed("contact_id", "m", contacts, 25),
        "crm.campaign_spend": [
            {"spend_month": month, "channel": channel, "campaign_id": campaign, "amount": amount}
            for (month, channel, campaign), amount in spend.items()
        ],
        "webshop.accounts": [
            {"account_id": f"a{number}", "customer_number": f"K{number}"} for number in numbers[:-2]
        ],
        "webshop.sessions": keyed("session_id", "s", sessions, 40),
        "service_desk.contacts": [
            {"contact_id": f"C{number}", "customer_number": f"K{number}"} for number in numbers
        ],
        "service_desk.tickets": keyed("ticket_id", "t", tickets, 15),
        "service_desk.survey_invitations": keyed("invitation_id", "i", invitations, 10),
        "service_desk.survey_responses": keyed("response_id", "r", answers, 15),
    }
