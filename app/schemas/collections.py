"""Collections of tracks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from app.schemas.base import RequestModel, ResponseModel, TrackId
from segue.shelf.collection import Collection
from segue.shelf.names import MAX_NAME

MAX_TRACK_IDS = 1000

CollectionId = Annotated[
    str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$", description="Id of a collection.", examples=["01JE" + "0" * 22])
]
CollectionName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_NAME,
        pattern=r"^[^\x00-\x1F\x7F]*[^\x00-\x20\x7F][^\x00-\x1F\x7F]*$",
        description="One line; space around it is dropped, and no two collections have the same name.",
        examples=["Warm-up"],
    ),
]


class CollectionFields(RequestModel):
    """What a collection is called."""

    name: CollectionName


class TrackIdsBody(RequestModel):
    """Some tracks of the catalogue."""

    ids: list[TrackId] = Field(min_length=1, max_length=MAX_TRACK_IDS, description="Ids of tracks, in any order.")


class CollectionBody(ResponseModel):
    """A named set of tracks."""

    id: str = Field(description="Made by the catalogue; sorts by time of creation.")
    name: str
    created_at: datetime = Field(description="When it was made, UTC.")
    track_count: int = Field(ge=0, description="How many tracks are in it.")

    @classmethod
    def of(cls, collection: Collection) -> CollectionBody:
        """Body of a collection."""
        return cls(
            id=collection.id,
            name=collection.name,
            created_at=datetime.fromtimestamp(collection.created_at, UTC),
            track_count=collection.n_tracks,
        )


class CollectionPage(ResponseModel):
    """Some collections, in order of creation."""

    collections: list[CollectionBody]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")
