"""``segue index add``: every file has an outcome, and a second run does only what is left to do."""

from __future__ import annotations

import os
import shutil
from collections import Counter

import pytest

from index.store import open_existing


def outcomes(ran):
    return Counter(line["status"] for line in ran.lines if "status" in line)


def add(segue, folder, tmp_path, *more):
    return segue("index", "add", folder, "--catalogue", tmp_path / "cat", "--json", *more)


def test_recursive_with_hidden_files_and_strangers_left_out(segue, music, tmp_path):
    ran = add(segue, music, tmp_path)
    assert ran.code == 1  # broken.mp3
    assert outcomes(ran) == {"added": 5, "already_there": 1, "failed": 1}
    assert ran.lines[-1] == {"summary": {"added": 5, "already_there": 1, "changed": 0, "skipped": 0, "failed": 1}}
    failed = next(line for line in ran.lines if line.get("status") == "failed")
    assert failed["path"].endswith("broken.mp3") and failed["error"]["code"] == "not_audio"
    with open_existing(tmp_path / "cat") as catalogue:
        assert catalogue.count() == 5


def test_second_run_decodes_nothing_and_tells_old_failures(segue, music, tmp_path, engine):
    add(segue, music, tmp_path)
    decoder = type(engine.load(1).decoder)
    before = decoder.n_decoded
    ran = add(segue, music, tmp_path)
    assert decoder.n_decoded == before
    assert outcomes(ran) == {"skipped": 6, "failed": 1}
    assert ran.code == 1
    assert next(line for line in ran.lines if line["status"] == "failed")["error"]["code"] == "not_audio"


def test_a_failed_file_is_tried_again_when_told_or_mended(segue, music, tone, tmp_path):
    add(segue, music, tmp_path)
    assert "--retry" in str(add(segue, music, tmp_path).lines)
    assert "--retry" not in str(add(segue, music, tmp_path, "--retry").lines)
    tone(music / "broken.mp3", hz=777)
    ran = add(segue, music, tmp_path)
    assert ran.code == 0
    assert outcomes(ran) == {"skipped": 6, "added": 1}


def test_a_changed_file_replaces_its_track(segue, tone, tmp_path):
    path = tone(tmp_path / "music" / "a.wav", hz=110)
    (first, _) = add(segue, path, tmp_path).lines
    tone(path, hz=550)
    (second, _) = add(segue, path, tmp_path).lines
    assert second["status"] == "changed" and second["track_id"] != first["track_id"]
    with open_existing(tmp_path / "cat") as catalogue:
        assert [track.id for track in catalogue.page(10)] == [second["track_id"]]


def test_touched_file_is_the_same_track(segue, tone, tmp_path):
    path = tone(tmp_path / "a.wav")
    (first, _) = add(segue, path, tmp_path).lines
    os.utime(path, ns=(1, 1))
    (second, _) = add(segue, path, tmp_path).lines
    assert (second["status"], second["track_id"]) == ("already_there", first["track_id"])


def test_moved_file_takes_its_track_along(segue, tone, tmp_path):
    path = tone(tmp_path / "music" / "a.wav")
    add(segue, tmp_path / "music", tmp_path)
    moved = tmp_path / "music" / "b.wav"
    shutil.move(path, moved)
    add(segue, tmp_path / "music", tmp_path)
    with open_existing(tmp_path / "cat") as catalogue:
        assert [track.description.path for track in catalogue.page(10)] == [str(moved)]


def test_ctrl_c_keeps_what_was_told(segue, music, tmp_path, monkeypatch):
    from app.cli import index

    told = []

    def interrupt_after_two(outcome):
        told.append(outcome)
        if len(told) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(index, "_say_outcome", interrupt_after_two)
    ran = add(segue, music, tmp_path)
    assert ran.code == 130
    assert "go on" in ran.err
    monkeypatch.undo()
    with open_existing(tmp_path / "cat") as catalogue:
        assert catalogue.count() == 1  # broken.mp3 and copy.WAV were told


def test_no_progress_in_pipes(segue, music, tmp_path):
    ran = segue("index", "add", music, "--catalogue", tmp_path / "cat")
    assert ran.out.strip() == f"{tmp_path / 'cat'}: 5 added, 1 already there, 0 changed, 0 skipped, 1 failed"
    assert [line for line in ran.err.splitlines() if "broken.mp3" not in line] == []


def test_missing_path_is_a_usage_error(segue, tmp_path):
    assert segue("index", "add", tmp_path / "nothing").code == 2


@pytest.mark.parametrize("how", ["option", "global", "environment", "default"])
def test_which_catalogue(segue, engine, tone, tmp_path, monkeypatch, how):
    path, place = tone(tmp_path / "a.wav"), tmp_path / "place"
    if how == "option":
        monkeypatch.setenv("SEGUE_CATALOGUE", str(tmp_path / "other"))
        segue("index", "add", path, "--catalogue", place)
    elif how == "global":
        monkeypatch.setenv("SEGUE_CATALOGUE", str(tmp_path / "other"))
        segue("--catalogue", place, "index", "add", path)
    elif how == "environment":
        monkeypatch.setenv("SEGUE_CATALOGUE", str(place))
        segue("index", "add", path)
    else:
        place = tmp_path / "data" / "segue" / "catalogue"
        segue("index", "add", path)
    assert (place / "catalogue.sqlite").exists()
    assert not (tmp_path / "other").exists()
