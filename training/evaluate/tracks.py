"""EvaluatedTrack: what is known of a track beside what was heard in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from segue.key import Key, KeyEstimate
from segue.tempo import TempoEstimate


@dataclass(frozen=True)
class References:
    """The truth, as far as it is known.

    Attributes:
        genres: normalised names; empty means unknown, not absent.
        instruments: normalised names; empty means unknown, not absent.
        bpm: beats per minute, > 0.
        bpm_octave_known: whether ``bpm`` tells 87 from 174; if not, only Accuracy 2 counts.
        key: the key.
    """

    genres: frozenset[str] = frozenset()
    instruments: frozenset[str] = frozenset()
    bpm: float | None = None
    bpm_octave_known: bool = True
    key: Key | None = None


@dataclass(frozen=True)
class Estimates:
    """What was heard; whatever is None is not scored.

    Attributes:
        tags: ``(n_tags,)`` scores in [0, 1], in the order of the vocabulary.
        bpm: beats per minute.
        key: the key.
        energy: in [0, 1].
        embedding: track embedding, ``(dim,)``.
        vector: the mixer's whole track vector, ``(dim,)``; its cosines weigh all axes alike.
        mixed: the same with its blocks scaled so that cosines are similarities at the default weights, ``(dim,)``.
        tempo_estimates: system -> tempo with confidence and alternatives: ``segue`` and, where the embedder tells
            them apart, its witnesses (:mod:`training.evaluate.witnesses`).
        key_estimates: the same of the key.
        stage_seconds: seconds that each stage of the analysis took.
        duration_seconds: length of the audio.
    """

    tags: NDArray[np.float32] | None = None
    bpm: float | None = None
    key: Key | None = None
    energy: float | None = None
    embedding: NDArray[np.float32] | None = None
    vector: NDArray[np.float32] | None = None
    mixed: NDArray[np.float32] | None = None
    tempo_estimates: Mapping[str, TempoEstimate] = field(default_factory=dict)
    key_estimates: Mapping[str, KeyEstimate] = field(default_factory=dict)
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    duration_seconds: float | None = None


@dataclass(frozen=True)
class EvaluatedTrack:
    """One track with references, estimates and other estimators' answers.

    Attributes:
        name: what it is called in reports.
        references: the truth.
        estimates: what Segue heard; empty where nothing was analysed.
        group: tracks of one work or album share it; a group of its own when None.
        generated: whether a machine composed it; None when nobody said.
        peer_bpm: other estimators' tempo by column name; 0 means that none was found.
        peer_key: other estimators' key by column name.
    """

    name: str
    references: References = field(default_factory=References)
    estimates: Estimates = field(default_factory=Estimates)
    group: str | None = None
    generated: bool | None = None
    peer_bpm: Mapping[str, float] = field(default_factory=dict)
    peer_key: Mapping[str, Key] = field(default_factory=dict)


def groups_of(tracks: list[EvaluatedTrack]) -> list[str]:
    """Group of each track, its own where it has none."""
    return [f"group {t.group}" if t.group else f"track {i} {t.name}" for i, t in enumerate(tracks)]
