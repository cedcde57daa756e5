"""The codebook: words of chunks, their frequencies, and what TF-IDF weighting promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.codebook import Codebook, CodeFrequencies, track_vector
from segue.errors import CheckpointInvalid
from segue.track import mean_direction

DIM = 6
CODEBOOK = Codebook(
    np.random.default_rng(0).normal(size=(8, DIM)).astype(np.float32),
    (np.array([0, 1, 2, 3, 0, 1, 2, 3], dtype=np.int16), np.array([0, 0, 1, 1], dtype=np.int16)),
)
EPSILONS = st.floats(0.0, 1.0)


def chunks_of(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(int(rng.integers(1, 9)), DIM)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def counted(seeds) -> CodeFrequencies:
    frequencies = CodeFrequencies()
    for seed in seeds:
        frequencies = frequencies.including(CODEBOOK.assign(chunks_of(seed)))
    return frequencies


def vector_of(seed: int, frequencies: CodeFrequencies, epsilon: float) -> np.ndarray:
    chunks = chunks_of(seed)
    return track_vector(chunks, CODEBOOK.assign(chunks), frequencies, epsilon)


def test_words_are_the_nearest_centroids_and_their_parents() -> None:
    assert CODEBOOK.sizes == (8, 4, 2)
    codes = CODEBOOK.assign(CODEBOOK.centroids)
    assert codes.dtype == np.int16
    np.testing.assert_array_equal(codes[:, 0], np.arange(8))
    np.testing.assert_array_equal(codes[:, 1], 8 + np.array([0, 1, 2, 3] * 2))
    np.testing.assert_array_equal(codes[:, 2], 12 + np.array([0, 0, 1, 1] * 2))
    chunks = chunks_of(1)
    distances = np.linalg.norm(chunks[:, None] - CODEBOOK.centroids, axis=2)
    np.testing.assert_array_equal(CODEBOOK.assign(chunks)[:, 0], distances.argmin(axis=1))


def test_a_batch_says_nothing_about_its_chunks() -> None:
    chunks = np.concatenate([chunks_of(seed) for seed in range(40)])
    alone = np.concatenate([CODEBOOK.assign(chunk[None]) for chunk in chunks])
    np.testing.assert_array_equal(CODEBOOK.assign(chunks), alone)
    np.testing.assert_array_equal(CODEBOOK.assign(chunks[::-1])[::-1], alone)


@pytest.mark.parametrize(
    ("centroids", "parents"),
    [
        (np.zeros((0, 3)), ()),
        (np.zeros(3), ()),
        (np.full((2, 3), np.nan), ()),
        (np.zeros((2, 3)), (np.array([0]),)),
        (np.zeros((2, 3)), (np.array([0, 2]),)),
        (np.zeros((2, 3)), (np.array([-1, 0]),)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(centroids, parents) -> None:
    with pytest.raises(CheckpointInvalid):
        Codebook(centroids.astype(np.float32), tuple(p.astype(np.int16) for p in parents))


@given(st.permutations(range(12)), EPSILONS)
def test_the_order_of_adding_leaves_no_trace(order, epsilon) -> None:
    np.testing.assert_array_equal(
        vector_of(3, counted(order), epsilon), vector_of(3, counted(range(12)), epsilon), strict=True
    )


@given(st.integers(0, 10**6), EPSILONS)
def test_a_library_of_one_track_works(seed, epsilon) -> None:
    vector = vector_of(seed, counted([seed]), epsilon)
    assert np.isfinite(vector).all()
    np.testing.assert_allclose(vector, mean_direction(chunks_of(seed)), atol=1e-6)


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**6), max_size=20))
def test_epsilon_1_is_the_plain_mean(seed, library) -> None:
    np.testing.assert_array_equal(vector_of(seed, counted(library), 1.0), mean_direction(chunks_of(seed)))


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**6), max_size=20), EPSILONS)
def test_every_epsilon_gives_a_direction(seed, library, epsilon) -> None:
    vector = vector_of(seed, counted(library), epsilon)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


@given(st.integers(0, 100), st.floats(0.0, 0.999))
def test_epsilon_is_continuous(seed, epsilon) -> None:
    frequencies = counted(range(20))
    step = vector_of(seed, frequencies, epsilon + 0.001) - vector_of(seed, frequencies, epsilon)
    assert np.abs(step).max() < 0.05


def test_what_is_rare_counts_more() -> None:
    frequencies = CodeFrequencies(9, {0: 9, 1: 1})
    codes = np.array([[0], [1]], dtype=np.int16)
    np.testing.assert_allclose(frequencies.idf(codes).ravel(), [1.0, 1 + np.log(5)])
    vector = track_vector(np.eye(2, dtype=np.float32), codes, frequencies, 0.0)
    assert vector[1] / vector[0] == pytest.approx(1 + np.log(5), rel=1e-6)


def test_an_unknown_word_is_the_rarest() -> None:
    frequencies = CodeFrequencies(9, {0: 9, 1: 1})
    unknown = frequencies.idf(np.array([2, 32_000], dtype=np.int16))
    np.testing.assert_allclose(unknown, 1 + np.log(10))
    np.testing.assert_allclose(CodeFrequencies().idf(np.array([0, 5], dtype=np.int16)), 1.0)


def test_without_codes_there_is_the_plain_mean() -> None:
    chunks = chunks_of(4)
    none = np.empty((0, 0), dtype=np.int16)
    np.testing.assert_array_equal(track_vector(chunks, none, counted(range(3)), 0.3), mean_direction(chunks))
    assert CodeFrequencies().including(none) == CodeFrequencies()
