"""What a genre is to the studio: ranges, harmony and a composer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from training.studio.sketch import Sketch


@dataclass(frozen=True)
class Genre:
    """Conventions of one genre.

    Attributes:
        name: as in the tag vocabulary.
        tempo_bpm: usual range.
        compose: writes all parts into a sketch.
        parents: wider genres whose tags the track carries as well.
        minor: share of tracks in a minor key.
        form: family of forms, see ``arrange``.
        intensity: range of the energy of the fullest section.
        swing: range of the swing ratio; (0.5, 0.5) is straight.
        swing_beats: length of the swung pair in beats.
        rms_db: range of the master level.
        reverb_seconds: range.
        tilt_db: range of spectral tilt per decade.
        top_hz: range of where the treble ends.
        hiss_db: range of tape noise; (-100, -100) for none.
        meters: beats per bar to choose from.
        guests: probability of an instrument from outside the genre.
    """

    name: str
    tempo_bpm: tuple[float, float]
    compose: Callable[[Sketch], None]
    parents: tuple[str, ...] = ()
    minor: float = 0.5
    form: str = "club"
    intensity: tuple[float, float] = (0.7, 0.95)
    swing: tuple[float, float] = (0.5, 0.5)
    swing_beats: float = 0.5
    rms_db: tuple[float, float] = (-14.0, -11.0)
    reverb_seconds: tuple[float, float] = (0.8, 2.2)
    tilt_db: tuple[float, float] = (-3.0, 2.0)
    top_hz: tuple[float, float] = (12000.0, 15500.0)
    hiss_db: tuple[float, float] = (-100.0, -100.0)
    meters: tuple[int, ...] = (4,)
    guests: float = 0.3


MINOR_LOOPS = (
    "i i iv v",
    "i bVI iv v",
    "i bVI bIII bVII",
    "i bVII bVI bVII",
    "i iv bVI v",
    "i i bVI bVII",
    "i iv i v",
    "i bVII iv i",
    "i bIII iv v",
    "i v bVI iv",
    "i iv bVI V",
    "i bVI bVII i",
)
MAJOR_LOOPS = (
    "I V vi IV",
    "I IV I V",
    "I vi IV V",
    "I IV vi V",
    "I iii IV V",
    "I I IV V",
    "I IV ii V",
    "I V IV V",
    "I ii IV I",
)
MINOR_SEVENTHS = (
    "i9 i9 iv9 iv9",
    "i7 bVImaj7 iv7 v7",
    "i9 iv9 i9 v7",
    "i7 iv7 bVImaj7 v7",
    "i9 bVImaj7 i9 bVImaj7",
    "i7 bVII iv7 i7",
    "i9 i9 bVImaj7 v7",
)
MAJOR_SEVENTHS = (
    "Imaj7 IVmaj7 Imaj7 V7",
    "Imaj9 vi7 ii9 V7",
    "Imaj7 iii7 IVmaj7 V7",
    "Imaj9 Imaj9 ii9 V13",
    "Imaj7 vi7 IVmaj7 V7",
    "Imaj9 IVmaj9 ii9 V7",
)
DRONES = ("i i i i", "i i i bVII", "i i i v", "i7 i7 i7 i7", "i i iv i")


def harmonise(s: Sketch, kind: str = "triads") -> None:
    """Give a sketch one of the common loops in its mode, ``triads`` or ``sevenths``."""
    minor = s.key.mode == "minor"
    if kind == "sevenths":
        s.harmonise(MINOR_SEVENTHS if minor else MAJOR_SEVENTHS)
    elif kind == "drone":
        s.harmonise(DRONES if minor else ("I I I I", "I I IV I", "I I I V"))
    else:
        s.harmonise(MINOR_LOOPS if minor else MAJOR_LOOPS)
