"""``segue preset``."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from app.cli import cli
from segue.shelf.preset import BUILT_IN


@pytest.fixture
def place(segue, music, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGUE_CATALOGUE", str(tmp_path / "cat"))
    segue("index", "add", music / "album 1")
    return tmp_path / "cat"


def test_presets_are_listed_with_when_they_serve(segue, place, tmp_path):
    told = segue("preset", "list", "--json").lines
    assert [preset["name"] for preset in told] == [preset.name for preset in BUILT_IN]
    lines = segue("preset", "list").out.splitlines()
    assert len(lines) == len(BUILT_IN) and lines[1].startswith("harmonic    For long blends")


def test_a_preset_from_beginning_to_end(segue, place, tmp_path):
    file = tmp_path / "mine.json"
    file.write_text('{"weights": {"sound": 0.6, "energy": 0.4}}')
    assert segue("preset", "save", "mine", file).out == "mine: saved.\n"
    (shown,) = segue("preset", "show", "mine").lines
    assert (shown["name"], shown["built_in"], shown["weights"]["sound"], shown["weights"]["key"]) == (
        "mine",
        False,
        0.6,
        0.0,
    )
    assert segue("preset", "list").out.splitlines()[-1] == "mine"  # without a description nothing follows
    assert segue("preset", "delete", "mine").out == "mine: deleted.\n"
    assert segue("preset", "show", "mine").code == 1


def test_what_is_shown_can_be_saved(segue, place, tmp_path):
    file = tmp_path / "harmonic.json"
    file.write_text(segue("preset", "show", "harmonic").out)
    segue("preset", "save", "mine", file)
    piped = CliRunner().invoke(cli, ["preset", "save", "again", "-"], input=segue("preset", "show", "mine").out)
    assert piped.exit_code == 0
    (mine,), (again,) = segue("preset", "show", "mine").lines, segue("preset", "show", "again").lines
    assert again == {**mine, "name": "again"} == {**json.loads(file.read_text()), "name": "again", "built_in": False}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no mixer preset"),
        (b"{", "no mixer preset"),
        (b"\xff", "no mixer preset"),
        (b"{}", "weights: Field required"),
        (b'{"weights": {"bass": 1}}', "weights.bass"),
        (b'{"weights": {"sound": 0}}', "All weights are 0"),
        (b" " * 70_000, "more than 65536 bytes"),
    ],
)
def test_files_that_hold_no_preset(segue, place, tmp_path, content, words):
    file = tmp_path / "mine.json"
    file.write_bytes(content)
    ran = segue("preset", "save", "mine", file)
    assert (ran.code, ran.out) == (1, "")
    assert words in ran.err and len(ran.err.splitlines()) == 1
    assert segue("preset", "show", "mine").code == 1


def test_refusals_are_one_line(segue, place, tmp_path):
    file = tmp_path / "mine.json"
    file.write_text('{"weights": {"sound": 1}}')
    for words, reason in (
        (["save", "Mine!", file], "cannot name a preset"),
        (["save", "harmonic", file], "comes with Segue"),
        (["delete", "harmonic"], "comes with Segue"),
        (["delete", "mine"], "no preset 'mine'"),
    ):
        ran = segue("preset", *words)
        assert ran.code == 1 and reason in ran.err and len(ran.err.splitlines()) == 1
    assert segue("preset", "save", "mine", tmp_path / "nowhere.json").code == 2
