"""Beside: what becomes of a track's tempo and key when it is played beside another one."""

from __future__ import annotations

from typing import NamedTuple

from segue.key import Key, Relation, relation, transposed
from segue.tempo import semitones_when_matched, tempo_ratio


class Beside(NamedTuple):
    """A track beside the one that plays.

    Attributes:
        tempo_ratio: 0.5, 1 or 2: the metrical level at which both beat together.
        pitch_percent: change of playing speed that the track then needs.
        key_relation: what the move to its key is called.
        pitched_key: its key as heard after that change without key lock.
        pitched_relation: what the move to that key is called.
    """

    tempo_ratio: float
    pitch_percent: float
    key_relation: Relation
    pitched_key: Key
    pitched_relation: Relation


def beside(from_bpm: float, from_key: Key, bpm: float, key: Key) -> Beside:
    """A track of some tempo and key beside one that plays.

    Args:
        from_bpm: tempo of what plays.
        from_key: its key.
        bpm: tempo of the track.
        key: its key.
    """
    ratio, pitch_percent = tempo_ratio(from_bpm, bpm)
    pitched = transposed(key, int(semitones_when_matched(from_bpm, bpm)))
    return Beside(ratio, pitch_percent, relation(from_key, key), pitched, relation(from_key, pitched))
