"""Ports: what the domain asks of the networks, the decoder and the catalogue.

Each has a small honest fake in :mod:`segue.fakes`, which the HTTP API and the command line are tested with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segue.audio.waveform import Waveform
from segue.bars import BarGrid
from segue.codebook import CodeFrequencies
from segue.key import Key
from segue.shelf.collection import Collections
from segue.shelf.map import TrackMap
from segue.shelf.play import Plays
from segue.shelf.preset import Presets
from segue.tags import TagScores, TagVocabulary
from segue.track import Analysis, Description, Hearing, Track
from segue.where import Where


@dataclass(frozen=True)
class Decoded:
    """A decoded file.

    Attributes:
        waveform: mono at 16 kHz.
        content_hash: sha256 of the decoded audio, hex.
        description: title, artist and album as the file's own metadata tell; no path.
        container: for example ``"mp3"``.
        codec: for example ``"mp3float"``.
    """

    waveform: Waveform
    content_hash: str
    description: Description
    container: str
    codec: str


class AudioDecoder(Protocol):
    """Turns a file into a waveform. Safe to call from several threads."""

    def decode(self, source: Path | bytes) -> Decoded:
        """Decodes a whole file.

        Raises:
            AudioError: what exactly is wrong with the file.
        """
        ...


class Tagger(Protocol):
    """Hears genre and instruments of a whole track."""

    @property
    def name(self) -> str:
        """Model name and checkpoint hash, ``crnn@1a2b3c4d5e6f``."""
        ...

    @property
    def vocabulary(self) -> TagVocabulary:
        """The tags it scores and their thresholds."""
        ...

    def tag(self, waveform: Waveform) -> TagScores:
        """Scores the whole vocabulary."""
        ...


class Embedder(Protocol):
    """Hears texture, tempo, key and energy of a whole track, chunk by chunk."""

    @property
    def name(self) -> str:
        """Model name and checkpoint hash."""
        ...

    @property
    def dim(self) -> int:
        """Length of a chunk embedding."""
        ...

    def embed(self, waveform: Waveform) -> Hearing:
        """Embeds every chunk and pools tempo, key and energy over the track."""
        ...


@dataclass(frozen=True)
class Space:
    """What makes vectors comparable; stored with every catalogue.

    Attributes:
        tagger: model name and checkpoint hash.
        embedder: model name and checkpoint hash.
        layout: version of the mixer's block layout.
        dim: length of a track vector.
    """

    tagger: str
    embedder: str
    layout: str
    dim: int


@dataclass(frozen=True)
class NewTrack:
    """A track to be stored.

    Attributes:
        analysis: everything that was heard.
        description: title, artist, album, path.
        vector: track vector, ``(dim,)`` float32.
    """

    analysis: Analysis
    description: Description
    vector: NDArray[np.float32]


@dataclass(frozen=True)
class TrackChanges:
    """New values for a stored track; the whole new state of the fields an owner may change.

    Attributes:
        description: title, artist, album, path.
        bpm_override: None means the estimate counts.
        key_override: None means the estimate counts.
        vector: the track vector that follows from them, ``(dim,)`` float32.
    """

    description: Description
    bpm_override: float | None
    key_override: Key | None
    vector: NDArray[np.float32]


@dataclass(frozen=True)
class Hit:
    """One result of a search.

    Attributes:
        track: the track.
        vector: its track vector, ``(dim,)`` float32.
        score: inner product with the query.
    """

    track: Track
    vector: NDArray[np.float32]
    score: float


class Catalogue(Protocol):
    """Records and vectors with filtered search: one writer, many readers, durable when a call returns."""

    @property
    def space(self) -> Space:
        """The space all its vectors belong to."""
        ...

    @property
    def vocabulary(self) -> TagVocabulary:
        """The vocabulary its tag scores belong to, with the thresholds that make tags active."""
        ...

    @property
    def collections(self) -> Collections:
        """Tracks put together by their owner."""
        ...

    @property
    def map(self) -> TrackMap:
        """Its tracks as points on a plane."""
        ...

    @property
    def plays(self) -> Plays:
        """What was played, and when."""
        ...

    @property
    def presets(self) -> Presets:
        """Weights of the mixer under names."""
        ...

    def add(self, new: NewTrack) -> Track:
        """Stores a track; the same content hash again updates its path and answers the stored track."""
        ...

    def update(self, track_id: str, changes: TrackChanges) -> Track:
        """Changes a track. Raises TrackNotFound."""
        ...

    def remove(self, track_id: str) -> None:
        """Deletes a track. Raises TrackNotFound."""
        ...

    def get(self, track_id: str) -> Track:
        """One track. Raises TrackNotFound."""
        ...

    def vector(self, track_id: str) -> NDArray[np.float32]:
        """Its track vector, ``(dim,)`` float32. Raises TrackNotFound."""
        ...

    def chunk_embeddings(self, track_id: str) -> NDArray[np.float16]:
        """Its chunk embeddings, ``(n_chunks, sound_dim)`` float16. Raises TrackNotFound."""
        ...

    def many_chunk_embeddings(self, track_ids: Sequence[str]) -> dict[str, NDArray[np.float16]]:
        """Track id -> chunk embeddings, for those that are there."""
        ...

    def chunk_codes(self, track_ids: Sequence[str]) -> dict[str, NDArray[np.int16]]:
        """Track id -> words of its chunks, ``(n_chunks, n_levels)`` int16, for those that have any."""
        ...

    def code_frequencies(self, until_id: str | None = None) -> CodeFrequencies:
        """In how many of its tracks each word occurs; tracks without words, or behind ``until_id``, do not count."""
        ...

    def bars(self, track_id: str) -> BarGrid | None:
        """Where its bars and phrases begin; None where nothing heard them. Raises TrackNotFound."""
        ...

    def find(self, content_hash: str) -> Track | None:
        """The track with that content hash."""
        ...

    def newest(self) -> str | None:
        """Id of the track that arrived last; None in an empty catalogue."""
        ...

    def page(self, limit: int, after: str | None = None) -> list[Track]:
        """Tracks in order of id, those behind ``after`` only."""
        ...

    def count(self, where: Where | None = None) -> int:
        """How many tracks there are, or meet the conditions."""
        ...

    def energies(self, where: Where) -> NDArray[np.float64]:
        """Energies of the tracks that meet the conditions, ``(n,)`` float64, rising."""
        ...

    def nearest(
        self,
        query: NDArray[np.float32],
        where: Where,
        k: int,
        min_score: float | None = None,
        after: tuple[float, str] | None = None,
    ) -> list[Hit]:
        """The k tracks of largest inner product among those that meet the conditions.

        Args:
            query: ``(dim,)`` float32.
            where: hard conditions.
            k: at most so many hits.
            min_score: hits below are left out.
            after: score and track id of a hit; only what comes behind it is answered.

        Returns:
            Largest score first, equal scores by track id.
        """
        ...

    def nearest_by_parts(
        self, query: NDArray[np.float32], windows: NDArray[np.float32], weight: float, where: Where, k: int
    ) -> list[Hit]:
        """The k tracks that meet the conditions and have a passage like one of the query's.

        Args:
            query: ``(dim,)`` float32, for everything beside the passage.
            windows: passages of the query as ``segue.segments.windows_of`` makes them, ``(n, sound_dim)`` float32.
            weight: how much the passage counts.
            where: hard conditions.
            k: at most so many hits.

        Returns:
            Hits whose ``score`` is the inner product with the query plus the weight times the largest cosine between a
            window and one of the track's parts (``segue.segments.parts_of``); largest first.
        """
        ...

    def close(self) -> None:
        """Gives files and memory back."""
        ...


def iterate(catalogue: Catalogue, page_size: int = 500) -> Iterator[Track]:
    """Every track of a catalogue, page by page, in order of id."""
    after: str | None = None
    while tracks := catalogue.page(page_size, after):
        yield from tracks
        after = tracks[-1].id
