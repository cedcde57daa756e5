"""Recommendations: what may be asked for, and the answer with its reasons."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from app.schemas.base import RequestModel, ResponseModel, TrackId
from app.schemas.music import KeyBody, RelationName, TagCategory, TagScoreBody, TempoBody
from app.schemas.tracks import ModelBody, TrackBody
from segue.limits import Limits
from segue.mixer import AXES, Weights
from segue.recommend import MAX_LIMIT, Options
from segue.tags import CATEGORIES, TagGate, TagVocabulary

MAX_TAGS = 100
MAX_EXCLUDED_IDS = 1000

TagText = Annotated[str, Field(min_length=1, max_length=60)]
Weight = Annotated[float, Field(ge=0, le=1e6)]

NOT_ALL_ZERO: JsonDict = {"not": {"required": list(AXES), "properties": {axis: {"const": 0} for axis in AXES}}}
_DEFAULT = Weights()


class WeightsBody(RequestModel):
    """How much each axis counts; only the ratios matter, 0 silences an axis. Axes left out keep their default."""

    model_config = ConfigDict(json_schema_extra=NOT_ALL_ZERO)

    sound: Weight = Field(default=_DEFAULT.sound, description="Texture and everything learnt.")
    tags: Weight = Field(default=_DEFAULT.tags, description="Shared genre and instruments.")
    tempo: Weight = Field(default=_DEFAULT.tempo, description="Nearness in tempo, half and double time included.")
    key: Weight = Field(default=_DEFAULT.key, description="Harmonic compatibility.")
    energy: Weight = Field(default=_DEFAULT.energy, description="Nearness in energy.")


class TagsParams(RequestModel):
    """What a track must share with the query to be considered at all."""

    include: list[TagText] = Field(
        default=[], max_length=MAX_TAGS, description="Tags that a result must have, as `genre---techno` or `techno`."
    )
    exclude: list[TagText] = Field(default=[], max_length=MAX_TAGS, description="Tags that no result may have.")
    mode: Literal["any", "all"] = Field(default="any", description="Whether any or all of `include` are needed.")
    min_shared: int = Field(
        default=2, ge=0, le=100, description="So many active tags must be shared with the query; 0 turns the gate off."
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


class RecommendationParams(RequestModel):
    """How to recommend; everything has a default."""

    limit: int = Field(default=10, ge=1, le=MAX_LIMIT, description="At most so many results.")
    min_similarity: float = Field(default=0.0, ge=0, le=1, description="Results below are left out.")
    tags: TagsParams = Field(default=TagsParams())
    weights: WeightsBody = Field(default=WeightsBody())
    exclude_ids: list[TrackId] = Field(
        default=[], max_length=MAX_EXCLUDED_IDS, description="Tracks never to recommend; unknown ids do no harm."
    )

    def options(self, vocabulary: TagVocabulary) -> Options:
        """The domain's options. Raises InvalidRequest."""
        return Options(
            limit=self.limit,
            min_similarity=self.min_similarity,
            gate=self.tags.gate(vocabulary),
            weights=Weights(**self.weights.model_dump()),
            limits=Limits(exclude_ids=frozenset(self.exclude_ids)),
        )


class RecommendationByTrack(RecommendationParams):
    """Recommendations for a track of the catalogue."""

    track_id: TrackId


class SimilarQuery(RequestModel):
    """How to recommend, as query parameters."""

    limit: int = Field(default=10, ge=1, le=MAX_LIMIT, description="At most so many results.")
    min_similarity: float = Field(default=0.0, ge=0, le=1, description="Results below are left out.")
    min_shared: int = Field(default=2, ge=0, le=100, description="Active tags that must be shared; 0: no tag gate.")
    on_empty: Literal["relax", "keep"] = Field(default="relax", description="Whether the tag gate may be loosened.")
    w_sound: Weight = Field(default=_DEFAULT.sound, description="Weight of texture and everything learnt.")
    w_tags: Weight = Field(default=_DEFAULT.tags, description="Weight of shared genre and instruments.")
    w_tempo: Weight = Field(default=_DEFAULT.tempo, description="Weight of nearness in tempo.")
    w_key: Weight = Field(default=_DEFAULT.key, description="Weight of harmonic compatibility.")
    w_energy: Weight = Field(default=_DEFAULT.energy, description="Weight of nearness in energy.")

    def params(self) -> RecommendationParams:
        """The same as a body would say."""
        return RecommendationParams(
            limit=self.limit,
            min_similarity=self.min_similarity,
            tags=TagsParams(min_shared=self.min_shared, on_empty=self.on_empty),
            weights=WeightsBody(**{axis: getattr(self, f"w_{axis}") for axis in AXES}),
        )


class QueryBody(ResponseModel):
    """What was heard in the query."""

    tempo: TempoBody
    key: KeyBody
    energy: float = Field(ge=0, le=1)
    duration_seconds: float = Field(ge=0)
    tags: list[TagScoreBody] = Field(description="The whole vocabulary scored, strongest first.")


class PoolBody(ResponseModel):
    """How many tracks were left after each stage."""

    catalogue: int = Field(ge=0, description="Tracks in the catalogue, the query's own recording not counted.")
    as_asked: int = Field(ge=0, description="Tracks that pass the tag gate as asked for.")
    after_tags: int = Field(ge=0, description="Tracks that pass the tag gate as finally applied; these were ranked.")
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


class ResultTempo(ResponseModel):
    """A result's tempo beside the query's."""

    bpm: float = Field(description="The result's tempo.")
    ratio: float = Field(description="0.5, 1 or 2: the metrical level at which both beat together.")
    pitch_pct: float = Field(description="Change of the result's playing speed, in percent, that makes the beats meet.")


class ResultKey(ResponseModel):
    """A result's key beside the query's."""

    name: str = Field(examples=["A minor"])
    camelot: str = Field(examples=["8A"])
    relation: RelationName = Field(description="What the move from the query's key is called.")


class ResultBody(ResponseModel):
    """One recommended track and why it is one."""

    rank: int = Field(ge=1)
    track: TrackBody
    similarity: float = Field(ge=0, le=1, description="Weighted sum of the components; higher is nearer.")
    components: ComponentsBody
    shared_tags: list[str] = Field(description="Tags active on both sides, strongest first.")
    tempo: ResultTempo
    key: ResultKey
    reasons: list[str] = Field(description="The same in words.")


class WarningBody(ResponseModel):
    """Something to know before trusting the answer."""

    code: str = Field(
        description="`empty_catalogue`, `gate_relaxed`, `few_results`, `no_active_tags`, `low_tempo_confidence` "
        "or `low_key_confidence`; more may come."
    )
    message: str


class RecommendationsBody(ResponseModel):
    """The answer."""

    query: QueryBody
    pool: PoolBody
    results: list[ResultBody] = Field(description="Best first.")
    model: ModelBody
    warnings: list[WarningBody]
