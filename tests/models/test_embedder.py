"""Embedder: every chunk of the track, pooled tempo, key and energy, whatever the batch or block."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from models.checkpoint import build_network, load_checkpoint, save_checkpoint
from models.runtime import Runtime, in_blocks, windows
from models.short_chunk_res.embedder import ShortChunkResEmbedder, load_embedder
from models.spec import ShortChunkResSpec
from segue.audio.chunks import chunk, chunk_starts
from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.errors import ModelMissing

SPEC = ShortChunkResSpec(name="small", n_channels=4, embedding_dim=16, tags=("genre---techno",), texture_dim=8)
FLOAT32 = Runtime(torch.device("cpu"), bfloat16=False)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    torch.manual_seed(6)
    path = tmp_path_factory.mktemp("weights") / "embedder.safetensors"
    save_checkpoint(build_network(SPEC), SPEC, path)
    return path


@pytest.fixture(scope="module")
def embedder(path) -> ShortChunkResEmbedder:
    return load_embedder(path)


@pytest.fixture(scope="module")
def exact(path) -> ShortChunkResEmbedder:
    return ShortChunkResEmbedder(*load_checkpoint(path, "short_chunk_res"), "float32", FLOAT32)


def noise(seconds: float, seed: int = 1) -> Waveform:
    rng = np.random.default_rng(seed)
    return Waveform((0.1 * rng.normal(size=int(seconds * SAMPLE_RATE))).astype(np.float32))


def test_a_whole_track_is_heard(embedder, path):
    waveform = noise(21.0)
    hearing = embedder.embed(waveform)
    digest = path.with_name(path.name + ".sha256").read_text().split()[0]
    assert embedder.name == f"short_chunk_res@{digest[:12]}"
    assert embedder.dim == 16
    assert hearing.chunk_embeddings.shape == (len(chunk_starts(waveform.n_samples, SPEC.input_samples)), 16)
    assert hearing.chunk_embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(hearing.chunk_embeddings, axis=1), 1.0, atol=1e-3)
    assert 0 < hearing.energy < 1
    assert 0 <= hearing.tempo.confidence <= 1 and 0 <= hearing.key.confidence <= 1


@pytest.mark.parametrize("n_samples", [59_049, 59_050, 118_098, 150_000, 400_123, 59_049 * 7 + 6_500])
def test_chunks_of_frames_are_the_chunks_of_samples(exact, n_samples):
    waveform = noise(n_samples / SAMPLE_RATE + 1e-6)
    embeddings, energy, tags = exact.hear_chunks(exact.log_mel(waveform))
    assert tags.shape == (len(embeddings), 1) and tags.min() >= 0 and tags.max() <= 1
    assert len(embeddings) == len(energy) == len(chunk_starts(waveform.n_samples, SPEC.input_samples))


def test_batch_size_does_not_matter(exact):
    log_mel = exact.log_mel(noise(30.0))
    (one, energy_one, _), (many, energy_many, _) = exact.hear_chunks(log_mel, 1), exact.hear_chunks(log_mel, 7)
    np.testing.assert_allclose(one, many, atol=1e-5)
    np.testing.assert_allclose(energy_one, energy_many, atol=1e-5)


def test_precision_changes_embeddings_little(embedder, exact):
    log_mel = exact.log_mel(noise(12.0))
    cosines = (exact.hear_chunks(log_mel)[0] * embedder.hear_chunks(log_mel)[0]).sum(axis=1)
    assert cosines.min() > 0.99


def test_energy_is_the_mean_over_chunks(exact):
    waveform = noise(15.0)
    _, energies, tags = exact.hear_chunks(exact.log_mel(waveform))
    assert exact.embed(waveform).tags == {"genre---techno": pytest.approx(float(tags.mean()), abs=1e-5)}
    assert exact.embed(waveform).energy == pytest.approx(float(energies.mean()))


def test_short_audio_is_repeated_to_one_chunk(exact):
    hearing = exact.embed(noise(2.0))
    assert hearing.chunk_embeddings.shape == (1, 16)


def test_silence_is_heard_without_trouble(embedder):
    hearing = embedder.embed(Waveform(np.zeros(6 * SAMPLE_RATE, dtype=np.float32)))
    assert np.isfinite(hearing.chunk_embeddings).all()
    assert np.isfinite(hearing.tempo.bpm) and np.isfinite(hearing.key.confidence)


def test_stretches_cover_the_track(exact):
    waveform = noise(40.0)
    tempo = exact.tempo_log_probabilities(exact.log_mel(waveform))
    key = exact.key_log_probabilities(exact.log_frequency(waveform))
    assert tempo.shape == (4, 256) and key.shape == (3, 24)
    np.testing.assert_allclose(np.exp(tempo).sum(axis=1), 1.0, atol=1e-4)
    np.testing.assert_allclose(np.exp(key).sum(axis=1), 1.0, atol=1e-4)


def test_features_in_blocks_are_those_of_the_whole(exact, monkeypatch):
    waveform = noise(20.0)
    whole_mel, whole_log_frequency = exact.log_mel(waveform), exact.log_frequency(waveform)
    monkeypatch.setattr("models.runtime._BLOCK_FRAMES", 50)
    np.testing.assert_allclose(exact.log_mel(waveform), whole_mel, atol=2e-3)  # dB
    np.testing.assert_allclose(exact.log_frequency(waveform), whole_log_frequency, atol=1e-3)


@pytest.mark.parametrize("n_samples", [256 * 50, 256 * 50 - 1, 256 * 50 + 1, 256 * 99 + 255, 256 * 100])
def test_blocks_may_end_anywhere(exact, monkeypatch, n_samples):
    monkeypatch.setattr("models.runtime._BLOCK_FRAMES", 50)
    samples = noise(2.0).samples[:n_samples]
    mel = in_blocks(exact._log_mel, samples, 256, 512, FLOAT32)
    assert mel.shape == (128, n_samples // 256 + 1)


def test_windows_are_the_chunks_of_the_domain():
    samples = noise(7.3).samples
    found = np.concatenate(list(windows(samples, SAMPLE_RATE, 3)))
    np.testing.assert_array_equal(found, chunk(samples, SAMPLE_RATE))
    short = np.concatenate(list(windows(samples[:100], SAMPLE_RATE, 3)))
    np.testing.assert_array_equal(short, chunk(samples[:100], SAMPLE_RATE))


def test_threads_get_what_one_gets(embedder):
    tracks = [noise(8.0, seed) for seed in range(3)]
    alone = [embedder.embed(track) for track in tracks]
    with ThreadPoolExecutor(3) as pool:
        for got, wanted in zip(pool.map(embedder.embed, tracks), alone, strict=True):
            np.testing.assert_allclose(got.chunk_embeddings, wanted.chunk_embeddings, atol=1e-6)
            assert got.tempo == wanted.tempo and got.key == wanted.key


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(ModelMissing, match=r"none\.safetensors"):
        load_embedder(tmp_path / "none.safetensors")


def test_bars_cover_the_track_and_no_more(embedder):
    hearing = embedder.embed(noise(20.0))
    assert hearing.bars is not None
    assert hearing.bars.starts[0] >= 0 and hearing.bars.starts[-1] < 20.0
    assert hearing.bars.confidence <= hearing.tempo.confidence
    assert embedder.embed(noise(1.5)).bars is None  # it is repeated to fill a chunk, which says nothing of bars
