"""Texture: a teacher's embeddings, whitened, as targets for the network's own embedding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.dataset import Example

Array = NDArray[np.float32]
N_COMPONENTS = 96
WHITENING = 0.5  # 0 keeps the variances, 1 makes them equal
STRETCH_SECONDS = 10.0


@dataclass(frozen=True)
class Textures:
    """Teacher embeddings of every recording.

    Attributes:
        mean: ``(384,)`` float32, over recorded and generated music.
        projection: ``(384, dim)`` float32, onto partly whitened principal components.
        real: track id -> (start seconds ``(n,)``, embeddings ``(n, 384)``).
    """

    mean: Array
    projection: Array
    real: Mapping[str, tuple[Array, Array]]

    @property
    def dim(self) -> int:
        """Length of a texture target."""
        return int(self.projection.shape[1])

    @classmethod
    def fit(cls, training: Sequence[Example], teachers: Path) -> Textures:
        """Principal components over training examples; ``teachers`` holds ``embedding.npz`` of real music."""
        real = _read(teachers / "embedding.npz")
        rows = [real[e.entry.id][1] for e in training if e.entry.id in real]
        rows += [e.features.texture.astype(np.float32) for e in training if e.features.texture is not None]
        stacked = np.concatenate(rows)
        mean = stacked.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov((stacked - mean).T))
        top = np.argsort(values)[::-1][:N_COMPONENTS]
        projection = vectors[:, top] / np.maximum(values[top], 1e-6) ** (0.5 * WHITENING)
        return cls(mean.astype(np.float32), projection.astype(np.float32), real)

    def at(self, example: Example, centre_seconds: float) -> Array:
        """Target at a time, ``(dim,)`` unit-norm; zeros where the teacher has not listened."""
        if example.entry.id in self.real:
            starts, rows = self.real[example.entry.id]
            row = rows[max(0, int(np.searchsorted(starts, centre_seconds, side="right")) - 1)]
        elif example.features.texture is not None:
            rows = example.features.texture.astype(np.float32)
            row = rows[min(len(rows) - 1, int(centre_seconds / STRETCH_SECONDS))]
        else:
            return np.zeros(self.dim, dtype=np.float32)
        return self.project(row)

    def project(self, embedding: Array) -> Array:
        """Teacher embeddings ``(..., 384)`` as unit-norm targets ``(..., dim)``."""
        projected = (embedding - self.mean) @ self.projection
        result: Array = projected / np.maximum(np.linalg.norm(projected, axis=-1, keepdims=True), 1e-9)
        return result


def _read(path: Path) -> dict[str, tuple[Array, Array]]:
    with np.load(path) as file:
        tracks, starts = file["track"], file["start_seconds"].astype(np.float32)
        embeddings = file["embedding"].astype(np.float32)
    result = {}
    for track in dict.fromkeys(tracks.tolist()):
        rows = np.flatnonzero(tracks == track)
        rows = rows[np.argsort(starts[rows], kind="stable")]
        result[str(track)] = (starts[rows], embeddings[rows])
    return result
