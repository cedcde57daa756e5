from __future__ import annotations

import numpy as np
import pytest

from training.features import KEY_FRAMES_PER_SECOND, FeatureExtractor, Features, stretches

N_SECONDS = 3


@pytest.fixture(scope="module")
def a_minor() -> Features:
    time = np.arange(N_SECONDS * 16_000) / 16_000
    triad = sum(0.2 * np.sin(2 * np.pi * hz * time) for hz in (220.0, 261.63, 329.63))
    return FeatureExtractor().extract(np.asarray(triad, dtype=np.float32))


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
    assert part.mel96.size == part.log_frequency.size == 0


def test_stretches_lie_where_inference_lays_them():
    mel = np.arange(500, dtype=np.float16)[:, None].repeat(4, axis=1)
    laid = stretches(mel, 231 * 256)
    assert laid.shape == (3, 4, 232) and laid.dtype == np.float32
    assert laid[:, 0, 0].tolist() == [0, 231, 268], "the last one ends with the recording"
    assert stretches(mel[:100], 231 * 256).shape == (1, 4, 232)


def test_scenes_have_both_log_mels(rng):
    mel96, mel128 = FeatureExtractor().log_mels(rng.normal(0, 0.1, (2, 16_000)).astype(np.float32))
    assert mel96.shape == (2, 63, 96) and mel128.shape == (2, 63, 128) and mel96.dtype == np.float16


def test_an_interrupted_save_leaves_nothing(a_minor, tmp_path, monkeypatch):
    def interrupted(path, **arrays):
        path.write_bytes(b"half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        a_minor.save(tmp_path / "a.npz")
    assert list(tmp_path.iterdir()) == []
