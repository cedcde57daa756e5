"""``segue next``: what follows a recording of a few seconds, or a track at a position."""

from __future__ import annotations

import pytest


@pytest.fixture
def ask(segue, music, tone, tmp_path):
    segue("index", "add", music, "--catalogue", tmp_path / "cat")
    recording = tone(tmp_path / "deck.wav", hz=115.0)

    def run(*more, file=recording):
        return segue("next", file, "--catalogue", tmp_path / "cat", *more)

    return run


def test_what_follows_a_recording(ask):
    ran = ask("--json", "--limit", "3", "--min-shared", "0")
    (answer,) = ran.lines
    assert [result["rank"] for result in answer["results"]] == [1, 2, 3]
    assert set(answer) == {"query", "pool", "results", "playing"}
    assert ran.code == 0


def test_what_is_playing_is_named_and_left_out(ask, segue, tone, tmp_path):
    high = tone(tmp_path / "more" / "high.wav", hz=2500.0, seconds=9.0)
    segue("index", "add", high, "--catalogue", tmp_path / "cat")
    recording = tone(tmp_path / "high piece.wav", hz=2500.0)
    (answer,) = ask("--json", "--limit", "100", "--min-shared", "0", file=recording).lines
    assert answer["playing"]["confidence"] >= 0.5
    assert answer["playing"]["track_id"] not in {result["track_id"] for result in answer["results"]}
    assert len(answer["results"]) == 5
    assert "seems to be high" in ask("--min-shared", "0", file=recording).out


def test_a_track_at_a_position(ask, music):
    track = music / "album 0" / "track 0.wav"
    (answer,) = ask("--position", "2.5", "--json", "--min-shared", "0", file=track).lines
    assert answer["playing"] is None
    assert len(answer["results"]) == 4
    assert "track 0" not in {result["title"] for result in answer["results"]}


def test_a_position_outside_the_track_is_told(ask):
    ran = ask("--position", "4.5")
    assert ran.code == 1
    assert "position_seconds is 4.5; the track lasts 4.0 seconds." in ran.err


def test_an_empty_catalogue_is_told(segue, tone, tmp_path):
    ran = segue("next", tone(tmp_path / "a.wav"), "--catalogue", tmp_path / "cat")
    assert ran.code == 1 and "The catalogue is empty" in ran.err
