from __future__ import annotations

import itertools

import numpy as np
import pytest

from training.studio.arrange import lay_out
from training.studio.oscillators import decaying_partials, hertz
from training.studio.score import Groove
from training.studio.theory import Key, chord, progression, scale_pitches, voicing


def test_key_names_and_aliases() -> None:
    assert Key.parse("A minor") == Key(9, "minor")
    assert Key.parse("Gb major").name == "F# major"
    with pytest.raises(ValueError, match="not a key"):
        Key.parse("A")


def test_roman_numerals() -> None:
    a_minor = Key.parse("A minor")
    roots = [c.root for c in progression("i bVI bIII bVII", a_minor)]
    assert roots == [9, 5, 0, 7]
    assert chord("V7", Key.parse("C major")).pitch_classes == (7, 11, 2, 5)


def test_voicings_stay_near_their_centre() -> None:
    for tonic in range(12):
        pitches = voicing(chord("i9", Key(tonic, "minor")), 60)
        assert len(pitches) == 4
        assert all(54 <= p <= 66 for p in pitches)


def test_dominant_brings_the_leading_tone() -> None:
    a_minor = Key.parse("A minor")
    classes = {p % 12 for p in scale_pitches(a_minor, chord("V", a_minor), 60, 72)}
    assert 8 in classes and 7 not in classes


def test_swing_moves_only_the_second_half() -> None:
    groove = Groove(120.0, 1.0, swing=2 / 3, swing_beats=1.0)
    times = groove.seconds(np.array([0.0, 0.5, 1.0, 1.5]))
    assert times == pytest.approx([1.0, 1.0 + 1 / 3, 1.5, 1.5 + 1 / 3])


def test_partials_decay_and_sound_at_their_frequency() -> None:
    n, rate = 32000, 32000
    tone = decaying_partials(np.array([hertz(69.0)]), np.ones(1), np.array([0.5]), n, rate)
    t = np.arange(n) / rate
    assert np.allclose(tone, np.sin(2 * np.pi * 440 * t) * np.exp(-t / 0.5), atol=2e-3)


@pytest.mark.parametrize("family", ["club", "song", "flow"])
@pytest.mark.parametrize("n_bars", [1, 3, 8, 17, 40, 130])
def test_forms_fill_every_length(family: str, n_bars: int) -> None:
    plans = lay_out(family, n_bars, 0.9, np.random.default_rng(n_bars))
    assert plans[0].start_bar == 0
    assert plans[-1].end_bar == n_bars
    assert all(a.end_bar == b.start_bar for a, b in itertools.pairwise(plans))
    assert all(p.n_bars >= 1 for p in plans)
