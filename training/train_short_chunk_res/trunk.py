"""Train the trunk: embedding and energy, on scenes that three teachers have heard.

The embedding of a chunk is the vector of what the teachers hear in it (:mod:`training.texture`), and so is the mean
over a scene; chunks of one scene are pulled together under augmentation (InfoNCE; van den Oord et al. 2018); the
trunk answers everything else that the teachers say.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.short_chunk_res.network import ShortChunkRes
from training import augment
from training.dataset import load_examples, split
from training.energy import EnergyScale
from training.features import stretches
from training.loop import LoopConfig, Trainer
from training.scene_data import Scenes, audioset_labels, evidence_of, opinions_of
from training.scenes import CHUNK_SAMPLES, CHUNKS_PER_SCENE
from training.scores import neighbour_precision, rank_agreement
from training.targets import Panel
from training.texture import Texture, Views
from training.train_short_chunk_res import CONFIG, network_spec

CHUNK_FRAMES = 231  # of 59,049 samples
_TEMPERATURE = 0.2
Array = NDArray[np.float32]


class ChunkBatch(NamedTuple):
    """Chunks, those of one scene side by side; float32.

    Attributes:
        log_mel: ``(n_scenes * 3, 128, 231)`` dB.
        texture: ``(n_scenes * 3, embedding_dim)`` unit-norm.
        opinions: ``(n_scenes, n_opinions)``.
        energy: ``(n_scenes * 3,)`` in [0, 1].
    """

    log_mel: Tensor
    texture: Tensor
    opinions: Tensor
    energy: Tensor


@dataclass(frozen=True)
class TaughtChunks:
    """Scenes with what they teach the trunk.

    Attributes:
        scenes: their log-mels.
        texture: ``(n, 3, embedding_dim)`` float32, rows unit-norm.
        opinions: ``(n, n_opinions)`` float32.
        energies: scale of the energy target.
    """

    scenes: Scenes
    texture: Array
    opinions: Array
    energies: EnergyScale

    @classmethod
    def load(cls, cache: Path, teachers: Path, panel: Panel, dim: int, energies: EnergyScale) -> TaughtChunks:
        """All prepared scenes; the texture has ``dim`` components."""
        scenes = Scenes.load(cache, "mel128")
        views = _views(scenes, panel)
        texture = Texture.fit(views, dim)(views).reshape(len(scenes), CHUNKS_PER_SCENE, dim)
        return cls(scenes, texture, opinions_of(scenes.verdict, audioset_labels(teachers)), energies)


def _views(scenes: Scenes, panel: Panel) -> Views:
    """Views of every chunk; only the embedding differs within a scene."""
    verdict = scenes.verdict
    whole = (verdict.jamendo, verdict.msd, evidence_of(verdict, panel))
    embedding = verdict.embedding.reshape(-1, verdict.embedding.shape[-1])
    return Views(embedding, *(np.repeat(rows, CHUNKS_PER_SCENE, axis=0) for rows in whole))


class ChunkBatches:
    """Trunk batches by step number.

    Args:
        chunks: to draw from.
        config: the ``trunk`` table of the configuration.
    """

    def __init__(self, chunks: TaughtChunks, config: dict[str, Any]) -> None:
        self.chunks, self.config = chunks, config

    def __call__(self, step: int) -> ChunkBatch:
        """The batch of a step."""
        rng = np.random.default_rng((self.config["seed"], step))
        numbers = rng.integers(len(self.chunks.scenes), size=self.config["batch_scenes"])
        rows = [row for number in numbers for row in self._chunks(int(number), rng)]
        mel, energy = (torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True))
        texture = torch.from_numpy(self.chunks.texture[numbers].reshape(len(rows), -1))
        return ChunkBatch(mel, texture, torch.from_numpy(self.chunks.opinions[numbers]), energy)

    def _chunks(self, number: int, rng: np.random.Generator) -> list[tuple[Array, Array]]:
        return [self._chunk(chunk.T, rng) for chunk in chunks_of_scene(self.chunks.scenes.mel(number))]

    def _chunk(self, clean: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        heard = augment.masks(augment.recording_conditions(clean, rng), rng, 0.08, 0.05)
        return np.ascontiguousarray(heard.T), np.array(self.chunks.energies.energy(clean), dtype=np.float32)


class TrunkLearner(nn.Module):
    """The network with a second answer for training; its branches are left out.

    Args:
        network: whose trunk, embedding and energy learn.
        n_opinions: length of the second answer.
    """

    def __init__(self, network: ShortChunkRes, n_opinions: int) -> None:
        super().__init__()
        self.trunk, self.embedding, self.energy = network.trunk, network.embedding, network.energy
        self.opinions = nn.Linear(network.trunk.feature_dim, n_opinions)

    def forward(self, log_mel: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``(batch, 128, 231)`` -> embedding, energy logits, opinions; float32."""
        feature = self.trunk(log_mel).float()
        with torch.autocast(feature.device.type, enabled=False):
            embedding = functional.normalize(self.embedding(feature), dim=1)
            return embedding, self.energy(feature).squeeze(1), self.opinions(feature)


def trunk_losses(learner: nn.Module, batch: ChunkBatch) -> dict[str, Tensor]:
    """Five losses; the first two make the embedding, and weigh most."""
    embedding, energy, opinions = learner(batch.log_mel)
    n_scenes = len(batch.opinions)
    of_scenes, asked = (x.reshape(n_scenes, CHUNKS_PER_SCENE, -1).mean(dim=1) for x in (embedding, batch.texture))
    of_scene = opinions.reshape(n_scenes, CHUNKS_PER_SCENE, -1).mean(dim=1)
    return {
        "texture": 4.0 * _distance(embedding, batch.texture),
        "texture_of_scene": 4.0 * _distance(of_scenes, asked),
        "opinions": functional.mse_loss(of_scene, batch.opinions),
        "contrast": 0.05 * _contrast_loss(embedding, torch.arange(n_scenes).repeat_interleave(CHUNKS_PER_SCENE)),
        "energy": functional.binary_cross_entropy_with_logits(energy, batch.energy),
    }


def _distance(embedding: Tensor, texture: Tensor) -> Tensor:
    """Mean cosine distance."""
    return 1.0 - functional.cosine_similarity(embedding, texture).mean()


def _contrast_loss(embedding: Tensor, scene: Tensor) -> Tensor:
    """InfoNCE with the other chunks of the same scene as positives."""
    similarity = embedding @ embedding.T / _TEMPERATURE
    itself = torch.eye(len(scene), dtype=torch.bool, device=embedding.device)
    similarity = similarity.masked_fill(itself, -1e4)
    same = (scene[:, None] == scene[None, :]).to(embedding.device) & ~itself
    log_share = similarity - similarity.logsumexp(dim=1, keepdim=True)
    return -(log_share * same).sum() / same.sum()


def chunks_of_scene(mel: Array) -> Array:
    """The chunks of a scene, ``(n_frames, 128) -> (3, 128, 231)`` float32."""
    starts = np.linspace(0, len(mel) - CHUNK_FRAMES, CHUNKS_PER_SCENE).round().astype(int)
    return np.stack([mel[start : start + CHUNK_FRAMES].T for start in starts])


def train_trunk(cache: Path, teachers: Path, run: Path, config_path: Path = CONFIG) -> nn.Module:
    """Trains embedding and energy."""
    config = tomllib.loads(config_path.read_text())
    examples = load_examples(cache, ["real"], ["mel128"], None)
    energies = EnergyScale.fit([example.features.mel128 for example in split(examples, "train")])
    development = split(examples, "dev")
    del examples
    panel, evidence = Panel.fit(teachers)
    chunks = TaughtChunks.load(cache, teachers, panel, config["network"]["embedding_dim"], energies)
    torch.manual_seed(config["trunk"]["seed"])
    network = ShortChunkRes(network_spec(config))
    learner = TrunkLearner(network, chunks.opinions.shape[1])

    def evaluate(learner: nn.Module) -> dict[str, float]:
        embeddings = np.stack([hear_chunks(learner.eval(), example.features.mel128) for example in development])
        entries = [example.entry for example in development]
        agreement = rank_agreement(entries, embeddings, evidence)
        return {"p5_real": neighbour_precision(entries, embeddings), "agreement": agreement}

    loop = LoopConfig(**config["trunk"]["loop"])
    return Trainer(learner, loop, run, ChunkBatches(chunks, config["trunk"]), trunk_losses, evaluate).fit()


@torch.inference_mode()
def hear_chunks(learner: nn.Module, mel: NDArray[np.float16]) -> Array:
    """Track embedding over back-to-back chunks, ``(dim,)``, unit-norm."""
    with torch.autocast("cpu", torch.bfloat16):
        embedding, _energy, _opinions = learner(torch.from_numpy(stretches(mel, CHUNK_SAMPLES)))
    mean = embedding.mean(dim=0)
    unit: Array = (mean / mean.norm()).numpy()
    return unit
