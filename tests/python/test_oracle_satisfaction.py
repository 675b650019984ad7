"""The oracle of satisfaction against hand-worked numbers."""

from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from oracle_samples import make_orders, shown
from oracle_satisfaction import (
    latest_nps_categories,
    nps_with_limits,
    satisfaction_by_segment,
    satisfaction_scores,
)

JANUARY, FEBRUARY, MARCH = (date(2024, month, 1) for month in (1, 2, 3))


def answer(key: str, kind: str, score: int, responded_at: datetime, customer: str = "ann") -> dict[str, Any]:
    return {
        "response_id": key,
        "customer_id": customer,
        "survey_type": kind,
        "score": score,
        "responded_at": responded_at,
    }


def invitation(key: str, kind: str, sent_at: datetime, response_id: str | None = None) -> dict[str, Any]:
    return {"invitation_id": key, "survey_type": kind, "sent_at": sent_at, "response_id": response_id}


def with_none(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(object).where(frame.notna(), None)


# --- Scores -------------------------------------------------------------------------------------------------


def test_one_answer_says_little() -> None:
    # p' = 1.75 / 4, d' = 0.75 / 4, difference 0.25; sqrt((0.625 - 0.0625) / 4) = 0.375
    # 100 (0.25 +- 1.959964 x 0.375) = 25 +- 73.4986
    assert nps_with_limits(1, 0, 1) == pytest.approx((100, -48.4986, 98.4986), abs=5e-5)
    assert nps_with_limits(0, 1, 1) == pytest.approx((-100, -98.4986, 48.4986), abs=5e-5)


def test_all_promoters_keep_an_interval_cut_at_100() -> None:
    # p' = 97.75 / 100, d' = 0.75 / 100, difference 0.97; sqrt((0.985 - 0.9409) / 100) = 0.021
    # 97 - 100 x 1.959964 x 0.021 = 92.8841; 97 + 4.1159 is more than 100
    assert nps_with_limits(97, 0, 97) == pytest.approx((100, 92.8841, 100), abs=5e-5)
    assert nps_with_limits(0, 97, 97) == pytest.approx((-100, -100, -92.8841), abs=5e-5)


def test_each_survey_has_its_own_columns() -> None:
    moment = datetime(2024, 1, 10)
    answers = [
        *(answer(f"n{score}", "nps", score, moment) for score in range(11)),
        *(answer(f"c{score}", "csat", score, moment) for score in range(1, 6)),
        *(answer(f"e{number}", "ces", score, moment) for number, score in enumerate((1, 7, 7))),
    ]
    rows = with_none(satisfaction_scores(answers, None, date(2024, 3, 1)))
    assert shown(rows, "survey_type", "answers", "promoters", "passives", "detractors", "nps") == [
        ["ces", 3, None, None, None, None],
        ["csat", 5, None, None, None, None],
        ["nps", 11, 2, 2, 7, pytest.approx(-500 / 11)],
    ]
    # Wilson of 2 / 5: 0.1176 to 0.7693
    assert shown(rows, "satisfied", "csat", "csat_low", "csat_high", "effort_mean") == [
        [None, None, None, None, 5.0],
        [2, 0.4, pytest.approx(0.1176, abs=5e-5), pytest.approx(0.7693, abs=5e-5), None],
        [None] * 5,
    ]
    # no invitations table
    assert shown(rows, "invitations", "invitations_answered", "response_rate") == [[None] * 3] * 3
    assert rows["is_complete"].tolist() == [True] * 3  # 31 January + 30 days is 1 March


def test_the_latest_answer_of_a_customer_by_moment_and_id() -> None:
    answers = [
        answer("r2", "nps", 8, datetime(2024, 1, 10)),
        answer("r1", "nps", 2, datetime(2024, 1, 10)),
        answer("r3", "nps", 10, datetime(2024, 2, 10)),  # after as_of
        answer("r4", "csat", 5, datetime(2024, 1, 20)),
        answer("r5", "nps", 6, datetime(2024, 1, 9), "bo"),
    ]
    assert latest_nps_categories(answers, date(2024, 1, 31)) == {"ann": "passive", "bo": "detractor"}
    assert latest_nps_categories(None, date(2024, 1, 31)) == {}


# --- Months -------------------------------------------------------------------------------------------------


def test_an_answer_counts_in_its_own_month_and_for_its_invitation_in_that_ones() -> None:
    answers = [
        answer("r1", "nps", 9, datetime(2024, 1, 31, 23, 0)),  # midnight in Amsterdam: February
        answer("r2", "nps", 0, datetime(2024, 2, 9, 22, 59)),  # 9 February, 30 days after 10 January
        answer("r3", "nps", 0, datetime(2024, 2, 9, 23, 0)),  # 10 February: 31 days
        answer("r4", "nps", 0, datetime(2024, 3, 1)),  # after as_of
    ]
    invitations = [
        invitation("i1", "nps", datetime(2024, 1, 31, 22, 59), "r1"),
        invitation("i2", "nps", datetime(2024, 1, 10, 9), "r2"),
        invitation("i3", "nps", datetime(2024, 1, 10, 9), "r3"),
        invitation("i4", "nps", datetime(2024, 1, 20), "r4"),
        invitation("i5", "nps", datetime(2024, 1, 20), "unknown"),
        invitation("i6", "csat", datetime(2024, 1, 20)),
        invitation("i7", "nps", datetime(2024, 3, 1)),  # after as_of
    ]
    rows = with_none(satisfaction_scores(answers, invitations, date(2024, 2, 29)))
    columns = ("month", "survey_type", "answers", "invitations", "invitations_answered", "response_rate")
    assert shown(rows, *columns) == [
        [JANUARY, "csat", 0, 1, 0, 0.0],
        [JANUARY, "nps", 0, 5, 2, 0.4],
        [FEBRUARY, "nps", 3, 0, 0, None],
    ]
    # without an answer the counts are 0 and what divides is null
    assert shown(rows, "promoters", "nps", "nps_low", "nps_high", "satisfied", "csat", "csat_low")[:2] == [
        [None, None, None, None, 0, None, None],
        [0, None, None, None, None, None, None],
    ]
    assert rows["is_complete"].tolist() == [False] * 3  # 31 January + 30 days is 1 March


def test_a_response_id_that_is_empty_throughout_tells_no_rate() -> None:
    answers = [answer("r1", "nps", 9, datetime(2024, 1, 12))]
    invitations = [
        invitation("i1", "nps", datetime(2024, 1, 10)),
        invitation("i2", "ces", datetime(2024, 2, 1)),
    ]
    columns = ("survey_type", "invitations", "invitations_answered", "response_rate")
    rows = with_none(satisfaction_scores(answers, invitations, date(2024, 2, 29)))
    assert shown(rows, *columns) == [["nps", 1, 0, None], ["ces", 1, 0, None]]
    # one id, of another survey, and it is not empty throughout
    invitations.append(invitation("i3", "ces", datetime(2024, 2, 1), "gone"))
    rows = with_none(satisfaction_scores(answers, invitations, date(2024, 2, 29)))
    assert shown(rows, *columns) == [["nps", 1, 0, 0.0], ["ces", 2, 0, 0.0]]


def test_without_answers_the_invitations_stay() -> None:
    invitations = [invitation("i1", "nps", datetime(2024, 1, 10), "r1")]
    rows = with_none(satisfaction_scores(None, invitations, date(2024, 3, 1)))
    columns = ("answers", "promoters", "nps", "invitations", "invitations_answered", "response_rate")
    assert shown(rows, *columns) == [[None, None, None, 1, None, None]]
    assert satisfaction_scores(None, None, date(2024, 3, 1)).empty


# --- Segments -----------------------------------------------------------------------------------------------


def test_an_answer_counts_for_the_segment_before_it() -> None:
    orders = make_orders(("ann", "2024-01-10", "10"))
    cells = [(date(2024, 1, 31), "ann", "new"), (date(2024, 2, 29), "ann", "loyal")]
    history = pd.DataFrame(cells, columns=["snapshot_date", "customer_id", "segment_code"])
    answers = [
        answer("r1", "nps", 9, datetime(2024, 2, 10)),
        answer("r2", "nps", 3, datetime(2024, 2, 29)),  # on the day of a snapshot: the one before
        answer("r3", "nps", 9, datetime(2024, 2, 29, 23)),  # 1 March
        answer("r4", "nps", 9, datetime(2024, 2, 10), "bo"),
        {**answer("r5", "csat", 4, datetime(2024, 2, 10)), "customer_id": None},
    ]
    rows = satisfaction_by_segment(orders, answers, history, date(2024, 3, 5))
    assert shown(rows, "month", "survey_type", "segment_code", "answers", "detractors", "satisfied") == [
        [FEBRUARY, "csat", "(unknown)", 1, None, 1],
        [FEBRUARY, "nps", "new", 2, 1, None],
        [FEBRUARY, "nps", "prospect", 1, 0, None],
        [MARCH, "nps", "loyal", 1, 0, None],
    ]
    assert satisfaction_by_segment(orders, None, history, date(2024, 3, 5)).empty


def test_without_any_purchase_there_are_no_months() -> None:
    answers = [answer("r1", "nps", 9, datetime(2024, 1, 12))]
    orders = make_orders(("ann", "2024-01-01", "0"))
    history = pd.DataFrame(columns=["snapshot_date", "customer_id", "segment_code"])
    assert satisfaction_scores(answers, None, None).empty
    assert satisfaction_by_segment(orders, answers, history, None).empty
