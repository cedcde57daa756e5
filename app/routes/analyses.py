"""Analyses: what both networks hear in an upload, without storing or recommending."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.bodies import receive_upload
from app.deps import ServicesDep, StagesDep
from app.hearing import hear
from app.openapi import body, multipart_body, ok
from app.problems import UPLOAD_CODES, responses
from app.schemas.tracks import AnalysisBody, AnalysisQuery

router = APIRouter(prefix="/v1", tags=["analyses"])


@router.post(
    "/analyses",
    summary="Analyse an upload",
    description="Answers tempo, key, energy and every tag of the vocabulary for an upload, which is then deleted. "
    "`analysis_id` stands for it in later requests, for an hour after its last use.",
    responses=ok("What was heard.", "ANALYSIS") | responses(*UPLOAD_CODES),
    openapi_extra=body(multipart_body()),
)
async def create_analysis(
    request: Request, query: Annotated[AnalysisQuery, Query()], services: ServicesDep, stages: StagesDep
) -> AnalysisBody:
    """Analyses, and keeps what was heard in memory for a while."""
    services.pool.check_room()
    async with receive_upload(request, allowed_fields=()) as upload:
        analysis = await hear(upload.path, services, stages)
    analysis_id = services.analyses.put(analysis)
    return AnalysisBody.of(analysis, analysis_id, services.analyser.space, embedding=query.embedding)
