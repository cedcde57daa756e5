"""Plays in the catalogue file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from index import records
from index.guard import Guard
from index.schema import plays, tracks
from segue.shelf.play import Play, PlayedBefore, moment_of_play

_SELECT = select(plays.c.id, tracks.c.id.label("track_id"), plays.c.played_at).join(tracks, tracks.c.row == plays.c.row)


class SqlitePlays:
    """The plays port over SQLite. Safe to call from several threads and processes.

    Args:
        guard: transactions of the catalogue.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def record(self, track_id: str, played_at: float | None = None) -> Play:
        """Remembers a play. Raises InvalidRequest, TrackNotFound, CatalogueBusy."""
        moment = moment_of_play(played_at)
        with self._guard.writing() as connection:
            row = records.rows_of(connection, [track_id]).get(track_id)
            if row is None:
                raise records.not_found(track_id)
            number = _known(connection, row, moment)
            if number is None:
                inserted = plays.insert().values(row=row, played_at=moment).returning(plays.c.id)
                number = connection.execute(inserted).scalar_one()
        return Play(int(number), track_id, moment)

    def recent(self, limit: int, after: PlayedBefore | None = None) -> list[Play]:
        """Plays, newest first; only those behind ``after``."""
        query = _SELECT.order_by(plays.c.played_at.desc(), plays.c.id.desc()).limit(limit)
        if after is not None:
            same_time = and_(plays.c.played_at == after.played_at, plays.c.id < after.id)
            query = query.where(or_(plays.c.played_at < after.played_at, same_time))
        with self._guard.reading() as connection:
            return [Play(row.id, row.track_id, row.played_at) for row in connection.execute(query)]

    def forget_all(self) -> int:
        """Forgets every play and answers how many there were. Raises CatalogueBusy."""
        with self._guard.writing() as connection:
            n = int(connection.execute(select(func.count()).select_from(plays)).scalar_one())
            connection.execute(plays.delete())
        return n


def _known(connection: Connection, row: int, moment: float) -> Any:
    """Id of the play of that track at that time; None where there is none."""
    query = select(plays.c.id).where(plays.c.row == row, plays.c.played_at == moment)
    return connection.execute(query).scalar()
