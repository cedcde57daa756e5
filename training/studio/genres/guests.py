"""Guests: now and then a genre hosts an instrument that is not its own.

Without them every instrument would be known from its genre, and a network would learn nothing else.
"""

from __future__ import annotations

from training.studio.sketch import Sketch

_MELODIC = {  # lowest and highest pitch
    "violin": (64, 88), "cello": (45, 67), "trumpet": (60, 81), "saxophone": (55, 77),
    "flute": (67, 90), "clarinet": (60, 82), "accordion": (62, 84), "mallets": (65, 86),
    "harp": (60, 86), "electricguitar": (57, 79),
}  # fmt: skip
_CHORDAL = ("piano", "electricpiano", "organ", "acousticguitar", "strings", "brass", "accordion", "harp")
_RHYTHMS = ("x-----x---x-----", "x---x---x---x---", "x-------x-------", "x--x--x---x-x---", "..x-..x-..x-..x-")


def invite(s: Sketch, probability: float) -> None:
    """Add a guest with a probability, and a second one more rarely."""
    for _ in range(2):
        if not s.maybe(probability):
            return
        bars = s.bars(*[n for n in ("intro", "verse", "drop", "chorus", "break", "outro") if s.maybe(0.65)])
        if s.maybe(0.55):
            _melody(s, bars or s.bars())
        else:
            _chords(s, bars or s.bars())


def _melody(s: Sketch, bars: list[int]) -> None:
    tag = s.pick(*_MELODIC)
    low, high = _MELODIC[tag]
    step = float(s.rng.choice([0.5, 0.5, 1.0, 0.25]))
    tune = s.melody(bars, low, high, float(s.rng.uniform(0.3, 0.6)), step, int(s.rng.choice([2, 4])))
    s.play("guest", s.instruments.named(tag), tune, tag, level_db=-16.5, send=0.25, echo=0.1, human_ms=8)


def _chords(s: Sketch, bars: list[int]) -> None:
    tag = s.pick(*_CHORDAL)
    rhythm = s.pick(*_RHYTHMS) if s.bar == 4 else "x---x---x---"
    notes = s.hold(bars, 64, 3) if s.maybe(0.4) else s.comp(rhythm, bars, 62, 4, 0.9, 0.008)
    s.play("guest", s.instruments.named(tag), notes, tag, level_db=-17, send=0.2, human_ms=7)
