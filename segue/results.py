"""Results: ranked tracks with all that speaks for them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from segue.beside import beside
from segue.diversity import Kept
from segue.errors import TrackNotFound
from segue.key import Key, Relation
from segue.mixer import similarity
from segue.options import Options, Place
from segue.ports import Catalogue
from segue.seed import Seed
from segue.segments import SegmentMatch
from segue.segue_points import Playable, Transition, transitions
from segue.tempo import semitones_when_matched
from segue.track import Track


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


def explain(rank: int, seed: Seed, kept: Kept, options: Options) -> Recommendation:
    """A result out of what was kept, beside the seed."""
    found = kept.candidate
    track, bpm = found.track, found.track.tempo.bpm
    move = beside(seed.tempo_bpm, seed.key, bpm, track.key.key)
    semitones = int(semitones_when_matched(seed.tempo_bpm, bpm))
    shares = options.effective_weights.shares()
    return Recommendation(
        rank=rank,
        track=track,
        similarity=similarity(found.score),
        components=found.components,
        contributions={axis: share * found.components[axis] for axis, share in shares.items()},
        shared_tags=seed.tags.strongest(seed.tags.active & track.tags.active),
        **move._asdict(),
        detune_cents=1200 * math.log2(1 + move.pitch_percent / 100) - 100 * semitones,
        duplicates=tuple(kept.duplicates),
        segment=found.segment,
    )


def with_transition(result: Recommendation, playing: Playable, earliest: float, catalogue: Catalogue) -> Recommendation:
    """The same with its transition; without one where all of them are past, or the track was removed a moment ago."""
    try:
        to = Playable.of_track(result.track, catalogue)
    except TrackNotFound:
        return result
    ahead = (one for one in transitions(playing, to) if one.mix_out_seconds >= earliest)
    return replace(result, transition=next(ahead, None))
