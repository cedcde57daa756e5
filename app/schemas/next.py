"""Live: what may be asked about what is playing, and what plays next."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from app.schemas.base import ResponseModel, TrackId, without_default
from app.schemas.limits import Seconds
from app.schemas.music import KeyBody, TagScoreBody, TempoBody
from app.schemas.recommendations import AppliedWeights, PoolBody, RankingParams, ResultBody, WarningBody
from app.schemas.seeds import only_one
from app.schemas.tracks import ModelBody, TrackBody
from segue.options import Match

SESSION_FIELD: JsonDict = {
    "type": "string",
    "maxLength": 64,
    "description": "`session` of an earlier answer, to go on with it; empty or left out, a new one begins.",
}

SessionId = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{1,64}$",
        description="A deck or microphone that was listened to; answers tell it.",
        examples=["5f2c9d0b7a4e4c1d8b6a3e9f10d27c44"],
    ),
]


class NextParams(RankingParams):
    """How to rank what may play next; everything has a default."""

    match: Match = Field(
        default="segue",
        description="`segue` ranks by how a result begins beside what is playing now; `track` compares whole tracks "
        "with the last minute; `segment` finds the most alike stretches.",
    )


ONE_SOURCE: JsonDict = {
    "oneOf": [
        {"required": ["track_id", "position_seconds"]},
        {"required": ["session"], "not": {"required": ["position_seconds"]}},
    ],
    "dependentRequired": {"track_id": ["position_seconds"]},
}


class NextRequest(NextParams):
    """What may play next for a track of the catalogue at a position, or for a session without new audio."""

    model_config = ConfigDict(json_schema_extra=ONE_SOURCE)

    track_id: TrackId | SkipJsonSchema[None] = Field(default=None, json_schema_extra=without_default)
    position_seconds: (
        Annotated[Seconds, Field(description="Where in the track you are, from its beginning.")] | SkipJsonSchema[None]
    ) = Field(default=None, json_schema_extra=without_default)
    session: SessionId | SkipJsonSchema[None] = Field(default=None, json_schema_extra=without_default)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        only_one(self, "track_id", "session")
        with_position = "position_seconds" in self.model_fields_set
        if with_position != (self.track_id is not None) or with_position != (self.position_seconds is not None):
            raise ValueError("track_id and position_seconds belong together; neither goes with a session")
        return self


class PlayingBody(ResponseModel):
    """The track of the catalogue that is playing; it is not among the results."""

    track: TrackBody
    confidence: float = Field(ge=0, le=1, description="How sure that is; 1 where the request named it.")


class NextBody(ResponseModel):
    """The answer."""

    session: str | None = Field(
        description="Send it with the next piece of audio, or ask again with other params. It is kept in memory for an "
        "hour after its last use. Null where the request named a track."
    )
    heard_seconds: float = Field(ge=0, description="Of all pieces of this session; 0 where the request named a track.")
    tempo: TempoBody = Field(description="Of what is playing, newer pieces counting more.")
    key: KeyBody = Field(description="Of what is playing, newer pieces counting more.")
    energy: float = Field(ge=0, le=1)
    tags: list[TagScoreBody] = Field(description="The whole vocabulary scored, strongest first.")
    playing: PlayingBody | None = Field(description="Null where it seems to be no track of the catalogue.")
    pool: PoolBody
    results: list[ResultBody] = Field(description="Best first.")
    next_cursor: str | None = Field(
        description="Pass it as `cursor`, beside `session` or the track and position and no new audio, for more; null "
        "when there is no more."
    )
    weights: AppliedWeights
    model: ModelBody
    warnings: list[WarningBody]
