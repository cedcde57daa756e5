"""Request log: an id for every request, one JSON line for every answer, and no error without an answer."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import KINDS, problem

log = logging.getLogger("segue.http")

REQUEST_ID_HEADER = "x-request-id"
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ID_KEY, _STAGES_KEY = "segue.request_id", "segue.stages"
_STANDARD_FIELDS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class Stages:
    """How long the stages of one request took, in milliseconds; one request's work is sequential."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Measures a stage."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - started)

    def add(self, name: str, seconds: float) -> None:
        """Notes what was measured elsewhere."""
        self.milliseconds[name] = round(self.milliseconds.get(name, 0.0) + 1000 * seconds, 1)


def request_id_of(scope: Scope) -> str:
    """The id of the request."""
    return str(scope.get(_ID_KEY, "unknown"))


def stages_of(scope: Scope) -> Stages:
    """The stopwatch of the request."""
    stages = scope.setdefault(_STAGES_KEY, Stages())
    assert isinstance(stages, Stages)
    return stages


class RequestLog:
    """ASGI middleware around all others of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Gives the request its id, and logs how it went."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        asked = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        request_id = asked if _SANE_ID.fullmatch(asked) else uuid.uuid4().hex
        scope[_ID_KEY] = request_id
        started, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except ClientDisconnect:
            log.info("client went away", extra={"request_id": request_id})
        except Exception:
            log.exception("unexpected error", extra={"request_id": request_id})
            if status:
                raise  # too late for another answer
            response = problem("internal_error", KINDS["internal_error"].example, request_id)
            await response(scope, receive, send_with_id)
        finally:
            log.info("request", extra=_line(scope, status, time.perf_counter() - started))


def _line(scope: Scope, status: int, seconds: float) -> dict[str, Any]:
    route = scope.get("route")
    return {
        "request_id": request_id_of(scope),
        "method": scope["method"],
        "route": getattr(route, "path", None),  # the template: paths may hold what people typed
        "status": status,
        "milliseconds": round(1000 * seconds, 1),
        "stages_ms": stages_of(scope).milliseconds,
    }


class JsonFormatter(logging.Formatter):
    """One JSON object per record: time, level, logger, message, extra fields, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in record.__dict__.items() if name not in _STANDARD_FIELDS}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure_logging(level: str) -> None:
    """Sends all log records of this process to standard error as JSON lines; uvicorn's access log is silenced."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn.access").disabled = True
