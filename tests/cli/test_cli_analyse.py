"""``segue analyse``: one JSON object per file, errors among them, and exit status 1 at the end."""

from __future__ import annotations

import numpy as np


def test_json_has_the_promised_fields_and_every_tag(segue, tone, tmp_path):
    path = tone(tmp_path / "a.wav", seconds=4.0)
    ran = segue("analyse", path, "--json")
    (told,) = ran.lines
    assert ran.code == 0
    assert told["path"] == str(path)
    assert told["duration_seconds"] == 4.0
    assert set(told["tempo"]) == {"bpm", "confidence", "alternatives"}
    assert {"name", "camelot", "confidence"} <= set(told["key"])
    assert told["key"]["name"] == "A minor"
    assert 0 <= told["energy"] <= 1
    assert len(told["tags"]) == 8
    assert {"name": "techno", "category": "genre"}.items() <= told["tags"][3].items()
    assert all(tag["active"] == (tag["score"] >= 0.5) for tag in told["tags"])
    assert "embedding" not in told


def test_embedding_is_unit_norm(segue, tone, tmp_path):
    (told,) = segue("analyse", tone(tmp_path / "a.wav"), "--json", "--embedding").lines
    assert len(told["embedding"]) == 16
    assert np.isclose(np.linalg.norm(told["embedding"]), 1, atol=1e-4)


def test_a_failing_file_is_told_and_the_rest_go_on(segue, tone, tmp_path):
    text, empty = tmp_path / "text.mp3", tmp_path / "empty.wav"
    text.write_text("no music")
    empty.touch()
    files = [tone(tmp_path / "a.wav"), text, tmp_path / "missing.wav", empty, tone(tmp_path / "b.wav", hz=330)]
    ran = segue("analyse", *files, "--json", "--jobs", "3")
    assert ran.code == 1
    assert [told["path"] for told in ran.lines] == [str(file) for file in files]
    assert [told.get("error", {}).get("code") for told in ran.lines] == [
        None,
        "not_audio",
        "not_audio",
        "empty_file",
        None,
    ]
    assert ran.lines[1]["error"]["message"] == "No audio container was recognised."
    assert ran.err == ""


def test_people_get_lines_and_errors_on_stderr(segue, tone, tmp_path):
    ran = segue("analyse", tone(tmp_path / "a.wav"), tmp_path / "missing.wav")
    assert ran.code == 1
    assert "BPM" in ran.out and "8A A minor" in ran.out
    assert "missing.wav: The file cannot be read" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_analysing_makes_no_catalogue(segue, tone, tmp_path):
    segue("analyse", tone(tmp_path / "a.wav"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
