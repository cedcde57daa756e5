"""The map of the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from app.cursors import MAX_CURSOR_LENGTH
from app.schemas.base import FileText, RequestModel, ResponseModel
from segue.shelf.map import Cluster, MapPage, MapPoint

MAX_POINTS = 10_000


class MapQuery(RequestModel):
    """Which page."""

    limit: int = Field(default=1000, ge=1, le=MAX_POINTS, description="At most so many points.")
    cursor: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_CURSOR_LENGTH,
        description="`next_cursor` of the page before; none for the first.",
    )


class MapPointBody(ResponseModel):
    """A track on the map."""

    track_id: str
    title: FileText | None
    artist: FileText | None
    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1, description="As long as `x`, so that distances on the map can be compared.")
    cluster: int = Field(ge=0, description="Id of its cluster.")

    @classmethod
    def of(cls, point: MapPoint) -> MapPointBody:
        """Body of a point."""
        return cls(
            track_id=point.track_id,
            title=point.title,
            artist=point.artist,
            x=round(point.x, 5),
            y=round(point.y, 5),
            cluster=point.cluster,
        )


class ClusterBody(ResponseModel):
    """Tracks that sound alike."""

    id: int = Field(ge=0, description="Stays the same until the next fit.")
    name: str = Field(description="The genre and the instrument that set it apart; no two names are the same.")
    x: float = Field(ge=0, le=1, description="Where its name belongs.")
    y: float = Field(ge=0, le=1, description="Where its name belongs.")
    size: int = Field(ge=1, description="How many tracks of the catalogue are in it.")
    tags: list[str] = Field(description="Tags that are more frequent in it than elsewhere, most telling first.")

    @classmethod
    def of(cls, cluster: Cluster) -> ClusterBody:
        """Body of a cluster."""
        return cls(
            id=cluster.id,
            name=cluster.name,
            x=round(cluster.x, 5),
            y=round(cluster.y, 5),
            size=cluster.size,
            tags=list(cluster.tags),
        )


class MapBody(ResponseModel):
    """Some points of the map, and all its clusters."""

    method: Literal["umap", "pca"] = Field(description="How places were found.")
    fitted_at: datetime | None = Field(
        description="When `segue index map` was run, UTC; null where it never was, and the map follows every change."
    )
    tracks: int = Field(ge=0, description="Tracks on the whole map.")
    placed: int = Field(ge=0, description="Of these, tracks that came after the fit and were placed among the others.")
    clusters: list[ClusterBody]
    points: list[MapPointBody] = Field(description="In order of track id.")
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")

    @classmethod
    def of(cls, page: MapPage, points: tuple[MapPoint, ...], next_cursor: str | None) -> MapBody:
        """Body of a page that shows some of its points."""
        return cls(
            method=page.method,
            fitted_at=None if page.fitted_at is None else datetime.fromtimestamp(page.fitted_at, UTC),
            tracks=page.n_tracks,
            placed=page.n_placed,
            clusters=[ClusterBody.of(cluster) for cluster in page.clusters],
            points=[MapPointBody.of(point) for point in points],
            next_cursor=next_cursor,
        )
