"""Paths: what may be asked for, and the answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.schemas.base import ResponseModel
from app.schemas.seeds import MAX_SEEDS, SeedBody, SourceBody
from app.schemas.sets import EndedBody, PlacedBody, SetParams, SetPoolBody, SetTags
from app.schemas.tracks import ModelBody
from segue.path import DEFAULT_BETWEEN, PathOptions
from segue.playlist import MAX_LENGTH
from segue.ports import Catalogue


class WaypointBody(SourceBody):
    """A track that the path leads through; exactly one field says which."""

    def as_seed(self) -> SeedBody:
        """The same as a seed."""
        return SeedBody(**self.model_dump(exclude_unset=True))


class PathTags(SetTags):
    """What tracks between waypoints must share with the waypoints, whose tags count together."""

    min_shared: int = Field(
        default=0, ge=0, le=100, description="So many active tags every track must share; 0 turns the gate off."
    )


class PathParams(SetParams):
    """What kind of path; everything has a default."""

    waypoints: list[WaypointBody] = Field(
        default=[],
        max_length=MAX_SEEDS,
        description="What the path leads through, in this order; two or more. Uploads are named by their number as "
        "`file`; those not named stand at the end.",
    )
    n_between: Annotated[int, Field(ge=0, le=MAX_LENGTH)] | None = Field(
        default=None,
        description=f"How many tracks between one waypoint and the next; {DEFAULT_BETWEEN} where `length` is left out, "
        "too.",
    )
    length: Annotated[int, Field(ge=2, le=MAX_LENGTH)] | None = Field(
        default=None, description="How many tracks in all, the waypoints among them; not beside `n_between`."
    )
    partial: bool = Field(
        default=False, description="Whether to answer how far it leads where it does not lead to the end."
    )
    tags: PathTags = Field(default=PathTags())

    def as_seeds(self) -> list[SeedBody]:
        """The waypoints as seeds."""
        return [waypoint.as_seed() for waypoint in self.waypoints]

    def options(self, catalogue: Catalogue) -> PathOptions:
        """The domain's options. Raises InvalidRequest, PresetNotFound, CollectionNotFound."""
        return PathOptions(
            n_between=self.n_between,
            length=self.length,
            neighbours=self.neighbours.limits(),
            limits=self.limits(catalogue),
            gate=self.tags.gate(catalogue.vocabulary),
            weights=self.applied_weights(catalogue.presets),
            partial=self.partial,
        )


class PathRequest(PathParams):
    """A path through tracks of the catalogue and recent uploads."""

    waypoints: list[WaypointBody] = Field(
        min_length=2, max_length=MAX_SEEDS, description="What the path leads through, in this order."
    )


class PathBody(ResponseModel):
    """A path."""

    tracks: list[PlacedBody] = Field(
        description="In playing order; empty where it does not lead to the end, unless `partial` was asked for."
    )
    waypoints: list[int] = Field(description="Positions at which the waypoints stand.")
    total_seconds: float = Field(ge=0, description="Of all tracks, one after the other.")
    ended: EndedBody
    pool: SetPoolBody
    model: ModelBody
