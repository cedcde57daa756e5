"""Live: keeps the vectors in memory level with the disk, whoever writes there."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, case, func, select

from index.database import Database, check_generation, read_clock
from index.schema import read_text, removals, tracks, vectors
from index.vectors import FACTS, Batch, Facts, VectorCache, View
from segue.errors import CatalogueCorrupt
from segue.ports import Space
from segue.tags import TagVocabulary

_BATCH = 8192  # tracks read at once
_UNREADABLE = -1  # a tempo and a key class that no condition lets pass


def _from_json(column: ColumnElement[str], path: str) -> ColumnElement[Any]:
    """A value out of a JSON text; NULL where that is damaged, which only verify tells of."""
    return case((func.json_valid(column) == 1, func.json_extract(column, path)))


_FACTS = (
    func.coalesce(tracks.c.bpm_override, _from_json(tracks.c.tempo, "$.bpm"), _UNREADABLE),
    func.coalesce(tracks.c.key_override, _from_json(tracks.c.key, "$.key"), _UNREADABLE),
    tracks.c.energy,
    tracks.c.duration_seconds,
    tracks.c.artist,
)


class LiveVectors:
    """Hands out a snapshot of the database together with the view of the vectors that belongs to it."""

    def __init__(self, database: Database, generation: int, space: Space, vocabulary: TagVocabulary) -> None:
        self._database = database
        self._generation = generation
        self._dim = space.dim
        self._vocabulary = vocabulary
        self._thresholds = np.asarray(vocabulary.thresholds, dtype=np.float32)
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Forgets everything; the next snapshot reads it anew."""
        with self._lock:
            self._cache = VectorCache(self._dim, self._vocabulary)
            self._seen = -1  # revision up to which the cache is complete

    @contextmanager
    def snapshot(self) -> Iterator[tuple[Connection, View]]:
        """Database and vectors as of one and the same revision.

        The lock spans the start of the snapshot and the catching up, so revisions only go forward under it;
        it is free again while the caller searches.
        """
        with ExitStack() as stack:
            with self._lock:
                connection = stack.enter_context(self._database.reading())
                view = self._catch_up(connection)
            yield connection, view

    def _catch_up(self, connection: Connection) -> View:
        now = read_clock(connection)
        check_generation(now, self._generation)
        if now.revision != self._seen:
            self._apply_changes(connection)
            self._seen = now.revision
        return self._cache.view

    def _apply_changes(self, connection: Connection) -> None:
        """Applies what is newer than seen; doing so twice does no harm."""
        gone = select(removals.c.row).where(removals.c.revision > self._seen)
        self._cache.forget(np.array(connection.execute(gone).scalars().all(), dtype=np.int64))
        query = select(tracks.c.row, tracks.c.tag_scores, vectors.c.vector, *_FACTS)
        query = query.join(vectors, vectors.c.row == tracks.c.row)
        n_changed = select(func.count()).select_from(tracks)
        if self._seen >= 0:  # in no order, so that SQLite goes by the index on revision
            query = query.where(tracks.c.revision > self._seen)
            n_changed = n_changed.where(tracks.c.revision > self._seen)
        self._cache.reserve(connection.execute(n_changed).scalar_one())
        for some in _plain_rows(connection, query):
            self._cache.put(self._batch(some))

    def _batch(self, some: list[tuple[Any, ...]]) -> Batch:
        rows, scores, blobs, *facts = zip(*some, strict=True)
        return Batch(
            rows=np.array(rows, dtype=np.int64),
            vectors=_stack(blobs, self._dim, "vector"),
            active=_stack(scores, len(self._thresholds), "set of tag scores") >= self._thresholds,
            facts=self._facts(facts),
        )

    def _facts(self, columns: list[tuple[Any, ...]]) -> Facts:
        """What limits look at, ``(n,)``, from columns of the database. Raises CatalogueCorrupt."""
        facts = np.empty(len(columns[0]), dtype=FACTS)
        numbers = {name: self._cache.artists.number(read_text(name)) for name in set(columns[-1])}
        columns[-1] = tuple(numbers[name] for name in columns[-1])
        try:
            for name, column in zip(FACTS.names or (), columns, strict=True):
                facts[name] = column
            return facts
        except (TypeError, ValueError, OverflowError) as error:
            raise CatalogueCorrupt(f"A stored number is none ({error}); `segue index verify` says which.") from error


def _plain_rows(connection: Connection, query: Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows as the driver makes them, some at once; SQLAlchemy's would take a third of the time that opening takes."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    with closing(driver.execute(str(query.compile(connection, compile_kwargs={"literal_binds": True})))) as cursor:
        while some := cursor.fetchmany(_BATCH):
            yield some


def _stack(blobs: tuple[bytes, ...], length: int, what: str) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """``(n, length)`` float32 from blobs of one row each. Raises CatalogueCorrupt."""
    if set(map(len, blobs)) != {4 * length}:
        raise CatalogueCorrupt(f"A stored {what} has the wrong length; `segue index verify` says which.")
    return np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), length)
