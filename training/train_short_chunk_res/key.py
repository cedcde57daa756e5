"""Train the key branch: reference keys, transpositions included."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from models.short_chunk_res.harmony import KeyBranch
from training import augment
from training.dataset import Example, load_examples, split
from training.features import KEY_FRAMES_PER_SECOND
from training.loop import LoopConfig, Trainer
from training.train_short_chunk_res import CONFIG, network_spec
from training.train_short_chunk_res.classes import (
    Array,
    LabelledBatch,
    Row,
    batch_of,
    distribution_loss,
    evaluate_classes,
)

N_KEYS = 24


class KeyBatches:
    """Key batches by step number: random crops in random transpositions.

    Args:
        examples: with a reference key.
        config: the ``key`` table.
    """

    def __init__(self, examples: Sequence[Example], config: dict[str, Any]) -> None:
        self.examples, self.config = examples, config
        kinds = {"real": 2.0, "studio": 0.7, "midi": 1.0}
        lengths = [np.clip(len(e.features.log_frequency) / KEY_FRAMES_PER_SECOND, 6, 60) for e in examples]
        weights = [n * kinds[e.entry.corpus] * e.entry.key_weight for n, e in zip(lengths, examples, strict=True)]
        self.shares = np.array(weights) / np.sum(weights)

    def __call__(self, step: int) -> LabelledBatch:
        """The batch of a step."""
        rng = np.random.default_rng((self.config["seed"], step))
        n_frames = round(rng.uniform(*self.config["crop_seconds"]) * KEY_FRAMES_PER_SECOND)
        drawn = rng.choice(len(self.examples), self.config["batch_size"], p=self.shares)
        rows = [self._crop(self.examples[int(i)], n_frames, rng) for i in drawn]
        return batch_of(rows)

    def _crop(self, example: Example, n_frames: int, rng: np.random.Generator) -> Row:
        feature, entry = example.features.log_frequency, example.entry
        assert entry.key is not None
        start = int(rng.integers(0, max(1, len(feature) - n_frames)))
        crop = augment.crop(feature, start, n_frames).T
        transposed, semitones = transpose(crop, rng)
        crop = transposed * np.float32(rng.uniform(0.7, 1.2)) + rng.normal(0, 0.05, crop.shape).astype(np.float32)
        bands = np.linspace(0, np.pi, len(crop), dtype=np.float32)
        tilt = 1 + np.float32(rng.normal(0, 0.15)) * np.cos(bands) + np.float32(rng.normal(0, 0.1)) * np.cos(3 * bands)
        tonic, mode = entry.key % 12, entry.key // 12
        target = np.full(N_KEYS, 0.05 / N_KEYS, dtype=np.float32)
        target[(tonic + semitones) % 12 + 12 * mode] += 0.95
        return np.ascontiguousarray(crop * tilt[:, None]), target, np.float32(entry.key_weight)


def transpose(log_frequency: Array, rng: np.random.Generator) -> tuple[Array, int]:
    """Shifts ``(252, n)`` by -6 to 5 semitones and up to a third of one; what is shifted in is silence."""
    semitones = int(rng.integers(-6, 6))
    shift = 3 * semitones + int(rng.integers(-1, 2)) * (rng.random() < 0.3)
    rolled = np.roll(log_frequency, shift, axis=0)
    if shift > 0:
        rolled[:shift] = 0.0
    elif shift < 0:
        rolled[shift:] = 0.0
    return rolled, semitones


def train_key(cache: Path, run: Path, config_path: Path = CONFIG) -> nn.Module:
    """Trains the key branch."""
    config = tomllib.loads(config_path.read_text())
    examples = load_examples(cache, config["key"]["corpora"], ["log_frequency"], None)
    labelled = [e for e in examples if e.entry.key is not None]
    trusted = [e for e in split(labelled, "dev") if e.entry.key_weight >= 0.7]
    torch.manual_seed(config["key"]["seed"])
    branch = KeyBranch(network_spec(config).log_frequency)
    batches = KeyBatches(split(labelled, "train"), config["key"])

    def score(example: Example, probability: Array) -> dict[str, float]:
        return {"exact": float(probability.argmax() == example.entry.key)}

    loop = LoopConfig(**config["key"]["loop"])
    evaluate = evaluate_classes(trusted, "log_frequency", score)
    return Trainer(branch, loop, run, batches, distribution_loss, evaluate).fit()
