"""Train the rhythm branch: reference tempi, other playing speeds included."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from models.short_chunk_res.rhythm import RhythmBranch
from models.spec import TempoGrid
from training import augment
from training.dataset import Example, load_examples, split
from training.features import FRAMES_PER_SECOND
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

SLOWEST_BPM = 20.0  # slower ones are mistakes of a label
TEMPO_WEIGHTS = {"exact": 1.0, "octave_unknown": 0.5, "asked_for": 0.3}


class TempoBatches:
    """Tempo batches by step number: random crops at random playing speeds.

    Args:
        examples: with a reference tempo.
        config: the ``tempo`` table.
        grid: tempo bins.
    """

    def __init__(self, examples: Sequence[Example], config: dict[str, Any], grid: TempoGrid) -> None:
        self.examples, self.config, self.grid = examples, config, grid
        weights = np.array([TEMPO_WEIGHTS[e.entry.bpm_trust] * _tempo_share(e) for e in examples])
        self.shares = weights / weights.sum()

    def __call__(self, step: int) -> LabelledBatch:
        """The batch of a step."""
        rng = np.random.default_rng((self.config["seed"], step))
        n_frames = round(rng.uniform(*self.config["crop_seconds"]) * FRAMES_PER_SECOND)
        drawn = rng.choice(len(self.examples), self.config["batch_size"], p=self.shares)
        rows = [self._crop(self.examples[int(i)], n_frames, rng) for i in drawn]
        return batch_of(rows)

    def _crop(self, example: Example, n_frames: int, rng: np.random.Generator) -> Row:
        mel, bpm = example.features.mel128, example.entry.bpm
        assert bpm is not None
        while bpm > self.grid.max_bpm / 1.1:
            bpm /= 2
        while bpm < self.grid.min_bpm * 1.1:
            bpm *= 2
        speed = _speed(bpm, self.grid, rng)
        start = int(rng.integers(0, max(1, len(mel) - round(n_frames * speed))))
        heard = augment.recording_conditions(augment.crop(mel, start, n_frames, speed), rng)
        target = tempo_target(bpm * speed, self.grid, example.entry.bpm_trust == "octave_unknown")
        weight = np.float32(TEMPO_WEIGHTS[example.entry.bpm_trust])
        return np.ascontiguousarray(augment.masks(heard, rng, 0.2, 0.0).T), target, weight


def _speed(bpm: float, grid: TempoGrid, rng: np.random.Generator) -> float:
    """Playing speed: mostly that of a DJ's pitch fader, which keeps the octave audible; now and then anything."""
    while True:
        wide = rng.random() < 0.2
        speed = float(np.exp(rng.uniform(-0.25, 0.3) if wide else rng.normal(0.0, 0.04)))
        if grid.min_bpm * 1.02 < bpm * speed < grid.max_bpm / 1.02:
            return speed


def _tempo_share(example: Example) -> float:
    """Long recorded music is drawn more often than clips and renders, of which there are many."""
    kinds = {"real": 3.0, "studio": 1.2, "midi": 0.4}
    return kinds[example.entry.corpus] * float(np.clip(len(example.features.mel128) / FRAMES_PER_SECOND, 6, 60))


def tempo_target(bpm: float, grid: TempoGrid, octave_unknown: bool = False) -> Array:
    """A narrow bump (1 % wide) at the tempo, ``(n_bins,)``; at its octaves too where the octave is unknown."""
    bins = np.arange(grid.n_bins)
    places = [bpm / 2, bpm, bpm * 2] if octave_unknown else [bpm]
    bumps = [np.exp(-0.5 * ((bins - grid.position(place)) / 1.4) ** 2) for place in places]
    target = np.sum(bumps, axis=0)
    result: Array = (target / target.sum()).astype(np.float32)
    return result


def train_tempo(cache: Path, run: Path, config_path: Path = CONFIG) -> nn.Module:
    """Trains the rhythm branch."""
    config = tomllib.loads(config_path.read_text())
    spec = network_spec(config)
    examples = load_examples(cache, config["tempo"]["corpora"], ["mel128"], None)
    labelled = [e for e in examples if (e.entry.bpm or 0.0) >= SLOWEST_BPM]
    labelled = [e for e in labelled if not (e.entry.stem and e.entry.bpm_trust == "asked_for")]
    exact = [e for e in split(labelled, "dev") if e.entry.bpm_trust == "exact"]
    torch.manual_seed(config["tempo"]["seed"])
    branch = RhythmBranch(spec.log_mel, spec.tempo)
    batches = TempoBatches(split(labelled, "train"), config["tempo"], spec.tempo)
    bins = np.array(spec.tempo.bins_bpm())

    def score(example: Example, probability: Array) -> dict[str, float]:
        ratio = float(bins[probability.argmax()]) / (example.entry.bpm or 1.0)
        hits = [abs(ratio / factor - 1) <= 0.04 for factor in (1, 2, 0.5, 3, 1 / 3)]
        return {"acc1": float(hits[0]), "acc2": float(any(hits))}

    loop = LoopConfig(**config["tempo"]["loop"])
    return Trainer(branch, loop, run, batches, distribution_loss, evaluate_classes(exact, "mel128", score)).fit()
