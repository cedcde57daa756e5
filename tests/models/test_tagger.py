"""Tagger: the whole track, window by window, whatever the batch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from models.checkpoint import build_network, load_checkpoint, save_checkpoint
from models.crnn.tagger import CRNNTagger, load_tagger
from models.runtime import Runtime
from models.spec import CRNNSpec, ShortChunkResSpec
from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.errors import CheckpointInvalid, ModelMissing

SPEC = CRNNSpec(
    name="small",
    tags=("genre---techno", "genre---folk", "instrument---piano"),
    thresholds=(0.2, 0.5, 0.7),
    n_channels=4,
    hidden_size=8,
    input_samples=3 * SAMPLE_RATE,
)
FLOAT32 = Runtime(torch.device("cpu"), bfloat16=False)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    torch.manual_seed(5)
    path = tmp_path_factory.mktemp("weights") / "tagger.safetensors"
    save_checkpoint(build_network(SPEC), SPEC, path)
    return path


@pytest.fixture(scope="module")
def tagger(path) -> CRNNTagger:
    return load_tagger(path)


def noise(seconds: float, seed: int = 1) -> Waveform:
    rng = np.random.default_rng(seed)
    return Waveform((0.1 * rng.normal(size=int(seconds * SAMPLE_RATE))).astype(np.float32))


def test_name_and_vocabulary_come_from_the_checkpoint(tagger, path):
    digest = path.with_name(path.name + ".sha256").read_text().split()[0]
    assert tagger.name == f"crnn@{digest[:12]}"
    assert tagger.vocabulary.labels == SPEC.tags
    assert tagger.vocabulary.thresholds == SPEC.thresholds


def test_scores_are_the_mean_over_all_windows(tagger):
    waveform = noise(10.0)
    rows = tagger.window_scores(waveform)
    assert rows.shape == (4, 3)  # three windows and the rest, which ends with the track
    scores = tagger.tag(waveform).scores
    np.testing.assert_allclose(scores, rows.mean(axis=0), atol=1e-6)
    assert scores.dtype == np.float32 and scores.min() >= 0 and scores.max() <= 1


def test_the_whole_track_counts(path):
    network, spec = _loaded(path)
    tagger = CRNNTagger(network, spec, "t", FLOAT32)
    quiet, track = noise(12.0), noise(12.0)
    quiet.samples[9 * SAMPLE_RATE :] = 0.0
    assert np.abs(tagger.tag(quiet).scores - tagger.tag(track).scores).max() > 0


@pytest.mark.parametrize("bfloat16", [False, Runtime.detect().bfloat16])
def test_batch_size_does_not_matter(path, bfloat16):
    network, spec = _loaded(path)
    tagger = CRNNTagger(network, spec, "t", Runtime(torch.device("cpu"), bfloat16))
    waveform = noise(20.0)
    one, many = tagger.window_scores(waveform, 1), tagger.window_scores(waveform, 5)
    np.testing.assert_allclose(one, many, atol=5e-3 if bfloat16 else 1e-5)


def test_precision_changes_scores_little(path):
    network, spec = _loaded(path)
    waveform = noise(9.0)
    exact = CRNNTagger(network, spec, "t", FLOAT32).tag(waveform).scores
    np.testing.assert_allclose(load_tagger(path).tag(waveform).scores, exact, atol=0.02)


def test_short_audio_is_repeated_to_one_window(tagger):
    short = noise(1.0)
    repeated = Waveform(np.resize(short.samples, SPEC.input_samples))
    np.testing.assert_allclose(tagger.tag(short).scores, tagger.tag(repeated).scores, atol=1e-6)
    assert tagger.window_scores(short).shape == (1, 3)


def test_temperatures_divide_the_logits(path):
    network, spec = _loaded(path)
    calibrated = CRNNSpec.from_json(spec.to_json().replace('"tag_temperatures": null', '"tag_temperatures": [2, 1, 1]'))
    plain = CRNNTagger(network, spec, "t", FLOAT32).window_scores(noise(3.0))
    soft = CRNNTagger(network, calibrated, "t", FLOAT32).window_scores(noise(3.0))
    np.testing.assert_allclose(np.log(soft / (1 - soft))[:, 0], np.log(plain / (1 - plain))[:, 0] / 2, atol=1e-4)
    np.testing.assert_allclose(soft[:, 1:], plain[:, 1:], atol=1e-6)


def test_threads_get_what_one_gets(tagger):
    tracks = [noise(5.0, seed) for seed in range(4)]
    alone = [tagger.tag(track).scores for track in tracks]
    with ThreadPoolExecutor(4) as pool:
        for got, wanted in zip(pool.map(lambda track: tagger.tag(track).scores, tracks), alone, strict=True):
            np.testing.assert_allclose(got, wanted, atol=1e-6)


def test_other_or_missing_checkpoints_are_refused(tmp_path):
    with pytest.raises(ModelMissing):
        load_tagger(tmp_path / "none.safetensors")
    spec = ShortChunkResSpec(name="other", n_channels=4)
    save_checkpoint(build_network(spec), spec, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointInvalid, match="crnn"):
        load_tagger(tmp_path / "other.safetensors")


def _loaded(path):
    return load_checkpoint(path, "crnn")
