"""The HTTP service: one application around services that were built before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from pydantic import BaseModel
from starlette.middleware.cors import CORSMiddleware

from app import docs_page, handlers, openapi
from app.body_limit import BodyLimit
from app.problems import Problem
from app.request_log import RequestLog, configure_logging
from app.routes import (
    analyses,
    collections,
    health,
    keys,
    listens,
    mixer_presets,
    paths,
    playlists,
    recommendations,
    tags,
    tracks,
    transitions,
)
from app.routes import map as track_map
from app.routes import next as next_up
from app.schemas.collections import CollectionFields, TrackIdsBody
from app.schemas.listens import ListenFields
from app.schemas.mixer_presets import MixerPresetFields
from app.schemas.next import NextParams, NextRequest
from app.schemas.paths import PathParams, PathRequest
from app.schemas.playlists import PlaylistParams, PlaylistRequest
from app.schemas.recommendations import RecommendationParams, RecommendationRequest
from app.schemas.tracks import TrackChangesBody
from app.services import Services, build_services
from app.settings import Settings

_JSON_BODIES: list[type[BaseModel]] = [
    CollectionFields,
    TrackIdsBody,
    ListenFields,
    MixerPresetFields,
    NextParams,
    NextRequest,
    PlaylistParams,
    PlaylistRequest,
    PathParams,
    PathRequest,
]


def create_app(services: Services, settings: Settings) -> FastAPI:
    """The ASGI application; it closes the services when it shuts down.

    Args:
        services: models loaded, catalogue open.
        settings: body limit and allowed origins are read here, the rest went into the services.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        services.close()

    app = FastAPI(
        title="Segue",
        version=_version(),
        description=openapi.DESCRIPTION,
        contact={"name": "Segue maintainers"},
        license_info={"name": "MIT", "identifier": "MIT"},
        servers=[{"url": "/", "description": "This server."}],
        openapi_tags=openapi.TAGS,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.services = services
    for resource in (
        recommendations,
        playlists,
        paths,
        next_up,
        tracks,
        collections,
        listens,
        mixer_presets,
        track_map,
        transitions,
        analyses,
        tags,
        keys,
        health,
    ):
        app.include_router(resource.router)
    docs_page.install(app)
    openapi.install(app, [Problem, RecommendationParams, RecommendationRequest, TrackChangesBody, *_JSON_BODIES])
    handlers.install(app)
    _add_middleware(app, settings)
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Adds from the innermost to the outermost."""
    app.add_middleware(BodyLimit, max_bytes=settings.max_upload_bytes)
    app.add_middleware(RequestLog)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["content-type", "x-request-id"],
            expose_headers=["location", "retry-after", "x-request-id"],
        )


def from_environment() -> FastAPI:
    """The application as the environment configures it: ``uvicorn --factory app.main:from_environment``."""
    settings = Settings()
    configure_logging(settings.log_level)
    return create_app(build_services(settings), settings)


def _version() -> str:
    try:
        return version("segue")
    except PackageNotFoundError:  # run from a source folder that was never installed
        return "0"
