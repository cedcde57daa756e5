"""What composers work on: a score with its key and chords, and tools that write parts into it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.studio.acoustic import Instruments
from training.studio.drums import DrumMaker, Hits, Kit
from training.studio.effects import coloured_noise
from training.studio.score import Note, Part, Score, Voice
from training.studio.synths import Patches
from training.studio.theory import Chord, Key, nearest, progression, scale_pitches, voicing

_ACCENTS = {"x": 1.0, "o": 0.78, "g": 0.42}
ALL = ("intro", "verse", "build", "drop", "chorus", "break", "outro")
FULL = ("verse", "drop", "chorus")
BODY = ("verse", "build", "drop", "chorus")


class Sketch:
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

    # chance -----------------------------------------------------------------------------------

    def pick(self, *options: str) -> str:
        """One of the options."""
        return options[int(self.rng.integers(len(options)))]

    def maybe(self, probability: float) -> bool:
        """True with a probability."""
        return bool(self.rng.random() < probability)

    def player(self, *options: tuple[Voice, str]) -> tuple[Voice, str]:
        """One of several voices with the tag that belongs to it."""
        return options[int(self.rng.integers(len(options)))]

    # harmony ----------------------------------------------------------------------------------

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

    # writing ----------------------------------------------------------------------------------

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

    def steps(self, pattern: str, bars: Sequence[int], thin: float = 0.0) -> list[Note]:
        """Rhythm notes of a step pattern over bars (x, o, g: accents; ?: for the track by chance).

        Blanks are ignored. A pattern of two bars alternates by the parity of the bar in the track.
        """
        text = pattern.replace(" ", "")
        text = "".join(("o" if self.maybe(0.5) else ".") if c == "?" else c for c in text)
        per_bar = len(text) if len(text) <= 16 else len(text) // 2
        size = self.bar / per_bar
        notes = []
        for bar in bars:
            half = text[:per_bar] if len(text) == per_bar or bar % 2 == 0 else text[per_bar:]
            for i, c in enumerate(half):
                if c in _ACCENTS and not (thin and i and self.maybe(thin)):
                    velocity = _ACCENTS[c] * float(self.rng.uniform(0.88, 1.0))
                    notes.append(Note(bar * self.bar + i * size, size, i % 3, velocity))
        return notes

    def ornament(self, pattern: str, amount: float) -> str:
        """A pattern with some soft hits added and some taken away; accents and holds stay."""
        text = [self.pick("o", ".") if c == "?" else c for c in pattern.replace(" ", "")]
        for i, c in enumerate(text):
            if c == "." and self.maybe(amount * 0.12):
                text[i] = self.pick("g", "g", "o")
            elif c in "og" and self.maybe(amount * 0.2):
                text[i] = self.pick(".", "g", "o")
        return "".join(text)

    def bent(self, line: str, amount: float = 0.6) -> str:
        """A bass line with a few notes moved, added or left out; its first note stays."""
        text = list(line.replace(" ", ""))
        for i in range(1, len(text)):
            if text[i] == "r" and self.maybe(amount * 0.15):
                text[i] = self.pick("o", "f", "s", ".")
            elif text[i] == "." and text[i - 1] not in ".-" and self.maybe(amount * 0.1):
                text[i] = self.pick("r", "-", "-")
        return "".join(text)

    def playing(self, leave_out: float = 0.45) -> list[int]:
        """Bars of a rhythm section that may sit out intro, break and outro."""
        silent = [n for n in ("intro", "break", "outro") if self.maybe(leave_out)]
        names = [n for n in ALL if n not in silent]
        return self.bars(*names) or self.bars()

    def beat(
        self,
        kit: Kit,
        lines: dict[str, str],
        bars: Sequence[int],
        tag: str,
        level_db: float,
        human_ms: float = 0.0,
        send: float = 0.03,
        drop_kick: Sequence[int] = (),
    ) -> None:
        """Play a drum pattern; levels of the pieces are balanced by ``_PIECES``."""
        for piece, pattern in lines.items():
            where = bars
            if piece == "kick" and drop_kick:
                where = [b for b in bars if b not in set(drop_kick)]
            straight = piece == "kick" and pattern.startswith("x...x...x...x")
            base = pattern if straight or self.maybe(0.3) else self.ornament(pattern, 0.6)
            varied = base if straight else self.ornament(base, 1.5)
            notes = self.steps(base, [b for b in where if b % 4 != 3])
            notes += self.steps(varied, [b for b in where if b % 4 == 3])
            if piece == "kick":
                self.score.kick_beats.extend(n.start for n in notes)
            offset, wet = _PIECES.get(piece, (-9.0, 0.1))
            self.play(
                piece,
                kit[piece],
                notes,
                tag,
                level_db=level_db + offset - 2.0,
                human_ms=human_ms,
                send=send + wet,
            )

    def fills(self, kit: Kit, tag: str, level_db: float, density: float = 0.7) -> None:
        """Fills in the last bar of sections, crashes where the next one starts."""
        fill, crash = [], []
        for section in self.score.sections[:-1]:
            end = section.end_bar * self.bar
            loud = section.name not in ("outro", "break")
            if loud and section.n_bars > 1 and self.maybe(density):
                fill += self._fill(end)
            if self.maybe(0.75):
                crash.append(Note(end, 1, 0, float(self.rng.uniform(0.6, 1))))
        piece = "tom" if self.maybe(0.5) else "snare"
        self.play("fill", kit[piece], fill, tag, level_db=level_db - 3, send=0.1, human_ms=3)
        if "crash" in kit:
            self.play("crash", kit["crash"], crash, tag, level_db=level_db - 9, send=0.15)

    def _fill(self, end: float) -> list[Note]:
        beats = int(self.rng.integers(1, 4))
        step = float(self.rng.choice([0.25, 0.25, 1 / 3, 0.5]))
        count = round(beats / step)
        notes = []
        for i in range(count):
            if self.maybe(0.8):
                velocity = 0.5 + 0.5 * i / count
                notes.append(Note(end - beats + i * step, step, i * 3 // count, velocity))
        return notes

    def build_up(self, kit: Kit, level_db: float) -> None:
        """Snare rolls and noise risers over builds, a boom where they end."""
        roll: list[Note] = []
        for s in self.score.sections:
            if s.name != "build":
                continue
            length = s.n_bars * self.bar
            start, beat = s.start_bar * self.bar, 0.0
            while beat < length:
                done = beat / length
                step = 1.0 if done < 0.4 else 0.5 if done < 0.75 else 0.25
                roll.append(Note(start + beat, step, 0, 0.35 + 0.6 * done))
                beat += step
            self._riser(start, length, level_db)
        if self.maybe(0.75):
            piece = self.pick("snare", "clap")
            self.play("roll", kit[piece], roll, kit_tag(kit), level_db=level_db - 6, send=0.15)

    def _riser(self, start: float, beats: float, level_db: float) -> None:
        beats = min(beats, 16.0)
        n = int(beats * 60 / self.score.groove.tempo_bpm * self.sample_rate)
        ramp = np.linspace(0, 1, n, dtype=np.float32)
        low = coloured_noise(n, self.sample_rate, 300, 1500, self.rng)
        high = coloured_noise(n, self.sample_rate, 2500, 9000, self.rng)
        rise = (low * (1 - ramp) + high * ramp) * ramp**2
        end = start + beats
        at = max(end - beats, start)
        note = Note(at, beats, 0, 1.0)
        self.play("riser", Hits((rise,)), [note], level_db=level_db - 9, send=0.2)

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
                if c in _ACCENTS:
                    held = 1
                    while i + held < per_bar and half[i + held] == "-":
                        held += 1
                    accent = _ACCENTS[c] * float(self.rng.uniform(0.9, 1.0))
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


def kit_tag(kit: Kit) -> str:
    """``drums`` for an acoustic kit, ``drummachine`` for a machine."""
    return "drums" if "brush" in kit else "drummachine"


_PIECES = {  # level relative to the kit in dB, extra reverb
    "kick": (0.0, 0.0),
    "snare": (-2.0, 0.08),
    "clap": (-4.0, 0.1),
    "rim": (-8.0, 0.1),
    "hat": (-13.0, 0.02),
    "open": (-11.0, 0.04),
    "ride": (-12.0, 0.05),
    "crash": (-9.0, 0.1),
    "tom": (-4.0, 0.1),
    "cowbell": (-11.0, 0.05),
    "shaker": (-15.0, 0.03),
    "brush": (-7.0, 0.1),
    "conga": (-7.0, 0.1),
    "bongo": (-9.0, 0.1),
    "tambourine": (-14.0, 0.08),
    "block": (-11.0, 0.15),
}
