"""Small honest fakes of the ports: they really listen and really search, only in a simple way.

The HTTP API and the command line are tested through them, in milliseconds and without weights.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segue.audio.chunks import chunk
from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.bars import BarGrid
from segue.codebook import CodeFrequencies
from segue.errors import SpaceMismatch, TrackNotFound
from segue.key import Key, KeyEstimate
from segue.ports import Hit, NewTrack, Space, TrackChanges
from segue.segments import parts_of
from segue.shelf.memory import MemoryCollections, MemoryPlays, MemoryPresets
from segue.shelf.memory_map import MemoryMap
from segue.tags import TagScores, TagVocabulary
from segue.tempo import TempoEstimate
from segue.track import Hearing, Track
from segue.where import Where

FAKE_VOCABULARY = TagVocabulary(
    labels=(
        "genre---ambient",
        "genre---electronic",
        "genre---house",
        "genre---techno",
        "instrument---bass",
        "instrument---drums",
        "instrument---piano",
        "instrument---strings",
    ),
    thresholds=(0.5,) * 8,
)


def _band_levels(samples: NDArray[np.float32], n_bands: int) -> NDArray[np.float32]:
    """Share of energy in log-spaced bands, ``(n_bands,)`` float32 summing to 1."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    edges = np.geomspace(1, len(power), n_bands + 1).astype(int)
    levels = np.add.reduceat(power, edges[:-1])
    return (levels / max(float(levels.sum()), 1e-12)).astype(np.float32)


class FakeTagger:
    """Scores tags by the share of energy in frequency bands."""

    name = "fake-tagger@0"
    vocabulary = FAKE_VOCABULARY

    def tag(self, waveform: Waveform) -> TagScores:
        """Square root of the share of energy in one band for each tag."""
        return TagScores(self.vocabulary, np.sqrt(_band_levels(waveform.samples, len(self.vocabulary.labels))))


class FakeEmbedder:
    """Embeds chunks by band levels; tempo and key follow from level and the loudest partial."""

    name = "fake-embedder@0"
    dim = 16

    def embed(self, waveform: Waveform) -> Hearing:
        """Band levels of each one-second chunk; its words are the loudest band and the loudest quarter."""
        rows = np.stack([_band_levels(piece, self.dim) for piece in chunk(waveform.samples, SAMPLE_RATE)])
        loudest = rows.argmax(axis=1)
        peak_hz = float(np.argmax(np.abs(np.fft.rfft(waveform.samples)))) / waveform.duration_seconds
        tonic = round(12 * float(np.log2(max(peak_hz, 20.0) / 440.0)) + 9) % 12
        rms = float(np.sqrt(np.mean(waveform.samples**2)))
        tempo = TempoEstimate(round(90 + 60 * min(1.0, rms), 1), 0.5)
        return Hearing(
            chunk_embeddings=rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9),
            tempo=tempo,
            key=KeyEstimate(Key(tonic, "minor"), 0.5),
            energy=min(1.0, 2 * rms),
            bars=_bars(waveform, tempo),
            codes=np.stack([loudest, self.dim + loudest // 4], axis=1).astype(np.int16),
        )


def _bars(waveform: Waveform, tempo: TempoEstimate) -> BarGrid | None:
    """Bars of four beats from the first sample on, with the level of each; None where there are fewer than two."""
    n_samples = int(4 * 60 / tempo.bpm * SAMPLE_RATE)
    pieces = waveform.samples[: len(waveform.samples) // n_samples * n_samples].reshape(-1, n_samples)
    if len(pieces) < 2:
        return None
    levels = np.sqrt((pieces**2).mean(axis=1))
    starts = (np.arange(len(pieces)) * (n_samples / SAMPLE_RATE)).astype(np.float32)
    return BarGrid(starts, (levels / max(float(levels.max()), 1e-12)).astype(np.float32), 0, tempo.confidence)


class MemoryCatalogue:
    """The catalogue's contract in its plainest form: a dictionary and a loop."""

    def __init__(self, space: Space, vocabulary: TagVocabulary) -> None:
        self.space = space
        self.vocabulary = vocabulary
        self._tracks: dict[str, Track] = {}
        self._new: dict[str, NewTrack] = {}
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._n_added = 0
        self.collections = MemoryCollections(self._tracks)
        self.plays = MemoryPlays(self._tracks)
        self.presets = MemoryPresets()
        self.map = MemoryMap(self._tracks, self._vectors, vocabulary)

    def add(self, new: NewTrack) -> Track:
        """Stores a track; the same content hash again updates its path."""
        if new.vector.shape != (self.space.dim,):
            raise SpaceMismatch(f"The vector has shape {new.vector.shape}; this catalogue holds ({self.space.dim},).")
        known = self.find(new.analysis.content_hash)
        if known is not None:
            description = replace(known.description, path=new.description.path or known.description.path)
            self._tracks[known.id] = replace(known, description=description)
            return self._tracks[known.id]
        self._n_added += 1
        heard = new.analysis.hearing
        track = Track(
            id=f"{self._n_added:026d}",
            content_hash=new.analysis.content_hash,
            description=new.description,
            added_at=time.time(),
            duration_seconds=new.analysis.duration_seconds,
            tags=new.analysis.tags,
            estimated_tempo=heard.tempo,
            estimated_key=heard.key,
            energy=heard.energy,
        )
        self._tracks[track.id], self._new[track.id], self._vectors[track.id] = track, new, new.vector
        return track

    def update(self, track_id: str, changes: TrackChanges) -> Track:
        """Changes a track."""
        self._tracks[track_id] = replace(
            self.get(track_id),
            description=changes.description,
            bpm_override=changes.bpm_override,
            key_override=changes.key_override,
        )
        self._vectors[track_id] = changes.vector
        return self._tracks[track_id]

    def remove(self, track_id: str) -> None:
        """Deletes a track."""
        self.get(track_id)
        del self._tracks[track_id], self._new[track_id], self._vectors[track_id]

    def get(self, track_id: str) -> Track:
        """One track."""
        try:
            return self._tracks[track_id]
        except KeyError:
            raise TrackNotFound(f"There is no track {track_id!r} in this catalogue.") from None

    def vector(self, track_id: str) -> NDArray[np.float32]:
        """Its track vector."""
        self.get(track_id)
        return self._vectors[track_id]

    def chunk_embeddings(self, track_id: str) -> NDArray[np.float16]:
        """Its chunk embeddings."""
        self.get(track_id)
        return self._new[track_id].analysis.hearing.chunk_embeddings.astype(np.float16)

    def many_chunk_embeddings(self, track_ids: Sequence[str]) -> dict[str, NDArray[np.float16]]:
        """Track id -> chunk embeddings, for those that are there."""
        return {track_id: self.chunk_embeddings(track_id) for track_id in track_ids if track_id in self._tracks}

    def chunk_codes(self, track_ids: Sequence[str]) -> dict[str, NDArray[np.int16]]:
        """Track id -> words of its chunks, for those that have any."""
        codes = {
            track_id: self._new[track_id].analysis.hearing.codes for track_id in track_ids if track_id in self._new
        }
        return {track_id: words for track_id, words in codes.items() if words.size}

    def code_frequencies(self, until_id: str | None = None) -> CodeFrequencies:
        """In how many tracks each word occurs, counted anew."""
        frequencies = CodeFrequencies()
        for track_id, new in self._new.items():
            if until_id is None or track_id <= until_id:
                frequencies = frequencies.including(new.analysis.hearing.codes)
        return frequencies

    def bars(self, track_id: str) -> BarGrid | None:
        """Where its bars begin."""
        self.get(track_id)
        return self._new[track_id].analysis.hearing.bars

    def find(self, content_hash: str) -> Track | None:
        """The track with that content hash."""
        return next((track for track in self._tracks.values() if track.content_hash == content_hash), None)

    def page(self, limit: int, after: str | None = None) -> list[Track]:
        """Tracks in order of id."""
        return [self._tracks[i] for i in sorted(self._tracks) if after is None or i > after][:limit]

    def newest(self) -> str | None:
        """Id of the track that arrived last."""
        return max(self._tracks, default=None)

    def count(self, where: Where | None = None) -> int:
        """How many tracks there are, or meet the conditions."""
        return len(self._passing(where or Where()))

    def energies(self, where: Where) -> NDArray[np.float64]:
        """Energies of those that meet the conditions, rising."""
        return np.sort(np.array([track.energy for track in self._passing(where)], dtype=np.float64))

    def nearest(
        self,
        query: NDArray[np.float32],
        where: Where,
        k: int,
        min_score: float | None = None,
        after: tuple[float, str] | None = None,
    ) -> list[Hit]:
        """The k nearest that meet the conditions."""
        hits = [
            Hit(track, self._vectors[track.id], float(np.dot(query, self._vectors[track.id])))
            for track in self._passing(where)
        ]
        if min_score is not None:
            hits = [hit for hit in hits if hit.score >= min_score]
        if after is not None:
            hits = [hit for hit in hits if (-hit.score, hit.track.id) > (-after[0], after[1])]
        return sorted(hits, key=lambda hit: (-hit.score, hit.track.id))[:k]

    def nearest_by_parts(
        self, query: NDArray[np.float32], windows: NDArray[np.float32], weight: float, where: Where, k: int
    ) -> list[Hit]:
        """The k that have a passage like one of the query's."""
        hits = []
        for track in self._passing(where):
            vector = self._vectors[track.id]
            parts = parts_of(self.chunk_embeddings(track.id).astype(np.float32))
            hits.append(Hit(track, vector, float(np.dot(query, vector)) + weight * float((parts @ windows.T).max())))
        return sorted(hits, key=lambda hit: (-hit.score, hit.track.id))[:k]

    def close(self) -> None:
        """Nothing to give back."""

    def _passing(self, where: Where) -> list[Track]:
        return [
            track
            for track in self._tracks.values()
            if where.passes(track, self.collections.holding(track.id), self.plays.last_played(track.id))
        ]
