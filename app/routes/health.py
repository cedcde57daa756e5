"""Health: is the process alive, and can it answer."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from app.deps import ServicesDep
from app.handlers import ProblemRaised
from app.openapi import ok
from app.problems import responses
from app.schemas.base import ResponseModel
from app.schemas.tracks import ModelBody

router = APIRouter(tags=["health"])


class HealthBody(ResponseModel):
    """The process is alive."""

    status: Literal["alive"]


class ReadyBody(ResponseModel):
    """The service can answer."""

    status: Literal["ready"]
    tracks: int = Field(ge=0, description="Tracks in the catalogue.")
    analyses_in_progress: int = Field(ge=0, description="Uploads being analysed or waiting.")
    model: ModelBody


@router.get(
    "/healthz",
    summary="Is the process alive?",
    description="Answers as long as the process does, whatever state models and catalogue are in.",
    responses=ok("It is.", "ALIVE") | responses(),
)
async def get_health() -> HealthBody:
    """Answers."""
    return HealthBody(status="alive")


@router.get(
    "/readyz",
    summary="Can the service answer?",
    description="Answers 200 when the models are loaded and the catalogue can be read, 503 otherwise.",
    responses=ok("It can.", "READY") | responses("not_ready"),
)
def get_readiness(services: ServicesDep) -> ReadyBody:
    """Reads from the catalogue."""
    try:
        n_tracks = services.catalogue.count()
    except Exception as error:  # whatever it is, the catalogue cannot be read
        raise ProblemRaised("not_ready", f"The catalogue cannot be read ({type(error).__name__}).") from error
    return ReadyBody(
        status="ready",
        tracks=n_tracks,
        analyses_in_progress=services.pool.n_accepted,
        model=ModelBody.of(services.analyser.space),
    )
