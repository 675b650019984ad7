"""The oracle's orders against hand-worked numbers."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from oracle_orders import (
    classify,
    customer_order_facts,
    latest_purchase_date,
    order_numbers,
    order_statuses,
    orders_from_rows,
)
from oracle_samples import KNOWN, make_orders
from oracle_values import instant, order_date

# --- Timestamps ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "source", "expected"),
    [
        ("2023-01-31", "UTC", date(2023, 1, 31)),
        (" 2023-01-31 22:59 ", "UTC", date(2023, 1, 31)),
        ("2023-01-31 23:00", "UTC", date(2023, 2, 1)),
        ("2023-01-31T23:30:00Z", "America/New_York", date(2023, 2, 1)),
        ("2023-01-31T23:30:00", "Europe/Amsterdam", date(2023, 1, 31)),
        ("2023-01-31T19:30:00.25", "America/New_York", date(2023, 2, 1)),
        ("2023-02-01T00:30:00+02:00", "UTC", date(2023, 1, 31)),
        ("2023-02-01T00:30+01", "UTC", date(2023, 2, 1)),
        ("2023-01-31T18:00:00-05:00", "UTC", date(2023, 2, 1)),
        ("2023-07-31T21:59:59.9999999Z", "UTC", date(2023, 7, 31)),
        ("2023-07-31T22:00:00Z", "UTC", date(2023, 8, 1)),
    ],
)
def test_order_date_is_the_local_date(text: str, source: str, expected: date) -> None:
    assert order_date(text, source, "Europe/Amsterdam") == expected


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2023-03-26 02:30", datetime(2023, 3, 26, 1, 30)),  # in the gap: 03:30 summer time
        ("2023-10-29 02:30", datetime(2023, 10, 29, 0, 30)),  # twice: the earlier, summer time
        ("2023-10-29T02:30:00+01:00", datetime(2023, 10, 29, 1, 30)),
        ("2023-07-01", datetime(2023, 6, 30, 22, 0)),  # a bare date is its local midnight
    ],
)
def test_clock_changes(text: str, utc: datetime) -> None:
    assert instant(text, "Europe/Amsterdam", "Europe/Amsterdam") == utc


# --- Orders -------------------------------------------------------------------------------------------------


def one_outcome(
    total: str, refund: str = "", status: str = "", rate: str = "", cancelled_at: str = ""
) -> tuple[str, str]:
    row = {
        "order_id": "o1",
        "account_id": "a",
        "ordered_at": "2023-05-17",
        "total_amount": total,
        "refunded_amount": refund,
        "status": status,
        "currency_code": " usd " if rate else "eur",
        "cancelled_at": cancelled_at,
    }
    rates = {(date(2023, 5, 1), "USD"): Decimal(rate)} if rate else None
    order = classify(orders_from_rows([row], rates=rates), KNOWN).iloc[0]
    assert order["is_purchase"] == (order["outcome"] == "purchase")
    assert order["is_credit_note"] == (order["outcome"] == "credit_note")
    return order["outcome"], str(order["net_amount"])


@pytest.mark.parametrize(
    ("cells", "outcome", "net"),
    [
        (("10",), "purchase", "10.0000"),
        (("10.00", "2.5"), "purchase", "7.5000"),
        (("10", "10.0000"), "refunded", "0.0000"),
        (("10.00", "-2.5"), "purchase", "7.5000"),
        (("10", "10.01"), "refunded", "0.0000"),
        (("10", "-11"), "refunded", "0.0000"),
        (("0", "5"), "no_value", "0.0000"),
        (("-10", "0"), "credit_note", "-10.0000"),
        (("0.00",), "no_value", "0.0000"),
        (("10", "", " CANCELLED "), "excluded", "10.0000"),
        (("-10", "", "Refunded"), "excluded", "-10.0000"),
        (("10", "", "wc-refunded"), "excluded", "10.0000"),
        (("10", "", "Annulée"), "excluded", "10.0000"),
        (("10", "", "Pending_payment"), "excluded", "10.0000"),
        (("10", "", "closed"), "purchase", "10.0000"),
        (("10", "", "paid", "", "2023-05-18 09:00"), "excluded", "10.0000"),
        (("10", "", "", "", "vrijdag"), "excluded", "10.0000"),
        (("10", "", "refund requested"), "purchase", "10.0000"),
        (("10", "", "", "0.92345678"), "purchase", "9.2346"),
        (("0.0001", "", "", "0.5"), "purchase", "0.0001"),  # 0.00005, half away from zero
        (("-0.0003", "", "", "0.5"), "credit_note", "-0.0002"),  # -0.00015
        (("0.0001", "", "", "0.49999999"), "refunded", "0.0000"),
        # 999999999999.9 and 9.999999999999 together: 25 digits before rounding
        (("999999999.9999", "", "", "1000.00000001"), "purchase", "1000000000009.9000"),
    ],
)
def test_outcome_and_net_amount(cells: tuple[str, ...], outcome: str, net: str) -> None:
    assert one_outcome(*cells) == (outcome, net)


# Per row: the customer, an email if there is no account, the day of January 2024, total, refund, status and
# parent; then the reason for exclusion.
BOOKED_TWICE = """
    o01 a  - 02  120   -   refunded  -    status
    o02 a  - 10 -120   -   completed -    settled
    o03 a  - 11 -120   -   completed -    -
    o04 b  - 02   80  80   paid      -    -
    o05 b  - 03  -80   -   paid      -    settled
    o06 b  - 04  -20   -   paid      o04  settled
    o07 c  - 02   80  20   paid      -    -
    o08 c  - 03  -20   -   paid      o07  settled
    o09 c  - 03  -20.01 -  paid      o07  -
    o10 c  - 03  -80   -   paid      -    -
    o11 d  - 05   50   -   refunded  -    status
    o12 d  - 04  -50   -   paid      -    -
    o13 d  - 06  -50   -   paid      -    -
    o14 d  - 07  -50   -   paid      gone -
    o15 -  x 02   60   -   refunded  -    status
    o16 -  X 02  -60   -   paid      -    settled
    o17 x  - 03  -60   -   paid      -    -
    o18 -  - 02   70   -   refunded  -    status
    o19 -  - 03  -70   -   paid      -    -
    o20 e  - 02   40   -   paid      -    -
    o21 e  - 03  -40   -   paid      o20  -
    o22 e  - 03  -40   -   refunded  -    status
    o23 e  - 04   -1   -   paid      o22  settled
    o24 e  - 04   -1   -   paid      o24  -
    o25 f  - 02   30   -   refunded  -    status
    o26 f  - 09  -30   -   paid      gone settled
"""


def test_a_refund_counts_once() -> None:
    cells = [
        [None if cell == "-" else cell for cell in line.split()] for line in BOOKED_TWICE.strip().splitlines()
    ]
    rows = [
        {
            "order_id": order,
            "account_id": account,
            "email": email,
            "ordered_at": f"2024-01-{day}",
            "total_amount": total,
            "refunded_amount": refund,
            "status": status,
            "parent_order_id": parent,
        }
        for order, account, email, day, total, refund, status, parent, _ in cells
    ]
    orders = classify(orders_from_rows(rows), KNOWN)
    found = dict(zip(orders["order_id"], orders["exclusion_reason"], strict=True))
    assert found == {row[0]: row[-1] for row in cells}


def test_statuses_are_shown_as_written_without_personal_data() -> None:
    rows = [
        {"order_id": f"o{i}", "account_id": "a", "ordered_at": "2023-05-17", "total_amount": "1.5"}
        | {"status": status, "cancelled_at": cancelled_at}
        for i, (status, cancelled_at) in enumerate(
            [
                ("wc-Cancelled", ""),
                (" Paid", ""),
                ("paid", "2023-05-18"),
                ("klant 12345", ""),
                ("Klant 678901", ""),
                ("jan@mail.example", ""),
                ("", ""),
            ]
        )
    ]
    statuses = order_statuses(classify(orders_from_rows(rows), KNOWN), KNOWN)
    assert [tuple(row) for row in statuses.drop(columns="amount").itertuples(index=False)] == [
        ("wc-cancelled", "cancelled", True, False, 1, 0, 1),
        ("paid", "paid", True, True, 2, 1, 1),
        ("klant #", "klant-#", False, True, 2, 2, 0),
        ("(contains an email address)", "(contains an email address)", False, True, 1, 1, 0),
        (None, None, False, True, 1, 1, 0),
    ]
    assert statuses["amount"].tolist() == [Decimal(amount) for amount in ("1.5", "3", "3", "1.5", "1.5")]


def test_as_of_defaults_to_the_latest_purchase() -> None:
    orders = make_orders(("a", "2023-01-05", "10"), ("a", "2023-02-05", "-10"), ("b", "2023-03-05", "0"))
    assert latest_purchase_date(orders) == date(2023, 1, 5)
    assert latest_purchase_date(orders.iloc[1:]) is None


def test_order_facts_and_numbers() -> None:
    orders = make_orders(
        ("a", "2023-01-10T12:00Z", "10"),
        ("a", "2023-01-05", "-4"),  # a credit note before the first purchase
        ("a", "2023-01-10T13:00+02:00", "0.0001"),  # an hour earlier than o1: 11:00 in UTC
        ("a", "2023-01-12", "5"),
        ("b", "2023-01-05", "-7.5"),
        ("c", "2023-03-01", "99"),  # after as_of
        ("a", "2023-01-12", "2"),  # as o4, the next id
    )
    as_of = date(2023, 1, 31)
    facts = customer_order_facts(orders, as_of).set_index("customer_id")
    assert list(facts.loc["a"]) == [
        date(2023, 1, 10),
        date(2023, 1, 12),
        4,
        Decimal("13.0001"),
        Decimal("3.2500"),  # 3.250025
    ]
    assert list(facts.loc["b"]) == [None, None, 0, Decimal("-7.5"), None]
    assert list(facts.loc["c"]) == [None, None, 0, Decimal(0), None]
    assert order_numbers(orders, as_of) == {"o1": 2, "o2": None, "o3": 1, "o4": 3, "o5": None, "o7": 4}


def test_averages_round_half_away_from_zero() -> None:
    positive = make_orders(("a", "2023-01-01", "0.0001"), ("a", "2023-01-01", "0.0002"))
    negative = make_orders(
        ("a", "2023-01-01", "0.0001"), ("a", "2023-01-01", "0.0001"), ("a", "2023-01-01", "-0.0005")
    )
    as_of = date(2023, 1, 1)
    assert customer_order_facts(positive, as_of)["average_order_value"].tolist() == [Decimal("0.0002")]
    assert customer_order_facts(negative, as_of)["average_order_value"].tolist() == [Decimal("-0.0002")]
