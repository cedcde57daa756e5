"""Recommend: the right rows, in the right order, from the right pool."""

from __future__ import annotations

import numpy as np
import pytest
from domain_material import MIXER, VOCABULARY, catalogue_of, labels, new_track, random_tags, seed_track, tag_scores
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.diversity import Diversity
from segue.errors import InvalidRequest
from segue.fakes import MemoryCatalogue
from segue.key import Key, relation
from segue.limits import Limits
from segue.mixer import AXES, Weights
from segue.options import MAX_LIMIT, Options
from segue.ports import TrackChanges, iterate
from segue.recommend import recommend
from segue.results import Pool, Recommendations
from segue.seed import Seed
from segue.tags import TagGate
from segue.tempo import tempo_ratio
from segue.track import Track

OPEN = TagGate(min_shared=0)
APART = Diversity(fold_duplicates=False)
GATES = st.builds(
    lambda include, exclude, **fields: TagGate(include=include, exclude=exclude - include, **fields),
    min_shared=st.integers(0, 4),
    categories=st.sampled_from([("genre", "instrument"), ("genre",), ("instrument",)]),
    include=st.frozensets(st.sampled_from(VOCABULARY.labels), max_size=2),
    exclude=st.frozensets(st.sampled_from(VOCABULARY.labels), max_size=2),
    include_mode=st.sampled_from(["any", "all"]),
    on_empty=st.sampled_from(["relax", "keep"]),
)


ROOT = {
    "genre---electronic": "electronic",
    "genre---house": "electronic",
    "genre---techno": "electronic",
    "genre---hiphop": "hiphop",
    "genre---trap": "hiphop",
    "genre---jazz": "jazz",
}


def random_catalogue(number: int) -> MemoryCatalogue:
    rng = np.random.default_rng(number)
    return catalogue_of(new_track(1000 + n, random_tags(rng)) for n in range(int(rng.integers(0, 25))))


def ids(answer: Recommendations) -> list[str]:
    return [result.track.id for result in answer.results]


def candidates(seed: Seed, catalogue: MemoryCatalogue, options: Options) -> list[Track]:
    """Whoever is allowed apart from the shared tags, by the words of the documentation."""
    found = []
    for track in iterate(catalogue):
        wanted = options.gate.include
        has = track.tags.active & wanted
        included = not wanted or (has == wanted if options.gate.include_mode == "all" else bool(has))
        known = track.content_hash in seed.content_hashes or track.id in options.limits.exclude_ids
        if included and not known and not track.tags.active & options.gate.exclude:
            found.append(track)
    return found


def pools_by_step(seed: Seed, catalogue: MemoryCatalogue, options: Options) -> dict[str, list[Track]]:
    """Step of the gate -> whoever passes it, tightest first."""
    allowed, gate = candidates(seed, catalogue, options), options.gate
    shareable = {label for label in seed.tags.active if label.split("---")[0] in gate.categories}
    asked = min(gate.min_shared, len(shareable))

    def sharing(wanted: set[str], fewest: int) -> list[Track]:
        return [track for track in allowed if len(track.tags.active & wanted) >= fewest]

    pools = {"as_asked": sharing(shareable, asked)}
    if asked == 0 or gate.on_empty == "keep":
        return pools
    pools |= {f"min_shared={n}": sharing(shareable, n) for n in range(asked - 1, 0, -1)}
    roots = {ROOT[label] for label in shareable if label in ROOT}
    if roots:
        relatives = {label for label, root in ROOT.items() if root in roots}
        pools["parent_genre"] = sharing(shareable | relatives, 1)
    return pools | {"off": allowed}


def ranked(seed: Seed, catalogue: MemoryCatalogue, pool: list[Track], options: Options) -> list[str]:
    query = MIXER.query(seed.vector, options.weights)
    scores = {track.id: float(np.dot(query, catalogue.vector(track.id))) for track in pool}
    kept = [i for i, score in scores.items() if not options.min_similarity or score >= options.min_similarity]
    return sorted(kept, key=lambda i: (-scores[i], i))[: options.limit]


@given(
    st.integers(0, 200),
    st.integers(0, 50),
    GATES,
    st.integers(1, 12),
    st.sampled_from([0.0, 0.3, 0.6]),
    st.sampled_from([Weights(), Weights(0, 0, 0, 1, 0), Weights(0, 1, 2, 0, 0)]),
    st.integers(0, 24),
)
@settings(max_examples=120, deadline=None)
def test_same_rows_as_by_brute_force(
    number: int, query: int, gate: TagGate, limit: int, least: float, weights: Weights, n_excluded: int
) -> None:
    catalogue, seed = random_catalogue(number), seed_track(query)
    excluded = frozenset(track.id for track in list(iterate(catalogue))[:n_excluded:3])
    options = Options(limit, least, gate, weights, Limits(exclude_ids=excluded), APART)
    answer = recommend(seed, catalogue, MIXER, options)

    pools = pools_by_step(seed, catalogue, options)
    assert answer.pool.catalogue == catalogue.count()
    assert answer.pool.as_asked == len(pools["as_asked"])
    assert answer.pool.after_tags == len(pools[answer.pool.relaxed])
    assert answer.pool.relaxed == next(
        (step for step, pool in pools.items() if len(pool) >= limit),
        next(step for step, pool in pools.items() if len(pool) == len(pools[list(pools)[-1]])),
    )
    assert ids(answer) == ranked(seed, catalogue, pools[answer.pool.relaxed], options)
    similarities = [result.similarity for result in answer.results]
    assert similarities == sorted(similarities, reverse=True)
    assert all(least <= similarity <= 1 for similarity in similarities)
    assert answer == recommend(seed, catalogue, MIXER, options)


# The pool and the gate's steps

TRACKS = (
    ("techno", "drums", "bass"),  # 1 shares two with the seed
    ("techno", "piano"),  # 2 shares one
    ("drums",),  # 3 shares one
    ("house",),  # 4 shares the parent genre
    ("electronic", "strings"),  # 5 shares the parent genre
    ("jazz", "piano"),  # 6 shares nothing
)
SEED = seed_track(tags=tag_scores("techno", "drums"))


def pool_of(limit: int, gate: TagGate, tracks: tuple[tuple[str, ...], ...] = TRACKS) -> tuple[Pool, set[int]]:
    catalogue = catalogue_of(new_track(n, tag_scores(*tags)) for n, tags in enumerate(tracks, start=1))
    answer = recommend(SEED, catalogue, MIXER, Options(limit, gate=gate))
    return answer.pool, {int(i) for i in ids(answer)}


@pytest.mark.parametrize(
    ("limit", "relaxed", "after_tags", "found"),
    [
        (1, "as_asked", 1, {1}),
        (2, "min_shared=1", 3, None),
        (3, "min_shared=1", 3, {1, 2, 3}),
        (5, "parent_genre", 5, {1, 2, 3, 4, 5}),
        (6, "off", 6, {1, 2, 3, 4, 5, 6}),
        (50, "off", 6, {1, 2, 3, 4, 5, 6}),
    ],
)
def test_pool_after_each_relaxation(limit: int, relaxed: str, after_tags: int, found: set[int] | None) -> None:
    pool, rows = pool_of(limit, TagGate(min_shared=2))
    assert pool == Pool(6, after_limits=6, as_asked=1, after_tags=after_tags, relaxed=relaxed)
    assert len(rows) == min(limit, after_tags)
    assert rows == (rows if found is None else found)


def test_gate_kept_answers_fewer() -> None:
    assert pool_of(5, TagGate(min_shared=2, on_empty="keep")) == (Pool(6, 6, 1, 1, "as_asked"), {1})
    assert pool_of(5, TagGate(min_shared=2, on_empty="keep"), TRACKS[1:]) == (Pool(5, 5, 0, 0, "as_asked"), set())


def test_loosening_that_lets_nobody_in_is_not_told() -> None:
    assert pool_of(5, TagGate(min_shared=2), TRACKS[:1]) == (Pool(1, 1, 1, 1, "as_asked"), {1})
    assert pool_of(9, TagGate(min_shared=2), TRACKS[:3]) == (Pool(3, 3, 1, 3, "min_shared=1"), {1, 2, 3})
    assert pool_of(9, TagGate(min_shared=2), TRACKS[:5])[0] == Pool(5, 5, 1, 5, "parent_genre")


def test_exclusion_holds_when_the_gate_is_off() -> None:
    gate = TagGate(min_shared=2, include=labels("piano", "strings"), exclude=labels("jazz"))
    assert pool_of(10, gate) == (Pool(6, 6, 0, 2, "parent_genre"), {2, 5})


def test_an_empty_catalogue_answers_nothing() -> None:
    assert pool_of(10, TagGate(), ()) == (Pool(0, 0, 0, 0, "as_asked"), set())


# The seed, ties, edges


def test_the_seeds_own_recording_is_never_returned() -> None:
    tracks = [new_track(0, recording="the seed"), *[new_track(n) for n in range(1, 6)]]
    catalogue = catalogue_of(tracks)
    own = catalogue.find(tracks[0].analysis.content_hash)
    assert own is not None
    for seed in (Seed.from_track(own, catalogue, MIXER), Seed.from_analysis(tracks[0].analysis, MIXER)):
        answer = recommend(seed, catalogue, MIXER, Options(gate=OPEN))
        assert own.id not in ids(answer) and len(answer.results) == 5
        assert answer.pool == Pool(5, 5, 5, 5, "as_asked")


def test_a_copy_under_another_hash_is_the_best_result() -> None:
    catalogue = catalogue_of([new_track(n) for n in range(1, 6)] + [new_track(0, recording="remaster")])
    best = recommend(seed_track(0), catalogue, MIXER, Options(gate=OPEN, diversity=APART)).results[0]
    assert (best.rank, best.track.description.title) == (1, "Track 0")
    assert best.similarity == pytest.approx(1.0, abs=1e-6)
    alike = {axis: cosine for axis, cosine in best.components.items() if axis != "segue"}
    assert alike == dict.fromkeys(AXES[:-1], pytest.approx(1.0, abs=1e-6))
    assert (best.tempo_ratio, best.pitch_percent, best.key_relation) == (1.0, pytest.approx(0.0), "same")


@pytest.mark.parametrize("limit", [1, 4, 7])
def test_ties_are_ordered_by_id(limit: int) -> None:
    catalogue = catalogue_of(new_track(7, recording=f"copy {n}") for n in range(7))
    answer = recommend(seed_track(1), catalogue, MIXER, Options(limit, gate=OPEN, diversity=APART))
    assert ids(answer) == sorted(track.id for track in iterate(catalogue))[:limit]
    assert [result.rank for result in answer.results] == list(range(1, limit + 1))


def test_a_similarity_is_met_by_the_result_that_has_it() -> None:
    catalogue, seed = catalogue_of(new_track(n) for n in range(1, 20)), seed_track()
    everyone = recommend(seed, catalogue, MIXER, Options(20, gate=OPEN)).results
    for result in everyone[::4]:
        kept = recommend(seed, catalogue, MIXER, Options(20, result.similarity, OPEN)).results
        assert kept == everyone[: result.rank]


def test_reasons_agree_with_the_track() -> None:
    catalogue, seed = catalogue_of(new_track(n) for n in range(1, 12)), seed_track()
    options = Options(11, gate=OPEN)
    for result in recommend(seed, catalogue, MIXER, options).results:
        track = result.track
        assert set(result.shared_tags) == seed.tags.active & track.tags.active
        assert (result.tempo_ratio, result.pitch_percent) == tempo_ratio(seed.tempo_bpm, track.tempo.bpm)
        assert result.key_relation == relation(seed.key, track.key.key)
        total = sum(options.weights.shares()[axis] * result.components[axis] for axis in AXES)
        assert result.similarity == pytest.approx(min(1.0, max(0.0, total)), abs=2e-6)


def test_an_owners_word_counts_in_seed_and_result() -> None:
    catalogue = catalogue_of([new_track(1), new_track(2)])
    first, second = iterate(catalogue)
    key = Key.parse("11A")
    tuned = MIXER.retune(catalogue.vector(second.id), 87.0, key)
    second = catalogue.update(second.id, TrackChanges(second.description, 87.0, key, tuned))
    (result,) = recommend(Seed.from_track(second, catalogue, MIXER), catalogue, MIXER, Options(gate=OPEN)).results
    assert result.track.id == first.id
    assert result.tempo_ratio == tempo_ratio(87.0, first.tempo.bpm)[0]
    (back,) = recommend(seed_track(1), catalogue, MIXER, Options(gate=OPEN)).results
    assert back.key_relation == relation(seed_track(1).key, key)


@pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1])
def test_senseless_limits_are_refused(limit: int) -> None:
    with pytest.raises(InvalidRequest, match=f"limit is {limit}; it must be 1 to 100"):
        Options(limit=limit)


@pytest.mark.parametrize("least", [-0.01, 1.01, float("nan")])
def test_senseless_similarities_are_refused(least: float) -> None:
    with pytest.raises(InvalidRequest, match="min_similarity"):
        Options(min_similarity=least)
