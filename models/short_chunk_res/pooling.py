"""Pooling: one distribution of a track from the distributions of its stretches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WEIGHT_OF_MEAN = 0.5


def pool_log_probabilities(log_probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """The track's distribution: geometric mean of the arithmetic and the geometric mean of its stretches.

    The geometric mean trusts what all stretches allow, the arithmetic mean what some are sure of, which a quiet
    intro must not veto.

    Args:
        log_probabilities: ``(n_stretches, n_classes)``, each row a distribution.

    Returns:
        ``(n_classes,)`` float64 log-probabilities.
    """
    rows = log_probabilities.astype(np.float64)
    arithmetic = np.log(np.exp(rows).mean(axis=0) + 1e-12)
    geometric = rows.mean(axis=0)
    return normalise(_WEIGHT_OF_MEAN * arithmetic + (1.0 - _WEIGHT_OF_MEAN) * geometric)


def normalise(log_weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-weights shifted so that their exponentials sum to 1."""
    peak = float(log_weights.max())
    shifted: NDArray[np.float64] = log_weights - (peak + np.log(np.exp(log_weights - peak).sum()))
    return shifted
