"""Ranking by TF-IDF vectors: what every epsilon promises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from domain_material import MIXER, SOUND_DIM, analysis, catalogue_of, features_of
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.candidate import Candidate, nearest_first
from segue.codebook import Codebook, CodeFrequencies, track_vector
from segue.errors import InvalidRequest
from segue.fakes import MemoryCatalogue
from segue.feel import by_feel, frequencies_with, sound_of
from segue.mixer import Weights, unit
from segue.options import Match, Options
from segue.ports import NewTrack, iterate
from segue.recommend import recommend
from segue.results import Recommendations
from segue.seed import Seed, blend
from segue.tags import TagGate
from segue.track import Analysis, Description, Hearing, mean_direction
from segue.where import Where

CODEBOOK = Codebook(
    np.random.default_rng(5).normal(size=(8, SOUND_DIM)).astype(np.float32),
    (np.array([0, 1, 2, 3, 0, 1, 2, 3], dtype=np.int16),),
)
ONLY_SOUND = Weights(sound=1.0, tags=0.0, tempo=0.0, key=0.0, energy=0.0)
EPSILONS = st.sampled_from([0.0, 0.2, 0.5, 0.8, 0.99])


def heard(seed: int) -> Analysis:
    """As :func:`domain_material.analysis`, of more chunks, with their words."""
    told, rng = analysis(seed), np.random.default_rng(seed + 1000)
    rows = rng.normal(size=(int(rng.integers(1, 9)), SOUND_DIM)).astype(np.float16).astype(np.float32)
    rows = np.asarray([unit(row) for row in rows], dtype=np.float16).astype(np.float32)
    return replace(told, hearing=replace(told.hearing, chunk_embeddings=rows, codes=CODEBOOK.assign(rows)))


def news(numbers: Iterable[int]) -> list[NewTrack]:
    return [NewTrack(h := heard(n), Description(f"{n}"), MIXER.encode(features_of(h))) for n in numbers]


def bare(told: Analysis) -> Hearing:
    """Without words."""
    return replace(told.hearing, codes=np.empty((0, 0), dtype=np.int16))


def library(*seeds: int) -> MemoryCatalogue:
    return catalogue_of(news(seeds))


def seed_of(number: int) -> Seed:
    return Seed.from_analysis(heard(number), MIXER)


def options(epsilon: float | None, weights: Weights = ONLY_SOUND, match: Match = "track", limit: int = 100) -> Options:
    return Options(limit=limit, gate=TagGate(min_shared=0), weights=weights, match=match, epsilon=epsilon)


def ranking(answer: Recommendations) -> list[tuple[str | None, float]]:
    return [(result.track.description.title, result.components["sound"]) for result in answer.results]


@given(st.permutations(range(10)), EPSILONS)
@settings(max_examples=30, deadline=None)
def test_the_order_of_adding_does_not_matter(order: list[int], epsilon: float) -> None:
    asked = options(epsilon, Weights())
    answer = recommend(seed_of(99), library(*order), MIXER, asked)
    assert ranking(answer) == ranking(recommend(seed_of(99), library(*range(10)), MIXER, asked))


@given(st.integers(0, 10), EPSILONS)
@settings(max_examples=30, deadline=None)
def test_adding_and_removing_is_never_having_added(extra: int, epsilon: float) -> None:
    catalogue = library(*range(20, 30), extra)
    catalogue.remove(next(t.id for t in iterate(catalogue) if t.description.title == str(extra)))
    answer = recommend(seed_of(99), catalogue, MIXER, options(epsilon))
    assert ranking(answer) == ranking(recommend(seed_of(99), library(*range(20, 30)), MIXER, options(epsilon)))


@given(EPSILONS)
@settings(max_examples=10, deadline=None)
def test_the_cosine_is_that_of_tfidf_vectors(epsilon: float) -> None:
    catalogue, seed = library(*range(10)), seed_of(99)
    frequencies = CodeFrequencies()
    for number in (*range(10), 99):
        frequencies = frequencies.including(heard(number).hearing.codes)
    assert frequencies_with(seed, catalogue) == frequencies
    mine = track_vector(seed.chunks, seed.codes, frequencies, epsilon)
    for title, cosine in ranking(recommend(seed, catalogue, MIXER, options(epsilon))):
        chunks = heard(int(title or "")).hearing.chunk_embeddings
        other = track_vector(chunks, CODEBOOK.assign(chunks), frequencies, epsilon)
        assert cosine == pytest.approx(float(mine @ other), abs=1e-5)


def test_epsilon_1_ranks_as_without() -> None:
    catalogue, seed = library(*range(30)), seed_of(99)
    assert recommend(seed, catalogue, MIXER, options(1.0, Weights())) == recommend(
        seed, catalogue, MIXER, options(None, Weights())
    )
    shortlist = [r.track.id for r in recommend(seed, catalogue, MIXER, options(None)).results]
    nearly = recommend(seed, catalogue, MIXER, options(1 - 1e-9))
    assert [r.track.id for r in nearly.results] == shortlist


def test_a_seed_of_the_library_is_counted_once() -> None:
    catalogue = library(*range(5))
    track = catalogue.page(10)[2]
    for seed in (Seed.from_track(track, catalogue, MIXER), seed_of(2)):
        assert frequencies_with(seed, catalogue) == catalogue.code_frequencies()
        np.testing.assert_array_equal(seed.codes, heard(2).hearing.codes)
    twice = blend([(seed_of(7), 1.0), (seed_of(7), 0.5), (seed_of(2), 1.0)], MIXER)
    assert frequencies_with(twice, catalogue) == frequencies_with(seed_of(7), catalogue)


def test_the_smallest_libraries_work() -> None:
    seed = seed_of(99)
    assert recommend(seed, library(), MIXER, options(0.3)).results == ()
    (result,) = recommend(seed, library(1), MIXER, options(0.3)).results
    assert np.isfinite(result.similarity)
    assert recommend(seed_of(1), library(1), MIXER, options(0.3)).results == ()


def test_tracks_without_codes_are_compared_by_their_means() -> None:
    plain = [replace(new, analysis=replace(new.analysis, hearing=bare(new.analysis))) for new in news(range(10))]
    seed, catalogue = seed_of(99), catalogue_of(plain)
    answer = recommend(seed, catalogue, MIXER, options(0.0))
    mine = track_vector(seed.chunks, seed.codes, CodeFrequencies().including(seed.codes), 0.0)
    for title, cosine in ranking(answer):
        assert cosine == pytest.approx(
            float(mine @ mean_direction(heard(int(title or "")).hearing.chunk_embeddings)), abs=1e-5
        )


def test_several_seeds_are_the_weighted_sum_of_theirs() -> None:
    parts = [(seed_of(1), 2.0), (seed_of(2), 1.0), (seed_of(3), -0.5)]
    mixed, frequencies = blend(parts, MIXER), CodeFrequencies(3, {0: 3, 1: 1})
    summed = sum(weight * sound_of(seed, frequencies, 0.2).astype(np.float64) for seed, weight in parts)
    np.testing.assert_allclose(sound_of(mixed, frequencies, 0.2), unit(summed), atol=1e-6)
    np.testing.assert_allclose(sound_of(mixed, frequencies, 1.0), mixed.vector[MIXER.blocks["sound"]], atol=1e-5)


def test_shares_and_contributions_still_add_up() -> None:
    answer = recommend(seed_of(99), library(*range(20)), MIXER, options(0.0, Weights()))
    assert [r.rank for r in answer.results] == list(range(1, 21))
    similarities = [result.similarity for result in answer.results]
    assert similarities == sorted(similarities, reverse=True)
    for result in answer.results:
        assert max(0.0, sum(result.contributions.values())) == pytest.approx(result.similarity, abs=1e-5)


def test_pages_go_on_without_skip_or_repeat() -> None:
    catalogue, seed = library(*range(23)), seed_of(99)
    whole = [r.track.id for r in recommend(seed, catalogue, MIXER, options(0.1, Weights())).results]
    paged, asked = [], options(0.1, Weights(), limit=5)
    while True:
        answer = recommend(seed, catalogue, MIXER, asked)
        paged += [result.track.id for result in answer.results]
        if answer.next is None:
            break
        for new in news([99, *range(100 * len(paged), 100 * len(paged) + 7)]):  # the seed's own recording among them
            catalogue.add(new)
        asked = replace(asked, after=answer.next)
    assert paged == whole


def test_a_track_removed_meanwhile_is_left_out() -> None:
    catalogue, seed = library(*range(4)), seed_of(99)
    hits = nearest_first(catalogue, MIXER.query(seed.vector, ONLY_SOUND), Where())
    shortlist = [Candidate.of(hit, seed, MIXER) for hit in hits]
    catalogue.remove(shortlist[1].track.id)
    ranked = by_feel(shortlist, seed, catalogue, ONLY_SOUND, 0.0)
    assert {found.track.id for found in ranked} == {t.id for t in iterate(catalogue)}


@pytest.mark.parametrize("epsilon", [-0.1, 1.1, float("nan")])
def test_epsilon_is_from_0_to_1(epsilon: float) -> None:
    with pytest.raises(InvalidRequest, match="epsilon"):
        Options(epsilon=epsilon)


@pytest.mark.parametrize("match", ["segment", "segue"])
def test_epsilon_is_for_whole_tracks(match: Match) -> None:
    with pytest.raises(InvalidRequest, match="epsilon"):
        Options(epsilon=0.5, match=match)
