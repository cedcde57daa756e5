"""Keys: which ones mix."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.openapi import ok
from app.problems import responses
from app.schemas.base import KeyText, RequestModel
from app.schemas.music import CompatibleKey, CompatibleKeysBody, KeyNames, share
from segue.key import N_KEYS, Key, KeyMode, compatibility_factor, keys_in_mode, relation

router = APIRouter(prefix="/v1", tags=["keys"])

KeyPath = Annotated[KeyText, Path(description="'A minor', 'Am', '8A' (Camelot) or '1m' (Open Key); # is %23.")]


class CompatibleQuery(RequestModel):
    """Which keys to answer."""

    min_similarity: float = Field(default=0.0, ge=0, le=1, description="Keys below are left out.")
    mode: KeyMode = Field(
        default="off", description="Only keys that this mode lets pass: `exact`, `standard` or `extended`; `off`: all."
    )


@router.get(
    "/keys/{key}/compatible",
    summary="List the keys that mix with a key",
    description="All 24 keys, those above a similarity, or those that a key mode of recommendations lets pass, with "
    "what the move to each is called.",
    responses=ok("The keys, best first.", "COMPATIBLE_KEYS") | responses("validation_failed", "unknown_key"),
)
def list_compatible_keys(key: KeyPath, query: Annotated[CompatibleQuery, Query()]) -> CompatibleKeysBody:
    """Lists as the ranking counts it."""
    parsed = Key.parse(key)
    similarities = compatibility_factor() @ compatibility_factor()[parsed.index]
    rows = [_row(parsed, Key.from_index(index), float(similarities[index])) for index in range(N_KEYS)]
    allowed = keys_in_mode(parsed, query.mode) or range(N_KEYS)
    kept = [rows[index] for index in allowed if rows[index].similarity >= query.min_similarity]
    kept.sort(key=lambda row: (-row.similarity, row.relation, row.name))
    return CompatibleKeysBody(key=KeyNames.of_key(parsed), compatible=kept)


def _row(from_key: Key, to_key: Key, similarity: float) -> CompatibleKey:
    names = KeyNames.of_key(to_key).model_dump()
    return CompatibleKey(**names, relation=relation(from_key, to_key), similarity=round(share(similarity), 3))
