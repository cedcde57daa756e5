"""Scenes: made of recordings by seed, kept in shards, heard by teachers."""

from __future__ import annotations

import numpy as np
import pytest

from segue.audio.waveform import SAMPLE_RATE
from segue.errors import SegueError
from training import prepare_scenes as prepare
from training.corpus import Entry, read_manifest
from training.scenes import CHUNKS_PER_SCENE, SCENE_SAMPLES, Recordings, WaveformShelf, make_scene, waveform_path
from training.teachers.panel import Panel, Verdict


def tone(hertz: float, seconds: float) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE)).astype(np.float32)


@pytest.fixture
def cache(tmp_path):
    """Two tones of the training split, one of them short, and silence."""
    shelf = WaveformShelf(tmp_path, "real")
    for name, samples in (("low", tone(200, 14)), ("high", tone(2000, 3)), ("silent", np.zeros(20_000, np.float32))):
        shelf.put(Entry(name, "real", name, "train"), samples)
    return tmp_path


def test_waveforms_are_kept_as_they_are(cache):
    (entry, *_others) = read_manifest(cache / "waveforms", "real")
    kept = np.load(waveform_path(cache, entry))
    assert kept.dtype == np.int16
    np.testing.assert_allclose(kept / 32768, tone(200, 14), atol=1e-4)
    again = WaveformShelf(cache, "real")
    assert "low" in again and "other" not in again and len(again) == 3


def test_a_scene_is_a_function_of_its_seed(cache):
    recordings = prepare._recordings.__wrapped__(cache)
    scenes = [make_scene(recordings, (1, number)) for number in range(12)]
    for scene in scenes:
        assert scene.shape == (SCENE_SAMPLES,) and scene.dtype == np.float32
        assert np.isfinite(scene).all() and np.abs(scene).max() <= 1.0
    np.testing.assert_array_equal(scenes[3], make_scene(recordings, (1, 3)))
    assert len({scene.tobytes() for scene in scenes}) == 12


def test_scenes_hold_one_recording_or_two(cache):
    """Of two tones, some scenes hold one and some both; playing speeds move them by at most 1.4."""
    entries = read_manifest(cache / "waveforms", "real")[:2]
    recordings = Recordings(tuple(waveform_path(cache, entry) for entry in entries), np.array([0.5, 0.5]))
    kinds = set()
    for number in range(24):
        power = np.abs(np.fft.rfft(make_scene(recordings, (2, number)))) ** 2
        hertz = np.fft.rfftfreq(SCENE_SAMPLES, 1 / SAMPLE_RATE)
        bands = [power[(hertz > f / 1.45) & (hertz < f * 1.45)].max() for f in (200.0, 2000.0)]
        kinds.add(tuple(bool(band > 1e-3 * max(bands)) for band in bands))
    assert kinds == {(True, False), (False, True), (True, True)}


class Listener:
    """A panel that says how loud it is."""

    def hear(self, scenes: np.ndarray, n_chunks: int) -> Verdict:
        loud = np.abs(scenes).mean(axis=1, keepdims=True).astype(np.float32)
        widths = (527, 50, 50)
        return Verdict(*(np.repeat(loud, n, axis=1) for n in widths), np.ones((len(scenes), n_chunks, 384), np.float32))


def test_shards_are_made_once_and_whole(cache, monkeypatch, tmp_path):
    monkeypatch.setattr(prepare, "SCENES_PER_SHARD", 4)
    monkeypatch.setattr(prepare, "_BATCH", 2)
    monkeypatch.setattr(prepare, "_panel", lambda checkpoints: Listener())
    assert prepare.prepare_scenes(tmp_path, cache, 6) == 8
    first = np.load(prepare.shard_path(cache, 0) / "jamendo.npy")
    assert first.shape == (4, 50) and first.dtype == np.float16
    assert np.load(prepare.shard_path(cache, 1) / "mel128.npy").shape == (4, 692, 128)
    assert np.load(prepare.shard_path(cache, 1) / "embedding.npy").shape == (4, CHUNKS_PER_SCENE, 384)

    def made_again(_order):
        raise AssertionError("it was there")

    monkeypatch.setattr(prepare, "_make_shard", made_again)
    assert prepare.prepare_scenes(tmp_path, cache, 8) == 8


def test_without_waveforms_there_are_no_scenes(tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "_panel", lambda checkpoints: Listener())
    with pytest.raises(SegueError, match="prepare-waveforms"):
        prepare.prepare_scenes(tmp_path, tmp_path, 1)


def test_studio_waveforms_have_seeds_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "STUDIO_SECONDS", 6.0)
    monkeypatch.setattr(prepare.studio, "GENRES", prepare.studio.GENRES[:1])
    shelf = prepare._render_studio(tmp_path, 1)
    (entry,) = read_manifest(tmp_path / "waveforms", "studio")
    assert entry.id.endswith(f"-{prepare.STUDIO_FIRST_SEED:05d}") and entry.id in shelf
    assert len(np.load(waveform_path(tmp_path, entry))) == 6 * SAMPLE_RATE


def test_the_panel_hears_as_its_members_do(shared_data):
    panel = Panel(shared_data / "checkpoints")
    with np.load(shared_data / "checkpoints" / "golden.npz") as file:
        scenes = file["waveform_int16"][:, :SCENE_SAMPLES].astype(np.float32) / 32768
    heard = panel.hear(scenes, CHUNKS_PER_SCENE)
    assert [part.shape for part in heard] == [(2, 527), (2, 50), (2, 50), (2, CHUNKS_PER_SCENE, 384)]
    with np.load(shared_data / "checkpoints" / "golden_mn04.npz") as file:
        assert np.corrcoef(heard.audioset.ravel(), file["logits"].ravel())[0, 1] > 0.5
    assert all(np.isfinite(part).all() for part in heard)
