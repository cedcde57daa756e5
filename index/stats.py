"""Stats: what a catalogue holds, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, func, select

from index.schema import chunk_embeddings, files, tracks, version_of
from index.vectors import View
from segue.ports import Space


@dataclass(frozen=True)
class Stats:
    """What a catalogue holds.

    Attributes:
        tracks: number of tracks.
        chunks: number of chunk embeddings.
        duration_seconds: of all tracks together.
        tags: label -> tracks on which it is active, for the whole vocabulary.
        files: number of remembered files.
        failed_files: those of them that could not be read when last looked at.
        bytes_on_disk: of the catalogue file and its log.
        space: which models and mixer its vectors belong to.
        schema_version: version of the tables.
    """

    tracks: int
    chunks: int
    duration_seconds: float
    tags: dict[str, int]
    files: int
    failed_files: int
    bytes_on_disk: int
    space: Space
    schema_version: int


def read_stats(connection: Connection, view: View, path: Path, space: Space) -> Stats:
    """Counts everything in one snapshot."""
    n_tracks, duration = connection.execute(
        select(func.count(), func.coalesce(func.sum(tracks.c.duration_seconds), 0.0)).select_from(tracks)
    ).one()
    failed = select(func.count()).select_from(files).where(files.c.error_code.is_not(None))
    return Stats(
        tracks=n_tracks,
        chunks=connection.execute(select(func.coalesce(func.sum(chunk_embeddings.c.n_chunks), 0))).scalar_one(),
        duration_seconds=duration,
        tags={label: int(np.count_nonzero(view.active(label))) for label in view.vocabulary.labels},
        files=connection.execute(select(func.count()).select_from(files)).scalar_one(),
        failed_files=connection.execute(failed).scalar_one(),
        bytes_on_disk=sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*")),
        space=space,
        schema_version=version_of(connection),
    )
