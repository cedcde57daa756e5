"""Verify: looks for everything that can be wrong with a catalogue file, and with what is searched of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import DBAPIError

from index import codec, codes
from index.database import read_clock
from index.schema import bars, chunk_codes, chunk_embeddings, metadata, tracks, vectors
from index.vectors import View
from segue.errors import CatalogueBusy, CatalogueCorrupt, SegueError, SpaceMismatch
from segue.mixer import LAYOUT, Mixer
from segue.ports import Space
from segue.tags import TagVocabulary

_NORM_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Problem:
    """Something wrong.

    Attributes:
        code: stable snake_case name of the kind of problem.
        message: what is wrong, for a person.
        track_id: the track it concerns, None where it concerns the file.
    """

    code: str
    message: str
    track_id: str | None = None


def find_file_problems(connection: Connection) -> list[Problem]:
    """What SQLite itself finds: damaged pages, indexes that disagree, rows whose track is gone."""
    found = connection.exec_driver_sql("PRAGMA integrity_check(100)").scalars().all()
    problems = [Problem("file_damaged", f"SQLite says: {line}") for line in found if line != "ok"]
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        problems.append(Problem("orphan_row", f"Row {row} of {table} belongs to a row of {parent} that is gone."))
    there = set(connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
    wanted = {*metadata.tables, *(str(index.name) for table in metadata.sorted_tables for index in table.indexes)}
    problems += [Problem("file_damaged", f"The table or index {name} is missing.") for name in sorted(wanted - there)]
    return problems


def until_unreadable(found: Iterator[Problem]) -> Iterator[Problem]:
    """The problems found, the last of them what cannot be read at all."""
    try:
        yield from found
    except (CatalogueBusy, SpaceMismatch):
        raise
    except (SegueError, DBAPIError, TypeError, ValueError, OverflowError) as error:
        told = error.message if isinstance(error, SegueError) else str(getattr(error, "orig", error))
        yield Problem("file_damaged", f"What follows could not be read, and was not looked at: {told}")


def find_track_problems(connection: Connection, space: Space, vocabulary: TagVocabulary) -> Iterator[Problem]:
    """What is wrong with tracks: records, tag scores, vectors, chunk embeddings, their words, and bars."""
    newest, last_id = read_clock(connection).revision, ""
    blocks = mixer_blocks(space, vocabulary)
    for row in connection.execution_options(yield_per=256).execute(_everything()):
        for code, message in _track_faults(row, space, vocabulary, blocks):
            yield Problem(code, f"Track {row.id}: {message}", row.id)
        if not (isinstance(row.revision, int) and row.revision <= newest):
            yield Problem("revision_ahead", f"Track {row.id} is of a revision that is yet to come.", row.id)
        if row.id <= last_id:
            yield Problem("order_of_ids", f"Track {row.id} is stored behind track {last_id}.", row.id)
        last_id = row.id
    yield from _repeated_hashes(connection)
    yield from _miscounted_codes(connection)


def find_cache_problems(connection: Connection, view: View) -> Iterator[Problem]:
    """Where what is searched differs from what is stored."""
    alive = view.alive
    slots = {int(row): int(slot) for row, slot in zip(view.rows[alive], np.flatnonzero(alive), strict=True)}
    if len(slots) != int(np.count_nonzero(alive)):
        yield Problem("cache_differs", "The search cache holds a track twice; restart, or rebuild the cache.")
    query = select(tracks.c.row, tracks.c.id, vectors.c.vector).join(vectors, vectors.c.row == tracks.c.row)
    for row in connection.execution_options(yield_per=1024).execute(query):
        slot = slots.pop(row.row, None)
        if slot is None:
            yield Problem("cache_differs", f"Track {row.id} is stored but not searched.", row.id)
        elif codec.floats(view.vectors[slot]) != row.vector:
            yield Problem("cache_differs", f"Track {row.id} is searched with another vector than stored.", row.id)
    if slots:
        yield Problem("cache_differs", f"{len(slots)} tracks are searched but not stored.")


def mixer_blocks(space: Space, vocabulary: TagVocabulary) -> dict[str, slice]:
    """Axis -> columns of a track vector; empty for a space that is not this mixer's."""
    if space.layout != LAYOUT:
        return {}
    try:
        return Mixer.of_dim(space.dim, len(vocabulary.labels)).blocks
    except ValueError:
        return {}


def _everything() -> Any:
    joined = tracks.outerjoin(vectors, vectors.c.row == tracks.c.row)
    for table in (chunk_embeddings, bars, chunk_codes):
        joined = joined.outerjoin(table, table.c.row == tracks.c.row)
    return (
        select(
            tracks,
            vectors.c.vector,
            vectors.c.crc.label("vector_crc"),
            chunk_embeddings.c.n_chunks,
            chunk_embeddings.c.dim,
            chunk_embeddings.c.embeddings,
            chunk_embeddings.c.crc.label("chunks_crc"),
            bars.c.phrase_offset,
            bars.c.confidence,
            bars.c.grid,
            bars.c.crc.label("bars_crc"),
            chunk_codes.c.n_levels,
            chunk_codes.c.codes,
            chunk_codes.c.crc.label("codes_crc"),
        )
        .select_from(joined)
        .order_by(tracks.c.row)
    )


def _track_faults(
    row: Row[Any], space: Space, vocabulary: TagVocabulary, blocks: dict[str, slice]
) -> Iterator[tuple[str, str]]:
    """``(code, message)`` of each fault of one track."""
    yield from _of_kind("record_unreadable", _record_faults(row, vocabulary))
    if row.vector is None:
        yield "vector_missing", "it has no vector."
    else:
        yield from _of_kind("vector_unreadable", _vector_faults(row, space, blocks))
    if row.embeddings is None:
        yield "chunks_missing", "it has no chunk embeddings."
    else:
        yield from _of_kind("chunks_unreadable", _chunk_faults(row, blocks))
    if row.grid is not None:
        yield from _of_kind("bars_unreadable", _bar_faults(row))
    if row.codes is not None:
        yield from _of_kind("codes_unreadable", _code_faults(row))


def _of_kind(code: str, faults: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The faults; a text where a number or a blob belongs is one too."""
    try:
        yield from faults
    except (TypeError, ValueError, OverflowError) as error:
        yield code, f"a value is of another kind than what belongs there ({error})."


def _record_faults(row: Row[Any], vocabulary: TagVocabulary) -> Iterator[tuple[str, str]]:
    try:
        track = codec.load_track(row, vocabulary)
    except CatalogueCorrupt as error:
        yield "record_unreadable", error.message
        return
    if codec.crc(row.tag_scores) != row.tag_scores_crc:
        yield "checksum_differs", "its tag scores are not what was written."
    if not ((track.tags.scores >= 0) & (track.tags.scores <= 1)).all():
        yield "tags_out_of_range", "a tag score is outside 0 to 1."
    if not (math.isfinite(track.energy) and 0 <= track.energy <= 1):
        yield "energy_out_of_range", f"its energy is {track.energy}; it must be in 0 to 1."
    if not (math.isfinite(track.duration_seconds) and track.duration_seconds > 0):
        yield "duration_out_of_range", f"its duration is {track.duration_seconds} seconds."
    if not (math.isfinite(track.tempo.bpm) and track.tempo.bpm > 0):
        yield "tempo_out_of_range", f"its tempo is {track.tempo.bpm} BPM."


def _vector_faults(row: Row[Any], space: Space, blocks: dict[str, slice]) -> Iterator[tuple[str, str]]:
    if codec.crc(row.vector) != row.vector_crc:
        yield "checksum_differs", "its vector is not what was written."
    try:
        vector = codec.read_floats(row.vector, space.dim, "its vector")
    except CatalogueCorrupt as error:
        yield "vector_unreadable", error.message
        return
    if not np.isfinite(vector).all():
        yield "vector_not_finite", "its vector holds values that are not finite numbers."
        return
    for axis, block in blocks.items():
        length = float(np.linalg.norm(vector[block]))
        if abs(length - 1) > _NORM_TOLERANCE:
            yield "vector_not_unit", f"the {axis} block of its vector has length {length:.4f}; it must be 1."


def _chunk_faults(row: Row[Any], blocks: dict[str, slice]) -> Iterator[tuple[str, str]]:
    if codec.crc(row.embeddings) != row.chunks_crc:
        yield "checksum_differs", "its chunk embeddings are not what was written."
    try:
        chunks = codec.read_chunks(row.embeddings, row.n_chunks, row.dim)
    except CatalogueCorrupt as error:
        yield "chunks_unreadable", error.message
        return
    sound = blocks.get("sound")
    if sound is not None and row.dim != sound.stop - sound.start:
        yield "chunks_unreadable", f"its chunk embeddings have {row.dim} dimensions, not {sound.stop - sound.start}."
    if not np.isfinite(chunks).all():
        yield "chunks_not_finite", "its chunk embeddings hold values that are not finite numbers."


def _bar_faults(row: Row[Any]) -> Iterator[tuple[str, str]]:
    if codec.crc(row.grid) != row.bars_crc:
        yield "checksum_differs", "its bars are not what was written."
    try:
        found = codec.read_bars(row.grid, row.phrase_offset, row.confidence)
    except CatalogueCorrupt as error:
        yield "bars_unreadable", error.message
        return
    if not (np.isfinite(found.starts).all() and (np.diff(found.starts) > 0).all()):
        yield "bars_unreadable", "its bars do not follow one another."
    if not (((found.levels >= 0) & (found.levels <= 1)).all() and 0 <= found.confidence <= 1):
        yield "bars_unreadable", "a level of its bars, or their confidence, is outside 0 to 1."


def _code_faults(row: Row[Any]) -> Iterator[tuple[str, str]]:
    if codec.crc(row.codes) != row.codes_crc:
        yield "checksum_differs", "the words of its chunks are not what was written."
    try:
        words = codec.read_codes(row.codes, row.n_levels)
    except CatalogueCorrupt as error:
        yield "codes_unreadable", error.message
        return
    readable = row.embeddings is not None and len(row.embeddings) == 2 * row.n_chunks * row.dim
    if readable and len(words) != row.n_chunks:
        yield "codes_unreadable", f"words are stored for {len(words)} chunks; it has {row.n_chunks}."


def _repeated_hashes(connection: Connection) -> Iterator[Problem]:
    grouped = select(tracks.c.content_hash, func.count().label("n")).group_by(tracks.c.content_hash)
    for row in connection.execute(grouped.having(func.count() > 1)):
        yield Problem("hash_repeated", f"{row.n} tracks have the content hash {row.content_hash}.")


def _miscounted_codes(connection: Connection) -> Iterator[Problem]:
    kept = codes.frequencies(connection)
    try:
        found = codes.counted((row.codes, row.n_levels) for row in connection.execute(select(chunk_codes)))
    except (CatalogueCorrupt, TypeError):
        return  # told with its track
    wrong = {word for word, _ in set(kept.n_with.items()) ^ set(found.n_with.items())}
    if wrong:
        yield Problem(
            "frequencies_differ",
            f"{len(wrong)} words of the codebook, {min(wrong)} first, are counted otherwise than tracks hold them.",
        )
