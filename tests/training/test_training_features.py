from __future__ import annotations

import numpy as np
import pytest

from training.features import KEY_FRAMES_PER_SECOND, FeatureExtractor, Features

N_SECONDS = 3


@pytest.fixture(scope="module")
def a_minor() -> Features:
    time = np.arange(N_SECONDS * 16_000) / 16_000
    triad = sum(0.2 * np.sin(2 * np.pi * hz * time) for hz in (220.0, 261.63, 329.63))
    return FeatureExtractor().extract(np.asarray(triad, dtype=np.float32), np.ones((1, 384), dtype=np.float32))


def test_shapes_and_units(a_minor):
    assert a_minor.mel96.shape == (N_SECONDS * 16_000 // 256 + 1, 96)
    assert a_minor.mel128.shape == (N_SECONDS * 16_000 // 256 + 1, 128)
    assert a_minor.log_frequency.shape == (int(N_SECONDS * KEY_FRAMES_PER_SECOND) + 1, 252)
    assert {array.dtype for array in vars(a_minor).values()} == {np.dtype(np.float16)}
    assert a_minor.duration_seconds == pytest.approx(N_SECONDS, abs=0.02)
    assert a_minor.mel96.min() >= -100 and a_minor.mel96.max() < 60


def test_log_frequency_hears_the_triad(a_minor):
    chroma = a_minor.log_frequency.astype(np.float32).mean(axis=0).reshape(7, 12, 3).sum(axis=(0, 2))
    assert set(np.argsort(chroma)[-3:]) == {9, 0, 4}


def test_saved_and_loaded(a_minor, tmp_path):
    path = tmp_path / "real" / "a.b.npz"
    a_minor.save(path)
    loaded = Features.load(path)
    for name, array in vars(a_minor).items():
        np.testing.assert_array_equal(getattr(loaded, name), array)
    part = Features.load(path, "mel128")
    assert part.mel128.shape == a_minor.mel128.shape
    assert part.mel96.size == part.log_frequency.size == 0 and part.texture is None


def test_texture_may_be_missing(a_minor, tmp_path):
    Features(a_minor.mel96, a_minor.mel128, a_minor.log_frequency).save(tmp_path / "a.npz")
    assert Features.load(tmp_path / "a.npz").texture is None


def test_an_interrupted_save_leaves_nothing(a_minor, tmp_path, monkeypatch):
    def interrupted(path, **arrays):
        path.write_bytes(b"half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        a_minor.save(tmp_path / "a.npz")
    assert list(tmp_path.iterdir()) == []
