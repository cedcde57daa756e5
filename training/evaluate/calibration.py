"""Calibration: does a confidence of 0.8 mean that eight answers in ten are right?

Expected calibration error (Naeini et al. 2015; Guo et al. 2017) over ten bins of equal width, ``(0, 0.1]`` to
``(0.9, 1]``: the mean distance of accuracy and confidence in a bin, weighted by how many answers are in it.

Even perfect confidence has an error above 0 on few tracks, since accuracy is a count; :func:`calibrated_error` says
how much (consistency resampling: Bröcker & Smith 2007). Resampling adds such noise once more, so that bootstrap
intervals of the error lean upwards: their upper end is the careful one to hold against a target.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.evaluate.bootstrap import SEED, Interval
from training.evaluate.metrics import Floats, Ints

N_BINS = 10
_EDGES = np.linspace(0.0, 1.0, N_BINS + 1)
_N_DRAWS = 1000
_Z = 1.96  # standard normal, 95 %


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers of like confidence, and how many of them are right.

    Attributes:
        section: ``tempo`` or ``key``.
        system: ``segue``, or one of its witnesses.
        bin_low: confidences in it are above this (or equal, in the first bin).
        bin_high: and at most this.
        n: how many answers.
        confidence: their mean; NaN where n is 0.
        accuracy: share of them that are right; NaN where n is 0.
        accuracy_low: lower end of its 95 % interval (Wilson 1927), tracks taken as independent.
        accuracy_high: upper end.
        subset: ``all`` or ``recorded``.
    """

    section: str
    system: str
    bin_low: float
    bin_high: float
    n: int
    confidence: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    subset: str = "all"


def expected_calibration_error(confidence: Floats, correct: Floats, weights: Floats | None = None) -> Floats:
    """Mean distance of accuracy and confidence over the bins.

    Args:
        confidence: ``(n,)`` in [0, 1].
        correct: ``(n,)``, 0 or 1.
        weights: ``(n_resamples, n)``, >= 0; all ones in one row when left out.

    Returns:
        ``(n_resamples,)`` in [0, 1]; NaN where nothing weighs anything.
    """
    weights = np.ones((1, len(confidence))) if weights is None else weights
    gaps = weights @ ((correct - confidence)[:, None] * _membership(confidence))
    total = weights.sum(axis=1)
    mean: Floats = np.divide(np.abs(gaps).sum(axis=1), total, out=np.full(len(total), np.nan), where=total > 0)
    return mean


def calibrated_error(confidence: Floats, seed: int = SEED) -> Interval:
    """The error that perfect calibration would show with these confidences, ``(n,)``: mean and 95 % range."""
    rng = np.random.default_rng(seed)
    correct = rng.random((_N_DRAWS, len(confidence))) < confidence
    errors = np.abs((correct - confidence) @ _membership(confidence)).sum(axis=1) / len(confidence)
    low, high = np.percentile(errors, [2.5, 97.5])
    return Interval(float(errors.mean()), float(low), float(high))


def reliability(section: str, system: str, confidence: Floats, correct: Floats) -> list[ReliabilityBin]:
    """The rows of a reliability diagram, one for each bin from low to high, empty ones included.

    Args:
        section: what is answered.
        system: who answered.
        confidence: ``(n,)`` in [0, 1].
        correct: ``(n,)``, 0 or 1.
    """
    bins, rows = bin_of(confidence), []
    for number in range(N_BINS):
        inside = bins == number
        n = int(inside.sum())
        hits = float(correct[inside].sum())
        mean = float(confidence[inside].mean()) if n else np.nan
        low, high = wilson(hits, n)
        edges = float(_EDGES[number].round(6)), float(_EDGES[number + 1].round(6))
        rows.append(ReliabilityBin(section, system, *edges, n, mean, hits / n if n else np.nan, low, high))
    return rows


def bin_of(confidence: Floats) -> Ints:
    """Number of the bin of each confidence, ``(n,)`` in 0..9."""
    return np.asarray(np.digitize(confidence, _EDGES[1:-1], right=True), dtype=np.int64)


def wilson(hits: float, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); NaN where n is 0."""
    if n == 0:
        return np.nan, np.nan
    share, spread = hits / n, _Z**2 / n
    centre = (share + spread / 2) / (1 + spread)
    half = _Z * np.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return min(share, max(0.0, float(centre - half))), max(share, min(1.0, float(centre + half)))  # rounding


def _membership(confidence: Floats) -> Floats:
    """Which bin each answer is in, ``(n, N_BINS)`` of 0 and 1."""
    return np.eye(N_BINS)[bin_of(confidence)]
