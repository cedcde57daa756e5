"""Dependencies: how routes reach the services and the stopwatch."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from app.request_log import Stages, stages_of
from app.services import Services


def _services(request: Request) -> Services:
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


def _stages(request: Request) -> Stages:
    return stages_of(request.scope)


ServicesDep = Annotated[Services, Depends(_services)]
StagesDep = Annotated[Stages, Depends(_stages)]
