"""Two mailings to regular customers with a control group as large as the group that gets them.

One makes people buy sooner, the other does nothing. The effect grows with the seasonality, so that without
seasons purchases follow their process exactly.
"""

from __future__ import annotations

import numpy as np

from klant360.demo.campaigns import CONTROL, NOT_REACHED, TREATED, Campaigns
from klant360.demo.moves import follow, moved

WORKS, DOES_NOTHING = "P-2024-09", "P-2025-09"
# The share of regular customers in either of its groups.
GROUP_SHARES = {WORKS: 0.45, DOES_NOTHING: 0.2}
# Customers for so long that the CRM surely knew them when the mailing was sent.
A_REGULAR_AFTER = np.timedelta64(120, "D")
# Whoever would have bought within this time buys within four weeks.
BROUGHT_FORWARD_FROM = np.timedelta64(270, "D")
DAYS_TO_BUY = 28


def draw_groups(
    first_at: np.ndarray, in_crm: np.ndarray, campaigns: Campaigns, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return the groups (n,) of people by tested campaign; `first_at` (n,) is the first purchase, or NaT."""
    groups = {}
    for name, share in GROUP_SHARES.items():
        is_regular = in_crm & (first_at < campaigns.sent_at(name) - A_REGULAR_AFTER)
        place = np.minimum(rng.random(len(first_at)) / share, 2).astype(np.int64)
        groups[name] = np.where(is_regular, np.array([TREATED, CONTROL, NOT_REACHED])[place], NOT_REACHED)
    return groups


def brought_forward(
    local: np.ndarray,
    buyer: np.ndarray,
    is_treated: np.ndarray,
    sent_at: np.datetime64,
    seasonality: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the local times of purchases (m,), by buyer and time, after the mailing that works.

    `is_treated` (k,) are the buyers who got it: their next purchase comes sooner, at the same time of day.
    """
    is_after = local > sent_at
    is_next = is_after & ~follow(buyer, is_after)
    is_soon = local < sent_at + BROUGHT_FORWARD_FROM
    moves = is_next & is_soon & is_treated[buyer] & (rng.random(len(local)) < seasonality)
    day = sent_at.astype("datetime64[D]") + rng.integers(1, DAYS_TO_BUY, len(local))
    sooner = day.astype("datetime64[s]") + (local - local.astype("datetime64[D]"))
    return moved(local, buyer, moves, np.minimum(local, sooner))
