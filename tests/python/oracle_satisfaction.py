"""Independent oracle of satisfaction: NPS, CSAT and CES by month and by segment, and who answers at all."""

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from oracle_behaviour import AMSTERDAM, Row, Table, local_date, typed_frame
from oracle_events import UNKNOWN, SegmentsOfEvents, happened_rows, is_over
from oracle_values import Z_95, first_of_month, last_of_month, rate_with_interval

DAYS_TO_ANSWER = 30
MEASURE_COLUMNS = {
    "answers": "object",
    "promoters": "object",
    "passives": "object",
    "detractors": "object",
    "nps": "float64",
    "nps_low": "float64",
    "nps_high": "float64",
    "satisfied": "object",
    "csat": "float64",
    "csat_low": "float64",
    "csat_high": "float64",
    "effort_mean": "float64",
}
SATISFACTION_COLUMNS = {
    "month": "object",
    "survey_type": "object",
    **MEASURE_COLUMNS,
    "invitations": "object",
    "invitations_answered": "object",
    "response_rate": "float64",
    "is_complete": "bool",
}
BY_SEGMENT_COLUMNS = {
    "month": "object",
    "survey_type": "object",
    "segment_code": "object",
    **MEASURE_COLUMNS,
}


# --- Scores -------------------------------------------------------------------------------------------------


def nps_category(score: int) -> str:
    """Return whether a score of 0 to 10 is a promoter's, a passive's or a detractor's."""
    if score >= 9:
        return "promoter"
    return "passive" if score >= 7 else "detractor"


def nps_with_limits(promoters: int, detractors: int, answers: int) -> tuple[float, float, float]:
    """Return the net promoter score and its limits, with three answers added; null without answers."""
    if answers == 0:
        return (float("nan"),) * 3
    p, d, n = (promoters + 0.75) / (answers + 3), (detractors + 0.75) / (answers + 3), answers + 3
    margin = float(Z_95) * math.sqrt((p + d - (p - d) ** 2) / n)
    low, high = 100 * (p - d) - 100 * margin, 100 * (p - d) + 100 * margin
    return 100 * (promoters - detractors) / answers, max(-100.0, low), min(100.0, high)


def measures(survey_type: str, scores: Sequence[int] | None) -> Row:
    """Return the columns of the answers to a survey, null where of another type; all are without a table."""
    row: Row = dict.fromkeys(MEASURE_COLUMNS)
    if scores is None:
        return row
    row["answers"] = len(scores)
    if survey_type == "nps":
        categories = [nps_category(score) for score in scores]
        row["promoters"] = categories.count("promoter")
        row["passives"] = categories.count("passive")
        row["detractors"] = categories.count("detractor")
        nps = nps_with_limits(row["promoters"], row["detractors"], len(scores))
        row["nps"], row["nps_low"], row["nps_high"] = nps
    elif survey_type == "csat":
        row["satisfied"] = sum(score >= 4 for score in scores)
        row["csat"], row["csat_low"], row["csat_high"] = rate_with_interval(row["satisfied"], len(scores))
    elif survey_type == "ces":
        row["effort_mean"] = sum(scores) / len(scores) if scores else None
    return row


def latest_nps_categories(
    survey_responses: Table, as_of: date | None, business_timezone: str = AMSTERDAM
) -> dict[str, str]:
    """Return latest_nps_category of customer_360 by customer: by responded_at, then response_id."""
    answers = [
        row
        for row in happened_rows(survey_responses, "responded_at", as_of, business_timezone)
        if row["survey_type"] == "nps" and row.get("customer_id") is not None
    ]
    answers.sort(key=lambda row: (row["responded_at"], row["response_id"]))
    return {row["customer_id"]: nps_category(row["score"]) for row in answers}  # the last one stays


# --- Months -------------------------------------------------------------------------------------------------


def satisfaction_scores(
    survey_responses: Table,
    survey_invitations: Table,
    as_of: date | None,
    business_timezone: str = AMSTERDAM,
) -> pd.DataFrame:
    """Return satisfaction_scores, by month and survey_type, of months with an answer or an invitation.

    Columns of an absent table are null; whether an invitation was answered needs both. Without as_of there
    are no rows.
    """
    if as_of is None:
        return typed_frame([], SATISFACTION_COLUMNS)
    answers = happened_rows(survey_responses, "responded_at", as_of, business_timezone)
    invitations = happened_rows(survey_invitations, "sent_at", as_of, business_timezone)
    scores: dict[tuple[date, str], list[int]] = defaultdict(list)
    answered_on: dict[str, date] = {}
    for row in answers:
        day = local_date(row["responded_at"], business_timezone)
        scores[first_of_month(day), row["survey_type"]].append(row["score"])
        answered_on[row["response_id"]] = day
    invited: dict[tuple[date, str], list[bool]] = defaultdict(list)
    for row in invitations:
        sent_on = local_date(row["sent_at"], business_timezone)
        answer = answered_on.get(row.get("response_id"))
        is_answered = answer is not None and answer <= sent_on + timedelta(days=DAYS_TO_ANSWER)
        invited[first_of_month(sent_on), row["survey_type"]].append(is_answered)
    has_response_ids = any(row.get("response_id") is not None for row in invitations)
    rows: list[Row] = []
    for month, survey_type in sorted(scores.keys() | invited.keys()):
        own = invited[month, survey_type]
        of_invitations: dict[str, Any] = {
            "invitations": None if survey_invitations is None else len(own),
            "invitations_answered": None,
            "response_rate": None,
        }
        if survey_invitations is not None and survey_responses is not None:
            of_invitations["invitations_answered"] = sum(own)
            if own and has_response_ids:
                of_invitations["response_rate"] = sum(own) / len(own)
        rows.append(
            {
                "month": month,
                "survey_type": survey_type,
                **measures(survey_type, None if survey_responses is None else scores[month, survey_type]),
                **of_invitations,
                "is_complete": is_over(last_of_month(month) + timedelta(days=DAYS_TO_ANSWER), as_of),
            }
        )
    return typed_frame(rows, SATISFACTION_COLUMNS)


def satisfaction_by_segment(
    orders: pd.DataFrame,
    survey_responses: Table,
    history_rows: pd.DataFrame,
    as_of: date | None,
    business_timezone: str = AMSTERDAM,
) -> pd.DataFrame:
    """Return satisfaction_by_segment, by month, survey_type and the segment of each answer."""
    if as_of is None:
        return typed_frame([], BY_SEGMENT_COLUMNS)
    segments = SegmentsOfEvents(orders, history_rows, as_of)
    scores: dict[tuple[date, str, str], list[int]] = defaultdict(list)
    for row in happened_rows(survey_responses, "responded_at", as_of, business_timezone):
        day = local_date(row["responded_at"], business_timezone)
        segment = segments.of(row.get("customer_id"), day) or UNKNOWN
        scores[first_of_month(day), row["survey_type"], segment].append(row["score"])
    rows = [
        {"month": month, "survey_type": survey_type, "segment_code": segment, **measures(survey_type, own)}
        for (month, survey_type, segment), own in sorted(scores.items())
    ]
    return typed_frame(rows, BY_SEGMENT_COLUMNS)
