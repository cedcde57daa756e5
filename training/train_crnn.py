"""Train the CRNN tagger: scenes that three teachers have heard, labels on real music, exact labels on studio tracks."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.crnn.network import CRNN
from models.crnn.vocabulary import TAGS
from segue.audio.waveform import SAMPLE_RATE
from training import augment
from training.dataset import Example, draw_shares, load_examples, split
from training.features import FRAMES_PER_SECOND, stretches
from training.loop import LoopConfig, Trainer
from training.scene_data import Scenes, audioset_labels, evidence_of, opinions_of
from training.scores import tag_scores, teacher_agreement
from training.targets import SHARPNESS, Panel, sigmoid

log = logging.getLogger(__name__)

CONFIG = Path(__file__).parent / "configs" / "crnn.toml"

Array = NDArray[np.float32]
WINDOW_SAMPLES = 29 * SAMPLE_RATE
_IS_SCENE, _IS_LABELLED = np.ones((), np.float32), np.zeros((), np.float32)


class TagBatch(NamedTuple):
    """Stretches with their targets; float32.

    Attributes:
        log_mel: ``(batch, 96, n_frames)`` dB.
        probability: ``(batch, n_tags)``.
        weight: ``(batch, n_tags)``.
        opinions: ``(batch, n_opinions)``, zeros where the teachers have not heard this very audio.
        is_scene: ``(batch,)``, 1 where they have.
    """

    log_mel: Tensor
    probability: Tensor
    weight: Tensor
    opinions: Tensor
    is_scene: Tensor


class TagLearner(nn.Module):
    """The tagger with a second answer for training: everything that the teachers say of music.

    Args:
        network: what is trained.
        n_opinions: length of the second answer.
    """

    def __init__(self, network: CRNN, n_opinions: int) -> None:
        super().__init__()
        self.network = network
        self.opinions = nn.Linear(network.dense.in_features, n_opinions)

    def forward(self, log_mel: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, 96, n_frames)`` -> logits and opinions at every GRU step, ``(batch, n_steps, ..)`` float32."""
        steps = self.network.dropout(self.network.listen(log_mel))
        return self.network.dense(steps).float(), self.opinions(steps).float()


@dataclass(frozen=True)
class TagLoss:
    """What the tagger is asked for, at the last GRU step and at every one before.

    Inference reads the last step alone; asking for the answer earlier trains the convolutions faster.

    Attributes:
        positive_weight: ``(n_tags,)`` float32, how much more the presence of a tag counts than its absence.
    """

    positive_weight: Tensor

    def __call__(self, learner: nn.Module, batch: TagBatch) -> dict[str, Tensor]:
        """Losses of a batch: cross-entropy of the tags; squared distance to the teachers' evidence and opinions."""
        logits, opinions = learner(batch.log_mel)
        by_step = _weights_of_steps(logits.shape[1]).to(logits.device)
        shape = logits.shape
        probability, weight = (x[:, None].expand(shape) for x in (batch.probability, batch.weight))
        entropy = functional.binary_cross_entropy_with_logits(
            logits, probability, weight, reduction="none", pos_weight=self.positive_weight.to(logits.device)
        )
        tags = (entropy.sum(dim=(0, 2)) * by_step).sum() / batch.weight.sum()
        heard = batch.weight * batch.is_scene[:, None]
        distance = (logits - torch.logit(probability, eps=1e-4)).square() * heard[:, None] / SHARPNESS**2
        evidence = (distance.sum(dim=(0, 2)) * by_step).sum() / heard.sum().clamp(min=1.0)
        squares = (opinions - batch.opinions[:, None]).square().mean(dim=2) * batch.is_scene[:, None]
        opinion = (squares.sum(dim=0) * by_step).sum() / batch.is_scene.sum().clamp(min=1.0)
        return {"tags": 5.0 * tags, "evidence": evidence, "opinions": 2.0 * opinion}


def _weights_of_steps(n_steps: int) -> Tensor:
    """Half for the last step, half for all together, ``(n_steps,)`` summing to 1."""
    weights = torch.full((n_steps,), 0.5 / n_steps)
    weights[-1] += 0.5
    return weights


def positive_weights(examples: Sequence[Example], balance: float) -> Tensor:
    """Weight of each tag's presence, ``(n_tags,)``: rare tags count more, by their share to the power ``-balance``.

    A tag that every tenth recording carries has weight 1, and none has less than 1 or more than 6.
    """
    shares = np.mean([example.targets.probability.mean(axis=0) for example in examples if example.targets], axis=0)
    return torch.from_numpy(np.clip((0.1 / shares) ** balance, 1.0, 6.0).astype(np.float32))


@dataclass(frozen=True)
class TaughtScenes:
    """Scenes with what they teach the tagger.

    Attributes:
        scenes: their log-mels.
        probability: ``(n, n_tags)`` float32.
        weight: ``(n_tags,)`` float32, 1 for tags that a teacher knows.
        opinions: ``(n, n_opinions)`` float32.
    """

    scenes: Scenes
    probability: Array
    weight: Array
    opinions: Array

    @classmethod
    def load(cls, cache: Path, teachers: Path, panel: Panel) -> TaughtScenes:
        """All prepared scenes."""
        scenes = Scenes.load(cache, "mel96")
        probability = panel.probability(evidence_of(scenes.verdict, panel))
        opinions = opinions_of(scenes.verdict, audioset_labels(teachers))
        return cls(scenes, probability, panel.taught.astype(np.float32), opinions)

    def draw(self, rng: np.random.Generator) -> tuple[Array, ...]:
        """One scene under other recording conditions: log-mel ``(96, n_frames)`` and its targets."""
        number = int(rng.integers(len(self.scenes)))
        mel = augment.recording_conditions(self.scenes.mel(number), rng)
        heard = np.ascontiguousarray(augment.masks(mel, rng).T)
        return heard, self.probability[number], self.weight, self.opinions[number], _IS_SCENE


class TagBatches:
    """Batches by step number: scenes, and stretches of labelled recordings.

    Args:
        scenes: that the teachers have heard.
        examples: labelled recordings, all with targets.
        config: the ``data`` table of the configuration.
    """

    def __init__(self, scenes: TaughtScenes, examples: Sequence[Example], config: dict[str, Any]) -> None:
        self.scenes, self.examples, self.config = scenes, examples, config
        self.n_frames = len(scenes.scenes.mel(0))
        seconds = np.array([example.features.duration_seconds for example in examples])
        self.shares = draw_shares(examples, config, seconds)

    def __call__(self, step: int) -> TagBatch:
        """The batch of a step."""
        rng = np.random.default_rng((self.config["seed"], step))
        rows = [self.scenes.draw(rng) for _ in range(self.config["batch_scenes"])]
        drawn = rng.choice(len(self.examples), self.config["batch_labelled"], p=self.shares)
        rows += [self._crop(self.examples[int(i)], rng) for i in drawn]
        return TagBatch(*(torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True)))

    def _crop(self, example: Example, rng: np.random.Generator) -> tuple[Array, ...]:
        mel, targets = example.features.mel96, example.targets
        assert targets is not None
        speed = float(np.exp(rng.uniform(-0.06, 0.06)))
        start = int(rng.integers(0, max(1, len(mel) - round(self.n_frames * speed))))
        heard_seconds = min(self.n_frames / FRAMES_PER_SECOND, example.features.duration_seconds)
        stretch = augment.recording_conditions(augment.crop(mel, start, self.n_frames, speed), rng)
        unheard = np.zeros_like(self.scenes.opinions[0])
        heard = np.ascontiguousarray(augment.masks(stretch, rng).T)
        return heard, targets.at(start / FRAMES_PER_SECOND + heard_seconds / 2), targets.weight, unheard, _IS_LABELLED


@torch.inference_mode()
def window_logits(network: nn.Module, mel: NDArray[np.float16]) -> NDArray[np.float32]:
    """Logits of every window of a recording's ``(n_frames, 96)`` log-mel, ``(n_windows, n_tags)``."""
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(torch.from_numpy(stretches(mel, WINDOW_SAMPLES)))
    result: NDArray[np.float32] = logits.float().numpy()
    return result


def train(cache: Path, teachers: Path, run: Path, config_path: Path = CONFIG) -> CRNN:
    """Trains the tagger, resuming where an earlier run stopped; answers the averaged network."""
    config = tomllib.loads(config_path.read_text())
    examples = load_examples(cache, config["data"]["corpora"], ["mel96"], teachers)
    usable = [example for example in examples if example.targets is not None]
    training, development = split(usable, "train"), split(usable, "dev")
    panel, evidence = Panel.fit(teachers)
    scenes = TaughtScenes.load(cache, teachers, panel)
    log.info(
        "%d scenes, %d training and %d development recordings", len(scenes.scenes), len(training), len(development)
    )

    def evaluate(learner: nn.Module) -> dict[str, float]:
        assert isinstance(learner, TagLearner)
        network, entries = learner.network.eval(), [example.entry for example in development]
        logits = [window_logits(network, example.features.mel96) for example in development]
        scores = np.stack([sigmoid(rows).mean(axis=0) for rows in logits])
        heard = np.stack([rows.mean(axis=0) for rows in logits])
        return {**tag_scores(entries, scores), **teacher_agreement(entries, heard, evidence, panel.taught)}

    torch.manual_seed(config["data"]["seed"])
    network = CRNN(len(TAGS), **config["network"])
    for module in network.modules():  # the teachers' opinions regularise enough, and dropping features costs time
        if isinstance(module, nn.Dropout):
            module.p = 0.0 if module.p < 0.2 else config["data"]["dropout"]
    learner = TagLearner(network, scenes.opinions.shape[1])
    batches = TagBatches(scenes, training, config["data"])
    losses = TagLoss(positive_weights(training, config["data"]["balance"]))
    trained = Trainer(learner, LoopConfig(**config["loop"]), run, batches, losses, evaluate).fit()
    assert isinstance(trained, TagLearner)
    return trained.network
