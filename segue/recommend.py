"""Recommend: the main job, from a heard track to ranked and explained results."""

from __future__ import annotations

from dataclasses import dataclass, field

from segue.analyse import features
from segue.errors import InvalidRequest
from segue.key import Key, Relation, relation
from segue.mixer import Mixer, Vector, Weights, similarity
from segue.ports import Catalogue, Hit
from segue.tags import TagGate, TagScores
from segue.tempo import tempo_ratio
from segue.track import Analysis, Track
from segue.where import Where

MAX_LIMIT = 100


@dataclass(frozen=True)
class Seed:
    """What recommendations are asked for.

    Attributes:
        vector: track vector, ``(dim,)`` float32.
        tags: scores of the vocabulary.
        tempo_bpm: beats per minute.
        key: the key.
        content_hash: sha256 of the audio: the same recording is never recommended.
    """

    vector: Vector
    tags: TagScores
    tempo_bpm: float
    key: Key
    content_hash: str

    @classmethod
    def from_analysis(cls, analysis: Analysis, mixer: Mixer) -> Seed:
        """Seed for a track that is in no catalogue."""
        heard = analysis.hearing
        vector = mixer.encode(features(analysis))
        return cls(vector, analysis.tags, heard.tempo.bpm, heard.key.key, analysis.content_hash)

    @classmethod
    def from_track(cls, track: Track, vector: Vector) -> Seed:
        """Seed for a track of the catalogue."""
        return cls(vector, track.tags, track.tempo.bpm, track.key.key, track.content_hash)


@dataclass(frozen=True)
class Options:
    """How to recommend.

    Attributes:
        limit: number of results, 1 to 100.
        min_similarity: results below are left out, in [0, 1].
        gate: what results must share with the seed.
        weights: how much each axis counts.
        exclude_ids: tracks never to recommend.
    """

    limit: int = 10
    min_similarity: float = 0.0
    gate: TagGate = field(default_factory=TagGate)
    weights: Weights = field(default_factory=Weights)
    exclude_ids: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise InvalidRequest(f"limit is {self.limit}; it must be 1 to {MAX_LIMIT}.")
        if not 0 <= self.min_similarity <= 1:
            raise InvalidRequest(f"min_similarity is {self.min_similarity}; it must be in [0, 1].")


@dataclass(frozen=True)
class Pool:
    """How many tracks were left after each stage.

    Attributes:
        catalogue: tracks in the catalogue, the seed's own recording not counted.
        as_asked: tracks that pass the gate as asked for.
        after_tags: tracks that pass the gate as finally applied.
        relaxed: the step applied: ``"as_asked"``, ``"min_shared=N"``, ``"parent_genre"`` or ``"off"``.
    """

    catalogue: int
    as_asked: int
    after_tags: int
    relaxed: str


@dataclass(frozen=True)
class Recommendation:
    """One result and why it is one.

    Attributes:
        rank: 1 is best.
        track: the track.
        similarity: weighted sum of the components as ranked by, in [0, 1], higher is nearer.
        components: axis -> cosine in [-1, 1].
        shared_tags: labels active on both sides, strongest first.
        tempo_ratio: 0.5, 1 or 2: the metrical level at which both beat together.
        pitch_percent: change of playing speed that the result then needs.
        key_relation: what the move from the seed's key is called.
    """

    rank: int
    track: Track
    similarity: float
    components: dict[str, float]
    shared_tags: tuple[str, ...]
    tempo_ratio: float
    pitch_percent: float
    key_relation: Relation


@dataclass(frozen=True)
class Recommendations:
    """The answer.

    Attributes:
        pool: sizes after each stage.
        results: best first.
    """

    pool: Pool
    results: tuple[Recommendation, ...]


def recommend(seed: Seed, catalogue: Catalogue, mixer: Mixer, options: Options) -> Recommendations:
    """Cuts the catalogue down to tracks that share the seed's tags and ranks them by weighted cosine.

    The seed itself is never among the results. Equal similarities are ordered by track id.
    """
    base = Where(exclude_ids=options.exclude_ids, exclude_hashes=frozenset({seed.content_hash}))
    pool, where = _pass_gate(seed, catalogue, base, options)
    query = mixer.query(seed.vector, options.weights)
    min_score = options.min_similarity if options.min_similarity > 0 else None
    hits = catalogue.nearest(query, where, options.limit, min_score)
    results = (_explain(rank, seed, hit, mixer) for rank, hit in enumerate(hits, start=1))
    return Recommendations(pool, tuple(results))


def _pass_gate(seed: Seed, catalogue: Catalogue, base: Where, options: Options) -> tuple[Pool, Where]:
    """Takes the first step of the gate that leaves enough tracks; if none does, the first that leaves most."""
    steps = options.gate.steps(seed.tags, base)
    sizes: list[int] = []
    for _name, where in steps:
        sizes.append(catalogue.count(where))
        if sizes[-1] >= options.limit:
            break
    taken, where = steps[sizes.index(sizes[-1])]  # steps are nested: an equal size is the same pool
    own_excluded = Where(exclude_hashes=base.exclude_hashes)
    return Pool(catalogue.count(own_excluded), sizes[0], sizes[-1], taken), where


def _explain(rank: int, seed: Seed, hit: Hit, mixer: Mixer) -> Recommendation:
    components = mixer.components(seed.vector, hit.vector)
    ratio, pitch_percent = tempo_ratio(seed.tempo_bpm, hit.track.tempo.bpm)
    return Recommendation(
        rank=rank,
        track=hit.track,
        similarity=similarity(hit.score),
        components=components,
        shared_tags=seed.tags.strongest(seed.tags.active & hit.track.tags.active),
        tempo_ratio=ratio,
        pitch_percent=pitch_percent,
        key_relation=relation(seed.key, hit.track.key.key),
    )
