"""Key: tonic and mode in every notation DJs use, and how two keys relate on the Camelot wheel.

Conventions: pitch classes 0..11 are C..B; key classes 0..11 are C..B major, 12..23 C..B minor.
Camelot: the number goes up by one per ascending fifth, ``A`` is minor, ``B`` major, A minor is 8A
and its relative C major 8B. Open Key writes the same wheel with C major = 1d and A minor = 1m.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segue.errors import UnknownKey

Mode = Literal["major", "minor"]
Relation = Literal["same", "relative", "adjacent", "energy_boost", "diagonal", "parallel", "two_steps", "distant"]

PITCH_CLASSES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NAME = re.compile(r"^([A-Ga-g])\s*([#♯b♭]?)\s*(m|M|(?i:major|maj|minor|min))?$")
_CAMELOT = re.compile(r"^(\d{1,2})\s*([ABab])$")
_OPEN_KEY = re.compile(r"^(\d{1,2})\s*([dm])$")

N_KEYS = 24


@dataclass(frozen=True, slots=True)
class Key:
    """A major or minor key.

    Attributes:
        tonic: pitch class, 0 is C.
        mode: ``"major"`` or ``"minor"``.
    """

    tonic: int
    mode: Mode

    @property
    def name(self) -> str:
        """For example ``"A minor"``."""
        return f"{PITCH_CLASSES[self.tonic]} {self.mode}"

    @property
    def index(self) -> int:
        """Key class in 0..23: majors from C, then minors from C."""
        return self.tonic + (12 if self.mode == "minor" else 0)

    @property
    def wheel_position(self) -> int:
        """Number on the Camelot wheel, 1..12."""
        major_tonic = self.tonic if self.mode == "major" else (self.tonic + 3) % 12
        return (major_tonic * 7 + 7) % 12 + 1

    @property
    def camelot(self) -> str:
        """For example ``"8A"``."""
        return f"{self.wheel_position}{'B' if self.mode == 'major' else 'A'}"

    @property
    def open_key(self) -> str:
        """For example ``"1m"``."""
        return f"{(self.wheel_position - 8) % 12 + 1}{'d' if self.mode == 'major' else 'm'}"

    @classmethod
    def from_index(cls, index: int) -> Key:
        """Key of a key class in 0..23."""
        return cls(index % 12, "minor" if index >= 12 else "major")

    @classmethod
    def parse(cls, text: str) -> Key:
        """Reads ``"A minor"``, ``"Am"``, ``"F#"``, ``"8A"`` (Camelot) or ``"1m"`` (Open Key).

        Case counts only where it means something: ``"Am"`` is minor, ``"AM"`` major; ``"1m"``, ``"1d"``.

        Raises:
            UnknownKey: none of these notations.
        """
        stripped = text.strip()
        if match := _CAMELOT.match(stripped):
            return cls._on_wheel(text, int(match[1]), "minor" if match[2] in "Aa" else "major")
        if match := _OPEN_KEY.match(stripped):
            number = int(match[1])
            position = (number + 6) % 12 + 1 if 1 <= number <= 12 else 0
            return cls._on_wheel(text, position, "minor" if match[2] == "m" else "major")
        if match := _NAME.match(stripped):
            shift = {"#": 1, "♯": 1, "b": -1, "♭": -1, "": 0}[match[2]]
            minor = match[3] is not None and (match[3] == "m" or match[3].lower().startswith("min"))
            return cls((_LETTERS[match[1].upper()] + shift) % 12, "minor" if minor else "major")
        raise _unreadable(text)

    @classmethod
    def _on_wheel(cls, text: str, position: int, mode: Mode) -> Key:
        for index in range(N_KEYS):
            key = cls.from_index(index)
            if key.mode == mode and key.wheel_position == position:
                return key
        raise _unreadable(text)


def _unreadable(text: str) -> UnknownKey:
    return UnknownKey(f"{text!r} is no key; write it as 'A minor', 'Am', '8A' (Camelot) or '1m' (Open Key).")


@dataclass(frozen=True, slots=True)
class KeyCandidate:
    """A key and how likely it is.

    Attributes:
        key: the key.
        confidence: in [0, 1].
    """

    key: Key
    confidence: float


@dataclass(frozen=True, slots=True)
class KeyEstimate:
    """The key of a whole track.

    Attributes:
        key: the most likely key.
        confidence: in [0, 1].
        alternatives: other readings, most likely first.
    """

    key: Key
    confidence: float
    alternatives: tuple[KeyCandidate, ...] = ()


def relation(from_key: Key, to_key: Key) -> Relation:
    """What a move between two keys is called; ``energy_boost`` is +7 on the wheel (a semitone up)."""
    steps = (to_key.wheel_position - from_key.wheel_position) % 12
    if from_key.mode == to_key.mode:
        same_mode: dict[int, Relation] = {
            0: "same",
            1: "adjacent",
            11: "adjacent",
            2: "two_steps",
            10: "two_steps",
            7: "energy_boost",
        }
        return same_mode.get(steps, "distant")
    if steps == 0:
        return "relative"
    if from_key.tonic == to_key.tonic:
        return "parallel"
    return "diagonal" if steps in (1, 11) else "distant"


def transposed(key: Key, semitones: int) -> Key:
    """The key that is heard when everything sounds so many semitones higher; negative is lower."""
    return Key((key.tonic + semitones) % 12, key.mode)


KeyMode = Literal["off", "exact", "standard", "extended"]

MODE_RELATIONS: dict[KeyMode, frozenset[Relation]] = {
    "exact": frozenset({"same"}),
    "standard": frozenset({"same", "relative", "adjacent"}),
    "extended": frozenset({"same", "relative", "adjacent", "two_steps", "energy_boost", "diagonal"}),
}
"""Which relations each mode lets pass: 1, 4 and 9 of the 24 keys; ``off`` lets all of them pass."""


@cache
def keys_in_mode(key: Key, mode: KeyMode) -> frozenset[int]:
    """Classes of the keys that a mode lets pass beside a key; empty for ``off``, which has no condition."""
    if mode == "off":
        return frozenset()
    allowed = MODE_RELATIONS[mode]
    return frozenset(index for index in range(N_KEYS) if relation(key, Key.from_index(index)) in allowed)


COMPATIBILITY: dict[Relation, float] = {
    "same": 1.0,
    "relative": 0.6,
    "adjacent": 0.48,
    "diagonal": 0.39,
    "two_steps": 0.18,
    "energy_boost": 0.08,
    "parallel": 0.04,
    "distant": 0.0,
}
"""How well keys mix, 1 is best: exactly the cosines that the ranking sees.

``energy_boost`` also counts downwards, so that the table is symmetric. Cosines must form a positive
semi-definite matrix, which bounds how generous the near keys can be while distant ones stay at 0:
these values keep the order above and lie near the largest such table.
"""


@cache
def compatibility_factor() -> NDArray[np.float32]:
    """Rows whose inner products are the key similarities used for ranking, ``(24, 24)`` float32, unit-norm.

    The symmetric square root of :data:`COMPATIBILITY` as a 24x24 matrix. Eigenvectors alone would not
    do: the matrix has equal eigenvalues, so that two machines may find different ones and their vectors
    would not compare. The square root is unique. Read-only, as it is shared.
    """
    keys = [Key.from_index(index) for index in range(N_KEYS)]
    table = np.array([[_compatibility(a, b) for b in keys] for a in keys])
    eigenvalues, eigenvectors = np.linalg.eigh(table)
    root: NDArray[np.float32] = ((eigenvectors * np.sqrt(eigenvalues)) @ eigenvectors.T).astype(np.float32)
    root.flags.writeable = False
    return root


def _compatibility(a: Key, b: Key) -> float:
    return max(COMPATIBILITY[relation(a, b)], COMPATIBILITY[relation(b, a)])
