"""Collections in the catalogue file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Select, func, literal, select
from sqlalchemy.dialects.sqlite import insert as insert_or

from index import codec, records
from index.guard import Guard
from index.schema import collection_tracks, collections, plays
from segue.shelf.collection import Collection, name_taken, no_collection, no_tracks
from segue.shelf.names import tidy_name
from segue.tags import TagVocabulary
from segue.track import Track

_N_TRACKS = (
    select(func.count())
    .select_from(collection_tracks)
    .where(collection_tracks.c.collection_id == collections.c.id)
    .correlate(collections)
    .scalar_subquery()
)
_SELECT = select(collections.c.id, collections.c.name, collections.c.created_at, _N_TRACKS.label("n_tracks"))


class SqliteCollections:
    """The collections port over SQLite. Safe to call from several threads and processes.

    Args:
        guard: transactions of the catalogue.
        vocabulary: what tag scores of tracks belong to.
    """

    def __init__(self, guard: Guard, vocabulary: TagVocabulary) -> None:
        self._guard = guard
        self._vocabulary = vocabulary

    def create(self, name: str) -> Collection:
        """Makes an empty collection. Raises InvalidRequest, CollectionExists, CatalogueBusy."""
        name = tidy_name(name)
        with self._guard.writing() as connection:
            _refuse_taken(connection, name)
            newest = connection.execute(select(func.max(collections.c.id))).scalar()
            made = Collection(codec.new_id(newest), name, time.time())
            connection.execute(collections.insert().values(id=made.id, name=name, created_at=made.created_at))
        return made

    def get(self, collection_id: str) -> Collection:
        """One collection. Raises CollectionNotFound."""
        with self._guard.reading() as connection:
            return _get(connection, collection_id)

    def named(self, name: str) -> Collection | None:
        """The collection with that name. Raises InvalidRequest for what can be no name."""
        name = tidy_name(name)
        with self._guard.reading() as connection:
            row = connection.execute(_SELECT.where(collections.c.name == name)).one_or_none()
        return None if row is None else _loaded(row)

    def page(self, limit: int, after: str | None = None) -> list[Collection]:
        """Collections in order of id, those behind ``after`` only."""
        query = _SELECT.order_by(collections.c.id).limit(limit)
        if after is not None:
            query = query.where(collections.c.id > after)
        with self._guard.reading() as connection:
            return [_loaded(row) for row in connection.execute(query)]

    def rename(self, collection_id: str, name: str) -> Collection:
        """Gives it another name. Raises CollectionNotFound, InvalidRequest, CollectionExists, CatalogueBusy."""
        name = tidy_name(name)
        with self._guard.writing() as connection:
            _get(connection, collection_id)
            _refuse_taken(connection, name, but=collection_id)
            connection.execute(collections.update().where(collections.c.id == collection_id).values(name=name))
            return _get(connection, collection_id)

    def remove(self, collection_id: str) -> None:
        """Deletes a collection; its tracks stay. Raises CollectionNotFound, CatalogueBusy."""
        with self._guard.writing() as connection:
            _get(connection, collection_id)
            connection.execute(collections.delete().where(collections.c.id == collection_id))

    def add_tracks(self, collection_id: str, track_ids: Sequence[str]) -> Collection:
        """Puts tracks in, all of them or none. Raises CollectionNotFound, TrackNotFound, CatalogueBusy."""
        with self._guard.writing() as connection:
            _get(connection, collection_id)
            rows = records.rows_of(connection, track_ids)
            unknown = sorted(set(track_ids) - rows.keys())
            if unknown:
                raise no_tracks(unknown)
            if rows:
                members = [{"collection_id": collection_id, "row": row} for row in rows.values()]
                connection.execute(insert_or(collection_tracks).on_conflict_do_nothing(), members)
            return _get(connection, collection_id)

    def remove_tracks(self, collection_id: str, track_ids: Sequence[str]) -> int:
        """Takes tracks out and answers how many were in it. Raises CollectionNotFound, CatalogueBusy."""
        with self._guard.writing() as connection:
            before = _get(connection, collection_id)
            rows = records.rows_of(connection, track_ids)
            for row in rows.values():
                one = (collection_tracks.c.collection_id == collection_id) & (collection_tracks.c.row == row)
                connection.execute(collection_tracks.delete().where(one))
            return before.n_tracks - _get(connection, collection_id).n_tracks

    def track_page(self, collection_id: str, limit: int, after: str | None = None) -> list[Track]:
        """Its tracks in order of id, those behind ``after`` only. Raises CollectionNotFound."""
        rows_of_it = select(collection_tracks.c.row).where(collection_tracks.c.collection_id == collection_id)
        query = rows_of_it.order_by(collection_tracks.c.row).limit(limit)  # rows are in the order of ids
        with self._guard.reading() as connection:
            _get(connection, collection_id)
            if after is not None:
                query = query.where(collection_tracks.c.row > records.row_up_to(connection, after))
            rows = list(connection.execute(query).scalars())
            found = records.by_row(connection, self._vocabulary, np.array(rows, dtype=np.int64))
        return [found[row] for row in rows]


def bequeath(connection: Connection, track_id: str, heir_id: str) -> None:
    """Gives a track's places in collections, and its plays, to another track, inside the caller's transaction."""
    rows = records.rows_of(connection, [track_id, heir_id])
    if len(rows) < 2:
        return
    row, heir = rows[track_id], rows[heir_id]
    places = select(collection_tracks.c.collection_id, literal(heir)).where(collection_tracks.c.row == row)
    taken = insert_or(collection_tracks).from_select(["collection_id", "row"], places)
    connection.execute(taken.prefix_with("OR IGNORE"))
    connection.execute(plays.update().where(plays.c.row == row).values(row=heir))


def _get(connection: Connection, collection_id: str) -> Collection:
    row = connection.execute(_by_id(collection_id)).one_or_none()
    if row is None:
        raise no_collection(collection_id)
    return _loaded(row)


def _by_id(collection_id: str) -> Select[Any]:
    return _SELECT.where(collections.c.id == collection_id)


def _loaded(row: Any) -> Collection:
    return Collection(row.id, row.name, row.created_at, row.n_tracks)


def _refuse_taken(connection: Connection, name: str, but: str | None = None) -> None:
    """Raises CollectionExists where another collection has the name."""
    holder = connection.execute(select(collections.c.id).where(collections.c.name == name)).scalar()
    if holder is not None and holder != but:
        raise name_taken(name)
