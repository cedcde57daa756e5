"""Keys, scales, chords and progressions.

Pitches are MIDI numbers (69 = A4 = 440 Hz); pitch classes are 0 (C) to 11 (B). Roman numerals are
written relative to the *major* scale of the tonic, so a minor progression reads ``i bVI bIII bVII``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

PITCH_CLASSES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_ALIASES = {"C#": "Db", "D#": "Eb", "Gb": "F#", "G#": "Ab", "A#": "Bb", "Cb": "B", "Fb": "E"}
MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
HARMONIC_MINOR = (0, 2, 3, 5, 7, 8, 11)
_DEGREES = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_QUALITIES: dict[tuple[bool, str], tuple[int, ...]] = {
    (True, ""): (0, 4, 7),
    (True, "6"): (0, 4, 7, 9),
    (True, "7"): (0, 4, 7, 10),
    (True, "9"): (0, 4, 7, 10, 14),
    (True, "13"): (0, 4, 10, 14, 21),
    (True, "maj7"): (0, 4, 7, 11),
    (True, "maj9"): (0, 4, 7, 11, 14),
    (True, "add9"): (0, 4, 7, 14),
    (True, "sus4"): (0, 5, 7),
    (True, "sus2"): (0, 2, 7),
    (True, "5"): (0, 7),
    (False, ""): (0, 3, 7),
    (False, "5"): (0, 7),
    (False, "6"): (0, 3, 7, 9),
    (False, "7"): (0, 3, 7, 10),
    (False, "9"): (0, 3, 7, 10, 14),
    (False, "add9"): (0, 3, 7, 14),
    (False, "dim"): (0, 3, 6),
    (False, "7b5"): (0, 3, 6, 10),
}
_NUMERAL = re.compile(r"^(b?)([IViv]+)(.*)$")


@dataclass(frozen=True)
class Key:
    """A tonic pitch class (0 to 11) and a mode, ``major`` or ``minor``."""

    tonic: int
    mode: str

    @property
    def name(self) -> str:
        """Name such as ``A minor`` or ``Eb major``."""
        return f"{PITCH_CLASSES[self.tonic]} {self.mode}"

    @property
    def scale(self) -> tuple[int, ...]:
        """Seven semitone steps above the tonic."""
        return MAJOR if self.mode == "major" else MINOR

    @classmethod
    def parse(cls, name: str) -> Key:
        """Read ``A minor``, ``Eb major`` or ``C# minor``.

        Raises:
            ValueError: the name is not a tonic and a mode.
        """
        tonic, _, mode = name.strip().partition(" ")
        tonic = _ALIASES.get(tonic, tonic)
        if tonic not in PITCH_CLASSES or mode not in ("major", "minor"):
            raise ValueError(f"not a key: {name!r}; write e.g. 'A minor' or 'Eb major'")
        return cls(PITCH_CLASSES.index(tonic), mode)


@dataclass(frozen=True)
class Chord:
    """A root pitch class and its intervals in semitones above the root."""

    root: int
    intervals: tuple[int, ...]

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Pitch classes, root first."""
        return tuple((self.root + i) % 12 for i in self.intervals)


def chord(numeral: str, key: Key) -> Chord:
    """Read one Roman numeral such as ``bVImaj7`` in a key."""
    match = _NUMERAL.match(numeral)
    if match is None:
        raise ValueError(f"not a Roman numeral: {numeral!r}")
    flat, degree, suffix = match.groups()
    root = (key.tonic + _DEGREES[degree.upper()] - len(flat)) % 12
    return Chord(root, _QUALITIES[degree.isupper(), suffix])


def progression(text: str, key: Key) -> list[Chord]:
    """Read Roman numerals separated by blanks, one chord per bar."""
    return [chord(numeral, key) for numeral in text.split()]


def nearest(pitch_class: int, centre: float) -> int:
    """MIDI pitch of a pitch class within six semitones of a centre."""
    return round(centre + (pitch_class - centre + 6) % 12 - 6)


def voicing(sounding: Chord, centre: float, size: int = 4) -> list[int]:
    """Close position around a centre pitch, at most ``size`` different pitches, sorted."""
    classes: Sequence[int] = sounding.pitch_classes
    if len(classes) > size:  # the fifth is the first to go, then the root, which the bass plays
        classes = [c for i, c in enumerate(classes) if sounding.intervals[i] != 7][-size:]
    return sorted({nearest(c, centre) for c in classes})


def scale_pitches(key: Key, sounding: Chord, low: int, high: int) -> list[int]:
    """Pitches of the key between two bounds, with the leading tone where the chord asks for it."""
    steps = {(key.tonic + s) % 12 for s in key.scale}
    for pitch_class in sounding.pitch_classes:
        if pitch_class not in steps:
            steps -= {(pitch_class - 1) % 12, (pitch_class + 1) % 12} - set(sounding.pitch_classes)
            steps.add(pitch_class)
    return [p for p in range(low, high + 1) if p % 12 in steps]
