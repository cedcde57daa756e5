"""Bootstrap: 95 % percentile intervals (Efron 1979), resampling whole groups where groups are known.

Tracks of one work or album are alike; drawing them one by one would make intervals too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from training.evaluate.metrics import Floats

SEED = 20_240_229
N_RESAMPLES = 1000
COVERAGE = 0.95


@dataclass(frozen=True)
class Interval:
    """A value and the interval that it may lie in.

    Attributes:
        value: the statistic of all tracks.
        low: lower end; NaN with fewer than two groups.
        high: upper end; NaN with fewer than two groups.
    """

    value: float
    low: float
    high: float


def resample(groups: Sequence[str], n_resamples: int = N_RESAMPLES, seed: int = SEED) -> Floats:
    """How often each track is drawn in each resample.

    Args:
        groups: group of each track; as many groups as there are get drawn with replacement.
        n_resamples: rows of the answer.
        seed: same seed, same draws.

    Returns:
        ``(n_resamples, n_tracks)`` float64 counts; no rows with fewer than two groups.
    """
    names, members = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    if len(names) < 2:
        return np.zeros((0, len(groups)))
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=n_resamples)
    return np.asarray(draws[:, members], dtype=np.float64)


def interval(statistic: Callable[[Floats], Floats], weights: Floats) -> Interval:
    """Value and interval of a statistic.

    Args:
        statistic: from weights ``(n_resamples, n)`` to values ``(n_resamples,)``; NaN means undefined.
        weights: from :func:`resample`.
    """
    value = float(statistic(np.ones((1, weights.shape[1])))[0])
    values = statistic(weights) if len(weights) else np.zeros(0)
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return Interval(value, np.nan, np.nan)
    tail = 100 * (1 - COVERAGE) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return Interval(value, float(low), float(high))
