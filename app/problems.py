"""Problems: every 4xx and 5xx as RFC 9457 problem+json with a stable ``code``.

The table below is the whole list. A code belongs to one status for ever; new codes may be added.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One kind of problem.

    Attributes:
        status: HTTP status.
        title: the same for every occurrence.
        example: a ``detail`` as it may be met.
    """

    status: int
    title: str
    example: str


KINDS: dict[str, Kind] = {
    "route_not_found": Kind(404, "No such route", "There is nothing at /v2/tracks; /docs lists what there is."),
    "track_not_found": Kind(404, "No such track", "There is no track '01JD0000000000000000000000' in this catalogue."),
    "collection_not_found": Kind(
        404,
        "No such collection",
        "There is no collection '01JD0000000000000000000000' in this catalogue; the list of collections names those "
        "there are.",
    ),
    "preset_not_found": Kind(404, "No such mixer preset", "There is no preset 'late-night'; there are default, genre."),
    "session_not_found": Kind(
        404, "No such session", "There is no session '5f2c'; send audio without a session to begin a new one."
    ),
    "analysis_not_found": Kind(404, "No such analysis", "There is no analysis '9f86d081'; upload the track again."),
    "method_not_allowed": Kind(405, "Method not allowed", "/v1/tags does not take PUT; it takes GET."),
    "collection_exists": Kind(
        409, "Collection exists", "There is a collection 'Warm-up' already; choose another name, or use that one."
    ),
    "preset_is_built_in": Kind(
        409, "Preset is built in", "The preset 'harmonic' comes with Segue and stays as it is; take another name."
    ),
    "body_too_large": Kind(413, "Body too large", "The request body exceeds the limit of 536870912 bytes."),
    "audio_too_large": Kind(413, "Audio file too large", "The file has 600 MB; at most 512 MB are read."),
    "unsupported_media_type": Kind(
        415, "Unsupported media type", "The body is text/plain; this operation takes multipart/form-data."
    ),
    "not_audio": Kind(415, "Not an audio file", "This is text, no audio; send mp3, m4a, FLAC, WAV, AIFF or Ogg."),
    "unsupported_audio": Kind(415, "Unsupported audio", "The file holds wmav2 audio, which is not read."),
    "validation_failed": Kind(422, "Request not valid", "1 part of the request is not valid: limit (see errors)."),
    "malformed_body": Kind(422, "Body cannot be read", "The body is no valid JSON: EOF while parsing at line 1."),
    "invalid_request": Kind(422, "Request makes no sense", "All weights are 0; at least one axis must count."),
    "unknown_tag": Kind(422, "Unknown tag", "There is no tag 'tekno'; GET /v1/tags lists the 40 tags there are."),
    "unknown_key": Kind(422, "Unknown key", "'H minor' is no key; write it as 'A minor', 'Am', '8A' or '1m'."),
    "invalid_cursor": Kind(422, "Invalid cursor", "The cursor was not made by this API; start without one."),
    "audio_error": Kind(422, "Audio cannot be analysed", "The file cannot be analysed."),
    "empty_file": Kind(422, "Empty file", "The file has 0 bytes."),
    "corrupt_audio": Kind(422, "Corrupt audio", "Decoding broke off after 12.3 seconds."),
    "truncated_audio": Kind(422, "Truncated audio", "The file promises 240.0 seconds, 118.2 could be decoded."),
    "silent_audio": Kind(422, "Silent audio", "There is nothing audible in the whole file."),
    "audio_too_short": Kind(422, "Audio too short", "The track lasts 1.2 seconds; at least 3 are needed."),
    "audio_too_long": Kind(422, "Audio too long", "The track lasts 10 hours; at most 2 are analysed."),
    "decoding_timeout": Kind(422, "Decoding took too long", "The file could not be decoded within 120 seconds."),
    "overloaded": Kind(429, "Too many analyses at once", "5 tracks are being analysed or waiting; try again shortly."),
    "internal_error": Kind(
        500, "Internal error", "Something broke on our side; the log has more under this request id."
    ),
    "segue_error": Kind(500, "Internal error", "Something broke on our side; the log has more under this request id."),
    "catalogue_error": Kind(500, "Catalogue error", "The catalogue cannot do what was asked."),
    "catalogue_corrupt": Kind(500, "Catalogue damaged", "Stored data contradict themselves; run segue index verify."),
    "space_mismatch": Kind(500, "Catalogue of other models", "The catalogue belongs to other models; rebuild it."),
    "model_error": Kind(500, "Model error", "A model cannot be used."),
    "checkpoint_invalid": Kind(500, "Model damaged", "The weights do not match their checksum."),
    "model_missing": Kind(500, "Model missing", "There are no weights where they are expected."),
    "catalogue_busy": Kind(503, "Catalogue busy", "Another process is writing to the catalogue; try again shortly."),
    "not_ready": Kind(503, "Not ready", "The catalogue cannot be read: it is closed."),
}
"""Code -> kind."""

AUDIO_CODES = (
    "audio_too_large",
    "not_audio",
    "unsupported_audio",
    "empty_file",
    "corrupt_audio",
    "truncated_audio",
    "silent_audio",
    "audio_too_short",
    "audio_too_long",
    "decoding_timeout",
)
"""What an uploaded file may be refused for."""

UPLOAD_CODES = (
    "body_too_large",
    "unsupported_media_type",
    "malformed_body",
    "validation_failed",
    *AUDIO_CODES,
    "overloaded",
)
"""What any operation that takes an upload may answer."""

RANKING_CODES = (
    *UPLOAD_CODES,
    "invalid_request",
    "unknown_tag",
    "track_not_found",
    "preset_not_found",
    "collection_not_found",
    "catalogue_busy",
)
"""What any operation that ranks the catalogue for uploads and tracks may answer."""

JSON_CODES = ("body_too_large", "unsupported_media_type", "malformed_body", "validation_failed")
"""What any operation that takes a JSON body may answer."""

RETRY_AFTER_SECONDS = 2  # where nothing better is known


class InvalidPart(BaseModel):
    """One part of a request that is not valid."""

    where: str = Field(description="`body`, `query`, `path` or `header`.", examples=["body"])
    pointer: str = Field(description="JSON pointer to the value within that place.", examples=["/params/limit"])
    detail: str = Field(description="What would be valid.", examples=["Input should be less than or equal to 100"])


class Problem(BaseModel):
    """An error as in RFC 9457."""

    type: str = Field(description="URI of the kind of problem.", examples=["urn:segue:problem:track_not_found"])
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(description="The HTTP status.", examples=[404], ge=400, le=599)
    detail: str = Field(description="What arrived and what would work.")
    code: str = Field(description="Stable name of the kind of problem, for programs.", examples=["track_not_found"])
    request_id: str = Field(description="The same as in the header X-Request-ID, and in the server's log.")
    errors: list[InvalidPart] | None = Field(
        default=None, description="With code `validation_failed`: every part that is not valid."
    )


def problem(
    code: str,
    detail: str,
    request_id: str,
    *,
    errors: list[InvalidPart] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response for a problem; 429 and 503 carry Retry-After also when ``headers`` name none."""
    kind = KINDS[code]
    body = Problem(
        type=f"urn:segue:problem:{code}",
        title=kind.title,
        status=kind.status,
        detail=detail.encode("utf-8", "replace").decode(),
        code=code,
        request_id=request_id,
        errors=errors,
    )
    all_headers = {"cache-control": "no-store", **(headers or {})}
    if kind.status in (429, 503):
        all_headers.setdefault("retry-after", str(RETRY_AFTER_SECONDS))
    content = body.model_dump(exclude_none=True)
    return Response(json.dumps(content, ensure_ascii=False), kind.status, all_headers, MEDIA_TYPE)


def responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for an operation that may answer these codes, and 500 like every one, with examples."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for code in (*codes, "internal_error"):
        by_status.setdefault(KINDS[code].status, {})[code] = {"summary": KINDS[code].title, "value": _example(code)}
    return {status: _response(status, examples) for status, examples in sorted(by_status.items(), key=str)}


def _response(status: int | str, examples: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": "; ".join(f"{example['summary']} (`{code}`)" for code, example in examples.items()) + ".",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    }
    if status in (429, 503):
        schema = {"type": "integer", "minimum": 1}
        described["headers"] = {
            "Retry-After": {"description": "Seconds until it makes sense to ask again.", "schema": schema}
        }
    return described


def _example(code: str) -> dict[str, Any]:
    kind = KINDS[code]
    example: dict[str, Any] = {
        "type": f"urn:segue:problem:{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.example,
        "code": code,
        "request_id": "5f0c6d2e9b7a4c1d",
    }
    if code == "validation_failed":
        part = InvalidPart(where="body", pointer="/limit", detail="Input should be less than or equal to 100")
        example["errors"] = [part.model_dump()]
    return example
