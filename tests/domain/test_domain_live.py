"""Live: a listening follows what is heard, and finds out which track it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from domain_material import MIXER, SOUND_DIM, analysis, catalogue_of, features_of, new_track, tag_scores
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segue.audio.chunks import CHUNK_SECONDS
from segue.errors import InvalidRequest
from segue.key import Key, KeyCandidate, KeyEstimate
from segue.live import LATELY_SECONDS, NOW_CHUNKS, Listening, left_at, vote_key, vote_tempo
from segue.mixer import unit
from segue.options import Options
from segue.playing import find_playing
from segue.ports import NewTrack
from segue.recommend import recommend
from segue.seed import Seed
from segue.tags import TagGate
from segue.tempo import TempoCandidate, TempoEstimate
from segue.track import Analysis, Description, mean_direction

A_MINOR, C_MAJOR = Key.parse("Am"), Key.parse("C")


def rows(n: int, rng: np.random.Generator) -> np.ndarray:
    drawn = rng.normal(size=(n, SOUND_DIM)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def piece(
    number: int = 0,
    seconds: float = 10.0,
    bpm: float = 120.0,
    confidence: float = 0.8,
    key: Key = A_MINOR,
    energy: float = 0.5,
    chunks: np.ndarray | None = None,
    tags: tuple[str, ...] = ("techno", "drums"),
) -> Analysis:
    """A few seconds of audio, as heard."""
    heard = analysis(number, tag_scores(*tags))
    hearing = replace(
        heard.hearing,
        chunk_embeddings=rows(3, np.random.default_rng(number)) if chunks is None else chunks,
        tempo=TempoEstimate(bpm, confidence),
        key=KeyEstimate(key, confidence),
        energy=energy,
    )
    return replace(heard, duration_seconds=seconds, hearing=hearing)


def listening(*pieces: Analysis) -> Listening:
    heard = Listening()
    for one in pieces:
        heard = heard.heard(one)
    return heard


def track_of(number: int, n_chunks: int = 30, centre: float = 1.0) -> NewTrack:
    """A track of some length whose chunks resemble each other."""
    rng = np.random.default_rng(number)
    chunks = rows(n_chunks, rng) + centre * rows(1, rng)
    chunks /= np.linalg.norm(chunks, axis=1, keepdims=True)
    heard = analysis(number, tag_scores("techno", "drums"))
    heard = replace(
        heard,
        duration_seconds=n_chunks * CHUNK_SECONDS,
        hearing=replace(heard.hearing, chunk_embeddings=chunks.astype(np.float32)),
    )
    return NewTrack(heard, Description(f"Track {number}"), MIXER.encode(features_of(heard)))


def test_one_piece_is_told_as_it_was_heard() -> None:
    heard = listening(piece(bpm=126.0, confidence=0.7, energy=0.6, key=C_MAJOR))
    assert heard.tempo == TempoEstimate(126.0, pytest.approx(0.7))
    assert (heard.key.key, heard.key.confidence) == (C_MAJOR, pytest.approx(0.7))
    assert heard.energy == pytest.approx(0.6)
    assert heard.heard_seconds == 10.0
    seed = heard.seed(MIXER)
    assert (seed.tempo_bpm, seed.key, seed.duration_seconds) == (126.0, C_MAJOR, 10.0)
    assert seed.tags.active == tag_scores("techno", "drums").active


def test_hearing_more_leaves_the_listening_before_as_it_was() -> None:
    before = listening(piece(1))
    after = before.heard(piece(2, bpm=90.0))
    assert (len(before.pieces), len(after.pieces)) == (1, 2)
    assert before.heard_seconds == 10.0 and after.heard_seconds == 20.0


@pytest.mark.parametrize("old_confidence", [0.3, 0.6, 0.9])
def test_it_follows_within_half_a_minute(old_confidence: float) -> None:
    old = [piece(n, bpm=120.0, confidence=old_confidence, key=A_MINOR, energy=0.2) for n in range(12)]
    new = [piece(n, bpm=87.0, confidence=0.5, key=C_MAJOR, energy=0.9, tags=("jazz", "piano")) for n in (20, 21, 22)]
    heard = listening(*old, *new)
    assert (heard.tempo.bpm, heard.key.key) == (87.0, C_MAJOR)
    assert heard.energy > 0.7
    assert heard.tags.active == tag_scores("jazz", "piano").active
    assert heard.tempo.confidence < 0.5  # the others still have a say


def test_one_outlier_does_not_move_it() -> None:
    old = [piece(n, bpm=120.0) for n in range(5)]
    assert listening(*old, piece(9, bpm=150.0, confidence=0.3)).tempo.bpm == 120.0


def test_what_is_playing_now_is_followed() -> None:
    old, new = [piece(n) for n in range(6)], [piece(n) for n in (10, 11, 12)]
    seed = listening(*old, *new).seed(MIXER)
    last = np.concatenate([one.hearing.chunk_embeddings for one in new])[-NOW_CHUNKS:]
    np.testing.assert_allclose(seed.vector[MIXER.blocks["segue"]], mean_direction(last), atol=1e-6)
    assert len(last) == NOW_CHUNKS


def test_it_forgets_what_ended_a_minute_ago() -> None:
    short = listening(*(piece(n) for n in range(6)))
    long = listening(*(piece(n) for n in range(50, 60)), *(piece(n) for n in range(6)))
    assert len(short.pieces) == len(long.pieces) == 6
    np.testing.assert_array_equal(short.seed(MIXER).vector, long.seed(MIXER).vector)
    assert (short.heard_seconds, long.heard_seconds) == (60.0, 160.0)


def test_a_whole_mix_at_once_stays_small_and_does_not_hold_on() -> None:
    mix = piece(1, seconds=7200.0, bpm=120.0, chunks=rows(1950, np.random.default_rng(1)))
    heard = listening(mix)
    assert len(heard.pieces[0].hearing.chunk_embeddings) <= LATELY_SECONDS / CHUNK_SECONDS
    assert heard.seed(MIXER).duration_seconds == LATELY_SECONDS
    assert listening(mix, *(piece(n, bpm=87.0) for n in range(3))).tempo.bpm == 87.0


def test_nothing_heard_is_said_so() -> None:
    with pytest.raises(InvalidRequest, match="Nothing was heard"):
        Listening().seed(MIXER)


@example([(15.0, 40.5, 5e-324, 0)])
@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.floats(3.0, 200.0), st.floats(40.0, 240.0), st.floats(0.0, 1.0), st.integers(0, 23)),
        min_size=1,
        max_size=12,
    )
)
def test_any_pieces_in_any_order_give_a_sound_answer(told: list[tuple[float, float, float, int]]) -> None:
    pieces = [
        piece(n, seconds, round(bpm, 1), confidence, Key.from_index(key))
        for n, (seconds, bpm, confidence, key) in enumerate(told)
    ]
    heard = listening(*pieces)
    assert heard.shares.sum() == pytest.approx(1.0, abs=1e-5)
    assert 40.0 <= heard.tempo.bpm <= 240.0
    assert 0.0 <= heard.tempo.confidence <= 1.0 and 0.0 <= heard.key.confidence <= 1.0
    assert heard.key.key in {one.hearing.key.key for one in pieces}
    seed = heard.seed(MIXER)
    assert np.isfinite(seed.vector).all()
    for axis, block in MIXER.blocks.items():
        assert np.linalg.norm(seed.vector[block]) == pytest.approx(1.0, abs=1e-3), axis
    repeated = listening(*[pieces[0]] * 10)
    assert repeated.tempo.bpm == pieces[0].hearing.tempo.bpm


def test_readings_near_each_other_vote_together() -> None:
    told = vote_tempo(
        [(TempoEstimate(126.0, 0.4), 0.3), (TempoEstimate(126.8, 0.4), 0.3), (TempoEstimate(90, 0.5), 0.4)]
    )
    assert told.bpm == 126.4
    assert told.confidence == pytest.approx(0.24)
    assert told.alternatives == (TempoCandidate(90.0, pytest.approx(0.2)),)


def test_alternatives_vote_too() -> None:
    halves = TempoEstimate(63.0, 0.5, (TempoCandidate(126.0, 0.4),))
    told = vote_tempo([(halves, 0.5), (TempoEstimate(126.0, 0.6), 0.5)])
    assert (told.bpm, told.alternatives[0].bpm) == (126.0, 63.0)
    unsure = KeyEstimate(A_MINOR, 0.4, (KeyCandidate(C_MAJOR, 0.3),))
    assert vote_key([(unsure, 0.5), (KeyEstimate(C_MAJOR, 0.5), 0.5)]).key == C_MAJOR


def test_without_any_confidence_the_newest_counts() -> None:
    assert vote_tempo([(TempoEstimate(100.0, 0.0), 0.6), (TempoEstimate(90.0, 0.0), 0.4)]) == TempoEstimate(100.0, 0.0)
    assert vote_key([(KeyEstimate(C_MAJOR, 0.0), 0.6), (KeyEstimate(A_MINOR, 0.0), 0.4)]) == KeyEstimate(C_MAJOR, 0.0)


def test_the_track_that_plays_is_found_and_never_recommended() -> None:
    catalogue = catalogue_of(track_of(n) for n in range(20))
    playing = catalogue.page(20)[7]
    chunks = catalogue.chunk_embeddings(playing.id)[11:14].astype(np.float32)
    heard = listening(piece(chunks=chunks))
    found = find_playing(heard, catalogue, MIXER)
    assert found is not None
    assert found.track.id == playing.id and found.confidence > 0.9
    options = Options(limit=20, gate=TagGate(min_shared=0), match="segue")
    hidden = recommend(heard.seed(MIXER, found.copies), catalogue, MIXER, options)
    assert playing.id not in {result.track.id for result in hidden.results}
    assert len(hidden.results) == 19


def test_copies_of_what_plays_are_hidden_too() -> None:
    original = track_of(3)
    copy = replace(original, analysis=replace(original.analysis, content_hash="f" * 64))
    catalogue = catalogue_of([*(track_of(n) for n in range(8)), copy])
    heard = listening(piece(chunks=original.analysis.hearing.chunk_embeddings[4:8]))
    found = find_playing(heard, catalogue, MIXER)
    assert found is not None
    assert {track.content_hash for track in found.copies} == {original.analysis.content_hash, "f" * 64}


def test_what_is_no_track_of_the_catalogue_is_not_said_to_be_one() -> None:
    catalogue = catalogue_of(track_of(n) for n in range(20))
    stranger = track_of(99).analysis.hearing.chunk_embeddings[:3]
    assert find_playing(listening(piece(chunks=stranger)), catalogue, MIXER) is None
    assert find_playing(listening(piece(chunks=stranger)), catalogue_of([]), MIXER) is None


def test_a_position_is_followed_by_what_came_before_it() -> None:
    catalogue = catalogue_of([track_of(1, n_chunks=40)])
    (track,) = catalogue.page(1)
    chunks = catalogue.chunk_embeddings(track.id).astype(np.float32)
    for position, expected in (
        (0.0, chunks[:4]),
        (10.0, chunks[:4]),
        (20 * CHUNK_SECONDS, chunks[12:20]),
        (track.duration_seconds, chunks[-8:]),
    ):
        seed = left_at(Seed.from_track(track, catalogue, MIXER), position, MIXER)
        np.testing.assert_allclose(seed.vector[MIXER.blocks["segue"]], unit(mean_direction(expected)), atol=1e-6)
        assert seed.content_hashes == {track.content_hash}


def test_a_position_in_a_track_of_two_chunks() -> None:
    catalogue = catalogue_of([new_track(1)])
    (track,) = catalogue.page(1)
    seed = left_at(Seed.from_track(track, catalogue, MIXER), 30.0, MIXER)
    chunks = catalogue.chunk_embeddings(track.id).astype(np.float32)
    np.testing.assert_allclose(seed.vector[MIXER.blocks["segue"]], mean_direction(chunks), atol=1e-6)


@pytest.mark.parametrize("position", [-0.1, 60.1, float("nan"), float("inf")])
def test_a_position_outside_the_track_is_refused(position: float) -> None:
    catalogue = catalogue_of([new_track(1)])
    with pytest.raises(InvalidRequest, match=r"the track lasts 60\.0 seconds"):
        left_at(Seed.from_track(catalogue.page(1)[0], catalogue, MIXER), position, MIXER)


def test_transitions_lie_ahead_of_the_position_and_live_audio_has_none() -> None:
    catalogue = catalogue_of(track_of(n, n_chunks=60) for n in range(6))
    options = Options(limit=6, gate=TagGate(min_shared=0), match="segue")
    seed = Seed.from_track(catalogue.page(1)[0], catalogue, MIXER)

    def starts(asked: Seed) -> list[float]:
        found = recommend(asked, catalogue, MIXER, options).results
        return [result.transition.mix_out_seconds for result in found if result.transition is not None]

    assert len(starts(left_at(seed, 60.0, MIXER))) == 5
    assert min(starts(left_at(seed, 180.0, MIXER))) >= 180.0
    assert starts(left_at(seed, seed.duration_seconds, MIXER)) == []
    assert starts(listening(piece()).seed(MIXER)) == []
