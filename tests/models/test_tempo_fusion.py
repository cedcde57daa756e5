"""Tempo: pulses of known tempo to a tenth of a BPM, drift, octaves, and what network and pulse say together."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch

from models.frontend import LogMel
from models.short_chunk_res.pooling import normalise, pool_log_probabilities
from models.short_chunk_res.pulse import autocorrelation, onset_curves, refine
from models.short_chunk_res.tempo import estimate_tempo, fuse, strongest, tempo_witnesses, with_octaves
from models.spec import LogMelSpec, TempoGrid
from segue.audio.waveform import SAMPLE_RATE
from segue.tempo import TempoEstimate

SPEC, GRID = LogMelSpec(n_mels=128), TempoGrid()
BINS = np.array(GRID.bins_bpm())
FPS = SPEC.frames_per_second
UNDECIDED = np.full(GRID.n_bins, -np.log(GRID.n_bins))


def beats(bpm: float, seconds: float, drift: float = 0.0) -> np.ndarray:
    """Kicks on the beat, quieter hats between, ``(n_samples,)`` float32; ``drift`` is relative, over the track."""
    rng = np.random.default_rng(7)
    n = int(seconds * SAMPLE_RATE)
    samples = 1e-4 * rng.normal(size=n)
    t = np.arange(2000) / SAMPLE_RATE
    kick = 0.8 * np.sin(2 * np.pi * 60 * t) * np.exp(-40 * t)
    hat = 0.1 * rng.normal(size=2000) * np.exp(-150 * t)
    at, half_beat = 0.0, 0
    while (start := int(at * SAMPLE_RATE)) < n - 2000:
        samples[start : start + 2000] += hat if half_beat % 2 else kick
        half_beat += 1
        at += 30.0 / (bpm * (1 + drift * (at / seconds - 0.5)))
    return samples.astype(np.float32)


@cache
def front_end() -> LogMel:
    return LogMel(SPEC)


def log_mel(samples: np.ndarray) -> np.ndarray:
    return front_end()(torch.from_numpy(samples)[None])[0].numpy()


def peak_at(*tempi: float) -> np.ndarray:
    """A network that believes in some tempi alike, and hardly in others."""
    weights = sum(np.exp(-0.5 * ((np.arange(GRID.n_bins) - GRID.position(bpm)) / 1.5) ** 2) for bpm in tempi)
    return normalise(np.log(weights + 1e-5))


def estimate(network: np.ndarray, samples: np.ndarray) -> TempoEstimate:
    return estimate_tempo(network, log_mel(samples), SPEC, GRID)


@pytest.mark.parametrize("bpm", [62.0, 89.9, 127.3, 128.0, 174.6])
def test_steady_minute_is_right_to_a_tenth(bpm):
    assert estimate(peak_at(bpm * 1.008), beats(bpm, 60)).bpm == pytest.approx(bpm, abs=0.1001)


@pytest.mark.parametrize("bpm", [100.0, 127.3, 140.0])
def test_the_pulse_alone_finds_a_common_tempo(bpm):
    ratio = estimate(UNDECIDED, beats(bpm, 30)).bpm / bpm
    assert min(abs(ratio / octave - 1) for octave in (0.5, 1.0, 2.0)) < 0.005


def test_the_network_chooses_the_octave():
    samples = beats(174.0, 30)
    assert estimate(peak_at(174.0), samples).bpm == pytest.approx(174.0, abs=0.2)
    assert estimate(peak_at(87.0), samples).bpm == pytest.approx(87.0, abs=0.2)


def test_octave_is_among_the_alternatives_of_a_doubtful_tempo():
    heard = estimate(peak_at(87.0, 174.0), beats(174.0, 30))
    readings = [heard.bpm, *(other.bpm for other in heard.alternatives)]
    assert any(bpm == pytest.approx(87.0, abs=0.3) for bpm in readings)
    assert any(bpm == pytest.approx(174.0, abs=0.3) for bpm in readings)


@pytest.mark.parametrize(("bpm", "octaves"), [(100.0, {50.0, 200.0}), (70.0, {140.0}), (174.0, {87.0})])
def test_half_and_double_time_are_always_among_the_alternatives(bpm, octaves):
    heard = estimate(peak_at(bpm), beats(bpm, 30))
    others = [other.bpm for other in heard.alternatives]
    for octave in octaves:
        assert any(other == pytest.approx(octave, rel=0.01) for other in others)
    readings = sorted([heard.bpm, *others])
    assert all(b / a > 1.04 for a, b in pairwise(readings)), "no tempo twice"


def test_drift_is_answered_with_the_middle():
    assert estimate(peak_at(120.0), beats(120.0, 90, drift=0.04)).bpm == pytest.approx(120.0, rel=0.02)


@pytest.mark.parametrize("seconds", [3.7, 8.0])
def test_short_audio_is_heard(seconds):
    assert estimate(peak_at(120.0), beats(120.0, seconds)).bpm == pytest.approx(120.0, rel=0.02)


def test_silence_has_low_confidence():
    silence = np.full((128, 600), -100.0, dtype=np.float32)
    heard = estimate_tempo(UNDECIDED, silence, SPEC, GRID)
    assert heard.confidence < 0.3
    assert GRID.min_bpm * 0.9 < heard.bpm < GRID.max_bpm * 1.1


def test_confidences_are_probabilities_in_order(rng):
    heard = estimate(normalise(rng.normal(size=GRID.n_bins)), beats(101.0, 12))
    confidences = [heard.confidence, *(other.confidence for other in heard.alternatives)]
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) <= 1.0 and min(confidences) >= 0.0
    assert len(heard.alternatives) <= 4
    assert all(reading.bpm == round(reading.bpm, 1) for reading in (heard, *heard.alternatives))


def test_strongest_gathers_what_lies_within_four_percent():
    probabilities = np.exp(peak_at(90.0, 90.0, 180.0))
    (first, mass), (second, less) = strongest(probabilities, BINS, 2)
    assert first == pytest.approx(90.0, rel=0.01) and second == pytest.approx(180.0, rel=0.01)
    assert 0.6 < mass < 0.7 and 0.3 < less < 0.36


def test_refine_does_not_leave_its_neighbourhood():
    curves = onset_curves(log_mel(beats(127.3, 30)), FPS)
    assert refine(curves, 100.0, FPS) == pytest.approx(100.0, rel=0.06)


def test_autocorrelation_of_a_pulse_train_peaks_at_its_period():
    curves = np.zeros((2, 1000), dtype=np.float32)
    curves[:, ::25] = 1.0
    correlation = autocorrelation(curves)
    assert correlation[0] == pytest.approx(1.0)
    assert correlation[[25, 50, 100]].min() > 0.9
    assert correlation[10:20].max() < 0.1


def test_pooling_is_a_distribution_and_agrees_with_unanimous_stretches(rng):
    row = normalise(rng.normal(size=24)).astype(np.float32)
    np.testing.assert_allclose(pool_log_probabilities(np.tile(row, (5, 1))), row, atol=1e-5)
    mixed = pool_log_probabilities(np.stack([normalise(rng.normal(size=24)) for _ in range(4)]).astype(np.float32))
    assert np.exp(mixed).sum() == pytest.approx(1.0)


def test_fusion_is_a_distribution(rng):
    fused = fuse(normalise(rng.normal(size=GRID.n_bins)), rng.normal(size=(6, GRID.n_bins)), BINS)
    assert np.exp(fused).sum() == pytest.approx(1.0)


def test_witnesses_are_apart_and_the_fused_one_is_what_is_reported():
    samples = beats(174.0, 20)
    heard = tempo_witnesses(peak_at(87.0), log_mel(samples), SPEC, GRID)
    assert heard.fused == estimate(peak_at(87.0), samples)
    assert heard.network.bpm == pytest.approx(87.0, abs=0.3)
    assert heard.signal == tempo_witnesses(peak_at(100.0), log_mel(samples), SPEC, GRID).signal


@pytest.mark.parametrize(("bpm", "octaves"), [(128.0, [64.0]), (90.0, [45.0, 180.0]), (60.0, [120.0])])
def test_half_and_double_are_named_however_sure_the_first_choice(bpm, octaves):
    heard = estimate(peak_at(bpm), beats(bpm, 30))
    assert heard.bpm == pytest.approx(bpm, abs=0.3)
    for octave in octaves:
        assert any(other.bpm == pytest.approx(octave, abs=0.2) for other in heard.alternatives)


def test_octaves_count_among_the_alternatives_before_other_readings():
    probabilities = np.exp(peak_at(90.0, 100.0, 110.0, 120.0, 130.0, 140.0))
    (first, _), *others = strongest(probabilities, BINS, 5)
    named = with_octaves(first, others, probabilities, BINS)
    assert len(named) == 4 and [mass for _, mass in named] == sorted((mass for _, mass in named), reverse=True)
    in_range = [first * factor for factor in (0.5, 2.0) if 40 <= first * factor <= 240]
    assert all(any(abs(bpm / octave - 1) < 0.04 for bpm, _ in named) for octave in in_range)
