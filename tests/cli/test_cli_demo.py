"""``segue demo``: writes, indexes, recommends; a second time it only recommends."""

from __future__ import annotations

import pytest

from app.cli import demo
from index.store import open_existing
from training.studio.library import write_demo_library


@pytest.fixture
def studio(monkeypatch, tone):
    """A studio that writes three short tones and an unreleased one."""

    def write(folder, progress):
        for i in range(3):
            progress(i, 3)
            path = folder / "tracks" / f"tone {i}.wav"
            if not path.exists():
                tone(path, hz=110 * (i + 1))
        return tone(folder / "unreleased.wav", hz=140)

    monkeypatch.setattr(demo, "music_writer", lambda: write)


def test_twice(segue, studio, engine, tmp_path):
    first = segue("demo", "--folder", tmp_path / "demo")
    assert first.code == 0
    assert "unreleased.wav" in first.out and "similarity" in first.out and "tone 1" in first.out
    decoder = type(engine.load(1).decoder)
    n_decoded = decoder.n_decoded
    assert segue("demo", "--folder", tmp_path / "demo").out == first.out
    assert decoder.n_decoded == n_decoded + 1  # the unreleased track alone
    with open_existing(tmp_path / "demo" / "catalogue") as catalogue:
        assert catalogue.count() == 3


def test_own_library_instead(segue, studio, music, tmp_path):
    ran = segue("--catalogue", tmp_path / "cat", "demo", "--folder", tmp_path / "demo", "--library", music)
    assert ran.code == 0  # broken.mp3 is told and does not stop the rest
    assert "broken.mp3" in ran.err
    assert "5 tracks in the catalogue" in ran.out


def test_environment_names_the_places(segue, studio, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGUE_DEMO", str(tmp_path / "here"))
    monkeypatch.setenv("SEGUE_CATALOGUE", str(tmp_path / "there"))
    assert segue("demo").code == 0
    assert (tmp_path / "here" / "tracks").is_dir() and (tmp_path / "there" / "catalogue.sqlite").exists()


def test_without_a_studio(segue, monkeypatch, tmp_path):
    monkeypatch.setattr(demo, "entry_points", lambda group: [])
    ran = segue("demo", "--folder", tmp_path)
    assert ran.code == 1 and "no studio" in ran.err


def test_the_installed_studio_is_found():
    assert demo.music_writer() is write_demo_library


def test_the_studio_writes_what_is_missing(tmp_path):
    told = []
    unreleased = write_demo_library(tmp_path, lambda done, total: told.append((done, total)), n_tracks=1, seconds=6)
    (track,) = (tmp_path / "tracks").rglob("*.flac")
    assert unreleased.exists() and unreleased not in (tmp_path / "tracks").rglob("*")
    assert told == [(0, 2), (1, 2), (2, 2)]
    before = track.stat().st_mtime_ns
    assert write_demo_library(tmp_path, n_tracks=1, seconds=6) == unreleased
    assert track.stat().st_mtime_ns == before
    assert not list(tmp_path.rglob(".*"))
