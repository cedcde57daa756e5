"""Recommendations: for an upload, or for a track of the catalogue."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from app import examples
from app.answers import answer
from app.bodies import JSON, MULTIPART, content_type, read_json, unsupported
from app.deps import ServicesDep, StagesDep
from app.hearing import hear_uploads
from app.openapi import body, json_body, multipart_body, ok
from app.problems import RANKING_CODES, responses
from app.request_log import Stages
from app.schemas.recommendations import RecommendationParams, RecommendationRequest, RecommendationsBody
from app.schemas.seeds import SeedBody
from app.seeds import resolve
from app.services import Services
from segue.track import Analysis

router = APIRouter(prefix="/v1", tags=["recommendations"])

_DESCRIPTION = """\
Ranks the catalogue for one track and says why. Two bodies are taken:

- `multipart/form-data` with the audio as `file` and, optionally, `params` as JSON: for a track that is in no
  catalogue. The upload is analysed, answered and deleted. Up to eight files are taken as several seeds.
- `application/json` with a `track_id`, the `analysis_id` of a recent upload, or several `seeds` beside the same params.

Tracks that do not meet the limits (`bpm`, `key`, `energy`, `duration`, `scope`, `exclude_ids`) or share too few tags
with the query (`tags`) are left out; what is left is ranked by the weighted cosine similarity of six axes (`weights`).
When fewer tracks than `limit` share the tags, the gate is loosened step by step unless `tags.on_empty` is `keep`;
limits are never loosened. `pool` and `warnings` say what happened. The query's own recording is never a result.
The same request on the same catalogue gets the same answer; with `cursor`, the results behind it.
"""


@router.post(
    "/recommendations",
    summary="Recommend tracks for an upload or a track of the catalogue",
    description=_DESCRIPTION,
    responses=ok("The tracks that mix with it, best first.", "RECOMMENDATIONS")
    | responses(*RANKING_CODES, "invalid_cursor", "analysis_not_found"),
    openapi_extra=body(
        multipart_body(RecommendationParams, examples.PARAMS) | json_body(RecommendationRequest, examples.BY_SEED)
    ),
)
async def create_recommendations(request: Request, services: ServicesDep, stages: StagesDep) -> RecommendationsBody:
    """Answers by what the body is."""
    if content_type(request) == MULTIPART:
        return await _by_upload(request, services, stages)
    if content_type(request) == JSON:
        return await _by_name(request, services, stages)
    raise unsupported(request, MULTIPART, JSON)


async def _by_upload(request: Request, services: Services, stages: Stages) -> RecommendationsBody:
    params, heard = await hear_uploads(request, services, stages, RecommendationParams, lambda told: told.seeds)
    return await _ranked(params, params.seeds, heard, services, stages)


async def _by_name(request: Request, services: Services, stages: Stages) -> RecommendationsBody:
    params = await read_json(request, RecommendationRequest)
    return await _ranked(params, params.all_seeds(), [], services, stages)


async def _ranked(
    params: RecommendationParams, told: list[SeedBody], heard: list[Analysis], services: Services, stages: Stages
) -> RecommendationsBody:
    def job() -> RecommendationsBody:
        return answer(resolve(told, heard, services), services, params)

    with stages("rank"):
        return await run_in_threadpool(job)
