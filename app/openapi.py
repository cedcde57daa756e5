"""OpenAPI: the document, and the parts of it that FastAPI cannot derive because bodies are read by hand."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app import examples

REF = "#/components/schemas/{model}"

DESCRIPTION = """\
Segue recommends tracks of your catalogue that mix with a track nobody has released yet, and says why.

Every error is `application/problem+json` (RFC 9457) with a stable `code`. Every answer carries `X-Request-ID`;
send one (letters, digits, `.`, `_`, `-`, at most 64) to choose it. Similarities are in [0, 1], higher is nearer.
Fields may be added to answers within `/v1`; unknown fields in requests are refused.
"""

TAGS = [
    {"name": "recommendations", "description": "Tracks that mix with a track, ranked and explained."},
    {"name": "playlists", "description": "Sets from a seed, and paths from track to track, whose neighbours mix."},
    {"name": "live", "description": "What to play next, while something plays."},
    {"name": "tracks", "description": "The catalogue."},
    {"name": "collections", "description": "Tracks that belong together, to recommend within."},
    {"name": "listens", "description": "What was played, to leave it out for a while. Nothing is recorded unasked."},
    {"name": "mixer-presets", "description": "Weights of the mixer under names, to save and to share."},
    {"name": "map", "description": "Where each track of the catalogue lies, and what lies near it."},
    {"name": "analyses", "description": "What the networks hear in a file."},
    {"name": "tags", "description": "Genres and instruments."},
    {"name": "keys", "description": "Harmonic mixing."},
    {"name": "health", "description": "For load balancers and supervisors."},
]


def ok(
    description: str,
    example: str,
    model: type[BaseModel] | None = None,
    *,
    status: int = 200,
    headers: dict[str, Any] | None = None,
    links: dict[str, Any] | None = None,
) -> dict[int | str, dict[str, Any]]:
    """The response of success.

    Args:
        description: what it means.
        example: name in :mod:`app.examples`; put in late, because FastAPI drops nulls from what it is given.
        model: only where the route's own model is of another status.
        status: HTTP status.
        headers: OpenAPI headers.
        links: OpenAPI links, to operations that take something of the answer.
    """
    response: dict[str, Any] = {"description": description, "content": {"application/json": {"example": example}}}
    if model is not None:
        response["model"] = model
    if headers is not None:
        response["headers"] = headers
    if links is not None:
        response["links"] = links
    return {status: response}


def body(content: dict[str, Any]) -> dict[str, Any]:
    """What a route says of a body that is read by hand; ``content`` as the functions below make it."""
    return {"requestBody": {"required": True, "content": content}}


def json_body(model: type[BaseModel], named_examples: dict[str, Any]) -> dict[str, Any]:
    """Request content for a JSON body."""
    named = {name: {"value": value} for name, value in named_examples.items()}
    return {"application/json": {"schema": _ref(model), "examples": named}}


def multipart_body(
    params: type[BaseModel] | None = None, example: Any = None, fields: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Request content for an upload, with ``params`` as JSON and text fields (name -> schema) beside it."""
    properties = {"file": _file(), **(fields or {})}
    if params is None:
        return {"multipart/form-data": {"schema": _form(properties), "example": {"file": "track.mp3"}}}
    properties["params"] = _ref(params)
    return {
        "multipart/form-data": {
            "schema": _form(properties),
            "encoding": {"params": {"contentType": "application/json"}},
            "example": {"file": "track.mp3", "params": example},
        }
    }


def multipart_fields_body(fields: type[BaseModel]) -> dict[str, Any]:
    """Request content for an upload with text fields beside it."""
    properties = {"file": _file()}
    for name, schema in fields.model_json_schema()["properties"].items():
        text = next(option for option in schema["anyOf"] if option["type"] == "string")
        properties[name] = text | {"description": schema["description"]}
    return {"multipart/form-data": {"schema": _form(properties), "example": {"file": "track.mp3"}}}


def install(app: FastAPI, models: list[type[BaseModel]]) -> None:
    """Makes ``app.openapi()`` build the document, with the schemas of ``models`` added."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _build(app, models)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way


def _build(app: FastAPI, models: list[type[BaseModel]]) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        contact=app.contact,
        license_info=app.license_info,
        tags=app.openapi_tags,
        servers=app.servers,
        routes=app.routes,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    _, extra = models_json_schema([(model, "validation") for model in models], ref_template=REF)
    for name, schema in extra["$defs"].items():
        schemas.setdefault(name, schema)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"] = dict(sorted(operation["responses"].items()))
            for response in operation["responses"].values():
                _complete(response)
    return document


def _complete(response: dict[str, Any]) -> None:
    """Puts the named example in, and the header that every response has."""
    content = response.get("content", {}).get("application/json", {})
    if "example" in content:
        content["example"] = getattr(examples, content["example"])
    header = {"description": "Id of the request.", "schema": {"type": "string"}}
    response.setdefault("headers", {})["X-Request-ID"] = header


def _ref(model: type[BaseModel]) -> dict[str, Any]:
    return {"$ref": REF.format(model=model.__name__)}


def _file() -> dict[str, Any]:
    formats = "mp3, m4a (AAC, ALAC), FLAC, WAV, AIFF, Ogg Vorbis or Opus"
    return {"type": "string", "format": "binary", "description": f"The audio: {formats}."}


def _form(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": ["file"], "additionalProperties": False}
