"""Texture: one vector for what the teachers hear, so that neighbours by ear are neighbours by cosine.

Four views of a stretch lie side by side, each of length 1: EfficientAT's embedding, partly whitened; the opinions
of musicnn and of the FCN; and the evidence for our genres. Together, on their principal components, they find more
neighbours of one genre than each alone (docs/training.md has the numbers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.crnn.vocabulary import TAGS
from segue.tags import category_of

Array = NDArray[np.float32]
WHITENING = 0.5  # 0 keeps the variances of the components, 1 makes them equal
_GENRES = np.array([category_of(tag) == "genre" for tag in TAGS])


class Views(NamedTuple):
    """What the teachers say of stretches; all ``(n, ..)`` float32.

    Attributes:
        embedding: ``(n, 384)``.
        jamendo: ``(n, 50)`` logits.
        msd: ``(n, 50)`` logits.
        evidence: ``(n, n_tags)``.
    """

    embedding: Array
    jamendo: Array
    msd: Array
    evidence: Array


@dataclass(frozen=True)
class Projection:
    """Centre, then onto principal components.

    Attributes:
        mean: ``(n_in,)`` float32.
        matrix: ``(n_in, n_out)`` float32.
    """

    mean: Array
    matrix: Array

    @classmethod
    def fit(cls, rows: Array, n_out: int) -> Projection:
        """Partly whitened principal components of ``(n, n_in)``."""
        mean = rows.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov((rows - mean).T))
        top = np.argsort(values)[::-1][:n_out]
        matrix = vectors[:, top] / np.maximum(values[top], 1e-6) ** (0.5 * WHITENING)
        return cls(mean, matrix.astype(np.float32))

    def __call__(self, rows: Array) -> Array:
        """``(n, n_in) -> (n, n_out)``, rows unit-norm."""
        return _unit((rows - self.mean) @ self.matrix)


@dataclass(frozen=True)
class Texture:
    """From the teachers' views to a vector.

    Attributes:
        embedding: of EfficientAT's embedding.
        centres: view -> mean and deviation of each of its columns.
        whole: of the four views side by side.
    """

    embedding: Projection
    centres: Mapping[str, tuple[Array, Array]]
    whole: Projection

    @classmethod
    def fit(cls, views: Views, dim: int) -> Texture:
        """From stretches of the training corpus; ``dim`` is the length of the vector."""
        embedding = Projection.fit(views.embedding, dim)
        centres = {name: (rows.mean(axis=0), rows.std(axis=0) + 1e-6) for name, rows in views._asdict().items()}
        partial = cls(embedding, centres, Projection(np.zeros(0, np.float32), np.zeros((0, 0), np.float32)))
        return cls(embedding, centres, Projection.fit(partial._side_by_side(views), dim))

    def __call__(self, views: Views) -> Array:
        """``(n, dim)`` float32, rows unit-norm."""
        return self.whole(self._side_by_side(views))

    def _side_by_side(self, views: Views) -> Array:
        parts = [
            self.embedding(views.embedding),
            self._standard("jamendo", views.jamendo),
            self._standard("msd", views.msd),
            self._standard("evidence", views.evidence)[:, _GENRES],
        ]
        return np.concatenate([_unit(part) for part in parts], axis=1)

    def _standard(self, name: str, rows: Array) -> Array:
        mean, deviation = self.centres[name]
        standard: Array = (rows - mean) / deviation
        return standard


def _unit(rows: NDArray[np.floating]) -> Array:
    unit: Array = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit
