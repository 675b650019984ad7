"""A reader who knows every number in the file, and adds and subtracts, learns of no small group of people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attacks_on_behaviour import (
    attack_early_warnings,
    attack_engagement_by_segment,
    attack_first_touches,
    attack_revenue,
)
from attacks_on_forecast import (
    attack_calibration,
    attack_expected_revenue,
    attack_next_purchases,
    attack_segments_ahead,
)
from attacks_on_segments import (
    attack_cohorts_and_their_complements,
    attack_key_figures,
    attack_lost_customers_over_time,
    attack_movements_of_a_month,
    attack_newcomers_over_time,
    attack_score_grid_with_segments,
    attack_segments_by_country,
    attack_targets,
)
from attacks_on_service import (
    attack_channels,
    attack_profiles,
    attack_service_and_comparisons,
)
from klant360.dashboard.page.render import dashboard
from masking_reader import World
from published_worlds import draw_orders, publish

# Seed, customers, days, and the least number of people that a shown group holds.
worlds = st.tuples(
    st.integers(0, 10**6), st.integers(4, 160), st.sampled_from([20, 75, 200]), st.sampled_from([3, 10])
)
# Worlds in which an earlier version told of few people.
LEAKS = (
    (756589, 60, 34, 10),
    (384957, 250, 153, 3),
    (140891, 250, 34, 10),
    (511554, 60, 200, 10),
    (591783, 60, 63, 3),
    (297962, 250, 399, 10),
    (324771, 250, 200, 3),
    (114044, 100, 415, 3),
    (386, 145, 200, 3),
    (127, 57, 200, 3),
    (156, 15, 20, 3),
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return iter(lambda: tmp_path_factory.mktemp("publication"), None)


def drawn(folders, world) -> World:
    return World(next(folders), *world)


ATTACKS = (
    attack_calibration,
    attack_segments_ahead,
    attack_expected_revenue,
    attack_next_purchases,
    attack_targets,
    attack_profiles,
    attack_service_and_comparisons,
    attack_channels,
    attack_engagement_by_segment,
    attack_first_touches,
    attack_early_warnings,
    attack_revenue,
    attack_segments_by_country,
    attack_score_grid_with_segments,
    attack_movements_of_a_month,
    attack_newcomers_over_time,
    attack_lost_customers_over_time,
    attack_key_figures,
    attack_cohorts_and_their_complements,
)


@pytest.mark.parametrize("world", LEAKS, ids=str)
def test_no_leak_comes_back(folders, world):
    seen = drawn(folders, world)
    for attack in ATTACKS:
        attack(seen)


@given(world=worlds)
@settings(max_examples=3)
def test_no_small_group_follows_from_what_is_shown(folders, world):
    seen = drawn(folders, world)
    for attack in ATTACKS:
        attack(seen)


@pytest.mark.deep
@given(world=worlds)
@settings(max_examples=100)
def test_no_small_group_follows_in_many_worlds(folders, world):
    seen = drawn(folders, world)
    for attack in ATTACKS:
        attack(seen)


def test_with_few_customers_only_totals_remain(folders):
    seen = drawn(folders, (1, 12, 75, 3))
    groups = ["sizes", "score_grid", "flows", "triangle", "came_and_went", "records_per_person"]
    groups += ["causes_of_changes", "early_warnings", "bands_over_time", "bands_by_segment"]
    groups += ["tickets", "waiting", "nps", "nps_by_segment", "impact", "costs", "values", "campaigns"]
    groups += ["experiments", "personas", "indexes", "targets", "expected_revenue", "by_cohort"]
    groups += ["next_purchase", "segments", "calibration", "grades"]
    for panel in [*groups, "days_to_purchase", "share_that_bought", "concentration"]:
        assert seen.rows[panel] == []
    totals = {row["key"]: row for row in seen.rows["key_figures"]}
    assert set(totals) >= {"customers", "revenue"}


def test_fewer_customers_than_a_group_are_not_counted(tmp_path):
    manifest = publish(tmp_path / "parquet", draw_orders(np.random.default_rng(3), 4, 75), 3, 10)
    page = dashboard(tmp_path, manifest)
    assert "There are fewer than 10 customers with a purchase" in page
    assert "There are 4 customers" not in page
