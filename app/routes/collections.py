"""Collections over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from app.bodies import read_json
from app.cursors import make_cursor, read_cursor
from app.deps import ServicesDep
from app.openapi import json_body, ok
from app.problems import JSON_CODES, responses
from app.schemas.base import PageQuery, TrackId
from app.schemas.collections import CollectionBody, CollectionFields, CollectionId, CollectionPage, TrackIdsBody
from app.schemas.tracks import TrackBody, TrackPage

router = APIRouter(prefix="/v1", tags=["collections"])

CollectionIdPath = Annotated[CollectionId, Path()]
TrackIdPath = Annotated[TrackId, Path()]

CURSOR = "collections/1"
TRACKS_CURSOR = "collection_tracks/1"
_ID_CODES = ("validation_failed", "collection_not_found", "catalogue_busy")
_LOCATION = {"Location": {"description": "Path of the collection.", "schema": {"type": "string"}}}
_LINKS = {
    operation: {"operationId": operation, "parameters": {"collection_id": "$response.body#/id"}}
    for operation in ("get_collection", "rename_collection", "delete_collection", "list_collection_tracks")
}


def _body(model: Any, **examples: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": json_body(model, examples)}}


@router.get(
    "/collections",
    summary="List the collections",
    description="Collections in order of creation, page by page.",
    responses=ok("One page.", "COLLECTION_PAGE") | responses("validation_failed", "invalid_cursor", "catalogue_busy"),
)
def list_collections(query: Annotated[PageQuery, Query()], services: ServicesDep) -> CollectionPage:
    """Pages by id."""
    found = services.catalogue.collections.page(query.limit + 1, _read_after(CURSOR, query.cursor))
    page = found[: query.limit]
    next_cursor = make_cursor(CURSOR, page[-1].id) if len(found) > query.limit else None
    return CollectionPage(collections=[CollectionBody.of(each) for each in page], next_cursor=next_cursor)


@router.post(
    "/collections",
    status_code=201,
    summary="Make a collection",
    description="Makes an empty collection: a crate, a residency, a label, whatever belongs together.",
    responses=ok("It was made.", "COLLECTION", status=201, headers=_LOCATION, links=_LINKS)
    | responses(*JSON_CODES, "invalid_request", "collection_exists", "catalogue_busy"),
    openapi_extra=_body(CollectionFields, named={"name": "Warm-up"}),
)
async def create_collection(request: Request, response: Response, services: ServicesDep) -> CollectionBody:
    """Makes by name."""
    fields = await read_json(request, CollectionFields)
    made = await run_in_threadpool(services.catalogue.collections.create, fields.name)
    response.headers["location"] = f"/v1/collections/{made.id}"
    return CollectionBody.of(made)


@router.get(
    "/collections/{collection_id}",
    summary="Get a collection",
    description="Name and size of one collection.",
    responses=ok("The collection.", "COLLECTION") | responses(*_ID_CODES),
)
def get_collection(collection_id: CollectionIdPath, services: ServicesDep) -> CollectionBody:
    """Gets by id."""
    return CollectionBody.of(services.catalogue.collections.get(collection_id))


@router.patch(
    "/collections/{collection_id}",
    summary="Rename a collection",
    description="Gives a collection another name; id and tracks stay.",
    responses=ok("The collection as it is now.", "COLLECTION")
    | responses(*JSON_CODES, "invalid_request", "collection_not_found", "collection_exists", "catalogue_busy"),
    openapi_extra=_body(CollectionFields, renamed={"name": "Peak time"}),
)
async def rename_collection(collection_id: CollectionIdPath, request: Request, services: ServicesDep) -> CollectionBody:
    """Renames by id."""
    fields = await read_json(request, CollectionFields)
    return CollectionBody.of(await run_in_threadpool(services.catalogue.collections.rename, collection_id, fields.name))


@router.delete(
    "/collections/{collection_id}",
    status_code=204,
    summary="Delete a collection",
    description="Deletes a collection; its tracks stay in the catalogue.",
    responses={204: {"description": "It is gone."}, **responses(*_ID_CODES)},
)
def delete_collection(collection_id: CollectionIdPath, services: ServicesDep) -> Response:
    """Deletes by id."""
    services.catalogue.collections.remove(collection_id)
    return Response(status_code=204)


@router.get(
    "/collections/{collection_id}/tracks",
    summary="List the tracks of a collection",
    description="Tracks of a collection in order of their arrival in the catalogue, page by page; tracks that come or "
    "go meanwhile make none repeat or skip.",
    responses=ok("One page.", "TRACK_PAGE") | responses(*_ID_CODES, "invalid_cursor"),
)
def list_collection_tracks(
    collection_id: CollectionIdPath, query: Annotated[PageQuery, Query()], services: ServicesDep
) -> TrackPage:
    """Pages by track id."""
    after = _read_after(TRACKS_CURSOR, query.cursor)
    found = services.catalogue.collections.track_page(collection_id, query.limit + 1, after)
    page = found[: query.limit]
    next_cursor = make_cursor(TRACKS_CURSOR, page[-1].id) if len(found) > query.limit else None
    return TrackPage(tracks=[TrackBody.of(track) for track in page], next_cursor=next_cursor)


@router.post(
    "/collections/{collection_id}/tracks",
    summary="Put tracks into a collection",
    description="Adds tracks of the catalogue; those that are in it already stay. When one of them is not in the "
    "catalogue, none is added.",
    responses=ok("The collection as it is now.", "COLLECTION")
    | responses(*JSON_CODES, "collection_not_found", "track_not_found", "catalogue_busy"),
    openapi_extra=_body(TrackIdsBody, one={"ids": ["01JD3Q8W2N6V4T9XK5B7C1HZ0M"]}),
)
async def add_collection_tracks(
    collection_id: CollectionIdPath, request: Request, services: ServicesDep
) -> CollectionBody:
    """Adds by ids."""
    body = await read_json(request, TrackIdsBody)
    return CollectionBody.of(
        await run_in_threadpool(services.catalogue.collections.add_tracks, collection_id, body.ids)
    )


@router.delete(
    "/collections/{collection_id}/tracks/{track_id}",
    status_code=204,
    summary="Take a track out of a collection",
    description="Takes a track out; it stays in the catalogue. A track that is not in the collection is no error.",
    responses={204: {"description": "It is not in the collection."}, **responses(*_ID_CODES)},
)
def remove_collection_track(collection_id: CollectionIdPath, track_id: TrackIdPath, services: ServicesDep) -> Response:
    """Takes out by id."""
    services.catalogue.collections.remove_tracks(collection_id, [track_id])
    return Response(status_code=204)


def _read_after(kind: str, cursor: str | None) -> str | None:
    """Id behind which a page starts. Raises InvalidCursor."""
    return None if cursor is None else str(read_cursor(kind, cursor, 1)[0])
