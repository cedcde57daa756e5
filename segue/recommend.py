"""Recommend: the main job, from a heard track to ranked and explained results."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from segue.candidate import Candidate, nearest_first
from segue.diversity import Diversity, Kept
from segue.errors import InvalidRequest, TrackNotFound
from segue.feel import by_feel
from segue.key import Key, Relation, relation, transposed
from segue.limits import Limits
from segue.mixer import Mixer, Weights, similarity
from segue.ports import Catalogue
from segue.seed import Seed
from segue.segments import SegmentMatch, best_segment, windows_of
from segue.segue_points import Playable, Transition, transitions
from segue.tags import TagGate
from segue.tempo import semitones_when_matched, tempo_ratio
from segue.track import Track
from segue.where import Where

MAX_LIMIT = 100
PAGE_WITHOUT_LIMIT = 1000  # results at once when all above a threshold are asked for
SHORTLIST = 1000  # tracks whose chunks are compared

Match = Literal["track", "segment", "segue"]


@dataclass(frozen=True)
class Place:
    """Where a page of results ended, so that the next one goes on there.

    Attributes:
        until_id: the newest track when the first page was asked for; later ones are not seen.
        step: how the gate was applied.
        score: of the last result.
        track_id: of the last result.
        rank: of the last result.
    """

    until_id: str
    step: str
    score: float
    track_id: str
    rank: int


@dataclass(frozen=True)
class Options:
    """How to recommend.

    Attributes:
        limit: number of results, 1 to 100; None for everything from ``min_similarity`` upwards, 1,000 at once.
        min_similarity: results below are left out, in [0, 1].
        gate: what results must share with the seed.
        weights: how much each axis counts.
        limits: what results must meet whatever their similarity.
        diversity: what keeps results apart.
        match: ``track`` compares whole tracks; ``segment`` ranks by the stretch of each track that is
            most alike; ``segue`` compares how the seed ends with how tracks begin.
        after: where the last page ended.
        epsilon: in [0, 1]: ranks the 1,000 nearest by TF-IDF vectors of their sound, see :mod:`segue.feel`, from fine
            differences (0) to coarse ones; None, like 1, takes plain means. Only where whole tracks are compared.

    Raises:
        InvalidRequest: a number out of range, no limit and no threshold, or an epsilon where no whole tracks are
            compared.
    """

    limit: int | None = 10
    min_similarity: float = 0.0
    gate: TagGate = field(default_factory=TagGate)
    weights: Weights = field(default_factory=Weights)
    limits: Limits = field(default_factory=Limits)
    diversity: Diversity = field(default_factory=Diversity)
    match: Match = "track"
    after: Place | None = None
    epsilon: float | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and not 1 <= self.limit <= MAX_LIMIT:
            raise InvalidRequest(f"limit is {self.limit}; it must be 1 to {MAX_LIMIT}.")
        if not 0 <= self.min_similarity <= 1:
            raise InvalidRequest(f"min_similarity is {self.min_similarity}; it must be in [0, 1].")
        if self.limit is None and self.min_similarity == 0:
            raise InvalidRequest("limit is null, so min_similarity must say where to stop; it must be above 0.")
        if self.epsilon is not None and not 0 <= self.epsilon <= 1:
            raise InvalidRequest(f"epsilon is {self.epsilon}; it must be in [0, 1].")
        if self.epsilon is not None and self.match != "track":
            raise InvalidRequest(f"epsilon weighs whole tracks, but match is {self.match!r}; leave one of them out.")

    @property
    def page_size(self) -> int:
        """How many results at once."""
        return PAGE_WITHOUT_LIMIT if self.limit is None else self.limit

    @property
    def looks_inside(self) -> bool:
        """Whether the nearest tracks are ranked anew by their chunks."""
        return self.match == "segment" or self.epsilon not in (None, 1.0)

    @property
    def effective_weights(self) -> Weights:
        """The weights as ranked by: for ``segue``, the sound's weight goes to how it follows unless that has one."""
        if self.match == "segue" and self.weights.segue == 0:
            return replace(self.weights, segue=self.weights.sound, sound=0.0)
        return self.weights


@dataclass(frozen=True)
class Pool:
    """How many tracks were left after each stage.

    Attributes:
        catalogue: tracks in the catalogue, the seed's own recording not counted.
        after_limits: tracks that meet the limits.
        as_asked: of these, tracks that pass the gate as asked for.
        after_tags: of these, tracks that pass the gate as finally applied; they were ranked.
        relaxed: the step applied: ``"as_asked"``, ``"min_shared=N"``, ``"parent_genre"`` or ``"off"``.
    """

    catalogue: int
    after_limits: int
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
        contributions: axis -> its weight times its cosine; they add up to the similarity.
        shared_tags: labels active on both sides, strongest first.
        tempo_ratio: 0.5, 1 or 2: the metrical level at which both beat together.
        pitch_percent: change of playing speed that the result then needs.
        key_relation: what the move from the seed's key is called.
        pitched_key: the key that is heard after that change without key lock.
        pitched_relation: what the move to that key is called.
        detune_cents: by how much what is heard then is off that key, in hundredths of a semitone.
        duplicates: ids of near-duplicates that were folded into it.
        segment: which part of the seed resembles which part of it, where that was asked for.
        transition: where the seed is mixed out and it is mixed in, for ``segue``; None where the seed is past that.
    """

    rank: int
    track: Track
    similarity: float
    components: dict[str, float]
    contributions: dict[str, float]
    shared_tags: tuple[str, ...]
    tempo_ratio: float
    pitch_percent: float
    key_relation: Relation
    pitched_key: Key
    pitched_relation: Relation
    detune_cents: float
    duplicates: tuple[str, ...] = ()
    segment: SegmentMatch | None = None
    transition: Transition | None = None


@dataclass(frozen=True)
class Recommendations:
    """The answer.

    Attributes:
        pool: sizes after each stage.
        results: best first.
        next: where the next page goes on; None at the end.
    """

    pool: Pool
    results: tuple[Recommendation, ...]
    next: Place | None = None


def recommend(seed: Seed, catalogue: Catalogue, mixer: Mixer, options: Options) -> Recommendations:
    """Cuts the catalogue down to tracks that share the seed's tags and ranks them by weighted cosine.

    The seed itself is never among the results. Equal similarities are ordered by track id.
    """
    until_id = options.after.until_id if options.after else catalogue.newest()
    pool, where = _cut_down(seed, catalogue, options, until_id)
    kept = _ranked(seed, catalogue, mixer, options, where)
    page, rest = kept[: options.page_size], kept[options.page_size :]
    first = options.after.rank + 1 if options.after else 1
    results = tuple(_explain(rank, seed, found, options) for rank, found in enumerate(page, start=first))
    if options.match == "segue" and math.isfinite(seed.leaves_from_seconds):
        playing, earliest = Playable.of_seed(seed), seed.leaves_from_seconds
        results = tuple(_with_transition(result, playing, earliest, catalogue) for result in results)
    going_on = None
    if rest and until_id is not None:
        last = page[-1].candidate
        going_on = Place(until_id, pool.relaxed, last.score, last.track.id, results[-1].rank)
    return Recommendations(pool, results, going_on)


def _cut_down(seed: Seed, catalogue: Catalogue, options: Options, until_id: str | None) -> tuple[Pool, Where]:
    """Limits first, then the first step of the gate that leaves enough tracks, else the first that leaves most."""
    own = Where(exclude_hashes=seed.content_hashes, until_id=until_id)
    base = options.limits.where(seed.tempo_bpm, seed.key, seed.energy, own)
    steps = options.gate.steps(seed.tags, base)
    sizes = [catalogue.count(steps[0][1])]
    if options.after is not None:
        taken, where = next((step for step in steps if step[0] == options.after.step), steps[0])
        sizes.append(catalogue.count(where))
    else:
        for _name, where in steps[1:]:
            if sizes[-1] >= (options.limit or 1):
                break
            sizes.append(catalogue.count(where))
        taken, where = steps[sizes.index(sizes[-1])]  # steps are nested: an equal size is the same pool
    return Pool(catalogue.count(own), catalogue.count(base), sizes[0], sizes[-1], taken), where


def _ranked(seed: Seed, catalogue: Catalogue, mixer: Mixer, options: Options, where: Where) -> list[Kept]:
    """The page that is asked for, and one result more where there is one."""
    after = None if options.after is None else (options.after.score, options.after.track_id)
    query = mixer.query(seed.vector, options.effective_weights)
    min_score = options.min_similarity if options.min_similarity > 0 else None
    ranked: Iterable[Candidate]
    if options.looks_inside:
        ranked = _looking_inside(seed, catalogue, mixer, options, where)
        ranked = (found for found in ranked if min_score is None or found.score >= min_score)
    else:
        start = None if options.diversity.looks_back else after
        at_once = min(2 * options.page_size, SHORTLIST)
        hits = nearest_first(catalogue, query, where, min_score, start, at_once)
        ranked = (Candidate.of(hit, seed, mixer) for hit in hits)
    behind = None if after is None else (-after[0], after[1])
    return options.diversity.pick(ranked, seed, mixer, options.page_size + 1, behind)


def _looking_inside(seed: Seed, catalogue: Catalogue, mixer: Mixer, options: Options, where: Where) -> list[Candidate]:
    """A shortlist, ranked by what is heard in the chunks of its tracks."""
    weights = options.effective_weights
    query = mixer.query(seed.vector, weights)
    if options.epsilon is not None:
        hits = catalogue.nearest(query, where, SHORTLIST)
        return by_feel([Candidate.of(hit, seed, mixer) for hit in hits], seed, catalogue, weights, options.epsilon)
    beside = query.copy()
    beside[mixer.blocks["sound"]] = 0
    hits = catalogue.nearest_by_parts(beside, windows_of(seed.chunks), weights.shares()["sound"], where, SHORTLIST)
    whole = (replace(hit, score=float(np.dot(query, hit.vector))) for hit in hits)
    return by_segment([Candidate.of(hit, seed, mixer) for hit in whole], seed, catalogue, weights)


def by_segment(shortlist: list[Candidate], seed: Seed, catalogue: Catalogue, weights: Weights) -> list[Candidate]:
    """The shortlist ranked with the most alike stretch of each track in place of its whole sound."""
    chunks = catalogue.many_chunk_embeddings([found.track.id for found in shortlist])
    share, ranked = weights.shares()["sound"], []
    for found in shortlist:
        if found.track.id not in chunks:  # removed a moment ago
            continue
        rows = chunks[found.track.id].astype("float32")
        segment = best_segment(seed.chunks, rows, seed.duration_seconds, found.track.duration_seconds)
        ranked.append(found.with_sound(segment.similarity, share, segment))
    return sorted(ranked, key=lambda found: found.place)


def _explain(rank: int, seed: Seed, kept: Kept, options: Options) -> Recommendation:
    found = kept.candidate
    track, key = found.track, found.track.key.key
    ratio, pitch_percent = tempo_ratio(seed.tempo_bpm, track.tempo.bpm)
    semitones = int(semitones_when_matched(seed.tempo_bpm, track.tempo.bpm))
    pitched = transposed(key, semitones)
    shares = options.effective_weights.shares()
    return Recommendation(
        rank=rank,
        track=track,
        similarity=similarity(found.score),
        components=found.components,
        contributions={axis: share * found.components[axis] for axis, share in shares.items()},
        shared_tags=seed.tags.strongest(seed.tags.active & track.tags.active),
        tempo_ratio=ratio,
        pitch_percent=pitch_percent,
        key_relation=relation(seed.key, key),
        pitched_key=pitched,
        pitched_relation=relation(seed.key, pitched),
        detune_cents=1200 * math.log2(1 + pitch_percent / 100) - 100 * semitones,
        duplicates=tuple(kept.duplicates),
        segment=found.segment,
    )


def _with_transition(
    result: Recommendation, playing: Playable, earliest: float, catalogue: Catalogue
) -> Recommendation:
    """The same with its transition; without one where all of them are past, or the track was removed a moment ago."""
    try:
        to = Playable.of_track(result.track, catalogue)
    except TrackNotFound:
        return result
    ahead = (one for one in transitions(playing, to) if one.mix_out_seconds >= earliest)
    return replace(result, transition=next(ahead, None))
