"""What a composer writes: notes in beats, gathered in parts, over sections of whole bars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]


class Voice(Protocol):
    """Anything that can sound one note."""

    def render(self, pitch: float, seconds: float, velocity: float) -> Samples:
        """Sound a note: MIDI pitch (fractions allowed), held for seconds, velocity in (0, 1]."""
        ...


@dataclass(frozen=True, slots=True)
class Note:
    """One note; start and length in beats, MIDI pitch, velocity in (0, 1]."""

    start: float
    length: float
    pitch: float
    velocity: float


@dataclass
class Part:
    """One player: its voice, notes, and place in the mix.

    Attributes:
        tag: instrument name in the tag vocabulary, or empty for effects that are no instrument.
        level_db: active RMS in the mix, dBFS before mastering.
        send: share sent to the reverb, 0 to 1.
        echo: share sent to the tempo-synchronous delay, 0 to 1.
        duck: depth of the side-chain from the kick, 0 to 1.
        human_ms: standard deviation of the timing in milliseconds.
        sweep: whether a filter opens over intro, break and build.
        insert: processing of the whole part, such as a guitar amplifier.
    """

    name: str
    voice: Voice
    notes: list[Note]
    tag: str = ""
    level_db: float = -20.0
    send: float = 0.0
    echo: float = 0.0
    duck: float = 0.0
    human_ms: float = 0.0
    sweep: bool = False
    insert: Callable[[Samples], Samples] | None = None


@dataclass(frozen=True)
class SectionPlan:
    """A section in bars; energy in 0 to 1."""

    name: str
    start_bar: int
    n_bars: int
    energy: float

    @property
    def end_bar(self) -> int:
        """First bar after the section."""
        return self.start_bar + self.n_bars


@dataclass(frozen=True)
class Groove:
    """Maps beats to seconds, with swing.

    Attributes:
        swing: share of a pair that its first half takes; 0.5 is straight, 0.667 a triplet shuffle.
        swing_beats: length of that pair in beats (0.5 swings sixteenths, 1 swings eighths).
    """

    tempo_bpm: float
    first_beat_seconds: float
    swing: float = 0.5
    swing_beats: float = 0.5

    def seconds(self, beats: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Times of beat positions, shape (n,)."""
        pairs = np.floor(beats / self.swing_beats + 1e-9)
        inside = beats / self.swing_beats - pairs
        first = inside * self.swing / 0.5
        second = self.swing + (inside - 0.5) * (1 - self.swing) / 0.5
        warped = (pairs + np.where(inside < 0.5, first, second)) * self.swing_beats
        return np.asarray(self.first_beat_seconds + warped * 60.0 / self.tempo_bpm)


@dataclass
class Score:
    """A whole track on paper."""

    groove: Groove
    sections: list[SectionPlan]
    beats_per_bar: int
    parts: list[Part] = field(default_factory=list)
    kick_beats: list[float] = field(default_factory=list)
