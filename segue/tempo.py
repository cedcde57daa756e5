"""Tempo: beats per minute with confidence and alternatives, and what two tempi have to do with each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = float | NDArray[np.float64]

MIN_BPM, MAX_BPM = 40.0, 240.0  # the range that analysis reports


@dataclass(frozen=True, slots=True)
class TempoCandidate:
    """A tempo and how likely it is.

    Attributes:
        bpm: beats per minute, rounded to 0.1.
        confidence: in [0, 1].
    """

    bpm: float
    confidence: float


@dataclass(frozen=True, slots=True)
class TempoEstimate:
    """The tempo of a whole track.

    Attributes:
        bpm: beats per minute, rounded to 0.1.
        confidence: in [0, 1]; low for music without a steady beat.
        alternatives: other readings, most likely first.
    """

    bpm: float
    confidence: float
    alternatives: tuple[TempoCandidate, ...] = ()


def tempo_ratio(from_bpm: float, to_bpm: float) -> tuple[float, float]:
    """How a track at ``to_bpm`` is played beside one at ``from_bpm``.

    Returns:
        ``(ratio, pitch_percent)``: the metrical ratio in {0.5, 1, 2} that needs least pitching (2
        means that the second track's half tempo is matched), and the change in percent that the
        second track's playing speed then needs.
    """
    ratio = float(metrical_ratio(from_bpm, to_bpm))
    return ratio, 100.0 * (from_bpm * ratio / to_bpm - 1.0)


def metrical_ratio(from_bpm: float, to_bpm: Numbers) -> Numbers:
    """The ratio of :func:`tempo_ratio` alone, for one tempo or an array of them."""
    beside = np.asarray(to_bpm) / from_bpm
    return np.where(beside > math.sqrt(2), 2.0, np.where(beside < math.sqrt(0.5), 0.5, 1.0))


def semitones_when_matched(from_bpm: float, to_bpm: Numbers) -> NDArray[np.int64]:
    """Whole semitones by which a track at ``to_bpm`` sounds higher once pitched, without key lock, to ``from_bpm``.

    Whole octaves of speed do not occur: the metrical ratio is chosen first. What is left beside the whole
    semitones, up to half of one, is heard as being out of tune.
    """
    speed = from_bpm * metrical_ratio(from_bpm, to_bpm) / np.asarray(to_bpm)
    return np.searchsorted(_SEMITONE_EDGES, speed, side="right") - _N_SEMITONE_EDGES // 2


_N_SEMITONE_EDGES = 192
_SEMITONE_EDGES = 2.0 ** ((np.arange(_N_SEMITONE_EDGES) - _N_SEMITONE_EDGES / 2 + 0.5) / 12)
"""Playing speeds half way between semitones, eight octaves down to eight octaves up: compared with, not computed from,
so that one tempo and an array of them give the same answer to the last bit."""
