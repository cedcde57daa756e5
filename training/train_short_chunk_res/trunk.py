"""Train the trunk: embedding and energy.

Chunks of one track are pulled together under augmentation (InfoNCE; van den Oord et al. 2018), similarities
follow those of a teacher's embedding (relational distillation; Park et al. 2019), the trunk predicts tags, and the
embedding predicts, linearly, the teacher's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.crnn.vocabulary import TAGS
from models.short_chunk_res.network import ShortChunkRes
from training import augment
from training.dataset import Example, draw_shares, load_examples, split
from training.energy import EnergyScale
from training.features import FRAMES_PER_SECOND
from training.loop import LoopConfig, Trainer
from training.scores import neighbour_precision, tag_scores
from training.texture import Textures
from training.train_short_chunk_res import CONFIG, network_spec

CHUNK_FRAMES = 231  # of 59,049 samples
Array = NDArray[np.float32]


class ChunkBatch(NamedTuple):
    """Chunks, those of one track side by side.

    Attributes:
        log_mel: ``(batch, 128, 231)`` float32 dB.
        probability: ``(batch, n_tags)`` tag targets.
        weight: ``(batch, n_tags)``.
        texture: ``(batch, texture_dim)`` unit-norm; zeros where the teacher has not listened.
        energy: ``(batch,)`` in [0, 1].
        track: ``(batch,)`` int64, equal for chunks of one track.
    """

    log_mel: Tensor
    probability: Tensor
    weight: Tensor
    texture: Tensor
    energy: Tensor
    track: Tensor


class ChunkBatches:
    """Trunk batches by step number.

    Args:
        examples: to draw from.
        textures: teacher embeddings.
        energies: scale of the energy target.
        config: the ``trunk`` table of the configuration.
    """

    def __init__(
        self, examples: Sequence[Example], textures: Textures, energies: EnergyScale, config: dict[str, Any]
    ) -> None:
        self.examples, self.textures, self.energies, self.config = examples, textures, energies, config
        seconds = np.array([example.features.mel128.shape[0] / FRAMES_PER_SECOND for example in examples])
        self.shares = draw_shares(examples, config, seconds)

    def __call__(self, step: int) -> ChunkBatch:
        """The batch of a step."""
        rng = np.random.default_rng((self.config["seed"], step))
        drawn = rng.choice(len(self.examples), self.config["batch_tracks"], p=self.shares, replace=False)
        pairs = [int(i) for i in drawn for _ in range(self.config["chunks_per_track"])]
        rows = [self._chunk(self.examples[i], rng) for i in pairs]
        mel, probability, weight, texture, energy = (
            torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True)
        )
        return ChunkBatch(mel, probability, weight, texture, energy, torch.tensor(pairs))

    def _chunk(self, example: Example, rng: np.random.Generator) -> tuple[Array, ...]:
        mel, targets = example.features.mel128, example.targets
        assert targets is not None
        speed = float(np.exp(rng.uniform(-0.04, 0.04)))
        start = int(rng.integers(0, max(1, len(mel) - round(CHUNK_FRAMES * speed))))
        centre = (start + CHUNK_FRAMES / 2) / FRAMES_PER_SECOND
        clean = augment.crop(mel, start, CHUNK_FRAMES, speed)
        heard = augment.recording_conditions(clean, rng)
        energy = np.array(self.energies.energy(clean), dtype=np.float32)
        return (
            np.ascontiguousarray(augment.masks(heard, rng, 0.08, 0.05).T),
            targets.at(centre),
            targets.weight,
            self.textures.at(example, centre),
            energy,
        )


class TrunkLearner(nn.Module):
    """The network with a linear tag head for training; its branches are left out.

    Args:
        network: whose trunk, embedding, energy and texture learn.
    """

    def __init__(self, network: ShortChunkRes) -> None:
        super().__init__()
        assert network.texture is not None
        self.trunk, self.embedding, self.energy = network.trunk, network.embedding, network.energy
        self.texture = network.texture
        self.tags = nn.Sequential(nn.Dropout(0.3), nn.Linear(network.trunk.feature_dim, len(TAGS)))

    def forward(self, log_mel: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """``(batch, 128, 231)`` -> embedding, energy logits, texture, tag logits; float32."""
        feature = self.trunk(log_mel).float()
        with torch.autocast(feature.device.type, enabled=False):
            embedding = functional.normalize(self.embedding(feature), dim=1)
            return embedding, self.energy(feature).squeeze(1), self.texture(embedding), self.tags(feature)


def trunk_losses(network: nn.Module, batch: ChunkBatch) -> dict[str, Tensor]:
    """Five losses; weights were set so that each contributes about equally after the first epoch."""
    embedding, energy, texture, tags = network(batch.log_mel)
    taught = batch.texture.norm(dim=1) > 0
    return {
        "tags": 5.0
        * functional.binary_cross_entropy_with_logits(tags, batch.probability, batch.weight, reduction="sum")
        / batch.weight.sum(),
        "texture": _texture_loss(texture[taught], batch.texture[taught]),
        "relation": 6.0 * _relation_loss(embedding[taught], batch.texture[taught]),
        "contrast": 0.25 * _contrast_loss(embedding, batch.track),
        "energy": functional.binary_cross_entropy_with_logits(energy, batch.energy),
    }


def _texture_loss(predicted: Tensor, texture: Tensor) -> Tensor:
    """Mean cosine distance; 0 where the teacher has listened to none."""
    if len(texture) == 0:
        return predicted.sum() * 0.0
    return 1.0 - functional.cosine_similarity(predicted, texture).mean()


def _relation_loss(embedding: Tensor, texture: Tensor) -> Tensor:
    """Mean squared difference of the two cosine matrices, off the diagonal; 0 where there is no pair."""
    if len(texture) < 2:
        return embedding.sum() * 0.0
    difference = embedding @ embedding.T - texture @ texture.T
    n = len(difference)
    return (difference.square().sum() - difference.diagonal().square().sum()) / (n * (n - 1))


def _contrast_loss(embedding: Tensor, track: Tensor, temperature: float = 0.1) -> Tensor:
    """InfoNCE with the other chunks of the same track as positives."""
    similarity = embedding @ embedding.T / temperature
    itself = torch.eye(len(track), dtype=torch.bool, device=track.device)
    similarity = similarity.masked_fill(itself, -1e4)
    same = (track[:, None] == track[None, :]) & ~itself
    log_share = similarity - similarity.logsumexp(dim=1, keepdim=True)
    return -(log_share * same).sum() / same.sum()


def train_trunk(cache: Path, teachers: Path, run: Path, config_path: Path = CONFIG) -> nn.Module:
    """Trains embedding and energy."""
    config = tomllib.loads(config_path.read_text())
    usable = [e for e in load_examples(cache, config["trunk"]["corpora"], ["mel128", "texture"], teachers) if e.targets]
    training, development = split(usable, "train"), split(usable, "dev")
    textures = Textures.fit(training, teachers)
    energies = EnergyScale.fit([example.features.mel128 for example in training])
    torch.manual_seed(config["trunk"]["seed"])
    learner = TrunkLearner(ShortChunkRes(network_spec(config, texture_dim=textures.dim)))

    def evaluate(network: nn.Module) -> dict[str, float]:
        heard = [hear_chunks(network.eval(), example.features.mel128) for example in development]
        embeddings, scores = np.stack([e for e, _s in heard]), np.stack([s for _e, s in heard])
        entries = [example.entry for example in development]
        real = [i for i, entry in enumerate(entries) if entry.corpus == "real"]
        precision = neighbour_precision([entries[i] for i in real], embeddings[real])
        return {**tag_scores(entries, scores), "p5_real": precision}

    batches = ChunkBatches(training, textures, energies, config["trunk"])
    loop = LoopConfig(**config["trunk"]["loop"])
    return Trainer(learner, loop, run, batches, trunk_losses, evaluate).fit()


@torch.inference_mode()
def hear_chunks(network: nn.Module, mel: NDArray[np.float16]) -> tuple[Array, Array]:
    """Track embedding ``(dim,)``, unit-norm, and mean tag scores ``(n_tags,)`` over back-to-back chunks."""
    if len(mel) < CHUNK_FRAMES:
        mel = np.resize(mel, (CHUNK_FRAMES, mel.shape[1]))
    starts = range(0, len(mel) - CHUNK_FRAMES + 1, CHUNK_FRAMES)
    chunks = np.stack([mel[s : s + CHUNK_FRAMES].T.astype(np.float32) for s in starts])
    with torch.autocast("cpu", torch.bfloat16):
        embedding, _energy, _texture, tags = network(torch.from_numpy(chunks))
    mean = embedding.mean(dim=0)
    return (mean / mean.norm()).numpy(), torch.sigmoid(tags).mean(dim=0).numpy()
