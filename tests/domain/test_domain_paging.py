"""Paging: nothing is skipped and nothing comes twice, whatever is added meanwhile; and transposing changes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from domain_material import MIXER, catalogue_of, labels, new_track, random_tags, seed_track
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.analyse import features
from segue.diversity import Diversity
from segue.errors import InvalidRequest
from segue.fakes import MemoryCatalogue
from segue.key import KeyEstimate, KeyMode, transposed
from segue.limits import KeyLimit, Limits, TempoLimit
from segue.options import Match, Options
from segue.ports import NewTrack
from segue.recommend import recommend
from segue.results import Recommendation
from segue.seed import Seed
from segue.tags import TagGate

APART = Diversity(fold_duplicates=False)


def pages(
    seed: Seed, catalogue: MemoryCatalogue, options: Options, sizes: list[int], added: int
) -> list[Recommendation]:
    """All results, page by page, with tracks added between the pages; sizes are used in turn."""
    found: list[Recommendation] = []
    number = 0
    while True:
        answer = recommend(seed, catalogue, MIXER, replace(options, limit=sizes[number % len(sizes)]))
        found += answer.results
        if answer.next is None:
            return found
        for n in range(added):
            catalogue.add(new_track(50_000 + 100 * number + n))
        if added:  # one that is nearer than anything there is
            catalogue.add(new_track(0, recording=f"near {number}"))
        options, number = replace(options, after=answer.next), number + 1


@given(
    st.integers(0, 100),
    st.lists(st.integers(1, 7), min_size=1, max_size=3),
    st.integers(0, 3),
    st.sampled_from([APART, Diversity(), Diversity(max_per_artist=2)]),
    st.sampled_from(["track", "segment", "segue"]),
    st.sampled_from([0.0, 0.2]),
)
@settings(max_examples=60, deadline=None)
def test_pages_are_the_whole_answer_cut_into_pieces(
    number: int, sizes: list[int], added: int, diversity: Diversity, match: Match, least: float
) -> None:
    rng = np.random.default_rng(number)
    news = [new_track(1000 + n % 30, random_tags(rng), recording=(number, n)) for n in range(40)]  # ten twice
    seed, gate = seed_track(number), TagGate(min_shared=1, exclude=labels("jazz"), on_empty="keep")
    options = Options(100, least, gate, diversity=diversity, match=match)
    whole = recommend(seed, catalogue_of(news), MIXER, options).results
    found = pages(seed, catalogue_of(news), options, sizes, added)
    assert [result.track.id for result in found] == [result.track.id for result in whole]
    assert [result.rank for result in found] == list(range(1, len(found) + 1))
    assert [result.similarity for result in found] == [result.similarity for result in whole]


def test_a_gate_that_was_loosened_stays_as_it_was_on_the_first_page() -> None:
    rng = np.random.default_rng(1)
    catalogue = catalogue_of(new_track(n, random_tags(rng)) for n in range(1, 30))
    seed = seed_track(0)
    gate = TagGate(min_shared=9)
    first = recommend(seed, catalogue, MIXER, Options(10, gate=gate, diversity=APART))
    assert first.pool.relaxed != "as_asked" and first.next is not None
    second = recommend(seed, catalogue, MIXER, Options(3, gate=gate, diversity=APART, after=first.next))
    assert second.pool.relaxed == first.pool.relaxed and second.pool.after_tags == first.pool.after_tags


def test_everything_above_a_threshold_needs_no_limit() -> None:
    catalogue = catalogue_of(new_track(n) for n in range(1, 300))
    options = Options(None, 0.3, TagGate(min_shared=0), diversity=APART)
    found = recommend(seed_track(0), catalogue, MIXER, options)
    assert len(found.results) > 100 and found.next is None
    assert min(result.similarity for result in found.results) >= 0.3
    with pytest.raises(InvalidRequest, match="min_similarity must say where to stop"):
        Options(limit=None)


# Transposing


def moved(new: NewTrack, semitones: int) -> NewTrack:
    """The same track, every note of it so many semitones higher."""
    hearing = new.analysis.hearing
    key = KeyEstimate(transposed(hearing.key.key, semitones), hearing.key.confidence)
    analysis = replace(new.analysis, hearing=replace(hearing, key=key))
    return replace(new, analysis=analysis, vector=MIXER.encode(features(analysis)))


@given(
    st.integers(0, 50),
    st.integers(-11, 11),
    st.sampled_from(["off", "exact", "standard", "extended"]),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_transposing_everything_changes_no_answer(number: int, semitones: int, mode: KeyMode, key_lock: bool) -> None:
    news = [new_track(1000 * number + n) for n in range(60)]
    query = new_track(77_000 + number)
    limits = Limits(tempo=TempoLimit(tolerance_percent=30), key=KeyLimit(mode, key_lock))
    options = Options(60, gate=TagGate(min_shared=0), limits=limits, diversity=APART)
    answers = [
        recommend(
            Seed.from_analysis(moved(query, shift).analysis, MIXER),
            catalogue_of(moved(new, shift) for new in news),
            MIXER,
            options,
        )
        for shift in (0, semitones)
    ]
    one, other = (
        {r.track.id: (r.key_relation, r.pitched_relation, round(r.similarity, 5)) for r in answer.results}
        for answer in answers
    )
    assert one.keys() == other.keys()
    for track_id, (relation, pitched, similarity) in one.items():
        assert other[track_id][:2] == (relation, pitched)
        assert other[track_id][2] == pytest.approx(similarity, abs=2e-5)
