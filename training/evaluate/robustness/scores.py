"""Robustness scores: the study's eight numbers of one condition, as functions of how often each track is drawn.

All conditions are judged on the same tracks with the same draws, so that the change from clean has an interval of its
own, which is narrower than the two scores' intervals suggest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from segue.tags import CATEGORIES, TagVocabulary, category_of
from training.evaluate.labels import judge
from training.evaluate.metrics import (
    Bools,
    Floats,
    key_score_table,
    neighbour_precision,
    roc_auc,
    tempo_accuracy1,
    tempo_accuracy2,
    weighted_mean,
)
from training.evaluate.score_tags import MIN_PER_CLASS
from training.evaluate.tracks import EvaluatedTrack, groups_of

N_NEIGHBOURS = 5
LOW_SHARE = 0.05  # the cosine that all but so many tracks reach


@dataclass(frozen=True)
class Score:
    """One score of all tracks under one condition.

    Attributes:
        section: as in :class:`training.evaluate.measure.Measure`.
        metric: as there.
        n: how many tracks it is the score of.
        statistic: from draws ``(n_resamples, n_tracks)`` to values ``(n_resamples,)``.
    """

    section: str
    metric: str
    n: int
    statistic: Callable[[Floats], Floats]


def scores_of(
    spoilt: Sequence[EvaluatedTrack], clean: Sequence[EvaluatedTrack], vocabulary: TagVocabulary
) -> list[Score]:
    """All scores of one condition that the references allow.

    Args:
        spoilt: tracks as heard under the condition, with the references that hold there.
        clean: the same tracks as heard clean, in the same order.
        vocabulary: what the tag scores mean.
    """
    return [
        *(score for category in CATEGORIES for score in _tags(spoilt, category, vocabulary)),
        *_tempo(spoilt),
        *_key(spoilt),
        *_neighbours(spoilt, clean),
        *_cosines(spoilt, clean),
    ]


def other_track_cosines(clean: Sequence[EvaluatedTrack]) -> Floats:
    """Mean cosine of each track's embedding and those of other groups, ``(n,)``: what 0.98 is to be read against."""
    rows = _embeddings(clean)
    names = np.asarray(groups_of(list(clean)))
    others = names[:, None] != names[None, :]
    cosines: Floats = np.where(others, rows @ rows.T, 0.0).sum(axis=1) / np.maximum(others.sum(axis=1), 1)
    return np.where(others.any(axis=1), cosines, np.nan)


def _mean(section: str, metric: str, values: Floats) -> list[Score]:
    """Mean over tracks, those that are NaN left out; no score where all are."""
    n = int((~np.isnan(values)).sum())
    return [Score(section, metric, n, lambda draws: weighted_mean(values, draws))] if n else []


def _tags(tracks: Sequence[EvaluatedTrack], category: str, vocabulary: TagVocabulary) -> list[Score]:
    """ROC-AUC averaged over the tags with enough tracks of either kind."""
    rows = np.stack([np.asarray(track.estimates.tags, dtype=np.float64) for track in tracks])
    tags: list[tuple[Bools, Bools, Floats]] = []
    for column, label in enumerate(vocabulary.labels):
        if category_of(label) != category:
            continue
        names = [t.references.genres if category == "genre" else t.references.instruments for t in tracks]
        verdicts = [judge(label, named) for named in names]
        judged = np.array([verdict is not None for verdict in verdicts])
        positive = np.array([verdict for verdict in verdicts if verdict is not None], dtype=np.bool_)
        if min(positive.sum(), (~positive).sum()) >= MIN_PER_CLASS:
            tags.append((judged, positive, rows[judged, column]))
    if not tags:
        return []

    def macro(draws: Floats) -> Floats:
        values = np.stack([roc_auc(positive, scores, draws[:, judged]) for judged, positive, scores in tags])
        n_known = (~np.isnan(values)).sum(axis=0)
        mean = np.nansum(values, axis=0) / np.maximum(n_known, 1)
        return np.where(n_known > 0, mean, np.nan)

    n = int(np.any([judged for judged, _, _ in tags], axis=0).sum())
    return [Score(category, "macro_roc_auc", n, macro)]


def _tempo(tracks: Sequence[EvaluatedTrack]) -> list[Score]:
    reference = np.array([track.references.bpm or np.nan for track in tracks])
    octave = np.array([track.references.bpm_octave_known for track in tracks])
    heard = np.array([track.estimates.bpm for track in tracks], dtype=np.float64)
    unknown = np.isnan(reference)
    accuracy1 = np.where(unknown | ~octave, np.nan, tempo_accuracy1(reference, heard))
    accuracy2 = np.where(unknown, np.nan, tempo_accuracy2(reference, heard))
    return _mean("tempo", "accuracy1", accuracy1) + _mean("tempo", "accuracy2", accuracy2)


def _key(tracks: Sequence[EvaluatedTrack]) -> list[Score]:
    table = key_score_table()
    pairs = [(track.references.key, track.estimates.key) for track in tracks]
    values = [np.nan if truth is None or heard is None else table[truth.index, heard.index] for truth, heard in pairs]
    return _mean("key", "weighted_score", np.array(values))


def _neighbours(spoilt: Sequence[EvaluatedTrack], clean: Sequence[EvaluatedTrack]) -> list[Score]:
    """Spoilt queries against the clean catalogue."""
    known = np.array([bool(track.references.genres) for track in clean])
    if known.sum() < 2:
        return []
    named = [track.references.genres for track in clean if track.references.genres]
    groups = [group for group, is_known in zip(groups_of(list(clean)), known, strict=True) if is_known]
    values = np.full(len(clean), np.nan)
    catalogue, queries = _embeddings(clean)[known], _embeddings(spoilt)[known]
    values[known] = neighbour_precision(named, catalogue, groups, N_NEIGHBOURS, queries)
    return _mean("neighbours", f"genre_precision_at_{N_NEIGHBOURS}_by_embedding", values)


def _cosines(spoilt: Sequence[EvaluatedTrack], clean: Sequence[EvaluatedTrack]) -> list[Score]:
    cosines: Floats = (_embeddings(spoilt) * _embeddings(clean)).sum(axis=1)
    order = np.argsort(cosines, kind="stable")

    def low(draws: Floats) -> Floats:
        below = np.cumsum(draws[:, order], axis=1)
        reached = (below >= LOW_SHARE * below[:, -1:]).argmax(axis=1)
        return np.asarray(cosines[order][reached], dtype=np.float64)

    return [*_mean("embedding", "cosine_mean", cosines), Score("embedding", "cosine_5th_percentile", len(cosines), low)]


def _embeddings(tracks: Sequence[EvaluatedTrack]) -> Floats:
    """Unit-norm track embeddings, ``(n, dim)`` float64."""
    rows = np.stack([np.asarray(track.estimates.embedding, dtype=np.float64) for track in tracks])
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float64)
