"""Transitions: where one track is mixed out and the next one in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.config import JsonDict

from app.schemas.base import RequestModel, ResponseModel, TrackId
from app.schemas.music import KeyNames, RelationName, share
from app.schemas.tracks import TrackBody
from app.transition_words import transition_caveats, transition_reasons
from segue.key import Key, Relation
from segue.segue_points import OVERLAPS, Playable, Transition

_LENGTHS: JsonDict = {"enum": [*sorted(OVERLAPS)]}  # told, not enforced here: the domain has a better word for others


class TransitionQuery(RequestModel):
    """Which tracks, and over how many bars."""

    from_id: TrackId = Field(description="Id of the track that plays.")
    to_id: TrackId = Field(description="Id of the track that is to follow.")
    overlap_bars: Annotated[int, Field(json_schema_extra=_LENGTHS)] | None = Field(
        default=None, description="Only overlaps of so many bars, 8, 16 or 32; all of them if not said."
    )


class TransitionKey(KeyNames):
    """A key, and what the move to it is called."""

    relation: RelationName = Field(description="What the move from the first track's key is called.")

    @classmethod
    def of_move(cls, key: Key, relation: Relation) -> TransitionKey:
        """Body of a key and its relation."""
        return cls(**KeyNames.of_key(key).model_dump(), relation=relation)


class CaveatBody(ResponseModel):
    """Something to know before trusting a transition."""

    code: str = Field(
        description="`no_bars_out`, `no_bars_in`, `unsure_bars`, `no_outro`, `no_intro`, `too_short` or "
        "`out_of_pitch_range`; more may come."
    )
    message: str


class TransitionBody(ResponseModel):
    """One way of getting from a track to the next."""

    mix_out_seconds: float = Field(ge=0, description="Where in the first track the next one is started.")
    mix_in_seconds: float = Field(ge=0, description="Where in the next track it starts to play.")
    overlap_bars: int = Field(
        ge=0, description="Bars of the first track for which both play: 8, 16 or 32; 0 where there is no room for them."
    )
    overlap_seconds: float = Field(ge=0, description="The same at the first track's own speed.")
    tempo_ratio: float = Field(description="0.5, 1 or 2: the metrical level at which both beat together.")
    pitch_pct: float = Field(description="Change of the next track's playing speed, in percent.")
    key: TransitionKey = Field(description="The next track's key, which key lock keeps.")
    key_without_lock: TransitionKey = Field(description="The key that is heard without key lock, once it is pitched.")
    sound: float = Field(ge=-1, le=1, description="Cosine of what is heard of both during the overlap.")
    level_out: float | None = Field(
        description="Mean level of the first track during the overlap beside its loudest bar; null without bars."
    )
    level_in: float | None = Field(description="The same of the next track.")
    score: float = Field(
        ge=0, le=1, description="How good it is: tempo, key, how well the overlap fits outro and intro, and sound."
    )
    confidence: float = Field(ge=0, le=1, description="That of the bars of both tracks; 0 where they are not known.")
    reasons: list[str] = Field(description="The same in words.")
    caveats: list[CaveatBody] = Field(description="What to know before trusting it.")

    @classmethod
    def of(cls, found: Transition, from_: Playable, to: Playable) -> TransitionBody:
        """Body of a transition between two tracks."""
        return cls(
            mix_out_seconds=round(found.mix_out_seconds, 3),
            mix_in_seconds=round(found.mix_in_seconds, 3),
            overlap_bars=found.overlap_bars,
            overlap_seconds=round(found.overlap_seconds, 3),
            tempo_ratio=found.tempo_ratio,
            pitch_pct=round(found.pitch_percent, 2),
            key=TransitionKey.of_move(to.key, found.key_relation),
            key_without_lock=TransitionKey.of_move(found.pitched_key, found.pitched_relation),
            sound=round(found.sound, 4),
            level_out=None if found.level_out is None else round(share(found.level_out), 3),
            level_in=None if found.level_in is None else round(share(found.level_in), 3),
            score=round(share(found.score), 4),
            confidence=round(share(found.confidence), 4),
            reasons=transition_reasons(found, from_, to),
            caveats=[CaveatBody(code=code, message=message) for code, message in transition_caveats(found)],
        )


class TransitionsBody(ResponseModel):
    """All ways of getting from one track to another."""

    from_track: TrackBody
    to_track: TrackBody
    transitions: list[TransitionBody] = Field(description="Best first; at least one.")
