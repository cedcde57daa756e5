"""Schema: the tables of a catalogue file, and the version they carry.

One SQLite file is the only truth. ``PRAGMA application_id`` says that a file is a catalogue of Segue and
``PRAGMA user_version`` which version of these tables it holds. Every write takes the next revision from
``clock`` and leaves it on the rows it touches (or in ``removals``), so that a reader catches up by asking
for what is newer than what it has seen. ``clock.generation`` changes when a rebuild replaces the space.

Blobs are little-endian: tag scores and vectors float32, chunk embeddings float16; each has its CRC-32.

Version 2 added tables to version 1: bars, chunk codes with their document frequencies, collections, plays, mixer
presets and the map. An older file is brought up to date when it is opened.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    TypeDecorator,
    types,
)

from segue.errors import CatalogueCorrupt, CatalogueError

SCHEMA_VERSION = 2
APPLICATION_ID = 0x53475545  # "SGUE"


class Text(TypeDecorator[str]):
    """Text that may hold what UTF-8 cannot (file names are bytes on Linux): such a value is kept as a blob."""

    impl = types.TEXT
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """TEXT where it can be encoded, else bytes."""
        if value is None or value.isascii():
            return value
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-8", "surrogatepass")
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """The text as it was given."""
        return read_text(value)


def read_text(stored: Any) -> str | None:
    """A text out of its column, which holds a blob where it is no UTF-8. Raises CatalogueCorrupt."""
    try:
        return stored.decode("utf-8", "surrogatepass") if isinstance(stored, bytes) else stored
    except UnicodeDecodeError as error:
        raise CatalogueCorrupt("A stored text cannot be read; run `segue index verify`.") from error


metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),  # "space" and "vocabulary", each as JSON
    Column("value", Text, nullable=False),
)

clock = Table(
    "clock",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
)

tracks = Table(
    "tracks",
    metadata,
    Column("row", Integer, primary_key=True),  # never used twice; in the same order as id
    Column("id", Text, nullable=False, unique=True),
    Column("content_hash", Text, nullable=False, unique=True),
    Column("revision", Integer, nullable=False, index=True),
    Column("title", Text),
    Column("artist", Text),
    Column("album", Text),
    Column("path", Text, index=True),
    Column("added_at", Float, nullable=False),  # seconds since the epoch, UTC
    Column("duration_seconds", Float, nullable=False),
    Column("tempo", Text, nullable=False),  # JSON: bpm, confidence, alternatives
    Column("key", Text, nullable=False),  # JSON: key class 0..23, confidence, alternatives
    Column("energy", Float, nullable=False),
    Column("bpm_override", Float),
    Column("key_override", Integer),  # key class 0..23
    Column("tag_scores", LargeBinary, nullable=False),  # (n_tags,) float32
    Column("tag_scores_crc", Integer, nullable=False),
    sqlite_autoincrement=True,
)

vectors = Table(
    "vectors",
    metadata,
    Column("row", ForeignKey(tracks.c.row, ondelete="CASCADE"), primary_key=True),
    Column("vector", LargeBinary, nullable=False),  # (dim,) float32
    Column("crc", Integer, nullable=False),
)

chunk_embeddings = Table(
    "chunk_embeddings",
    metadata,
    Column("row", ForeignKey(tracks.c.row, ondelete="CASCADE"), primary_key=True),
    Column("n_chunks", Integer, nullable=False),
    Column("dim", Integer, nullable=False),
    Column("embeddings", LargeBinary, nullable=False),  # (n_chunks, dim) float16
    Column("crc", Integer, nullable=False),
)

bars = Table(
    "bars",
    metadata,
    Column("row", ForeignKey(tracks.c.row, ondelete="CASCADE"), primary_key=True),
    Column("phrase_offset", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("grid", LargeBinary, nullable=False),  # (2, n_bars) float32: starts in seconds, levels
    Column("crc", Integer, nullable=False),
)

chunk_codes = Table(
    "chunk_codes",
    metadata,
    Column("row", ForeignKey(tracks.c.row, ondelete="CASCADE"), primary_key=True),
    Column("n_levels", Integer, nullable=False),
    Column("codes", LargeBinary, nullable=False),  # (n_chunks, n_levels) int16
    Column("crc", Integer, nullable=False),
)

code_frequencies = Table(
    "code_frequencies",  # how many tracks hold each entry of the codebook
    metadata,
    Column("code", Integer, primary_key=True),
    Column("n_tracks", Integer, nullable=False),
)

collections = Table(
    "collections",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", Float, nullable=False),  # seconds since the epoch, UTC
)

collection_tracks = Table(
    "collection_tracks",
    metadata,
    Column("collection_id", ForeignKey(collections.c.id, ondelete="CASCADE"), primary_key=True),
    Column("row", ForeignKey(tracks.c.row, ondelete="CASCADE"), primary_key=True, index=True),
)

plays = Table(
    "plays",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("row", ForeignKey(tracks.c.row, ondelete="CASCADE"), nullable=False, index=True),
    Column("played_at", Float, nullable=False, index=True),  # seconds since the epoch, UTC
)

presets = Table(
    "presets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("description", Text, nullable=False),
    Column("weights", Text, nullable=False),  # JSON: axis -> weight
    Column("saved_at", Float, nullable=False),  # seconds since the epoch, UTC
)

map_fit = Table(
    "map_fit",  # none before the first fit
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True),
    Column("revision", Integer, nullable=False),  # of the catalogue when it was stored; tells one fit from another
    Column("method", Text, nullable=False),  # umap or pca
    Column("fitted_at", Float, nullable=False),  # seconds since the epoch, UTC
)

map_points = Table(
    "map_points",  # tracks that were fitted; those that came later are placed among them when they are asked for
    metadata,
    Column("row", ForeignKey(tracks.c.row, ondelete="CASCADE"), primary_key=True),
    Column("x", Float, nullable=False),
    Column("y", Float, nullable=False),
    Column("cluster", Integer, nullable=False),
)

map_clusters = Table(
    "map_clusters",
    metadata,
    Column("cluster", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("x", Float, nullable=False),
    Column("y", Float, nullable=False),
    Column("tags", Text, nullable=False),  # JSON: labels, most telling first
)

removals = Table(
    "removals",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
    Index("ix_removals_revision", "revision"),
)

files = Table(
    "files",
    metadata,
    Column("path", Text, primary_key=True),
    Column("size_bytes", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("track_id", ForeignKey(tracks.c.id, ondelete="CASCADE"), index=True),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("seen_at", Float, nullable=False),  # seconds since the epoch, UTC
)


def version_of(connection: Connection) -> int:
    """Schema version of an open file; 0 for one that holds nothing yet.

    Raises:
        CatalogueError: the file is some other program's, or of a newer Segue.
        CatalogueCorrupt: a version that never existed.
    """
    application = int(connection.exec_driver_sql("PRAGMA application_id").scalar_one())
    version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    if application == 0 and version == 0:
        holds = connection.exec_driver_sql("SELECT name FROM sqlite_master LIMIT 1").scalar()
        if holds is None:
            return 0
    if application != APPLICATION_ID:
        raise CatalogueError("This SQLite file was not made by Segue; choose another catalogue directory.")
    if version > SCHEMA_VERSION:
        raise CatalogueError(
            f"This catalogue has schema version {version}; this Segue reads up to {SCHEMA_VERSION}. "
            "Update Segue, or choose another catalogue directory."
        )
    if version < 1:
        raise CatalogueCorrupt(f"This catalogue has schema version {version}, which never existed.")
    return version


def upgrade_tables(connection: Connection) -> None:
    """Brings the tables of an older version up to this one, inside the caller's transaction."""
    metadata.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def create_tables(connection: Connection) -> None:
    """Writes empty tables and their version, inside the caller's transaction."""
    metadata.create_all(connection)
    connection.execute(clock.insert().values(id=1, revision=0, generation=1))
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
