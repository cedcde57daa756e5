"""Band: chords as written, and takes that keep the harmony of the song."""

from __future__ import annotations

import random

import pytest

pretty_midi = pytest.importorskip("pretty_midi")

from training.midi_band import arrange, read_chord  # noqa: E402  # after the optional package

CHORDS = [read_chord(str(4.0 * i), str(4.0 * i + 4), name) for i, name in enumerate(("A:min", "F:maj", "C:maj/3"))]
BEATS = [0.5 * i for i in range(24)]


@pytest.mark.parametrize(
    ("name", "bass", "tones"),
    [
        ("B:maj", 11, (11, 3, 6)),
        ("Gb:min7/b7", 6, (6, 9, 1, 4)),
        ("C:maj/3", 4, (0, 4, 7)),
        ("D:sus4", 2, (2, 7, 9)),
        ("F#:dim", 6, (6, 9, 0)),
        ("E:7", 4, (4, 8, 11, 2)),
        ("Bb:min/5", 5, (10, 1, 5)),
    ],
)
def test_chords_are_read_as_written(name, bass, tones):
    chord = read_chord("1.5", "3.0", name)
    assert (chord.bass, chord.tones) == (bass, tones)
    assert (chord.start_seconds, chord.end_seconds) == (1.5, 3.0)


def test_no_chord_is_no_chord():
    assert read_chord("0", "1", "N") is None


def melody() -> pretty_midi.Instrument:
    part = pretty_midi.Instrument(0)
    part.notes = [pretty_midi.Note(80, pitch, 4.0 * i, 4.0 * i + 1) for i, pitch in enumerate((69, 72, 76))]
    return part


@pytest.mark.parametrize("seed", range(8))
def test_a_take_plays_notes_of_the_song_and_its_chords_alone(seed):
    take = arrange([melody()], CHORDS, BEATS, 12.0, random.Random(seed))
    tonal = [part for part in take.instruments if not part.is_drum]
    assert tonal
    for part in tonal:
        for note in part.notes:
            now = next(c for c in CHORDS if note.start < c.end_seconds - 0.01)
            assert note.pitch % 12 in {*now.tones, (now.bass + 7) % 12, 0, 4, 9}
            assert 0 <= note.start < 12.0 and 10 <= note.velocity <= 127


def test_takes_are_functions_of_their_seed_and_differ():
    def sound(seed: int) -> list[tuple[int, int]]:
        take = arrange([melody()], CHORDS, BEATS, 12.0, random.Random(seed))
        return [(part.program, len(part.notes)) for part in take.instruments]

    assert sound(3) == sound(3)
    assert len({tuple(sound(seed)) for seed in range(8)}) > 5
