"""Each part from a made-up cache to a checkpoint that loads."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from models.checkpoint import load_checkpoint
from models.crnn.vocabulary import TAGS
from segue.errors import SegueError
from training.corpus import Entry
from training.dataset import Example, load_examples, split
from training.export import (
    MIN_SPREAD,
    TagCalibration,
    _folded,
    _learnt,
    calibrate,
    export,
)
from training.features import Features
from training.loop import averaged_weights
from training.targets import exact_targets
from training.train_crnn import train, window_logits
from training.train_short_chunk_res.key import train_key
from training.train_short_chunk_res.tags import train_tags
from training.train_short_chunk_res.tempo import train_tempo
from training.train_short_chunk_res.trunk import train_trunk

EMPTY = np.zeros((0, 0), dtype=np.float16)


def last_row(run) -> dict[str, float]:
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [2, 3]
    assert all(np.isfinite(value) for row in rows for value in row.values())
    return rows[-1]


def test_both_networks_from_cache_to_checkpoints(made_up, tmp_path):
    cache, teachers, config = made_up.cache, made_up.teachers, made_up.short_chunk_res_config
    trained = train(cache, teachers, tmp_path / "crnn", made_up.crnn_config)
    learner = train_trunk(cache, teachers, tmp_path / "trunk", config)
    head = train_tags(cache, teachers, tmp_path, config)
    rhythm = train_tempo(cache, tmp_path / "tempo", config)
    harmony = train_key(cache, tmp_path / "key", config)
    assert {"tags", "evidence", "opinions", "agreement_genre"} <= set(last_row(tmp_path / "crnn"))
    assert {"texture", "energy", "p5_real", "agreement"} <= set(last_row(tmp_path / "trunk"))
    assert {"tags", "evidence", "agreement_genre"} <= set(last_row(tmp_path / "tags"))
    assert {"acc1_real", "acc2_studio"} <= set(last_row(tmp_path / "tempo"))
    assert {"exact_real", "exact_midi"} <= set(last_row(tmp_path / "key"))

    targets = tmp_path / "weights" / "crnn.safetensors", tmp_path / "weights" / "short_chunk_res.safetensors"
    digests = export(cache, teachers, tmp_path, targets, (made_up.crnn_config, config))
    assert [len(digest) for digest in digests] == [64, 64]
    tagger, tagger_spec = load_checkpoint(targets[0], "crnn")
    embedder, spec = load_checkpoint(targets[1], "short_chunk_res")
    assert tagger_spec.tags == spec.tags and len(spec.tags) == len(tagger_spec.thresholds) > 40
    assert tagger_spec.licence == "MIT" and set(spec.tags) <= set(TAGS)
    assert all(0.02 <= threshold <= 0.9 for threshold in tagger_spec.thresholds)
    assert tagger_spec.provenance["config"]["network"] == {"n_channels": 4, "hidden_size": 8}
    assert tagger_spec.provenance["metrics"]["crnn"]["step"] == 3
    assert (spec.n_channels, spec.embedding_dim, spec.texture_dim) == (4, 8, None)
    assert set(spec.provenance["metrics"]) == {"trunk", "tags", "tempo", "key"}

    mel96 = [e.features.mel96 for e in split(load_examples(cache, ["real"], ["mel96"], teachers), "dev")]
    kept = [TAGS.index(tag) for tag in spec.tags]
    before = np.stack([window_logits(trained, mel).mean(axis=0)[kept] for mel in mel96])
    after = np.stack([window_logits(tagger, mel).mean(axis=0) for mel in mel96])
    for column in range(len(kept)):  # scale and shift keep the order, rounding to half precision aside
        if before[:, column].std() >= 0.05:
            assert np.corrcoef(before[:, column], after[:, column])[0, 1] > 0.8

    mel, log_frequency = torch.randn(2, 128, 231) * 5 - 40, torch.rand(2, 252, 29)
    with torch.inference_mode():
        output = embedder(mel, log_frequency)
        torch.testing.assert_close(output.tempo_logits, rhythm(mel), atol=0.05, rtol=0.05)
        torch.testing.assert_close(output.key_logits, harmony(log_frequency), atol=0.05, rtol=0.05)
        embedding, energy, _opinions = learner(mel)
        torch.testing.assert_close(output.embedding, embedding, atol=0.05, rtol=0.05)
        torch.testing.assert_close(output.energy, torch.sigmoid(energy), atol=0.05, rtol=0.05)
        plain = head.dense1(learner.trunk(mel))
        assert plain.shape == (2, 16) and output.tag_logits.shape == (2, len(spec.tags))


def test_a_part_that_was_not_trained_is_named(tmp_path):
    with pytest.raises(SegueError, match="trunk"):
        averaged_weights(tmp_path / "trunk")


def one_window_each(scores):
    """Both networks agree on every recording."""
    logits = [np.array([np.log(score / (1 - score))], dtype=np.float32) for score in scores]
    return [(rows, rows) for rows in logits]


def test_half_as_many_again_score_above_the_threshold_as_carry_the_tag(rng):
    scores = rng.uniform(0, 1, 100).astype(np.float32)
    carries = np.arange(100) < 30
    calibration = calibrate(one_window_each(scores), carries)
    assert (calibration.scale, calibration.shift) == (1.0, 0.0)
    assert (scores >= calibration.threshold).sum() == 45


def test_scores_that_hardly_vary_are_spread_around_the_threshold(rng):
    scores = rng.uniform(0.28, 0.32, 100).astype(np.float32)
    calibration = calibrate(one_window_each(scores), np.arange(100) < 20)
    logits = np.log(scores / (1 - scores))
    spread = 1 / (1 + np.exp(-(calibration.scale * logits + calibration.shift)))
    assert calibration.threshold == pytest.approx(0.5, abs=1e-3) and calibration.scale > 1
    assert (spread >= 0.5 - 1e-6).sum() == pytest.approx(30, abs=1)
    assert spread.std() >= min(MIN_SPREAD, scores.std() * 4)


def test_a_tag_nobody_carries_still_has_a_threshold():
    assert 0.02 <= calibrate(one_window_each(np.full(10, 0.001)), np.zeros(10, dtype=bool)).threshold <= 0.9


def test_fold_selects_scales_and_shifts():
    dense, x = torch.nn.Linear(3, 5), torch.randn(2, 3)
    folded = _folded(dense, [0, 3], [TagCalibration(0.5), TagCalibration(0.5, 2.0, -1.0)])
    expected = torch.stack([dense(x)[:, 0], 2 * dense(x)[:, 3] - 1], dim=1)
    torch.testing.assert_close(folded(x), expected)


def test_the_threshold_is_for_the_mean_of_both_networks():
    def logit(score):
        return np.array([np.log(score / (1 - score))], dtype=np.float32)

    opinions = [(logit(0.9), logit(0.1)), (logit(0.8), logit(0.6)), (logit(0.05), logit(0.1))]
    calibration = calibrate(opinions, np.array([True, False, False]))
    assert calibration.threshold == pytest.approx(0.5, abs=1e-3)


def test_tags_at_chance_are_left_out():
    tags = ["genre---house" if i % 2 else "genre---jazz" for i in range(12)]
    entries = [Entry(f"{i}", "studio", f"{i}", "dev", (tag,)) for i, tag in enumerate(tags)]
    development = [Example(e, Features(EMPTY, EMPTY, EMPTY), exact_targets(e.tags)) for e in entries]
    scores = np.full((12, len(TAGS)), 0.5, dtype=np.float32)
    scores[1::2, TAGS.index("genre---house")] = 0.9
    assert _learnt("genre---house", development, scores)
    assert not _learnt("genre---jazz", development, scores)
    assert _learnt("genre---folk", development, scores), "unknown is not chance"
