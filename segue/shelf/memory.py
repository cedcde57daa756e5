"""Collections, plays and presets in their plainest form: dictionaries, for the fake catalogue."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from segue.shelf.collection import Collection, name_taken, no_collection, no_tracks
from segue.shelf.names import tidy_name
from segue.shelf.play import Play, PlayedBefore, moment_of_play
from segue.shelf.preset import BUILT_IN, Preset, built_in, no_preset, refuse_built_in, saveable
from segue.track import Track


class MemoryCollections:
    """Collections over a live dictionary of tracks: what leaves it is in no collection."""

    def __init__(self, tracks: Mapping[str, Track]) -> None:
        self._tracks = tracks
        self._collections: dict[str, Collection] = {}
        self._members: dict[str, set[str]] = {}
        self._n_made = 0

    def create(self, name: str) -> Collection:
        """Makes an empty collection."""
        name = self._free(name)
        self._n_made += 1
        made = Collection(f"{self._n_made:026d}", name, time.time())
        self._collections[made.id], self._members[made.id] = made, set()
        return made

    def get(self, collection_id: str) -> Collection:
        """One collection."""
        if collection_id not in self._collections:
            raise no_collection(collection_id)
        return replace(self._collections[collection_id], n_tracks=len(self._in(collection_id)))

    def named(self, name: str) -> Collection | None:
        """The collection with that name."""
        return next((self.get(i) for i, known in self._collections.items() if known.name == tidy_name(name)), None)

    def page(self, limit: int, after: str | None = None) -> list[Collection]:
        """Collections in order of id."""
        return [self.get(i) for i in sorted(self._collections) if after is None or i > after][:limit]

    def rename(self, collection_id: str, name: str) -> Collection:
        """Gives it another name."""
        known = self.get(collection_id)
        self._collections[collection_id] = replace(known, name=self._free(name, but=collection_id))
        return self.get(collection_id)

    def remove(self, collection_id: str) -> None:
        """Deletes a collection."""
        self.get(collection_id)
        del self._collections[collection_id], self._members[collection_id]

    def add_tracks(self, collection_id: str, track_ids: Sequence[str]) -> Collection:
        """Puts tracks in, all of them or none."""
        self.get(collection_id)
        unknown = sorted(set(track_ids) - self._tracks.keys())
        if unknown:
            raise no_tracks(unknown)
        self._members[collection_id] |= set(track_ids)
        return self.get(collection_id)

    def remove_tracks(self, collection_id: str, track_ids: Sequence[str]) -> int:
        """Takes tracks out."""
        self.get(collection_id)
        gone = self._in(collection_id) & set(track_ids)
        self._members[collection_id] -= gone
        return len(gone)

    def track_page(self, collection_id: str, limit: int, after: str | None = None) -> list[Track]:
        """Its tracks in order of id."""
        self.get(collection_id)
        ids = sorted(i for i in self._in(collection_id) if after is None or i > after)
        return [self._tracks[i] for i in ids[:limit]]

    def holding(self, track_id: str) -> frozenset[str]:
        """Ids of the collections that hold a track."""
        return frozenset(i for i, members in self._members.items() if track_id in members)

    def _in(self, collection_id: str) -> set[str]:
        return self._members[collection_id] & self._tracks.keys()

    def _free(self, name: str, but: str | None = None) -> str:
        known = self.named(name)
        if known is not None and known.id != but:
            raise name_taken(known.name)
        return tidy_name(name)


class MemoryPlays:
    """Plays over a live dictionary of tracks."""

    def __init__(self, tracks: Mapping[str, Track]) -> None:
        self._tracks = tracks
        self._plays: dict[int, Play] = {}
        self._n_made = 0

    def record(self, track_id: str, played_at: float | None = None) -> Play:
        """Remembers a play."""
        moment = moment_of_play(played_at)
        if track_id not in self._tracks:
            raise no_tracks([track_id])
        known = next((play for play in self._kept() if (play.track_id, play.played_at) == (track_id, moment)), None)
        if known is not None:
            return known
        self._n_made += 1
        self._plays[self._n_made] = Play(self._n_made, track_id, moment)
        return self._plays[self._n_made]

    def recent(self, limit: int, after: PlayedBefore | None = None) -> list[Play]:
        """Plays, newest first."""
        kept = sorted(self._kept(), key=lambda play: (-play.played_at, -play.id))
        return [play for play in kept if after is None or (play.played_at, play.id) < after][:limit]

    def forget_all(self) -> int:
        """Forgets every play."""
        n = len(self._kept())
        self._plays.clear()
        return n

    def last_played(self, track_id: str) -> float | None:
        """When a track was last played; None means never."""
        return max((play.played_at for play in self._kept() if play.track_id == track_id), default=None)

    def _kept(self) -> list[Play]:
        return [play for play in list(self._plays.values()) if play.track_id in self._tracks]


class MemoryPresets:
    """Presets in a dictionary."""

    def __init__(self) -> None:
        self._saved: dict[str, Preset] = {}

    def all(self) -> list[Preset]:
        """Those that come with Segue, then the saved ones by name."""
        return [*BUILT_IN, *(self._saved[name] for name in sorted(self._saved))]

    def get(self, name: str) -> Preset:
        """One preset."""
        found = built_in(name) or self._saved.get(name)
        if found is None:
            raise no_preset(name, sorted(self._saved))
        return found

    def save(self, preset: Preset) -> Preset:
        """Saves a preset."""
        self._saved[preset.name] = saveable(preset)
        return self._saved[preset.name]

    def remove(self, name: str) -> None:
        """Deletes a saved preset."""
        refuse_built_in(name)
        self.get(name)
        del self._saved[name]
