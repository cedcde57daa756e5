"""The mixer: every slider is a weight on one inner product."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from domain_material import MIXER, SOUND_DIM, VOCABULARY, analysis, features_of, vector
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.errors import InvalidRequest
from segue.key import Key
from segue.mixer import AXES, Mixer, Weights, energy_block, similarity, unit

seeds = st.integers(0, 10_000)
weight = st.just(0.0) | st.floats(0.001, 1e6)
weightings = st.tuples(*[weight] * len(AXES)).filter(any).map(lambda values: Weights(*values))


def test_layout_of_the_blocks() -> None:
    mixer = Mixer(sound_dim=128, n_tags=60)
    lengths = {axis: block.stop - block.start for axis, block in mixer.blocks.items()}
    assert lengths == {"sound": 128, "tags": 60, "tempo": 12, "key": 24, "energy": 2, "segue": 128}
    assert mixer.dim == sum(lengths.values()) == 354
    edges = [(block.start, block.stop) for block in mixer.blocks.values()]
    assert [start for start, _ in edges] == [0, *[stop for _, stop in edges[:-1]]]


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_each_block_of_a_track_has_unit_length(seed: int) -> None:
    encoded = vector(seed)
    assert encoded.shape == (MIXER.dim,) and encoded.dtype == np.float32
    for block in MIXER.blocks.values():
        assert float(np.linalg.norm(encoded[block])) == pytest.approx(1.0, abs=1e-6)


@given(seeds, seeds, weightings)
@settings(max_examples=80, deadline=None)
def test_score_is_the_weighted_sum_of_the_components(a: int, b: int, weights: Weights) -> None:
    score = float(np.dot(MIXER.query(vector(a), weights), vector(b)))
    components, shares = MIXER.components(vector(a), vector(b)), weights.shares()
    assert score == pytest.approx(sum(shares[axis] * components[axis] for axis in AXES), abs=2e-6)
    assert all(-1 <= cosine <= 1 for cosine in components.values())
    assert 0 <= similarity(score) <= 1


@given(seeds, weightings)
@settings(max_examples=40, deadline=None)
def test_a_track_is_nearest_to_itself(seed: int, weights: Weights) -> None:
    assert float(np.dot(MIXER.query(vector(seed), weights), vector(seed))) == pytest.approx(1.0, abs=2e-6)


@given(st.sampled_from(AXES), seeds, seeds, seeds, weightings)
@settings(max_examples=80, deadline=None)
def test_weight_zero_silences_an_axis_bit_for_bit(axis: str, a: int, b: int, other: int, weights: Weights) -> None:
    if sum(value > 0 for value in weights.shares().values()) == 1 and weights.shares()[axis] > 0:
        return
    silenced = replace(weights, **{axis: 0.0})
    block = MIXER.blocks[axis]
    asked, stored = vector(a), vector(b)
    changed_asked, changed_stored = asked.copy(), stored.copy()
    changed_asked[block] = -3.0 * vector(other)[block]
    changed_stored[block] = 7.0 * vector(other)[block]
    score = np.dot(MIXER.query(asked, silenced), stored)
    assert np.dot(MIXER.query(changed_asked, silenced), stored) == score
    assert np.dot(MIXER.query(asked, silenced), changed_stored) == score
    assert not MIXER.query(asked, silenced)[block].any()


@given(weightings, st.integers(-20, 20), st.floats(0.01, 100))
@settings(max_examples=60, deadline=None)
def test_only_the_ratios_of_weights_matter(weights: Weights, power: int, factor: float) -> None:
    shares = weights.shares()
    assert sum(shares.values()) == pytest.approx(1.0)

    def times(scale: float) -> dict[str, float]:
        return Weights(**{axis: getattr(weights, axis) * scale for axis in AXES}).shares()

    assert times(2.0**power) == shares
    assert times(factor) == pytest.approx(shares, rel=1e-12)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.1, -1e-300])
@pytest.mark.parametrize("axis", AXES)
def test_senseless_weights_are_refused_by_name(axis: str, value: float) -> None:
    with pytest.raises(InvalidRequest, match=f"weight of {axis} is"):
        Weights(**{axis: value})


def test_all_weights_zero_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="All weights are 0"):
        Weights(0, 0, 0, 0, 0)


@pytest.mark.parametrize("value", [1.7e308, 5e-324])
def test_extreme_weights_neither_overflow_nor_vanish(value: float) -> None:
    assert Weights(*[value] * 6).shares() == dict.fromkeys(AXES, pytest.approx(1 / 6))


def test_default_weights_sum_to_one() -> None:
    default = Weights()
    assert default.shares() == pytest.approx({axis: getattr(default, axis) for axis in AXES})


@given(seeds, st.floats(20, 400), st.integers(0, 23))
@settings(max_examples=40, deadline=None)
def test_retuning_changes_tempo_and_key_alone(seed: int, bpm: float, key_index: int) -> None:
    original, key = vector(seed), Key.from_index(key_index)
    before = original.copy()
    retuned = MIXER.retune(original, bpm, key)
    anew = MIXER.encode(replace(features_of(analysis(seed)), tempo_bpm=bpm, key=key))
    np.testing.assert_array_equal(retuned, anew)
    np.testing.assert_array_equal(original, before)
    for axis in ("sound", "tags", "energy"):
        np.testing.assert_array_equal(retuned[MIXER.blocks[axis]], original[MIXER.blocks[axis]])


@given(st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_energy_is_a_quarter_circle(a: float, b: float) -> None:
    cosine = float(np.dot(energy_block(a), energy_block(b)))
    assert cosine == pytest.approx(math.cos(0.5 * math.pi * (a - b)), abs=1e-6)


def test_energy_outside_its_range_sits_at_its_ends() -> None:
    np.testing.assert_array_equal(energy_block(-1.0), energy_block(0.0))
    np.testing.assert_array_equal(energy_block(9.0), energy_block(1.0))


@pytest.mark.parametrize(("score", "expected"), [(-0.3, 0.0), (0.0, 0.0), (0.4, 0.4), (1.0000001, 1.0)])
def test_similarity_lies_between_0_and_1(score: float, expected: float) -> None:
    assert similarity(score) == expected


def test_query_leaves_the_track_vector_alone() -> None:
    original = vector(1)
    before = original.copy()
    MIXER.query(original, Weights(sound=3.0))
    np.testing.assert_array_equal(original, before)


def test_unit_keeps_zeros() -> None:
    np.testing.assert_array_equal(unit(np.zeros(3, np.float32)), np.zeros(3))
    np.testing.assert_allclose(unit(np.array([3, 4], np.float32)), [0.6, 0.8], atol=1e-7)


def test_a_silent_sound_block_scores_zero() -> None:
    heard = features_of(analysis(3))
    silent = MIXER.encode(replace(heard, sound=np.zeros(SOUND_DIM, np.float32)))
    assert MIXER.components(silent, vector(4))["sound"] == 0.0
    assert len(VOCABULARY.labels) == MIXER.n_tags
