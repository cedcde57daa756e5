"""Base models, and the small types that several nouns share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

TrackId = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Za-z_-]{1,64}$", description="Id of a track in the catalogue.", examples=["01JD" + "0" * 22]
    ),
]

Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1F\x7F]+$")]
"""What people call things: one line, no control characters."""

FileText = Annotated[str, BeforeValidator(lambda told: told and told.encode("utf-8", "replace").decode())]
"""What files tell, in answers: file names need not be UTF-8, and what is not comes as ``?``."""

KeyText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=20,
        description="'A minor', 'Am', '8A' (Camelot) or '1m' (Open Key).",
        examples=["8A"],
        # told, not enforced here: the domain reads keys and has a better word for what it cannot read
        json_schema_extra={"pattern": r"^((1[0-2]|[1-9])[ABdm]|[A-G][#b]?( ?(major|maj|minor|min)|m)?)$"},
    ),
]


def without_default(schema: JsonDict) -> None:
    """For a field that is left out rather than null: its schema tells no default."""
    schema.pop("default", None)


class RequestModel(BaseModel):
    """A body or query: unknown fields are refused, infinities and NaN too."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class PageQuery(RequestModel):
    """Which page of a list."""

    limit: int = Field(default=50, ge=1, le=500, description="At most so many.")
    cursor: str | None = Field(
        default=None, min_length=1, max_length=500, description="`next_cursor` of the page before; none for the first."
    )


class ResponseModel(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)
