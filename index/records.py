"""Records: tracks read and written, each function one step inside the caller's transaction."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, ColumnElement, Connection, Row, Select, bindparam, func, select

from index import codec, codes
from index.schema import (
    bars,
    chunk_embeddings,
    collection_tracks,
    plays,
    removals,
    tracks,
    vectors,
)
from segue.bars import BarGrid
from segue.errors import TrackNotFound
from segue.ports import NewTrack, Space, TrackChanges
from segue.tags import TagVocabulary
from segue.track import Track
from segue.where import Where

_COLUMNS = [column for column in tracks.c if column.name not in ("revision", "tag_scores_crc")]
_SELECT = select(*_COLUMNS)
_BY_ID = _SELECT.where(tracks.c.id == bindparam("track_id"))
_BY_HASH = _SELECT.where(tracks.c.content_hash == bindparam("hash"))
_VECTOR = (
    select(vectors.c.vector).join(tracks, tracks.c.row == vectors.c.row).where(tracks.c.id == bindparam("track_id"))
)
_CHUNKS = (
    select(chunk_embeddings.c.embeddings, chunk_embeddings.c.n_chunks, chunk_embeddings.c.dim)
    .join(tracks, tracks.c.row == chunk_embeddings.c.row)
    .where(tracks.c.id == bindparam("track_id"))
)
_ALL_CHUNKS = select(
    tracks.c.id, chunk_embeddings.c.embeddings, chunk_embeddings.c.n_chunks, chunk_embeddings.c.dim
).join(tracks, tracks.c.row == chunk_embeddings.c.row)
_BARS = (
    select(bars.c.phrase_offset, bars.c.confidence, bars.c.grid)
    .join(tracks, tracks.c.row == bars.c.row)
    .where(tracks.c.id == bindparam("track_id"))
)
_NEWEST = select(tracks.c.id).order_by(tracks.c.id.desc()).limit(1)
_INSERT = tracks.insert().returning(*_COLUMNS)
_SQL_LIST = 500  # values in one IN (...)

T = TypeVar("T")
Rows = NDArray[np.int64]


class Named(NamedTuple):
    """Which rows some conditions name.

    Attributes:
        excluded: none of these pass.
        only: a row must be in each of these.
        until: none above this passes; None means no condition.
    """

    excluded: Rows
    only: tuple[Rows, ...]
    until: int | None


def get(connection: Connection, vocabulary: TagVocabulary, track_id: str) -> Track:
    """One track. Raises TrackNotFound."""
    return codec.load_track(_one(connection, _BY_ID, track_id), vocabulary)


def find(connection: Connection, vocabulary: TagVocabulary, content_hash: str) -> Track | None:
    """The track with that content hash."""
    row = connection.execute(_BY_HASH, {"hash": content_hash}).one_or_none()
    return None if row is None else codec.load_track(row, vocabulary)


def page(connection: Connection, vocabulary: TagVocabulary, limit: int, after: str | None) -> list[Track]:
    """Tracks in order of id, those behind ``after`` only."""
    query = _SELECT.order_by(tracks.c.id).limit(max(limit, 0))
    if after is not None:
        query = query.where(tracks.c.id > after)
    return [codec.load_track(row, vocabulary) for row in connection.execute(query)]


def by_row(connection: Connection, vocabulary: TagVocabulary, rows: NDArray[np.int64]) -> dict[int, Track]:
    """Row number -> track."""
    found: dict[int, Track] = {}
    for some in _slices([int(row) for row in rows]):
        for row in connection.execute(_SELECT.where(tracks.c.row.in_(some))):
            found[row.row] = codec.load_track(row, vocabulary)
    return found


def vector(connection: Connection, space: Space, track_id: str) -> NDArray[np.float32]:
    """Its track vector, ``(dim,)`` float32, read-only. Raises TrackNotFound."""
    row = _one(connection, _VECTOR, track_id)
    return codec.read_floats(row.vector, space.dim, f"The vector of track {track_id}")


def chunks(connection: Connection, track_id: str) -> NDArray[np.float16]:
    """Its chunk embeddings, ``(n_chunks, sound_dim)`` float16, read-only. Raises TrackNotFound."""
    row = _one(connection, _CHUNKS, track_id)
    return codec.read_chunks(row.embeddings, row.n_chunks, row.dim)


def many_chunks(connection: Connection, track_ids: Sequence[str]) -> dict[str, NDArray[np.float16]]:
    """Track id -> chunk embeddings, for those that are there."""
    found: dict[str, NDArray[np.float16]] = {}
    for some in _slices(track_ids):
        query = _ALL_CHUNKS.where(tracks.c.id.in_(some))
        for row in connection.execute(query):
            found[row.id] = codec.read_chunks(row.embeddings, row.n_chunks, row.dim)
    return found


def grid(connection: Connection, track_id: str) -> BarGrid | None:
    """Its bars and phrases. Raises TrackNotFound."""
    row = connection.execute(_BARS, {"track_id": track_id}).one_or_none()
    if row is not None:
        return codec.read_bars(row.grid, row.phrase_offset, row.confidence)
    if not exists(connection, track_id):
        raise not_found(track_id)
    return None


def newest(connection: Connection) -> str | None:
    """Id of the track that arrived last."""
    return connection.execute(_NEWEST).scalar()


def named_rows(connection: Connection, where: Where) -> Named:
    """Which rows the conditions name, where these are no matter of what was heard."""
    excluded = [
        _rows_with(connection, tracks.c.id, where.exclude_ids),
        _rows_with(connection, tracks.c.content_hash, where.exclude_hashes),
    ]
    if where.not_played_since is not None:
        excluded.append(_joined_rows(connection, plays.c.row, plays.c.played_at >= where.not_played_since))
    only: list[Rows] = []
    if where.ids is not None:
        only.append(_rows_with(connection, tracks.c.id, where.ids))
    if where.collection_ids is not None:
        only.append(_rows_with(connection, collection_tracks.c.collection_id, where.collection_ids))
    until = None
    if where.until_id is not None:
        until = row_up_to(connection, where.until_id)
    return Named(np.concatenate(excluded), tuple(only), until)


def row_up_to(connection: Connection, track_id: str) -> int:
    """Row of the last track whose id is at most this one; 0 where there is none."""
    query = select(tracks.c.row).where(tracks.c.id <= track_id).order_by(tracks.c.id.desc()).limit(1)
    return int(connection.execute(query).scalar() or 0)


def _rows_with(connection: Connection, column: Column[str], values: frozenset[str]) -> Rows:
    """Rows of a table whose column holds one of the values."""
    row = column.table.c.row
    slices = (_joined_rows(connection, row, column.in_(some)) for some in _slices(sorted(values)))
    return np.concatenate([np.empty(0, dtype=np.int64), *slices])


def _joined_rows(connection: Connection, row: Column[int], condition: ColumnElement[bool]) -> Rows:
    """Row numbers that meet a condition, fetched as one text, for a result row each would take most of the time."""
    joined = connection.execute(select(func.group_concat(row)).where(condition)).scalar()
    return np.fromstring(joined or "", dtype=np.int64, sep=",")


def put(connection: Connection, vocabulary: TagVocabulary, new: NewTrack, revision: int) -> Track:
    """Stores a track; one with the same content hash only has its path updated."""
    known = find(connection, vocabulary, new.analysis.content_hash)
    if known is None:
        return insert(connection, vocabulary, new, revision)
    path = new.description.path
    if path is None or path == known.description.path:
        return known
    moved = tracks.update().where(tracks.c.id == known.id).values(path=path, revision=revision)
    return codec.load_track(connection.execute(moved.returning(*_COLUMNS)).one(), vocabulary)


def insert(
    connection: Connection,
    vocabulary: TagVocabulary,
    new: NewTrack,
    revision: int,
    earlier: tuple[int, Track] | None = None,
) -> Track:
    """Stores a new track; ``earlier`` lends it the row, and what is not heard, of an earlier analysis."""
    known = _arriving(connection, new) if earlier is None else _known(*earlier)
    values = {"revision": revision, **known, **codec.heard_columns(new)}
    row = connection.execute(_INSERT, values).one()
    connection.execute(vectors.insert(), {"row": row.row, **codec.vector_columns(new.vector)})
    connection.execute(chunk_embeddings.insert(), {"row": row.row, **codec.chunk_columns(new)})
    hearing = new.analysis.hearing
    if hearing.bars is not None:
        connection.execute(bars.insert(), {"row": row.row, **codec.bars_columns(hearing.bars)})
    codes.put(connection, row.row, hearing.codes)
    return codec.load_track(row, vocabulary)


def change(
    connection: Connection, vocabulary: TagVocabulary, track_id: str, changes: TrackChanges, revision: int
) -> Track:
    """Changes a track and its vector. Raises TrackNotFound."""
    values = {
        **codec.description_columns(changes.description),
        **codec.override_columns(changes.bpm_override, changes.key_override),
    }
    changed = tracks.update().where(tracks.c.id == track_id).values(revision=revision, **values)
    row = connection.execute(changed.returning(*_COLUMNS)).one_or_none()
    if row is None:
        raise not_found(track_id)
    connection.execute(vectors.update().where(vectors.c.row == row.row).values(**codec.vector_columns(changes.vector)))
    return codec.load_track(row, vocabulary)


def delete(connection: Connection, track_id: str, revision: int) -> bool:
    """Deletes a track with everything that hangs on it, and notes it; answers whether there was one."""
    row = discard(connection, track_id)
    if row is not None:
        connection.execute(removals.insert().values(row=row, revision=revision))
    return row is not None


def discard(connection: Connection, track_id: str) -> int | None:
    """Deletes a track with everything that hangs on it; answers its row, None where there is none."""
    row = connection.execute(select(tracks.c.row).where(tracks.c.id == track_id)).scalar()
    if row is None:
        return None
    codes.uncount(connection, row)
    connection.execute(tracks.delete().where(tracks.c.row == row))
    return int(row)


def exists(connection: Connection, track_id: str) -> bool:
    """Whether there is such a track."""
    return connection.execute(select(tracks.c.row).where(tracks.c.id == track_id)).first() is not None


def not_found(track_id: str) -> TrackNotFound:
    """The error for a track that is not there."""
    return TrackNotFound(f"There is no track {track_id!r} in this catalogue.")


def revisions(connection: Connection, track_ids: Sequence[str]) -> dict[str, int]:
    """Track id -> revision of its last change, for those that are there."""
    found: dict[str, int] = {}
    for some in _slices(track_ids):
        rows = connection.execute(select(tracks.c.id, tracks.c.revision).where(tracks.c.id.in_(some)))
        found.update((row.id, row.revision) for row in rows)
    return found


def rows_of(connection: Connection, track_ids: Sequence[str]) -> dict[str, int]:
    """Track id -> row, for those that are there."""
    found: dict[str, int] = {}
    for some in _slices(track_ids):
        for row in connection.execute(select(tracks.c.id, tracks.c.row).where(tracks.c.id.in_(some))):
            found[row.id] = row.row
    return found


def _arriving(connection: Connection, new: NewTrack) -> dict[str, Any]:
    """What a track gets on arrival; its id sorts behind all others."""
    newest = connection.execute(_NEWEST).scalar()
    described = codec.description_columns(new.description)
    return {"id": codec.new_id(newest), "added_at": time.time(), **described}


def _known(row: int, track: Track) -> dict[str, Any]:
    """What a stored track is known by."""
    described = codec.description_columns(track.description)
    overrides = codec.override_columns(track.bpm_override, track.key_override)
    return {"row": row, "id": track.id, "added_at": track.added_at, **described, **overrides}


def _one(connection: Connection, query: Select[Any], track_id: str) -> Row[Any]:
    row = connection.execute(query, {"track_id": track_id}).one_or_none()
    if row is None:
        raise not_found(track_id)
    return row


def _slices(values: Sequence[T]) -> Iterator[Iterable[T]]:
    """Slices short enough for one statement."""
    for start in range(0, len(values), _SQL_LIST):
        yield values[start : start + _SQL_LIST]
