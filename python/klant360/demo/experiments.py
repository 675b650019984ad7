"""The webshop's experiments: one with an effect, one without, and one whose visitors were divided wrongly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from klant360.demo import tables


@dataclass(frozen=True)
class Experiment:
    """Every visit from `first` up to `last` (UTC) is in it; a person keeps one variant.

    `treated` is the share of visitors who get the treatment. `give_up` is the share of the orders of the
    others that are placed by telephone in the end: purchases do not depend on an experiment, only how they
    are made.
    """

    name: str
    first: np.datetime64
    last: np.datetime64
    treated: float = 0.5
    give_up: float = 0.0


EXPERIMENTS = [
    Experiment(
        "afrekenen_in_een_stap",
        np.datetime64("2024-09-01", "s"),
        np.datetime64("2024-11-01", "s"),
        give_up=0.5,
    ),
    Experiment("productpagina_video", np.datetime64("2025-03-01", "s"), np.datetime64("2025-05-16", "s")),
    # meant to be half
    Experiment(
        "gratis_retour_in_beeld",
        np.datetime64("2025-09-08", "s"),
        np.datetime64("2025-11-10", "s"),
        treated=0.36,
    ),
]


def _number(at: np.ndarray) -> np.ndarray:
    """Return which experiment instants (k,) are in, -1 for none."""
    number = np.full(len(at), -1)
    for place, experiment in enumerate(EXPERIMENTS):
        number[(at >= experiment.first) & (at < experiment.last)] = place
    return number


def _is_treated(number: np.ndarray, lot: np.ndarray) -> np.ndarray:
    return lot < np.array([experiment.treated for experiment in EXPERIMENTS])[number]


def variants(at: np.ndarray, lot: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Return the names of the experiments of visits (k,) and of their variants, null for none.

    `lot` (k,), uniform between 0 and 1, is the visitor's.
    """
    number = _number(at)
    names = pa.array([experiment.name for experiment in EXPERIMENTS])
    variant = np.where(_is_treated(number, lot), "treatment", "control")
    return names.take(pa.array(number, mask=number < 0)), tables.where(number >= 0, variant)


def give_up(at: np.ndarray, lot: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return which orders (m,) in the webshop are placed by telephone in the end."""
    number = _number(at)
    share = np.array([experiment.give_up for experiment in EXPERIMENTS])[number]
    return (number >= 0) & ~_is_treated(number, lot) & (rng.random(len(at)) < share)
