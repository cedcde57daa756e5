"""Codebook: the vocabulary of sounds that chunks are counted by, and track vectors weighted by it.

A chunk is a word: the entry of the codebook that its embedding is nearest to, as in visual search (Sivic & Zisserman,
"Video Google: a text retrieval approach to object matching in videos", ICCV 2003). How much a chunk counts follows
from how many tracks hold its word, as in text retrieval (Salton & Buckley, "Term-weighting approaches in automatic
text retrieval", Information Processing & Management 24(5), 1988). The idea of doing so for the parts of a track, and of
an epsilon that says how alike two parts must be to count as the same, is Deej-A.I.'s (Robert Dargavel Smith).

The codebook is learnt once, in training, and the catalogue keeps whole numbers: in how many tracks each word
occurs. So the order in which tracks are added leaves no trace, removing one undoes adding it, and a library of one
track has weights like any other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from segue.errors import CheckpointInvalid
from segue.track import mean_direction

Floats = NDArray[np.float32]
Codes = NDArray[np.int16]

NO_CODES: Codes = np.empty((0, 0), dtype=np.int16)
"""The codes of a track whose words nobody knows."""


@dataclass(frozen=True)
class Codebook:
    """Nested levels of words: every word of a level belongs to one of the next, coarser level.

    Attributes:
        centroids: of the finest level, ``(n, dim)`` float32.
        parents: level by level, the row in the next level of each word, ``(n_words,)`` int16; one array fewer than
            there are levels.

    Raises:
        CheckpointInvalid: arrays that do not fit together.
    """

    centroids: Floats
    parents: tuple[Codes, ...] = ()

    def __post_init__(self) -> None:
        if self.centroids.ndim != 2 or not self.centroids.size or not np.isfinite(self.centroids).all():
            raise CheckpointInvalid(f"The centroids have shape {self.centroids.shape}; finite (n, dim) is needed.")
        for size, parents in zip(self.sizes, self.parents, strict=False):
            known = set(parents.tolist())
            if parents.shape != (size,) or known != set(range(len(known))):
                raise CheckpointInvalid(f"A level of {size} words has parents of shape {parents.shape} or with gaps.")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Words of each level, the finest first."""
        return (len(self.centroids), *(int(parents.max(initial=-1)) + 1 for parents in self.parents))

    @property
    def dim(self) -> int:
        """Length of the embeddings it is for."""
        return int(self.centroids.shape[1])

    def assign(self, chunk_embeddings: Floats) -> Codes:
        """The word of each chunk at each level; words of all levels are numbered through.

        Args:
            chunk_embeddings: ``(n_chunks, dim)`` float32.

        Returns:
            ``(n_chunks, n_levels)`` int16, the finest level first.
        """
        nearness = chunk_embeddings @ self.centroids.T - 0.5 * np.square(self.centroids).sum(axis=1)
        words = [nearness.argmax(axis=1)]
        for parents in self.parents:
            words.append(parents[words[-1]].astype(np.int64))
        firsts = np.cumsum([0, *self.sizes[:-1]])
        codes: Codes = (np.stack(words, axis=1) + firsts).astype(np.int16)
        return codes


@dataclass(frozen=True)
class CodeFrequencies:
    """In how many tracks each word occurs.

    Attributes:
        n_tracks: tracks with words.
        n_with: word -> tracks that hold it; words that no track holds may be left out.
    """

    n_tracks: int = 0
    n_with: Mapping[int, int] = field(default_factory=dict)

    def including(self, codes: Codes) -> CodeFrequencies:
        """The same with one track more, whose codes are given, ``(n_chunks, n_levels)``."""
        if not codes.size:
            return self
        counts = Counter(dict(self.n_with))
        counts.update(np.unique(codes).tolist())
        return CodeFrequencies(self.n_tracks + 1, dict(counts))

    def less(self, others: CodeFrequencies) -> CodeFrequencies:
        """The same without some of the tracks, given as the frequencies among these."""
        counts = {code: count - others.n_with.get(code, 0) for code, count in self.n_with.items()}
        return CodeFrequencies(self.n_tracks - others.n_tracks, {code: n for code, n in counts.items() if n})

    def idf(self, codes: Codes) -> NDArray[np.float64]:
        """Inverse document frequency, ``log((1 + n_tracks) / (1 + n_with)) + 1``: 1 for a word that every track holds.

        Args:
            codes: of any shape; a word that nothing is known of is one that no track holds.
        """
        return self._table[np.minimum(codes, len(self._table) - 1)]

    @cached_property
    def _table(self) -> NDArray[np.float64]:
        """Word -> its inverse document frequency; the last one stands for all words above."""
        n_with = np.zeros(max(self.n_with, default=-1) + 2)
        for code, count in self.n_with.items():
            n_with[code] = min(max(count, 0), self.n_tracks)
        table: NDArray[np.float64] = np.log((1 + self.n_tracks) / (1 + n_with)) + 1.0
        return table


def track_vector(
    chunk_embeddings: NDArray[np.floating], codes: Codes, frequencies: CodeFrequencies, epsilon: float
) -> Floats:
    """The direction of ``sum over chunks of idf(word of the chunk) * embedding``.

    With the chunks of one word taken together this is ``sum over words of tf * idf * their mean``, ``tf`` being how
    often the word occurs in the track: TF-IDF. What is rare in the library counts more than what everything has.

    Args:
        chunk_embeddings: ``(n_chunks, dim)``.
        codes: the word of each chunk at each level, ``(n_chunks, n_levels)``; no levels give the plain mean.
        frequencies: of the library.
        epsilon: how coarse words are, in [0, 1]: 0 takes the finest level, 1 a single word for all there is, which
            is the plain mean exactly. The levels lie evenly between; between two of them the weights, scaled to mean 1
            over the track, are interpolated.

    Returns:
        ``(dim,)`` float32, unit-norm.
    """
    n_levels = codes.shape[1] if codes.size else 0
    finer = min(math.floor(epsilon * n_levels), n_levels)
    share = epsilon * n_levels - finer
    weights = (1 - share) * _weights(codes, finer, frequencies, len(chunk_embeddings))
    if share > 0:
        weights = weights + share * _weights(codes, finer + 1, frequencies, len(chunk_embeddings))
    return mean_direction(chunk_embeddings.astype(np.float32) * weights[:, None].astype(np.float32))


def _weights(codes: Codes, level: int, frequencies: CodeFrequencies, n_chunks: int) -> NDArray[np.float64]:
    """Weight of each chunk by one level, ``(n_chunks,)``, of mean 1; behind the last level all are alike."""
    if not codes.size or level == codes.shape[1]:
        return np.ones(n_chunks)
    idf = frequencies.idf(codes[:, level])
    weights: NDArray[np.float64] = idf / idf.mean()
    return weights
