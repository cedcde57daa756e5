"""Metrics: pure functions on arrays, one value per track or one per resample.

Conventions follow mir_eval (Raffel et al. 2014): *reference* is the truth, *estimated* what was heard,
reference first. Metrics that are means over tracks return the values of the tracks; metrics of a whole
ranking (ROC-AUC, average precision) take ``weights`` of shape ``(n_resamples, n)``, so that a bootstrap
costs one matrix operation: a track drawn twice weighs 2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TEMPO_TOLERANCE = 0.04
OCTAVE_FACTORS = (1.0, 1 / 3, 1 / 2, 2.0, 3.0)
KEY_WEIGHTS = {"same": 1.0, "fifth": 0.5, "relative": 0.3, "parallel": 0.2, "other": 0.0}


# --- tempo ---------------------------------------------------------------------------------------


def tempo_accuracy1(reference_bpm: Floats, estimated_bpm: Floats) -> Floats:
    """Accuracy 1 of Gouyon et al. 2006: 1 where the estimate lies within 4 % of the reference.

    Args:
        reference_bpm: ``(n,)``, > 0.
        estimated_bpm: ``(n,)`` or broadcastable to it; 0 (no tempo found) is a miss.

    Returns:
        0 or 1, in the broadcast shape.
    """
    return _within(reference_bpm, estimated_bpm).astype(np.float64)


def tempo_accuracy2(reference_bpm: Floats, estimated_bpm: Floats) -> Floats:
    """Accuracy 2 of Gouyon et al. 2006: as Accuracy 1, with 1/3, 1/2, 2 and 3 times the reference also right."""
    hits = np.stack([_within(reference_bpm * factor, estimated_bpm) for factor in OCTAVE_FACTORS])
    return np.asarray(hits.any(axis=0), dtype=np.float64)


def absolute_octave_error1(reference_bpm: Floats, estimated_bpm: Floats) -> Floats:
    """Distance in octaves, ``|log2(estimated / reference)|`` (AOE1 of Schreiber et al. 2020).

    Returns:
        ``(n,)`` octaves; NaN where the estimate is not above 0.
    """
    known = np.where(estimated_bpm > 0, estimated_bpm, np.nan)
    return np.asarray(np.abs(np.log2(known / reference_bpm)), dtype=np.float64)


def absolute_octave_error2(reference_bpm: Floats, estimated_bpm: Floats) -> Floats:
    """Octaves to the nearest of 1/3, 1/2, 1, 2 and 3 times the reference (AOE2 of Schreiber et al. 2020)."""
    errors = [absolute_octave_error1(reference_bpm * factor, estimated_bpm) for factor in OCTAVE_FACTORS]
    return np.asarray(np.min(errors, axis=0), dtype=np.float64)


def _within(reference_bpm: Floats, estimated_bpm: Floats) -> Bools:
    return np.asarray(np.abs(estimated_bpm - reference_bpm) <= TEMPO_TOLERANCE * reference_bpm, dtype=np.bool_)


# --- key -----------------------------------------------------------------------------------------


def key_score_table() -> Floats:
    """Weighted score of each estimated key (column) for each reference key (row), ``(24, 24)``.

    MIREX audio key detection as in ``mir_eval.key.weighted_score``: same key 1, estimate a perfect
    fifth above in the same mode 0.5, relative 0.3, parallel 0.2, else 0. Key classes are those of
    :attr:`segue.key.Key.index`: majors from C, then minors from C.
    """
    table = np.zeros((24, 24))
    for reference in range(24):
        tonic, minor = reference % 12, reference >= 12
        offset = 12 if minor else 0
        table[reference, reference] = KEY_WEIGHTS["same"]
        table[reference, (tonic + 7) % 12 + offset] = KEY_WEIGHTS["fifth"]
        relative = (tonic + 3) % 12 if minor else (tonic + 9) % 12 + 12
        table[reference, relative] = KEY_WEIGHTS["relative"]
        table[reference, (reference + 12) % 24] = KEY_WEIGHTS["parallel"]
    return table


def key_weighted_score(reference_keys: Ints, estimated_keys: Ints) -> Floats:
    """Weighted score of each track, ``(n,)`` in [0, 1], from key classes ``(n,)`` in 0..23."""
    return np.asarray(key_score_table()[reference_keys, estimated_keys], dtype=np.float64)


# --- rankings ------------------------------------------------------------------------------------


def roc_auc(reference_positive: Bools, estimated_scores: Floats, weights: Floats | None = None) -> Floats:
    """Area under the ROC curve: chance that a positive scores above a negative, ties counting half.

    The Mann-Whitney form (Hanley & McNeil 1982).

    Args:
        reference_positive: ``(n,)``.
        estimated_scores: ``(n,)``, any scale.
        weights: ``(n_resamples, n)``, >= 0; all ones in one row when left out.

    Returns:
        ``(n_resamples,)`` in [0, 1]; NaN where positives or negatives are missing.
    """
    positives, negatives = _tied_sums(reference_positive, estimated_scores, weights)
    below = np.cumsum(negatives, axis=1) - negatives / 2
    return _ratio((positives * below).sum(axis=1), positives.sum(axis=1) * negatives.sum(axis=1))


def average_precision(reference_positive: Bools, estimated_scores: Floats, weights: Floats | None = None) -> Floats:
    """Average precision without interpolation, equal scores ranked together (as scikit-learn defines it).

    Args and shapes as in :func:`roc_auc`.

    Returns:
        ``(n_resamples,)`` in [0, 1]; NaN where there is no positive.
    """
    ascending = _tied_sums(reference_positive, estimated_scores, weights)
    positives, negatives = (part[:, ::-1] for part in ascending)
    found = np.cumsum(positives, axis=1)
    seen = found + np.cumsum(negatives, axis=1)
    precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
    return _ratio((positives * precision).sum(axis=1), positives.sum(axis=1))


def chance_average_precision(n_positive: int, n_negative: int) -> float:
    """Expected average precision of a random ranking, exact (Bestgen 2015).

    Above the prevalence, and far above it with few files; NaN where there is no positive.
    """
    n = n_positive + n_negative
    if n_positive == 0 or n == 1:
        return 1.0 if n_positive else np.nan
    others = (n_positive - 1) / (n - 1)  # chance that another file is positive, given one that is
    at_one = float((1 / np.arange(1, n + 1)).mean())
    return at_one + others * (1 - at_one)


def _tied_sums(positive: Bools, scores: Floats, weights: Floats | None) -> tuple[Floats, Floats]:
    """Weight of positives and of negatives at each distinct score, ascending, ``(n_resamples, n_distinct)``."""
    weights = np.ones((1, len(scores))) if weights is None else weights
    if len(scores) == 0:
        empty = np.zeros((len(weights), 0))
        return empty, empty
    order = np.argsort(scores, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(scores[order]) > 0])
    ordered, is_positive = weights[:, order], positive[order]
    return (
        np.add.reduceat(ordered * is_positive, first, axis=1),
        np.add.reduceat(ordered * ~is_positive, first, axis=1),
    )


def precision_recall_f1(
    reference_positive: Bools, estimated_active: Bools, weights: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and F1 of active tags; shapes as in :func:`roc_auc`.

    Returns:
        Three arrays ``(n_resamples,)``. Precision is NaN where nothing is active, recall and F1 where
        nothing is positive.
    """
    weights = np.ones((1, len(reference_positive))) if weights is None else weights
    hits = weights @ (reference_positive & estimated_active).astype(np.float64)
    active = weights @ estimated_active.astype(np.float64)
    positive = weights @ reference_positive.astype(np.float64)
    f1 = np.where(positive > 0, _ratio(2 * hits, active + positive), np.nan)
    return _ratio(hits, active), _ratio(hits, positive), f1


def weighted_mean(values: Floats, weights: Floats | None = None) -> Floats:
    """Mean of the values that are not NaN, ``(n_resamples,)``; NaN where there are none."""
    weights = np.ones((1, len(values))) if weights is None else weights
    known = ~np.isnan(values)
    return _ratio(weights[:, known] @ values[known], weights[:, known].sum(axis=1))


def _ratio(above: Floats, below: Floats) -> Floats:
    ratio: Floats = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    return ratio


# --- neighbours ----------------------------------------------------------------------------------


def neighbour_precision(
    reference_genres: Sequence[frozenset[str]],
    vectors: Floats,
    groups: Sequence[str],
    k: int = 5,
    queries: Floats | None = None,
) -> Floats:
    """Share of each track's k nearest neighbours by cosine that carry one of its genres.

    Leave-one-out; tracks of the query's own group are never candidates (artist and album filter,
    Pampalk et al. 2005). Equal cosines rank in order of position.

    Args:
        reference_genres: ``n`` non-empty sets.
        vectors: ``(n, dim)``; a row of zeros is at cosine 0 of everything.
        groups: ``n`` names.
        k: how many neighbours; fewer where there are fewer candidates.
        queries: ``(n, dim)``, what to search with; the vectors themselves when left out.

    Returns:
        ``(n,)`` in [0, 1]; NaN where a track has no candidate.
    """
    relevant, candidate = _relevance(reference_genres, groups)
    rows = _unit_rows(vectors)
    asked = rows if queries is None else _unit_rows(queries)
    cosines = np.where(candidate, asked @ rows.T, -np.inf)
    nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    hits = np.take_along_axis(relevant & candidate, nearest, axis=1).sum(axis=1)
    return _ratio(hits.astype(np.float64), np.minimum(k, candidate.sum(axis=1)).astype(np.float64))


def _unit_rows(vectors: Floats) -> Floats:
    """Rows scaled to length 1; zeros stay zeros."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    rows: Floats = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return rows


def chance_precision(reference_genres: Sequence[frozenset[str]], groups: Sequence[str]) -> Floats:
    """Expected :func:`neighbour_precision` of a random ranking, exact: share of relevant candidates, ``(n,)``."""
    relevant, candidate = _relevance(reference_genres, groups)
    return _ratio((relevant & candidate).sum(axis=1).astype(np.float64), candidate.sum(axis=1).astype(np.float64))


def _relevance(genres: Sequence[frozenset[str]], groups: Sequence[str]) -> tuple[Bools, Bools]:
    """``(n, n)`` masks: shares a genre; may be recommended (another group)."""
    names = sorted(set().union(*genres))
    carries = np.array([[name in track for name in names] for track in genres], dtype=np.int64)
    carries = carries.reshape(len(genres), len(names))
    numbers = np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1]
    return carries @ carries.T > 0, numbers[:, None] != numbers[None, :]
