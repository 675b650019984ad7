"""The oracle of engagement against hand-worked numbers."""

from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from oracle_engagement import (
    band_of,
    customer_engagement,
    customer_engagement_history,
    engagement_score_boundaries,
)
from oracle_samples import answer, contact, make_orders, session, shown

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
