"""Degradations against sounds whose truth is known."""

from __future__ import annotations

import time

import numpy as np
import pytest

from training import degrade

RATE = 16_000


def tone(hertz: float, seconds: float = 4.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def clicks(period: int, seconds: float = 6.0) -> np.ndarray:
    samples = np.zeros(int(seconds * RATE), dtype=np.float32)
    burst = 0.5 * np.exp(-np.arange(400) / 60) * np.sin(2 * np.pi * 1500 * np.arange(400) / RATE)
    for start in range(period // 2, len(samples) - 400, period):
        samples[start : start + 400] += burst.astype(np.float32)
    return samples


def music(seconds: float = 4.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    chord = sum(tone(hertz, seconds) for hertz in (110, 220, 277.2, 329.6, 880)) / 4
    noise = 0.02 * rng.standard_normal(len(chord)).astype(np.float32)
    return (chord + clicks(8000, seconds)[: len(chord)] * 0.5 + noise).astype(np.float32)


def pitch_of(samples: np.ndarray) -> float:
    middle = samples[len(samples) // 4 :][: 2 * RATE]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 8 * RATE))
    return float(np.argmax(spectrum)) / 8


def period_of(samples: np.ndarray) -> float:
    """Samples between clicks, by the autocorrelation of the envelope."""
    envelope = np.abs(samples)[: len(samples) // 40 * 40].reshape(-1, 40).mean(axis=1)
    envelope -= envelope.mean()
    correlation = np.correlate(envelope, envelope, "full")[len(envelope) - 1 :]
    return float(np.argmax(correlation[60:500]) + 60) * 40


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-20))


@pytest.mark.parametrize("rate", [0.76, 0.92, 1.18, 1.36])
def test_time_stretch_moves_the_tempo_and_keeps_the_pitch(rate):
    stretched = degrade.time_stretch(clicks(8000), rate)
    assert stretched.dtype == np.float32 and len(stretched) == round(6 * RATE / rate)
    assert period_of(stretched) == pytest.approx(8000 / rate, rel=0.01)
    assert pitch_of(degrade.time_stretch(tone(440), rate)) == pytest.approx(440, abs=0.5)
    assert level_db(degrade.time_stretch(tone(440), rate)) == pytest.approx(level_db(tone(440)), abs=0.5)


@pytest.mark.parametrize("rate", [0.76, 1.36])
def test_time_stretch_puts_attacks_where_they_belong_and_keeps_them_sharp(rate):
    sharp = clicks(8000)
    stretched = degrade.time_stretch(sharp, rate)
    for click in (1, 5):
        expected = round((4000 + 8000 * click) / rate)
        around = np.abs(stretched[expected - 1600 : expected + 1600])
        assert abs(int(np.argmax(around)) - 1600) < 320  # 20 ms
        assert (around[1600 - 400 : 1600 + 800] ** 2).sum() > 0.85 * (around**2).sum()


@pytest.mark.parametrize("semitones", [-2, -1, 1, 2])
def test_pitch_shift_moves_the_pitch_and_keeps_the_tempo(semitones):
    shifted = degrade.pitch_shift(tone(440), semitones)
    assert shifted.dtype == np.float32 and shifted.shape == tone(440).shape
    assert pitch_of(shifted) == pytest.approx(440 * 2 ** (semitones / 12), rel=0.002)
    assert period_of(degrade.pitch_shift(clicks(8000), semitones)) == pytest.approx(8000, rel=0.01)


def test_nothing_asked_is_nothing_done():
    samples = music()
    for same in (degrade.time_stretch(samples, 1), degrade.pitch_shift(samples, 0), degrade.play_faster(samples, 1)):
        np.testing.assert_array_equal(same, samples)
        assert same is not samples


@pytest.mark.parametrize("speed", [0.9, 1.25])
def test_playing_faster_moves_both(speed):
    played = degrade.play_faster(tone(440), speed)
    assert played.dtype == np.float32 and len(played) == round(4 * RATE / speed)
    assert pitch_of(played) == pytest.approx(440 * speed, rel=0.001)
    assert period_of(degrade.play_faster(clicks(8000), speed)) == pytest.approx(8000 / speed, rel=0.01)


@pytest.mark.parametrize("snr_db", [20, 10])
def test_noise_has_the_asked_level_and_repeats(snr_db):
    samples = music()
    noisy = degrade.add_noise(samples, snr_db, np.random.default_rng(1))
    assert noisy.dtype == np.float32
    assert level_db(samples) - level_db(noisy - samples) == pytest.approx(snr_db, abs=0.1)
    np.testing.assert_array_equal(noisy, degrade.add_noise(samples, snr_db, np.random.default_rng(1)))
    assert not degrade.add_noise(np.zeros(100, np.float32), 10, np.random.default_rng(1)).any()


@pytest.mark.parametrize(("codec", "bit_rate"), [("mp3", 64_000), ("mp3", 24_000), ("aac", 64_000), ("aac", 32_000)])
@pytest.mark.parametrize("n", [0, 777])
def test_codecs_leave_the_sound_in_its_place(codec, bit_rate, n):
    samples = music()[: 4 * RATE - n]
    coded = degrade.codec_round_trip(samples, codec, bit_rate)
    assert coded.dtype == np.float32 and coded.shape == samples.shape
    assert not np.array_equal(coded, samples)
    size = 2 * len(samples)
    correlation = np.fft.irfft(np.fft.rfft(coded, size) * np.conj(np.fft.rfft(samples, size)), size)
    assert int(np.argmax(correlation)) == 0
    assert level_db(coded - samples) < level_db(samples) - (15 if bit_rate == 64_000 else 8)
    np.testing.assert_array_equal(coded, degrade.codec_round_trip(samples, codec, bit_rate))


def test_lower_bit_rates_cost_more():
    samples = music()
    errors = [level_db(degrade.codec_round_trip(samples, "mp3", rate) - samples) for rate in (64_000, 32_000, 16_000)]
    assert errors == sorted(errors)


def test_low_pass_takes_what_is_above():
    assert level_db(degrade.low_pass(tone(1000), 4000)) == pytest.approx(level_db(tone(1000)), abs=0.1)
    assert level_db(degrade.low_pass(tone(7000), 4000)) < level_db(tone(7000)) - 35


def test_equaliser_changes_the_tone_and_keeps_the_level():
    samples = music()
    tones = []
    for seed in range(12):
        heard = degrade.equalise(samples, np.random.default_rng(seed))
        assert heard.dtype == np.float32 and heard.shape == samples.shape
        assert np.max(np.abs(heard)) <= 1.0
        assert level_db(heard) <= level_db(samples) + 0.01
        spectrum = np.abs(np.fft.rfft(heard)) ** 2
        tones.append(10 * np.log10(spectrum[: len(spectrum) // 16].sum() / spectrum[len(spectrum) // 2 :].sum()))
    assert 2 < np.std(tones) < 12
    np.testing.assert_array_equal(
        degrade.equalise(samples, np.random.default_rng(3)), degrade.equalise(samples, np.random.default_rng(3))
    )


def test_compressor_brings_loud_and_soft_together():
    loud, soft = tone(440), tone(440) * np.float32(0.05)
    both = np.concatenate([loud, soft])
    heard = degrade.compress(both)
    assert heard.dtype == np.float32 and heard.shape == both.shape
    gap_before = level_db(loud) - level_db(soft)
    gap_after = level_db(heard[RATE : 3 * RATE]) - level_db(heard[5 * RATE : 7 * RATE])
    assert gap_after < gap_before - 6
    assert level_db(heard) <= level_db(both) + 0.01
    assert not degrade.compress(np.zeros(500, np.float32)).any()


def test_they_are_fast_enough_to_train_on():
    samples = music(11.0)
    for name, change in {
        "codec": lambda: degrade.codec_round_trip(samples, "aac", 48_000),
        "stretch": lambda: degrade.time_stretch(samples, 1.2),
    }.items():
        change()
        seconds = []
        for _ in range(3):
            started = time.process_time()
            change()
            seconds.append(time.process_time() - started)
        assert min(seconds) < 0.6, name  # a slow machine's allowance; 0.1 s as a rule
