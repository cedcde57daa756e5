"""Band: a MIDI song's melody, bridge and piano arranged anew, with a bass, chords and drums drawn for every take.

Piano arrangements alone teach a key detector pianos. A band plays the song's annotated chords, so that its key stays
what it was; a third of the takes sound like dance music: four to the floor, a synthetic bass, few other parts.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pretty_midi

_MELODIC = (
    *(0, 1, 4, 5, 6, 11, 12, 16, 18, 19, 22, 24, 25, 26, 27, 28, 29, 30, 40, 42, 48, 50, 52, 53, 54, 56, 57, 61),
    *(62, 63, 65, 66, 68, 71, 73, 75, 78, 79, 80, 81, 82, 84, 85, 86, 87, 88, 89, 90, 94),
)  # General MIDI programs, from 0
_CHORDAL = (
    0,
    2,
    4,
    5,
    7,
    16,
    17,
    18,
    24,
    25,
    27,
    28,
    29,
    30,
    46,
    48,
    50,
    52,
    61,
    62,
    63,
    81,
    88,
    89,
    90,
    91,
    92,
    94,
    95,
)
_BASSES = (32, 33, 34, 35, 36, 37, 38, 39, 38, 39, 43, 87)
_KITS = (0, 0, 8, 16, 24, 24, 25, 25, 32, 40)
_DISTORTED = (29, 30)
_THIRDS = {"min": 3, "dim": 3, "hdi": 3, "aug": 4, "sus2": 2, "sus4": 5}  # others have a major third
_FIFTHS = {"dim": 6, "hdi": 6, "aug": 8}
_SEVENTHS = {"maj7": 11, "min7": 10, "7": 10}
_ROOTS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

_BASS_RHYTHMS = ((0.0,), (0.0, 0.5), (0.5,), (0.0, 0.75), (0.0, 0.25, 0.5, 0.75), (0.25, 0.5, 0.75))  # in a beat
_KICKS = {"floor": (0, 1, 2, 3), "back": (0, 2), "broken": (0, 2.5), "sparse": (0,)}  # beats of a bar
_SNARES = {"floor": (1, 3), "back": (1, 3), "broken": (1, 3), "sparse": (2,)}
_HATS = {"floor": (0.5,), "back": (0.0, 0.5), "broken": (0.0, 0.25, 0.5, 0.75), "sparse": (0.0,)}  # in a beat


@dataclass(frozen=True)
class Chord:
    """A chord of the song.

    Attributes:
        start_seconds: when it begins.
        end_seconds: when it ends.
        bass: pitch class of its lowest note.
        tones: its pitch classes, root first.
    """

    start_seconds: float
    end_seconds: float
    bass: int
    tones: tuple[int, ...]


def read_chord(start: str, end: str, name: str) -> Chord | None:
    """A row of ``chord_midi.txt``, such as ``B:min7/b7``; None where no chord sounds."""
    if ":" not in name:
        return None
    root_name, quality = name.split(":", 1)
    root = (_ROOTS[root_name[0]] + root_name.count("#") - root_name.count("b")) % 12
    quality, _, inversion = quality.partition("/")
    third = next((step for word, step in _THIRDS.items() if quality.startswith(word)), 4)
    fifth = _FIFTHS.get(quality[:3], 7)
    tones = [root, (root + third) % 12, (root + fifth) % 12]
    if quality in _SEVENTHS:
        tones.append((root + _SEVENTHS[quality]) % 12)
    bass = {"3": tones[1], "b3": tones[1], "5": tones[2]}.get(inversion, root)
    return Chord(float(start), float(end), bass, tuple(tones))


def arrange(
    parts: Sequence[pretty_midi.Instrument],
    chords: Sequence[Chord],
    beats_seconds: Sequence[float],
    n_seconds: float,
    choice: random.Random,
) -> pretty_midi.PrettyMIDI:
    """A take.

    Args:
        parts: the song's own, from the start of the excerpt.
        chords: from the start of the excerpt; what lies outside is left out.
        beats_seconds: from the start of the excerpt.
        n_seconds: length of the excerpt.
        choice: draws everything.
    """
    is_dance = choice.random() < 0.35
    inside = [c for c in chords if c.end_seconds > 0 and c.start_seconds < n_seconds]
    beats = [beat for beat in beats_seconds if 0 <= beat < n_seconds]
    take = pretty_midi.PrettyMIDI()
    for part in parts:
        if choice.random() < (0.55 if is_dance else 0.15):
            continue
        take.instruments.append(_replayed(part, choice))
    if choice.random() < (0.85 if is_dance else 0.6):
        take.instruments.append(_bass(inside, beats, choice))
    if not take.instruments or choice.random() < (0.6 if is_dance else 0.4):
        take.instruments.append(_chords(inside, beats, choice))
    if choice.random() < (1.0 if is_dance else 0.6):
        style = "floor" if is_dance else choice.choice(("back", "back", "broken", "sparse"))
        take.instruments.append(_drums(beats, style, choice))
    return take


def _replayed(part: pretty_midi.Instrument, choice: random.Random) -> pretty_midi.Instrument:
    """The part on another instrument, at another level, sometimes in another octave."""
    again = pretty_midi.Instrument(0 if choice.random() < 0.15 else choice.choice(_MELODIC))
    gain = choice.uniform(0.35, 1.1)
    octaves = choice.choice((0, 0, 0, 0, -12, 12))
    for note in part.notes:
        pitch = min(max(note.pitch + octaves, 24), 108)
        again.notes.append(pretty_midi.Note(_velocity(note.velocity * gain), pitch, note.start, note.end))
    return again


def _bass(chords: Sequence[Chord], beats: Sequence[float], choice: random.Random) -> pretty_midi.Instrument:
    """Roots (or what the chord stands on) in a rhythm, with a fifth or an octave now and then."""
    bass = pretty_midi.Instrument(choice.choice(_BASSES))
    rhythm, lowest, loud = choice.choice(_BASS_RHYTHMS), choice.randint(24, 33), choice.randint(55, 120)
    jumps = choice.choice((0.0, 0.0, 0.15, 0.3))
    is_held = choice.random() < 0.25
    for chord in chords:
        pitch = lowest + (chord.bass - lowest) % 12
        if is_held:
            bass.notes.append(pretty_midi.Note(loud, pitch, max(0.0, chord.start_seconds), chord.end_seconds))
            continue
        for onset, length in _onsets(beats, rhythm, chord):
            step = choice.choice((7, 12)) if choice.random() < jumps else 0
            bass.notes.append(pretty_midi.Note(loud, pitch + step, onset, onset + length))
    return bass


def _chords(chords: Sequence[Chord], beats: Sequence[float], choice: random.Random) -> pretty_midi.Instrument:
    """Held or struck chords; distorted guitars leave the third out."""
    program = choice.choice(_CHORDAL)
    player = pretty_midi.Instrument(program)
    rhythm, lowest, loud = choice.choice(_BASS_RHYTHMS), choice.randint(45, 60), choice.randint(35, 100)
    is_held = choice.random() < 0.6
    for chord in chords:
        tones = chord.tones[:1] + chord.tones[2:3] if program in _DISTORTED else chord.tones
        spans = [(max(0.0, chord.start_seconds), chord.end_seconds - chord.start_seconds)]
        for onset, length in spans if is_held else _onsets(beats, rhythm, chord):
            for tone in tones:
                pitch = lowest + (tone - lowest) % 12
                player.notes.append(pretty_midi.Note(loud, pitch, onset, onset + 0.95 * length))
    return player


def _onsets(beats: Sequence[float], rhythm: Sequence[float], chord: Chord) -> list[tuple[float, float]]:
    """Onset and length, seconds, of a rhythm's strokes on the beats under a chord."""
    period = float(np.median(np.diff(beats))) if len(beats) > 1 else 0.5
    gaps = np.diff((*rhythm, rhythm[0] + 1.0))
    strokes = [
        (beat + place * period, 0.9 * gap * period)
        for beat in beats
        for place, gap in zip(rhythm, gaps.tolist(), strict=True)
    ]
    return [stroke for stroke in strokes if chord.start_seconds - 0.01 <= stroke[0] < chord.end_seconds - 0.01]


def _drums(beats: Sequence[float], style: str, choice: random.Random) -> pretty_midi.Instrument:
    """Kick, snare or clap, and hats; the bar is taken to start with the first beat."""
    kit = pretty_midi.Instrument(choice.choice(_KITS), is_drum=True)
    period = float(np.median(np.diff(beats))) if len(beats) > 1 else 0.5
    loud, snare, hat = choice.randint(60, 127), choice.choice((38, 39, 40)), choice.choice((42, 44, 46, 51, 70))
    softer = _velocity(loud * choice.uniform(0.4, 0.9))
    for number, beat in enumerate(beats):
        strokes = [(36, place - number % 4, loud) for place in _KICKS[style]]
        strokes += [(snare, place - number % 4, loud) for place in _SNARES[style]]
        strokes = [stroke for stroke in strokes if 0 <= stroke[1] < 1]
        strokes += [(hat, place, softer) for place in _HATS[style]]
        for pitch, place, velocity in strokes:
            onset = beat + place * period
            kit.notes.append(pretty_midi.Note(velocity, pitch, onset, onset + 0.1))
    return kit


def _velocity(value: float) -> int:
    return int(min(max(value, 10), 127))
