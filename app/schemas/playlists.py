"""Playlists: what may be asked for, and the answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.schemas.base import ResponseModel
from app.schemas.limits import Share
from app.schemas.recommendations import QueryBody
from app.schemas.seeds import SeededParams, SeededRequest
from app.schemas.sets import EndedBody, PlacedBody, SetParams, SetPoolBody, SetTags
from app.schemas.tracks import ModelBody
from segue.playlist import DEFAULT_LENGTH, MAX_DURATION_SECONDS, MAX_KEEP_ON, MAX_LENGTH, PlaylistOptions
from segue.ports import Catalogue
from segue.sets.curve import CurveName

_DEFAULT = PlaylistOptions()


class PlaylistParams(SeededParams, SetParams):
    """What kind of set; everything has a default."""

    length: Annotated[int, Field(ge=1, le=MAX_LENGTH)] | None = Field(
        default=None,
        description=f"How many tracks. Left out: as many as `total_seconds` takes, or as the curve has energies, "
        f"else {DEFAULT_LENGTH}.",
    )
    total_seconds: Annotated[float, Field(gt=0, le=MAX_DURATION_SECONDS)] | None = Field(
        default=None, description="Tracks are added until they last so long; not beside `length`."
    )
    keep_on: int = Field(
        default=_DEFAULT.keep_on,
        ge=0,
        le=MAX_KEEP_ON,
        description="How many of the last tracks count beside the seed, each as much as it.",
    )
    drunk: float = Field(
        default=_DEFAULT.drunk, ge=0, le=1, description="How much noise moves the choice; 1: as much as all else."
    )
    rng_seed: int = Field(
        default=_DEFAULT.rng_seed, ge=0, lt=2**63, description="Which noise; the same one gives the same set."
    )
    curve: CurveName | Annotated[list[Share], Field(min_length=1, max_length=MAX_LENGTH)] | None = Field(
        default=None,
        description="How energy moves: `warm_up`, `build`, `peak`, `release`, all four as an `arc`, or energies that "
        "are spread evenly over the set. Named curves are relative to what the pool offers.",
    )
    max_per_artist: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="At most so many tracks of one artist."
    )
    play_seed: bool = Field(default=False, description="Whether the seed itself is the first track.")
    tags: SetTags = Field(default=SetTags())

    def options(self, catalogue: Catalogue) -> PlaylistOptions:
        """The domain's options. Raises InvalidRequest, PresetNotFound, CollectionNotFound."""
        return PlaylistOptions(
            length=self.length,
            duration_seconds=self.total_seconds,
            keep_on=self.keep_on,
            drunk=self.drunk,
            rng_seed=self.rng_seed,
            neighbours=self.neighbours.limits(),
            curve=tuple(self.curve) if isinstance(self.curve, list) else self.curve,
            max_per_artist=self.max_per_artist,
            play_seed=self.play_seed,
            limits=self.limits(catalogue),
            gate=self.tags.gate(catalogue.vocabulary),
            weights=self.applied_weights(catalogue.presets),
        )


class PlaylistRequest(SeededRequest, PlaylistParams):
    """A set from a track of the catalogue, from a recent upload, or from several seeds."""


class PlaylistBody(ResponseModel):
    """A set."""

    query: QueryBody
    tracks: list[PlacedBody] = Field(description="In playing order.")
    total_seconds: float = Field(ge=0, description="Of all tracks, one after the other.")
    ended: EndedBody
    pool: SetPoolBody
    model: ModelBody
