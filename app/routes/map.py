"""The map: the catalogue as points on a plane."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.cursors import make_cursor, read_cursor
from app.deps import ServicesDep, StagesDep
from app.openapi import ok
from app.problems import responses
from app.schemas.map import MapBody, MapQuery

router = APIRouter(prefix="/v1", tags=["map"])

CURSOR = "map/1"
_DESCRIPTION = """\
Every track has a place; tracks that sound alike are near each other, in clusters named by the tags that set them apart.

Places stay as they are until `segue index map` fits the map anew; tracks that come later are placed among the others
at once. Before the first fit the map is made when it is asked for, by PCA, and changes with every track that comes or
goes. Points come page by page in order of track id. Where `fitted_at` differs from the page before, begin again.
"""


@router.get(
    "/map",
    summary="Map of the catalogue",
    description=_DESCRIPTION,
    responses=ok("One page of points, and all clusters.", "MAP")
    | responses("validation_failed", "invalid_cursor", "catalogue_busy"),
)
def get_map(query: Annotated[MapQuery, Query()], services: ServicesDep, stages: StagesDep) -> MapBody:
    """Pages by id."""
    after = None if query.cursor is None else str(read_cursor(CURSOR, query.cursor, 1)[0])
    with stages("map"):
        page = services.catalogue.map.page(query.limit + 1, after)
    points = page.points[: query.limit]
    more = len(page.points) > query.limit
    return MapBody.of(page, points, make_cursor(CURSOR, points[-1].track_id) if more else None)
