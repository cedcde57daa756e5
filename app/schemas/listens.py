"""Listens: what was played, and when."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field, WithJsonSchema

from app.schemas.base import RequestModel, ResponseModel, TrackId
from segue.shelf.play import Play

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _only_rfc3339(value: object) -> object:
    """Lets texts of RFC 3339 through; pydantic alone would also take numbers and dates. Raises ValueError."""
    if not (isinstance(value, str) and _RFC3339.fullmatch(value)):
        raise ValueError("write a time as in RFC 3339, with its offset: 2026-11-20T23:15:00Z")
    return value.upper()


Moment = Annotated[
    AwareDatetime, BeforeValidator(_only_rfc3339), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""A time as in RFC 3339."""


class ListenFields(RequestModel):
    """That a track was played."""

    track_id: TrackId
    played_at: Moment | None = Field(
        default=None, description="When, as in RFC 3339 with its offset; left out or null, now. Not in the future."
    )

    def seconds(self) -> float | None:
        """Seconds since the epoch; None for now."""
        return None if self.played_at is None else self.played_at.timestamp()


class ListenBody(ResponseModel):
    """A track was played."""

    track_id: str
    played_at: datetime = Field(description="When, UTC.")

    @classmethod
    def of(cls, play: Play) -> ListenBody:
        """Body of a play."""
        return cls(track_id=play.track_id, played_at=datetime.fromtimestamp(play.played_at, UTC))


class ListenPage(ResponseModel):
    """What was played, newest first."""

    listens: list[ListenBody]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")
