from __future__ import annotations

import numpy as np
import pytest

from training import augment

PERIOD = 62.5 * 60 / 120  # frames of a beat at 120 bpm


def clicks(n_frames: int) -> np.ndarray:
    phase = (np.arange(n_frames) + PERIOD / 2) % PERIOD - PERIOD / 2
    return np.repeat((-60 + 40 * np.exp(-0.5 * (phase / 2.0) ** 2))[:, None], 8, axis=1).astype(np.float16)


def period_of(mel: np.ndarray) -> int:
    curve = mel.mean(axis=1) - mel.mean()
    correlation = np.correlate(curve, curve, "full")[len(curve) - 1 :]
    return int(np.argmax(correlation[15:45])) + 15


@pytest.mark.parametrize(("speed", "expected"), [(1.0, 31), (1.25, 25), (0.8, 39)])
def test_speed_shortens_the_beat(speed, expected):
    crop = augment.crop(clicks(2000), 100, 800, speed)
    assert crop.shape == (800, 8) and crop.dtype == np.float32
    assert abs(period_of(crop) - expected) <= 1


def test_speed_1_is_the_recording_itself():
    mel = clicks(500)
    np.testing.assert_array_equal(augment.crop(mel, 30, 200), mel[30:230].astype(np.float32))


def test_interpolation_is_exact_on_a_ramp():
    ramp = np.arange(1000, dtype=np.float16)[:, None]
    np.testing.assert_allclose(augment.crop(ramp, 10, 400, 1.3)[:, 0], 10 + 1.3 * np.arange(400), rtol=1e-5)


def test_short_recordings_are_repeated():
    mel = np.arange(7, dtype=np.float16)[:, None]
    np.testing.assert_array_equal(augment.crop(mel, 5, 12)[:, 0], (np.arange(12) + 5) % 7)
    assert augment.crop(mel, 0, 50, 1.1).shape == (50, 1)


def test_conditions_stay_finite_and_above_the_floor():
    quiet = np.full((100, 128), augment.FLOOR_DB, dtype=np.float32)
    loud = np.repeat(clicks(100).astype(np.float32), 16, axis=1)
    changes = []
    for seed in range(40):
        for mel in (quiet, loud):
            heard = augment.recording_conditions(mel, np.random.default_rng(seed))
            assert heard.shape == mel.shape and heard.dtype == np.float32
            assert np.isfinite(heard).all() and heard.min() >= augment.FLOOR_DB
        changes.append(float((heard - mel).mean()))
    assert np.std(changes) > 1.0


def test_masks_cover_a_little_and_leave_the_original_alone():
    rng = np.random.default_rng(0)
    mel = rng.normal(-40, 10, (200, 96)).astype(np.float32)
    before, shares = mel.copy(), []
    for _ in range(30):
        masked = augment.masks(mel, rng)
        assert masked.shape == mel.shape and masked.dtype == np.float32
        changed = masked != mel
        assert np.all(masked[changed] == mel.mean())
        shares.append(changed.mean())
    np.testing.assert_array_equal(mel, before)
    assert 0.05 < np.mean(shares) < 0.4
    rows = augment.masks(mel, rng, band_share=0.2, time_share=0.0) != mel
    assert not rows.all(axis=1).any()
