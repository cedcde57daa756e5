"""Where: the hard conditions of a search, evaluated inside the catalogue."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple
from unicodedata import normalize

from segue.key import transposed
from segue.tempo import semitones_when_matched

if TYPE_CHECKING:
    from segue.track import Track


class Range(NamedTuple):
    """Numbers from low to high, both included.

    Attributes:
        low: the smallest.
        high: the largest.
    """

    low: float = -math.inf
    high: float = math.inf

    def holds(self, value: float) -> bool:
        """Whether a number is in it."""
        return self.low <= value <= self.high


ANY = Range()


@dataclass(frozen=True)
class Where:
    """Conditions that every hit must meet; the empty one lets every track pass.

    Attributes:
        shares: labels of which at least ``min_shared`` must be active on the track.
        min_shared: 0 means that ``shares`` is not looked at.
        include: labels of which any or all (``include_mode``) must be active; empty means no condition.
        include_mode: ``"any"`` or ``"all"``.
        exclude: labels none of which may be active.
        exclude_ids: track ids that never pass.
        exclude_hashes: content hashes that never pass (the query's own recording).
        bpm: ranges of which one must hold the tempo; empty means no condition.
        keys: key classes (0..23) of which the track's must be one; empty means no condition.
        keys_at_bpm: when given, ``keys`` are meant as heard once the track is pitched, without key lock, to
            beat with this tempo.
        energy: must hold the energy.
        duration_seconds: must hold the duration.
        artists: names of which the artist must be one, whatever their case; empty means no condition.
        exclude_artists: names of which the artist may be none, whatever their case.
        ids: track ids of which the track's must be one; None means no condition.
        collection_ids: collections of which one must hold the track; None means no condition.
        not_played_since: seconds since the epoch; tracks played then or later never pass.
        until_id: tracks that arrived after this one never pass, so that paging sees what it saw at first.
    """

    shares: frozenset[str] = field(default_factory=frozenset)
    min_shared: int = 0
    include: frozenset[str] = field(default_factory=frozenset)
    include_mode: Literal["any", "all"] = "any"
    exclude: frozenset[str] = field(default_factory=frozenset)
    exclude_ids: frozenset[str] = field(default_factory=frozenset)
    exclude_hashes: frozenset[str] = field(default_factory=frozenset)
    bpm: tuple[Range, ...] = ()
    keys: frozenset[int] = field(default_factory=frozenset)
    keys_at_bpm: float | None = None
    energy: Range = ANY
    duration_seconds: Range = ANY
    artists: frozenset[str] = field(default_factory=frozenset)
    exclude_artists: frozenset[str] = field(default_factory=frozenset)
    ids: frozenset[str] | None = None
    collection_ids: frozenset[str] | None = None
    not_played_since: float | None = None
    until_id: str | None = None

    def sharing(self, labels: frozenset[str], min_shared: int) -> Where:
        """The same conditions with another shared-tags condition."""
        return replace(self, shares=labels, min_shared=min_shared)

    def with_tags(self, include: frozenset[str], mode: Literal["any", "all"], exclude: frozenset[str]) -> Where:
        """The same conditions with other include and exclude lists."""
        return replace(self, include=include, include_mode=mode, exclude=exclude)

    def passes(
        self, track: Track, collection_ids: frozenset[str] = frozenset(), last_played: float | None = None
    ) -> bool:
        """Whether one track meets the conditions: the definition that every engine must agree with.

        Args:
            track: the track.
            collection_ids: the collections that hold it.
            last_played: seconds since the epoch; None means never.
        """
        return (
            self.passes_tags(track.tags.active)
            and self._passes_music(track)
            and self._passes_names(track)
            and (self.collection_ids is None or bool(self.collection_ids & collection_ids))
            and (self.not_played_since is None or last_played is None or last_played < self.not_played_since)
        )

    def passes_tags(self, active: frozenset[str]) -> bool:
        """Whether a set of active tags meets the conditions on tags."""
        if active & self.exclude:
            return False
        if self.min_shared and len(active & self.shares) < self.min_shared:
            return False
        if not self.include:
            return True
        return self.include <= active if self.include_mode == "all" else bool(self.include & active)

    def _passes_music(self, track: Track) -> bool:
        bpm = track.tempo.bpm
        if self.bpm and not any(some.holds(bpm) for some in self.bpm):
            return False
        if not (self.energy.holds(track.energy) and self.duration_seconds.holds(track.duration_seconds)):
            return False
        if not self.keys:
            return True
        shift = 0 if self.keys_at_bpm is None else int(semitones_when_matched(self.keys_at_bpm, bpm))
        return transposed(track.key.key, shift).index in self.keys

    def _passes_names(self, track: Track) -> bool:
        artist = folded(track.description.artist or "")
        return (
            track.id not in self.exclude_ids
            and track.content_hash not in self.exclude_hashes
            and (self.ids is None or track.id in self.ids)
            and (self.until_id is None or track.id <= self.until_id)
            and (not self.artists or artist in map(folded, self.artists))
            and artist not in map(folded, self.exclude_artists)
        )


def folded(name: str) -> str:
    """A name as it is compared: case, surrounding space and how accents are coded do not count."""
    return normalize("NFC", name.strip().casefold())
