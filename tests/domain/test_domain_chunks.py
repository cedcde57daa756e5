"""Chunks: where they start and what they hold."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.audio.chunks import chunk, chunk_starts
from segue.audio.waveform import SAMPLE_RATE, Waveform


@pytest.mark.parametrize(
    ("n_samples", "starts"),
    [
        (1, [0]),
        (99, [0]),
        (100, [0]),
        (101, [0]),
        (110, [0]),  # a tenth of a chunk is left
        (111, [0, 11]),
        (200, [0, 100]),
        (210, [0, 100]),
        (211, [0, 100, 111]),
        (299, [0, 100, 199]),
    ],
)
def test_starts(n_samples: int, starts: list[int]) -> None:
    assert chunk_starts(n_samples, 100) == starts


@given(st.integers(1, 3000), st.integers(1, 300))
@settings(max_examples=100, deadline=None)
def test_chunks_cover_all_but_a_small_remainder(n_samples: int, chunk_samples: int) -> None:
    starts = chunk_starts(n_samples, chunk_samples)
    assert starts[0] == 0
    assert all(0 < b - a <= chunk_samples for a, b in itertools.pairwise(starts))
    end = starts[-1] + chunk_samples
    if n_samples >= chunk_samples:
        assert end <= n_samples
    assert n_samples - end <= chunk_samples // 10


@given(st.integers(1, 900))
@settings(max_examples=50, deadline=None)
def test_each_chunk_is_the_audio_at_its_start(n_samples: int) -> None:
    samples = np.arange(n_samples, dtype=np.float32)
    pieces = chunk(samples, 100)
    assert pieces.dtype == np.float32 and pieces.shape == (len(chunk_starts(n_samples, 100)), 100)
    if n_samples >= 100:
        assert pieces[:, 0].tolist() == chunk_starts(n_samples, 100)


def test_chunks_depend_on_the_audio_before_them_alone() -> None:
    samples = np.random.default_rng(5).normal(size=950).astype(np.float32)
    np.testing.assert_array_equal(chunk(samples, 100)[:9], chunk(samples[:900], 100))


def test_short_audio_is_repeated() -> None:
    assert chunk(np.array([1, 2, 3], np.float32), 8).tolist() == [[1, 2, 3, 1, 2, 3, 1, 2]]


def test_chunks_do_not_change_the_audio() -> None:
    samples = np.ones(250, np.float32)
    chunk(samples, 100)[:] = 0.0
    assert samples.all()


def test_waveform_tells_its_length() -> None:
    waveform = Waveform(np.zeros(24_000, np.float32))
    assert (waveform.n_samples, waveform.duration_seconds) == (24_000, 24_000 / SAMPLE_RATE) == (24_000, 1.5)
