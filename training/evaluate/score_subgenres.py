"""Scores of the electronic subgenres among electronic files alone: is house told from techno?

Over all files a subgenre can score well merely because electronic music is told from the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from segue.tags import PARENT_GENRES, TagScores, TagVocabulary, name_of
from training.evaluate.labels import judge
from training.evaluate.measure import SEGUE, Measure, mean_measure
from training.evaluate.metrics import Floats
from training.evaluate.score_tags import TagReport, score_tags
from training.evaluate.tracks import EvaluatedTrack

PARENT = "electronic"
_CATCH_ALL = "edm"
Draw = Callable[[list[EvaluatedTrack]], Floats]


def electronic_tracks(tracks: list[EvaluatedTrack]) -> list[EvaluatedTrack]:
    """Tracks called electronic, or by the name of a subgenre of it."""
    return [t for t in tracks if any(PARENT in (name, PARENT_GENRES.get(name)) for name in t.references.genres)]


def score_subgenres(tracks: list[EvaluatedTrack], vocabulary: TagVocabulary, draw: Draw) -> TagReport:
    """Scores the subgenre tags against each other.

    Args:
        tracks: electronic ones, from :func:`electronic_tracks`.
        vocabulary: what the tag estimates mean.
        draw: from tracks to bootstrap weights.

    Returns:
        Empty where no subgenre has enough files for and against it.
    """
    columns = [i for i, label in enumerate(vocabulary.labels) if PARENT_GENRES.get(name_of(label)) == PARENT]
    subgenres = _part(vocabulary, columns)
    heard = [
        replace(track, estimates=replace(track.estimates, tags=track.estimates.tags[columns]))
        for track in tracks
        if track.estimates.tags is not None
    ]
    found = score_tags(heard, subgenres, draw)
    if not any(tag.in_macro for tag in found.tags):
        return TagReport([], [], ())
    measures = [measure for measure in found.measures if measure.section == "genre"]
    return replace(found, measures=measures + _first_choice(heard, subgenres, draw))


def _first_choice(tracks: list[EvaluatedTrack], vocabulary: TagVocabulary, draw: Draw) -> list[Measure]:
    """How often the strongest subgenre is one that the file carries.

    Leaves out EDM, which any of them may be sold as, and files whose names leave a subgenre open.
    """
    columns = [i for i, label in enumerate(vocabulary.labels) if name_of(label) != _CATCH_ALL]
    subgenres = _part(vocabulary, columns)
    verdicts = [[judge(label, track.references.genres) for label in subgenres.labels] for track in tracks]
    chosen = [i for i, row in enumerate(verdicts) if None not in row and any(row)]
    if not chosen:
        return []
    carried = np.array([verdicts[i] for i in chosen], dtype=np.float64)
    scores = [tags[columns] for i in chosen if (tags := tracks[i].estimates.tags) is not None]
    strongest = [int(TagScores(subgenres, row).relative().argmax()) for row in scores]
    systems = {
        SEGUE: carried[np.arange(len(chosen)), strongest],
        "baseline_constant": carried[:, carried.sum(axis=0).argmax()],
        "baseline_random": carried.mean(axis=1),
    }
    weights = draw([tracks[i] for i in chosen])
    return [mean_measure("genre", system, "strongest_is_right", values, weights) for system, values in systems.items()]


def _part(vocabulary: TagVocabulary, columns: list[int]) -> TagVocabulary:
    """Some tags of a vocabulary."""
    return TagVocabulary(tuple(vocabulary.labels[i] for i in columns), tuple(vocabulary.thresholds[i] for i in columns))
