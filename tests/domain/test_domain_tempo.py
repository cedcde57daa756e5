"""Tempo: how two tempi beat together, and the block that ranks them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from segue.mixer import tempo_block
from segue.tempo import MAX_BPM, MIN_BPM, tempo_ratio

bpms = st.floats(20, 400)


def cosine(a_bpm: float, b_bpm: float) -> float:
    return float(np.dot(tempo_block(a_bpm), tempo_block(b_bpm)))


@pytest.mark.parametrize(
    ("from_bpm", "to_bpm", "ratio", "pitch_percent"),
    [
        (120.0, 120.0, 1.0, 0.0),
        (87.0, 174.0, 2.0, 0.0),
        (174.0, 87.0, 0.5, 0.0),
        (128.0, 126.0, 1.0, 100 * 2 / 126),
        (126.0, 128.0, 1.0, -100 * 2 / 128),
        (85.0, 174.0, 2.0, -100 * 4 / 174),
        (70.0, 140.0, 2.0, 0.0),
        (100.0, 150.0, 2.0, 100 / 3),
        (40.0, 240.0, 2.0, -200 / 3),
    ],
)
def test_ratio_and_pitch(from_bpm: float, to_bpm: float, ratio: float, pitch_percent: float) -> None:
    assert tempo_ratio(from_bpm, to_bpm) == (ratio, pytest.approx(pitch_percent, abs=1e-9))


@given(bpms, bpms)
@settings(max_examples=80, deadline=None)
def test_pitching_makes_the_beats_meet_and_no_other_level_needs_less(from_bpm: float, to_bpm: float) -> None:
    ratio, pitch_percent = tempo_ratio(from_bpm, to_bpm)
    assert to_bpm * (1 + pitch_percent / 100) == pytest.approx(from_bpm * ratio)
    needed = {r: abs(math.log2(to_bpm / (from_bpm * r))) for r in (0.5, 1.0, 2.0)}
    assert needed[ratio] == min(needed.values())


@given(bpms, bpms)
@settings(max_examples=80, deadline=None)
def test_there_and_back(from_bpm: float, to_bpm: float) -> None:
    assume(abs(abs(math.log2(to_bpm / from_bpm)) - 0.5) > 1e-9)  # between two levels either may be taken
    there, back = tempo_ratio(from_bpm, to_bpm), tempo_ratio(to_bpm, from_bpm)
    assert there[0] * back[0] == 1.0
    assert (1 + there[1] / 100) * (1 + back[1] / 100) == pytest.approx(1.0)


@given(bpms)
@settings(max_examples=60, deadline=None)
def test_block_has_unit_length(bpm: float) -> None:
    block = tempo_block(bpm)
    assert block.dtype == np.float32
    assert float(np.linalg.norm(block)) == pytest.approx(1.0, abs=1e-6)


@given(bpms, bpms)
@settings(max_examples=60, deadline=None)
def test_cosines_are_never_far_below_zero(a_bpm: float, b_bpm: float) -> None:
    assert -0.2 <= cosine(a_bpm, b_bpm) <= 1 + 1e-6


@given(st.floats(MIN_BPM, MAX_BPM / 2))
@settings(max_examples=60, deadline=None)
def test_octaves_meet_but_the_same_octave_is_preferred(bpm: float) -> None:
    assert 0.95 < cosine(bpm, 2 * bpm) < 0.99
    assert cosine(bpm, 2 * bpm) < cosine(bpm, bpm * 1.005)
    assert cosine(bpm, 2 * bpm) > cosine(bpm, bpm * 1.03)


@given(st.floats(20, 300), st.sampled_from([1, -1]))
@settings(max_examples=60, deadline=None)
def test_nearness_falls_with_distance_to_ten_percent(bpm: float, direction: int) -> None:
    falling = [cosine(bpm, bpm * (1 + 0.01 * n) ** direction) for n in range(11)]
    assert all(nearer > farther for nearer, farther in itertools.pairwise(falling))
    assert 0.45 < falling[5] < 0.6  # half at about 5 %
    assert falling[10] < 0.2


def test_far_tempi_do_not_rank_one_another() -> None:
    assert all(abs(cosine(100.0, bpm)) < 0.1 for bpm in (115.0, 125.0, 133.0, 150.0, 170.0))


def test_tempi_outside_the_analysed_range_are_encoded_too() -> None:
    assert cosine(20.0, 40.0) == pytest.approx(1.0, abs=1e-5)
    assert cosine(400.0, 200.0) > 0.95
