"""Baselines: chance, the references themselves, one list for everyone, and plain signal features."""

from __future__ import annotations

import numpy as np

from training.evaluate.metrics import Floats
from training.evaluate.recommendations.systems import Case


class RandomRanking:
    """Every candidate equally likely; the exact expectation."""

    name = "random"

    def scores(self, case: Case) -> Floats:
        """All equal."""
        return np.zeros(len(case.allowed))


class Oracle:
    """Right candidates first: the most that this catalogue lets anyone reach, column by column."""

    name = "oracle"

    def scores(self, case: Case) -> Floats:
        """1 for those that are right."""
        return np.asarray(case.matches[case.query], dtype=np.float64)


class NoListening:
    """Popularity: one list for everyone, tracks first that are right for most others.

    Told the references of the catalogue, but nothing of the query: for how many tracks outside its own group and
    outside the query's group each candidate is right. The strongest list that listens to nothing.
    """

    name = "no_listening"

    def scores(self, case: Case) -> Floats:
        """For how many other candidates each is right."""
        strangers = case.groups[:, None] != case.groups[None, :]
        fits = case.matches & strangers & case.allowed[:, None]
        return np.asarray(fits.sum(axis=0), dtype=np.float64)


class SignalFeatures:
    """Nearest by Euclidean distance of standardised signal features; no training at all.

    Args:
        features: ``(n, n_features)`` from :mod:`training.evaluate.recommendations.signal`, standardised over all
            tracks here.
    """

    name = "signal_features"

    def __init__(self, features: Floats) -> None:
        spread = features.std(axis=0)
        self._rows = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)

    def scores(self, case: Case) -> Floats:
        """Minus the distance to the query."""
        return np.asarray(-np.linalg.norm(self._rows - self._rows[case.query], axis=1), dtype=np.float64)
