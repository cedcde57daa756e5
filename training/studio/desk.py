"""A composer's desk: an empty score, a key, its chords, chance, and rooms full of instruments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.studio.drums import DrumMaker
from training.studio.instruments import Instruments
from training.studio.score import Note, Part, Score, Voice
from training.studio.synths import Patches
from training.studio.theory import Chord, Key, progression

ACCENTS = {"x": 1.0, "o": 0.78, "g": 0.42}
ALL = ("intro", "verse", "build", "drop", "chorus", "break", "outro")
FULL = ("verse", "drop", "chorus")
BODY = ("verse", "build", "drop", "chorus")


class Desk:
    """A composer's desk.

    Attributes:
        rng: source of all chance in the composition.
        score: what is written so far.
        chords: per bar, one or more chords that share the bar evenly.
    """

    def __init__(self, score: Score, key: Key, sample_rate: int, rng: np.random.Generator) -> None:
        """Lay out empty paper."""
        self.score = score
        self.key = key
        self.rng = rng
        self.sample_rate = sample_rate
        self.patches = Patches(sample_rate, rng)
        self.instruments = Instruments(sample_rate, rng)
        self.drums = DrumMaker(sample_rate, rng, key.tonic)
        self.n_bars = score.sections[-1].end_bar
        self.bar = score.beats_per_bar
        self.chords: list[list[Chord]] = []

    def pick(self, *options: str) -> str:
        """One of the options."""
        return options[int(self.rng.integers(len(options)))]

    def maybe(self, probability: float) -> bool:
        """True with a probability."""
        return bool(self.rng.random() < probability)

    def player(self, *options: tuple[Voice, str]) -> tuple[Voice, str]:
        """One of several voices with the tag that belongs to it."""
        return options[int(self.rng.integers(len(options)))]

    def harmonise(self, texts: Sequence[str], other: Sequence[str] = ()) -> None:
        """Give every bar its chords; ``other`` serves breaks and bridges. ``ii7|V7`` share one."""
        main = self._bars_of(self.pick(*texts))
        second = self._bars_of(self.pick(*other)) if other else main
        for section in self.score.sections:
            source = second if section.name in ("break", "build") else main
            for i in range(section.n_bars):
                self.chords.append(source[i % len(source)])
        last = self.score.sections[-1]
        if last.name == "outro" and last.n_bars > 1:
            self.chords[-1] = [main[0][0]]

    def _bars_of(self, text: str) -> list[list[Chord]]:
        return [progression(bar.replace("|", " "), self.key) for bar in text.split()]

    def chord(self, beat: float) -> Chord:
        """Chord that sounds at a beat."""
        bar = min(int(beat // self.bar), self.n_bars - 1)
        chords = self.chords[bar]
        inside = (beat - bar * self.bar) / self.bar
        return chords[min(int(inside * len(chords) + 1e-6), len(chords) - 1)]

    def bars(self, *names: str, at_least: float = 0.0) -> list[int]:
        """Bars of the named sections whose energy is at least a value; of all without names."""
        return [
            bar
            for s in self.score.sections
            if (not names or s.name in names) and s.energy >= at_least
            for bar in range(s.start_bar, s.end_bar)
        ]

    def play(self, name: str, voice: Voice, notes: list[Note], tag: str = "", **mix: Any) -> None:
        """Add a part; ``mix`` are the mixing attributes of ``Part``."""
        if notes:
            jitter = float(self.rng.normal(0, 1.3))
            level = float(mix.pop("level_db", -20.0)) + jitter
            self.score.parts.append(Part(name, voice, notes, tag, level, **mix))
