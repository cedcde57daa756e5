"""Scores of the tags: how well each ranks files, how its threshold cuts, and whether it says anything at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from segue.tags import CATEGORIES, TagVocabulary, category_of
from training.evaluate.bootstrap import interval
from training.evaluate.labels import judge
from training.evaluate.measure import SEGUE, Measure, TagMeasure, mean_measure
from training.evaluate.metrics import (
    Bools,
    Floats,
    average_precision,
    chance_average_precision,
    precision_recall_f1,
    roc_auc,
)
from training.evaluate.tracks import EvaluatedTrack

MIN_PER_CLASS = 3  # positives and negatives a tag needs to count in the macro averages
DEGENERATE_STD = 0.05
_AT_THRESHOLD = ("precision", "recall", "f1")
_BLOCK = 50  # resamples handled at once where all tags are pooled


@dataclass(frozen=True)
class TagReport:
    """Scores of all tags together and one by one."""

    measures: list[Measure]
    tags: list[TagMeasure]
    degenerate: tuple[str, ...]


@dataclass(frozen=True)
class _Tag:
    """One tag with the files that say something about it.

    Attributes:
        label: ``category---name``.
        judged: ``(n,)`` which files count.
        positive: ``(n_judged,)``.
        scores: ``(n_judged,)``.
        active: ``(n_judged,)``.
    """

    label: str
    judged: Bools
    positive: Bools
    scores: Floats
    active: Bools

    @property
    def enough(self) -> bool:
        n_positive = int(self.positive.sum())
        return min(n_positive, len(self.positive) - n_positive) >= MIN_PER_CLASS

    @property
    def prevalence(self) -> float:
        return float(self.positive.mean()) if len(self.positive) else np.nan


def score_tags(
    tracks: list[EvaluatedTrack], vocabulary: TagVocabulary, draw: Callable[[list[EvaluatedTrack]], Floats]
) -> TagReport:
    """Scores the tags of every track that has tag estimates.

    Args:
        tracks: any tracks.
        vocabulary: what the columns of the estimates mean.
        draw: from tracks to bootstrap weights.
    """
    heard = [track for track in tracks if track.estimates.tags is not None]
    if not heard:
        return TagReport([], [], ())
    scores = np.stack([np.asarray(track.estimates.tags, dtype=np.float64) for track in heard])
    active = scores >= np.asarray(vocabulary.thresholds)
    measures: list[Measure] = []
    rows: list[TagMeasure] = []
    for category in CATEGORIES:
        tags = [
            _collect(label, heard, scores[:, column], active[:, column])
            for column, label in enumerate(vocabulary.labels)
            if category_of(label) == category
        ]
        measures += _together(category, [tag for tag in tags if tag.enough], heard, draw)
        measures += _active(category, vocabulary, active, draw(heard))
        rows += [_alone(tag, vocabulary, scores, active) for tag in tags]
    silent = scores.std(axis=0) < DEGENERATE_STD
    degenerate = tuple(
        label for column, label in enumerate(vocabulary.labels) if silent[column] and active[:, column].any()
    )
    return TagReport(measures + _activity(active, degenerate), rows, degenerate)


def _collect(label: str, tracks: list[EvaluatedTrack], scores: Floats, active: Bools) -> _Tag:
    is_genre = category_of(label) == "genre"
    verdicts = [judge(label, t.references.genres if is_genre else t.references.instruments) for t in tracks]
    judged = np.array([verdict is not None for verdict in verdicts])
    positive = np.array([verdict for verdict in verdicts if verdict is not None], dtype=np.bool_)
    return _Tag(label, judged, positive, scores[judged], active[judged])


def _alone(tag: _Tag, vocabulary: TagVocabulary, scores: Floats, active: Bools) -> TagMeasure:
    column = vocabulary.positions[tag.label]
    precision, recall, f1 = (float(part[0]) for part in precision_recall_f1(tag.positive, tag.active))
    n_positive = int(tag.positive.sum())
    return TagMeasure(
        label=tag.label,
        n_positive=n_positive,
        n_negative=len(tag.positive) - n_positive,
        roc_auc=float(roc_auc(tag.positive, tag.scores)[0]),
        average_precision=float(average_precision(tag.positive, tag.scores)[0]),
        prevalence=tag.prevalence,
        threshold=vocabulary.thresholds[column],
        precision=precision,
        recall=recall,
        f1=f1,
        std=float(scores[:, column].std()),
        active_share=float(active[:, column].mean()),
        in_macro=tag.enough,
    )


def _together(
    category: str, tags: list[_Tag], tracks: list[EvaluatedTrack], draw: Callable[[list[EvaluatedTrack]], Floats]
) -> list[Measure]:
    """Macro (mean over tags) and micro (all tags pooled) scores of the tags with enough files."""
    if not tags:
        return []
    weights = draw(tracks)
    n = int(np.any([tag.judged for tag in tags], axis=0).sum())

    def macro_of(metric: Callable[[_Tag, Floats], Floats]) -> Callable[[Floats], Floats]:
        return lambda w: _nan_mean([metric(tag, w[:, tag.judged]) for tag in tags])

    statistics: dict[str, Callable[[Floats], Floats]] = {
        "macro_roc_auc": macro_of(lambda tag, w: roc_auc(tag.positive, tag.scores, w)),
        "macro_average_precision": macro_of(lambda tag, w: average_precision(tag.positive, tag.scores, w)),
        "macro_precision": macro_of(lambda tag, w: precision_recall_f1(tag.positive, tag.active, w)[0]),
        "macro_recall": macro_of(lambda tag, w: precision_recall_f1(tag.positive, tag.active, w)[1]),
        "macro_f1": macro_of(lambda tag, w: precision_recall_f1(tag.positive, tag.active, w)[2]),
        "micro_roc_auc": lambda w: _pooled(tags, w, "roc_auc"),
        "micro_average_precision": lambda w: _pooled(tags, w, "average_precision"),
        "micro_precision": lambda w: _pooled(tags, w, "precision"),
        "micro_recall": lambda w: _pooled(tags, w, "recall"),
        "micro_f1": lambda w: _pooled(tags, w, "f1"),
    }
    measures = []
    for metric, statistic in statistics.items():
        found = interval(statistic, weights)
        measures.append(Measure(category, SEGUE, metric, found.value, found.low, found.high, n))
    pooled = np.concatenate([tag.positive for tag in tags])
    chance = {
        "macro_roc_auc": 0.5,
        "macro_average_precision": float(np.mean([_chance(tag.positive) for tag in tags])),
        "micro_roc_auc": 0.5,
        "micro_average_precision": _chance(pooled),
    }
    prevalence = {
        "macro_precision": float(np.mean([tag.prevalence for tag in tags])),  # of a tag that is always active
        "macro_average_precision": float(np.mean([tag.prevalence for tag in tags])),
        "micro_average_precision": float(pooled.mean()),
    }
    exact = {"baseline_random": chance, "baseline_prevalence": prevalence, SEGUE: {"n_tags": float(len(tags))}}
    return measures + [
        Measure(category, system, metric, value, np.nan, np.nan, n)
        for system, values in exact.items()
        for metric, value in values.items()
    ]


def _chance(positive: Bools) -> float:
    n_positive = int(positive.sum())
    return chance_average_precision(n_positive, len(positive) - n_positive)


def _nan_mean(parts: list[Floats]) -> Floats:
    """Mean over tags of those defined, ``(n_resamples,)``."""
    values = np.stack(parts)
    known = ~np.isnan(values)
    n = known.sum(axis=0).astype(np.float64)
    mean: Floats = np.divide(np.where(known, values, 0.0).sum(axis=0), n, out=np.full(n.shape, np.nan), where=n > 0)
    return mean


def _pooled(tags: list[_Tag], weights: Floats, metric: str) -> Floats:
    """One score of all (file, tag) pairs, block by block to spare memory."""
    positive = np.concatenate([tag.positive for tag in tags])
    scores = np.concatenate([tag.scores for tag in tags])
    active = np.concatenate([tag.active for tag in tags])
    answers = []
    for start in range(0, len(weights), _BLOCK):
        part = np.concatenate([weights[start : start + _BLOCK, tag.judged] for tag in tags], axis=1)
        if metric in _AT_THRESHOLD:
            answers.append(precision_recall_f1(positive, active, part)[_AT_THRESHOLD.index(metric)])
        else:
            of_ranking = roc_auc if metric == "roc_auc" else average_precision
            answers.append(of_ranking(positive, scores, part))
    return np.concatenate(answers) if answers else np.zeros(0)


def _active(category: str, vocabulary: TagVocabulary, active: Bools, weights: Floats) -> list[Measure]:
    """How many tags of a category are active on a file, on average."""
    columns = [column for column, label in enumerate(vocabulary.labels) if category_of(label) == category]
    if not columns:
        return []
    per_file = active[:, columns].sum(axis=1).astype(np.float64)
    return [mean_measure("activity", SEGUE, f"active_{category}_tags_per_file_mean", per_file, weights)]


def _activity(active: Bools, degenerate: tuple[str, ...]) -> list[Measure]:
    """How many tags are active on a file, and how many of the vocabulary ever or never are."""
    per_file = active.sum(axis=1)
    numbers = {
        "active_tags_per_file_mean": float(per_file.mean()),
        "active_tags_per_file_min": float(per_file.min()),
        "active_tags_per_file_max": float(per_file.max()),
        "files_without_active_tag": float((per_file == 0).mean()),
        "tags_never_active": float((~active.any(axis=0)).sum()),
        "tags_always_active": float(active.all(axis=0).sum()),
        "degenerate_tags": float(len(degenerate)),
    }
    return [Measure("activity", SEGUE, name, value, np.nan, np.nan, len(active)) for name, value in numbers.items()]
