"""Body limit: refuses bodies above a cap, told or found while reading, as problem+json.

Starlette has a limit of its own, but it answers in plain text wherever the application has not read
the body; here every answer is a problem.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import problem
from app.request_log import request_id_of

_WITH_BODY = ("POST", "PUT", "PATCH")


class BodyLimit:
    """ASGI middleware that counts."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self._detail = f"The request body exceeds the limit of {max_bytes} bytes."

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 413 at once when Content-Length says too much, and while reading when it did not."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        told = Headers(scope=scope).get("content-length", "")
        if scope["method"] in _WITH_BODY and told.isdecimal() and int(told[:20]) > self.max_bytes:
            response = problem("body_too_large", self._detail, request_id_of(scope), headers={"connection": "close"})
            return await response(scope, receive, send)
        n_bytes = 0

        async def counted() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self.max_bytes:
                raise HTTPException(413, self._detail)
            return message

        await self.app(scope, counted, send)
