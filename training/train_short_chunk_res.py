"""Train the Short-Chunk ResNet in three parts that share no weights: trunk, tempo, key.

trunk   embedding and energy. Chunks of one track are pulled together under augmentation (InfoNCE; van den Oord et al.
        2018), similarities follow those of a teacher's embedding (relational distillation; Park et al. 2019), the embedding
        predicts tags and, linearly, the teacher's embedding.
tempo   the rhythm branch, on reference tempi, other playing speeds included.
key     the key branch, on reference keys, transpositions included.

:func:`assemble` puts the three together.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.crnn.vocabulary import TAGS
from models.short_chunk_res.harmony import KeyBranch
from models.short_chunk_res.network import ShortChunkRes
from models.short_chunk_res.rhythm import RhythmBranch
from models.spec import ShortChunkResSpec, TempoGrid
from training import augment
from training.dataset import Example, draw_shares, load_examples, split
from training.energy import EnergyScale
from training.features import FRAMES_PER_SECOND, KEY_FRAMES_PER_SECOND
from training.loop import LoopConfig, Trainer
from training.scores import neighbour_precision, tag_scores
from training.texture import Textures

log = logging.getLogger(__name__)

CONFIG = Path(__file__).parent / "configs" / "short_chunk_res.toml"
CHUNK_FRAMES = 231  # of 59,049 samples
N_KEYS = 24
Array = NDArray[np.float32]


def network_spec(config: dict[str, Any], **fields: Any) -> ShortChunkResSpec:
    """The spec that a configuration describes."""
    return ShortChunkResSpec(name="short_chunk_res", **config["network"], **fields)


# --- trunk -------------------------------------------------------------------------------------------------------------


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
        columns = [torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True)]
        return ChunkBatch(*columns, track=torch.tensor(pairs))

    def _chunk(self, example: Example, rng: np.random.Generator) -> tuple[Array, ...]:
        mel, targets = example.features.mel128, example.targets
        assert targets is not None
        speed = float(np.exp(rng.uniform(-0.04, 0.04)))
        start = int(rng.integers(0, max(1, len(mel) - round(CHUNK_FRAMES * speed))))
        centre = (start + CHUNK_FRAMES / 2) / FRAMES_PER_SECOND
        clean = augment.crop(mel, start, CHUNK_FRAMES, speed)
        heard = augment.recording_conditions(clean, rng)
        energy = np.float32(self.energies.energy(clean))
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
        "texture": 1.0 - functional.cosine_similarity(texture[taught], batch.texture[taught]).mean(),
        "relation": 6.0 * _relation_loss(embedding[taught], batch.texture[taught]),
        "contrast": 0.25 * _contrast_loss(embedding, batch.track),
        "energy": functional.binary_cross_entropy_with_logits(energy, batch.energy),
    }


def _relation_loss(embedding: Tensor, texture: Tensor) -> Tensor:
    """Mean squared difference of the two cosine matrices, off the diagonal."""
    difference = embedding @ embedding.T - texture @ texture.T
    n = len(difference)
    return (difference.square().sum() - difference.diagonal().square().sum()) / (n * (n - 1))


def _contrast_loss(embedding: Tensor, track: Tensor, temperature: float = 0.1) -> Tensor:
    """InfoNCE with the other chunks of the same track as positives."""
    similarity = embedding @ embedding.T / temperature
    similarity = similarity.masked_fill(torch.eye(len(track), dtype=torch.bool), -1e4)
    same = (track[:, None] == track[None, :]) & ~torch.eye(len(track), dtype=torch.bool)
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


# --- tempo and key -----------------------------------------------------------------------------------------------------


class LabelledBatch(NamedTuple):
    """Crops with a distribution to predict.

    Attributes:
        features: ``(batch, n_bands, n_frames)`` float32.
        target: ``(batch, n_classes)`` float32, rows sum to 1.
        weight: ``(batch,)`` float32.
    """

    features: Tensor
    target: Tensor
    weight: Tensor


def distribution_loss(network: nn.Module, batch: LabelledBatch) -> dict[str, Tensor]:
    """Weighted cross-entropy against soft targets."""
    log_probability = functional.log_softmax(network(batch.features).float(), dim=1)
    loss = -(batch.target * log_probability).sum(dim=1)
    return {"cross_entropy": (loss * batch.weight).sum() / batch.weight.sum()}


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
        return LabelledBatch(*(torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True)))

    def _crop(self, example: Example, n_frames: int, rng: np.random.Generator) -> tuple[Array, ...]:
        mel, bpm = example.features.mel128, example.entry.bpm
        assert bpm is not None
        speed = float(np.exp(rng.uniform(-0.25, 0.3)))
        while not self.grid.min_bpm * 1.02 < bpm * speed < self.grid.max_bpm * 0.98:
            speed = float(np.exp(rng.uniform(-0.25, 0.3))) * (2.0 if bpm * speed < self.grid.min_bpm else 1.0)
            bpm = bpm / 2 if bpm * speed > self.grid.max_bpm else bpm
        start = int(rng.integers(0, max(1, len(mel) - round(n_frames * speed))))
        heard = augment.recording_conditions(augment.crop(mel, start, n_frames, speed), rng)
        target = tempo_target(bpm * speed, self.grid, example.entry.bpm_trust == "octave_unknown")
        weight = np.float32(TEMPO_WEIGHTS[example.entry.bpm_trust])
        return np.ascontiguousarray(augment.masks(heard, rng, 0.2, 0.0).T), target, weight


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
        return LabelledBatch(*(torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True)))

    def _crop(self, example: Example, n_frames: int, rng: np.random.Generator) -> tuple[Array, ...]:
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


def _evaluate_classes(
    development: Sequence[Example], feature: str, score: Callable[[Example, Array], dict[str, float]]
) -> Callable[[nn.Module], dict[str, float]]:
    """Means of a score over whole development recordings, by corpus."""

    @torch.inference_mode()
    def evaluate(network: nn.Module) -> dict[str, float]:
        network.eval()
        sums: dict[str, list[float]] = {}
        for example in development:
            array = getattr(example.features, feature)[:6000].astype(np.float32).T
            probability = torch.softmax(network(torch.from_numpy(array.copy())[None]).float(), dim=1)[0].numpy()
            for name, value in score(example, probability).items():
                sums.setdefault(f"{name}_{example.entry.corpus}", []).append(value)
        return {name: float(np.mean(values)) for name, values in sums.items()}

    return evaluate


def train_tempo(cache: Path, run: Path, config_path: Path = CONFIG) -> nn.Module:
    """Trains the rhythm branch."""
    config = tomllib.loads(config_path.read_text())
    spec = network_spec(config)
    examples = load_examples(cache, config["tempo"]["corpora"], ["mel128"], None)
    labelled = [e for e in examples if e.entry.bpm is not None and not (e.entry.stem and e.entry.bpm_trust == "asked_for")]
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
    return Trainer(branch, loop, run, batches, distribution_loss, _evaluate_classes(exact, "mel128", score)).fit()


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
    evaluate = _evaluate_classes(trusted, "log_frequency", score)
    return Trainer(branch, loop, run, batches, distribution_loss, evaluate).fit()


def assemble(trunk: nn.Module, rhythm: nn.Module, harmony: nn.Module, spec: ShortChunkResSpec) -> ShortChunkRes:
    """One network for inference from the three trained parts."""
    network = ShortChunkRes(spec)
    assert isinstance(trunk, TrunkLearner)
    network.trunk.load_state_dict(trunk.trunk.state_dict())
    network.embedding.load_state_dict(trunk.embedding.state_dict())
    network.energy.load_state_dict(trunk.energy.state_dict())
    network.rhythm.load_state_dict(rhythm.state_dict())
    network.harmony.load_state_dict(harmony.state_dict())
    return network.eval()
