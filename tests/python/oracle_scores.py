"""The oracle's scores and segments."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import pandas as pd

from oracle_values import (
    text_or_none,
)

WorstFirst = Literal["greatest", "least"]
TieMethod = Literal["together", "ntile", "rank"]
SCORES = (1, 2, 3, 4, 5)
# For each metric: whether low or high values are the worst, which get score 1.
METRICS: dict[str, tuple[str, WorstFirst]] = {
    "recency_days": ("r_score", "greatest"),
    "frequency": ("f_score", "least"),
    "monetary": ("m_score", "least"),
}


# --- Scores and segments ------------------------------------------------------------------------------------


def tie_safe_scores(values: Sequence[Any], worst_first: WorstFirst) -> list[int]:
    """Return the score of each value, 1 to 5: NTILE(5) that never splits a tie.

    Sort from worst to best (``worst_first`` says which values are the worst). The first bucket ends with the
    value at position ceil(N / 5) and includes all with that value; the next ends with the value at position
    ceil(rest / 4) of the rest, and so on with 3, 2 and 1.
    """
    left = sorted(values, reverse=worst_first == "greatest")
    score_of: dict[Any, int] = {}
    for score, buckets_left in zip(SCORES, (5, 4, 3, 2, 1), strict=True):
        if not left:
            break
        position = -(-len(left) // buckets_left)  # counted from 1
        last_value = left[position - 1]
        end = position
        while end < len(left) and left[end] == last_value:
            end += 1
        for value in left[:end]:
            score_of[value] = score
        left = left[end:]
    return [score_of[value] for value in values]


def ntile_scores(values: Sequence[Any], customer_ids: Sequence[str], worst_first: WorstFirst) -> list[int]:
    """Return the score of each value by SQL's plain NTILE(5), ties in ascending order of customer_id."""
    by_id = sorted(range(len(values)), key=lambda i: customer_ids[i])
    ranked = sorted(by_id, key=lambda i: values[i], reverse=worst_first == "greatest")  # stable both ways
    size, larger_buckets = divmod(len(values), 5)
    scores_in_order = [score for score in SCORES for _ in range(size + (score <= larger_buckets))]
    scores = [0] * len(values)
    for i, score in zip(ranked, scores_in_order, strict=True):
        scores[i] = score
    return scores


def rank_scores(values: Sequence[Any], worst_first: WorstFirst) -> list[int]:
    """Return the score of each value by how many values are strictly worse."""
    if worst_first == "greatest":
        worse = [sum(other > value for other in values) for value in values]
    else:
        worse = [sum(other < value for other in values) for value in values]
    return [1 + 5 * k // len(values) for k in worse]


def scores_of(
    values: Sequence[Any], ids: Sequence[str], worst: WorstFirst, tie_method: TieMethod
) -> list[int]:
    if tie_method == "together":
        return tie_safe_scores(values, worst)
    if tie_method == "ntile":
        return ntile_scores(values, ids, worst)
    if tie_method == "rank":
        return rank_scores(values, worst)
    raise ValueError(f"unknown tie method {tie_method!r}")


class Rule(NamedTuple):
    """A row of the seed segment_mapping."""

    priority: int
    segment_code: str
    r: tuple[int, int]
    f: tuple[int, int]
    m: tuple[int, int]
    one_order_only: bool

    def fits(self, r: int, f: int, m: int, has_one_order: bool) -> bool:
        """Return whether the scores are within the limits, and the customer has one order if required."""
        return (
            self.r[0] <= r <= self.r[1]
            and self.f[0] <= f <= self.f[1]
            and self.m[0] <= m <= self.m[1]
            and (has_one_order or not self.one_order_only)
        )


def mapping_rules(mapping: pd.DataFrame) -> list[Rule]:
    """Read the seed's rows, in order of priority."""
    rules = [
        Rule(
            int(row["priority"]),
            str(row["segment_code"]).strip(),
            (int(row["r_min"]), int(row["r_max"])),
            (int(row["f_min"]), int(row["f_max"])),
            (int(row["m_min"]), int(row["m_max"])),
            (text_or_none(row["one_order_only"]) or "").lower() == "true",
        )
        for row in mapping.to_dict("records")
    ]
    return sorted(rules)


def segment_of(rules: Sequence[Rule], r: int, f: int, m: int, has_one_order: bool) -> str:
    """Return the segment of the first rule that matches; a cell without a rule is an error."""
    for rule in rules:
        if rule.fits(r, f, m, has_one_order):
            return rule.segment_code
    raise ValueError(f"no rule for R {r}, F {f}, M {m}, one order: {has_one_order}")
