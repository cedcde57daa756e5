"""Store: the catalogue as a directory with one SQLite file, searched through vectors in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from index import codes, files, records
from index.collections import SqliteCollections
from index.database import BUSY_TIMEOUT_SECONDS, Database, read_clock
from index.files import FileError, FileState
from index.guard import Guard
from index.live import LiveVectors
from index.map import SqliteMap
from index.parts import Parts
from index.plays import SqlitePlays
from index.presets import SqlitePresets
from index.space import check_space, ensure_space, read_space
from index.stats import Stats, read_stats
from index.vectors import View
from index.verify import (
    Problem,
    find_cache_problems,
    find_file_problems,
    find_track_problems,
    mixer_blocks,
    until_unreadable,
)
from index.verify_shelf import find_shelf_problems
from segue.bars import BarGrid
from segue.codebook import CodeFrequencies
from segue.errors import CatalogueBusy, CatalogueError, SegueError, SpaceMismatch
from segue.ports import Hit, NewTrack, Space, TrackChanges
from segue.tags import TagVocabulary
from segue.track import Track
from segue.where import Where

FILE_NAME = "catalogue.sqlite"


def open_catalogue(
    directory: Path,
    space: Space,
    vocabulary: TagVocabulary,
    *,
    create: bool = True,
    busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
) -> SqliteCatalogue:
    """Opens the catalogue in a directory for a space, or makes one there.

    Args:
        directory: where the catalogue lives.
        space: what its vectors must belong to.
        vocabulary: what its tag scores must belong to.
        create: whether to make one where there is none.
        busy_timeout_seconds: how long a write waits for another process.

    Raises:
        SpaceMismatch: it belongs to other models, another mixer layout or other thresholds.
        CatalogueError: there is none and ``create`` is False, or it is of a newer Segue.
        CatalogueCorrupt: it cannot be read.
    """
    if create:
        _make_directory(directory)
    database = open_database(directory / FILE_NAME, create, busy_timeout_seconds)
    try:
        ensure_space(database, space, vocabulary)
        catalogue = SqliteCatalogue(database)
        check_space((catalogue.space, catalogue.vocabulary), (space, vocabulary))
        catalogue.warm_up()
    except SegueError:
        database.close()
        raise
    return catalogue


def open_existing(directory: Path, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> SqliteCatalogue:
    """Opens the catalogue in a directory, whatever space it belongs to, for looking at it.

    Vectors are read when first searched. Raises as :func:`open_catalogue` does.
    """
    database = open_database(directory / FILE_NAME, False, busy_timeout_seconds)
    try:
        return SqliteCatalogue(database)
    except SegueError:
        database.close()
        raise


def open_database(path: Path, create: bool, busy_timeout_seconds: float) -> Database:
    """Opens a catalogue file, with its tables made where it is new."""
    if not create and not path.is_file():
        raise CatalogueError(f"There is no catalogue in {path.parent}; `segue index add` makes one.")
    database = Database(path, busy_timeout_seconds)
    try:
        database.prepare()
    except SegueError:
        database.close()
        raise
    return database


class SqliteCatalogue:
    """The catalogue port over SQLite and FAISS; also remembers files. Safe to call from several threads.

    A call that writes returns when the change is on the disk. Other processes may read and write the same
    directory; a reading call sees everything that was acknowledged anywhere before it began. Every call
    raises SpaceMismatch once a rebuild has replaced the space under it, and CatalogueCorrupt where the file
    contradicts itself.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.reading() as connection:
            generation = read_clock(connection).generation
            self.space, self.vocabulary = read_space(connection)
        self._parts = Parts()
        self._live = LiveVectors(database, generation, self.space, self.vocabulary)
        self._guard = Guard(database, generation)
        self.collections = SqliteCollections(self._guard, self.vocabulary)
        self.plays = SqlitePlays(self._guard)
        self.presets = SqlitePresets(self._guard)
        self.map = SqliteMap(self._live, self._guard.revising, mixer_blocks(self.space, self.vocabulary))

    @property
    def directory(self) -> Path:
        """Where the catalogue lives."""
        return self._database.path.parent

    def __enter__(self) -> SqliteCatalogue:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, new: NewTrack) -> Track:
        """Stores a track; the same content hash again updates its path and answers the stored track.

        Raises:
            SpaceMismatch: the vector or the tags do not belong to this catalogue.
            CatalogueBusy: another process kept the write lock for too long.
        """
        return self.add_all([new])[0]

    def add_all(self, batch: Sequence[NewTrack]) -> list[Track]:
        """Stores tracks in one transaction: all of them or none. Raises as ``add`` does."""
        for new in batch:
            check_new(new, self.space, self.vocabulary)
        with self._guard.revising() as (connection, revision):
            return [records.put(connection, self.vocabulary, new, revision) for new in batch]

    def update(self, track_id: str, changes: TrackChanges) -> Track:
        """Changes a track. Raises TrackNotFound, SpaceMismatch, CatalogueBusy."""
        check_vector(changes.vector, self.space)
        with self._guard.revising() as (connection, revision):
            return records.change(connection, self.vocabulary, track_id, changes, revision)

    def remove(self, track_id: str) -> None:
        """Deletes a track and what is remembered of its files. Raises TrackNotFound, CatalogueBusy."""
        with self._guard.revising() as (connection, revision):
            if not records.delete(connection, track_id, revision):
                raise records.not_found(track_id)

    def get(self, track_id: str) -> Track:
        """One track. Raises TrackNotFound."""
        with self._guard.reading() as connection:
            return records.get(connection, self.vocabulary, track_id)

    def vector(self, track_id: str) -> NDArray[np.float32]:
        """Its track vector, ``(dim,)`` float32, read-only. Raises TrackNotFound."""
        with self._guard.reading() as connection:
            return records.vector(connection, self.space, track_id)

    def chunk_embeddings(self, track_id: str) -> NDArray[np.float16]:
        """Its chunk embeddings, ``(n_chunks, sound_dim)`` float16, read-only. Raises TrackNotFound."""
        with self._guard.reading() as connection:
            return records.chunks(connection, track_id)

    def many_chunk_embeddings(self, track_ids: Sequence[str]) -> dict[str, NDArray[np.float16]]:
        """Track id -> chunk embeddings, for those that are there."""
        with self._guard.reading() as connection:
            return records.many_chunks(connection, track_ids)

    def chunk_codes(self, track_ids: Sequence[str]) -> dict[str, NDArray[np.int16]]:
        """Track id -> words of its chunks, ``(n_chunks, n_levels)`` int16, read-only, for those that have any."""
        with self._guard.reading() as connection:
            return codes.of_tracks(connection, track_ids)

    def code_frequencies(self, until_id: str | None = None) -> CodeFrequencies:
        """In how many of its tracks each word occurs; tracks without words, or behind ``until_id``, do not count."""
        with self._guard.reading() as connection:
            return codes.frequencies(connection, until_id)

    def bars(self, track_id: str) -> BarGrid | None:
        """Where its bars and phrases begin; None where nothing heard them. Raises TrackNotFound."""
        with self._guard.reading() as connection:
            return records.grid(connection, track_id)

    def newest(self) -> str | None:
        """Id of the track that arrived last; None in an empty catalogue."""
        with self._guard.reading() as connection:
            return records.newest(connection)

    def find(self, content_hash: str) -> Track | None:
        """The track with that content hash."""
        with self._guard.reading() as connection:
            return records.find(connection, self.vocabulary, content_hash)

    def page(self, limit: int, after: str | None = None) -> list[Track]:
        """Tracks in order of id, those behind ``after`` only."""
        with self._guard.reading() as connection:
            return records.page(connection, self.vocabulary, limit, after)

    def count(self, where: Where | None = None) -> int:
        """How many tracks there are, or meet the conditions."""
        where = where or Where()
        with self._live.snapshot() as (connection, view):
            return int(np.count_nonzero(self._passing(connection, view, where)))

    def energies(self, where: Where) -> NDArray[np.float64]:
        """Energies of the tracks that meet the conditions, ``(n,)`` float64, rising."""
        with self._live.snapshot() as (connection, view):
            return np.sort(view.facts["energy"][self._passing(connection, view, where)])

    def nearest(
        self,
        query: NDArray[np.float32],
        where: Where,
        k: int,
        min_score: float | None = None,
        after: tuple[float, str] | None = None,
    ) -> list[Hit]:
        """The k tracks of largest inner product among those that meet the conditions; exact.

        Args:
            query: ``(dim,)`` float32.
            where: hard conditions.
            k: at most so many hits.
            min_score: hits below are left out.
            after: score and track id of a hit; only what comes behind it is answered.

        Returns:
            Largest score first, equal scores by track id.

        Raises:
            SpaceMismatch: a query of another length.
        """
        check_vector(query, self.space)
        query = np.ascontiguousarray(query, dtype=np.float32)
        with self._live.snapshot() as (connection, view):
            passing = self._passing(connection, view, where)
            behind = None if after is None else (after[0], records.row_up_to(connection, after[1]))
            slots, scores = view.nearest(query, passing, k, min_score, behind)
            return self._hits(connection, view, slots, scores)

    def nearest_by_parts(
        self, query: NDArray[np.float32], windows: NDArray[np.float32], weight: float, where: Where, k: int
    ) -> list[Hit]:
        """The k tracks that meet the conditions and have a passage like one of the query's; see the port.

        The first call reads all chunk embeddings, later ones those of tracks that came or changed.
        """
        check_vector(query, self.space)
        with self._live.snapshot() as (connection, view):
            slots = np.flatnonzero(self._passing(connection, view, where))
            slots = slots[np.argsort(view.rows[slots])]
            alike = self._parts.best(connection, read_clock(connection).revision, windows, view.rows[slots])
            scores = (view.vectors @ query)[slots] + np.float32(weight) * alike
            best = np.lexsort((view.rows[slots], -scores))[:k]
            return self._hits(connection, view, slots[best], scores[best])

    def file_state(self, path: str | Path) -> FileState | None:
        """What is remembered of a file."""
        with self._guard.reading() as connection:
            return files.read_state(connection, str(path))

    def remembered_files(self, page_size: int = 1000) -> Iterator[FileState]:
        """Every remembered file, in order of path."""
        after: str | None = None
        while True:
            with self._guard.reading() as connection:
                states = files.read_page(connection, page_size, after)
            yield from states
            if len(states) < page_size:
                return
            after = states[-1].path

    def remember_file(
        self, path: str | Path, size_bytes: int, mtime_ns: int, track_id: str | None, error: SegueError | None = None
    ) -> None:
        """Remembers a file after looking at it; the rules are in :mod:`index.files`.

        Args:
            path: the file, absolute.
            size_bytes: its size.
            mtime_ns: its time of modification.
            track_id: the track it holds; None when it could not be read.
            error: why it could not be read.

        Raises:
            TrackNotFound: no such track.
        """
        told = None if error is None else FileError(error.code, error.message)
        with self._guard.revising() as (connection, revision):
            if track_id is not None and not records.exists(connection, track_id):
                raise records.not_found(track_id)
            files.write_state(connection, FileState(str(path), size_bytes, mtime_ns, track_id, told), revision)

    def forget_file(self, path: str | Path) -> bool:
        """Forgets a file, and its track where no other remembered file holds it; answers whether it was known."""
        with self._guard.revising() as (connection, revision):
            return files.delete_state(connection, str(path), revision)

    def stats(self) -> Stats:
        """Sizes, durations and how often each tag is active."""
        with self._live.snapshot() as (connection, view):
            return read_stats(connection, view, self._database.path, self.space)

    def verify(self) -> list[Problem]:
        """Everything that is wrong with the stored data and with what is searched; empty when all is well."""
        with self._guard.reading() as connection:
            problems = find_file_problems(connection)
            problems += until_unreadable(find_track_problems(connection, self.space, self.vocabulary))
            problems += until_unreadable(find_shelf_problems(connection))
        try:
            with self._live.snapshot() as (connection, view):
                problems += until_unreadable(find_cache_problems(connection, view))
        except (CatalogueBusy, SpaceMismatch):
            raise
        except CatalogueError as error:
            problems.append(Problem("cache_unreadable", error.message))
        return problems

    def rebuild_cache(self) -> None:
        """Reads all vectors and tags anew from the disk."""
        self._live.reset()
        self._parts.reset()
        self.warm_up()

    def warm_up(self) -> None:
        """Reads what the first search would otherwise have to wait for."""
        with self._live.snapshot():
            pass

    def close(self) -> None:
        """Gives files and memory back."""
        self._database.close()
        self._live.reset()
        self._parts.reset()

    def _passing(self, connection: Connection, view: View, where: Where) -> NDArray[np.bool_]:
        """Slots that meet the conditions, ``(n,)`` bool."""
        return view.passing(where, records.named_rows(connection, where))

    def _hits(self, connection: Connection, view: View, slots: NDArray[np.intp], scores: NDArray[Any]) -> list[Hit]:
        """The tracks in these slots, with their scores."""
        found = records.by_row(connection, self.vocabulary, view.rows[slots])
        return [
            Hit(found[int(view.rows[slot])], view.vectors[slot].copy(), float(score))
            for slot, score in zip(slots, scores, strict=True)
        ]


def check_vector(vector: NDArray[np.float32], space: Space) -> None:
    """Raises SpaceMismatch for a vector of another length, CatalogueError for one that is not finite."""
    if vector.shape != (space.dim,):
        raise SpaceMismatch(f"The vector has shape {vector.shape}; this catalogue holds ({space.dim},).")
    if not np.isfinite(vector).all():
        raise CatalogueError("The vector holds values that are not finite numbers.")


def check_new(new: NewTrack, space: Space, vocabulary: TagVocabulary) -> None:
    """Raises what makes a track unfit for a space."""
    check_vector(new.vector, space)
    check_space((space, vocabulary), (space, new.analysis.tags.vocabulary))
    if not np.isfinite(new.analysis.tags.scores).all() or not np.isfinite(new.analysis.hearing.chunk_embeddings).all():
        raise CatalogueError("Tag scores or chunk embeddings hold values that are not finite numbers.")


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CatalogueError(f"{directory} cannot be made a catalogue: {error.strerror}.") from error
