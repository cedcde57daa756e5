"""Track: what the catalogue knows of a recording, and what analysis heard in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from segue.bars import BarGrid
from segue.key import Key, KeyEstimate
from segue.tags import TagScores
from segue.tempo import TempoEstimate

EDGE_CHUNKS = 4  # chunks that make a track's beginning or end: 14.8 s, 8 bars at 130 bpm


@dataclass(frozen=True)
class Hearing:
    """What the embedder heard in a whole track.

    Attributes:
        chunk_embeddings: ``(n_chunks, dim)`` float32, rows unit-norm, in playing order.
        tempo: pooled over the track and refined.
        key: pooled over the track and refined.
        energy: in [0, 1].
        tags: label -> score in [0, 1], a second opinion on the tagger's; empty where the embedder has none.
        bars: where bars and phrases begin; None where the embedder does not hear them.
        codes: nearest entry of each level of the codebook for each chunk, ``(n_chunks, n_levels)`` int16, no
            number twice between levels; ``n_levels`` is 0 where the embedder has no codebook.
    """

    chunk_embeddings: NDArray[np.float32]
    tempo: TempoEstimate
    key: KeyEstimate
    energy: float
    tags: Mapping[str, float] = field(default_factory=dict)
    bars: BarGrid | None = None
    codes: NDArray[np.int16] = field(default_factory=lambda: np.empty((0, 0), dtype=np.int16))


@dataclass(frozen=True)
class Analysis:
    """Everything that both networks heard in a whole track.

    Attributes:
        content_hash: sha256 of the decoded audio, hex; the same recording has the same.
        duration_seconds: of the decoded audio.
        tags: scores of the whole vocabulary, both networks having had their say.
        hearing: embedding, tempo, key and energy.
    """

    content_hash: str
    duration_seconds: float
    tags: TagScores
    hearing: Hearing

    @cached_property
    def sound(self) -> NDArray[np.float32]:
        """Track embedding: mean of the chunk embeddings, ``(dim,)`` float32, unit-norm."""
        return mean_direction(self.hearing.chunk_embeddings)

    @cached_property
    def intro(self) -> NDArray[np.float32]:
        """Embedding of the first 14.8 s, ``(dim,)`` float32, unit-norm."""
        return mean_direction(self.hearing.chunk_embeddings[:EDGE_CHUNKS])

    @cached_property
    def outro(self) -> NDArray[np.float32]:
        """Embedding of the last 14.8 s, ``(dim,)`` float32, unit-norm."""
        return mean_direction(self.hearing.chunk_embeddings[-EDGE_CHUNKS:])


@dataclass(frozen=True)
class Description:
    """What people say of a track, as far as known.

    Attributes:
        title: name of the track.
        artist: who made it.
        album: where it was released.
        path: the file it was read from, absolute; None for uploads.
    """

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    path: str | None = None


@dataclass(frozen=True)
class Track:
    """One recording in the catalogue.

    Attributes:
        id: made by the catalogue, sorts by time of arrival.
        content_hash: sha256 of the decoded audio, hex; unique in the catalogue.
        description: title, artist, album, path.
        added_at: seconds since the epoch, UTC.
        duration_seconds: of the decoded audio.
        tags: scores of the whole vocabulary.
        estimated_tempo: what analysis heard.
        estimated_key: what analysis heard.
        energy: in [0, 1].
        bpm_override: the owner's word, which wins over the estimate.
        key_override: the owner's word, which wins over the estimate.
    """

    id: str
    content_hash: str
    description: Description
    added_at: float
    duration_seconds: float
    tags: TagScores
    estimated_tempo: TempoEstimate
    estimated_key: KeyEstimate
    energy: float
    bpm_override: float | None = None
    key_override: Key | None = None

    @property
    def tempo(self) -> TempoEstimate:
        """The owner's tempo with confidence 1 where given, else the estimate."""
        if self.bpm_override is None:
            return self.estimated_tempo
        return TempoEstimate(self.bpm_override, 1.0)

    @property
    def key(self) -> KeyEstimate:
        """The owner's key with confidence 1 where given, else the estimate."""
        return self.estimated_key if self.key_override is None else KeyEstimate(self.key_override, 1.0)


def mean_direction(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    """Mean of embeddings scaled to length 1, ``(n, dim)`` -> ``(dim,)`` float32; zeros stay zeros."""
    mean = rows.astype(np.float32).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)
