"""Maximum likelihood of models with a few parameters that are above 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]

# The step in the logarithm of a parameter over which the slope is differenced.
_STEP = 1e-4
# It has converged when the log-likelihood of all observations could gain no more than this, by the parabola
# through where it stands. One standard error off costs a half, so this is a seventieth of one.
_GREATEST_GAIN = 1e-4
# A climb that stops too early goes on from there, with its memory wiped, at most so often.
_CLIMBS = 5


@dataclass(frozen=True)
class Estimate:
    """The parameters (k,) with the highest likelihood.

    standard_error (k,) is NaN for a parameter at a bound, and for all of them if it did not converge;
    at_bound (k,) says which are at a bound.
    """

    value: Floats
    standard_error: Floats
    log_likelihood: float
    is_converged: bool
    at_bound: NDArray[np.bool_]


def maximise(
    log_likelihood: Callable[[Floats], tuple[float, Floats]],
    observations: int,
    start: Floats,
    lower: Floats,
    upper: Floats,
) -> Estimate:
    """Return the parameters from `lower` to `upper` (k,) with the highest likelihood.

    `log_likelihood` takes parameters (k,), and returns the log-likelihood of all `observations` and its
    gradient (k,). It is climbed from `start` (k,), in the logarithms of the parameters.

    Method: L-BFGS-B (Byrd, Lu, Nocedal and Zhu, 1995, SIAM Journal on Scientific Computing 16 (5),
    1190-1208). Standard errors: from the observed information of the parameters that are not at a bound.
    """

    def loss(logs: Floats) -> tuple[float, Floats]:
        values = np.exp(logs)
        height, slope = log_likelihood(values)
        return -height / observations, -slope * values / observations

    lowest, highest = np.log(lower), np.log(upper)
    logs, is_converged, climbs = np.log(start), False, 0
    while not is_converged and climbs < _CLIMBS:
        climbs += 1
        logs = minimize(
            loss,
            logs,
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(lowest, highest, strict=True)),
            options={"maxiter": 500, "ftol": 1e-15, "gtol": 1e-9},
        ).x
        at_bound = (logs <= lowest) | (logs >= highest)
        free = np.flatnonzero(~at_bound)
        covariance = _covariance(lambda point: observations * loss(point)[1], logs, free)
        height, slope = loss(logs)
        gain = observations**2 * slope[free] @ covariance @ slope[free] / 2
        is_converged = bool(gain < _GREATEST_GAIN)  # not when it is NaN
    error = np.full(len(logs), np.nan)
    if is_converged:
        error[free] = np.sqrt(np.diag(covariance)) * np.exp(logs[free])
    return Estimate(np.exp(logs), error, -height * observations, is_converged, at_bound)


def _covariance(slope: Callable[[Floats], Floats], point: Floats, free: NDArray[np.intp]) -> Floats:
    """Return the inverse of the slope's derivatives in the free directions; NaN where this is no minimum."""
    steps = np.eye(len(point))[free] * _STEP
    hessian = np.array([(slope(point + step) - slope(point - step))[free] / (2 * _STEP) for step in steps])
    hessian = hessian.reshape(len(free), len(free))
    hessian = (hessian + hessian.T) / 2
    if not np.isfinite(hessian).all() or (np.linalg.eigvalsh(hessian) <= 0).any():
        return np.full(hessian.shape, np.nan)
    return np.linalg.inv(hessian)
