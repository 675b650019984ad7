"""The oracle of profiles of segments, and of what customer_360 gains, against hand-worked numbers."""

from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from oracle_samples import make_orders, shown
from oracle_segment_profiles import devices, gained_columns, segment_profiles, top_categories

AS_OF = date(2024, 1, 31)


def visit(key: str, customer: str | None, day: int, device: str | None) -> dict[str, Any]:
    return {
        "session_id": key,
        "customer_id": customer,
        "started_at": datetime(2024, 1, day, 12),
        "device": device,
    }


def snapshot(day: date, **segments: str) -> list[tuple[date, str, str]]:
    return [(day, customer, segment) for customer, segment in segments.items()]


def history_rows(cells: list[tuple[date, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(cells, columns=["snapshot_date", "customer_id", "segment_code"])


# --- Attributes ---------------------------------------------------------------------------------------------


def test_the_device_of_most_sessions_that_have_one() -> None:
    sessions = [
        visit("s1", "ann", 1, "mobile"),
        visit("s2", "ann", 2, "mobile"),
        visit("s3", "ann", 9, "desktop"),
        *(visit(f"n{i}", "ann", 10, None) for i in range(3)),
        # bo: one each, the desktop used last
        visit("s4", "bo", 1, "mobile"),
        visit("s5", "bo", 2, "desktop"),
        # cas: one each at the same moment
        visit("s6", "cas", 1, "tablet"),
        visit("s7", "cas", 1, "mobile"),
        visit("s8", None, 1, "mobile"),
        visit("s9", "dan", 1, None),
        # eva: as of January it is the mobile
        visit("t1", "eva", 1, "mobile"),
        {**visit("t2", "eva", 1, "tablet"), "started_at": datetime(2024, 1, 31, 23)},
    ]
    found = devices(sessions, AS_OF)
    assert found == {"ann": "mobile", "bo": "desktop", "cas": "mobile", "eva": "mobile"}
    assert devices(sessions, None)["eva"] == "tablet"


def test_the_category_of_most_that_was_bought_and_kept() -> None:
    orders = make_orders(
        ("ann", "2024-01-10", "10"),  # o1
        ("ann", "2024-01-11", "-5"),  # o2, a credit note
        ("bo", "2024-01-12", "10"),  # o3
        ("cas", "2024-01-12", "10"),  # o4
        ("ann", "2024-02-01", "10"),  # o5, after as_of
    )
    products = [
        {"product_id": "p1", "category": "shoes"},
        {"product_id": "p2", "category": "bags"},
        {"product_id": "p3", "category": None},
    ]
    lines = [
        {"order_id": order, "product_id": product, "quantity": quantity, "returned_quantity": returned}
        for order, product, quantity, returned in (
            ("o1", "p1", 3, 2),
            ("o1", "p2", 2, None),
            ("o1", "p3", 99, 0),
            ("o1", "p9", 99, 0),
            ("o2", "p1", 9, 0),
            ("o5", "p1", 9, 0),
            ("o3", "p1", 1, 0),
            ("o3", "p2", 1, 0),
            ("o4", "p1", 1, 1),
            ("o4", "p2", -1, 0),
        )
    ]
    # ann: shoes 1, bags 2; bo: one each, by name; cas: nothing above 0
    assert top_categories(orders, lines, products, AS_OF) == {"ann": "bags", "bo": "bags"}
    assert top_categories(orders, None, products, AS_OF) is None
    assert top_categories(orders, lines, None, AS_OF) is None


def test_what_customer_360_gains() -> None:
    tickets = [
        {"ticket_id": "t1", "customer_id": "ann", "created_at": datetime(2024, 1, 5)},
        {
            "ticket_id": "t2",
            "customer_id": "ann",
            "created_at": datetime(2024, 1, 5),
            "resolved_at": datetime(2024, 2, 1),  # afterwards: still open
        },
        {"ticket_id": "t3", "customer_id": "ann", "created_at": datetime(2024, 2, 1)},
        {
            "ticket_id": "t4",
            "customer_id": "bo",
            "created_at": datetime(2024, 1, 5),
            "status": "Solved",
            "updated_at": datetime(2024, 1, 6),
        },
    ]
    answers = [
        {
            "response_id": "r1",
            "customer_id": "bo",
            "survey_type": "nps",
            "score": 9,
            "responded_at": datetime(2024, 1, 9),
        }
    ]
    sessions = [visit("s1", "ann", 1, "mobile")]
    found = gained_columns(["ann", "bo", "cas"], tickets, answers, sessions, ("solved",), AS_OF)
    assert shown(found) == [
        ["ann", 2, None, "mobile"],
        ["bo", 0, "promoter", None],
        ["cas", 0, None, None],
    ]
    assert shown(gained_columns(["ann"], None, None, None, (), AS_OF)) == [["ann", None, None, None]]


# --- Profiles -----------------------------------------------------------------------------------------------


def test_a_share_within_the_segment_against_that_of_all() -> None:
    rows = segment_profiles(
        history_rows(
            [
                *snapshot(date(2023, 12, 31), ann="new", bo="new"),
                *snapshot(AS_OF, ann="loyal", bo="loyal", cas="new", dan="new"),
            ]
        ),
        {
            "gender": {"ann": "f", "bo": None, "cas": "f", "dan": "m", "prospect": "m"},
            "device": None,  # without sessions: no rows
        },
    )
    assert shown(rows) == [
        ["loyal", "gender", "(unknown)", 1, 0.5, 0.25, 200.0],
        ["loyal", "gender", "f", 1, 0.5, 0.5, 100.0],
        ["new", "gender", "f", 1, 0.5, 0.5, 100.0],
        ["new", "gender", "m", 1, 0.5, 0.25, 200.0],
    ]


def test_shares_add_up_and_the_index_is_100_on_average() -> None:
    customers = [f"c{number}" for number in range(30)]
    segments = {name: ("loyal", "new", "lost")[i * i % 7 % 3] for i, name in enumerate(customers)}
    values = {name: (None, "web", "app")[i % 3] for i, name in enumerate(customers)}
    history = history_rows(snapshot(AS_OF, **segments))
    rows = segment_profiles(history, {"preferred_sales_channel": values, "gender": {}})
    for _, profile in rows.groupby(["segment_code", "attribute_name"]):
        assert profile["segment_share"].sum() == pytest.approx(1)
    assert rows.groupby("attribute_name")["customers"].sum().tolist() == [30, 30]
    # weighted by the overall shares of the values, and by the sizes of the segments
    sizes = pd.Series(segments).value_counts()
    for _, same in rows.groupby(["attribute_name", "attribute_value"]):
        weighted = same["share_index"] * same["segment_code"].map(sizes) / 30
        assert weighted.sum() == pytest.approx(100)


def test_without_any_purchase_there_are_no_profiles() -> None:
    assert segment_profiles(history_rows([]), {"gender": {"ann": "f"}}).empty
