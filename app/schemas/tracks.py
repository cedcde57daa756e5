"""Tracks of the catalogue, and analyses of tracks that are in none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from app.schemas.base import FileText, KeyText, RequestModel, ResponseModel, Text
from app.schemas.music import KeyBody, TagScoreBody, TempoBody, share
from segue.ports import Space
from segue.track import Analysis, Track


class TrackBody(ResponseModel):
    """One recording in the catalogue."""

    id: str = Field(description="Made by the catalogue; sorts by time of arrival.")
    title: FileText | None
    artist: FileText | None
    album: FileText | None
    path: FileText | None = Field(
        description="The file it was read from; null for uploads. What is no UTF-8 in its name comes as `?`."
    )
    duration_seconds: float = Field(ge=0)
    tempo: TempoBody = Field(description="The owner's word where given, else the estimate.")
    key: KeyBody = Field(description="The owner's word where given, else the estimate.")
    bpm_override: float | None = Field(description="The owner's tempo, null where the estimate counts.")
    key_override: str | None = Field(description="The owner's key, null where the estimate counts.")
    energy: float = Field(ge=0, le=1)
    tags: list[TagScoreBody] = Field(description="The active tags, strongest first.")
    added_at: datetime = Field(description="When it came into the catalogue, UTC.")
    content_hash: str = Field(description="SHA-256 of the decoded audio: the same recording has the same.")

    @classmethod
    def of(cls, track: Track) -> TrackBody:
        """Body of a track."""
        told = track.description
        return cls(
            id=track.id,
            title=told.title,
            artist=told.artist,
            album=told.album,
            path=told.path,
            duration_seconds=round(track.duration_seconds, 2),
            tempo=TempoBody.of(track.tempo),
            key=KeyBody.of(track.key),
            bpm_override=track.bpm_override,
            key_override=None if track.key_override is None else track.key_override.name,
            energy=round(share(track.energy), 4),
            tags=TagScoreBody.all_of(track.tags, only_active=True),
            added_at=datetime.fromtimestamp(track.added_at, UTC),
            content_hash=track.content_hash,
        )


class TrackPage(ResponseModel):
    """Some tracks of the catalogue, in order of arrival."""

    tracks: list[TrackBody]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")


class TrackPageQuery(RequestModel):
    """Which page."""

    limit: int = Field(default=50, ge=1, le=500, description="At most so many tracks.")
    cursor: str | None = Field(
        default=None, min_length=1, max_length=200, description="`next_cursor` of the page before; none for the first."
    )


class TrackFields(RequestModel):
    """What may be told of an uploaded track, in form fields beside `file`."""

    title: Text | None = Field(default=None, description="Default: the file's own metadata, then its name.")
    artist: Text | None = Field(default=None, description="Default: the file's own metadata.")
    album: Text | None = Field(default=None, description="Default: the file's own metadata.")


class TrackChangesBody(RequestModel):
    """An owner's changes: fields left out stay as they are, null clears."""

    title: Text | None = None
    artist: Text | None = None
    album: Text | None = None
    bpm: Annotated[float, Field(ge=20, le=400)] | None = Field(
        default=None, description="The right tempo; it wins over the estimate until cleared with null."
    )
    key: KeyText | None = Field(
        default=None, description="The right key; it wins over the estimate until cleared with null."
    )


class ModelBody(ResponseModel):
    """The models and the layout that similarities belong to."""

    tagger: str = Field(description="Name and checkpoint hash.")
    embedder: str = Field(description="Name and checkpoint hash.")
    layout: str = Field(description="Version of the mixer's block layout.")
    dim: int = Field(ge=1, description="Length of a track vector.")

    @classmethod
    def of(cls, space: Space) -> ModelBody:
        """Body of a space."""
        return cls(tagger=space.tagger, embedder=space.embedder, layout=space.layout, dim=space.dim)


class AnalysisQuery(RequestModel):
    """What to answer."""

    embedding: bool = Field(default=False, description="Whether to add the track embedding.")


class AnalysisBody(ResponseModel):
    """Everything that both networks heard in a track."""

    analysis_id: str = Field(
        description="Stands for the upload in later requests, for an hour after its last use. What was heard is kept "
        "in memory for that long; the audio is not."
    )
    duration_seconds: float = Field(ge=0)
    tempo: TempoBody
    key: KeyBody
    energy: float = Field(ge=0, le=1)
    tags: list[TagScoreBody] = Field(description="The whole vocabulary scored, strongest first.")
    content_hash: str = Field(description="SHA-256 of the decoded audio.")
    embedding: list[float] | None = Field(description="Track embedding of length 1; null unless asked for.")
    model: ModelBody

    @classmethod
    def of(cls, analysis: Analysis, analysis_id: str, space: Space, *, embedding: bool) -> AnalysisBody:
        """Body of an analysis."""
        heard = analysis.hearing
        return cls(
            analysis_id=analysis_id,
            duration_seconds=round(analysis.duration_seconds, 2),
            tempo=TempoBody.of(heard.tempo),
            key=KeyBody.of(heard.key),
            energy=round(share(heard.energy), 4),
            tags=TagScoreBody.all_of(analysis.tags, only_active=False),
            content_hash=analysis.content_hash,
            embedding=[round(float(x), 6) for x in analysis.sound] if embedding else None,
            model=ModelBody.of(space),
        )
