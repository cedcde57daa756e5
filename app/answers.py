"""Answers: from a query to the body of a recommendation."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace

from app.cursors import make_cursor, read_cursor
from app.reasons import reasons, warnings
from app.schemas.music import KeyBody, TagScoreBody, TempoBody, share
from app.schemas.recommendations import (
    AppliedWeights,
    ComponentsBody,
    ContributionsBody,
    KeyMove,
    PoolBody,
    QueryBody,
    QuerySeed,
    RankingParams,
    RecommendationsBody,
    ResultBody,
    ResultKey,
    ResultTempo,
    ResultTransition,
    SegmentBody,
)
from app.schemas.tracks import ModelBody, TrackBody
from app.seeds import Query
from app.services import Services
from segue.errors import InvalidCursor
from segue.limits import Limits
from segue.mixer import Weights
from segue.options import Place
from segue.recommend import recommend
from segue.results import Recommendation

CURSOR = "recommendations/1"


def answer(query: Query, services: Services, params: RankingParams) -> RecommendationsBody:
    """Ranks the catalogue for a query and explains the results.

    Raises:
        InvalidRequest: params that make no sense.
        InvalidCursor: a cursor of another query or with other params.
    """
    options = params.options(services.catalogue)
    asked = _fingerprint(query, params, options.weights)
    if params.cursor is not None:
        options = replace(options, after=_read_place(params.cursor, asked))
    found = recommend(query.seed, services.catalogue, services.mixer, options)
    shares = options.effective_weights.shares()
    return RecommendationsBody(
        query=query_body(query),
        pool=PoolBody(
            catalogue=found.pool.catalogue,
            after_limits=found.pool.after_limits,
            as_asked=found.pool.as_asked,
            after_tags=found.pool.after_tags,
            relaxed=found.pool.relaxed,
        ),
        results=[_result(result, query, options.limits) for result in found.results],
        next_cursor=None if found.next is None else _cursor(found.next, asked),
        weights=AppliedWeights(**{axis: round(weight, 4) for axis, weight in shares.items()}),
        model=ModelBody.of(services.catalogue.space),
        warnings=warnings(found, options, query.seed.tags, query.lead.tempo, query.lead.key.confidence),
    )


def query_body(query: Query) -> QueryBody:
    """What was heard in a query."""
    seed, lead = query.seed, query.lead
    return QueryBody(
        seeds=[
            QuerySeed(
                track_id=None if part.track is None else part.track.id,
                analysis_id=part.analysis_id,
                weight=part.weight,
            )
            for part in query.parts
        ],
        tempo=TempoBody.of(lead.tempo),
        key=KeyBody.of(lead.key),
        energy=round(share(seed.energy), 4),
        duration_seconds=round(seed.duration_seconds, 2),
        tags=TagScoreBody.all_of(seed.tags, only_active=False),
    )


def _result(result: Recommendation, query: Query, limits: Limits) -> ResultBody:
    key = result.track.key.key
    cosines = {axis: round(min(1.0, max(-1.0, cosine)), 4) for axis, cosine in result.components.items()}
    return ResultBody(
        rank=result.rank,
        track=TrackBody.of(result.track),
        similarity=round(share(result.similarity), 4),
        components=ComponentsBody(**cosines),
        contributions=ContributionsBody(**{axis: round(part, 4) for axis, part in result.contributions.items()}),
        shared_tags=list(result.shared_tags),
        tempo=ResultTempo(
            bpm=result.track.tempo.bpm, ratio=result.tempo_ratio, pitch_pct=round(result.pitch_percent, 2)
        ),
        key=ResultKey(
            **KeyMove.of(key, result.key_relation).model_dump(),
            without_key_lock=KeyMove.of(result.pitched_key, result.pitched_relation),
            detune_cents=round(result.detune_cents, 1),
        ),
        segment=None if result.segment is None else SegmentBody.of(result.segment),
        transition=None if result.transition is None else ResultTransition.of(result.transition),
        duplicates=list(result.duplicates),
        reasons=reasons(result, query.seed.key, limits),
    )


def _fingerprint(query: Query, params: RankingParams, weights: Weights) -> str:
    """Tells requests apart whose pages must not be mixed; ``weights`` because a preset may have changed meanwhile."""
    told = params.model_dump_json(include=RankingParams.model_fields.keys() - {"limit", "cursor"})
    return hashlib.sha256(f"{told}{weights}".encode() + query.seed.vector.tobytes()).hexdigest()[:16]


def _cursor(place: Place, asked: str) -> str:
    return make_cursor(CURSOR, asked, place.until_id, place.step, place.score.hex(), place.track_id, place.rank)


def _read_place(cursor: str, asked: str) -> Place:
    """Where the page before ended. Raises InvalidCursor."""
    made_for, until_id, step, score, track_id, rank = read_cursor(CURSOR, cursor, 6)
    if made_for != asked:
        raise InvalidCursor("The cursor belongs to another query or to other params; start again without one.")
    try:
        place = Place(str(until_id), str(step), float.fromhex(str(score)), str(track_id), int(rank))
        if place.rank < 1 or not math.isfinite(place.score):
            raise ValueError(place)
    except (ValueError, OverflowError):
        raise InvalidCursor("The cursor cannot be read; start again without one.") from None
    return place
