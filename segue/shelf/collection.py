"""Collection: tracks of the catalogue that belong together, such as a crate, a residency or a label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from segue.errors import CollectionExists, CollectionNotFound, TrackNotFound
from segue.track import Track

_N_NAMED = 5  # ids that an error names


@dataclass(frozen=True)
class Collection:
    """A named set of tracks; a track may be in any number of them.

    Attributes:
        id: made by the catalogue, sorts by time of creation.
        name: 1 to 60 characters, no two collections have the same.
        created_at: seconds since the epoch, UTC.
        n_tracks: how many tracks are in it.
    """

    id: str
    name: str
    created_at: float
    n_tracks: int = 0


class Collections(Protocol):
    """The collections of a catalogue. A track that leaves the catalogue leaves its collections too."""

    def create(self, name: str) -> Collection:
        """Makes an empty collection.

        Raises:
            InvalidRequest: the name is empty, too long, or holds what cannot be seen.
            CollectionExists: another one has that name.
        """
        ...

    def get(self, collection_id: str) -> Collection:
        """One collection. Raises CollectionNotFound."""
        ...

    def named(self, name: str) -> Collection | None:
        """The collection with that name. Raises InvalidRequest for what can be no name."""
        ...

    def page(self, limit: int, after: str | None = None) -> list[Collection]:
        """Collections in order of id, those behind ``after`` only."""
        ...

    def rename(self, collection_id: str, name: str) -> Collection:
        """Gives it another name. Raises CollectionNotFound, and what ``create`` raises."""
        ...

    def remove(self, collection_id: str) -> None:
        """Deletes a collection; its tracks stay in the catalogue. Raises CollectionNotFound."""
        ...

    def add_tracks(self, collection_id: str, track_ids: Sequence[str]) -> Collection:
        """Puts tracks in, all of them or none; those that are in it already stay.

        Raises:
            CollectionNotFound: no such collection.
            TrackNotFound: the catalogue lacks some of the tracks; the message names them.
        """
        ...

    def remove_tracks(self, collection_id: str, track_ids: Sequence[str]) -> int:
        """Takes tracks out and answers how many of them were in it. Raises CollectionNotFound."""
        ...

    def track_page(self, collection_id: str, limit: int, after: str | None = None) -> list[Track]:
        """Its tracks in order of id, those behind ``after`` only. Raises CollectionNotFound."""
        ...


def no_collection(collection_id: str) -> CollectionNotFound:
    """The error for a collection that is not there."""
    return CollectionNotFound(
        f"There is no collection {collection_id!r} in this catalogue; the list of collections names those there are."
    )


def name_taken(name: str) -> CollectionExists:
    """The error for a name that another collection has."""
    return CollectionExists(f"There is a collection {name!r} already; choose another name, or use that one.")


def no_tracks(track_ids: Sequence[str]) -> TrackNotFound:
    """The error for tracks that are not there; it names the first few."""
    named = ", ".join(repr(track_id) for track_id in track_ids[:_N_NAMED])
    if len(track_ids) == 1:
        return TrackNotFound(f"There is no track {named} in this catalogue.")
    more = f" and {len(track_ids) - _N_NAMED} more" if len(track_ids) > _N_NAMED else ""
    return TrackNotFound(f"There are no tracks {named}{more} in this catalogue; nothing was changed.")
