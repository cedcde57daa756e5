"""``segue index stats``, ``verify`` and ``rebuild``."""

from __future__ import annotations

import sqlite3

import pytest

from index.store import open_existing


@pytest.fixture
def place(segue, music, tmp_path):
    segue("index", "add", music, "--catalogue", tmp_path / "cat")
    return tmp_path / "cat"


@pytest.fixture
def new_models(engine):
    engine.embedder.name = "fake-embedder@1"


def test_stats(segue, place, engine):
    n_loaded = engine.n_loaded
    (told,) = segue("index", "stats", "--json", "--catalogue", place).lines
    assert (told["tracks"], told["files"], told["failed_files"]) == (5, 7, 1)
    assert told["space"]["embedder"] == "fake-embedder@0"
    assert "5 tracks" in segue("index", "stats", "--catalogue", place).out
    assert engine.n_loaded == n_loaded  # no networks needed


@pytest.mark.parametrize("command", ["stats", "verify"])
def test_no_catalogue_is_one_line(segue, tmp_path, command):
    ran = segue("index", command, "--catalogue", tmp_path / "nowhere")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1
    assert not (tmp_path / "nowhere").exists()


def test_verify(segue, place):
    ran = segue("index", "verify", "--catalogue", place)
    assert ran.code == 0 and "all is well" in ran.out
    with sqlite3.connect(place / "catalogue.sqlite") as connection:
        connection.execute("UPDATE tracks SET energy = 7 WHERE row = 1")
    connection.close()
    ran = segue("index", "verify", "--json", "--catalogue", place)
    assert ran.code == 1
    assert [problem["code"] for problem in ran.lines] == ["energy_out_of_range"]
    assert "energy_out_of_range" in segue("index", "verify", "--catalogue", place).err


def test_verify_tells_also_what_keeps_the_catalogue_from_being_searched(segue, place):
    with sqlite3.connect(place / "catalogue.sqlite") as connection:
        connection.execute("UPDATE vectors SET vector = 'x' WHERE row = 1")
    connection.close()
    ran = segue("index", "verify", "--json", "--catalogue", place)
    assert ran.code == 1
    assert [problem["code"] for problem in ran.lines] == ["vector_unreadable", "cache_unreadable"]


def test_rebuild_with_the_same_models_analyses_nothing(segue, place, engine):
    decoder = type(engine.load(1).decoder)
    before = decoder.n_decoded
    assert segue("index", "rebuild", "--catalogue", place).code == 0
    assert decoder.n_decoded == before
    segue("index", "rebuild", "--reanalyse", "--catalogue", place)
    assert decoder.n_decoded == before + 5


def test_other_models_are_refused_until_rebuilt(segue, place, music, new_models):
    ran = segue("recommend", music / "copy.WAV", "--catalogue", place)
    assert ran.code == 1 and "segue index rebuild" in ran.err
    with open_existing(place) as catalogue:
        before = [track.id for track in catalogue.page(10)]
    assert segue("index", "rebuild", "--catalogue", place).code == 0
    with open_existing(place) as catalogue:
        assert [track.id for track in catalogue.page(10)] == before
        assert catalogue.space.embedder == "fake-embedder@1"
    assert segue("recommend", music / "copy.WAV", "--catalogue", place).code == 0


def test_rebuild_drops_nothing_unasked(segue, place, music, new_models):
    lost = next(music.rglob("track 3.wav"))
    content = lost.read_bytes()
    lost.unlink()
    ran = segue("index", "rebuild", "--catalogue", place)
    assert ran.code == 1 and "--drop" in ran.err and "track 3" in ran.err
    with open_existing(place) as catalogue:
        assert catalogue.space.embedder == "fake-embedder@0"
        assert catalogue.count() == 5
    lost.write_bytes(content)
    assert "5 tracks" in segue("index", "rebuild", "--catalogue", place).out


def test_rebuild_with_drop(segue, place, music, new_models):
    next(music.rglob("track 3.wav")).unlink()
    ran = segue("index", "rebuild", "--drop", "--catalogue", place)
    assert ran.code == 0 and "4 tracks" in ran.out
