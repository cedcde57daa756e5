"""Files: what an index run remembers of each file, so that it decodes only what is new or changed.

The rules, which :meth:`index.store.SqliteCatalogue.remember_file` keeps:

- A file whose size and modification time are as remembered is skipped, also when it failed last time.
- A changed file is analysed again. Where its audio is another recording now, the track of the old recording
  goes, unless another remembered file holds the same recording; then that file becomes the track's path. A track
  that goes leaves its places in collections, and its plays, to the one that the file holds now.
- A changed file that can no longer be read keeps its track, and its error is remembered.
- A missing file keeps its track until someone asks to forget it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.sqlite import insert

from index import records
from index.collections import bequeath
from index.schema import files, tracks


@dataclass(frozen=True)
class FileError:
    """Why a file could not be analysed.

    Attributes:
        code: the error's stable code.
        message: the error's message.
    """

    code: str
    message: str


@dataclass(frozen=True)
class FileState:
    """A file as it was when last looked at.

    Attributes:
        path: the file, absolute.
        size_bytes: its size.
        mtime_ns: its time of modification, nanoseconds since the epoch.
        track_id: the track it holds; None when it was never read.
        error: why it could not be analysed, None when it could.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    track_id: str | None
    error: FileError | None

    def unchanged(self, size_bytes: int, mtime_ns: int) -> bool:
        """Whether the file still looks the same."""
        return (self.size_bytes, self.mtime_ns) == (size_bytes, mtime_ns)


_COLUMNS = [
    files.c.path,
    files.c.size_bytes,
    files.c.mtime_ns,
    files.c.track_id,
    files.c.error_code,
    files.c.error_message,
]


def read_state(connection: Connection, path: str) -> FileState | None:
    """What is remembered of a path."""
    row = connection.execute(select(*_COLUMNS).where(files.c.path == path)).one_or_none()
    return None if row is None else _state(row)


def read_page(connection: Connection, limit: int, after: str | None) -> list[FileState]:
    """Remembered files in order of path."""
    query = select(*_COLUMNS).order_by(files.c.path).limit(limit)
    if after is not None:
        query = query.where(files.c.path > after)
    return [_state(row) for row in connection.execute(query)]


def write_state(connection: Connection, state: FileState, revision: int) -> None:
    """Remembers a file and settles whose tracks it held before."""
    before = read_state(connection, state.path)
    held = before.track_id if before is not None else None
    track_id = held if state.error is not None else state.track_id
    _upsert(connection, state, track_id)
    if state.error is None and state.track_id is not None:
        for old in _displaced(connection, state.path, held, state.track_id):
            _release(connection, old, state.path, revision, heir=state.track_id)


def delete_state(connection: Connection, path: str, revision: int) -> bool:
    """Forgets a file, and its track where no other remembered file holds it; answers whether it was known."""
    before = read_state(connection, path)
    if before is None:
        return False
    connection.execute(files.delete().where(files.c.path == path))
    if before.track_id is not None:
        _release(connection, before.track_id, path, revision)
    return True


def _upsert(connection: Connection, state: FileState, track_id: str | None) -> None:
    values = {
        "size_bytes": state.size_bytes,
        "mtime_ns": state.mtime_ns,
        "track_id": track_id,
        "error_code": state.error.code if state.error else None,
        "error_message": state.error.message if state.error else None,
        "seen_at": time.time(),
    }
    statement = insert(files).values(path=state.path, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["path"], set_=values))


def _displaced(connection: Connection, path: str, held: str | None, track_id: str) -> Iterator[str]:
    """Tracks that were this file before, other than the one that is now."""
    by_path = connection.execute(select(tracks.c.id).where(tracks.c.path == path)).scalars().all()
    yield from sorted({*by_path, *([held] if held is not None else [])} - {track_id})


def _release(connection: Connection, track_id: str, path: str, revision: int, heir: str | None = None) -> None:
    """Takes a path from a track: another file of the same recording steps in, or the track goes."""
    other = connection.execute(
        select(files.c.path).where(files.c.track_id == track_id, files.c.path != path).order_by(files.c.path).limit(1)
    ).scalar()
    if other is None:
        if heir is not None:
            bequeath(connection, track_id, heir)
        records.delete(connection, track_id, revision)
        return
    moved = tracks.update().where(tracks.c.id == track_id, tracks.c.path == path)
    connection.execute(moved.values(path=other, revision=revision))


def _state(row: Row[Any]) -> FileState:
    error = None if row.error_code is None else FileError(row.error_code, row.error_message or "")
    return FileState(row.path, row.size_bytes, row.mtime_ns, row.track_id, error)
