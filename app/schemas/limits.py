"""Limits, as they are asked for over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from app.schemas.base import RequestModel, TrackId
from segue.diversity import Diversity
from segue.key import KeyMode
from segue.limits import EnergyLimit, KeyLimit, Limits, TempoLimit
from segue.ports import Catalogue
from segue.shelf.play import played_since
from segue.where import Range

MAX_IDS = 1000
MAX_NAMES = 100

Bpm = Annotated[float, Field(gt=0, le=1000)]
Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=1e6)]
ArtistName = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
CollectionId = Annotated[str, Field(min_length=1, max_length=64)]

HoursAgo = Annotated[float, Field(gt=0, le=100_000)]
NOT_PLAYED: Any = Field(default=None, description="Nothing that was played (`POST /v1/listens`) within so many hours.")


class BpmParams(RequestModel):
    """Which tempi pass: a window, or whatever can be pitched to a target. Both may be given."""

    min: Bpm | None = Field(default=None, description="The slowest tempo.")
    max: Bpm | None = Field(default=None, description="The fastest tempo.")
    target: Bpm | None = Field(
        default=None, description="The tempo that results must be pitched to; left out, the query's own."
    )
    tolerance_pct: Annotated[float, Field(ge=0, le=50)] | None = Field(
        default=None, description="By how many percent a result's playing speed may be changed to get there."
    )
    half_double: bool = Field(default=True, description="Whether half and double time pass as well.")

    def limit(self) -> TempoLimit:
        """The domain's limit. Raises InvalidRequest."""
        return TempoLimit(self.min, self.max, self.target, self.tolerance_pct, self.half_double)


class KeyParams(RequestModel):
    """Which keys pass beside the query's."""

    mode: KeyMode = Field(
        default="off",
        description="`off`: all; `exact`: the same; `standard`: also the relative and one step on the wheel; "
        "`extended`: also two steps, the energy boost (+7) and the diagonals.",
    )
    key_lock: bool = Field(
        default=True,
        description="Whether your player keeps a track's key when its tempo is changed. Without, the key that is then "
        "heard has to pass.",
    )

    def limit(self) -> KeyLimit:
        """The domain's limit."""
        return KeyLimit(self.mode, self.key_lock)


class EnergyParams(RequestModel):
    """Which energies pass."""

    min: Share = Field(default=0.0, description="The lowest energy.")
    max: Share = Field(default=1.0, description="The highest energy.")
    direction: Literal["any", "up", "down", "steady"] = Field(
        default="any",
        description="`up`: from the query's energy upwards; `down`: downwards; `steady`: within 0.1 of it.",
    )

    def limit(self) -> EnergyLimit:
        """The domain's limit. Raises InvalidRequest."""
        return EnergyLimit(self.min, self.max, self.direction)


class DurationParams(RequestModel):
    """Which durations pass, in seconds; `max` keeps long mixes out."""

    min: Seconds | None = Field(default=None, description="The shortest duration.")
    max: Seconds | None = Field(default=None, description="The longest duration.")

    def limit(self) -> Range:
        """The domain's limit."""
        return Range(self.min or 0.0, float("inf") if self.max is None else self.max)


class ScopeParams(RequestModel):
    """Which part of the catalogue is looked at."""

    collection_ids: list[CollectionId] | None = Field(
        default=None, max_length=MAX_NAMES, description="Only tracks of one of these collections."
    )
    track_ids: list[TrackId] | None = Field(default=None, max_length=MAX_IDS, description="Only these tracks.")
    artists: list[ArtistName] = Field(
        default=[], max_length=MAX_NAMES, description="Only these artists, whatever their case."
    )
    exclude_artists: list[ArtistName] = Field(
        default=[], max_length=MAX_NAMES, description="None of these artists, whatever their case."
    )

    def collections_of(self, catalogue: Catalogue) -> frozenset[str] | None:
        """The collections that are asked for. Raises CollectionNotFound."""
        if self.collection_ids is None:
            return None
        return frozenset(catalogue.collections.get(collection_id).id for collection_id in self.collection_ids)


class DiversityParams(RequestModel):
    """What keeps results apart."""

    max_per_artist: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="At most so many results of one artist."
    )
    max_per_album: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="At most so many results of one album."
    )
    fold_duplicates: bool = Field(
        default=True,
        description="Whether another encoding or a remaster of a result is folded into it, and of the query left out.",
    )
    not_played_within_hours: HoursAgo | None = NOT_PLAYED

    def diversity(self) -> Diversity:
        """The domain's diversity."""
        return Diversity(self.max_per_artist, self.max_per_album, self.fold_duplicates)


class PoolParams(RequestModel):
    """Which tracks may take part, whatever they are compared with."""

    bpm: BpmParams = Field(default=BpmParams())
    energy: EnergyParams = Field(default=EnergyParams())
    duration: DurationParams = Field(default=DurationParams())
    scope: ScopeParams = Field(default=ScopeParams())
    exclude_ids: list[TrackId] = Field(
        default=[], max_length=MAX_IDS, description="Tracks that never take part; unknown ids do no harm."
    )

    def pool(self, catalogue: Catalogue, not_played_within_hours: float | None) -> Limits:
        """The domain's limits. Raises InvalidRequest, CollectionNotFound."""
        scope = self.scope
        return Limits(
            tempo=self.bpm.limit(),
            energy=self.energy.limit(),
            duration_seconds=self.duration.limit(),
            artists=frozenset(scope.artists),
            exclude_artists=frozenset(scope.exclude_artists),
            ids=None if scope.track_ids is None else frozenset(scope.track_ids),
            exclude_ids=frozenset(self.exclude_ids),
            collection_ids=scope.collections_of(catalogue),
            not_played_since=played_since(not_played_within_hours),
        )


class LimitsParams(PoolParams):
    """Everything that a result must meet whatever its similarity; the catalogue evaluates it."""

    key: KeyParams = Field(default=KeyParams())
    diversity: DiversityParams = Field(default=DiversityParams())

    def limits(self, catalogue: Catalogue) -> Limits:
        """The domain's limits. Raises InvalidRequest, CollectionNotFound."""
        return replace(self.pool(catalogue, self.diversity.not_played_within_hours), key=self.key.limit())
