"""Systems: whoever recommends gives each candidate a score, and the share of right ones in the top is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from training.evaluate.metrics import Bools, Floats, Ints

TOP = 5


@dataclass(frozen=True)
class Case:
    """One question to every system.

    Attributes:
        query: position of the query.
        allowed: ``(n,)`` who may be recommended: labelled tracks outside the query's group.
        matches: ``(n, n)`` who is right for whom by reference; for baselines that are told the references
            (``oracle``, ``best_fixed_list``), nobody else may look.
        groups: ``(n,)`` group numbers.
    """

    query: int
    allowed: Bools
    matches: Bools
    groups: Ints


class System(Protocol):
    """Anything that recommends."""

    @property
    def name(self) -> str:
        """What it is called in tables and JSON."""
        ...

    def scores(self, case: Case) -> Floats:
        """Score of every track, ``(n,)``; larger is better, ``-inf`` is not offered, equal ones are in random order."""
        ...


def share_of_top(scores: Floats, case: Case, k: int = TOP) -> float:
    """Expected share of right results among the first k.

    Equal scores are in random order, and the expectation over that order is exact. Results that are not offered
    count as wrong: the share is of ``min(k, candidates)``.

    Returns:
        In [0, 1]; NaN where there is no candidate.
    """
    left = min(k, int(case.allowed.sum()))
    if left == 0:
        return float("nan")
    offered = np.flatnonzero(case.allowed & (scores > -np.inf))
    right, n_asked, hits = case.matches[case.query, offered], left, 0.0
    for level in np.unique(scores[offered])[::-1]:
        tied = right[scores[offered] == level]
        taken = min(left, len(tied))
        hits += taken * float(tied.mean())
        left -= taken
        if left == 0:
            break
    return hits / n_asked
