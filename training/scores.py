"""Scores during training, on the development split: quick views; ``segue evaluate`` is the judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from models.crnn.vocabulary import TAGS
from segue.tags import category_of
from training.corpus import Entry
from training.targets import with_implied

Array = NDArray[np.float32]
MIN_EXAMPLES = 3


def tag_scores(entries: Sequence[Entry], scores: Array) -> dict[str, float]:
    """Macro ROC-AUC by corpus and category, tags with 3 or more positives and negatives.

    Args:
        entries: recordings.
        scores: ``(n, n_tags)``.
    """
    result = {}
    for corpus in ("real", "studio"):
        for category in ("genre", "instrument"):
            areas = list(tag_areas(entries, scores, corpus, category).values())
            if areas:
                result[f"auc_{corpus}_{category}"] = float(np.mean(areas))
    return result


def tag_areas(entries: Sequence[Entry], scores: Array, corpus: str, category: str) -> dict[str, float]:
    """ROC-AUC of each tag among recordings labelled in its category."""
    rows, named = [], []
    for row, entry in enumerate(entries):
        tags = with_implied(frozenset(entry.tags))
        own = {tag for tag in tags if category_of(tag) == category}
        if entry.corpus == corpus and own and not (entry.stem and category == "genre"):
            rows.append(row)
            named.append(own)
    areas = {}
    for column, tag in enumerate(TAGS):
        truth = np.array([tag in own for own in named])
        if category_of(tag) == category and MIN_EXAMPLES <= truth.sum() <= len(truth) - MIN_EXAMPLES:
            areas[tag] = float(roc_auc_score(truth, scores[rows, column]))
    return areas


def teacher_agreement(
    entries: Sequence[Entry],
    heard: Array,
    evidence: Mapping[str, tuple[Array, Array]],
    taught: NDArray[np.bool_],
) -> dict[str, float]:
    """Correlation with the teachers' evidence across recordings, tag by tag, averaged by category.

    Labels are few and partly wrong; what the teachers hear is known of every recording, so this has little noise.

    Args:
        entries: recordings.
        heard: ``(n, n_tags)`` mean logits.
        evidence: track -> (start seconds, ``(n_stretches, n_tags)``), of real music.
        taught: ``(n_tags,)``, tags that any teacher knows.
    """
    rows = [i for i, entry in enumerate(entries) if entry.corpus == "real" and entry.id in evidence]
    taught_rows = np.stack([evidence[entries[i].id][1].mean(axis=0) for i in rows])
    result = {}
    for category in ("genre", "instrument"):
        columns = [i for i, tag in enumerate(TAGS) if taught[i] and category_of(tag) == category]
        found = [np.corrcoef(heard[rows, i], taught_rows[:, i])[0, 1] for i in columns]
        result[f"agreement_{category}"] = float(np.mean(found))
    return result


def rank_agreement(entries: Sequence[Entry], embeddings: Array, evidence: Mapping[str, tuple[Array, Array]]) -> float:
    """Rank correlation of similarities with those of the teachers' evidence, over all pairs of real recordings.

    Args:
        entries: recordings.
        embeddings: ``(n, dim)``, rows unit-norm.
        evidence: track -> (start seconds, ``(n_stretches, n_tags)``).
    """
    rows = [i for i, entry in enumerate(entries) if entry.id in evidence]
    taught = np.stack([evidence[entries[i].id][1].mean(axis=0) for i in rows])
    taught /= np.linalg.norm(taught, axis=1, keepdims=True)
    pairs = np.triu_indices(len(rows), 1)
    similarities = [(x @ x.T)[pairs] for x in (embeddings[rows], taught)]
    return float(spearmanr(*similarities).statistic)


def neighbour_precision(entries: Sequence[Entry], embeddings: Array, k: int = 5) -> float:
    """Share of the k nearest by cosine, of other groups, that share a genre word; recordings with genres alone.

    0 where no recording has a neighbour of another group.

    Args:
        entries: recordings.
        embeddings: ``(n, dim)``, rows unit-norm.
        k: how many neighbours of each.
    """
    rows = [i for i, e in enumerate(entries) if not e.stem and any(category_of(t) == "genre" for t in e.tags)]
    genres = [{tag for tag in entries[i].tags if category_of(tag) == "genre"} for i in rows]
    similarity = embeddings[rows] @ embeddings[rows].T
    hits = []
    for i, row in enumerate(rows):
        order = [j for j in np.argsort(-similarity[i]) if entries[rows[j]].group != entries[row].group][:k]
        if order:
            hits.append(np.mean([bool(genres[i] & genres[j]) for j in order]))
    return float(np.mean(hits)) if hits else 0.0
