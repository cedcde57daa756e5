"""Hearing: analysis of an upload in the inference pool, stage by stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from fastapi import Request

from app.bodies import parse_json, receive_uploads
from app.request_log import Stages
from app.schemas.paths import PathParams
from app.schemas.playlists import PlaylistParams
from app.schemas.recommendations import RecommendationParams
from app.schemas.seeds import MAX_FILES, SeedBody
from app.seeds import check_seeds
from app.services import Services
from segue.analyse import features
from segue.ports import NewTrack
from segue.track import Analysis, Description, Track

Params = TypeVar("Params", RecommendationParams, PlaylistParams, PathParams)


async def hear(path: Path, services: Services, stages: Stages) -> Analysis:
    """Decodes and analyses a file.

    Raises:
        AudioError: what exactly is wrong with the file.
        Overloaded: too many are waiting.
    """

    def job() -> Analysis:
        stages.add("queue", time.perf_counter() - asked)
        with stages("decode"):
            decoded = services.analyser.decode(path)
        with stages("hear"):
            return services.analyser.hear(decoded)

    asked = time.perf_counter()
    return await services.pool.run(job)


async def add(
    path: Path, description: Description, fallback_title: str | None, services: Services, stages: Stages
) -> tuple[Track, bool]:
    """Analyses a file and stores it; a recording that is already there is not analysed again.

    Args:
        path: the file.
        description: what is known; fields left None are taken from the file's metadata.
        fallback_title: for files whose metadata has none.
        services: composition.
        stages: stopwatch.

    Returns:
        The track, and whether it is new.

    Raises:
        AudioError: what exactly is wrong with the file.
        Overloaded: too many are waiting.
    """

    def job() -> tuple[Track, bool]:
        stages.add("queue", time.perf_counter() - asked)
        with stages("decode"):
            decoded = services.analyser.decode(path)
        known = services.catalogue.find(decoded.content_hash)
        if known is not None:
            return known, False
        with stages("hear"):
            analysis = services.analyser.hear(decoded)
        told = Description(
            title=description.title or decoded.description.title or fallback_title,
            artist=description.artist or decoded.description.artist,
            album=description.album or decoded.description.album,
        )
        with stages("store"):
            vector = services.mixer.encode(features(analysis))
            return services.catalogue.add(NewTrack(analysis, told, vector)), True

    asked = time.perf_counter()
    return await services.pool.run(job)


async def hear_uploads(
    request: Request,
    services: Services,
    stages: Stages,
    model: type[Params],
    seeds_of: Callable[[Params], Sequence[SeedBody]],
) -> tuple[Params, list[Analysis]]:
    """Takes a form of files and ``params``, and hears the files; what can be refused is, before anything is heard.

    Args:
        request: with a multipart body.
        services: composition.
        stages: stopwatch.
        model: what ``params`` are.
        seeds_of: the seeds that they name.

    Returns:
        Params, and what was heard in each file.

    Raises:
        AudioError: what exactly is wrong with a file.
        Overloaded: too many are waiting.
        InvalidRequest, TrackNotFound, AnalysisNotFound, PresetNotFound, CollectionNotFound: params that cannot be met.
    """
    services.pool.check_room()
    async with receive_uploads(request, allowed_fields=("params",), max_files=MAX_FILES) as uploads:
        params = parse_json(uploads.fields.get("params", "{}"), model, "params")
        params.options(services.catalogue)
        check_seeds(seeds_of(params), len(uploads.paths), services)
        return params, [await hear(path, services, stages) for path in uploads.paths]
