"""The oracle of service against hand-worked numbers."""

from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from oracle_events import SegmentsOfEvents
from oracle_samples import make_orders, shown
from oracle_service import open_tickets, service_by_segment, service_impact, service_performance

CLOSED = ("closed", "solved", "gesloten")
JANUARY, FEBRUARY, MARCH = (date(2024, month, 1) for month in (1, 2, 3))


def ticket(key: str, customer: str | None, created_at: datetime, **columns: Any) -> dict[str, Any]:
    return {"ticket_id": key, "customer_id": customer, "created_at": created_at, **columns}


def history_rows(*cells: tuple[date, str, str]) -> pd.DataFrame:
    return pd.DataFrame(cells, columns=["snapshot_date", "customer_id", "segment_code"])


# --- Performance --------------------------------------------------------------------------------------------


def test_times_count_from_the_creation_even_when_the_answer_came_before_it() -> None:
    tickets = [
        ticket("t1", "ann", datetime(2024, 1, 10, 9), first_responded_at=datetime(2024, 1, 10, 8, 30)),
        ticket(
            "t2",
            "ann",
            datetime(2024, 1, 20, 9),
            first_responded_at=datetime(2024, 1, 20, 10),
            resolved_at=datetime(2024, 1, 21, 9),
        ),
        ticket("t3", "bo", datetime(2024, 1, 21, 9), resolved_at=datetime(2024, 1, 21, 21)),
        ticket("t4", None, datetime(2024, 1, 22, 9)),
    ]
    rows = service_performance(tickets, CLOSED, date(2024, 1, 31))
    assert shown(rows, "month", "channel", "category", "tickets", "customers") == [
        [JANUARY, "(unknown)", "(unknown)", 4, 2]
    ]
    # minutes -30 and 60: median 15, 90% of the way from -30 to 60 is 51; hours 24 and 12
    assert shown(rows, "first_response_minutes_median", "first_response_minutes_p90") == [[15.0, 51.0]]
    assert shown(rows, "resolution_hours_median", "resolution_hours_p90") == [[18.0, pytest.approx(22.8)]]
    assert shown(rows, "unanswered", "unresolved", "backlog") == [[2, 2, 2]]


def test_what_happened_after_as_of_has_not_happened() -> None:
    tickets = [
        ticket(
            "t1",
            "ann",
            datetime(2024, 1, 10, 9),
            first_responded_at=datetime(2024, 1, 31, 23, 30),  # 1 February, 00:30
            resolved_at=datetime(2024, 2, 1),
            status="closed",  # with a resolved_at the status is not asked
            updated_at=datetime(2024, 1, 11),
            reopened_count=2,  # as told now
        ),
        ticket("t2", "ann", datetime(2024, 1, 31, 23, 0)),  # midnight
    ]
    rows = service_performance(tickets, CLOSED, date(2024, 1, 31))
    assert shown(rows, "tickets", "unanswered", "unresolved", "backlog", "reopened") == [[1, 1, 1, 1, 1]]


def test_every_combination_has_every_month_also_those_without_tickets() -> None:
    tickets = [
        ticket("t1", "ann", datetime(2024, 1, 31, 22, 59), channel="phone", category="parcel"),
        # midnight in Amsterdam: February; resolved in the last minute of that month
        ticket(
            "t2", "ann", datetime(2024, 1, 31, 23), channel="chat", resolved_at=datetime(2024, 2, 29, 22, 59)
        ),
        # resolved in the first minute of March
        ticket("t3", "bo", datetime(2024, 1, 31, 23), channel="chat", resolved_at=datetime(2024, 2, 29, 23)),
    ]
    rows = service_performance(tickets, CLOSED, date(2024, 3, 15))
    assert shown(rows, "month", "channel", "category", "tickets", "unresolved", "backlog") == [
        [JANUARY, "chat", "(unknown)", 0, 0, 0],
        [JANUARY, "phone", "parcel", 1, 1, 1],
        [FEBRUARY, "chat", "(unknown)", 2, 0, 1],
        [FEBRUARY, "phone", "parcel", 0, 0, 1],
        [MARCH, "chat", "(unknown)", 0, 0, 0],
        [MARCH, "phone", "parcel", 0, 0, 1],
    ]
    assert rows["resolution_hours_median"].isna().tolist() == [True, True, False, True, True, True]


@pytest.mark.parametrize(
    ("columns", "is_open"),
    [
        ({"status": "Closed", "updated_at": datetime(2024, 1, 20)}, False),
        ({"status": "GESLOTEN", "updated_at": datetime(2024, 1, 20)}, False),
        ({"status": "closed"}, True),  # without updated_at
        ({"status": "closed", "updated_at": datetime(2024, 2, 1)}, True),  # after as_of
        ({"status": "pending", "updated_at": datetime(2024, 1, 20)}, True),
        ({"status": None, "updated_at": datetime(2024, 1, 20)}, True),
        ({"status": "open", "resolved_at": datetime(2024, 1, 20)}, False),
        ({"resolved_at": datetime(2024, 1, 31, 22, 59)}, False),
    ],
)
def test_a_closed_ticket_without_a_moment_was_resolved_when_it_changed_last(
    columns: dict[str, Any], is_open: bool
) -> None:
    tickets = [ticket("t1", "ann", datetime(2024, 1, 19), **columns)]
    as_of = date(2024, 1, 31)
    assert open_tickets(tickets, CLOSED, as_of)["ann"] == is_open
    rows = service_performance(tickets, CLOSED, as_of)
    assert shown(rows, "unresolved", "backlog") == [[is_open, is_open]]
    if columns.get("status") in ("Closed", "GESLOTEN"):
        assert rows["resolution_hours_median"].tolist() == [24.0]


def test_a_customer_who_comes_back_within_seven_times_24_hours() -> None:
    tickets = [
        ticket("t1", "ann", datetime(2024, 3, 25, 12), channel="phone"),
        # to the second, though clocks went forward on the 31st; another channel
        ticket("t2", "ann", datetime(2024, 4, 1, 12), channel="chat"),
        ticket("t3", "ann", datetime(2024, 4, 8, 12, 0, 1), channel="chat"),  # a second too late
        ticket("t5", "bo", datetime(2024, 4, 2), channel="chat"),
        ticket("t4", "bo", datetime(2024, 4, 2), channel="phone"),  # the same moment: t5 is the later
        ticket("t6", None, datetime(2024, 4, 2), channel="phone"),
        ticket("t7", None, datetime(2024, 4, 2), channel="phone"),  # of nobody: of no customer again
    ]
    rows = service_performance(tickets, CLOSED, date(2024, 4, 30))
    assert shown(rows, "month", "channel", "tickets", "repeat_contacts") == [
        [MARCH, "chat", 0, 0],
        [MARCH, "phone", 1, 0],
        [date(2024, 4, 1), "chat", 3, 2],  # t2 and t5
        [date(2024, 4, 1), "phone", 3, 0],
    ]


def test_a_repeat_is_counted_in_its_own_month() -> None:
    tickets = [ticket("t1", "ann", datetime(2024, 1, 31, 12)), ticket("t2", "ann", datetime(2024, 2, 2, 12))]
    rows = service_performance(tickets, CLOSED, date(2024, 2, 29))
    assert shown(rows, "month", "repeat_contacts") == [[JANUARY, 0], [FEBRUARY, 1]]


def test_without_tickets_or_without_any_purchase_there_is_no_service() -> None:
    orders = make_orders(("ann", "2024-01-01", "10"))
    later = [ticket("t1", "ann", datetime(2024, 2, 1))]
    for tickets, as_of in ((None, date(2024, 1, 31)), (later, date(2024, 1, 31)), (later, None)):
        assert service_performance(tickets, CLOSED, as_of).empty
        assert service_by_segment(orders, tickets, history_rows(), as_of).empty
        assert service_impact(orders, tickets, None, as_of).empty


# --- Segments -----------------------------------------------------------------------------------------------


def test_the_segment_of_an_event_is_that_of_the_latest_snapshot_before_its_day() -> None:
    orders = make_orders(("ann", "2024-01-10", "10"), ("bo", "2024-02-10", "10"))
    rows = history_rows(
        (date(2024, 1, 31), "ann", "new"),
        (date(2024, 2, 29), "ann", "loyal"),
        (date(2024, 2, 29), "bo", "new"),
        (date(2024, 3, 5), "ann", "champion"),
        (date(2024, 3, 5), "bo", "loyal"),
    )
    segments = SegmentsOfEvents(orders, rows, date(2024, 3, 5))
    assert segments.of("ann", date(2024, 1, 10)) == "prospect"  # on the day of the first purchase
    assert segments.of("ann", date(2024, 1, 11)) == "(new)"
    assert segments.of("ann", date(2024, 1, 31)) == "(new)"  # on the day of the snapshot
    assert segments.of("ann", date(2024, 2, 1)) == "new"
    assert segments.of("ann", date(2024, 2, 29)) == "new"
    assert segments.of("bo", date(2024, 2, 10)) == "prospect"
    assert segments.of("bo", date(2024, 2, 11)) == "(new)"
    assert segments.of("ann", date(2024, 3, 5)) == "loyal"  # that of as_of itself is never before it
    assert segments.of("cas", date(2024, 3, 5)) == "prospect"
    assert segments.of(None, date(2024, 3, 5)) is None


def test_tickets_per_hundred_customers_of_a_segment() -> None:
    orders = make_orders(("ann", "2024-01-10", "10"), ("bo", "2024-01-11", "10"), ("cas", "2024-02-05", "10"))
    rows = history_rows(
        (date(2024, 1, 31), "ann", "new"),
        (date(2024, 1, 31), "bo", "new"),
        (date(2024, 2, 29), "ann", "loyal"),
        (date(2024, 2, 29), "bo", "new"),
        (date(2024, 2, 29), "cas", "new"),
    )
    tickets = [
        ticket("t1", "ann", datetime(2024, 1, 20)),  # (new): no snapshot is before January
        ticket("t2", "ann", datetime(2024, 2, 10)),
        ticket("t3", "ann", datetime(2024, 2, 11)),
        ticket("t4", "bo", datetime(2024, 2, 12)),
        ticket("t5", "cas", datetime(2024, 2, 4)),  # the day before the first purchase
        ticket("t6", "cas", datetime(2024, 2, 20)),
        ticket("t7", None, datetime(2024, 2, 20)),
    ]
    found = service_by_segment(orders, tickets, rows, date(2024, 3, 10))
    assert shown(found.astype(object).where(found.notna(), None)) == [
        [JANUARY, "(new)", 1, 1, 0, None],
        [FEBRUARY, "(new)", 1, 1, 0, None],
        [FEBRUARY, "(unknown)", 1, 0, 0, None],
        [FEBRUARY, "new", 3, 2, 2, 150.0],
        [FEBRUARY, "prospect", 1, 1, 0, None],
        [MARCH, "loyal", 0, 0, 1, 0.0],
        [MARCH, "new", 0, 0, 2, 0.0],
    ]


# --- Impact -------------------------------------------------------------------------------------------------


def test_the_first_experience_that_holds_and_who_bought_in_the_90_days_after_the_month() -> None:
    orders = make_orders(
        ("ann", "2023-12-31", "10"),
        ("ann", "2024-02-01", "10"),  # the first of the 90 days after January
        ("bo", "2023-12-01", "10"),
        ("bo", "2024-04-30", "10"),  # the 90th: 29 + 31 + 30
        ("cas", "2023-12-01", "10"),
        ("cas", "2024-05-01", "10"),  # too late
        ("dan", "2023-12-01", "10"),
        ("dan", "2024-01-31", "10"),  # in the month itself
        ("eva", "2024-01-01", "10"),  # nothing before January
    )
    tickets = [
        ticket("t1", "ann", datetime(2024, 1, 5), reopened_count=1),
        ticket("t2", "bo", datetime(2024, 1, 5), reopened_count=0),
        ticket("t3", "cas", datetime(2024, 1, 5)),
        ticket("t4", "eva", datetime(2024, 1, 5), reopened_count=3),
        ticket("t5", None, datetime(2024, 1, 5), reopened_count=3),
    ]
    answers = [
        {"customer_id": customer, "survey_type": kind, "score": score, "responded_at": datetime(2024, 1, day)}
        for customer, kind, score, day in (
            ("ann", "nps", 0, 6),  # reopened goes before detractor
            ("bo", "nps", 6, 7),  # detractor goes before ticket
            ("bo", "nps", 10, 8),
            ("cas", "nps", 7, 7),
            ("cas", "csat", 1, 7),
        )
    ]
    rows = service_impact(orders, tickets, answers, date(2024, 4, 30))
    assert shown(rows, "month", "experience", "customers", "bought_90_days", "is_complete")[:4] == [
        [JANUARY, "reopened", 1, 1, True],
        [JANUARY, "detractor", 1, 1, True],
        [JANUARY, "ticket", 1, 0, True],
        [JANUARY, "none", 1, 0, True],
    ]
    # before February all five have bought; in the 90 days after it only bo does, cas's order is after as_of
    assert shown(rows, "month", "experience", "customers", "bought_90_days", "is_complete")[4:8] == [
        [FEBRUARY, "reopened", 0, 0, False],
        [FEBRUARY, "detractor", 0, 0, False],
        [FEBRUARY, "ticket", 0, 0, False],
        [FEBRUARY, "none", 5, 1, False],
    ]
    assert len(rows) == 4 * 4
    assert rows["buyer_rate"].isna().tolist()[4:8] == [True, True, True, False]
    # Wilson of 1 / 1: 1 / (1 + 1.96 squared) = 0.2065
    assert shown(rows, "buyer_rate", "rate_low", "rate_high")[0] == [
        1.0,
        pytest.approx(0.2065, abs=5e-5),
        1.0,
    ]
    assert not service_impact(orders, tickets, answers, date(2024, 4, 29))["is_complete"].any()


def test_without_answers_there_are_no_detractors_but_the_row_stays() -> None:
    orders = make_orders(("ann", "2023-12-31", "10"))
    rows = service_impact(orders, [ticket("t1", "ann", datetime(2024, 1, 5))], None, date(2024, 1, 31))
    assert shown(rows, "experience", "customers") == [
        ["reopened", 0],
        ["detractor", 0],
        ["ticket", 1],
        ["none", 0],
    ]
