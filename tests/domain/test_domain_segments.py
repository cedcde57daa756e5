"""Segments: the stretch that two tracks share is found, with its place in both."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from domain_material import MIXER, SOUND_DIM, analysis, catalogue_of, seed_track
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.analyse import features
from segue.audio.chunks import CHUNK_SAMPLES, CHUNK_SECONDS, chunk_starts
from segue.audio.waveform import SAMPLE_RATE
from segue.mixer import Weights
from segue.options import Options
from segue.ports import NewTrack
from segue.recommend import recommend
from segue.segments import MATCH_CHUNKS, PART_CHUNKS, best_segment, parts_of
from segue.tags import TagGate
from segue.track import Description, mean_direction


def rows(rng: np.random.Generator, n: int, dim: int = 32) -> np.ndarray:
    drawn = rng.normal(size=(n, dim)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.mark.parametrize(("at", "in_result", "length"), [(0, 20, 4), (7, 0, 4), (10, 3, 9), (26, 36, 4), (5, 5, 12)])
def test_a_shared_stretch_is_found_on_both_sides(
    rng: np.random.Generator, at: int, in_result: int, length: int
) -> None:
    query, result = rows(rng, 30), rows(rng, 40)
    result[in_result : in_result + length] = query[at : at + length]
    found = best_segment(query, result, 30 * CHUNK_SECONDS, 40 * CHUNK_SECONDS)
    assert found.query_start_seconds == pytest.approx(at * CHUNK_SECONDS)
    assert found.start_seconds == pytest.approx(in_result * CHUNK_SECONDS)
    assert found.query_end_seconds == pytest.approx((at + length) * CHUNK_SECONDS)
    assert found.end_seconds == pytest.approx((in_result + length) * CHUNK_SECONDS)
    assert found.similarity == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 9), (2, 30), (3, 3)])
def test_short_tracks_are_compared_whole(rng: np.random.Generator, n: int, m: int) -> None:
    query, result = rows(rng, n), rows(rng, m)
    result[m - n :] = query
    found = best_segment(query, result, n * CHUNK_SECONDS, m * CHUNK_SECONDS)
    assert (found.query_start_seconds, found.query_end_seconds) == (0.0, pytest.approx(n * CHUNK_SECONDS))
    assert found.end_seconds == pytest.approx(m * CHUNK_SECONDS)


def test_the_last_chunk_lies_at_the_end(rng: np.random.Generator) -> None:
    query = rows(rng, 5)
    seconds = 4.4 * CHUNK_SECONDS  # five chunks, the last one moved back
    found = best_segment(query, query[-4:], seconds, 4 * CHUNK_SECONDS)
    assert (found.query_start_seconds, found.query_end_seconds) == pytest.approx((CHUNK_SECONDS, seconds))
    assert (found.start_seconds, found.end_seconds) == pytest.approx((0.0, 3.4 * CHUNK_SECONDS))


lengths = st.floats(1.0, 12.0)


@given(lengths, lengths, st.integers(0, 1000))
@settings(max_examples=200, deadline=None)
def test_both_stretches_are_of_one_length_and_inside_their_tracks(of_query: float, of_result: float, seed: int) -> None:
    seconds = [n * CHUNK_SECONDS for n in (of_query, of_result)]
    drawn = np.random.default_rng(seed)
    chunks = [rows(drawn, len(chunk_starts(int(n * SAMPLE_RATE), CHUNK_SAMPLES)), 4) for n in seconds]
    found = best_segment(chunks[0], chunks[1], seconds[0], seconds[1])
    of_both = found.query_end_seconds - found.query_start_seconds, found.end_seconds - found.start_seconds
    assert of_both[0] == pytest.approx(of_both[1]) and min(of_both) > 0
    assert found.query_start_seconds >= 0 and found.query_end_seconds <= seconds[0] + 1e-6
    assert found.start_seconds >= 0 and found.end_seconds <= seconds[1] + 1e-6


def test_segments_rank_a_track_that_shares_one_part_first(rng: np.random.Generator) -> None:
    seed = seed_track(0)
    news = []
    for number in range(1, 30):
        heard = analysis(number)
        chunks = rows(rng, 20, SOUND_DIM)
        if number == 17:
            chunks[8:11] = seed.chunks[:MATCH_CHUNKS]
        hearing = type(heard.hearing)(chunks, heard.hearing.tempo, heard.hearing.key, heard.hearing.energy)
        heard = type(heard)(heard.content_hash, 20 * CHUNK_SECONDS, heard.tags, hearing)
        news.append(NewTrack(heard, Description(f"{number}"), MIXER.encode(features(heard))))
    options = Options(gate=TagGate(min_shared=0), match="segment", weights=Weights(1, 0, 0, 0, 0), limit=29)
    results = recommend(seed, catalogue_of(news), MIXER, options).results
    best = results[0]
    assert best.track.description.title == "17" and best.similarity == pytest.approx(1.0, abs=1e-3)
    assert best.segment is not None and best.segment.start_seconds == pytest.approx(8 * CHUNK_SECONDS)
    assert [result.similarity for result in results] == sorted((r.similarity for r in results), reverse=True)
    assert all(r.components["sound"] == r.segment.similarity for r in results if r.segment)


@pytest.mark.parametrize("n_chunks", [1, 3, 4, 5, 6, 7, 13, 65])
def test_parts_are_the_directions_of_four_chunks_in_a_row(n_chunks: int, rng: np.random.Generator) -> None:
    chunks = rng.normal(size=(n_chunks, SOUND_DIM)).astype(np.float32)
    found = parts_of(chunks)
    bounds = [*range(0, PART_CHUNKS * len(found), PART_CHUNKS), n_chunks]
    pieces = [chunks[start:end] for start, end in pairwise(bounds)]
    np.testing.assert_allclose(found, [mean_direction(piece) for piece in pieces], atol=1e-6)
    assert found.dtype == np.float32
    assert n_chunks < PART_CHUNKS or all(len(piece) >= PART_CHUNKS / 2 for piece in pieces)
