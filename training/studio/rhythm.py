"""Writing for drums: step patterns, their variations, fills, rolls and risers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.studio.desk import ACCENTS, ALL, Desk
from training.studio.drums import Hits, Kit
from training.studio.effects import coloured_noise
from training.studio.score import Note


class Rhythm(Desk):
    """A desk whose owner writes for drums."""

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
                if c in ACCENTS and not (thin and i and self.maybe(thin)):
                    velocity = ACCENTS[c] * float(self.rng.uniform(0.88, 1.0))
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
