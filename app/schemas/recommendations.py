"""Recommendations: what may be asked for, and the answer with its reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from app.cursors import MAX_CURSOR_LENGTH
from app.schemas.base import RequestModel, ResponseModel
from app.schemas.limits import BpmParams, DiversityParams, EnergyParams, KeyParams, LimitsParams
from app.schemas.music import KeyBody, RelationName, TagCategory, TagScoreBody, TempoBody
from app.schemas.seeds import SeededParams, SeededRequest
from app.schemas.tracks import ModelBody, TrackBody
from segue.key import Key, KeyMode, Relation
from segue.limits import EnergyDirection
from segue.mixer import AXES, Weights
from segue.options import MAX_LIMIT, Match, Options
from segue.ports import Catalogue
from segue.segments import SegmentMatch
from segue.segue_points import Transition
from segue.shelf.preset import Presets
from segue.tags import CATEGORIES, TagGate, TagVocabulary

MAX_TAGS = 100

TagText = Annotated[str, Field(min_length=1, max_length=60)]
Weight = Annotated[float, Field(ge=0, le=1e6)]

NOT_ALL_ZERO: JsonDict = {"not": {"required": list(AXES), "properties": {axis: {"const": 0} for axis in AXES}}}
_DEFAULT = Weights()
_GATE = TagGate()


class WeightsBody(RequestModel):
    """How much each axis counts; only the ratios matter, 0 silences an axis. Axes left out keep their default."""

    model_config = ConfigDict(json_schema_extra=NOT_ALL_ZERO)

    sound: Weight = Field(default=_DEFAULT.sound, description="Texture and everything learnt.")
    tags: Weight = Field(default=_DEFAULT.tags, description="Shared genre and instruments.")
    tempo: Weight = Field(default=_DEFAULT.tempo, description="Nearness in tempo, half and double time included.")
    key: Weight = Field(default=_DEFAULT.key, description="Harmonic compatibility.")
    energy: Weight = Field(default=_DEFAULT.energy, description="Nearness in energy.")
    segue: Weight = Field(default=_DEFAULT.segue, description="How a result begins beside how the query ends.")

    def over(self, preset: Weights) -> Weights:
        """The weights that were told in place of a preset's. Raises InvalidRequest."""
        return replace(preset, **self.model_dump(include=self.model_fields_set))


class MixerParams(RequestModel):
    """How much each axis counts."""

    preset: str | None = Field(
        default=None,
        min_length=1,
        max_length=60,
        description="Name of a mixer preset to start from; `weights` told beside it win.",
        examples=["harmonic"],
    )
    weights: WeightsBody = Field(default=WeightsBody())

    def applied_weights(self, presets: Presets) -> Weights:
        """The domain's weights. Raises InvalidRequest, PresetNotFound."""
        return self.weights.over(Weights() if self.preset is None else presets.get(self.preset).weights)


class TagsParams(RequestModel):
    """What a track must share with the query to be considered at all."""

    include: list[TagText] = Field(
        default=[], max_length=MAX_TAGS, description="Tags that a result must have, as `genre---techno` or `techno`."
    )
    exclude: list[TagText] = Field(default=[], max_length=MAX_TAGS, description="Tags that no result may have.")
    mode: Literal["any", "all"] = Field(default="any", description="Whether any or all of `include` are needed.")
    min_shared: int = Field(
        default=_GATE.min_shared,
        ge=0,
        le=100,
        description="So many active tags must be shared with the query; 0 turns the gate off.",
    )
    categories: list[TagCategory] = Field(
        default=["genre", "instrument"], max_length=len(CATEGORIES), description="Whose tags count as shared."
    )
    on_empty: Literal["relax", "keep"] = Field(
        default="relax",
        description="When fewer than `limit` tracks pass: loosen the gate step by step, or keep it as asked.",
    )

    def gate(self, vocabulary: TagVocabulary) -> TagGate:
        """The gate. Raises UnknownTag."""
        return TagGate(
            categories=tuple(self.categories),
            min_shared=self.min_shared,
            include=frozenset(vocabulary.resolve(tag) for tag in self.include),
            exclude=frozenset(vocabulary.resolve(tag) for tag in self.exclude),
            include_mode=self.mode,
            on_empty=self.on_empty,
        )


class RankingParams(MixerParams, LimitsParams):
    """How to rank what meets the limits; everything has a default."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] | None = Field(
        default=10,
        description="At most so many results at once. `null`: everything from `min_similarity` upwards, 1,000 at once.",
    )
    cursor: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_CURSOR_LENGTH,
        description="`next_cursor` of the answer before, for the results behind it; all but `limit` must be as it was.",
    )
    min_similarity: float = Field(default=0.0, ge=0, le=1, description="Results below are left out.")
    match: Match = Field(
        default="track",
        description="`track` compares whole tracks; `segment` finds the most alike stretches and ranks by them; "
        "`segue` ranks by how a result begins beside how the query ends, and says where to mix.",
    )
    epsilon: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None,
        description="Weighs the chunks of a track by TF-IDF: what sets it apart in your catalogue counts for more. 0 "
        "tells small differences of feel apart, towards 1 only broad ones; 1 and null take plain means.",
    )
    tags: TagsParams = Field(default=TagsParams())

    def options(self, catalogue: Catalogue) -> Options:
        """The domain's options, but for the cursor. Raises InvalidRequest, PresetNotFound, CollectionNotFound."""
        return Options(
            limit=self.limit,
            min_similarity=self.min_similarity,
            gate=self.tags.gate(catalogue.vocabulary),
            weights=self.applied_weights(catalogue.presets),
            limits=self.limits(catalogue),
            diversity=self.diversity.diversity(),
            match=self.match,
            epsilon=self.epsilon,
        )


class RecommendationParams(SeededParams, RankingParams):
    """How to recommend; everything has a default."""


class RecommendationRequest(SeededRequest, RecommendationParams):
    """Recommendations for a track of the catalogue, for a recent upload, or for several seeds."""


class SimilarQuery(RequestModel):
    """How to recommend, as query parameters: the most used ones of the body."""

    limit: int = Field(default=10, ge=1, le=MAX_LIMIT, description="At most so many results.")
    cursor: str | None = Field(
        default=None, min_length=1, max_length=MAX_CURSOR_LENGTH, description="`next_cursor` of the answer before."
    )
    min_similarity: float = Field(default=0.0, ge=0, le=1, description="Results below are left out.")
    match: Match = Field(default="track", description="Whole tracks, the most alike segments, or outro against intro.")
    min_shared: int = Field(
        default=_GATE.min_shared, ge=0, le=100, description="Active tags that must be shared; 0: no tag gate."
    )
    on_empty: Literal["relax", "keep"] = Field(default="relax", description="Whether the tag gate may be loosened.")
    bpm_tolerance_pct: Annotated[float, Field(ge=0, le=50)] | None = Field(
        default=None, description="By how many percent a result may be pitched to the query's tempo."
    )
    half_double: bool = Field(default=True, description="Whether half and double time pass as well.")
    key_mode: KeyMode = Field(default="off", description="`off`, `exact`, `standard` or `extended`.")
    key_lock: bool = Field(default=True, description="Whether your player keeps the key when the tempo changes.")
    energy: EnergyDirection = Field(default="any", description="`any`, `up`, `down` or `steady`.")
    max_per_artist: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="At most so many results of one artist."
    )
    preset: str | None = Field(default=None, min_length=1, max_length=60, description="Mixer preset to start from.")
    w_sound: Weight | None = Field(default=None, description="Weight of texture and everything learnt.")
    w_tags: Weight | None = Field(default=None, description="Weight of shared genre and instruments.")
    w_tempo: Weight | None = Field(default=None, description="Weight of nearness in tempo.")
    w_key: Weight | None = Field(default=None, description="Weight of harmonic compatibility.")
    w_energy: Weight | None = Field(default=None, description="Weight of nearness in energy.")
    w_segue: Weight | None = Field(default=None, description="Weight of how a result begins beside how the query ends.")

    def params(self) -> RecommendationParams:
        """The same as a body would say."""
        told = {axis: weight for axis in AXES if (weight := getattr(self, f"w_{axis}")) is not None}
        return RecommendationParams(
            limit=self.limit,
            cursor=self.cursor,
            min_similarity=self.min_similarity,
            match=self.match,
            tags=TagsParams(min_shared=self.min_shared, on_empty=self.on_empty),
            bpm=BpmParams(tolerance_pct=self.bpm_tolerance_pct, half_double=self.half_double),
            key=KeyParams(mode=self.key_mode, key_lock=self.key_lock),
            energy=EnergyParams(direction=self.energy),
            diversity=DiversityParams(max_per_artist=self.max_per_artist),
            preset=self.preset,
            weights=WeightsBody(**told),
        )


class QuerySeed(ResponseModel):
    """One of the tracks that recommendations were asked for."""

    track_id: str | None = Field(description="Its id in the catalogue; null for uploads.")
    analysis_id: str | None = Field(
        description="For uploads: stands for the upload in later requests, for an hour after its last use. What was "
        "heard is kept in memory for that long; the audio is not."
    )
    weight: float


class QueryBody(ResponseModel):
    """What was heard in the query; of several seeds, tempo, key, energy and duration of the one of largest weight."""

    seeds: list[QuerySeed]
    tempo: TempoBody
    key: KeyBody
    energy: float = Field(ge=0, le=1)
    duration_seconds: float = Field(ge=0)
    tags: list[TagScoreBody] = Field(description="The whole vocabulary scored, strongest first.")


class PoolBody(ResponseModel):
    """How many tracks were left after each stage."""

    catalogue: int = Field(ge=0, description="Tracks in the catalogue, the query's own recording not counted.")
    after_limits: int = Field(ge=0, description="Tracks that meet the limits (tempo, key, energy, scope and the like).")
    as_asked: int = Field(ge=0, description="Of these, tracks that pass the tag gate as asked for.")
    after_tags: int = Field(ge=0, description="Of these, tracks that pass it as finally applied; these were ranked.")
    relaxed: str = Field(
        description="How the gate was finally applied: `as_asked`, `min_shared=N`, `parent_genre` or `off`.",
        examples=["as_asked"],
    )


Cosine = Annotated[float, Field(ge=-1, le=1)]


class ComponentsBody(ResponseModel):
    """Cosine similarity of each axis by itself."""

    sound: Cosine
    tags: Cosine
    tempo: Cosine
    key: Cosine
    energy: Cosine
    segue: Cosine


class ContributionsBody(ResponseModel):
    """Weight times cosine of each axis; they add up to the similarity (which does not go below 0)."""

    sound: float
    tags: float
    tempo: float
    key: float
    energy: float
    segue: float


class ResultTempo(ResponseModel):
    """A result's tempo beside the query's."""

    bpm: float = Field(description="The result's tempo.")
    ratio: float = Field(description="0.5, 1 or 2: the metrical level at which both beat together.")
    pitch_pct: float = Field(description="Change of the result's playing speed, in percent, that makes the beats meet.")


class KeyMove(ResponseModel):
    """A key, and what the move to it is called."""

    name: str = Field(examples=["A minor"])
    camelot: str = Field(examples=["8A"])
    relation: RelationName = Field(description="What the move from the query's key is called.")

    @classmethod
    def of(cls, key: Key, relation: Relation) -> KeyMove:
        """Body of a key and its relation."""
        return cls(name=key.name, camelot=key.camelot, relation=relation)


class ResultKey(KeyMove):
    """A result's key beside the query's: with key lock it is heard as it is, at any tempo."""

    without_key_lock: KeyMove = Field(
        description="The key nearest to what is heard without key lock, once the result is pitched to your tempo."
    )
    detune_cents: float = Field(
        ge=-51, le=51, description="By how much that is out of tune, in hundredths of a semitone; above 0 is sharp."
    )


class StretchBody(ResponseModel):
    """A stretch of a track."""

    start_seconds: float = Field(ge=0)
    end_seconds: float = Field(ge=0)


class SegmentBody(ResponseModel):
    """The stretches of both tracks that are most alike."""

    query: StretchBody
    result: StretchBody
    similarity: float = Field(ge=-1, le=1, description="Mean cosine of their chunks.")

    @classmethod
    def of(cls, found: SegmentMatch) -> SegmentBody:
        """Body of a match."""
        starts, ends = (found.query_start_seconds, found.start_seconds), (found.query_end_seconds, found.end_seconds)
        query, result = (
            StretchBody(start_seconds=round(start, 2), end_seconds=round(end, 2))
            for start, end in zip(starts, ends, strict=True)
        )
        return cls(query=query, result=result, similarity=round(found.similarity, 4))


class ResultTransition(ResponseModel):
    """Where to get from the query to a result."""

    mix_out_seconds: float = Field(ge=0, description="Where in the query the result is started.")
    mix_in_seconds: float = Field(ge=0, description="Where in the result it starts to play.")
    overlap_bars: int = Field(
        ge=0, description="Bars of the query for which both play: 8, 16 or 32; 0 where there is no room for them."
    )
    overlap_seconds: float = Field(ge=0, description="The same at the query's own speed.")
    score: float = Field(ge=0, le=1, description="How good it is; `GET /v1/transitions` tells what it is made of.")
    confidence: float = Field(ge=0, le=1, description="That of the bars of both tracks; 0 where they are not known.")

    @classmethod
    def of(cls, found: Transition) -> ResultTransition:
        """Body of a transition."""
        return cls(
            mix_out_seconds=round(found.mix_out_seconds, 2),
            mix_in_seconds=round(found.mix_in_seconds, 2),
            overlap_bars=found.overlap_bars,
            overlap_seconds=round(found.overlap_seconds, 2),
            score=round(found.score, 4),
            confidence=round(found.confidence, 4),
        )


class ResultBody(ResponseModel):
    """One recommended track and why it is one."""

    rank: int = Field(ge=1)
    track: TrackBody
    similarity: float = Field(ge=0, le=1, description="Weighted sum of the components; higher is nearer.")
    components: ComponentsBody
    contributions: ContributionsBody
    shared_tags: list[str] = Field(description="Tags active on both sides, strongest first.")
    tempo: ResultTempo
    key: ResultKey
    segment: SegmentBody | None = Field(description="For `match: segment`, which parts are alike; else null.")
    transition: ResultTransition | None = Field(description="For `match: segue`, where to mix; else null.")
    duplicates: list[str] = Field(description="Ids of near-duplicates that were folded into this one.")
    reasons: list[str] = Field(description="The same in words.")


class WarningBody(ResponseModel):
    """Something to know before trusting the answer."""

    code: str = Field(
        description="`empty_catalogue`, `nothing_meets_the_limits`, `gate_relaxed`, `few_results`, `no_active_tags`, "
        "`low_tempo_confidence` or `low_key_confidence`; more may come."
    )
    message: str


class AppliedWeights(ResponseModel):
    """The weights as ranked by, summing to 1."""

    sound: float
    tags: float
    tempo: float
    key: float
    energy: float
    segue: float


class RecommendationsBody(ResponseModel):
    """The answer."""

    query: QueryBody
    pool: PoolBody
    results: list[ResultBody] = Field(description="Best first.")
    next_cursor: str | None = Field(description="Pass it as `cursor` for more; null when there is no more.")
    weights: AppliedWeights
    model: ModelBody
    warnings: list[WarningBody]
