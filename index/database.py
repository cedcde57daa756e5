"""Database: one SQLite file opened for transactions, with its locking and its errors put into plain words.

WAL lets readers go on while one writer writes; ``synchronous=FULL`` means that a commit is on the disk when
it returns. In one process a lock lets writers queue in order; between processes SQLite's own lock does.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, select
from sqlalchemy.exc import DBAPIError

from index.schema import SCHEMA_VERSION, clock, create_tables, upgrade_tables, version_of
from segue.errors import CatalogueBusy, CatalogueCorrupt, CatalogueError, SpaceMismatch

BUSY_TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True)
class Clock:
    """Where a catalogue stands.

    Attributes:
        revision: counts transactions that changed tracks.
        generation: counts replacements of the whole space.
    """

    revision: int
    generation: int


class Database:
    """A catalogue file. Safe to use from several threads.

    Args:
        path: the SQLite file.
        busy_timeout_seconds: how long a writer waits for another one.
    """

    def __init__(self, path: Path, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> None:
        self.path = path
        self.busy_timeout_seconds = busy_timeout_seconds
        self._writer = threading.Lock()
        self._closed = False
        self._engine = _engine(path, busy_timeout_seconds)

    def prepare(self) -> bool:
        """Creates the tables where there are none, or brings older ones up to date; answers whether there were none.

        Raises:
            CatalogueError: another program's file, or a newer schema.
        """
        self._use_wal()
        with self.reading() as connection:
            if version_of(connection) == SCHEMA_VERSION:
                return False
        with self.writing() as connection:
            empty = version_of(connection) == 0
            if empty:
                create_tables(connection)
            else:
                upgrade_tables(connection)
        return empty

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent snapshot, whatever others write meanwhile."""
        with self._begin("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction with the write lock: all of it is stored when the block ends, or none.

        Raises:
            CatalogueBusy: another thread or process has been writing for longer than the timeout.
        """
        if not self._writer.acquire(timeout=self.busy_timeout_seconds):
            raise CatalogueBusy(_BUSY)
        try:
            with self._begin("BEGIN IMMEDIATE") as connection:
                yield connection
        finally:
            self._writer.release()

    def close(self) -> None:
        """Closes every connection."""
        self._closed = True
        self._engine.dispose()

    @contextmanager
    def _begin(self, how: str) -> Iterator[Connection]:
        if self._closed:
            raise CatalogueError("This catalogue was closed; open it again.")
        with plain_errors(self.path), self._engine.connect() as pooled:
            connection = pooled.execution_options(segue_begin=how)
            with connection.begin():
                yield connection

    def _use_wal(self) -> None:
        """Turns WAL on; SQLite does not always wait for the lock that this needs, so this does."""
        deadline = time.monotonic() + self.busy_timeout_seconds
        with plain_errors(self.path):
            while True:
                connection = sqlite3.connect(self.path, timeout=self.busy_timeout_seconds)
                try:
                    connection.execute("PRAGMA journal_mode = WAL")
                    return
                except sqlite3.OperationalError as error:
                    if not _is_busy(error) or time.monotonic() > deadline:
                        raise
                    time.sleep(0.02)
                finally:
                    connection.close()


def read_clock(connection: Connection) -> Clock:
    """Where the catalogue stands in this snapshot."""
    row = connection.execute(_READ_CLOCK).one_or_none()
    if row is None:
        raise CatalogueCorrupt("This catalogue does not say at which revision it is; take a backup, or make a new one.")
    return Clock(row.revision, row.generation)


def next_revision(connection: Connection) -> Clock:
    """Moves the clock by one revision, inside a writing transaction."""
    row = connection.execute(_TICK).one()
    return Clock(row.revision, row.generation)


def check_generation(now: Clock, generation: int) -> None:
    """Raises SpaceMismatch when a rebuild has replaced the space since the catalogue was opened."""
    if now.generation != generation:
        raise SpaceMismatch(
            "This catalogue was rebuilt for other models while it was open here; restart to use it "
            "with the models it now belongs to."
        )


_READ_CLOCK = select(clock.c.revision, clock.c.generation)
_TICK = clock.update().values(revision=clock.c.revision + 1).returning(clock.c.revision, clock.c.generation)
_BUSY = "Someone else has been writing to this catalogue for too long; try again when they are done."


def _engine(path: Path, busy_timeout_seconds: float) -> Engine:
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        connect_args={"check_same_thread": False, "timeout": busy_timeout_seconds},
        pool_size=4,
        max_overflow=-1,
    )

    def on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say so, below
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("segue_begin", "BEGIN"))

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def _is_busy(error: BaseException | None) -> bool:
    return isinstance(error, sqlite3.Error) and _primary_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _primary_code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turns SQLite's errors into the domain's."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise _translated(error.orig, path) from error
        raise
    except sqlite3.Error as error:
        raise _translated(error, path) from error


def _translated(error: sqlite3.Error, path: Path) -> CatalogueError:
    if _is_busy(error):
        return CatalogueBusy(_BUSY)
    if _primary_code(error) in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return CatalogueError(
            f"{path.name} cannot be used: {error}. Whoever runs Segue must be allowed to write to this file and "
            "to its folder, also for searching; change the permissions, or copy the folder to where that is allowed."
        )
    if _primary_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return CatalogueCorrupt(f"{path.name} is damaged or no catalogue ({error}); run `segue index verify`.")
    return CatalogueError(f"{path.name} cannot be used: {error}.")
