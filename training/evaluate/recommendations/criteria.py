"""Criteria: when a result counts as right for a query, from reference labels alone.

A track without the label a criterion needs is neither a query nor a candidate of that criterion: nothing is
known of it, and counting it as wrong would punish whoever recommends it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from segue.key import Relation, relation
from training.evaluate.metrics import Bools
from training.evaluate.tracks import References

MAX_TEMPO_RATIO = 1.06
METRICAL_LEVELS = (0.5, 1.0, 2.0)
HARMONIC: frozenset[Relation] = frozenset({"same", "relative", "adjacent"})
"""Key relations that count: the same key, its relative, a fifth up or down in the same mode (4 of 24 keys).

On the Camelot wheel: same number, or the number beside it with the same letter. Not counted: ``diagonal``,
``two_steps``, ``energy_boost``, ``parallel``.
"""


@dataclass(frozen=True)
class Criterion:
    """One way for a result to be right.

    Attributes:
        name: ``genre``, ``tempo``, ``key`` or ``all``.
        labelled: whether a track has the references that this needs.
        matches: whether a labelled result is right for a labelled query; symmetric.
    """

    name: str
    labelled: Callable[[References], bool]
    matches: Callable[[References, References], bool]


def share_genre(query: References, result: References) -> bool:
    """Whether at least one genre is named for both, as written (normalised; parents are not added)."""
    return bool(query.genres & result.genres)


def mix_in_tempo(query: References, result: References) -> bool:
    """Whether one of the tempi, halved, as it is, or doubled, comes within 6 % of the other.

    Within 6 %: the faster of the two is at most 1.06 times the slower.
    """
    if query.bpm is None or result.bpm is None:
        return False
    ratios = [query.bpm * level / result.bpm for level in METRICAL_LEVELS]
    return any(max(ratio, 1 / ratio) <= MAX_TEMPO_RATIO + 1e-9 for ratio in ratios)


def mix_in_key(query: References, result: References) -> bool:
    """Whether the keys relate as one of :data:`HARMONIC`."""
    return query.key is not None and result.key is not None and relation(query.key, result.key) in HARMONIC


GENRE = Criterion("genre", lambda r: bool(r.genres), share_genre)
TEMPO = Criterion("tempo", lambda r: r.bpm is not None, mix_in_tempo)
KEY = Criterion("key", lambda r: r.key is not None, mix_in_key)
_SINGLE = (GENRE, TEMPO, KEY)
ALL = Criterion(
    "all",
    lambda r: all(criterion.labelled(r) for criterion in _SINGLE),
    lambda query, result: all(criterion.matches(query, result) for criterion in _SINGLE),
)
CRITERIA = (*_SINGLE, ALL)


def labelled_mask(criterion: Criterion, references: Sequence[References]) -> Bools:
    """Which tracks take part, ``(n,)``."""
    return np.array([criterion.labelled(r) for r in references], dtype=np.bool_)


def match_table(criterion: Criterion, references: Sequence[References]) -> Bools:
    """Which results (columns) are right for which queries (rows), ``(n, n)``; False where a label is missing."""
    taking_part = [i for i, reference in enumerate(references) if criterion.labelled(reference)]
    table = np.zeros((len(references), len(references)), dtype=np.bool_)
    for query in taking_part:
        table[query, taking_part] = [criterion.matches(references[query], references[r]) for r in taking_part]
    return table
