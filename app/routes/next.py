"""Next: what to play after what a deck or a microphone hears, or after a track at a position."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from app import examples
from app.bodies import JSON, MULTIPART, content_type, parse_json, read_json, receive_upload, unsupported
from app.deps import ServicesDep, StagesDep
from app.hearing import hear
from app.live import next_after_listening, next_after_track
from app.openapi import body, json_body, multipart_body, ok
from app.problems import RANKING_CODES, responses
from app.request_log import Stages
from app.schemas.next import SESSION_FIELD, NextBody, NextParams, NextRequest, SessionId
from app.services import Services
from segue.errors import InvalidCursor

router = APIRouter(prefix="/v1", tags=["live"])

_DESCRIPTION = """\
Ranks the catalogue by what may follow what is playing now, on the beginnings of tracks. Two bodies are taken:

- `multipart/form-data` with a few seconds of audio as `file` (at least 3; pieces of 10 are good), optionally `params`
  as JSON, and from the second piece on the `session` of the answer before. A session remembers the last minute, newer
  pieces counting more; when the track changes it follows within half a minute. The audio is deleted.
- `application/json` with a `track_id` and `position_seconds`, or with a `session`, to ask again without new audio.

A piece that cannot be heard (silence, under 3 seconds, no audio) is a problem, and leaves its session as it was.
What is playing is looked for in the catalogue; `playing` says what it seems to be, and that is not among the results.
Params are those of `POST /v1/recommendations` but for `seeds`, and `match` is `segue` unless told otherwise.
"""


@router.post(
    "/next",
    summary="What to play next",
    description=_DESCRIPTION,
    responses=ok("What may play next, best first.", "NEXT")
    | responses(*RANKING_CODES, "invalid_cursor", "session_not_found"),
    openapi_extra=body(
        multipart_body(NextParams, examples.NEXT_PARAMS, {"session": SESSION_FIELD})
        | json_body(NextRequest, examples.NEXT_BY_NAME)
    ),
)
async def create_next(request: Request, services: ServicesDep, stages: StagesDep) -> NextBody:
    """Answers by what the body is."""
    if content_type(request) == MULTIPART:
        return await _by_audio(request, services, stages)
    if content_type(request) == JSON:
        return await _by_name(request, services, stages)
    raise unsupported(request, MULTIPART, JSON)


@router.delete(
    "/next/{session}",
    status_code=204,
    summary="Forget a session",
    description="Forgets what was heard in it. Sessions not used for an hour are forgotten by themselves.",
    responses=responses("validation_failed", "session_not_found"),
)
async def delete_next_session(session: Annotated[SessionId, Path()], services: ServicesDep) -> Response:
    """Forgets a session."""
    services.sessions.forget(session)
    return Response(status_code=204)


async def _by_audio(request: Request, services: Services, stages: Stages) -> NextBody:
    services.pool.check_room()
    async with receive_upload(request, allowed_fields=("params", "session")) as upload:
        params = parse_json(upload.fields.get("params", "{}"), NextParams, "params")
        params.options(services.catalogue)  # refused before anything is heard
        if params.cursor is not None:
            raise InvalidCursor("New audio is a new query; send the cursor with the session alone, or no cursor.")
        session = upload.fields.get("session", "")
        if session:
            services.sessions.get(session)
        piece = await hear(upload.path, services, stages)
    if session:
        listening = services.sessions.hear(session, piece)
    else:
        session, listening = services.sessions.begin(piece)
    with stages("rank"):
        return await run_in_threadpool(next_after_listening, session, listening, services, params)


async def _by_name(request: Request, services: Services, stages: Stages) -> NextBody:
    asked = await read_json(request, NextRequest)
    with stages("rank"):
        if asked.track_id is not None:
            position = asked.position_seconds or 0.0
            return await run_in_threadpool(next_after_track, asked.track_id, position, services, asked)
        session = asked.session or ""
        return await run_in_threadpool(next_after_listening, session, services.sessions.get(session), services, asked)
