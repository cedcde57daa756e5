"""Train the CRNN tagger: teachers' scores and labels on real music, exact labels on studio tracks."""

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
from training import augment
from training.dataset import Example, draw_shares, load_examples, split
from training.features import FRAMES_PER_SECOND
from training.loop import LoopConfig, Trainer, averaged_weights
from training.scores import tag_scores

log = logging.getLogger(__name__)

CONFIG = Path(__file__).parent / "configs" / "crnn.toml"
FINISH_CONFIG = Path(__file__).parent / "configs" / "crnn_finish.toml"
WINDOW_FRAMES = round(29 * FRAMES_PER_SECOND) + 1


class TagBatch(NamedTuple):
    """Crops with their targets.

    Attributes:
        log_mel: ``(batch, 96, n_frames)`` float32 dB.
        probability: ``(batch, n_tags)`` float32.
        weight: ``(batch, n_tags)`` float32.
    """

    log_mel: Tensor
    probability: Tensor
    weight: Tensor


@dataclass(frozen=True)
class TagLoss:
    """Weighted binary cross-entropy against soft targets, at the last GRU step and at every one before.

    Inference reads the last step alone; asking for the answer earlier trains the convolutions faster.

    Attributes:
        positive_weight: ``(n_tags,)`` float32, how much more the presence of a tag counts than its absence.
    """

    positive_weight: Tensor

    def __call__(self, network: nn.Module, batch: TagBatch) -> dict[str, Tensor]:
        """Losses of a batch."""
        assert isinstance(network, CRNN)
        steps = network.dense(network.dropout(network.listen(batch.log_mel))).float()
        every = batch.probability[:, None].expand_as(steps), batch.weight[:, None].expand_as(steps)
        return {
            "tags": 5.0 * self._cross_entropy(steps[:, -1], batch.probability, batch.weight),
            "tags_every_step": 5.0 * self._cross_entropy(steps, *every),
        }

    def _cross_entropy(self, logits: Tensor, probability: Tensor, weight: Tensor) -> Tensor:
        loss = functional.binary_cross_entropy_with_logits(
            logits, probability, weight, reduction="sum", pos_weight=self.positive_weight.to(logits.device)
        )
        return loss / weight.sum()


def positive_weights(examples: Sequence[Example], balance: float) -> Tensor:
    """Weight of each tag's presence, ``(n_tags,)``: rare tags count more, by their share to the power ``-balance``.

    A tag that every tenth recording carries has weight 1, and none has less than 1 or more than 6.
    """
    shares = np.mean([example.targets.probability.mean(axis=0) for example in examples if example.targets], axis=0)
    return torch.from_numpy(np.clip((0.1 / shares) ** balance, 1.0, 6.0).astype(np.float32))


class TagBatches:
    """Batches by step number.

    Args:
        examples: to draw from, all with targets.
        config: the ``data`` table of the configuration.
    """

    def __init__(self, examples: Sequence[Example], config: dict[str, Any]) -> None:
        self.examples = examples
        self.config = config
        self.n_frames = round(config["crop_seconds"] * FRAMES_PER_SECOND)
        seconds = np.array([example.features.duration_seconds for example in examples])
        self.shares = draw_shares(examples, config, seconds)

    def __call__(self, step: int) -> TagBatch:
        """The batch of a step."""
        rng = np.random.default_rng((self.config["seed"], step))
        drawn = rng.choice(len(self.examples), self.config["batch_size"], p=self.shares)
        rows = [self._blended(int(i), rng) for i in drawn]
        mel, probability, weight = (np.stack(column) for column in zip(*rows, strict=True))
        return TagBatch(*(torch.from_numpy(array) for array in (mel, probability, weight)))

    def _blended(self, i: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
        mel, probability, weight = self._crop(i, rng)
        if rng.random() < self.config["mixup"]:  # Zhang et al. 2018, in dB
            other = self._crop(int(rng.choice(len(self.examples), p=self.shares)), rng)
            share = np.float32(rng.beta(2.0, 2.0))
            mel = share * mel + (1 - share) * other[0]
            probability = share * probability + (1 - share) * other[1]
            weight = np.minimum(weight, other[2])
        return np.ascontiguousarray(augment.masks(mel, rng).T), probability, weight

    def _crop(self, i: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
        example = self.examples[i]
        mel, targets = example.features.mel96, example.targets
        assert targets is not None
        speed = float(np.exp(rng.uniform(-0.06, 0.06)))
        start = int(rng.integers(0, max(1, len(mel) - round(self.n_frames * speed))))
        centre = start / FRAMES_PER_SECOND + 0.5 * min(self.config["crop_seconds"], example.features.duration_seconds)
        stretch = augment.crop(mel, start, self.n_frames, speed)
        return augment.recording_conditions(stretch, rng), targets.at(centre), targets.weight


def score_windows(network: nn.Module, mel: NDArray[np.float16]) -> NDArray[np.float32]:
    """Mean score over the windows of a whole recording, ``(n_tags,)``, as inference does it."""
    scores: NDArray[np.float32] = torch.sigmoid(torch.from_numpy(window_logits(network, mel))).mean(dim=0).numpy()
    return scores


@torch.inference_mode()
def window_logits(network: nn.Module, mel: NDArray[np.float16]) -> NDArray[np.float32]:
    """Logits of every window of a recording's ``(n_frames, 96)`` log-mel, ``(n_windows, n_tags)``."""
    if len(mel) < WINDOW_FRAMES:
        mel = np.resize(mel, (WINDOW_FRAMES, mel.shape[1]))
    last = len(mel) - WINDOW_FRAMES
    starts = sorted({*range(0, last + 1, WINDOW_FRAMES), last})
    windows = np.stack([mel[s : s + WINDOW_FRAMES].T.astype(np.float32) for s in starts])
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(torch.from_numpy(windows))
    result: NDArray[np.float32] = logits.float().numpy()
    return result


def train(cache: Path, teachers: Path, run: Path, config_path: Path = CONFIG) -> CRNN:
    """Trains the tagger, resuming where an earlier run stopped; answers the averaged network."""
    config = tomllib.loads(config_path.read_text())
    examples = load_examples(cache, config["data"]["corpora"], ["mel96"], teachers)
    usable = [example for example in examples if example.targets is not None]
    training, development = split(usable, "train"), split(usable, "dev")
    log.info("%d training and %d development recordings", len(training), len(development))

    def evaluate(network: nn.Module) -> dict[str, float]:
        network.eval()
        scores = np.stack([score_windows(network, example.features.mel96) for example in development])
        return tag_scores([example.entry for example in development], scores)

    torch.manual_seed(config["data"]["seed"])
    network = CRNN(len(TAGS), **config["network"])
    for module in network.modules():  # soft targets regularise enough, and dropping features costs time
        if isinstance(module, nn.Dropout):
            module.p = 0.0 if module.p < 0.2 else config["data"]["dropout"]
    if start := config["data"].get("start_from"):
        network.load_state_dict(averaged_weights(run.parent / start))
    batches = TagBatches(training, config["data"])
    losses = TagLoss(positive_weights(training, config["data"]["balance"]))
    trainer = Trainer(network, LoopConfig(**config["loop"]), run, batches, losses, evaluate)
    trained = trainer.fit()
    assert isinstance(trained, CRNN)
    return trained
