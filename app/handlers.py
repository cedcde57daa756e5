"""Handlers: which problem each exception becomes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from app.problems import KINDS, InvalidPart, problem
from app.request_log import request_id_of
from segue.errors import Overloaded, SegueError

log = logging.getLogger("segue.http")

_PLACES = ("body", "query", "path", "header", "cookie")


class InvalidParts(Exception):
    """Parts of a request are not valid, found by a body reader of ours."""

    def __init__(self, parts: list[InvalidPart]) -> None:
        super().__init__(parts)
        self.parts = parts


class ProblemRaised(Exception):
    """A problem that only HTTP knows, raised by name."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def invalid_parts(errors: Iterable[Mapping[str, Any]], *prefix: str) -> list[InvalidPart]:
    """Pydantic's errors as parts; ``prefix`` goes before each location, the place first.

    What arrived is not repeated: it may be long, or a secret.
    """
    parts = []
    for error in errors:
        location = [*prefix, *(str(step) for step in error["loc"])]
        where = location.pop(0) if location and location[0] in _PLACES else "body"
        pointer = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in location)
        parts.append(InvalidPart(where=where, pointer=_clean(pointer), detail=_clean(_message(error))))
    return parts


def _message(error: Mapping[str, Any]) -> str:
    """Without the prefix that pydantic gives to the words of our own validators."""
    return str(error["msg"]).removeprefix("Value error, ")


def install(app: FastAPI) -> None:
    """Makes the app answer every error as problem+json."""
    app.add_exception_handler(SegueError, _on_segue_error)
    app.add_exception_handler(ProblemRaised, _on_problem_raised)
    app.add_exception_handler(InvalidParts, _on_invalid_parts)
    app.add_exception_handler(RequestValidationError, _on_request_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_segue_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, SegueError)
    code = error.code if error.code in KINDS else _base_code(error)
    headers = {}
    if isinstance(error, Overloaded):
        headers["retry-after"] = str(request.app.state.services.pool.retry_after_seconds)
    if KINDS[code].status >= 500:
        log.error("request failed", exc_info=error, extra={"request_id": request_id_of(request.scope)})
    request.scope["segue.code"] = code
    return problem(code, error.message, request_id_of(request.scope), headers=headers)


def _base_code(error: SegueError) -> str:
    return next(c.code for c in type(error).__mro__ if issubclass(c, SegueError) and c.code in KINDS)


async def _on_problem_raised(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemRaised)
    return problem(error.code, error.detail, request_id_of(request.scope))


async def _on_request_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _invalid(request, invalid_parts(error.errors()))


async def _on_invalid_parts(request: Request, error: Exception) -> Response:
    assert isinstance(error, InvalidParts)
    return _invalid(request, error.parts)


def _invalid(request: Request, parts: list[InvalidPart]) -> Response:
    named = ", ".join(dict.fromkeys(part.pointer.lstrip("/") or part.where for part in parts[:5]))
    count = "1 part of the request is" if len(parts) == 1 else f"{len(parts)} parts of the request are"
    detail = f"{count} not valid: {named} (see errors)."
    return problem("validation_failed", detail, request_id_of(request.scope), errors=parts)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    request_id, path = request_id_of(request.scope), _clean(request.url.path)
    if error.status_code == 404:
        return problem("route_not_found", f"There is nothing at {path}; /docs lists what there is.", request_id)
    if error.status_code == 405:
        allowed = _methods_of(request) or (error.headers or {}).get("Allow", "GET")
        detail = f"{path} does not take {_clean(request.method)}; it takes {allowed}."
        return problem("method_not_allowed", detail, request_id, headers={"allow": allowed})
    if error.status_code == 413:
        return problem("body_too_large", error.detail, request_id)
    if 400 <= error.status_code < 500:
        return problem("malformed_body", error.detail, request_id)
    return problem("internal_error", KINDS["internal_error"].example, request_id)


def _methods_of(request: Request) -> str:
    """All methods of a path, of which each route of ours knows only its own."""
    methods: set[str] = set()
    for template, operations in request.app.openapi()["paths"].items():
        if compile_path(template)[0].match(request.scope["path"]):
            methods |= {method.upper() for method in operations}
    return ", ".join(sorted(methods))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:500]
