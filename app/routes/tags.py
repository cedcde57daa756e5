"""Tags: the vocabulary."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from app.deps import ServicesDep
from app.openapi import ok
from app.problems import responses
from app.schemas.base import RequestModel
from app.schemas.music import TagBody, TagCategory, TagsBody
from app.services import Services
from segue.tags import PARENT_GENRES, category_of, name_of
from segue.where import Where

router = APIRouter(prefix="/v1", tags=["tags"])


class TagsQuery(RequestModel):
    """What to answer."""

    counts: bool = Field(default=False, description="Whether to count each tag's tracks in the catalogue.")


@router.get(
    "/tags",
    summary="List the tags",
    description="Every genre and instrument that tracks are scored for, with the threshold that makes it active.",
    responses=ok("The vocabulary.", "TAGS") | responses("validation_failed", "catalogue_busy"),
)
def list_tags(query: Annotated[TagsQuery, Query()], services: ServicesDep) -> TagsBody:
    """Lists by category, then name."""
    vocabulary = services.catalogue.vocabulary
    pairs = sorted(zip(vocabulary.labels, vocabulary.thresholds, strict=True))
    return TagsBody(tags=[_tag(label, threshold, query.counts, services) for label, threshold in pairs])


def _tag(label: str, threshold: float, counts: bool, services: Services) -> TagBody:
    category: TagCategory = "genre" if category_of(label) == "genre" else "instrument"
    parent = PARENT_GENRES.get(name_of(label)) if category == "genre" else None
    return TagBody(
        tag=label,
        name=name_of(label),
        category=category,
        threshold=round(threshold, 4),
        parent=None if parent is None else f"genre---{parent}",
        track_count=services.catalogue.count(Where(include=frozenset({label}))) if counts else None,
    )
