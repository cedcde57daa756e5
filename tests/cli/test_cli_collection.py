"""``segue collection``."""

from __future__ import annotations

import pytest

from index.store import open_existing


@pytest.fixture
def place(segue, music, tmp_path, monkeypatch):
    """A catalogue of five recordings, one of them there twice."""
    monkeypatch.setenv("SEGUE_CATALOGUE", str(tmp_path / "cat"))
    segue("index", "add", music)
    return tmp_path / "cat"


@pytest.fixture
def titles(segue):
    """Names of the files of a collection's tracks."""
    return lambda name: [line["path"].rpartition("/")[2] for line in segue("collection", "list", name, "--json").lines]


def test_a_collection_from_beginning_to_end(segue, music, place, titles, engine):
    n_loaded = engine.n_loaded
    made = segue("collection", "create", " Warm-up ").out.strip()
    assert segue("collection", "list").out.split() == ["0", "Warm-up"]
    ran = segue("collection", "add", "Warm-up", music / "album 1")
    assert ran.out == "Warm-up: 2 tracks, 2 of them new.\n"
    assert titles("Warm-up") == ["track 1.wav", "track 3.wav"]
    ran = segue("collection", "add", made, music / "album 1", music / "album 0" / "track 2.wav")  # by id
    assert ran.out == "Warm-up: 3 tracks, 1 of them new.\n"
    ran = segue("collection", "remove", "Warm-up", music / "album 1" / "track 1.wav", music / "album 0" / "track 4.wav")
    assert ran.out == "Warm-up: 2 tracks, 1 taken out.\n"
    lines = segue("collection", "list", "Warm-up").out.splitlines()
    assert [line[26:] for line in lines] == ["  track 2", "  track 3"]
    (told,) = segue("collection", "list", "--json").lines
    assert (told["id"], told["name"], told["track_count"]) == (made, "Warm-up", 2)
    assert segue("collection", "delete", "Warm-up").out.startswith("Warm-up: deleted; its 2 tracks stay")
    assert segue("collection", "list").out == ""
    assert engine.n_loaded == n_loaded  # no networks needed


def test_tracks_are_meant_by_id_file_and_folder(segue, music, place, titles, monkeypatch):
    with open_existing(place) as catalogue:
        track = catalogue.page(1)[0]
    segue("collection", "create", "a")
    assert "1 of them new" in segue("collection", "add", "a", track.id).out
    assert "0 of them new" in segue("collection", "add", "a", music / "copy.WAV").out  # the same recording
    monkeypatch.chdir(music)
    (music / "album 1" / "track 1.wav").unlink()  # known, though it is gone
    assert "1 of them new" in segue("collection", "add", "a", "album 0/../album 1/track 1.wav").out
    assert "3 of them new" in segue("collection", "add", "a", ".").out  # the broken file is left out
    assert len(titles("a")) == 5


@pytest.mark.parametrize("item", ["nowhere", "cover.jpg", "broken.mp3", "album"])
def test_one_unknown_item_adds_nothing(segue, music, place, titles, item):
    segue("collection", "create", "a")
    ran = segue("collection", "add", "a", music / "album 1", music / item)
    assert (ran.code, ran.out) == (1, "")
    assert len(ran.err.splitlines()) == 1 and "segue index add" in ran.err
    assert titles("a") == []


def test_collections_that_are_not_there(segue, music, place):
    for words in (["list", "b"], ["add", "b", music], ["remove", "b", music], ["delete", "b"]):
        ran = segue("collection", *words)
        assert ran.code == 1 and ran.err.startswith("segue: There is no collection 'b' in this catalogue; the list")


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 61])
def test_names_that_make_no_sense(segue, place, name):
    ran = segue("collection", "create", name)
    assert ran.code == 1 and "The name" in ran.err


def test_names_belong_to_one_collection(segue, place):
    (made,) = segue("collection", "create", "a", "--json").lines
    assert made["track_count"] == 0
    ran = segue("collection", "create", "a")
    assert ran.code == 1 and "already" in ran.err
