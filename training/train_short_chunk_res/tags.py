"""Train the tag head: what the finished trunk hears of genre and instruments, a second opinion beside the CRNN's.

The trunk is not moved: its feature of every chunk is computed once, and an epoch takes seconds.
"""

from __future__ import annotations

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

from models.crnn.vocabulary import TAGS
from models.short_chunk_res.trunk import TagHead, Trunk
from training.dataset import Example, draw_shares, load_examples, split
from training.features import FRAMES_PER_SECOND, stretches
from training.loop import LoopConfig, Trainer, averaged_weights
from training.scene_data import Scenes, evidence_of
from training.scenes import CHUNK_SAMPLES
from training.scores import tag_scores, teacher_agreement
from training.targets import SHARPNESS, Panel, TagTargets
from training.train_crnn import positive_weights
from training.train_short_chunk_res import CONFIG
from training.train_short_chunk_res.trunk import CHUNK_FRAMES, chunks_of_scene

_BATCH_CHUNKS = 48
Array = NDArray[np.float32]


class FeatureBatch(NamedTuple):
    """Features of chunks with their targets; float32.

    Attributes:
        feature: ``(batch, feature_dim)``.
        probability: ``(batch, n_tags)``.
        weight: ``(batch, n_tags)``.
        is_scene: ``(batch,)``, 1 where teachers have heard this very audio.
    """

    feature: Tensor
    probability: Tensor
    weight: Tensor
    is_scene: Tensor


@dataclass(frozen=True)
class HeadLoss:
    """Cross-entropy of the tags, and squared distance to the teachers' evidence.

    Attributes:
        positive_weight: ``(n_tags,)`` float32, how much more the presence of a tag counts than its absence.
    """

    positive_weight: Tensor

    def __call__(self, head: nn.Module, batch: FeatureBatch) -> dict[str, Tensor]:
        """Losses of a batch."""
        logits = head(batch.feature).float()
        entropy = functional.binary_cross_entropy_with_logits(
            logits,
            batch.probability,
            batch.weight,
            reduction="sum",
            pos_weight=self.positive_weight.to(logits.device),
        )
        heard = batch.weight * batch.is_scene[:, None]
        distance = (logits - torch.logit(batch.probability, eps=1e-4)).square() / SHARPNESS**2
        return {
            "tags": 5.0 * entropy / batch.weight.sum(),
            "evidence": (distance * heard).sum() / heard.sum().clamp(min=1.0),
        }


class FeatureBatches:
    """Batches by step number: chunks of scenes, and of labelled recordings.

    Args:
        scenes: features ``(n, 3, feature_dim)`` float32.
        probability: ``(n, n_tags)`` float32, targets of the scenes.
        weight: ``(n_tags,)`` float32, 1 for tags that a teacher knows.
        labelled: features ``(n_chunks, feature_dim)`` of each recording, with its targets.
        shares: probability to draw each recording.
        config: the ``tags`` table of the configuration.
    """

    def __init__(
        self,
        scenes: Array,
        probability: Array,
        weight: Array,
        labelled: Sequence[tuple[Array, TagTargets]],
        shares: NDArray[np.float64],
        config: dict[str, Any],
    ) -> None:
        self.scenes, self.probability, self.weight = scenes, probability, weight
        self.labelled, self.shares, self.config = labelled, shares, config

    def __call__(self, step: int) -> FeatureBatch:
        """The batch of a step."""
        rng = np.random.default_rng((self.config["seed"], step))
        numbers = rng.integers(len(self.scenes), size=self.config["batch_scenes"])
        chosen = rng.integers(self.scenes.shape[1], size=len(numbers))
        drawn = rng.choice(len(self.labelled), self.config["batch_labelled"], p=self.shares)
        rows = [self._chunk(*self.labelled[int(i)], rng) for i in drawn]
        features, probabilities, weights = (np.stack(column) for column in zip(*rows, strict=True))
        return FeatureBatch(
            torch.from_numpy(np.concatenate([self.scenes[numbers, chosen], features])),
            torch.from_numpy(np.concatenate([self.probability[numbers], probabilities])),
            torch.from_numpy(np.concatenate([np.tile(self.weight, (len(numbers), 1)), weights])),
            torch.cat([torch.ones(len(numbers)), torch.zeros(len(rows))]),
        )

    @staticmethod
    def _chunk(features: Array, targets: TagTargets, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        number = int(rng.integers(len(features)))
        centre_seconds = (number + 0.5) * CHUNK_FRAMES / FRAMES_PER_SECOND
        return features[number], targets.at(centre_seconds), targets.weight


@torch.inference_mode()
def features_of(trunk: Trunk, chunks: Array) -> Array:
    """The trunk's features, ``(n, 128, n_frames) dB -> (n, feature_dim)`` float32."""
    rows = []
    for start in range(0, len(chunks), _BATCH_CHUNKS):
        with torch.autocast("cpu", torch.bfloat16):
            heard = trunk(torch.from_numpy(chunks[start : start + _BATCH_CHUNKS]))
        rows.append(heard.float().numpy())
    return np.concatenate(rows)


@torch.inference_mode()
def chunk_logits(trunk: Trunk, head: TagHead, mel: NDArray[np.float16]) -> Array:
    """Tag logits of every chunk of a recording's ``(n_frames, 128)`` log-mel, ``(n_chunks, n_tags)`` float32."""
    features = torch.from_numpy(features_of(trunk, stretches(mel, CHUNK_SAMPLES)))
    logits: Array = head(features).numpy()
    return logits


def trained_trunk(run: Path, n_channels: int) -> Trunk:
    """The trunk of a finished run, for evaluation.

    Raises:
        SegueError: there is no such run.
    """
    trunk = Trunk(n_channels)
    weights = averaged_weights(run)
    trunk.load_state_dict({n.removeprefix("trunk."): t for n, t in weights.items() if n.startswith("trunk.")})
    placed: Trunk = trunk.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
    return placed


def train_tags(cache: Path, teachers: Path, runs: Path, config_path: Path = CONFIG) -> nn.Module:
    """Trains the tag head on the trunk of ``runs/trunk``."""
    config = tomllib.loads(config_path.read_text())
    trunk = trained_trunk(runs / "trunk", config["network"]["n_channels"])
    examples = load_examples(cache, config["tags"]["corpora"], ["mel128"], teachers)
    usable = [example for example in examples if example.targets is not None]
    training, development = split(usable, "train"), split(usable, "dev")
    panel, evidence = Panel.fit(teachers)
    batches = _batches(trunk, Scenes.load(cache, "mel128"), training, panel, config["tags"])
    heard = [features_of(trunk, stretches(example.features.mel128, CHUNK_SAMPLES)) for example in development]
    entries = [example.entry for example in development]

    @torch.inference_mode()
    def evaluate(head: nn.Module) -> dict[str, float]:
        logits = [head.eval()(torch.from_numpy(features)) for features in heard]
        scores = np.stack([torch.sigmoid(rows).mean(dim=0).numpy() for rows in logits])
        means = np.stack([rows.mean(dim=0).numpy() for rows in logits])
        return {**tag_scores(entries, scores), **teacher_agreement(entries, means, evidence, panel.taught)}

    torch.manual_seed(config["tags"]["seed"])
    losses = HeadLoss(positive_weights(training, config["tags"]["balance"]))
    loop = LoopConfig(**config["tags"]["loop"])
    return Trainer(TagHead(trunk.feature_dim, len(TAGS)), loop, runs / "tags", batches, losses, evaluate).fit()


def _batches(
    trunk: Trunk, scenes: Scenes, training: Sequence[Example], panel: Panel, config: dict[str, Any]
) -> FeatureBatches:
    of_scenes = np.stack([features_of(trunk, chunks_of_scene(scenes.mel(i))) for i in range(len(scenes))])
    labelled = [
        (features_of(trunk, stretches(example.features.mel128, CHUNK_SAMPLES)), example.targets)
        for example in training
        if example.targets is not None
    ]
    seconds = np.array([len(features) * CHUNK_FRAMES / FRAMES_PER_SECOND for features, _targets in labelled])
    probability = panel.probability(evidence_of(scenes.verdict, panel))
    shares = draw_shares(training, config, seconds)
    return FeatureBatches(of_scenes, probability, panel.taught.astype(np.float32), labelled, shares, config)
