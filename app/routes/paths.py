"""Paths: from one track to another, through any number of them."""

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
from app.schemas.paths import PathBody, PathParams, PathRequest
from app.schemas.sets import SetFormat
from app.services import Services
from app.sets import as_asked, path_answer

router = APIRouter(prefix="/v1", tags=["playlists"])

_DESCRIPTION = """\
Tracks that lead from the first waypoint to the last, through those in between: the waypoints stand exactly at their
places, evenly spaced, what is between two of them turns evenly from one to the other, no track is there twice, and
every track mixes with the one before (`neighbours`). Waypoints are tracks of the catalogue and uploads, in JSON or in a
form with `params`, where files are waypoints as well.

Where no path meets the limits, `tracks` is empty (`partial`: as far as it leads), and `ended` says after which track it
broke off, which limit left nothing, and how many steps a leg takes that is too short.
"""


@router.post(
    "/paths",
    summary="A path through waypoints",
    description=_DESCRIPTION,
    response_model=PathBody,
    responses=set_response("The path, in playing order.", "PATH") | responses(*RANKING_CODES, "analysis_not_found"),
    openapi_extra=body(
        multipart_body(PathParams, examples.PATH_PARAMS) | json_body(PathRequest, examples.PATH_REQUESTS)
    ),
)
async def create_path(
    request: Request,
    services: ServicesDep,
    stages: StagesDep,
    format: Annotated[SetFormat | None, Query(description=FORMAT)] = None,
) -> PathBody | Response:
    """Answers by what the body is."""
    if content_type(request) == MULTIPART:
        body = await _by_upload(request, services, stages)
    elif content_type(request) == JSON:
        params = await read_json(request, PathRequest)
        with stages("rank"):
            body = await run_in_threadpool(path_answer, [], services, params)
    else:
        raise unsupported(request, MULTIPART, JSON)
    return as_asked(body, format, request)


async def _by_upload(request: Request, services: Services, stages: Stages) -> PathBody:
    params, heard = await hear_uploads(request, services, stages, PathParams, PathParams.as_seeds)
    with stages("rank"):
        return await run_in_threadpool(path_answer, heard, services, params)
