"""Guard: a database as of one generation; everything is read and written through it.

Collections, plays and presets are read from the disk whenever they are asked for, in the same snapshot as the
vectors that they limit. No memory has to catch up with them, so a write that changes no track takes no revision.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from index.database import Database, check_generation, next_revision, read_clock


class Guard:
    """Transactions that raise SpaceMismatch once a rebuild has replaced the space.

    Args:
        database: the open catalogue file.
        generation: as it was when the catalogue was opened.
    """

    def __init__(self, database: Database, generation: int) -> None:
        self._database = database
        self._generation = generation

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent snapshot."""
        with self._database.reading() as connection:
            check_generation(read_clock(connection), self._generation)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction with the write lock. Raises CatalogueBusy."""
        with self._database.writing() as connection:
            check_generation(read_clock(connection), self._generation)
            yield connection

    @contextmanager
    def revising(self) -> Iterator[tuple[Connection, int]]:
        """One transaction that changes tracks, and the revision that it makes. Raises CatalogueBusy."""
        with self._database.writing() as connection:
            now = next_revision(connection)
            check_generation(now, self._generation)
            yield connection, now.revision
