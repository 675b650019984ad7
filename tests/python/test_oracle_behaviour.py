"""The oracle of sessions, touches and engagement against hand-worked numbers."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oracle_behaviour import customer_journeys, session_customers, skipped_devices, touchpoints
from oracle_engagement import (
    band_of,
    customer_engagement,
    customer_engagement_history,
    engagement_score_boundaries,
)
from oracle_samples import make_orders, shown

SEEDS = Path(__file__).parents[2] / "seeds"
WEIGHTS = {
    "session": Decimal(1),
    "page_view": Decimal("0.1"),
    "product_view": Decimal("0.5"),
    "search": Decimal("0.5"),
    "campaign_opened": Decimal("0.5"),
    "campaign_clicked": Decimal(2),
    "survey_answer": Decimal(2),
}
BANDS = pd.DataFrame(
    [
        (40, "passive", 1, 5, 1, 5, 1, 5),
        (30, "fading", 2, 3, 1, 5, 3, 5),
        (10, "active", 4, 5, 1, 5, 4, 5),
        (20, "curious", 4, 5, 1, 5, 1, 3),
    ],
    columns=["priority", "band_code", "r_min", "r_max", "f_min", "f_max", "e_min", "e_max"],
)


@pytest.fixture(scope="module")
def mapping() -> pd.DataFrame:
    return pd.read_csv(SEEDS / "segment_mapping.csv")


def session(key: str, customer: str | None, started_at: datetime, **columns: Any) -> dict[str, Any]:
    return {"session_id": key, "customer_id": customer, "started_at": started_at, **columns}


def contact(key: str, customer: str, sent_at: datetime, **columns: Any) -> dict[str, Any]:
    return {"contact_id": key, "customer_id": customer, "sent_at": sent_at, **columns}


def answer(key: str, customer: str, responded_at: datetime) -> dict[str, Any]:
    return {"response_id": key, "customer_id": customer, "responded_at": responded_at}


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


# --- Engagement ---------------------------------------------------------------------------------------------


def half_a_year(tie_method: str = "together") -> pd.DataFrame:
    """Six customers as of 30 June 2024; the window begins on 1 January.

    ann: a session of today, 1 + 40 x 0.1 = 5; bo: two bare sessions, 2; cas: an open and a click, 2.5;
    dan: an answer, 2; eva: three sessions of 1 + 0.5 + 0.5, 6 together; fay: one the day before the window.
    """
    visits = [
        session("s1", "ann", datetime(2024, 6, 30, 12), page_views=40, duration_seconds=100),
        session("s2", "bo", datetime(2024, 6, 20), page_views=None, duration_seconds=None),
        session("s3", "bo", datetime(2024, 6, 20), searches=-3),
        *(
            session(f"e{i}", "eva", datetime(2024, 5, 21), product_views=1, searches=1, duration_seconds=600)
            for i in range(3)
        ),
        session("s4", "fay", datetime(2023, 12, 31, 12), page_views=90, duration_seconds=900),
        session("s5", None, datetime(2024, 6, 1)),
        session("s6", "ann", datetime(2024, 6, 30, 22)),  # midnight: 1 July, after as_of
    ]
    contacts = [
        contact(
            "k1",
            "cas",
            datetime(2024, 6, 1),
            is_control=True,
            opened_at=datetime(2024, 6, 10),
            clicked_at=datetime(2024, 6, 10),
        ),
        contact("k2", "dan", datetime(2024, 6, 1), opened_at=datetime(2024, 7, 2)),
        contact("k3", "dan", datetime(2024, 7, 1), opened_at=datetime(2024, 6, 29)),  # of after as_of
    ]
    answers = [answer("r1", "dan", datetime(2024, 5, 31))]
    orders = make_orders(("zoe", "2024-06-01", "10"))
    as_of = date(2024, 6, 30)
    # as frames, in which what is missing is NaN and NaT
    tables = (pd.DataFrame(visits), pd.DataFrame(contacts), pd.DataFrame(answers))
    return customer_engagement_history(orders, *tables, WEIGHTS, BANDS, as_of, 6, tie_method)


def test_engagement_by_hand() -> None:
    rows = half_a_year()
    assert shown(rows, "customer_id", "recency_days", "frequency", "engagement", "duration_seconds") == [
        ["ann", 0, 1, Decimal(5), 100],
        ["bo", 10, 2, Decimal(2), 0],
        ["cas", 20, 2, Decimal("2.5"), 0],
        ["dan", 30, 1, Decimal(2), 0],
        ["eva", 40, 3, Decimal(6), 1800],
        ["fay", 182, 0, Decimal(0), 0],
    ]
    assert rows["engagement"].map(str).tolist()[1:3] == ["2.0000", "2.5000"]
    # F: ann and dan 1, bo and cas 2, eva 3. E: bo and dan 1, cas 2, ann 3, eva 4. D: three 1, ann 2, eva 3.
    assert shown(rows, "customer_id", "rfe_code", "rfd_code", "engagement_band", "is_in_window") == [
        ["ann", "513", "512", "curious", True],
        ["bo", "421", "421", "curious", True],
        ["cas", "322", "321", "passive", True],
        ["dan", "211", "211", "passive", True],
        ["eva", "134", "133", "passive", True],
        ["fay", "111", "111", "passive", False],
    ]


def test_engagement_by_rank_and_by_ntile() -> None:
    codes = ("customer_id", "rfe_code", "rfd_code", "engagement_band")
    # by rank 1 + (5 k) div 5: two worse are a 3, three a 4
    assert shown(half_a_year("rank"), *codes) == [
        ["ann", "514", "514", "active"],
        ["bo", "431", "431", "curious"],
        ["cas", "333", "331", "fading"],
        ["dan", "211", "211", "passive"],
        ["eva", "155", "155", "passive"],
        ["fay", "111", "111", "passive"],
    ]
    # ties by id. F: ann, dan, bo, cas, eva. E: bo, dan, cas, ann, eva. D: bo, cas, dan, ann, eva.
    assert shown(half_a_year("ntile"), *codes) == [
        ["ann", "514", "514", "active"],
        ["bo", "431", "431", "curious"],
        ["cas", "343", "342", "fading"],
        ["dan", "222", "223", "passive"],
        ["eva", "155", "155", "passive"],
        ["fay", "111", "111", "passive"],
    ]


def same_visits(tie_method: str) -> pd.DataFrame:
    visits = [session(f"s{name}", name, datetime(2024, 6, 10), page_views=5) for name in ("ann", "bo", "cas")]
    orders = make_orders(("zoe", "2024-06-01", "10"))
    as_of = date(2024, 6, 30)
    return customer_engagement_history(orders, visits, None, None, WEIGHTS, BANDS, as_of, 6, tie_method)


def test_when_all_acts_are_tied_all_score_the_lowest_but_with_ntile() -> None:
    june = date(2024, 6, 30)
    for tie_method in ("together", "rank"):
        rows = same_visits(tie_method)
        assert rows["rfe_code"].tolist() == ["111"] * 3
        assert shown(engagement_score_boundaries(rows)) == [
            [june, "duration_seconds", 1, 0, 0, 3],
            [june, "engagement", 1, Decimal("1.5"), Decimal("1.5"), 3],
            [june, "frequency", 1, 1, 1, 3],
            [june, "recency_days", 1, 20, 20, 3],
        ]
    assert same_visits("ntile")["rfe_code"].tolist() == ["111", "222", "333"]


def test_the_first_act_on_the_snapshots_day_counts_at_that_snapshot() -> None:
    visits = [
        session("s1", "ann", datetime(2024, 5, 31, 21, 30)),  # 23:30 in Amsterdam
        session("s2", "bo", datetime(2024, 5, 31, 22, 30)),  # 1 June, 00:30
        session("s3", "cas", datetime(2024, 5, 16)),
    ]
    orders = make_orders(("zoe", "2024-05-15", "10"), ("zoe", "2024-06-15", "10"))
    rows = customer_engagement_history(orders, visits, None, None, WEIGHTS, BANDS, date(2024, 6, 15), 1)
    assert shown(rows, "customer_id", "snapshot_date", "recency_days", "frequency", "is_in_window") == [
        ["ann", date(2024, 5, 31), 0, 1, True],
        ["cas", date(2024, 5, 31), 15, 1, True],
        ["ann", date(2024, 6, 15), 15, 1, True],
        ["bo", date(2024, 6, 15), 14, 1, True],
        ["cas", date(2024, 6, 15), 30, 1, True],  # 16 May is the first day of the window
    ]
    assert customer_engagement(rows)["rfd_code"].tolist() == ["211", "311", "111"]


def test_limits_of_engagement_leave_out_who_is_outside_the_window() -> None:
    visits = [session(f"s{day}", f"c{day}", datetime(2024, 6, day)) for day in range(1, 7)]
    visits.append(session("s0", "c0", datetime(2024, 1, 5)))
    orders = make_orders(("zoe", "2024-06-01", "10"))
    rows = customer_engagement_history(orders, visits, None, None, WEIGHTS, BANDS, date(2024, 6, 30), 2)
    limits = engagement_score_boundaries(rows).query("metric == 'recency_days'")
    # of six the first bucket takes two; the others one each
    assert shown(limits, "score", "value_from", "value_to", "customers") == [
        [1, 28, 29, 2],
        [2, 27, 27, 1],
        [3, 26, 26, 1],
        [4, 25, 25, 1],
        [5, 24, 24, 1],
    ]


@pytest.mark.parametrize(
    ("scores", "band"),
    [
        ((5, 1, 4), "active"),
        ((4, 5, 3), "curious"),
        ((3, 1, 3), "fading"),
        ((2, 5, 5), "fading"),
        ((3, 5, 2), "passive"),
        ((1, 5, 5), "passive"),
    ],
)
def test_the_first_band_by_priority_holds(scores: tuple[int, int, int], band: str) -> None:
    assert band_of(BANDS.to_dict("records"), *scores) == band


def test_without_any_purchase_there_is_no_engagement() -> None:
    visits = [session("s1", "ann", datetime(2024, 6, 1))]
    orders = make_orders(("ann", "2024-06-01", "0"))
    rows = customer_engagement_history(orders, visits, None, None, WEIGHTS, BANDS, None)
    assert rows.empty
    assert customer_engagement(rows).empty
    assert engagement_score_boundaries(rows).empty
