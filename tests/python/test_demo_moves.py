"""What moves purchases in the demo: by how much, and not at all without seasons."""

import numpy as np
import pytest

from klant360.demo import service_problem, tested_campaigns
from klant360.demo.campaigns import CONTROL, NOT_REACHED, TREATED, make_campaigns
from klant360.demo.options import Options
from klant360.demo.people import draw_people
from klant360.demo.regulars import with_their_history

SENT_AT = np.datetime64("2024-09-15T08:00:00", "s")
BUYER = np.array([0, 0, 0, 1, 1, 2])
LOCAL = np.array(
    [
        "2024-01-05T10:00:00",
        "2025-02-10T20:15:00",
        "2025-03-10T09:00:00",
        "2024-02-01T12:00:00",
        "2024-12-24T21:30:00",
        "2025-03-31T23:59:59",
    ],
    dtype="datetime64[s]",
)


def stream() -> np.random.Generator:
    return np.random.default_rng(1)


def forward(seasonality: float) -> np.ndarray:
    is_treated = np.array([False, True, True])
    return tested_campaigns.brought_forward(LOCAL, BUYER, is_treated, SENT_AT, seasonality, stream())


def test_a_mailing_brings_the_next_purchase_of_those_who_got_it_forward():
    moved = forward(1.0)
    assert (moved != LOCAL).tolist() == [False, False, False, False, True, True]
    assert (moved[4:] > SENT_AT).all() and (moved[4:] < SENT_AT + np.timedelta64(29, "D")).all()
    assert str(moved[4]).endswith("T21:30:00")


def test_a_problem_makes_people_stay_away(monkeypatch):
    monkeypatch.setattr(service_problem, "SHARE_STAYING_AWAY", 1.0)
    had_problem = np.array([False, True, False, False, False, True])
    moved = service_problem.put_off(LOCAL, BUYER, had_problem, 1.0, stream())
    assert (moved - LOCAL).tolist() == [np.timedelta64(days, "D") for days in (0, 0, 135, 0, 0, 0)]


def test_at_most_one_delivery_goes_wrong_and_only_of_those_the_desk_knows(monkeypatch):
    monkeypatch.setattr(service_problem, "SHARE_WITH_PROBLEM", 1.0)
    had_problem = service_problem.draw_problems(LOCAL, BUYER, np.array([True, True, False]), stream())
    assert np.flatnonzero(had_problem).tolist() == [1]


def test_without_seasons_nothing_moves():
    had_problem = np.array([False, True, False, False, False, True])
    assert (forward(0.0) == LOCAL).all()
    assert (service_problem.put_off(LOCAL, BUYER, had_problem, 0.0, stream()) == LOCAL).all()


def test_the_groups_of_a_mailing_are_alike():
    campaigns = make_campaigns()
    first_at = np.full(10_000, campaigns.sent_at(tested_campaigns.WORKS) - np.timedelta64(200, "D"))
    first_at[:100] = np.datetime64("NaT")
    in_crm = np.arange(10_000) % 2 == 0
    groups = tested_campaigns.draw_groups(first_at, in_crm, campaigns, stream())[tested_campaigns.WORKS]
    counts = {group: (groups == group).sum() for group in (NOT_REACHED, TREATED, CONTROL)}
    assert (groups[~in_crm] == NOT_REACHED).all() and (groups[:100] == NOT_REACHED).all()
    expected = 4_950 * tested_campaigns.GROUP_SHARES[tested_campaigns.WORKS]
    assert counts[TREATED] == pytest.approx(expected, rel=0.1)
    assert counts[CONTROL] == pytest.approx(expected, rel=0.1)


def test_every_history_is_somebodys():
    people = draw_people(0, 500, Options(), stream())
    buyers = np.flatnonzero(people.is_buyer)
    rate = stream().random(len(buyers))
    whose = with_their_history(people, buyers, rate, stream())
    assert sorted(whose) == buyers.tolist()
    often, seldom = whose[rate > np.median(rate)], whose[rate <= np.median(rate)]
    assert people.birth_date[often].astype(int).mean() < people.birth_date[seldom].astype(int).mean()
