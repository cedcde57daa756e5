"""Bars: the grid of steady music, music that drifts, downbeats, phrases, and what is too short or silent."""

from __future__ import annotations

import numpy as np
import pytest

from models.short_chunk_res.bars import hear_bars, novelty, phrase_offset
from models.short_chunk_res.beats import follow, half_beats
from models.spec import LogFrequencySpec, LogMelSpec
from segue.tempo import TempoEstimate

MEL, FREQUENCY = LogMelSpec(), LogFrequencySpec()
FPS = MEL.frames_per_second
RATIO = FREQUENCY.hop_length // MEL.hop_length


def features(
    bpm: float, first_seconds: float, n_bars: int, tail_seconds: float = 0.5, phrase: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Log-mel and log-frequency features of a machine: kick, hats on two and four, another chord in every bar.

    Every eighth bar from ``phrase`` on begins a part with more, or fewer, bands.
    """
    beat = 60 * FPS / bpm
    n_frames = int(first_seconds * FPS + 4 * n_bars * beat + tail_seconds * FPS)
    log_mel = np.full((128, n_frames), -60.0, dtype=np.float32)
    coarse = np.zeros((FREQUENCY.bins_per_octave * FREQUENCY.n_octaves, n_frames // RATIO + 1), dtype=np.float32)
    for bar in range(n_bars):
        begins = first_seconds * FPS + 4 * bar * beat
        frames = slice(round(begins), round(begins + 4 * beat))
        log_mel[20:60, frames] = -30.0 if (bar - phrase) // 8 % 2 else -20.0
        coarse[
            3 * (5 * bar % 12) : 3 * (5 * bar % 12) + 2,
            round(begins / RATIO) : round(begins / RATIO + 4 * beat / RATIO),
        ] = 1
        for n in range(4):
            hit = round(begins + n * beat)
            log_mel[:16, hit : hit + 4] = 0.0 if n == 0 else -8.0
            log_mel[90:, hit : hit + 3] = -10.0 if n % 2 else -40.0
    return log_mel, coarse


def hear(log_mel, coarse, bpm, confidence=1.0):
    return hear_bars(log_mel, coarse, TempoEstimate(bpm, confidence), MEL, FREQUENCY)


@pytest.mark.parametrize("bpm", [70.0, 96.3, 124.0, 174.0])
@pytest.mark.parametrize("first_seconds", [0.0, 0.21, 1.37])
def test_downbeats_of_steady_music(bpm, first_seconds):
    grid = hear(*features(bpm, first_seconds, 40, phrase=2), round(bpm, 1))
    truth = first_seconds + np.arange(40) * 240 / bpm
    distance = np.abs(truth[:, None] - grid.starts).min(axis=1)
    assert np.mean(distance < 0.03) >= 0.97
    assert len(grid) <= 42
    assert grid.confidence > 0.4
    assert grid.levels.max() == 1.0 and grid.levels.min() >= 0


def test_a_tempo_rounded_to_a_tenth_does_not_run_away():
    log_mel, coarse = features(127.96, 0.3, 120)
    grid = hear(log_mel, coarse, 128.0)
    truth = 0.3 + np.arange(120) * 240 / 127.96
    assert np.abs(truth[:, None] - grid.starts).min(axis=1).max() < 0.04


@pytest.mark.parametrize("phrase", [0, 3, 6])
def test_phrases_begin_where_the_music_changes(phrase):
    grid = hear(*features(120.0, 0.0, 64, phrase=phrase), 120.0)
    begins = grid.starts[grid.phrase_offset] / 2.0
    assert round(float(begins)) % 8 == phrase


def test_beats_are_followed_where_the_tempo_drifts():
    rng = np.random.default_rng(3)
    lengths = 30 * (1 + 0.03 * np.sin(np.arange(300) / 20))
    truth = np.cumsum(lengths)
    onsets = 0.05 * rng.random(int(truth[-1]) + 20)
    onsets[np.round(truth).astype(int)] = 1.0
    beats = follow(onsets, 30.0)
    assert np.mean(np.abs(truth[:, None] - beats).min(axis=1) <= 1) > 0.97
    found = half_beats(np.tile(onsets, (16, 1)).astype(np.float32), 60 * FPS / 30, FPS)
    assert not found.is_grid
    assert found.steadiness < 0.71
    assert np.all(np.diff(found.frames) > 0)


def test_confidence_follows_the_tempo_and_silence_has_none():
    log_mel, coarse = features(120.0, 0.0, 32)
    assert hear(log_mel, coarse, 120.0, 0.1).confidence < 0.1 < hear(log_mel, coarse, 120.0).confidence
    silence = hear(np.full_like(log_mel, -100.0), np.zeros_like(coarse), 120.0)
    assert silence.confidence == 0.0
    assert len(silence) >= 30


def test_fewer_than_two_bars_are_none():
    log_mel, coarse = features(120.0, 0.0, 1, tail_seconds=0.9)
    assert hear(log_mel, coarse, 120.0) is None
    log_mel, coarse = features(120.0, 0.0, 2, tail_seconds=0.2)
    assert len(hear(log_mel, coarse, 120.0)) == 2


def test_novelty_knows_less_at_the_edges():
    change = novelty(np.array([[0.0, 0, 0, 0, 6, 6, 6, 6]]), 4)
    assert int(change.argmax()) == 4
    assert change[0] == 0 and change[4] == 6
    assert phrase_offset(np.zeros((16, 3))) == 0
