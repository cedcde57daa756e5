"""Segments: which part of one track resembles which part of another, by their chunks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.audio.chunks import CHUNK_SECONDS
from segue.track import mean_direction

MATCH_CHUNKS = 4  # shortest stretch that is compared: 14.8 s, 8 bars at 130 bpm
PART_CHUNKS = 4  # chunks in a part, by which candidates are found: 14.8 s
_FADES_BY = 0.1  # a stretch is followed for as long as its chunks are at most so much less alike

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class SegmentMatch:
    """The most alike stretches of two tracks, of equal length.

    Attributes:
        query_start_seconds: where it begins in the query.
        query_end_seconds: where it ends there.
        start_seconds: where it begins in the result.
        end_seconds: where it ends there.
        similarity: mean cosine of the chunks of the 14.8 s that match best (of all where one track is shorter).
    """

    query_start_seconds: float
    query_end_seconds: float
    start_seconds: float
    end_seconds: float
    similarity: float


def best_segment(query: Floats, chunks: Floats, query_seconds: float, seconds: float) -> SegmentMatch:
    """The stretches of two tracks that are most alike; the first ones of equals.

    Stretches are compared chunk by chunk: the cosines of 4 chunks in a row are averaged at every pair of offsets, and
    the best pair is followed in both directions for as long as it stays alike.

    Args:
        query: chunk embeddings of the query, ``(n, dim)`` float32, rows unit-norm.
        chunks: chunk embeddings of the result, ``(m, dim)`` float32, rows unit-norm.
        query_seconds: duration of the query.
        seconds: duration of the result.
    """
    cosines = query @ chunks.T
    length = min(MATCH_CHUNKS, *cosines.shape)
    rows, columns = (n - length + 1 for n in cosines.shape)
    means = np.mean([cosines[k : k + rows, k : k + columns] for k in range(length)], axis=0)
    i, j = (int(at) for at in np.unravel_index(np.argmax(means), means.shape))
    similarity = float(means[i, j])
    before, behind = _followed(cosines, i, j, length, similarity - _FADES_BY)
    starts = (_starts_at(i - before, len(query), query_seconds), _starts_at(j - before, len(chunks), seconds))
    ends = (_ends_at(i + length - 1 + behind, query_seconds), _ends_at(j + length - 1 + behind, seconds))
    both = min(end - start for start, end in zip(starts, ends, strict=True))  # a last chunk overlaps the one before it
    return SegmentMatch(starts[0], starts[0] + both, starts[1], starts[1] + both, min(1.0, similarity))


def parts_of(chunks: Floats) -> Floats:
    """Parts of a track: mean directions of 4 chunks in a row, back to back, ``(n_parts, dim)`` float32.

    A remainder of less than half a part belongs to the part before it.
    """
    starts = PART_CHUNKS * np.arange(max(1, round(len(chunks) / PART_CHUNKS)))
    sums = np.add.reduceat(chunks, starts, axis=0)
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def windows_of(chunks: Floats) -> Floats:
    """Every stretch of 4 chunks in a row, as mean directions, ``(n_windows, dim)`` float32."""
    length = min(PART_CHUNKS, len(chunks))
    stretches = [chunks[start : start + length] for start in range(len(chunks) - length + 1)]
    return np.stack([mean_direction(stretch) for stretch in stretches])


def _followed(cosines: Floats, i: int, j: int, length: int, floor: float) -> tuple[int, int]:
    """How many chunks before and behind a match are still alike."""
    before = behind = 0
    while min(i, j) > before and cosines[i - before - 1, j - before - 1] >= floor:
        before += 1
    i, j = i + length, j + length
    while i + behind < cosines.shape[0] and j + behind < cosines.shape[1] and cosines[i + behind, j + behind] >= floor:
        behind += 1
    return before, behind


def _starts_at(chunk: int, n_chunks: int, seconds: float) -> float:
    """Where a chunk begins; the last one lies at the end of the track."""
    latest = max(0.0, seconds - CHUNK_SECONDS)
    return latest if chunk == n_chunks - 1 else min(chunk * CHUNK_SECONDS, latest)


def _ends_at(chunk: int, seconds: float) -> float:
    return min((chunk + 1) * CHUNK_SECONDS, seconds)
