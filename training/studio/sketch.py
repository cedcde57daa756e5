"""What composers work on: a score with its key and chords, and tools that write parts into it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.studio.desk import ACCENTS, ALL, BODY, FULL
from training.studio.rhythm import Rhythm, kit_tag
from training.studio.score import Note
from training.studio.theory import nearest, scale_pitches, voicing

__all__ = ["ALL", "BODY", "FULL", "Sketch", "kit_tag"]


class Sketch(Rhythm):
    """Writes chords, bass lines and tunes as well: all that a composer needs."""

    def comp(
        self,
        pattern: str,
        bars: Sequence[int],
        centre: float,
        size: int = 4,
        gate: float = 0.9,
        strum: float = 0.0,
    ) -> list[Note]:
        """Chords in a rhythm; ``-`` holds the chord on, ``gate`` shortens each hit."""
        notes = []
        for start, length, accent in self._hits(pattern, bars):
            pitches = voicing(self.chord(start), centre, size)
            for i, pitch in enumerate(pitches):
                notes.append(Note(start + i * strum, length * gate, pitch, accent))
        return notes

    def _hits(self, pattern: str, bars: Sequence[int]) -> list[tuple[float, float, float]]:
        """(start, length, accent) of the x, o and g of a pattern, lengthened by ``-``."""
        text = pattern.replace(" ", "")
        per_bar = len(text) if len(text) <= 16 else len(text) // 2
        size = self.bar / per_bar
        hits = []
        for bar in bars:
            half = text[:per_bar] if len(text) == per_bar or bar % 2 == 0 else text[per_bar:]
            for i, c in enumerate(half):
                if c in ACCENTS:
                    held = 1
                    while i + held < per_bar and half[i + held] == "-":
                        held += 1
                    accent = ACCENTS[c] * float(self.rng.uniform(0.9, 1.0))
                    hits.append((bar * self.bar + i * size, held * size, accent))
        return hits

    def hold(self, bars: Sequence[int], centre: float, size: int = 4) -> list[Note]:
        """Chords held for as long as they last."""
        notes = []
        for bar in bars:
            share = self.bar / len(self.chords[bar])
            for i, sounding in enumerate(self.chords[bar]):
                for pitch in voicing(sounding, centre, size):
                    notes.append(Note(bar * self.bar + i * share, share * 0.98, pitch, 0.8))
        return notes

    def arpeggio(
        self,
        bars: Sequence[int],
        centre: float,
        step: float = 0.25,
        gate: float = 0.8,
        density: float = 1.0,
        octaves: int = 1,
    ) -> list[Note]:
        """Broken chords in one of several orders, with a rest mask that stays for the track."""
        order = self.pick("up", "down", "updown", "skip")
        per_bar = round(self.bar / step)
        mask = self.rng.random(per_bar) < density
        mask[0] = True
        notes = []
        for bar in bars:
            for i in range(per_bar):
                beat = bar * self.bar + i * step
                pitches = voicing(self.chord(beat), centre, 4)
                pitches = [p + 12 * o for o in range(octaves) for p in pitches]
                if mask[i]:
                    pitch = pitches[_arp_index(order, i, len(pitches))]
                    accent = 0.95 if i % 4 == 0 else float(self.rng.uniform(0.6, 0.85))
                    notes.append(Note(beat, step * gate, pitch, accent))
        return notes

    def bass(
        self, pattern: str, bars: Sequence[int], lowest: int = 33, gate: float = 0.9, bend: float = 0.6
    ) -> list[Note]:
        """Bass line: r root, o octave, f fifth, t third, s seventh below, a approach, - holds.

        ``bend`` moves a few notes of the pattern, see ``bent``.
        """
        text = self.bent(pattern, bend)
        per_bar = len(text) if len(text) <= 16 else len(text) // 2
        size = self.bar / per_bar
        notes = []
        for bar in bars:
            half = text[:per_bar] if len(text) == per_bar or bar % 2 == 0 else text[per_bar:]
            for i, c in enumerate(half):
                if c in ".-":
                    continue
                held = 1
                while i + held < per_bar and half[i + held] == "-":
                    held += 1
                start = bar * self.bar + i * size
                pitch = self._bass_pitch(c, start, lowest)
                velocity = float(self.rng.uniform(0.8, 1.0)) * (0.85 if c in "of" else 1.0)
                notes.append(Note(start, held * size * gate, pitch, velocity))
        return notes

    def _bass_pitch(self, c: str, beat: float, lowest: int) -> int:
        sounding = self.chord(beat)
        root = lowest + (sounding.root - lowest) % 12
        third = sounding.intervals[1] if len(sounding.intervals) > 2 else 7
        if c == "a":
            follows = self.chord(min((beat // self.bar + 1), self.n_bars - 1) * self.bar)
            return lowest + (follows.root - lowest) % 12 - 1
        below = 2 if (root - 2 - self.key.tonic) % 12 in self.key.scale else 1
        return root + {"r": 0, "o": 12, "f": 7, "t": third, "s": -below, "x": 0}[c]

    def walk(self, bars: Sequence[int], lowest: int = 33) -> list[Note]:
        """Walking bass in quarters: root, chord tones, and an approach to what follows."""
        notes = []
        for bar in bars:
            for i in range(self.bar):
                beat = bar * self.bar + i
                sounding = self.chord(beat)
                root = lowest + (sounding.root - lowest) % 12
                change = self.chord(beat - 1).root != sounding.root or i == 0
                if change:
                    pitch = root
                elif i == self.bar - 1:
                    follows = self.chord(min(beat + 1, self.n_bars * self.bar - 1))
                    aim = lowest + (follows.root - lowest) % 12
                    pitch = aim + int(self.rng.choice([-1, 1, -2, 7]))
                else:
                    pitch = root + int(self.rng.choice(sounding.intervals[1:4]))
                velocity = float(self.rng.uniform(0.75, 1.0))
                notes.append(Note(float(beat), 0.92, pitch, velocity))
        return notes

    def melody(
        self,
        bars: Sequence[int],
        low: int,
        high: int,
        density: float = 0.5,
        step: float = 0.5,
        phrase_bars: int = 2,
        gate: float = 0.92,
        blue: bool = False,
    ) -> list[Note]:
        """A tune: a rhythmic motif, its repeats and variations; chord tones on strong beats."""
        motifs = [self._motif(phrase_bars, step, density) for _ in range(2)]
        pitch = int(self.rng.integers(low + 3, high - 2))
        contour = self.rng.integers(-2, 3, 64)
        notes: list[Note] = []
        for index, bar in enumerate(bars):
            phrase, inside = divmod(index, phrase_bars)
            motif = motifs[1 if phrase % 4 == 3 else 0]
            if index and bar != bars[index - 1] + 1:
                pitch = (low + high) // 2
            for j, (at, length) in enumerate(motif):
                if not inside * self.bar <= at < (inside + 1) * self.bar:
                    continue
                beat = bar * self.bar + at - inside * self.bar
                move = int(contour[(j + (0 if self.maybe(0.85) else 7)) % 64])
                pitch = self._step(pitch, move, beat, low, high, at % 1 == 0, blue)
                if phrase % 2 and (at, length) == motif[-1]:  # the answer comes to rest
                    pitch = self._rest(pitch, beat)
                velocity = float(self.rng.uniform(0.7, 1.0))
                notes.append(Note(beat, length * gate, pitch, velocity))
        return notes

    def _motif(self, n_bars: int, step: float, density: float) -> list[tuple[float, float]]:
        count = round(n_bars * self.bar / step)
        strong = np.array([1.5 if (i * step) % 1 == 0 else 0.8 for i in range(count)])
        on = np.flatnonzero(self.rng.random(count) < density * strong)
        if not len(on):
            on = np.array([0])
        if self.maybe(0.5):
            on = on[on * step < n_bars * self.bar - 1.5] if len(on) > 3 else on
        ends = np.append(on[1:], count)
        longest = max(2.0 / step, 1)
        return [(float(a * step), float(min(b - a, longest) * step)) for a, b in zip(on, ends, strict=True)]

    def _rest(self, pitch: int, beat: float) -> int:
        """Tonic where the chord holds it, else the root, near a pitch."""
        sounding = self.chord(beat)
        in_chord = self.key.tonic in sounding.pitch_classes
        return nearest(self.key.tonic if in_chord else sounding.root, pitch)

    def _step(self, pitch: int, move: int, beat: float, low: int, high: int, strong: bool, blue: bool) -> int:
        sounding = self.chord(beat)
        ladder = scale_pitches(self.key, sounding, low, high)
        if blue:
            steps = {(self.key.tonic + s) % 12 for s in (0, 3, 5, 6, 7, 10)}
            ladder = [p for p in range(low, high + 1) if p % 12 in steps]
        if strong and not (blue and self.maybe(0.5)):
            tones = [p for p in range(low, high + 1) if p % 12 in sounding.pitch_classes[:3]]
            ladder = tones or ladder
            move = int(np.sign(move))
        at = int(np.argmin([abs(p - pitch) for p in ladder]))
        at += move
        if not 0 <= at < len(ladder):
            at -= 2 * move
        return ladder[int(np.clip(at, 0, len(ladder) - 1))]


def _arp_index(order: str, i: int, size: int) -> int:
    if order == "up":
        return i % size
    if order == "down":
        return size - 1 - i % size
    if order == "skip":
        return (i * 3) % size
    cycle = max(2 * size - 2, 1)
    return min(i % cycle, cycle - i % cycle)
