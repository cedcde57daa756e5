"""Tempo: beats per minute with confidence and alternatives, and what two tempi have to do with each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

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
    ratio = min((1.0, 0.5, 2.0), key=lambda r: abs(math.log2(to_bpm / (from_bpm * r))))
    return ratio, 100.0 * (from_bpm * ratio / to_bpm - 1.0)
