"""Parts: tracks cut into quarter minutes, so that tracks which share a passage are found among very many.

Comparing every chunk of a query with every chunk of a catalogue is too slow, and the embedding of a whole track says
little of one passage in it. In between, a *part* is the mean direction of 4 chunks in a row (14.8 s). Parts are made of
the stored chunk embeddings when they are first asked for, then kept up to date: float16, 4 KB for 4 minutes.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from index import codec
from index.schema import chunk_embeddings, removals, tracks
from segue.errors import CatalogueCorrupt
from segue.segments import parts_of

_AT_ONCE = 2048  # tracks read at once
_BLOCK = 16_384  # parts compared at once

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


class Parts:
    """The parts of all tracks. Safe to use from several threads.

    All threads share one state. Where a snapshot is older than that, tracks that are gone by now count as having no
    chunks; nothing else differs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._seen = -1
            self._rows: Rows = np.empty(0, dtype=np.int64)  # of each track, rising
            self._counts: Rows = np.empty(0, dtype=np.int64)  # parts of each track
            self._parts = np.empty((0, 0), dtype=np.float16)

    def best(self, connection: Connection, revision: int, windows: Floats, rows: Rows) -> Floats:
        """How alike a query's windows and each track's parts are at most.

        Args:
            connection: a snapshot of the catalogue.
            revision: that it shows.
            windows: ``(n_windows, dim)`` float32, rows unit-norm.
            rows: the tracks that are asked for, ``(n,)`` int64, rising.

        Returns:
            The largest cosine of each track, ``(n,)`` float32; -1 where a track has no chunks.
        """
        with self._lock:
            self._catch_up(connection, revision, windows.shape[1])
            known, counts, parts = self._rows, self._counts, self._parts
        found = np.full(len(rows), -1.0, dtype=np.float32)
        asked = np.isin(known, rows)
        if not asked.any():
            return found
        kept = parts if asked.all() else parts[np.repeat(asked, counts)]
        largest = np.concatenate(
            [
                (kept[start : start + _BLOCK].astype(np.float32) @ windows.T).max(axis=1)
                for start in range(0, len(kept), _BLOCK)
            ]
        )
        starts = np.cumsum(counts[asked]) - counts[asked]
        found[np.searchsorted(rows, known[asked])] = np.maximum.reduceat(largest, starts)
        return found

    def _catch_up(self, connection: Connection, revision: int, dim: int) -> None:
        """Reads what is newer than seen; a snapshot that is older than that has nothing to add.

        Chunks of a row never change, so that of tracks that changed only new ones matter.
        """
        if revision <= self._seen:
            return
        gone = list(connection.execute(select(removals.c.row).where(removals.c.revision > self._seen)).scalars())
        query = select(
            tracks.c.row, chunk_embeddings.c.embeddings, chunk_embeddings.c.n_chunks, chunk_embeddings.c.dim
        ).join(chunk_embeddings, chunk_embeddings.c.row == tracks.c.row)
        if self._seen >= 0:
            query = query.where(tracks.c.revision > self._seen)
        new: list[tuple[int, NDArray[np.float16]]] = []
        for some in connection.execution_options(yield_per=_AT_ONCE).execute(query).partitions():
            fresh = ~np.isin([row.row for row in some], self._rows)
            new += [(row.row, _parts_of(row, dim)) for row, is_new in zip(some, fresh, strict=True) if is_new]
        if gone or new:
            self._replace(np.array(gone, dtype=np.int64), new)
        self._seen = revision

    def _replace(self, gone: Rows, new: list[tuple[int, NDArray[np.float16]]]) -> None:
        """Takes rows out and others in, none of which was there."""
        fresh = ~np.isin(self._rows, gone)
        rows = np.concatenate([self._rows[fresh], np.array([row for row, _ in new], dtype=np.int64)])
        counts = np.concatenate([self._counts[fresh], np.array([len(parts) for _, parts in new], dtype=np.int64)])
        kept = self._parts if fresh.all() else self._parts[np.repeat(fresh, self._counts)]
        parts = np.concatenate([*([kept] if len(kept) else []), *(parts for _, parts in new)]) if new else kept
        order = np.argsort(rows, kind="stable")
        if not np.array_equal(order, np.arange(len(rows))):
            starts = np.cumsum(counts) - counts
            parts = np.concatenate([parts[:0], *(parts[starts[i] : starts[i] + counts[i]] for i in order)])
        self._rows, self._counts, self._parts = rows[order], counts[order], parts


def _parts_of(row: Any, dim: int) -> NDArray[np.float16]:
    """Parts of one track, ``(n, dim)``. Raises CatalogueCorrupt."""
    if row.dim != dim:
        raise CatalogueCorrupt(f"Chunk embeddings have {row.dim} dimensions, not {dim}; run `segue index verify`.")
    chunks = codec.read_chunks(row.embeddings, row.n_chunks, row.dim)
    return parts_of(chunks.astype(np.float32)).astype(np.float16)
