"""Sets: playlists and paths from what a request names, and as what they are answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from fastapi import Request, Response

from app.answers import query_body
from app.m3u import MEDIA_TYPE, Entry, m3u8
from app.schemas.paths import PathBody, PathParams
from app.schemas.playlists import PlaylistBody, PlaylistParams
from app.schemas.seeds import SeedBody
from app.schemas.sets import EndedBody, PlacedBody, SetFormat, SetPoolBody
from app.schemas.tracks import ModelBody
from app.seeds import named_seeds, resolve
from app.services import Services
from segue.errors import InvalidRequest
from segue.path import Waypoint, find_path
from segue.playlist import make_playlist
from segue.track import Analysis

Body = TypeVar("Body", PlaylistBody, PathBody)


def playlist_answer(
    told: list[SeedBody], heard: Sequence[Analysis], services: Services, params: PlaylistParams
) -> PlaylistBody:
    """The set that a request asks for.

    Raises:
        InvalidRequest: params that make no sense.
        TrackNotFound: no such track.
        AnalysisNotFound: no such analysis any more.
    """
    query = resolve(told, heard, services)
    if params.play_seed and len(query.parts) > 1:
        raise InvalidRequest("Several seeds cannot be played as one track; leave play_seed out.")
    options = params.options(services.catalogue)
    track = query.parts[0].track if len(query.parts) == 1 else None
    found = make_playlist(query.seed, services.catalogue, services.mixer, options, track)
    return PlaylistBody(
        query=query_body(query),
        tracks=[PlacedBody.of(placed) for placed in found.tracks],
        total_seconds=round(found.duration_seconds, 2),
        ended=EndedBody.of(found.ended),
        pool=SetPoolBody(size=found.pool, relaxed=found.gate),
        model=ModelBody.of(services.catalogue.space),
    )


def path_answer(heard: Sequence[Analysis], services: Services, params: PathParams) -> PathBody:
    """The path that a request asks for. Raises as :func:`playlist_answer`."""
    named = named_seeds(params.as_seeds(), heard, services)
    waypoints = [Waypoint(part.seed, part.track) for part in named]
    options = params.options(services.catalogue)
    found = find_path(waypoints, services.catalogue, services.mixer, options)
    return PathBody(
        tracks=[PlacedBody.of(placed) for placed in found.tracks],
        waypoints=list(found.waypoints),
        total_seconds=round(found.duration_seconds, 2),
        ended=EndedBody.of(found.ended),
        pool=SetPoolBody(size=found.pool, relaxed=found.gate),
        model=ModelBody.of(services.catalogue.space),
    )


def as_asked(body: Body, wanted: SetFormat | None, request: Request) -> Body | Response:
    """The answer as JSON, or as a playlist file where the query or the Accept header asks for one."""
    if wanted == "json" or (wanted is None and "mpegurl" not in request.headers.get("accept", "").lower()):
        return body
    text = m3u8(_entry(placed) for placed in body.tracks)
    return Response(text.encode("utf-8", "replace"), media_type=MEDIA_TYPE)


def _entry(placed: PlacedBody) -> Entry:
    if placed.track is None:
        return Entry(None, None, None, placed.duration_seconds)
    track = placed.track
    return Entry(track.title, track.artist, track.path, placed.duration_seconds)
