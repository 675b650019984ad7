"""The shipped mapping: tests that only warn in a company's build must pass here."""

from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from oracle_scores import Rule, mapping_rules, segment_of

SEEDS = Path(__file__).parents[2] / "seeds"
SCORES = range(1, 6)
CELLS = list(product(SCORES, SCORES, SCORES, (True, False)))


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    return mapping_rules(pd.read_csv(SEEDS / "segment_mapping.csv", dtype=str))


@pytest.fixture(scope="module")
def tiers() -> dict[str, int]:
    return pd.read_csv(SEEDS / "segments.csv", index_col="segment_code")["tier"].to_dict()


def test_every_rule_wins_a_cell(rules):
    winners = {next(rule.priority for rule in rules if rule.fits(*cell)) for cell in CELLS}
    assert winners == {rule.priority for rule in rules}


def test_every_segment_but_prospect_can_be_reached(rules, tiers):
    assert {segment_of(rules, *cell) for cell in CELLS} == set(tiers) - {"prospect"}


def test_no_better_score_leads_to_a_lower_tier(rules, tiers):
    worse = [
        (cell, better)
        for cell in CELLS
        for better in (
            (cell[0] + 1, *cell[1:]),
            (cell[0], cell[1] + 1, *cell[2:]),
            (*cell[:2], cell[2] + 1, cell[3]),
        )
        if max(better[:3]) <= max(SCORES)
        and tiers[segment_of(rules, *better)] < tiers[segment_of(rules, *cell)]
    ]
    assert worse == []
