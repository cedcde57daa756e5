"""Segue points: intros and outros of made-up grids, overlaps that fit, and tracks without bars."""

from __future__ import annotations

import numpy as np
import pytest

from segue.bars import BarGrid
from segue.errors import InvalidRequest
from segue.key import Key
from segue.segue_points import Playable, form, transition, transitions


def grid(
    levels: list[float], bpm: float = 120.0, offset: int = 0, confidence: float = 0.9, first: float = 0.0
) -> BarGrid:
    starts = first + np.arange(len(levels)) * 240 / bpm
    return BarGrid(starts.astype(np.float32), np.array(levels, dtype=np.float32), offset, confidence)


def track(
    levels: list[float] | None, bpm: float = 120.0, key: str = "8A", seconds: float | None = None, seed: int = 0, **more
) -> Playable:
    bars = None if levels is None else grid(levels, bpm, **more)
    seconds = seconds or (len(levels) * 240 / bpm if levels else 240.0)
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(max(1, int(seconds / 3.69)), 6)).astype(np.float32) + 1
    return Playable(bpm, Key.parse(key), seconds, rows / np.linalg.norm(rows, axis=1, keepdims=True), bars)


CLUB = [0.4] * 32 + [1.0] * 32 + [0.5] * 16 + [1.0] * 32 + [0.4] * 32  # intro, body, break, body, outro
SHORT_EDGES = [0.4] * 8 + [1.0] * 64 + [0.4] * 16
NO_EDGES = [1.0] * 64


def test_form_of_a_club_track():
    shape = form(grid(CLUB))
    assert (shape.first, shape.body, shape.outro, shape.end) == (0, 32, 112, 144)


def test_a_fade_out_is_an_outro_and_silence_no_music():
    shape = form(grid([0.0, 0.0] + [1.0] * 38 + list(np.linspace(1, 0.03, 24)) + [0.0] * 5, offset=2))
    assert (shape.first, shape.end) == (2, 64)
    assert shape.body == 2
    assert 42 <= shape.outro <= 50 and (shape.outro - 2) % 8 == 0


def test_a_short_burst_is_no_body():
    assert form(grid([1.0] * 8 + [0.3] * 16 + [1.0] * 48)).body == 24


def test_phrases_that_do_not_begin_with_the_track():
    shape = form(grid([0.3] * 11 + [1.0] * 40 + [0.3] * 16, offset=3))
    assert (shape.body, shape.outro, shape.end) == (11, 51, 67)


def test_no_level_at_all():
    shape = form(grid([0.0] * 20))
    assert (shape.first, shape.body, shape.outro, shape.end) == (0, 0, 20, 20)


@pytest.mark.parametrize(
    ("outgoing", "incoming", "bars"),
    [(CLUB, CLUB, 32), (SHORT_EDGES, CLUB, 16), (CLUB, SHORT_EDGES, 8), (SHORT_EDGES, SHORT_EDGES, 8)],
)
def test_the_longest_overlap_that_fits_both(outgoing, incoming, bars):
    best = transition(track(outgoing), track(incoming, seed=1))
    assert best.overlap_bars == bars
    assert best.overlap_seconds == pytest.approx(bars * 2.0)
    assert best.confidence == pytest.approx(0.9)
    assert best.caveats == ()


def test_the_body_enters_when_the_overlap_ends():
    for one in transitions(track(CLUB), track(CLUB, bpm=126.0, seed=1)):
        begins_at = one.mix_in_seconds + one.overlap_bars * 240 / 126.0
        assert begins_at == pytest.approx(32 * 240 / 126.0, abs=1e-3)
        assert one.mix_out_seconds % 16.0 == pytest.approx(0.0, abs=1e-3)  # phrases of 8 bars at 120 bpm
        assert one.pitch_percent == pytest.approx(100 * (120 / 126 - 1))
        assert one.level_out == pytest.approx(0.4) and one.level_in == pytest.approx(0.4)


def test_without_intro_and_outro_bars_still_count_but_it_is_said():
    best = transition(track(NO_EDGES), track(NO_EDGES, seed=1))
    assert best.caveats == ("no_outro", "no_intro")
    assert best.mix_in_seconds == 0.0
    assert best.score < transition(track(CLUB), track(CLUB, seed=1)).score


def test_one_overlap_may_be_asked_for():
    found = transitions(track(CLUB), track(CLUB, seed=1), 16)
    assert {one.overlap_bars for one in found} == {16}
    assert {one.mix_out_seconds for one in found} == {224.0, 256.0}
    with pytest.raises(InvalidRequest, match="8, 16 or 32"):
        transitions(track(CLUB), track(CLUB), 12)


def test_half_and_double_time():
    best = transition(track(CLUB, bpm=87.0), track(CLUB, bpm=174.0, seed=1))
    assert (best.tempo_ratio, best.overlap_bars) == (2.0, 16)
    assert best.pitch_percent == pytest.approx(0.0)
    assert best.mix_in_seconds == 0.0  # 16 bars at 87 are the 32 bars of the intro at 174
    best = transition(track(CLUB, bpm=174.0), track(CLUB, bpm=87.0, seed=1))
    assert (best.tempo_ratio, best.overlap_bars) == (0.5, 32)
    assert best.mix_in_seconds == pytest.approx(16 * 240 / 87.0, abs=1e-3)
    assert best.overlap_seconds == pytest.approx(16 * 240 / 87.0, abs=1e-2)


def test_seven_bars_are_too_few():
    best = transition(track([1.0] * 7), track(CLUB, seed=1))
    assert best.overlap_bars == 0
    assert best.confidence == 0.0
    assert best.caveats == ("no_bars_out", "too_short")
    assert best.mix_out_seconds + best.overlap_seconds == pytest.approx(14.0)
    best = transition(track(CLUB), track([1.0] * 7, seed=1))
    assert best.caveats == ("no_bars_in", "too_short")
    assert best.mix_in_seconds == 0.0
    assert transition(track(SHORT_EDGES), track(CLUB), 32).caveats == ("no_outro",)


def test_an_overlap_that_has_no_room_is_as_long_as_can_be():
    best = transition(track([1.0] * 20), track(CLUB, seed=1), 32)
    assert best.overlap_bars == 0
    assert "too_short" in best.caveats
    assert 0 < best.overlap_seconds <= 40.0


def test_without_bars_points_lie_at_the_edges_of_the_audio():
    best = transition(track(None), track(None, seed=1))
    assert best.caveats == ("no_bars_out", "no_bars_in")
    assert best.confidence == 0.0
    assert best.mix_in_seconds == 0.0
    assert best.mix_out_seconds + best.overlap_seconds == pytest.approx(240.0)
    assert best.level_out is None and best.level_in is None
    one_side = transition(track(CLUB), track(None, seed=1))
    assert one_side.caveats == ("no_bars_in",)
    assert one_side.mix_out_seconds == 224.0
    tiny = transition(track(None, seconds=3.0), track(None, seconds=3.0))
    assert 0 <= tiny.mix_out_seconds < 3.0 and tiny.overlap_bars == 0


def test_unsure_bars_and_far_tempi_are_said():
    best = transition(track(CLUB, confidence=0.2), track(CLUB, bpm=150.0, seed=1))
    assert best.caveats == ("unsure_bars", "out_of_pitch_range")
    assert best.confidence == pytest.approx(0.2)


def test_keys_with_and_without_key_lock():
    best = transition(track(CLUB, bpm=120.0, key="8A"), track(CLUB, bpm=127.0, key="8A", seed=1))
    assert best.key_relation == "same"
    assert best.pitched_key == Key.parse("Abm")
    assert best.pitched_relation != "same"


def test_sound_is_that_of_the_overlap():
    a, b = track(CLUB), track(CLUB, seed=1)
    left, right = np.zeros((2, 6), dtype=np.float32)
    left[0], right[1] = 1, 1
    rows_a, rows_b = np.tile(right, (len(a.chunks), 1)), np.tile(right, (len(b.chunks), 1))
    rows_a[62:] = left  # from 228 s on: the outro
    rows_b[:17] = left  # up to 62 s: the intro
    same = transition(Playable(120, a.key, 288.0, rows_a, a.bars), Playable(120, b.key, 288.0, rows_b, b.bars))
    assert same.sound > 0.98
    assert (
        transition(Playable(120, a.key, 288.0, rows_b, a.bars), Playable(120, b.key, 288.0, rows_b, b.bars)).sound < 0.1
    )


def test_scores_fall_and_stay_in_bounds():
    rng = np.random.default_rng(5)
    for seed in range(60):
        levels = [list(rng.random(int(n)).astype(float)) for n in rng.integers(1, 120, size=2)]
        tempi = rng.uniform(50, 200, size=2)
        a = track(levels[0], float(tempi[0]), seed=seed, offset=int(rng.integers(8)))
        b = track(levels[1], float(tempi[1]), seed=seed + 1, offset=int(rng.integers(8)))
        found = transitions(a, b)
        scores = [one.score for one in found]
        assert scores == sorted(scores, reverse=True)
        for one in found:
            assert 0 <= one.score <= 1 and 0 <= one.confidence <= 1
            assert 0 <= one.mix_out_seconds < a.duration_seconds
            assert 0 <= one.mix_in_seconds < b.duration_seconds
            assert one.overlap_bars in (0, 8, 16, 32)
            assert one.overlap_seconds > 0
        assert found == transitions(a, b)


def test_sound_never_outweighs_the_length_of_the_overlap():
    rng = np.random.default_rng(8)
    for seed in range(20):
        some = track(CLUB, seed=seed)
        rows = rng.choice([-1.0, 1.0], size=(len(some.chunks), 1)).astype(np.float32) * np.eye(6, dtype=np.float32)[0]
        best = transition(Playable(120.0, some.key, 288.0, rows, some.bars), track(CLUB, seed=seed + 1))
        assert best.overlap_bars == 32 and best.caveats == ()
