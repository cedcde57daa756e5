"""Batches of every part: a function of the step, and true to their targets."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
import torch

from models.crnn.network import CRNN
from models.crnn.vocabulary import TAGS
from models.short_chunk_res.harmony import KeyBranch
from models.short_chunk_res.network import ShortChunkRes
from models.short_chunk_res.rhythm import RhythmBranch
from models.short_chunk_res.trunk import TagHead
from models.spec import LogFrequencySpec, LogMelSpec, TempoGrid
from segue.errors import SegueError
from training.corpus import Entry
from training.dataset import Example, load_examples, split
from training.energy import EnergyScale
from training.features import FRAMES_PER_SECOND, FeatureExtractor, Features
from training.scene_data import Scenes
from training.targets import Panel
from training.train_crnn import TagBatches, TagLearner, TagLoss, TaughtScenes, positive_weights, window_logits
from training.train_short_chunk_res import network_spec
from training.train_short_chunk_res.classes import batch_of, distribution_loss
from training.train_short_chunk_res.key import KeyBatches, transpose
from training.train_short_chunk_res.tags import FeatureBatches, HeadLoss
from training.train_short_chunk_res.tempo import TempoBatches, tempo_target
from training.train_short_chunk_res.trunk import ChunkBatches, TaughtChunks, TrunkLearner, hear_chunks, trunk_losses

GRID = TempoGrid()
EMPTY = np.zeros((0, 0), dtype=np.float16)


@pytest.fixture(scope="module")
def examples(made_up) -> list[Example]:
    return split(load_examples(made_up.cache, ["real", "studio", "midi"], [], made_up.teachers), "train")


@pytest.fixture(scope="module")
def config(made_up):
    return tomllib.loads(made_up.short_chunk_res_config.read_text())


@pytest.fixture(scope="module")
def makers(made_up, examples, config):
    tagged = [example for example in examples if example.targets is not None]
    panel, _evidence = Panel.fit(made_up.teachers)
    energies = EnergyScale.fit([example.features.mel128 for example in tagged])
    scenes = TaughtScenes.load(made_up.cache, made_up.teachers, panel)
    chunks = TaughtChunks.load(made_up.cache, made_up.teachers, panel, 8, energies)
    return {
        "crnn": TagBatches(scenes, tagged, tomllib.loads(made_up.crnn_config.read_text())["data"]),
        "trunk": ChunkBatches(chunks, config["trunk"]),
        "tempo": TempoBatches(examples, config["tempo"], GRID),
        "key": KeyBatches(examples, config["key"]),
    }


def finite(losses: dict[str, torch.Tensor]) -> bool:
    return all(bool(torch.isfinite(loss)) and float(loss.detach()) >= 0 for loss in losses.values())


@pytest.mark.parametrize("part", ["crnn", "trunk", "tempo", "key"])
def test_a_batch_is_a_function_of_the_step(makers, part):
    make = makers[part]
    first, other, again = make(3), make(4), make(3)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert first[0].shape != other[0].shape or not torch.equal(first[0], other[0])
    assert all(bool(torch.isfinite(tensor).all()) for tensor in first)


def test_tag_batch_and_losses(makers):
    batch = makers["crnn"](0)
    assert batch.log_mel.shape == (5, 96, 692)
    assert batch.probability.shape == batch.weight.shape == (5, len(TAGS))
    assert batch.is_scene.tolist() == [1, 1, 1, 0, 0] and not batch.opinions[3:].any()
    assert {tensor.dtype for tensor in batch} == {torch.float32}
    assert float(batch.probability.min()) >= 0 and float(batch.probability.max()) <= 1
    learner = TagLearner(CRNN(len(TAGS), 4, 8), batch.opinions.shape[1])
    losses = TagLoss(torch.ones(len(TAGS)))(learner, batch)
    assert set(losses) == {"tags", "evidence", "opinions"} and finite(losses)
    none_heard = batch._replace(is_scene=torch.zeros(5))
    unheard = TagLoss(torch.ones(len(TAGS)))(learner, none_heard)
    assert float(unheard["evidence"].detach()) == float(unheard["opinions"].detach()) == 0


def test_what_teachers_say_is_what_is_asked_for(makers):
    """A network that answers as the teachers do has nothing left to learn from scenes."""

    class Parrot(torch.nn.Module):
        def forward(self, _log_mel):
            steps = torch.logit(batch.probability, eps=1e-4)[:, None].expand(-1, 4, -1)
            return steps, batch.opinions[:, None].expand(-1, 4, -1)

    batch = makers["crnn"](0)
    losses = TagLoss(torch.ones(len(TAGS)))(Parrot(), batch)
    assert float(losses["evidence"]) == pytest.approx(0, abs=1e-6) == float(losses["opinions"])


def test_the_presence_of_rare_tags_counts_more(makers):
    weights = positive_weights(makers["crnn"].examples, 0.5)
    shares = np.mean([example.targets.probability.mean(axis=0) for example in makers["crnn"].examples], axis=0)
    assert weights.shape == (len(TAGS),) and float(weights.min()) >= 1 and float(weights.max()) <= 6
    assert (np.diff(weights.numpy()[np.argsort(shares)]) <= 1e-6).all()
    assert (positive_weights(makers["crnn"].examples, 0.0) == 1).all()


def test_whole_recordings_are_scored_window_by_window():
    network = CRNN(len(TAGS), 4, 8).eval()
    mel = np.random.default_rng(0).normal(-40, 5, (1813, 96)).astype(np.float16)
    one = window_logits(network, mel)
    assert one.shape == (1, len(TAGS))
    twice = window_logits(network, np.concatenate([mel, mel]))
    np.testing.assert_allclose(twice, np.repeat(one, 2, axis=0), atol=0.05)
    np.testing.assert_allclose(
        window_logits(network, mel[:700]), window_logits(network, np.resize(mel[:700], mel.shape))
    )


def learner_of(config, n_opinions: int = 5) -> TrunkLearner:
    return TrunkLearner(ShortChunkRes(network_spec(config)), n_opinions)


def test_trunk_batch_and_losses(makers, config):
    batch = makers["trunk"](0)
    assert batch.log_mel.shape == (12, 128, 231) and batch.texture.shape == (12, 8)
    torch.testing.assert_close(batch.texture.norm(dim=1), torch.ones(12))
    assert float(batch.energy.min()) >= 0 and float(batch.energy.max()) <= 1
    losses = trunk_losses(learner_of(config, batch.opinions.shape[1]), batch)
    assert set(losses) == {"texture", "texture_of_scene", "opinions", "contrast", "energy"} and finite(losses)


def test_feature_batches_and_losses(examples):
    tagged = [example for example in examples if example.targets is not None]
    rng = np.random.default_rng(0)
    scenes = rng.normal(0, 1, (10, 3, 16)).astype(np.float32)
    probability = rng.uniform(0, 1, (10, len(TAGS))).astype(np.float32)
    labelled = [(rng.normal(0, 1, (4, 16)).astype(np.float32), example.targets) for example in tagged]
    shares = np.full(len(labelled), 1 / len(labelled))
    config = {"seed": 1, "batch_scenes": 6, "batch_labelled": 4}
    make = FeatureBatches(scenes, probability, np.ones(len(TAGS), np.float32), labelled, shares, config)
    batch = make(0)
    assert all(torch.equal(a, b) for a, b in zip(batch, make(0), strict=True))
    assert batch.feature.shape == (10, 16) and batch.is_scene.tolist() == [1] * 6 + [0] * 4
    loss = HeadLoss(torch.ones(len(TAGS)))
    assert finite(loss(TagHead(16, len(TAGS)), batch))

    class Parrot(torch.nn.Module):
        def forward(self, _feature):
            return torch.logit(batch.probability, eps=1e-4)

    assert float(loss(Parrot(), batch)["evidence"]) == pytest.approx(0, abs=1e-6)


def test_chunks_of_a_scene_follow_each_other(made_up, makers):
    scenes = Scenes.load(made_up.cache, "mel128")
    assert len(scenes) == 16 and scenes.mel(9).shape == (692, 128)
    np.testing.assert_array_equal(scenes.mel(9), np.load(made_up.cache / "scenes" / "0001" / "mel128.npy")[1])
    with pytest.raises(SegueError, match="prepare-scenes"):
        Scenes.load(made_up.cache / "nowhere", "mel128")


def test_chunks_of_one_recording_make_one_unit_vector(config):
    learner = learner_of(config).eval()
    mel = np.random.default_rng(0).normal(-40, 5, (500, 128)).astype(np.float16)
    for heard in (mel, mel[:100]):
        assert np.linalg.norm(hear_chunks(learner, heard)) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("bpm", [40.0, 62.3, 120.0, 174.0, 239.0])
def test_tempo_target_peaks_at_its_bin(bpm):
    target = tempo_target(bpm, GRID)
    assert target.shape == (256,) and target.sum() == pytest.approx(1.0, abs=1e-5)
    assert abs(int(target.argmax()) - GRID.position(bpm)) <= 1
    assert (target > 0.1 * target.max()).sum() <= 8


def test_tempo_target_of_an_unknown_octave_has_three_peaks():
    target = tempo_target(100.0, GRID, octave_unknown=True)
    octave = GRID.bins_per_octave
    for shift in (-octave, 0, octave):
        place = round(GRID.position(100.0) + shift)
        assert target[place - 4 : place + 5].sum() == pytest.approx(1 / 3, abs=0.01)
    assert tempo_target(200.0, GRID, octave_unknown=True).sum() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("bpm", [70.0, 124.0, 520.0])
def test_tempo_crops_sound_as_fast_as_their_target_says(bpm, config):
    n = 3000
    period = FRAMES_PER_SECOND * 60 / bpm
    phase = (np.arange(n) + period / 2) % period - period / 2
    mel = np.repeat((-60 + 40 * np.exp(-0.5 * (phase / 1.5) ** 2))[:, None], 128, axis=1).astype(np.float16)
    entry = Entry("click", "real", "g", "train", bpm=bpm, bpm_trust="exact")
    make = TempoBatches([Example(entry, Features(EMPTY, mel, EMPTY), None)], {**config["tempo"], "batch_size": 8}, GRID)
    heard, target, weight = make(0)
    bins = np.array(GRID.bins_bpm())
    for crop, distribution in zip(heard.numpy(), target.numpy(), strict=True):
        beat = FRAMES_PER_SECOND * 60 / bins[distribution.argmax()]  # frames
        curve = crop.mean(axis=0) - crop.mean()
        power = np.abs(np.fft.rfft(curve, 1 << 15)) ** 2
        cycle = (1 << 15) / (np.argmax(power[200:]) + 200)  # frames; from 0.38 Hz up
        beats = beat / cycle
        assert beats == pytest.approx(round(beats), rel=0.03) and round(beats) >= 1
    assert set(weight.tolist()) == {1.0}
    if bpm < GRID.max_bpm:
        assert np.ptp(bins[target.numpy().argmax(axis=1)]) > 1.0, "playing speeds differ"


def chroma(log_frequency: np.ndarray) -> set[int]:
    """The three strongest pitch classes of ``(252, n)``."""
    bins = np.square(log_frequency.mean(axis=1)).reshape(7, 12, 3)[:, :, 1]
    return {int(pitch) for pitch in np.argsort(bins.sum(axis=0))[-3:]}


@pytest.fixture(scope="module")
def a_minor() -> Features:
    time = np.arange(12 * 16_000) / 16_000
    triad = sum(0.2 * np.sin(2 * np.pi * hz * time) for hz in (440.0, 523.25, 659.26))
    return FeatureExtractor().extract(np.asarray(triad, dtype=np.float32))


def test_transposing_moves_key_and_sound_together(a_minor, config):
    entry = Entry("triad", "real", "g", "train", key=21, key_weight=0.7)
    make = KeyBatches([Example(entry, a_minor, None)], {**config["key"], "batch_size": 24})
    heard, target, weight = make(0)
    assert heard.shape[:2] == (24, 252) and target.shape == (24, 24)
    torch.testing.assert_close(target.sum(dim=1), torch.ones(24))
    assert weight.tolist() == pytest.approx([0.7] * 24)
    classes = target.argmax(dim=1).tolist()
    assert len(set(classes)) > 5 and min(classes) >= 12
    hits = 0
    for crop, key in zip(heard.numpy(), classes, strict=True):
        tonic = key % 12
        hits += chroma(crop) == {tonic, (tonic + 3) % 12, (tonic + 7) % 12}
    assert hits >= 20, "all but those shifted by a third of a semitone"


def test_transposition_shifts_in_silence():
    sound = np.ones((252, 4), dtype=np.float32)
    for seed in range(30):
        moved, semitones = transpose(sound, np.random.default_rng(seed))
        assert -6 <= semitones <= 5
        n_silent = int((moved == 0).all(axis=1).sum())
        assert abs(n_silent - 3 * abs(semitones)) <= 1
        if semitones:
            assert (moved[0 if semitones > 0 else -1] == 0).all()


def test_losses_of_tempo_and_key_are_finite(makers):
    rhythm, harmony = RhythmBranch(LogMelSpec(n_mels=128), GRID), KeyBranch(LogFrequencySpec())
    assert finite(distribution_loss(rhythm, makers["tempo"](0)))
    assert finite(distribution_loss(harmony, makers["key"](0)))


def test_distribution_loss_by_hand():
    rows = [(np.array([[2.0], [0.0]], np.float32), np.array([1.0, 0.0], np.float32), np.float32(w)) for w in (1, 3)]
    loss = distribution_loss(torch.nn.Flatten(), batch_of(rows))["cross_entropy"]
    assert loss.item() == pytest.approx(np.log1p(np.exp(-2.0)), abs=1e-6)
