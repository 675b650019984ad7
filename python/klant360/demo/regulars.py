"""Who buys often: older people, and those in the west, so that age and region differ by segment.

Only who has which history depends on it: the histories themselves stay those of the buying process.
"""

from __future__ import annotations

import numpy as np

from klant360.demo.people import People

# The middle of the birth dates and their standard deviation.
BORN, SPREAD = np.datetime64("1976-07-01", "D"), np.timedelta64(5_300, "D")
# Postcodes that start with these: the west of the Netherlands; in Belgium equally many.
WEST = ("1", "2", "3")
WEST_SHARE = 1 / 3
# How much both count beside chance, in standard deviations.
AGE, REGION = 1.1, 0.9


def with_their_history(
    people: People, buyers: np.ndarray, rate: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return who of the buyers (k,) has each history; `rate` (k,) is how often purchases come in it."""
    older = (BORN - people.birth_date[buyers]) / SPREAD
    in_west = np.array([code.startswith(WEST) for code in people.address.postal_code[buyers]], dtype=bool)
    western = (in_west - WEST_SHARE) / np.sqrt(WEST_SHARE * (1 - WEST_SHARE))
    inclination = AGE * older + REGION * western + rng.normal(0, 1, len(buyers))
    whose = np.empty_like(buyers)
    whose[np.argsort(rate, kind="stable")] = buyers[np.argsort(inclination, kind="stable")]
    return whose
