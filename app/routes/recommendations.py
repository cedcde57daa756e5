"""Recommendations: for an upload, or for a track of the catalogue."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from app import examples
from app.answers import Query, answer
from app.bodies import JSON, MULTIPART, content_type, parse_json, read_json, receive_upload, unsupported
from app.deps import ServicesDep, StagesDep
from app.hearing import hear
from app.openapi import json_body, multipart_body, ok
from app.problems import UPLOAD_CODES, responses
from app.request_log import Stages
from app.schemas.recommendations import RecommendationByTrack, RecommendationParams, RecommendationsBody
from app.services import Services

router = APIRouter(prefix="/v1", tags=["recommendations"])

_DESCRIPTION = """\
Ranks the catalogue for one track and says why. Two bodies are taken:

- `multipart/form-data` with the audio as `file` and, optionally, `params` as JSON: for a track that is in no
  catalogue. The upload is analysed, answered and deleted; nothing of it is stored.
- `application/json` with a `track_id` beside the same params: for a track of the catalogue.

Tracks that share too few tags with the query are left out first (`tags`); what is left is ranked by the weighted
cosine similarity of five axes (`weights`). When fewer tracks than `limit` share the tags, the gate is loosened step
by step unless `tags.on_empty` is `keep`; `pool` and `warnings` say so. The query's own recording is never a result.
The same request on the same catalogue gets the same answer.
"""


@router.post(
    "/recommendations",
    summary="Recommend tracks for an upload or a track of the catalogue",
    description=_DESCRIPTION,
    responses=ok("The tracks that mix with it, best first.", "RECOMMENDATIONS")
    | responses(*UPLOAD_CODES, "invalid_request", "unknown_tag", "track_not_found", "catalogue_busy"),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                **multipart_body(RecommendationParams, examples.PARAMS),
                **json_body(RecommendationByTrack, examples.BY_TRACK),
            },
        }
    },
)
async def create_recommendations(request: Request, services: ServicesDep, stages: StagesDep) -> RecommendationsBody:
    """Answers by what the body is."""
    if content_type(request) == MULTIPART:
        return await _by_upload(request, services, stages)
    if content_type(request) == JSON:
        return await _by_track(request, services, stages)
    raise unsupported(request, MULTIPART, JSON)


async def _by_upload(request: Request, services: Services, stages: Stages) -> RecommendationsBody:
    services.pool.check_room()
    async with receive_upload(request, allowed_fields=("params",)) as upload:
        params = parse_json(upload.fields.get("params", "{}"), RecommendationParams, "params")
        options = params.options(services.catalogue.vocabulary)
        analysis = await hear(upload.path, services, stages)
    with stages("rank"):
        query = Query.from_analysis(analysis, services)
        return await run_in_threadpool(answer, query, services, options)


async def _by_track(request: Request, services: Services, stages: Stages) -> RecommendationsBody:
    params = await read_json(request, RecommendationByTrack)
    options = params.options(services.catalogue.vocabulary)

    def job() -> RecommendationsBody:
        track = services.catalogue.get(params.track_id)
        return answer(Query.from_track(track, services), services, options)

    with stages("rank"):
        return await run_in_threadpool(job)
