"""How probable it is that two customers are one person, corrected for households.

The model assumes that fields are independent, which they are not in a household: its people share a last
name, an address and often a phone, and twins also a birth date. Two corrections keep families out of the
suggestions:

- Two different first names. Pairs of one home with different first names are either families or records of
  one person, and the birth dates show how many there are of each in these data: those of a family contradict
  each other, those of one person rarely do. No such pair is more probable than the share that is one person.
- A customer who matches two customers that are two people is only one of them: the two share the probability.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from klant360.identity.match_model import prior_probability

# A pair is suggested when it is at least as likely to be one person as two.
LEAST_PROBABILITY = 0.5
# Of two people of one home, the greatest share that has the same birth date: twins.
MOST_TWINS = 0.1
# Of records of one person, at most this many have contradicting birth dates for each one that does not.
CONTRADICTIONS = 0.15
# How often two people have the same initial.
SAME_INITIALS = 1 / 12


def probabilities(pairs: pd.DataFrame, count: int) -> np.ndarray:
    """Return the probability (n,) that each pair is one person, corrected for households."""
    # pairs of one home: the model would take them for one person without first names and birth dates
    of_one_home = _fitted(pairs["home_bits"].to_numpy(), np.ones(len(pairs)), count) >= LEAST_PROBABILITY
    ceiling = _one_person_shares(pairs, of_one_home)
    return _shared_by_rivals(pairs, _fitted(pairs["bits"].to_numpy(), ceiling, count), ceiling)


def _fitted(bits: np.ndarray, ceiling: np.ndarray, count: int) -> np.ndarray:
    """Return probabilities (n,) under the prior that they imply, found by EM."""
    all_pairs = max(count * (count - 1) / 2, 1)
    prior = prior_probability(count)
    for _ in range(50):
        odds = np.exp2(np.clip(bits + np.log2(prior / (1 - prior)), -100, 100))
        probabilities = ceiling * odds / (1 + odds)
        prior = min(max(probabilities.sum(), 1.0) / all_pairs, 0.5)
    return probabilities


def _one_person_shares(pairs: pd.DataFrame, of_one_home: np.ndarray) -> np.ndarray:
    """Return the ceiling (n,) of each pair's probability, from the pairs of one home in these data."""
    shares = np.ones(len(pairs))
    # people of one home share a last name or have two: each kind has its own shares
    for of_these in (pairs["last name"] == "other", pairs["last name"] != "other"):
        shares[of_these] = _shares_of_a_kind(pairs[of_these], of_one_home[of_these])
    return shares


def _shares_of_a_kind(pairs: pd.DataFrame, of_one_home: np.ndarray) -> np.ndarray:
    first, birth = pairs["first name"], pairs["birth date"]
    other_name, some_name = first == "other", ~first.isin(["other", "initial", "unknown"])
    same_birth, unknown_birth = birth.isin(["same", "alike"]), birth == "unknown"

    def customers(which: pd.Series) -> int:
        these = pairs.loc[which & of_one_home, ["customer_id", "other_customer_id"]]
        return len(these.drop_duplicates())

    # two first names: how many birth dates agree or contradict, and how many of these pairs are two people
    agreeing = customers(other_name & same_birth)
    contradicting = customers(other_name & ~same_birth & ~unknown_birth)
    households = max(contradicting - CONTRADICTIONS * agreeing, 0.0)
    twins = min(MOST_TWINS * households, agreeing)
    two_names = _share(agreeing - twins + contradicting - households, twins + households)
    shares = np.ones(len(pairs))
    shares[other_name & same_birth] = _share(agreeing - twins, twins)
    shares[other_name & ~same_birth & ~unknown_birth] = _share(contradicting - households, households)
    shares[other_name & unknown_birth] = two_names
    # an unknown first name may be that of anyone in the home; an initial fits one in twelve
    one_person = customers(some_name) + customers(other_name) * two_names
    two_people = customers(other_name) * (1 - two_names)
    shares[of_one_home & (first == "unknown")] = _share(one_person, two_people)
    shares[of_one_home & (first == "initial")] = _share(one_person, two_people * SAME_INITIALS)
    return shares


def _share(these: float, those: float) -> float:
    # the posterior mean under the prior of Jeffreys (1946)
    return (these + 0.5) / (these + those + 1)


def _shared_by_rivals(pairs: pd.DataFrame, probabilities: np.ndarray, ceiling: np.ndarray) -> np.ndarray:
    """Return probabilities (n,) after two people, by their first names, share a customer who fits both."""
    either_way = pd.DataFrame(
        {
            "of": pd.concat([pairs["customer_id"], pairs["other_customer_id"]], ignore_index=True),
            "fits": pd.concat([pairs["other_customer_id"], pairs["customer_id"]], ignore_index=True),
            "odds": np.tile(_odds(probabilities), 2),
            "ceiling": np.tile(ceiling, 2),
        }
    )
    best = either_way.groupby(["of", "fits"], as_index=False).max()
    likely = best.loc[best["odds"] >= 1, ["of", "fits", "odds"]]
    two_people = best.loc[best["ceiling"] < LEAST_PROBABILITY, ["of", "fits"]]
    rivals = (
        likely.merge(likely, on="of", suffixes=("", "_of_rival"))
        .merge(two_people, left_on=["fits", "fits_of_rival"], right_on=["of", "fits"], suffixes=("", "_too"))
        .groupby(["of", "fits"])["odds_of_rival"]
        .sum()
    )
    against = rivals.reindex(pd.MultiIndex.from_frame(either_way[["of", "fits"]])).fillna(0.0).to_numpy()
    against = against.reshape(2, -1).max(axis=0)
    odds = _odds(probabilities)
    return np.where(against > 0, odds / (1 + odds + against), probabilities)


def _odds(probabilities: np.ndarray) -> np.ndarray:
    return probabilities / np.clip(1 - probabilities, 1e-9, None)
