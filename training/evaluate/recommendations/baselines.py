"""Baselines: chance, the references themselves, one list for everyone, and plain signal features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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
    """Popularity: tracks of the catalogue's most frequent genre first, whatever the query.

    Args:
        genres: reference genres of all tracks; tracks without come last.
    """

    name = "no_listening"

    def __init__(self, genres: Sequence[frozenset[str]]) -> None:
        self._genres = genres

    def scores(self, case: Case) -> Floats:
        """How many candidates carry the track's most frequent genre."""
        counts = Counter(genre for i in np.flatnonzero(case.allowed) for genre in self._genres[int(i)])
        return np.array(
            [max((counts[genre] for genre in named), default=0) for named in self._genres], dtype=np.float64
        )


class BestFixedList:
    """One list for everyone, made of the answers: tracks first that are right for most others.

    Told who is right for whom in the catalogue, but nothing of the query: for how many tracks outside its own group
    and outside the query's group each candidate is right. The most that any list for everyone can hope for.
    """

    name = "best_fixed_list"

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
