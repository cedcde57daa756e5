"""Codes: the words of each track's chunks, and in how many tracks each word occurs.

The counts are changed in the transaction that adds or removes a track, by whole numbers: what they are says nothing of
the order in which tracks came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert as insert_or

from index import codec
from index.schema import chunk_codes, code_frequencies, tracks
from segue.codebook import CodeFrequencies

_SQL_LIST = 500  # values in one IN (...)
_BY_TRACK = select(tracks.c.id, chunk_codes.c.codes, chunk_codes.c.n_levels).join(
    tracks, tracks.c.row == chunk_codes.c.row
)

Codes = NDArray[np.int16]


def put(connection: Connection, row: int, codes: Codes) -> None:
    """Stores the words of a new track and counts them; one without words leaves nothing."""
    if codes.size:
        connection.execute(chunk_codes.insert(), {"row": row, **codec.codes_columns(codes)})
        _count(connection, codes, +1)


def uncount(connection: Connection, row: int) -> None:
    """Takes the words of a track that is about to go out of the counts."""
    held = connection.execute(select(chunk_codes).where(chunk_codes.c.row == row)).one_or_none()
    if held is not None:
        _count(connection, codec.read_codes(held.codes, held.n_levels), -1)


def of_tracks(connection: Connection, track_ids: Sequence[str]) -> dict[str, Codes]:
    """Track id -> words of its chunks, ``(n_chunks, n_levels)`` int16, read-only, for those that have any."""
    found: dict[str, Codes] = {}
    for start in range(0, len(track_ids), _SQL_LIST):
        some = track_ids[start : start + _SQL_LIST]
        for row in connection.execute(_BY_TRACK.where(tracks.c.id.in_(some))):
            found[row.id] = codec.read_codes(row.codes, row.n_levels)
    return found


def frequencies(connection: Connection, until_id: str | None = None) -> CodeFrequencies:
    """In how many tracks each word occurs, as it is kept, less the tracks behind ``until_id``."""
    n_tracks = connection.execute(select(func.count()).select_from(chunk_codes)).scalar_one()
    query = select(code_frequencies.c.code, code_frequencies.c.n_tracks).where(code_frequencies.c.n_tracks != 0)
    kept = CodeFrequencies(int(n_tracks), {row.code: row.n_tracks for row in connection.execute(query)})
    if until_id is None:
        return kept
    held = select(chunk_codes.c.codes, chunk_codes.c.n_levels).join(tracks, tracks.c.row == chunk_codes.c.row)
    newer = connection.execute(held.where(tracks.c.id > until_id))
    return kept.less(counted((row.codes, row.n_levels) for row in newer))


def counted(stored: Iterable[tuple[bytes, int]]) -> CodeFrequencies:
    """In how many tracks each word occurs, counted anew.

    Args:
        stored: columns ``codes`` and ``n_levels`` of each track.

    Raises:
        CatalogueCorrupt: a track's words cannot be read.
    """
    n_tracks, counts = 0, Counter[int]()
    for blob, n_levels in stored:
        counts.update(np.unique(codec.read_codes(blob, n_levels)).tolist())
        n_tracks += 1
    return CodeFrequencies(n_tracks, dict(counts))


def _count(connection: Connection, codes: Codes, step: int) -> None:
    """One track more, or less, holds these words."""
    rows = [{"code": int(code), "n_tracks": step} for code in np.unique(codes)]
    upsert = insert_or(code_frequencies).on_conflict_do_update(
        index_elements=["code"], set_={"n_tracks": code_frequencies.c.n_tracks + step}
    )
    connection.execute(upsert, rows)
