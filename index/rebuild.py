"""Rebuild: moves a catalogue into another space, track by track, and swaps it in at once.

The caller analyses; this keeps the books. Tracks analysed anew are collected in a second file beside the
catalogue, so that a rebuild that was broken off goes on where it stopped, and the catalogue stays in use
until the end. The last step is one SQLite transaction: before it everything is as it was, after it every
track is of the new space. Ids, times of arrival, descriptions and overrides stay.

    with open_rebuild(directory, analyser.space, analyser.tagger.vocabulary) as rebuild:
        for track in rebuild.pending():
            try:
                rebuild.put(track, analyser.new_track(Path(track.description.path)))
            except AudioError as error:
                rebuild.leave_out(track.id)
        rebuild.finish()

Processes that have the catalogue open meanwhile get SpaceMismatch afterwards and must open it again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from sqlalchemy import select

from index import codes, records
from index.database import BUSY_TIMEOUT_SECONDS, Database, plain_errors
from index.schema import tracks
from index.space import ensure_space, read_space
from index.store import FILE_NAME, check_new, open_database
from segue.errors import CatalogueError, SegueError
from segue.mixer import Mixer
from segue.ports import NewTrack, Space
from segue.tags import TagVocabulary
from segue.track import Track

REBUILD_FILE_NAME = "rebuild.sqlite"
_PAGE = 200


def open_rebuild(
    directory: Path, space: Space, vocabulary: TagVocabulary, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS
) -> Rebuild:
    """Begins to rebuild a catalogue for a space, or goes on with it.

    Raises:
        CatalogueError: there is no catalogue.
    """
    database = open_database(directory / FILE_NAME, False, busy_timeout_seconds)
    try:
        fresh = _open_fresh(directory / REBUILD_FILE_NAME, space, vocabulary, busy_timeout_seconds)
    except SegueError:
        database.close()
        raise
    return Rebuild(database, fresh, space, vocabulary)


class Rebuild:
    """A rebuild under way. Used by one thread."""

    def __init__(self, database: Database, fresh: Database, space: Space, vocabulary: TagVocabulary) -> None:
        self._database = database
        self._fresh = fresh
        self._space = space
        self._vocabulary = vocabulary
        self._left_out: set[str] = set()

    def __enter__(self) -> Rebuild:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def pending(self) -> Iterator[Track]:
        """Tracks that are still to be analysed, in order of id; those changed since are among them again."""
        after: str | None = None
        while True:
            with self._database.reading() as connection:
                _, vocabulary = read_space(connection)
                page = records.page(connection, vocabulary, _PAGE, after)
                revisions = records.revisions(connection, [track.id for track in page])
            done = self._done([track.id for track in page])
            for track in page:
                if track.id not in self._left_out and done.get(track.id) != revisions[track.id]:
                    yield track
            if len(page) < _PAGE:
                return
            after = page[-1].id

    def n_pending(self) -> int:
        """How many tracks are still to be analysed."""
        return sum(1 for _ in self.pending())

    def put(self, track: Track, new: NewTrack) -> Track | None:
        """Stores what a track's analysis heard this time.

        Where the file holds another recording by now, the overrides are dropped: they were said of the old one.

        Args:
            track: as ``pending`` gave it.
            new: the new analysis, its vector made of what was heard alone; overrides are worked in here.

        Returns:
            The track as it will be; None when another track already holds the same recording, so that this
            one is left out, or when it was removed meanwhile.
        """
        kept = track
        if new.analysis.content_hash != track.content_hash:
            kept = replace(track, bpm_override=None, key_override=None)
        new = _with_overrides(new, kept, self._vocabulary)
        check_new(new, self._space, self._vocabulary)
        with self._database.reading() as connection:
            place = connection.execute(
                select(tracks.c.row, tracks.c.revision).where(tracks.c.id == track.id)
            ).one_or_none()
        if place is None:
            return None
        with self._fresh.writing() as connection:
            records.discard(connection, track.id)
            if records.find(connection, self._vocabulary, new.analysis.content_hash) is not None:
                self._left_out.add(track.id)
                return None
            return records.insert(connection, self._vocabulary, new, place.revision, (place.row, kept))

    def leave_out(self, track_id: str) -> None:
        """Says that a track cannot be analysed (its file is gone, or it was an upload): it will be dropped."""
        self._left_out.add(track_id)

    def finish(self) -> int:
        """Swaps the new space in and answers how many tracks the catalogue now holds.

        Raises:
            CatalogueError: tracks are still pending; nothing was changed.
            CatalogueBusy: another process kept the write lock for too long.
        """
        with plain_errors(self._database.path), closing(self._attached()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._refuse_pending(connection)
                for statement in _SWAP:
                    connection.execute(statement)
                _count_codes(connection)
                n_tracks = int(connection.execute("SELECT count(*) FROM main.tracks").fetchone()[0])
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
        self.close()
        _unlink(self._fresh.path)
        return n_tracks

    def close(self) -> None:
        """Gives the files back; what was put stays for the next time."""
        self._fresh.close()
        self._database.close()

    def _done(self, track_ids: list[str]) -> dict[str, int]:
        with self._fresh.reading() as connection:
            return records.revisions(connection, track_ids)

    def _attached(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._database.path, timeout=self._database.busy_timeout_seconds, isolation_level=None
        )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("ATTACH DATABASE ? AS fresh", (str(self._fresh.path),))
        return connection

    def _refuse_pending(self, connection: sqlite3.Connection) -> None:
        pending = {str(row[0]) for row in connection.execute(_PENDING)} - self._left_out
        if pending:
            raise CatalogueError(
                f"{len(pending)} tracks are still to be analysed anew, {min(pending)} first; go on with the rebuild."
            )


_PENDING = """
    SELECT old.id FROM main.tracks AS old
    LEFT JOIN fresh.tracks AS new ON new.row = old.row AND new.revision = old.revision
    WHERE new.row IS NULL
"""

_COLUMNS = ", ".join(f'"{column.name}"' for column in tracks.c if column.name != "revision")

_SWAP = (
    "UPDATE main.clock SET revision = revision + 1, generation = generation + 1",
    """CREATE TEMP TABLE kept AS SELECT old.row FROM main.tracks AS old
       JOIN fresh.tracks AS new ON new.row = old.row AND new.revision = old.revision""",
    "DELETE FROM main.chunk_embeddings",
    "DELETE FROM main.vectors",
    "DELETE FROM main.tracks",
    f"""INSERT INTO main.tracks (revision, {_COLUMNS})
        SELECT (SELECT revision FROM main.clock), {_COLUMNS} FROM fresh.tracks
        WHERE row IN (SELECT row FROM kept) ORDER BY row""",
    "INSERT INTO main.vectors SELECT * FROM fresh.vectors WHERE row IN (SELECT row FROM kept) ORDER BY row",
    """INSERT INTO main.chunk_embeddings SELECT * FROM fresh.chunk_embeddings
       WHERE row IN (SELECT row FROM kept) ORDER BY row""",
    *(
        statement
        for table in ("bars", "chunk_codes")
        for statement in (
            f"DELETE FROM main.{table}",
            f"INSERT INTO main.{table} SELECT * FROM fresh.{table} WHERE row IN (SELECT row FROM kept) ORDER BY row",
        )
    ),
    "DELETE FROM main.code_frequencies",
    "DELETE FROM main.collection_tracks WHERE row NOT IN (SELECT row FROM main.tracks)",
    "DELETE FROM main.plays WHERE row NOT IN (SELECT row FROM main.tracks)",
    "DELETE FROM main.map_fit",
    "DELETE FROM main.map_points",
    "DELETE FROM main.map_clusters",
    "DELETE FROM main.files WHERE track_id IS NOT NULL AND track_id NOT IN (SELECT id FROM main.tracks)",
    "DELETE FROM main.meta",
    "INSERT INTO main.meta SELECT * FROM fresh.meta",
    "DROP TABLE kept",
)


def _count_codes(connection: sqlite3.Connection) -> None:
    """Counts in how many of the tracks that were kept each word occurs."""
    counts = codes.counted(connection.execute("SELECT codes, n_levels FROM main.chunk_codes")).n_with
    connection.executemany("INSERT INTO main.code_frequencies (code, n_tracks) VALUES (?, ?)", counts.items())


def _open_fresh(path: Path, space: Space, vocabulary: TagVocabulary, busy_timeout_seconds: float) -> Database:
    """The second file: the one of an unfinished rebuild for the same space, else an empty one."""
    fresh = open_database(path, True, busy_timeout_seconds)
    ensure_space(fresh, space, vocabulary)
    with fresh.reading() as connection:
        stored = read_space(connection)
    if stored == (space, vocabulary):
        return fresh
    fresh.close()
    _unlink(path)
    return _open_fresh(path, space, vocabulary, busy_timeout_seconds)


def _unlink(path: Path) -> None:
    for part in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        part.unlink(missing_ok=True)


def _with_overrides(new: NewTrack, kept: Track, vocabulary: TagVocabulary) -> NewTrack:
    """The analysis with a vector that follows the owner's word on tempo and key."""
    if kept.bpm_override is None and kept.key_override is None:
        return new
    heard = new.analysis.hearing
    bpm = heard.tempo.bpm if kept.bpm_override is None else kept.bpm_override
    key = heard.key.key if kept.key_override is None else kept.key_override
    mixer = Mixer(len(new.analysis.sound), len(vocabulary.labels))
    return replace(new, vector=mixer.retune(new.vector, bpm, key))
