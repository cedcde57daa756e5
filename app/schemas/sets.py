"""What playlists and paths have in common: which tracks, how neighbours mix, and what is told of each track."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from app.schemas.base import RequestModel, ResponseModel
from app.schemas.limits import NOT_PLAYED, HoursAgo, PoolParams
from app.schemas.music import KeyNames, share
from app.schemas.recommendations import KeyMove, MixerParams, TagsParams
from app.schemas.tracks import TrackBody
from segue.key import KeyMode
from segue.limits import Limits
from segue.playlist import Placed
from segue.ports import Catalogue
from segue.sets.conditions import Remaining
from segue.sets.curve import TOLERANCES, Phase
from segue.sets.ending import Ending, EndingCode
from segue.sets.neighbours import MAX_DRIFT_PERCENT, Move, NeighbourLimits

_DEFAULT = NeighbourLimits()
_STRETCHES = len(TOLERANCES) - 1

SetFormat = Literal["json", "m3u8"]


class NeighboursParams(RequestModel):
    """How far neighbours may lie apart; never loosened."""

    max_bpm_drift_pct: Annotated[float, Field(ge=0, le=MAX_DRIFT_PERCENT)] | None = Field(
        default=_DEFAULT.max_bpm_drift_percent,
        description="By how many percent the faster one of two neighbours may exceed the slower one; `null`: any.",
    )
    half_double: bool = Field(
        default=_DEFAULT.half_double, description="Whether neighbours may also meet at half or double time."
    )
    key_mode: KeyMode = Field(
        default=_DEFAULT.key_mode,
        description="`off`: any key; `exact`: the same; `standard`: also the relative and one step on the wheel; "
        "`extended`: also two steps, the energy boost (+7) and the diagonals.",
    )
    key_lock: bool = Field(
        default=_DEFAULT.key_lock,
        description="Whether your player keeps a track's key when its tempo is changed. Without, the key that is then "
        "heard has to pass.",
    )

    def limits(self) -> NeighbourLimits:
        """The domain's limits. Raises InvalidRequest."""
        return NeighbourLimits(self.max_bpm_drift_pct, self.half_double, self.key_mode, self.key_lock)


class SetParams(MixerParams, PoolParams):
    """Which tracks may take part, how neighbours mix, and what counts."""

    neighbours: NeighboursParams = Field(default=NeighboursParams())
    not_played_within_hours: HoursAgo | None = NOT_PLAYED

    def limits(self, catalogue: Catalogue) -> Limits:
        """The domain's limits for all tracks. Raises InvalidRequest, CollectionNotFound."""
        return self.pool(catalogue, self.not_played_within_hours)


class SetTags(TagsParams):
    """What tracks must share with what was asked for."""

    min_shared: int = Field(
        default=1, ge=0, le=100, description="So many active tags every track must share; 0 turns the gate off."
    )
    on_empty: Literal["relax", "keep"] = Field(
        default="relax",
        description="While there is no whole answer: loosen the gate step by step, or keep it as asked.",
    )


class MoveBody(ResponseModel):
    """What lies between a track and the one before it."""

    tempo_ratio: float = Field(description="0.5, 1 or 2: the metrical level at which both beat together.")
    pitch_pct: float = Field(description="Change of this track's playing speed, in percent, that makes the beats meet.")
    key: KeyMove = Field(description="This track's key, and what the move from the one before is called.")
    without_key_lock: KeyMove = Field(description="The same as heard after that change without key lock.")
    similarity: float = Field(ge=0, le=1, description="Weighted similarity of the two.")

    @classmethod
    def of(cls, found: Move, placed: Placed) -> MoveBody:
        """Body of a move to a track."""
        return cls(
            tempo_ratio=found.tempo_ratio,
            pitch_pct=round(found.pitch_percent, 2),
            key=KeyMove.of(placed.key, found.key_relation),
            without_key_lock=KeyMove.of(found.pitched_key, found.pitched_relation),
            similarity=round(share(found.similarity), 4),
        )


class PlacedBody(ResponseModel):
    """A track at its place."""

    position: int = Field(ge=1)
    track: TrackBody | None = Field(description="Null for an upload.")
    bpm: float
    key: KeyNames
    energy: float = Field(ge=0, le=1)
    duration_seconds: float = Field(ge=0)
    fit: float | None = Field(
        ge=0, le=1, description="How well it fits what was asked for at its place; null where it was given."
    )
    energy_target: float | None = Field(ge=0, le=1, description="What the curve wanted; null without a curve.")
    phase: Phase | None = Field(description="Phase of the set; null without a named curve.")
    relaxed: int = Field(
        ge=0, le=_STRETCHES, description="How many steps the tolerance of the curve was widened for it; 0 is as asked."
    )
    move: MoveBody | None = Field(description="From the track before; null at the first place.")

    @classmethod
    def of(cls, placed: Placed) -> PlacedBody:
        """Body of a track at its place."""
        return cls(
            position=placed.position,
            track=None if placed.track is None else TrackBody.of(placed.track),
            bpm=placed.tempo_bpm,
            key=KeyNames.of_key(placed.key),
            energy=round(share(placed.energy), 4),
            duration_seconds=round(placed.duration_seconds, 2),
            fit=None if placed.fit is None else round(placed.fit, 4),
            energy_target=None if placed.energy_target is None else round(share(placed.energy_target), 4),
            phase=placed.phase,
            relaxed=placed.relaxed,
            move=None if placed.move is None else MoveBody.of(placed.move, placed),
        )


class RemainingBody(ResponseModel):
    """How many tracks a condition left where it ended."""

    condition: str = Field(
        description="`used`, `artist`, `tempo`, `key`, `length`, `waypoint_tempo` or `waypoint_key`; more may come.",
        examples=["key"],
    )
    left: int = Field(ge=0, description="Tracks that meet it and all before it.")
    if_lifted: int = Field(ge=0, description="Tracks that meet all conditions but this one.")

    @classmethod
    def of(cls, some: Remaining) -> RemainingBody:
        """Body of a count."""
        return cls(condition=some.condition, left=some.left, if_lifted=some.if_lifted)


class EndedBody(ResponseModel):
    """Why it ended."""

    code: EndingCode = Field(description="`complete`, or the condition that left no track.")
    message: str = Field(description="The same in words.")
    conditions: list[RemainingBody] = Field(description="What each condition left; empty when it is complete.")
    other_orders: int = Field(ge=0, description="So many other orders were followed and ended no later.")
    all_followed: bool = Field(description="Whether every order was followed, so that none meets the limits.")

    @classmethod
    def of(cls, ended: Ending) -> EndedBody:
        """Body of an ending."""
        return cls(
            code=ended.code,
            message=ended.message,
            conditions=[RemainingBody.of(some) for some in ended.conditions],
            other_orders=ended.chains,
            all_followed=ended.all_followed,
        )


class SetPoolBody(ResponseModel):
    """What tracks were chosen from."""

    size: int = Field(ge=0, description="Tracks that pass the limits for all tracks and the tag gate as applied.")
    relaxed: str = Field(
        description="How the gate was finally applied: `as_asked`, `min_shared=N`, `parent_genre` or `off`.",
        examples=["as_asked"],
    )
