"""Seeds, as they are told over HTTP: tracks of the catalogue, recent uploads, and files of the same request."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from app.schemas.base import RequestModel, TrackId, without_default

MAX_SEEDS = 16
MAX_FILES = 8

AnalysisId = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Za-z]{1,64}$",
        description="Stands for a recent upload; answers tell it.",
        examples=["9f86d081884c7d659a2feaa0c55ad015"],
    ),
]
FileNumber = Annotated[int, Field(ge=0, lt=MAX_FILES, description="A file of this request, the first one is 0.")]

ONE_SOURCE: JsonDict = {"oneOf": [{"required": ["track_id"]}, {"required": ["analysis_id"]}, {"required": ["file"]}]}


def only_one(body: RequestModel, *names: str) -> None:
    """Raises ValueError unless exactly one of the fields was sent, and not as null."""
    sent = [name for name in names if name in body.model_fields_set]
    if len(sent) != 1 or getattr(body, sent[0]) is None:
        arrived = " and ".join(sent) or "none"
        raise ValueError(f"Exactly one of {', '.join(names)} is needed, and not as null; {arrived} arrived")


class SourceBody(RequestModel):
    """A track of the catalogue, a recent upload, or a file of this request; exactly one field says which."""

    model_config = ConfigDict(json_schema_extra=ONE_SOURCE)

    track_id: TrackId | SkipJsonSchema[None] = Field(default=None, json_schema_extra=without_default)
    analysis_id: AnalysisId | SkipJsonSchema[None] = Field(default=None, json_schema_extra=without_default)
    file: FileNumber | SkipJsonSchema[None] = Field(default=None, json_schema_extra=without_default)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        only_one(self, "track_id", "analysis_id", "file")
        return self


class SeedBody(SourceBody):
    """One of the tracks that something is asked for; exactly one of the first three fields says which."""

    weight: float = Field(
        default=1.0,
        ge=-1000,
        le=1000,
        description="How much it counts; below 0 takes it away. At least one must be above 0, none may be 0.",
    )


class SeededParams(RequestModel):
    """What something is asked for, where that is more than one track or upload."""

    seeds: list[SeedBody] = Field(
        default=[],
        max_length=MAX_SEEDS,
        description="Several seeds with weights: this plus that minus the other. Uploads are named by their number as "
        "`file`; those not named count with weight 1.",
    )


ONE_WAY: JsonDict = {"oneOf": [{"required": ["track_id"]}, {"required": ["analysis_id"]}, {"required": ["seeds"]}]}


class SeededRequest(SeededParams):
    """The same without an upload: exactly one of track, recent upload and several seeds."""

    model_config = ConfigDict(json_schema_extra=ONE_WAY)

    track_id: TrackId | SkipJsonSchema[None] = Field(default=None, json_schema_extra=without_default)
    analysis_id: AnalysisId | SkipJsonSchema[None] = Field(default=None, json_schema_extra=without_default)

    @model_validator(mode="after")
    def _one_way_of_seeding(self) -> Self:
        only_one(self, "track_id", "analysis_id", "seeds")
        return self

    def all_seeds(self) -> list[SeedBody]:
        """The seeds, however they were told."""
        if self.track_id is not None:
            return [SeedBody(track_id=self.track_id)]
        return self.seeds if self.analysis_id is None else [SeedBody(analysis_id=self.analysis_id)]
