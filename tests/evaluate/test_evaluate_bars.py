"""Scores of bars: shares within 70 ms, phrases by the sections, audio whose tempo bends."""

from __future__ import annotations

import numpy as np
import pytest

from segue.bars import BarGrid
from training.evaluate.bars import BarTruth, score, swaying, table

DOWNBEATS = 0.4 + 2.0 * np.arange(40)
TRUTH = BarTruth("house", DOWNBEATS, DOWNBEATS[[3, 11, 19, 22]], 4, 120.0)


def grid(starts: np.ndarray, offset: int = 3, confidence: float = 0.8) -> BarGrid:
    return BarGrid(starts.astype(np.float32), np.ones(len(starts), dtype=np.float32), offset, confidence)


def test_right_bars_and_phrases():
    found = score(grid(DOWNBEATS + 0.06), 120.0, TRUTH)
    assert (found.found, found.right, found.bars, found.phrase, found.tempo) == (1.0, 1.0, True, True, True)
    assert found.phrase_by_chance == 1 / 8
    assert score(grid(DOWNBEATS, offset=4), 120.0, TRUTH).phrase is False


def test_wrong_bars_leave_phrases_open():
    found = score(grid(DOWNBEATS + 0.5), 120.0, TRUTH)
    assert (found.found, found.right, found.bars, found.phrase) == (0.0, 0.0, False, None)


def test_double_tempo_finds_all_but_half_of_it_is_wrong():
    found = score(grid(0.4 + np.arange(79)), 240.0, TRUTH)
    assert found.found == 1.0 and found.right == pytest.approx(0.5, abs=0.01)
    assert not found.bars and not found.tempo


def test_swaying_audio_and_its_clock():
    samples = np.zeros(16_000 * 30, dtype=np.float32)
    clicks = np.arange(1, 28)
    samples[clicks * 16_000] = 1.0
    bent, heard_at = swaying(samples, 16_000, 1.0, np.random.default_rng(1))
    wanted = heard_at(clicks.astype(float))
    peaks = np.flatnonzero(bent > 0.3) / 16_000
    inside = wanted[wanted > 0]
    assert len(inside) > 20
    assert np.abs(inside[:, None] - peaks).min(axis=1).max() < 0.001
    assert np.abs(np.diff(inside) - 1.0).max() > 0.003


def test_table():
    scored = [score(grid(DOWNBEATS), 120.0, TRUTH), score(grid(DOWNBEATS + 0.5, confidence=0.1), 60.0, TRUTH)]
    lines = table(scored).splitlines()
    assert lines[2] == "| all tracks | 2 | 0.50 | 0.50 | 0.50 | 0.50 | 0.12 |"
    assert [line.split(" | ")[0] for line in lines[3:]] == [
        "| in 4/4",
        "| in 4/4, tempo right",
        "| in 4/4, tempo wrong",
        "| in 4/4, confidence 0.5 or more",
        "| in 4/4, confidence below 0.5",
    ]
