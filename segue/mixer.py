"""The mixer: every slider is a weight on one inner product.

A track vector is the concatenation of one unit-norm block per axis. A query is the same
concatenation with block i scaled by weight w_i, the weights summing to 1. One inner product is then
``sum of w_i cos_i``: moving a slider is a new query, never a new index, and the cosines are the reasons.

    sound   the embedder's vector                      texture, rhythm, everything learnt
    tags    tag scores relative to their thresholds    shared genre and instruments
    tempo   harmonics of the angle 2 pi log2(bpm)      87 and 174 meet; a small part prefers the same octave
    key     a factor of the key compatibility matrix   harmonic mixing
    energy  a point on a quarter circle                nearness in energy
    segue   how the track begins                       how well it follows; the query holds how it *ends*

All but the last block are the same in a track and in a query for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from segue.errors import InvalidRequest
from segue.key import N_KEYS, Key, compatibility_factor
from segue.tags import TagScores
from segue.tempo import MAX_BPM, MIN_BPM

Vector = NDArray[np.float32]

LAYOUT = "sound-tags-tempo-key-energy-segue/2"
"""Version of the block layout, part of the catalogue's space: change it when any encoding changes."""

AXES = ("sound", "tags", "tempo", "key", "energy", "segue")
N_TEMPO_HARMONICS = 5
SAME_OCTAVE_SHARE = 0.15  # of the tempo block's squared length


@dataclass(frozen=True)
class Weights:
    """How much each axis counts; only the ratios matter, 0 silences an axis entirely.

    The defaults were chosen by measuring: of the mixtures tried on the training split, the one with the largest sum of
    right genre, tempo and key among the first five that gives away at most 0.02 of genre (docs/evaluation.md).

    Raises:
        InvalidRequest: a negative or non-finite weight, or all of them 0.
    """

    sound: float = 0.4
    tags: float = 0.2
    tempo: float = 0.15
    key: float = 0.17
    energy: float = 0.08
    segue: float = 0.0

    def __post_init__(self) -> None:
        for axis, weight in asdict(self).items():
            if not (math.isfinite(weight) and weight >= 0):
                raise InvalidRequest(f"The weight of {axis} is {weight}; weights are 0 or more.")
        if not any(asdict(self).values()):
            raise InvalidRequest("All weights are 0; at least one axis must count.")

    def shares(self) -> dict[str, float]:
        """Axis -> weight, scaled to sum to 1."""
        weights = asdict(self)
        largest = max(weights.values())  # scaled first, so that huge weights cannot overflow
        total = sum(weight / largest for weight in weights.values())
        return {axis: weight / largest / total for axis, weight in weights.items()}


@dataclass(frozen=True)
class Features:
    """What a track vector is made of.

    Attributes:
        sound: ``(sound_dim,)`` float32, unit-norm.
        tags: scores of the vocabulary.
        tempo_bpm: beats per minute, > 0.
        key: the key.
        energy: in [0, 1].
        intro: embedding of the beginning, ``(sound_dim,)`` float32, unit-norm.
    """

    sound: Vector
    tags: TagScores
    tempo_bpm: float
    key: Key
    energy: float
    intro: Vector


@dataclass(frozen=True)
class Mixer:
    """Encodes tracks and queries as vectors of one layout.

    Attributes:
        sound_dim: length of the embedder's vector.
        n_tags: length of the tagger's vocabulary.
    """

    sound_dim: int
    n_tags: int

    @classmethod
    def of_dim(cls, dim: int, n_tags: int) -> Mixer:
        """The mixer whose track vectors have a length. Raises ValueError."""
        doubled = dim - cls(0, n_tags).dim
        if doubled <= 0 or doubled % 2:
            raise ValueError(f"No track vector with {n_tags} tags has {dim} dimensions.")
        return cls(doubled // 2, n_tags)

    @cached_property
    def blocks(self) -> dict[str, slice]:
        """Axis -> its columns."""
        lengths = (self.sound_dim, self.n_tags, 2 * N_TEMPO_HARMONICS + 2, N_KEYS, 2, self.sound_dim)
        ends = np.cumsum(lengths).tolist()
        return {axis: slice(end - n, end) for axis, n, end in zip(AXES, lengths, ends, strict=True)}

    @property
    def dim(self) -> int:
        """Length of a track vector."""
        return int(self.blocks["segue"].stop)

    def encode(self, features: Features) -> Vector:
        """Track vector, ``(dim,)`` float32: one unit-norm block per axis."""
        parts = (
            unit(features.sound),
            unit(features.tags.relative()),
            tempo_block(features.tempo_bpm),
            compatibility_factor()[features.key.index],
            energy_block(features.energy),
            unit(features.intro),
        )
        return np.concatenate(parts).astype(np.float32)

    def followed_by(self, vector: Vector, outro: Vector) -> Vector:
        """The same track vector turned to what may follow it: ``outro``, ``(sound_dim,)``, in place of its intro."""
        turned = vector.copy()
        turned[self.blocks["segue"]] = unit(outro)
        return turned

    def query(self, vector: Vector, weights: Weights) -> Vector:
        """The query for a track vector, ``(dim,)`` float32: block i times the weight of axis i."""
        query = vector.copy()
        shares = weights.shares()
        for axis, block in self.blocks.items():
            query[block] *= np.float32(shares[axis])
        return query

    def components(self, a: Vector, b: Vector) -> dict[str, float]:
        """Axis -> cosine of two track vectors' blocks, in [-1, 1]."""
        return {axis: min(1.0, max(-1.0, float(np.dot(a[block], b[block])))) for axis, block in self.blocks.items()}

    def retune(self, vector: Vector, tempo_bpm: float, key: Key) -> Vector:
        """The same track vector with another tempo and key, for the owner's overrides."""
        retuned = vector.copy()
        retuned[self.blocks["tempo"]] = tempo_block(tempo_bpm)
        retuned[self.blocks["key"]] = compatibility_factor()[key.index]
        return retuned


def similarity(score: float) -> float:
    """The inner product of a query and a track vector, brought to [0, 1]; opposites (below 0) count as 0."""
    return min(1.0, max(0.0, score))


def unit(vector: Vector) -> Vector:
    """The vector scaled to length 1; zeros stay zeros."""
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else vector


def direction_of_sum(parts: Sequence[tuple[Vector, float]]) -> Vector:
    """Weighted sum of vectors, scaled to length 1; zeros where they cancel out, whatever rounding leaves of them.

    Args:
        parts: vectors of length 1 (or 0), ``(n,)`` float32, with their weights.
    """
    total = np.sum([weight * vector.astype(np.float64) for vector, weight in parts], axis=0)
    length = float(np.linalg.norm(total))
    is_left = length > 1e-9 * sum(abs(weight) for _, weight in parts)
    return np.asarray(total / length if is_left else np.zeros(len(total)), dtype=np.float32)


def tempo_block(tempo_bpm: float) -> Vector:
    """Unit vector whose inner products fall with tempo distance, octaves apart staying near.

    Harmonics 1..5 of ``2 pi log2(bpm)`` with Fejer weights make a periodic bump that falls to half
    at about 5 %; a quarter circle over the analysed range adds the preference for the same octave
    (tempi outside ``MIN_BPM`` to ``MAX_BPM`` sit at its ends).

    Args:
        tempo_bpm: beats per minute, > 0.

    Returns:
        ``(2 * N_TEMPO_HARMONICS + 2,)`` float32.
    """
    octaves = math.log2(tempo_bpm)
    k = np.arange(1, N_TEMPO_HARMONICS + 1)
    shares = N_TEMPO_HARMONICS + 1.0 - k
    lengths = np.sqrt((1.0 - SAME_OCTAVE_SHARE) * shares / shares.sum())
    angles = 2 * math.pi * k * octaves
    span = math.log2(MAX_BPM / MIN_BPM)
    height = 0.5 * math.pi * min(1.0, max(0.0, (octaves - math.log2(MIN_BPM)) / span))
    octave_part = math.sqrt(SAME_OCTAVE_SHARE) * np.array([math.cos(height), math.sin(height)])
    return np.concatenate([lengths * np.cos(angles), lengths * np.sin(angles), octave_part]).astype(np.float32)


def energy_block(energy: float) -> Vector:
    """A point on a quarter circle, ``(2,)`` float32: equal energies give 1, calm and full blast give 0."""
    angle = 0.5 * math.pi * min(1.0, max(0.0, energy))
    return np.array([math.cos(angle), math.sin(angle)], dtype=np.float32)
