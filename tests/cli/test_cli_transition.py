"""``segue transition``: files and ids, text and JSON, and what is refused."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

SECTION = (Path(__file__).parents[2] / "docs" / "cli.md").read_text().partition("\n## segue transition ")[2]
SECTION = SECTION.partition("\n## ")[0]


@pytest.fixture
def pair(tone, tmp_path):
    return tone(tmp_path / "first.wav", hz=220.0, seconds=30.0), tone(tmp_path / "second.wav", hz=330.0, seconds=30.0)


def test_two_files_need_no_catalogue(segue, pair, tmp_path):
    ran = segue("transition", *pair, "--catalogue", tmp_path / "none")
    assert ran.code == 0
    assert re.match(r"1\. out at 0:\d\d\.\d, in at 0:00\.0, 8 bars   score 0\.\d\d, confidence 0\.50\n", ran.out)
    assert "Start the next track at" in ran.out and "no outro of this length" in ran.out
    assert not (tmp_path / "none").exists()


def test_ids_and_files_may_be_mixed(segue, pair, tmp_path):
    catalogue = ("--catalogue", tmp_path / "cat")
    added = segue("index", "add", *pair, "--json", *catalogue).lines
    ids = {Path(one["path"]).stem: one["track_id"] for one in added if "track_id" in one}
    by_files = segue("transition", *pair, "--json").lines[0]["transitions"]
    for told in ((ids["first"], ids["second"]), (ids["first"], pair[1])):
        (answer,) = segue("transition", *told, "--json", *catalogue).lines
        assert (answer["from"], answer["to"]) == tuple(map(str, told))
        assert [one["mix_out_seconds"] for one in answer["transitions"]] == pytest.approx(
            [one["mix_out_seconds"] for one in by_files], abs=1e-2
        )


def test_an_overlap_may_be_asked_for(segue, pair):
    (answer,) = segue("transition", *pair, "--overlap-bars", "8", "--json").lines
    assert {one["overlap_bars"] for one in answer["transitions"]} == {8}
    ran = segue("transition", *pair, "--overlap-bars", "12")
    assert ran.code == 2 and "8, 16 or 32" in ran.err


def test_an_unknown_track_is_told_in_one_line(segue, pair, tmp_path):
    ran = segue("transition", pair[0], "nothing", "--catalogue", tmp_path / "cat")
    assert ran.code == 1
    assert "nothing" in ran.err and len(ran.err.splitlines()) == 1


def test_the_examples_of_the_documentation_run(segue, pair, tmp_path, monkeypatch):
    (tmp_path / "music").mkdir()
    for path, name in zip(pair, ("one.flac", "two.flac"), strict=True):
        path.rename(tmp_path / "music" / name)
    monkeypatch.chdir(tmp_path)
    lines = [line for line in SECTION.splitlines() if line.startswith("segue transition ")]
    assert len(lines) == 2
    for line in lines:
        assert segue(*shlex.split(line)[1:]).code == 0
