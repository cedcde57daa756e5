"""Answers: from a seed to the body of a recommendation."""

from __future__ import annotations

from dataclasses import dataclass

from app.reasons import reasons, warnings
from app.schemas.music import KeyBody, TagScoreBody, TempoBody, share
from app.schemas.recommendations import (
    ComponentsBody,
    PoolBody,
    QueryBody,
    RecommendationsBody,
    ResultBody,
    ResultKey,
    ResultTempo,
)
from app.schemas.tracks import ModelBody, TrackBody
from app.services import Services
from segue.key import KeyEstimate
from segue.recommend import Options, Recommendation, recommend
from segue.seed import Seed
from segue.tags import TagScores
from segue.tempo import TempoEstimate
from segue.track import Analysis, Track


@dataclass(frozen=True)
class Query:
    """What recommendations are asked for, with the estimates behind it.

    Attributes:
        seed: as the ranking sees it.
        tags: scores of the vocabulary.
        tempo: with confidence.
        key: with confidence.
        energy: in [0, 1].
        duration_seconds: of the audio.
    """

    seed: Seed
    tags: TagScores
    tempo: TempoEstimate
    key: KeyEstimate
    energy: float
    duration_seconds: float

    @classmethod
    def from_analysis(cls, analysis: Analysis, services: Services) -> Query:
        """Query by an upload."""
        heard = analysis.hearing
        seed = Seed.from_analysis(analysis, services.mixer)
        return cls(seed, analysis.tags, heard.tempo, heard.key, heard.energy, analysis.duration_seconds)

    @classmethod
    def from_track(cls, track: Track, services: Services) -> Query:
        """Query by a track of the catalogue."""
        seed = Seed.from_track(track, services.catalogue, services.mixer)
        return cls(seed, track.tags, track.tempo, track.key, track.energy, track.duration_seconds)


def answer(query: Query, services: Services, options: Options) -> RecommendationsBody:
    """Ranks the catalogue for a query and explains the results."""
    found = recommend(query.seed, services.catalogue, services.mixer, options)
    return RecommendationsBody(
        query=QueryBody(
            tempo=TempoBody.of(query.tempo),
            key=KeyBody.of(query.key),
            energy=round(share(query.energy), 4),
            duration_seconds=round(query.duration_seconds, 2),
            tags=TagScoreBody.all_of(query.tags, only_active=False),
        ),
        pool=PoolBody(
            catalogue=found.pool.catalogue,
            as_asked=found.pool.as_asked,
            after_tags=found.pool.after_tags,
            relaxed=found.pool.relaxed,
        ),
        results=[_result(result, query) for result in found.results],
        model=ModelBody.of(services.catalogue.space),
        warnings=warnings(found, options, query.tags, query.tempo, query.key.confidence),
    )


def _result(result: Recommendation, query: Query) -> ResultBody:
    key = result.track.key.key
    cosines = {axis: round(min(1.0, max(-1.0, cosine)), 4) for axis, cosine in result.components.items()}
    return ResultBody(
        rank=result.rank,
        track=TrackBody.of(result.track),
        similarity=round(share(result.similarity), 4),
        components=ComponentsBody(**cosines),
        shared_tags=list(result.shared_tags),
        tempo=ResultTempo(
            bpm=result.track.tempo.bpm, ratio=result.tempo_ratio, pitch_pct=round(result.pitch_percent, 2)
        ),
        key=ResultKey(name=key.name, camelot=key.camelot, relation=result.key_relation),
        reasons=reasons(result, query.key.key),
    )
