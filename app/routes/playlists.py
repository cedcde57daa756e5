"""Playlists: sets from a seed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from app import examples
from app.bodies import JSON, MULTIPART, content_type, read_json, unsupported
from app.deps import ServicesDep, StagesDep
from app.hearing import hear_uploads
from app.openapi import body, json_body, multipart_body
from app.problems import RANKING_CODES, responses
from app.request_log import Stages
from app.routes.formats import FORMAT, set_response
from app.schemas.playlists import PlaylistBody, PlaylistParams, PlaylistRequest
from app.schemas.sets import SetFormat
from app.services import Services
from app.sets import as_asked, playlist_answer

router = APIRouter(prefix="/v1", tags=["playlists"])

_DESCRIPTION = """\
A set from one or more seeds: no track twice, no copies of one recording, and every track mixes with the one before
(`neighbours`: tempo within 6 % and a compatible key unless told otherwise). Bodies are taken as by
`POST /v1/recommendations`: uploads in a form with `params`, or JSON with a `track_id`, an `analysis_id` or `seeds`.

Tracks follow the seed and the last tracks (`keep_on`), with noise if wanted (`drunk`, `rng_seed`), and energy may
follow a `curve`. The tolerance of the curve is widened where it must be, and `relaxed` tells by how much for each
track; the tag gate is loosened while there is no whole set. Limits between neighbours never give way: where no track
is left the set ends early, and `ended` says after which track, which limit left nothing, and how many tracks there
would be without it.
"""


@router.post(
    "/playlists",
    summary="A set from a seed",
    description=_DESCRIPTION,
    response_model=PlaylistBody,
    responses=set_response("The set, in playing order.", "PLAYLIST") | responses(*RANKING_CODES, "analysis_not_found"),
    openapi_extra=body(
        multipart_body(PlaylistParams, examples.PLAYLIST_PARAMS)
        | json_body(PlaylistRequest, examples.PLAYLIST_REQUESTS)
    ),
)
async def create_playlist(
    request: Request,
    services: ServicesDep,
    stages: StagesDep,
    format: Annotated[SetFormat | None, Query(description=FORMAT)] = None,
) -> PlaylistBody | Response:
    """Answers by what the body is."""
    if content_type(request) == MULTIPART:
        body = await _by_upload(request, services, stages)
    elif content_type(request) == JSON:
        params = await read_json(request, PlaylistRequest)
        with stages("rank"):
            body = await run_in_threadpool(playlist_answer, params.all_seeds(), [], services, params)
    else:
        raise unsupported(request, MULTIPART, JSON)
    return as_asked(body, format, request)


async def _by_upload(request: Request, services: Services, stages: Stages) -> PlaylistBody:
    params, heard = await hear_uploads(request, services, stages, PlaylistParams, lambda told: told.seeds)
    with stages("rank"):
        return await run_in_threadpool(playlist_answer, params.seeds, heard, services, params)
