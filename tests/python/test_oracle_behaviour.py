"""The oracle of sessions and touches against hand-worked numbers."""

from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from oracle_behaviour import customer_journeys, session_customers, skipped_devices, touchpoints
from oracle_samples import answer, contact, make_orders, session, shown

# --- Whose session ------------------------------------------------------------------------------------------


def test_a_session_is_its_accounts_else_its_emails_else_its_devices() -> None:
    sessions = [
        {"session_id": "s1", "account_id": "a1", "email": None, "anonymous_id": "phone"},
        {"session_id": "s2", "account_id": None, "email": None, "anonymous_id": "phone"},
        {"session_id": "s3", "account_id": None, "email": "both@post.example", "anonymous_id": "phone"},
        {"session_id": "s4", "account_id": "a1", "email": "bo@post.example", "anonymous_id": None},
        {"session_id": "s5", "account_id": None, "email": "bo@post.example", "anonymous_id": None},
        {"session_id": "s6", "account_id": None, "email": None, "anonymous_id": "unseen"},
        {"session_id": "s7", "account_id": None, "email": None, "anonymous_id": None},
    ]
    # Two customers have both@post.example, so it is not in the mapping: s3 is known by its device.
    customers = session_customers(sessions, {"a1": "ann"}, {"bo@post.example": "bo"})
    assert customers == {
        "s1": "ann",
        "s2": "ann",
        "s3": "ann",
        "s4": "ann",
        "s5": "bo",
        "s6": None,
        "s7": None,
    }


def test_anonymous_visits_of_a_device_that_two_customers_share_are_nobodys() -> None:
    sessions = [
        {"session_id": "s1", "account_id": "a1", "anonymous_id": "tablet"},
        {"session_id": "s2", "email": "bo@post.example", "anonymous_id": "tablet"},
        {"session_id": "s3", "anonymous_id": "tablet"},
    ]
    known = {"bo@post.example": "bo"}
    assert session_customers(sessions, {"a1": "ann"}, known) == {"s1": "ann", "s2": "bo", "s3": None}
    # the account and the email of one customer are no two customers
    assert session_customers(sessions, {"a1": "bo"}, known) == {"s1": "bo", "s2": "bo", "s3": "bo"}


def test_a_device_with_too_many_sessions_tells_nothing_whoevers_they_are() -> None:
    sessions = pd.DataFrame(
        [
            {"session_id": "s1", "account_id": "a1", "anonymous_id": "kiosk"},
            {"session_id": "s2", "account_id": "a1", "anonymous_id": "kiosk"},
            {"session_id": "s3", "account_id": None, "anonymous_id": "kiosk"},
            {"session_id": "s4", "account_id": None, "anonymous_id": None},
        ]
    )
    cut = session_customers(sessions, {"a1": "ann"}, {}, max_sessions_per_device=2)
    assert cut == {"s1": "ann", "s2": "ann", "s3": None, "s4": None}
    assert skipped_devices(sessions, 2) == ["kiosk"]
    # three sessions are not more than three
    assert session_customers(sessions, {"a1": "ann"}, {}, max_sessions_per_device=3)["s3"] == "ann"
    assert skipped_devices(sessions, 3) == []


# --- Touchpoints and journeys -------------------------------------------------------------------------------


def test_touchpoints_stop_at_as_of_and_at_later_moments_of_earlier_rows() -> None:
    orders = make_orders(
        ("ann", "2024-03-15T10:00:00Z", "50"),
        ("ann", "2024-03-15T11:00:00Z", "-20"),  # a credit note is no touch
        ("ann", "2024-03-16T10:00:00Z", "70"),  # after as_of
    ).assign(sales_channel="web")
    contacts = [
        contact(
            "k1",
            "ann",
            datetime(2024, 3, 1, 10),
            channel="email",
            opened_at=datetime(2024, 3, 2, 10),
            clicked_at=datetime(2024, 3, 16, 10),  # after as_of: not clicked
        ),
        contact(  # held out: nothing was sent, yet it was opened
            "k2", "bo", datetime(2024, 3, 3), channel="sms", is_control=True, opened_at=datetime(2024, 3, 4)
        ),
        # a contact of after as_of does not exist, whatever its other dates
        contact("k3", "bo", datetime(2024, 3, 16), unsubscribed_at=datetime(2024, 3, 10)),
        contact("k4", "bo", datetime(2024, 3, 5), unsubscribed_at=datetime(2024, 3, 6)),
    ]
    tickets = [
        {
            "ticket_id": "t1",
            "customer_id": "ann",
            "created_at": datetime(2024, 3, 10, 9),
            "channel": "phone",
            "resolved_at": datetime(2024, 3, 20),  # still open as of as_of; a resolution is no touch anyway
        },
        {"ticket_id": "t2", "customer_id": "ann", "created_at": datetime(2024, 3, 17), "channel": "chat"},
    ]
    answers = [
        answer("r1", "ann", datetime(2024, 3, 15, 22, 59)),  # 23:59 in Amsterdam
        answer("r2", "ann", datetime(2024, 3, 15, 23, 0)),  # midnight: 16 March
    ]
    visits = [session("s1", None, datetime(2024, 3, 9, 23, 30), traffic_channel="seo")]  # 10 March, 00:30
    touches = touchpoints(orders, visits, contacts, tickets, answers, date(2024, 3, 15))
    assert shown(touches, "touchpoint_id", "kind", "customer_id", "touch_date", "channel", "net_amount") == [
        ["campaign_sent:k1", "campaign_sent", "ann", date(2024, 3, 1), "email", None],
        ["campaign_opened:k1", "campaign_opened", "ann", date(2024, 3, 2), "email", None],
        ["campaign_opened:k2", "campaign_opened", "bo", date(2024, 3, 4), "sms", None],
        ["campaign_sent:k4", "campaign_sent", "bo", date(2024, 3, 5), None, None],
        ["unsubscribed:k4", "unsubscribed", "bo", date(2024, 3, 6), None, None],
        ["session:s1", "session", None, date(2024, 3, 10), "seo", None],
        ["ticket:t1", "ticket", "ann", date(2024, 3, 10), "phone", None],
        ["purchase:o1", "purchase", "ann", date(2024, 3, 15), "web", Decimal(50)],
        ["survey_answer:r1", "survey_answer", "ann", date(2024, 3, 15), None, None],
    ]
    assert touches["occurred_at"].tolist()[-2:] == [
        datetime(2024, 3, 15, 10),
        datetime(2024, 3, 15, 22, 59),
    ]


def test_without_any_purchase_no_touch_is_cut_off_and_absent_tables_have_none() -> None:
    visits = [session("s1", "ann", datetime(2030, 1, 1))]
    touches = touchpoints(make_orders(("ann", "2024-01-01", "0")), visits, None, None, None, None)
    assert touches["touchpoint_id"].tolist() == ["session:s1"]


def test_a_journey_runs_from_the_first_visit_to_the_first_purchase_and_on() -> None:
    orders = make_orders(
        ("ann", "2024-01-05T09:00:00Z", "50"),
        ("ann", "2024-02-05T09:00:00Z", "60"),
        ("dan", "2024-01-08", "10"),
    ).assign(sales_channel=["web", "web", None])
    visits = [
        session("s1", "ann", datetime(2024, 1, 1, 23, 30), traffic_channel="seo"),  # 2 January, 00:30
        session("s2", "ann", datetime(2024, 1, 5, 9)),  # at the moment of the purchase: not before it
        session("s3", "ann", datetime(2024, 2, 5, 9)),  # at the moment of the last one: later by its id
        session("s4", "bo", datetime(2024, 1, 3)),
        session("s5", None, datetime(2024, 1, 3)),
    ]
    contacts = [
        contact("k1", "ann", datetime(2023, 12, 1), channel="email"),  # sent only: no touch
        contact("k2", "cas", datetime(2024, 1, 1), channel="email"),
        contact("k3", "bo", datetime(2024, 1, 1), unsubscribed_at=datetime(2024, 1, 4)),
    ]
    touches = touchpoints(orders, visits, contacts, None, None, date(2024, 2, 5))
    journeys = customer_journeys(touches)
    first = ("customer_id", "first_touch_at", "first_touch_kind", "first_touch_channel")
    assert shown(journeys, *first) == [
        ["ann", datetime(2024, 1, 1, 23, 30), "session", "seo"],
        ["bo", datetime(2024, 1, 3), "session", None],
        ["dan", datetime(2024, 1, 7, 23), "purchase", None],  # midnight of 8 January in Amsterdam
    ]
    assert shown(journeys, "last_touch_at", "last_touch_kind", "touches") == [
        [datetime(2024, 2, 5, 9), "session", 5],
        [datetime(2024, 1, 4), "unsubscribed", 2],
        [datetime(2024, 1, 7, 23), "purchase", 1],
    ]
    assert shown(journeys, "touches_before_first_purchase", "days_to_first_purchase") == [
        [1, 3],  # 2 to 5 January
        [None, None],
        [0, 0],
    ]


@pytest.mark.parametrize(
    ("contacts", "preferred"),
    [  # channel, day opened, day clicked (0: not); as of the 20th
        ([("email", 1, 0), ("email", 2, 0), ("sms", 0, 3)], "sms"),  # a click beats two opens
        ([("email", 0, 2), ("sms", 1, 1)], "sms"),  # one click each, sms has an open
        ([("email", 1, 2), ("sms", 1, 3)], "sms"),  # the same counts, sms was the later
        ([("email", 4, 2), ("sms", 1, 3)], "email"),  # an open is a moment too
        ([("sms", 1, 2), ("email", 1, 2)], "email"),  # all the same: by name
        ([("email", 1, 0), (None, 2, 3), (None, 2, 4)], "email"),  # without a channel: left out
        ([("email", 1, 21), ("sms", 1, 2)], "sms"),  # a click after as_of is none
        ([("email", 0, 0), ("sms", 0, 21)], None),
    ],
)
def test_the_preferred_contact_channel(
    contacts: list[tuple[str | None, int, int]], preferred: str | None
) -> None:
    rows = [
        contact(
            f"k{number}",
            "ann",
            datetime(2023, 12, 1),
            channel=channel,
            opened_at=datetime(2024, 1, opened) if opened else None,
            clicked_at=datetime(2024, 1, clicked) if clicked else None,
        )
        for number, (channel, opened, clicked) in enumerate(contacts)
    ]
    orders = make_orders(("ann", "2024-01-20", "10"))
    touches = touchpoints(orders, None, rows, None, None, date(2024, 1, 20))
    assert customer_journeys(touches)["preferred_contact_channel"].tolist() == [preferred]
