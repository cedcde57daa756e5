"""Tracks: the catalogue over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from app.answers import answer
from app.bodies import parse_fields, read_json, receive_upload
from app.cursors import make_cursor, read_cursor
from app.deps import ServicesDep, StagesDep
from app.hearing import add
from app.openapi import body, json_body, multipart_fields_body, ok
from app.problems import UPLOAD_CODES, responses
from app.schemas.base import TrackId
from app.schemas.recommendations import RecommendationsBody, SimilarQuery
from app.schemas.seeds import SeedBody
from app.schemas.tracks import TrackBody, TrackChangesBody, TrackFields, TrackPage, TrackPageQuery
from app.seeds import resolve
from segue.analyse import Edit, edit_track
from segue.key import Key
from segue.track import Description

router = APIRouter(prefix="/v1", tags=["tracks"])

TrackIdPath = Annotated[TrackId, Path()]

CURSOR = "tracks/1"
_GONE: dict[int | str, dict[str, Any]] = {204: {"description": "It is gone."}}
_LOCATION = {"Location": {"description": "Path of the track.", "schema": {"type": "string"}}}

_LINKS = {
    operation: {"operationId": operation, "parameters": {"track_id": "$response.body#/id"}}
    for operation in ("get_track", "update_track", "delete_track", "list_similar_tracks")
}


@router.post(
    "/tracks",
    status_code=201,
    summary="Add a track by upload",
    description="Analyses an upload and stores what was heard; the audio is deleted. A recording that is already "
    "in the catalogue is answered as it is, with status 200.",
    responses=ok("It was there already, and is unchanged.", "TRACK", TrackBody, headers=_LOCATION, links=_LINKS)
    | ok("It was added.", "TRACK", status=201, headers=_LOCATION, links=_LINKS)
    | responses(*UPLOAD_CODES, "catalogue_busy"),
    openapi_extra=body(multipart_fields_body(TrackFields)),
)
async def create_track(request: Request, response: Response, services: ServicesDep, stages: StagesDep) -> TrackBody:
    """Adds, or answers the recording that was there."""
    services.pool.check_room()
    async with receive_upload(request, allowed_fields=tuple(TrackFields.model_fields)) as upload:
        told = parse_fields(upload.fields, TrackFields)
        description = Description(told.title, told.artist, told.album)
        track, is_new = await add(upload.path, description, upload.name, services, stages)
    response.status_code = 201 if is_new else 200
    response.headers["location"] = f"/v1/tracks/{track.id}"
    return TrackBody.of(track)


@router.get(
    "/tracks",
    summary="List the tracks",
    description="Tracks in order of arrival, page by page; tracks that come or go meanwhile make none repeat or skip.",
    responses=ok("One page.", "TRACK_PAGE") | responses("validation_failed", "invalid_cursor", "catalogue_busy"),
)
def list_tracks(query: Annotated[TrackPageQuery, Query()], services: ServicesDep) -> TrackPage:
    """Pages by id."""
    after = None if query.cursor is None else str(read_cursor(CURSOR, query.cursor, 1)[0])
    tracks = services.catalogue.page(query.limit + 1, after)
    page = tracks[: query.limit]
    next_cursor = make_cursor(CURSOR, page[-1].id) if len(tracks) > query.limit else None
    return TrackPage(tracks=[TrackBody.of(track) for track in page], next_cursor=next_cursor)


@router.get(
    "/tracks/{track_id}",
    summary="Get a track",
    description="One track of the catalogue.",
    responses=ok("The track.", "TRACK") | responses("validation_failed", "track_not_found", "catalogue_busy"),
)
def get_track(track_id: TrackIdPath, services: ServicesDep) -> TrackBody:
    """Gets by id."""
    return TrackBody.of(services.catalogue.get(track_id))


@router.patch(
    "/tracks/{track_id}",
    summary="Correct a track",
    description="Changes title, artist and album, and overrides tempo and key; the ranking follows at once. "
    "Fields left out stay as they are, null clears.",
    responses=ok("The track as it is now.", "TRACK")
    | responses(
        "body_too_large",
        "unsupported_media_type",
        "malformed_body",
        "validation_failed",
        "unknown_key",
        "track_not_found",
        "catalogue_busy",
    ),
    openapi_extra=body(json_body(TrackChangesBody, {"corrected": {"bpm": 174.0, "key": "8A"}})),
)
async def update_track(track_id: TrackIdPath, request: Request, services: ServicesDep) -> TrackBody:
    """Edits by fields that were sent."""
    changes = await read_json(request, TrackChangesBody)
    fields = {name: getattr(changes, name) for name in changes.model_fields_set}
    if fields.get("key") is not None:
        fields["key"] = Key.parse(fields["key"])
    track = await run_in_threadpool(edit_track, services.catalogue, services.mixer, track_id, Edit(fields))
    return TrackBody.of(track)


@router.delete(
    "/tracks/{track_id}",
    status_code=204,
    summary="Remove a track",
    description="Removes a track from the catalogue; the file it was read from is not touched.",
    responses=_GONE | responses("validation_failed", "track_not_found", "catalogue_busy"),
)
def delete_track(track_id: TrackIdPath, services: ServicesDep) -> Response:
    """Removes by id."""
    services.catalogue.remove(track_id)
    return Response(status_code=204)


@router.get(
    "/tracks/{track_id}/similar",
    tags=["recommendations"],
    summary="Recommend tracks for a track of the catalogue",
    description="The same as POST /v1/recommendations with a `track_id`, for links and quick looks.",
    responses=ok("The tracks that mix with it, best first.", "RECOMMENDATIONS")
    | responses(
        "validation_failed",
        "invalid_request",
        "invalid_cursor",
        "track_not_found",
        "preset_not_found",
        "catalogue_busy",
    ),
)
def list_similar_tracks(
    track_id: TrackIdPath, query: Annotated[SimilarQuery, Query()], services: ServicesDep, stages: StagesDep
) -> RecommendationsBody:
    """Ranks for a stored track."""
    with stages("rank"):
        return answer(resolve([SeedBody(track_id=track_id)], [], services), services, query.params())
