"""Seeds: several of them added and subtracted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from domain_material import MIXER, catalogue_of, new_track, seed_track, tag_scores, vector
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.errors import InvalidRequest
from segue.mixer import unit
from segue.options import Options
from segue.ports import iterate
from segue.recommend import recommend
from segue.seed import Seed, blend
from segue.tags import TagGate
from segue.track import EDGE_CHUNKS, mean_direction

weights = st.floats(-5, 5).filter(lambda weight: abs(weight) > 0.01)


@given(st.lists(st.tuples(st.integers(0, 30), weights), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_a_blend_is_the_weighted_sum_block_by_block(told: list[tuple[int, float]]) -> None:
    parts = [(seed_track(number), weight) for number, weight in told]
    if max(weight for _, weight in parts) <= 0:
        with pytest.raises(InvalidRequest, match="subtracted"):
            blend(parts, MIXER)
        return
    of_each = Counter({number: 0.0 for number, _ in told})
    for number, weight in told:
        of_each[number] += weight
    if not any(of_each.values()):
        with pytest.raises(InvalidRequest, match="cancel"):
            blend(parts, MIXER)
        return
    mixed = blend(parts, MIXER)
    for block in MIXER.blocks.values():
        expected = unit(sum(weight * seed.vector[block].astype(np.float64) for seed, weight in parts))
        np.testing.assert_allclose(mixed.vector[block], expected, atol=2e-3)
    lead = max(parts, key=lambda part: part[1])[0]
    assert (mixed.tempo_bpm, mixed.key, mixed.energy) == (lead.tempo_bpm, lead.key, lead.energy)
    assert mixed.content_hashes == {digest for seed, _ in parts for digest in seed.content_hashes}
    assert (mixed.tags.scores >= 0).all() and (mixed.tags.scores <= 1).all()


def test_one_seed_stays_what_it_is() -> None:
    seed = seed_track(1)
    assert blend([(seed, 3.0)], MIXER) is seed


def test_scaling_all_weights_changes_nothing() -> None:
    parts = [(seed_track(1), 1.0), (seed_track(2), -0.4), (seed_track(3), 0.2)]
    one = blend(parts, MIXER)
    other = blend([(seed, 8 * weight) for seed, weight in parts], MIXER)
    np.testing.assert_allclose(one.vector, other.vector, atol=1e-6)


@pytest.mark.parametrize("weight", [0.0, float("nan"), float("inf")])
def test_senseless_weights_are_refused(weight: float) -> None:
    with pytest.raises(InvalidRequest, match="weight of a seed"):
        blend([(seed_track(1), 1.0), (seed_track(2), weight)], MIXER)


@pytest.mark.parametrize("weights", [(1.0, -1.0), (0.7, 0.1, -0.8), (0.1, 0.2, -0.3), (3.0, 4.0, -7.0)])
def test_seeds_that_cancel_each_other_out_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(InvalidRequest, match="cancel each other out"):
        blend([(seed_track(1), weight) for weight in weights], MIXER)


def test_what_rounding_leaves_of_an_axis_counts_for_nothing() -> None:
    sound, one = MIXER.blocks["sound"], seed_track(1)
    other = replace(seed_track(2), vector=np.concatenate([one.vector[sound], seed_track(2).vector[sound.stop :]]))
    mixed = blend([(one, 0.7), (one, 0.1), (other, -0.8)], MIXER)
    assert not mixed.vector[sound].any() and mixed.vector.any()


def test_no_seed_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no seed"):
        blend([], MIXER)


def test_subtracting_moves_away_and_adding_moves_nearer() -> None:
    catalogue, sound = catalogue_of(new_track(n) for n in range(1, 40)), MIXER.blocks["sound"]
    a, b = seed_track(100), seed_track(101)

    def nearness(seed: Seed) -> float:
        found = recommend(seed, catalogue, MIXER, Options(5, gate=TagGate(min_shared=0))).results
        return float(np.mean([catalogue.vector(r.track.id)[sound] @ b.vector[sound] for r in found]))

    less, plain, more = (nearness(blend(parts, MIXER)) for parts in ([(a, 1), (b, -1)], [(a, 1)], [(a, 1), (b, 1)]))
    assert less < plain < more


def test_what_is_subtracted_takes_tags_away() -> None:
    both, piano = seed_track(1, tag_scores("techno", "piano")), seed_track(2, tag_scores("piano"))
    assert blend([(both, 1.0), (piano, -1.0)], MIXER).tags.active == {"genre---techno"}
    assert blend([(both, 1.0), (piano, 1.0)], MIXER).tags.active >= {"instrument---piano"}


def test_the_seed_takes_part_itself_and_its_recordings_are_left_out() -> None:
    catalogue = catalogue_of(new_track(n) for n in range(1, 10))
    tracks = list(iterate(catalogue))
    mixed = blend([(Seed.from_track(track, catalogue, MIXER), 1.0) for track in tracks[:3]], MIXER)
    found = recommend(mixed, catalogue, MIXER, Options(20, gate=TagGate(min_shared=0))).results
    assert {result.track.id for result in found} == {track.id for track in tracks[3:]}


def test_a_seeds_last_block_is_how_it_ends() -> None:
    (track,) = iterate(catalogue_of([new_track(1)]))
    catalogue = catalogue_of([new_track(1)])
    seed, chunks = Seed.from_track(track, catalogue, MIXER), catalogue.chunk_embeddings(track.id)
    np.testing.assert_allclose(seed.vector[MIXER.blocks["segue"]], mean_direction(chunks[-EDGE_CHUNKS:]), atol=1e-6)
    np.testing.assert_array_equal(seed.vector[: MIXER.blocks["segue"].start], vector(1)[: MIXER.blocks["segue"].start])
