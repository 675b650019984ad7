"""The oracle of behaviour, revenue and changes of segment against hand-worked numbers."""

import math
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies as own_strategies
from oracle import history
from oracle_behaviour import customer_journeys, session_customers, skipped_devices, touchpoints
from oracle_changes import early_warnings, score_by_limits, segment_change_causes, segment_changes
from oracle_engagement import (
    band_of,
    customer_engagement,
    customer_engagement_history,
    engagement_score_boundaries,
)
from oracle_orders import classify, latest_purchase_date, orders_from_rows
from oracle_revenue import revenue_concentration, revenue_drivers
from oracle_samples import KNOWN, make_orders

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
TIERS = pd.read_csv(SEEDS / "segments.csv").set_index("segment_code")["tier"].to_dict()


@pytest.fixture(scope="module")
def mapping() -> pd.DataFrame:
    return pd.read_csv(SEEDS / "segment_mapping.csv")


def shown(frame: pd.DataFrame, *columns: str) -> list[list[Any]]:
    """Return rows as lists, of all columns or these."""
    return frame[list(columns or frame.columns)].to_numpy(dtype=object).tolist()


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


# --- Concentration ------------------------------------------------------------------------------------------


def test_concentration_by_hand() -> None:
    orders = make_orders(
        ("ann", "2023-02-10", "999"),  # before the 12 months that end with February 2024
        ("ann", "2023-03-01", "100"),  # their first day
        ("bo", "2023-05-01", "-10"),  # a credit note before the first purchase
        ("bo", "2023-06-10", "60"),
        ("cas", "2023-07-10", "10"),
        ("cas", "2023-08-10", "-30"),  # -20 together counts as 0
        ("dan", "2023-02-20", "40"),
        ("dan", "2023-09-10", "-5"),  # without a purchase in the 12 months: not of them
        ("ann", "2024-03-05", "7"),
    )
    frame = revenue_concentration(orders, date(2024, 3, 5))
    assert max(frame["snapshot_date"]) == date(2024, 2, 29)  # as_of is no month-end
    february = frame[frame["snapshot_date"] == date(2024, 2, 29)]
    # of 3 customers 20% is 0.6, so one, and 50% is 1.5, so two
    # Gini: (-2 x 0 + 0 x 50 + 2 x 100) / (3 x 150) = 4/9
    total, first = Decimal(150), Decimal(100)
    assert shown(february, "top_percent", "customers", "top_customers", "revenue", "top_revenue") == [
        [1, 3, 1, total, first],
        [5, 3, 1, total, first],
        [10, 3, 1, total, first],
        [20, 3, 1, total, first],
        [50, 3, 2, total, total],
    ]
    assert february["revenue_share"].tolist() == [2 / 3] * 4 + [1.0]
    assert february["gini"].tolist() == [4 / 9] * 5


def test_the_top_tenth_of_ten_customers_is_one_and_of_eleven_two() -> None:
    cells = [(f"c{number:02d}", "2024-01-10", "10") for number in range(11)]
    as_of = date(2024, 1, 31)
    ten = revenue_concentration(make_orders(*cells[:10]), as_of)
    assert ten["top_customers"].tolist() == [1, 1, 1, 2, 5]
    assert ten["gini"].tolist() == [0.0] * 5
    assert revenue_concentration(make_orders(*cells), as_of)["top_customers"].tolist() == [1, 1, 2, 3, 6]


def test_a_window_that_is_not_full_and_a_year_without_purchases() -> None:
    orders = make_orders(("ann", "2023-03-20", "50"))
    frame = revenue_concentration(orders, date(2024, 4, 30)).query("top_percent == 1")
    columns = ("snapshot_date", "customers", "revenue", "is_window_full")
    assert shown(frame, *columns)[-4:] == [
        [date(2024, 1, 31), 1, Decimal(50), False],  # February 2023 to January 2024
        [date(2024, 2, 29), 1, Decimal(50), True],  # from March 2023, the month of the first purchase
        [date(2024, 3, 31), 0, Decimal(0), True],
        [date(2024, 4, 30), 0, Decimal(0), True],
    ]
    assert frame["top_customers"].tolist()[-3:] == [1, 0, 0]
    assert frame[["revenue_share", "gini"]].tail(2).isna().all(axis=None)


# --- Revenue drivers ----------------------------------------------------------------------------------------

EFFECTS = ("customers_effect", "frequency_effect", "value_effect", "other_effect")


def test_drivers_by_hand_with_a_month_without_purchases() -> None:
    orders = make_orders(
        ("ann", "2023-01-10", "10"),
        ("ann", "2023-01-20", "10"),
        ("ann", "2023-01-25", "-5"),
        ("ann", "2023-02-10", "40"),
        ("bo", "2023-02-11", "40"),
        ("bo", "2023-02-12", "-8"),
        ("ann", "2023-03-01", "-4"),
        ("ann", "2023-04-02", "100"),
    )
    # February against January: customers x 2, orders per customer x 1/2, value per order x 4, together x 4.
    # So L = 60 / ln 4, and customers 60 ln 2 / ln 4 = 30, frequency -30, value 60; credit notes -8 - -5 = -3.
    assert shown(revenue_drivers(orders, date(2023, 4, 10)))[0] == [
        date(2023, 2, 1),
        Decimal(72),
        Decimal(80),
        Decimal(15),
        2,
        1.0,
        Decimal(40),
        Decimal(30),
        Decimal(-30),
        Decimal(60),
        Decimal(-3),
        Decimal(40),
        Decimal(40),
        Decimal(0),
        True,
        *[None] * 5,
    ]
    rows = revenue_drivers(orders, date(2023, 4, 10))
    columns = ("month", "net_revenue", "purchase_revenue", "previous_net_revenue", "average_order_value")
    assert shown(rows, *columns)[1:] == [
        [date(2023, 3, 1), Decimal(-4), Decimal(0), Decimal(72), None],
        [date(2023, 4, 1), Decimal(100), Decimal(100), Decimal(-4), Decimal(100)],
    ]
    assert shown(rows, *EFFECTS)[1:] == [[None] * 4, [None] * 4]
    assert math.isnan(rows["orders_per_customer"][1])
    assert shown(rows, "active_customers", "new_revenue", "returning_revenue", "is_complete")[1:] == [
        [0, Decimal(0), Decimal(0), True],
        [1, Decimal(0), Decimal(100), False],
    ]


def test_equal_revenue_from_twice_the_customers_is_half_the_value() -> None:
    orders = make_orders(
        ("ann", "2023-03-10", "100"),
        ("ann", "2024-02-10", "20"),
        ("ann", "2024-02-11", "20"),
        ("ann", "2024-02-12", "20"),
        ("ann", "2024-03-10", "50"),
        ("bo", "2024-03-11", "50"),
    )
    rows = revenue_drivers(orders, date(2024, 3, 31))
    assert len(rows) == 12  # April 2023 to March 2024
    march = rows.tail(1)
    # V1 = V0 = 100, so L = 100: customers 100 ln 2 = 69.3147, value the opposite
    yearly = [f"yearly_{name}" for name in ("previous_net_revenue", *EFFECTS)]
    up, down = Decimal("69.3147"), Decimal("-69.3147")
    assert shown(march, *yearly) == [[Decimal(100), up, Decimal(0), down, Decimal(0)]]
    # 60 to 100: L = 40 / ln(5/3) = 78.3046; customers L ln 2 = 54.2766; frequency L ln(1/3) = -86.0264, and
    # value what is left: 40 - 54.2766 + 86.0264 = 71.7498
    assert shown(march, *EFFECTS)[0] == [
        Decimal("54.2766"),
        Decimal("-86.0264"),
        Decimal("71.7498"),
        Decimal(0),
    ]
    assert shown(rows, *yearly)[:-1] == [[None] * 5] * 11


def test_a_credit_note_before_the_first_purchase_counts_in_its_month_if_that_has_one() -> None:
    orders = make_orders(
        ("ann", "2022-12-20", "-5"),  # before the first month: in no row
        ("bo", "2023-01-05", "-3"),  # of somebody who never buys, in the first month
        ("ann", "2023-01-10", "100"),
        ("ann", "2023-02-10", "10"),
        ("cas", "2023-02-11", "5"),
        ("cas", "2023-02-12", "5"),
    )
    rows = revenue_drivers(orders, date(2023, 2, 28))
    columns = ("month", "net_revenue", "previous_net_revenue", "average_order_value", "other_effect")
    # 20 by three orders is 6.66666..., half away from zero
    assert shown(rows, *columns) == [
        [date(2023, 2, 1), Decimal(20), Decimal(97), Decimal("6.6667"), Decimal(3)]
    ]
    assert rows["orders_per_customer"].tolist() == [1.5]


def test_reactivated_is_more_than_12_months_after_the_previous_purchase() -> None:
    orders = make_orders(
        ("ann", "2023-03-15", "1"),
        ("ann", "2024-03-15", "10"),  # exactly 12 months: returning
        ("bo", "2023-03-14", "1"),
        ("bo", "2024-03-15", "200"),  # a day more: reactivated, and so is the next one
        ("bo", "2024-03-20", "300"),
        ("cas", "2024-03-02", "4000"),
        ("cas", "2024-03-30", "5000"),  # new in this month, so all of it is
        ("dan", "2023-02-28", "1"),
        ("dan", "2024-02-29", "10"),  # 29 February less 12 months is 28 February: returning
        ("eva", "2023-02-27", "1"),
        ("eva", "2024-02-29", "200"),
    )
    rows = revenue_drivers(orders, date(2024, 3, 31)).tail(2)
    assert shown(rows, "month", "new_revenue", "returning_revenue", "reactivated_revenue") == [
        [date(2024, 2, 1), Decimal(0), Decimal(10), Decimal(200)],
        [date(2024, 3, 1), Decimal(9000), Decimal(10), Decimal(500)],
    ]
    assert rows["is_complete"].tolist() == [True, True]  # 31 March is the last day


def test_a_first_month_has_no_row_nor_has_a_company_without_purchases() -> None:
    assert revenue_drivers(make_orders(("ann", "2024-01-10", "10")), date(2024, 1, 31)).empty
    nothing = make_orders(("ann", "2024-01-10", "-10"))
    assert revenue_drivers(nothing, None).empty
    assert revenue_concentration(nothing, None).empty


# --- Changes of segment -------------------------------------------------------------------------------------


def changes_of(
    mapping: pd.DataFrame, orders: pd.DataFrame, as_of: date, months: int = 24, ties: str = "together"
) -> pd.DataFrame:
    rows = history(orders, as_of, months, mapping, ties)
    return segment_changes(orders, rows, mapping, TIERS, as_of, ties)


JANUARY = (("ann", "2023-01-10", "50"), ("bo", "2023-01-20", "30"))


def test_silence_is_time_and_a_purchase_beside_moved_limits_is_both(mapping: pd.DataFrame) -> None:
    # January's worst values: R 1: 21 days, 2: 11; F 1: one order; M 1: 30, 2: 50. ann 112, bo 211.
    # 15 February: ann 322 (0 days, 2 orders, 100), bo 111 (26 days), cas 211.
    # By January's limits ann is 212, about_to_sleep: neither. bo is 111, lost, as he is now; he did nothing.
    orders = make_orders(*JANUARY, ("cas", "2023-02-10", "30"), ("ann", "2023-02-15", "50"))
    changes = changes_of(mapping, orders, date(2023, 2, 15))
    day = date(2023, 2, 15)
    assert shown(changes) == [
        ["ann", day, "hibernating", "needs_attention", 3, 2, 1, 0, "both"],
        ["bo", day, "about_to_sleep", "lost", -2, -1, 0, 0, "time"],
    ]


def test_who_stays_while_the_others_move_changes_by_the_boundaries(mapping: pd.DataFrame) -> None:
    # bo spends 60 now, so ann's 50 is the lowest: 112 becomes 111. By January's limits 50 is still a 2.
    orders = make_orders(*JANUARY, ("bo", "2023-02-15", "30"))
    changes = changes_of(mapping, orders, date(2023, 2, 15))
    assert shown(changes) == [["ann", date(2023, 2, 15), "hibernating", "lost", -1, 0, 0, -1, "boundaries"]]


@pytest.mark.parametrize(
    ("noted_on", "cause"),
    [
        (None, "time"),
        ("2023-01-31", "time"),  # on the day of the snapshot before: not since then
        ("2023-02-01", "purchase"),
        ("2023-02-15", "purchase"),
    ],
)
def test_a_purchase_or_a_credit_note_is_the_customers_own_doing(
    mapping: pd.DataFrame, noted_on: str | None, cause: str
) -> None:
    # January: R ann 1 (21 days), bo 2 (11), cas 3 (1); M bo 1 (30), cas 2 (40), ann 3 (50).
    # 15 February: ann 323 (1 day, 55), by January's limits 313: needs_attention both ways.
    # bo (26 days): 111 both ways. cas 312 becomes 212, about_to_sleep still.
    note = [("bo", noted_on, "-1")] if noted_on else []
    orders = make_orders(*JANUARY, ("cas", "2023-01-30", "40"), ("ann", "2023-02-14", "5"), *note)
    changes = changes_of(mapping, orders, date(2023, 2, 15))
    assert shown(changes, "customer_id", "from_segment", "to_segment", "cause") == [
        ["ann", "hibernating", "needs_attention", "purchase"],
        ["bo", "about_to_sleep", "lost", cause],
    ]


def test_who_leaves_the_window_and_who_returns_while_there_are_no_limits(mapping: pd.DataFrame) -> None:
    # A window of a month: January 112 and 211, February nobody, March (26 and 11 days) 112 and 211.
    orders = make_orders(
        *JANUARY,
        ("ann", "2023-02-10", "-5"),  # a credit note does not keep anyone in the window
        ("ann", "2023-03-05", "50"),
        ("bo", "2023-03-20", "10"),
        ("cas", "2023-03-30", "10"),  # new in March: no change
    )
    changes = changes_of(mapping, orders, date(2023, 3, 31), months=1)
    february, march = date(2023, 2, 28), date(2023, 3, 31)
    assert shown(changes, "customer_id", "snapshot_date", "from_segment", "to_segment", "cause") == [
        ["ann", february, "hibernating", "lost", "time"],
        ["bo", february, "about_to_sleep", "lost", "time"],
        ["ann", march, "lost", "hibernating", "purchase"],
        ["bo", march, "lost", "about_to_sleep", "purchase"],
    ]


def test_with_ntile_a_change_has_no_cause_and_nobody_is_warned(mapping: pd.DataFrame) -> None:
    # January: ann 112; bo 221, for of equal frequencies bo's is the second by id. 15 February: bo 222 with
    # 60, and ann 111.
    orders = make_orders(*JANUARY, ("bo", "2023-02-15", "30"))
    changes = changes_of(mapping, orders, date(2023, 2, 15), ties="ntile")
    day = date(2023, 2, 15)
    assert shown(changes) == [["ann", day, "hibernating", "lost", -1, 0, 0, -1, None]]
    assert shown(segment_change_causes(changes)) == [[day, "hibernating", "lost", "(unknown)", 1]]
    rows = history(orders, day, 24, mapping, "ntile")
    assert early_warnings(orders, rows, mapping, TIERS, day, tie_method="ntile").empty


def test_causes_are_counted_per_change() -> None:
    day = date(2024, 1, 31)
    changes = pd.DataFrame(
        [
            (day, "new", "lost", "time"),
            (day, "new", "lost", "both"),
            (day, "new", "lost", "time"),
            (date(2024, 2, 29), "new", "lost", "time"),
        ],
        columns=["snapshot_date", "from_segment", "to_segment", "cause"],
    )
    assert shown(segment_change_causes(changes)) == [
        [day, "new", "lost", "both", 1],
        [day, "new", "lost", "time", 2],
        [date(2024, 2, 29), "new", "lost", "time", 1],
    ]


@pytest.mark.parametrize(
    ("worst_first", "worst_of", "value", "score"),
    [
        ("greatest", {1: 120, 2: 30, 4: 5}, 300, 1),  # worse than the worst: the lowest there is
        ("greatest", {1: 120, 2: 30, 4: 5}, 31, 1),
        ("greatest", {1: 120, 2: 30, 4: 5}, 30, 2),
        ("greatest", {1: 120, 2: 30, 4: 5}, 6, 2),  # between two scores; nobody has a 3
        ("greatest", {1: 120, 2: 30, 4: 5}, 0, 4),  # the highest there is
        ("least", {1: 10, 3: 50}, 49, 1),
        ("least", {1: 10, 3: 50}, 50, 3),
        ("least", {1: 10, 3: 50}, -5, 1),
        ("least", {2: 10, 3: 50}, 5, 2),
    ],
)
def test_a_value_has_the_highest_score_whose_worst_value_it_reaches(
    worst_first: str, worst_of: dict[int, int], value: int, score: int
) -> None:
    limits = {score: Decimal(worst) for score, worst in worst_of.items()}
    assert score_by_limits(limits, Decimal(value), worst_first) == score


# --- Early warnings -----------------------------------------------------------------------------------------

# On 31 January 2024: 120, 90, 60, 30 and 0 days ago.
FOUR = (
    ("ann", "2023-10-03", "10"),
    ("bo", "2023-11-02", "10"),
    ("cas", "2023-12-02", "10"),
    ("dan", "2024-01-01", "10"),
)


def warnings_of(
    mapping: pd.DataFrame, orders: pd.DataFrame, as_of: date, window: int, months: int = 3
) -> list[list[Any]]:
    rows = history(orders, as_of, window, mapping)
    return shown(early_warnings(orders, rows, mapping, TIERS, as_of, window, months))


def test_early_warnings_by_hand(mapping: pd.DataFrame) -> None:
    # Everyone has F 1 and M 1, and R 1 to 5. The month-ends to come are 29, 60 and 90 days away.
    # ann is lost already. bo (90 + 29): R 1. cas: 89 is a 2 still, 120 a 1. dan: 59 is a 3. eva: 29 is a 4,
    # promising, of the same tier as new; 60 is a 3.
    orders = make_orders(*FOUR, ("eva", "2024-01-31", "10"))
    february, march, ten = date(2024, 2, 29), date(2024, 3, 31), Decimal(10)
    as_of = date(2024, 1, 31)
    assert warnings_of(mapping, orders, as_of, 24) == [
        ["bo", "about_to_sleep", february, "lost", -2, 29, ten],
        ["cas", "about_to_sleep", march, "lost", -2, 60, ten],
        ["dan", "promising", february, "about_to_sleep", -3, 29, ten],
        ["eva", "new", march, "about_to_sleep", -3, 60, ten],
    ]
    soon = warnings_of(mapping, orders, as_of, 24, months=1)
    assert [row[0] for row in soon] == ["bo", "dan"]


def test_a_customer_who_leaves_the_window_falls_to_lost(mapping: pd.DataFrame) -> None:
    # A window of two months, so ann and bo are out of it. R: cas 1 (60 days), dan 2, eva 3; M: dan, eva 2.
    # eva 312 is 212 in February, the same segment; in March she is outside, where 112 would be hibernating.
    # dan's 1 January is in the window of February, as its first day: 112.
    orders = make_orders(*FOUR[:3], ("dan", "2024-01-01", "50"), ("eva", "2024-01-31", "50"))
    assert warnings_of(mapping, orders, date(2024, 1, 31), 2) == [
        ["dan", "about_to_sleep", date(2024, 2, 29), "hibernating", -1, 29, Decimal(50)],
        ["eva", "about_to_sleep", date(2024, 3, 31), "lost", -2, 60, Decimal(50)],
    ]


def test_orders_that_leave_the_window_take_their_amounts_along(mapping: pd.DataFrame) -> None:
    # cas 111. dan 222 (30 days, 2 orders, 110); in February, from 1 January on, 59 days, 1 order, 10: 111.
    orders = make_orders(FOUR[2], FOUR[3], ("dan", "2023-12-10", "100"))
    assert warnings_of(mapping, orders, date(2024, 1, 31), 2) == [
        ["dan", "about_to_sleep", date(2024, 2, 29), "lost", -2, 29, Decimal(110)],
    ]


def test_the_first_month_end_after_a_day_within_the_month_is_its_own(mapping: pd.DataFrame) -> None:
    # ann 322, R 3: 0 days; on 28 February 13 days, between 5 (a 2) and 26 (a 1): 122, hibernating.
    orders = make_orders(*JANUARY, ("cas", "2023-02-10", "30"), ("ann", "2023-02-15", "50"))
    end = date(2023, 2, 28)
    assert warnings_of(mapping, orders, date(2023, 2, 15), 24) == [
        ["ann", "needs_attention", end, "hibernating", -3, 13, Decimal(100)],
        ["cas", "about_to_sleep", end, "lost", -2, 13, Decimal(30)],
    ]


# --- Laws on drawn order sets -------------------------------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(
    own_strategies.order_sets(),
    own_strategies.as_of_dates(),
    st.sampled_from([1, 6, 24]),
    st.sampled_from(["together", "rank"]),
)
def test_laws_of_revenue_and_changes(
    mapping: pd.DataFrame, rows: list[own_strategies.Row], as_of: date | None, months: int, ties: str
) -> None:
    orders = classify(orders_from_rows(rows), KNOWN)
    as_of = as_of or latest_purchase_date(orders)
    for row in revenue_drivers(orders, as_of).to_dict("records"):
        kinds = row["new_revenue"] + row["returning_revenue"] + row["reactivated_revenue"]
        assert kinds == row["purchase_revenue"]
        for prefix in ("", "yearly_"):
            effects = [row[prefix + name] for name in EFFECTS]
            if None not in effects:
                assert sum(effects) == row["net_revenue"] - row[f"{prefix}previous_net_revenue"]
    for _, shares in revenue_concentration(orders, as_of).groupby("snapshot_date"):
        assert shares["top_revenue"].is_monotonic_increasing
        assert not (shares["gini"] < 0).any()
    snapshot_rows = history(orders, as_of, months, mapping, ties)
    changes = segment_changes(orders, snapshot_rows, mapping, TIERS, as_of, ties)
    assert set(changes["cause"]) <= {"boundaries", "purchase", "time", "both"}
    assert segment_change_causes(changes)["customers"].sum() == len(changes)
    warnings = early_warnings(orders, snapshot_rows, mapping, TIERS, as_of, months, 3, ties)
    assert (warnings["tier_change"] < 0).all()
    assert not warnings["customer_id"].duplicated().any()
