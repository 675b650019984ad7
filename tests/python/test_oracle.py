"""The oracle itself against numbers worked out by hand, published intervals and conservation laws."""

import csv
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies as own_strategies
from oracle import (
    boundaries,
    classify,
    cohorts,
    components,
    customer_order_facts,
    history,
    instant,
    latest_purchase_date,
    mapping_rules,
    ntile_scores,
    order_date,
    order_numbers,
    order_statuses,
    orders_from_rows,
    rank_scores,
    segment_of,
    snapshot_dates,
    snapshots,
    tie_safe_scores,
    transitions,
    wilson_interval,
    window_start_date,
)

SEEDS = Path(__file__).parents[2] / "seeds"
SEGMENTS = [
    "champion",
    "loyal",
    "potential_loyal",
    "promising",
    "new",
    "needs_attention",
    "at_risk",
    "cant_lose",
    "about_to_sleep",
    "hibernating",
    "lost",
]
NOT_COUNTING = ["cancelled", "geannuleerd", "test", "refunded", "void", "annulee", "pending-payment"]
KNOWN = dict.fromkeys(NOT_COUNTING, False) | {"completed": True, "paid": True}


@pytest.fixture(scope="module")
def mapping() -> pd.DataFrame:
    return pd.read_csv(SEEDS / "segment_mapping.csv")


def make_orders(*cells: tuple[str, str, str], **columns: str) -> pd.DataFrame:
    """Classified orders of (customer, timestamp, total), named o1, o2, ... in the order given."""
    rows = [
        {"order_id": f"o{i}", "account_id": customer, "ordered_at": at, "total_amount": total, **columns}
        for i, (customer, at, total) in enumerate(cells, start=1)
    ]
    return classify(orders_from_rows(rows), KNOWN)


def sizes(scores: Iterable[int]) -> list[int]:
    """How many have each score of 1 to 5."""
    listed = list(scores)
    return [listed.count(score) for score in (1, 2, 3, 4, 5)]


# --- Scores -------------------------------------------------------------------------------------------------


def test_frequencies_with_many_ties_leave_the_highest_score_empty() -> None:
    frequencies = [1] * 60 + [2] * 20 + [3] * 12 + [4] * 8
    assert tie_safe_scores(frequencies, "least") == [1] * 60 + [2] * 20 + [3] * 12 + [4] * 8


def test_a_tie_takes_everyone_and_the_rest_is_divided_anew() -> None:
    # 10 values: position 2 is a 5, and all four 5s go along; of the 6 left, ceil(6 / 4) = 2 score 2;
    # of 4 left, ceil(4 / 3) = 2 score 3; then 1 and 1.
    assert tie_safe_scores([5, 5, 5, 5, 6, 7, 8, 9, 10, 11], "least") == [1, 1, 1, 1, 2, 2, 3, 3, 4, 5]


def test_most_days_ago_is_worst() -> None:
    assert tie_safe_scores([0, 30, 10, 40, 20], "greatest") == [5, 2, 4, 1, 3]


@pytest.mark.parametrize(
    ("values", "scores"),
    [
        ([], []),
        ([7], [1]),
        ([7, 8], [1, 2]),
        ([9, 7, 8], [3, 1, 2]),
        ([1, 2, 3, 4], [1, 2, 3, 4]),
        ([1, 1, 2], [1, 1, 2]),
        ([1, 2, 2], [1, 2, 2]),
        ([1, 2, 2, 3], [1, 2, 2, 3]),
    ],
)
def test_fewer_than_five_customers_get_the_lowest_scores(values: list[int], scores: list[int]) -> None:
    assert tie_safe_scores(values, "least") == scores


def test_when_all_are_tied_all_score_one() -> None:
    assert tie_safe_scores([3] * 100, "least") == [1] * 100


def test_ntile_gives_the_first_buckets_the_rest_and_breaks_ties_by_id() -> None:
    assert sizes(ntile_scores(range(12), [f"{i:02d}" for i in range(12)], "least")) == [3, 3, 2, 2, 2]
    assert ntile_scores([1] * 6, list("fedcba"), "least") == [5, 4, 3, 2, 1, 1]
    assert ntile_scores([1] * 6, list("fedcba"), "greatest") == [5, 4, 3, 2, 1, 1]
    assert ntile_scores([1, 2, 3], list("abc"), "greatest") == [3, 2, 1]


def test_by_rank_the_few_best_stand_out_where_nearly_all_are_equal() -> None:
    assert sizes(rank_scores([1] * 90 + [2] * 10, "least")) == [90, 0, 0, 0, 10]
    assert sizes(tie_safe_scores([1] * 90 + [2] * 10, "least")) == [90, 10, 0, 0, 0]
    # with k of N worse: 0, 0, 2, 3 and 3 of 5
    assert rank_scores([30, 30, 20, 10, 10], "greatest") == [1, 1, 3, 4, 4]
    assert rank_scores([7] * 100, "least") == [1] * 100
    assert rank_scores([], "least") == []


@given(st.lists(st.integers(-1000, 1000), unique=True), st.sampled_from(["greatest", "least"]))
def test_without_ties_the_scores_are_ntile(values: list[int], worst_first: str) -> None:
    ids = [str(i) for i in range(len(values))]
    assert tie_safe_scores(values, worst_first) == ntile_scores(values, ids, worst_first)


@given(st.lists(st.integers(0, 12), min_size=1))
def test_equal_values_score_equally_better_ones_never_lower_and_no_score_is_skipped(
    values: list[int],
) -> None:
    pairs = sorted(zip(values, tie_safe_scores(values, "least"), strict=True))
    for (value, score), (next_value, next_score) in pairwise(pairs):
        assert next_score - score == 0 if value == next_value else next_score - score in (0, 1)
    assert pairs[0][1] == 1


# --- Segments -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "segment"),
    [
        ((5, 5, 5, False), "champion"),
        ((1, 5, 5, False), "cant_lose"),
        ((2, 5, 5, False), "at_risk"),
        ((5, 1, 3, True), "new"),
        ((5, 1, 3, False), "potential_loyal"),
        ((4, 1, 2, True), "promising"),
        ((4, 3, 3, False), "potential_loyal"),
        ((4, 3, 4, False), "loyal"),
        ((3, 3, 3, False), "needs_attention"),
        ((3, 1, 2, True), "about_to_sleep"),
        ((2, 1, 1, True), "about_to_sleep"),
        ((1, 1, 1, True), "lost"),
        ((1, 1, 2, True), "hibernating"),
    ],
)
def test_the_first_rule_that_fits_names_the_segment(
    mapping: pd.DataFrame, cell: tuple[int, int, int, bool], segment: str
) -> None:
    assert segment_of(mapping_rules(mapping), *cell) == segment


def test_rules_go_by_priority_and_a_cell_without_any_is_an_error(mapping: pd.DataFrame) -> None:
    assert segment_of(mapping_rules(mapping[::-1]), 5, 5, 5, False) == "champion"
    with pytest.raises(ValueError, match="no rule for R 5"):
        segment_of(mapping_rules(mapping.tail(1)), 5, 1, 1, False)


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


def test_a_text_outside_the_contract_is_an_error() -> None:
    for text in ("2023-02-31", "2023-01-01 24:00", "2023-1-1", "2023-01-01T10", "01-02-2023", ""):
        with pytest.raises(ValueError):
            order_date(text, "UTC", "UTC")


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


# Of each row: the customer, an email when there is no account, the day of January 2024, total, refund,
# status and parent; then why it is excluded.
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


def test_statuses_are_told_as_they_were_written_but_for_personal_data() -> None:
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
    told = order_statuses(classify(orders_from_rows(rows), KNOWN), KNOWN)
    assert [tuple(row) for row in told.drop(columns="amount").itertuples(index=False)] == [
        ("wc-cancelled", "cancelled", True, False, 1, 0, 1),
        ("paid", "paid", True, True, 2, 1, 1),
        ("klant #", "klant-#", False, True, 2, 2, 0),
        ("(contains an email address)", "(contains an email address)", False, True, 1, 1, 0),
        (None, None, False, True, 1, 1, 0),
    ]
    assert told["amount"].tolist() == [Decimal(amount) for amount in ("1.5", "3", "3", "1.5", "1.5")]


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


def test_without_any_purchase_nothing_is_cut_off_and_dated_marts_are_empty(mapping: pd.DataFrame) -> None:
    orders = make_orders(("a", "2023-01-10", "-10"), ("b", "2024-01-10", "0"))
    facts = customer_order_facts(orders, None).set_index("customer_id")
    assert facts["lifetime_net_revenue"].to_dict() == {"a": Decimal(-10), "b": Decimal(0)}
    rows = history(orders, None, 24, mapping)
    for frame in (
        rows,
        snapshots(orders, rows, None, 24),
        boundaries(rows),
        transitions(rows, SEGMENTS),
        cohorts(orders, None),
    ):
        assert frame.empty
        assert len(frame.columns) > 5


# --- Snapshots and windows ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("snapshot", "months", "start"),
    [
        (date(2024, 2, 29), 1, date(2024, 2, 1)),
        (date(2024, 2, 29), 12, date(2023, 3, 1)),
        (date(2023, 2, 28), 24, date(2021, 3, 1)),
        (date(2023, 4, 30), 2, date(2023, 3, 1)),
        (date(2024, 2, 28), 12, date(2023, 3, 1)),  # no month-end in a leap year: after 2023-02-28
        (date(2023, 3, 30), 1, date(2023, 3, 1)),  # after 2023-02-28, the last day there is
        (date(2023, 10, 30), 1, date(2023, 10, 1)),
        (date(2011, 12, 9), 24, date(2009, 12, 10)),
        (date(2023, 1, 15), 1, date(2022, 12, 16)),
    ],
)
def test_the_first_day_of_the_window(snapshot: date, months: int, start: date) -> None:
    assert window_start_date(snapshot, months) == start


def test_snapshots_are_month_ends_and_as_of_itself() -> None:
    orders = make_orders(("a", "2023-12-31", "10"), ("a", "2023-11-05", "-3"))
    assert snapshot_dates(orders, date(2024, 3, 30)) == [
        date(2023, 12, 31),
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 30),
    ]
    assert snapshot_dates(orders, date(2024, 2, 29))[-2:] == [date(2024, 1, 31), date(2024, 2, 29)]
    assert snapshot_dates(orders, date(2023, 12, 31)) == [date(2023, 12, 31)]
    assert snapshot_dates(orders, date(2023, 12, 30)) == []


def test_a_snapshot_tells_its_window_and_whether_the_data_fill_it(mapping: pd.DataFrame) -> None:
    orders = make_orders(("a", "2024-01-31", "10"), ("b", "2024-04-10", "10"))
    as_of = date(2024, 4, 10)
    frame = snapshots(orders, history(orders, as_of, 2, mapping), as_of, 2)
    assert frame.to_numpy().tolist() == [
        [date(2024, 1, 31), None, date(2023, 12, 1), True, False, 1, 1],
        [date(2024, 2, 29), date(2024, 1, 31), date(2024, 1, 1), True, True, 1, 1],
        [date(2024, 3, 31), date(2024, 2, 29), date(2024, 2, 1), True, True, 1, 0],
        [date(2024, 4, 10), date(2024, 3, 31), date(2024, 2, 11), False, True, 2, 1],
    ]


def test_who_has_no_purchase_in_the_window_is_lost(mapping: pd.DataFrame) -> None:
    orders = make_orders(
        ("a", "2023-01-10", "10"),
        ("a", "2023-01-11", "20"),
        ("a", "2023-03-05", "-4"),  # in the window, but without a purchase it does not count
        ("b", "2023-03-30", "5"),
        ("b", "2023-03-31", "-8"),
    )
    rows = history(orders, date(2023, 3, 31), 1, mapping)
    last = rows[rows["snapshot_date"] == date(2023, 3, 31)].to_numpy().tolist()
    assert last == [
        ["a", date(2023, 3, 31), 79, 0, Decimal(0), 2, 1, 1, 1, "111", "lost", False],
        ["b", date(2023, 3, 31), 1, 1, Decimal(-3), 1, 1, 1, 1, "111", "lost", True],
    ]
    assert boundaries(rows).query("snapshot_date == @last[0][1]").to_numpy().tolist() == [
        [date(2023, 3, 31), "frequency", 1, Decimal(1), Decimal(1), 1],
        [date(2023, 3, 31), "monetary", 1, Decimal(-3), Decimal(-3), 1],
        [date(2023, 3, 31), "recency_days", 1, Decimal(1), Decimal(1), 1],
    ]


def test_the_window_has_both_its_ends_and_new_means_one_order_ever(mapping: pd.DataFrame) -> None:
    orders = make_orders(
        ("a", "2023-03-01", "10"),  # the first day of the window
        ("b", "2023-03-10", "20"),
        ("c", "2023-03-20", "30"),
        ("d", "2023-03-30", "40"),
        ("e", "2023-01-10", "99"),
        ("e", "2023-03-31", "50"),  # one order in the window, two in all
        ("f", "2023-02-28", "60"),  # the day before the window
    )
    rows = history(orders, date(2023, 3, 31), 1, mapping)
    last = rows[rows["snapshot_date"] == date(2023, 3, 31)]
    columns = ["customer_id", "frequency", "lifetime_orders", "rfm_code", "segment_code"]
    assert last[columns].to_numpy().tolist() == [
        ["a", 1, 1, "111", "lost"],
        ["b", 1, 1, "212", "about_to_sleep"],
        ["c", 1, 1, "313", "needs_attention"],
        ["d", 1, 1, "414", "new"],
        ["e", 1, 2, "515", "potential_loyal"],
        ["f", 0, 1, "111", "lost"],
    ]
    assert last["is_in_window"].tolist() == [True, True, True, True, True, False]


def test_a_history_by_hand(mapping: pd.DataFrame) -> None:
    # January: a and b. February: c buys, a buys again, and a cancelled order of b counts for nothing.
    orders = pd.concat(
        [
            make_orders(
                ("a", "2023-01-10", "50"),
                ("b", "2023-01-20", "30"),
                ("c", "2023-02-10", "30"),
                ("a", "2023-02-15", "50"),
            ),
            make_orders(("b", "2023-02-20", "500"), status=" Cancelled"),
        ],
        ignore_index=True,
    )
    rows = history(orders, date(2023, 2, 15), 24, mapping)
    assert rows.drop(columns=["snapshot_date", "is_in_window"]).to_numpy().tolist() == [
        ["a", 21, 1, Decimal(50), 1, 1, 1, 2, "112", "hibernating"],
        ["b", 11, 1, Decimal(30), 1, 2, 1, 1, "211", "about_to_sleep"],
        ["a", 0, 2, Decimal(100), 2, 3, 2, 2, "322", "needs_attention"],
        ["b", 26, 1, Decimal(30), 1, 1, 1, 1, "111", "lost"],
        ["c", 5, 1, Decimal(30), 1, 2, 1, 1, "211", "about_to_sleep"],
    ]
    frame = transitions(rows, [*SEGMENTS, "prospect"])
    assert len(frame) == 12 * 11
    assert not frame["is_complete"].any()
    moved = frame[frame["customers"] > 0]
    assert moved[["from_segment", "to_segment", "customers", "transition_rate"]].to_numpy().tolist() == [
        ["(new)", "about_to_sleep", 1, 1.0],
        ["about_to_sleep", "lost", 1, 1.0],
        ["hibernating", "needs_attention", 1, 1.0],
    ]
    empty = frame[frame["from_segment"] == "champion"]
    assert empty[["transition_rate", "rate_low", "rate_high"]].isna().all(axis=None)


# --- Cohorts ------------------------------------------------------------------------------------------------


def test_a_cohort_by_hand() -> None:
    orders = make_orders(
        ("a", "2022-12-20", "-5"),  # before the first purchase: month 0
        ("a", "2023-01-10", "10"),
        ("b", "2023-01-11", "20"),
        ("c", "2023-01-12", "0.0001"),
        ("c", "2023-02-10", "-2"),  # a credit note does not make anyone active
        ("b", "2023-03-01", "7"),
        ("b", "2023-03-02", "-1"),
        ("d", "2023-03-03", "1"),
        ("a", "2023-04-01", "99"),  # after as_of
    )
    frame = cohorts(orders, date(2023, 3, 15))
    shown = frame.drop(columns=["retention_low", "retention_high"]).to_numpy().tolist()
    january, march = date(2023, 1, 1), date(2023, 3, 1)
    full = [Decimal("25.0001"), Decimal("25.0001"), Decimal("8.3334"), True]  # 8.33336...
    silent = [Decimal(-2), Decimal("23.0001"), Decimal("7.6667"), True]
    last = [Decimal(6), Decimal("29.0001"), Decimal("9.6667"), False]
    assert shown == [
        [january, 0, 3, 3, 1.0, *full],
        [january, 1, 3, 0, 0.0, *silent],  # an observed zero; February has no cohort of its own
        [january, 2, 3, 1, 1 / 3, *last],  # months not yet observed have no row
        [march, 0, 1, 1, 1.0, Decimal(1), Decimal(1), Decimal(1), False],
    ]


def test_the_last_month_is_complete_when_as_of_is_its_end() -> None:
    orders = make_orders(("a", "2024-01-10", "10"))
    assert cohorts(orders, date(2024, 2, 29))["is_complete"].tolist() == [True, True]
    assert cohorts(orders, date(2024, 2, 28))["is_complete"].tolist() == [True, False]


def test_a_negative_revenue_per_customer_rounds_away_from_zero() -> None:
    orders = make_orders(
        ("a", "2024-01-10", "0.0001"), ("b", "2024-01-10", "0.0001"), ("b", "2024-01-10", "-5.0001")
    )
    frame = cohorts(orders, date(2024, 1, 10))
    assert frame["cumulative_net_revenue"].tolist() == [Decimal("-4.9999")]
    assert frame["cumulative_revenue_per_customer"].tolist() == [Decimal("-2.5000")]  # -2.49995


# --- Intervals and identity ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [  # Newcombe (1998), Statistics in Medicine 17, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_against_published_values(
    successes: int, trials: int, low: float, high: float
) -> None:
    assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_wilson_interval_at_its_ends_and_in_the_middle() -> None:
    z_squared = 1.959963984540054**2
    assert wilson_interval(0, 10) == (0.0, pytest.approx(z_squared / (10 + z_squared), rel=1e-14))
    assert wilson_interval(10, 10) == (pytest.approx(10 / (10 + z_squared), rel=1e-14), 1.0)
    # Half of the trials: the interval is 1/2 plus and minus z / (2 sqrt(n + z^2)).
    half_width = z_squared**0.5 / (2 * (10 + z_squared) ** 0.5)
    assert wilson_interval(5, 10) == pytest.approx((0.5 - half_width, 0.5 + half_width), rel=1e-14)


def test_components_follow_chains_and_keep_lone_records() -> None:
    links = [("a", "b"), ("c", "d"), ("b", "c"), ("e", "f"), ("g", "g")]
    assert components(links) == {frozenset("abcd"), frozenset("ef"), frozenset("g")}
    assert components([]) == set()


# --- Laws on drawn order sets -------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(
    own_strategies.order_sets(),
    own_strategies.as_of_dates(),
    st.sampled_from([1, 6, 24]),
    st.sampled_from(["together", "ntile", "rank"]),
)
def test_conservation_laws(
    mapping: pd.DataFrame, rows: list[own_strategies.Row], as_of: date | None, months: int, ties: str
) -> None:
    orders = classify(orders_from_rows(rows), KNOWN)
    as_of = as_of or latest_purchase_date(orders)
    told = history(orders, as_of, months, mapping, ties)
    dates = snapshot_dates(orders, as_of)
    per_date = snapshots(orders, told, as_of, months).set_index("snapshot_date")
    assert per_date.index.tolist() == dates
    assert per_date["customers"].is_monotonic_increasing

    per_metric = boundaries(told).groupby(["snapshot_date", "metric"])["customers"].sum()
    for (snapshot, _), customers in per_metric.items():
        assert customers == per_date.loc[snapshot, "customers_in_window"]

    moves = transitions(told, SEGMENTS)
    assert len(moves) == 12 * 11 * max(0, len(dates) - 1)
    for snapshot, cells in moves.groupby("snapshot_date"):
        previous = cells["previous_snapshot_date"].iloc[0]
        known = cells[cells["from_segment"] != "(new)"]
        for frame, when, column in ((known, previous, "from_segment"), (cells, snapshot, "to_segment")):
            population = told.loc[told["snapshot_date"] == when, "segment_code"].value_counts()
            sums = frame.groupby(column)["customers"].sum()
            assert sums[sums > 0].to_dict() == population.to_dict()

    grid = cohorts(orders, as_of)
    first_months = grid[grid["months_since_first_order"] == 0]
    assert (first_months["active_customers"] == first_months["cohort_size"]).all()
    facts = customer_order_facts(orders, as_of)
    buyers = facts[facts["lifetime_orders"] > 0]
    assert sum(grid["net_revenue"]) == sum(buyers["lifetime_net_revenue"])
    assert sum(first_months["cohort_size"]) == len(buyers)
    if dates:
        latest = told[told["snapshot_date"] == dates[-1]]
        assert latest["customer_id"].tolist() == buyers["customer_id"].tolist()
        assert latest["lifetime_orders"].tolist() == buyers["lifetime_orders"].tolist()


@settings(deadline=None, max_examples=25)
@given(own_strategies.order_sets(with_currencies=True, with_guests=True), own_strategies.exchange_rates())
def test_drawn_rows_are_valid_and_survive_a_csv(
    tmp_path_factory: pytest.TempPathFactory, rows: list[own_strategies.Row], rates: own_strategies.Rates
) -> None:
    path = tmp_path_factory.getbasetemp() / "webshop" / "orders.csv"
    own_strategies.write_rows(path, rows)
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == rows
    orders = orders_from_rows(rows, rates=rates)
    assert orders["order_id"].is_unique
    for order in orders.to_dict("records"):
        assert order["total_amount"] >= 0 or not order["refunded_amount"]
        assert order["account_id"] or order["email"]
