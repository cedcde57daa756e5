"""Listens over HTTP: what was played, so that it can be left out for a while."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from app.bodies import read_json
from app.cursors import make_cursor, read_cursor
from app.deps import ServicesDep
from app.openapi import body, json_body, ok
from app.problems import JSON_CODES, responses
from app.schemas.base import PageQuery
from app.schemas.listens import ListenBody, ListenFields, ListenPage
from segue.errors import InvalidCursor
from segue.shelf.play import PlayedBefore

router = APIRouter(prefix="/v1", tags=["listens"])

CURSOR = "listens/1"
_MAX_ID = 2**63 - 1
_EXAMPLES = {
    "now": {"track_id": "01JD3Q8W2N6V4T9XK5B7C1HZ0M"},
    "earlier": {"track_id": "01JD3Q8W2N6V4T9XK5B7C1HZ0M", "played_at": "2025-11-20T23:15:00+01:00"},
}


@router.post(
    "/listens",
    status_code=201,
    summary="Record that a track was played",
    description="Remembers a play, for recommendations that leave out what was played lately. Nothing is recorded "
    "unless this is called. The same track at the same time is the same play, so that telling twice does no harm.",
    responses=ok("It is remembered.", "LISTEN", status=201)
    | responses(*JSON_CODES, "invalid_request", "track_not_found", "catalogue_busy"),
    openapi_extra=body(json_body(ListenFields, _EXAMPLES)),
)
async def create_listen(request: Request, services: ServicesDep) -> ListenBody:
    """Records by track id."""
    fields = await read_json(request, ListenFields)
    play = await run_in_threadpool(services.catalogue.plays.record, fields.track_id, fields.seconds())
    return ListenBody.of(play)


@router.get(
    "/listens",
    summary="List what was played",
    description="Plays, newest first, page by page.",
    responses=ok("One page.", "LISTEN_PAGE") | responses("validation_failed", "invalid_cursor", "catalogue_busy"),
)
def list_listens(query: Annotated[PageQuery, Query()], services: ServicesDep) -> ListenPage:
    """Pages by time, then id."""
    after = None if query.cursor is None else _read_place(query.cursor)
    found = services.catalogue.plays.recent(query.limit + 1, after)
    page = found[: query.limit]
    next_cursor = make_cursor(CURSOR, repr(page[-1].played_at), page[-1].id) if len(found) > query.limit else None
    return ListenPage(listens=[ListenBody.of(play) for play in page], next_cursor=next_cursor)


@router.delete(
    "/listens",
    status_code=204,
    summary="Forget what was played",
    description="Deletes every play for good; the catalogue keeps no other trace of them.",
    responses={204: {"description": "They are gone."}, **responses("catalogue_busy")},
)
def delete_listens(services: ServicesDep) -> Response:
    """Forgets all."""
    services.catalogue.plays.forget_all()
    return Response(status_code=204)


def _read_place(cursor: str) -> PlayedBefore:
    """Where the page before ended. Raises InvalidCursor."""
    moment, number = read_cursor(CURSOR, cursor, 2)
    try:
        place = PlayedBefore(float(moment), int(number))
    except (ValueError, OverflowError):
        place = PlayedBefore(math.nan, 0)
    if not (math.isfinite(place.played_at) and 0 <= place.id <= _MAX_ID):
        raise InvalidCursor("The cursor was not made by this operation; pass a next_cursor as it came, or none.")
    return place
