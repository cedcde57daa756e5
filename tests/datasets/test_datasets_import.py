"""The command from a tree to a CSV, and that CSV as training's table and as the judge's manifest."""

from __future__ import annotations

import csv
import shutil

import pytest
import typer
from typer.testing import CliRunner

from segue.errors import SegueError
from segue.key import Key
from training.corpus import read_tracks_csv
from training.datasets.base import Row
from training.datasets.cli import import_dataset
from training.datasets.split import assign_splits, straddling
from training.datasets.words import genre_names, instrument_names
from training.evaluate.manifest import read_manifest


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(import_dataset)

    def invoke(*args):
        result = CliRunner().invoke(app, [str(arg) for arg in args])
        if isinstance(result.exception, SegueError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return invoke


@pytest.fixture
def gtzan(tree):
    names = [f"genres/{genre}/{genre}.{number:05d}.wav" for genre in ("blues", "jazz", "pop") for number in range(30)]
    return tree(
        *names,
        **{
            "genres/jazz/jazz.00007.wav": "",
            "extra.mp3": "sound",
            "tempo/gtzan_blues_00000.bpm": "87.5",
            "keys/blues.00000.lerch.txt": "12",
        },
    )


def test_from_a_tree_to_entries_and_to_a_manifest(gtzan, run):
    out = gtzan / "tracks.csv"
    told = run("gtzan", gtzan, "--out", out, "--dev-share", 0.5)
    assert "89 rows written" in told and "1 empty (jazz.00007)" in told and "1 that no label names" in told
    entries = {entry.id: (entry, path) for entry, path in read_tracks_csv(out)}
    entry, path = entries["gtzan-blues.00000"]
    assert path.is_file() and path == gtzan / "genres/blues/blues.00000.wav"
    assert (entry.tags, entry.bpm, entry.bpm_trust) == (("genre---blues",), 87.5, "exact")
    assert (entry.key, entry.key_weight, entry.generated, entry.stem) == (Key.parse("Am").index, 1.0, False, False)
    assert len(entries) == 89 and {entry.split for entry, _ in entries.values()} == {"train", "dev"}
    manifest = read_manifest(out)
    assert len(manifest.present) == 89
    references = manifest.entries[0].track.references
    assert (references.genres, references.bpm, references.bpm_octave_known) == ({"blues"}, 87.5, True)
    assert references.key == Key.parse("Am") and references.instruments == frozenset()
    groups = {split: {e.track.group for e in manifest.entries if e.split == split} for split in ("train", "dev")}
    assert not groups["train"] & groups["dev"]


def test_the_csv_moves_together_with_its_audio_and_may_lie_elsewhere(gtzan, run, tmp_path):
    run("gtzan", gtzan, "--out", gtzan / "tracks.csv")
    run("gtzan", gtzan, "--out", tmp_path / "elsewhere.csv", "--audio", gtzan / "genres")
    moved = shutil.move(gtzan, tmp_path / "moved")
    assert all(path.is_file() for _, path in read_tracks_csv(tmp_path / "moved" / "tracks.csv")), moved
    elsewhere = [path for _, path in read_tracks_csv(tmp_path / "elsewhere.csv")]
    assert elsewhere[0] == tmp_path / "set/genres/blues/blues.00000.wav"


def test_several_sets_in_one_csv(gtzan, tree, run, tmp_path):
    tree("audio/7.LOFI.mp3", **{"annotations/key/7.LOFI.key": "D# minor"})
    out = tmp_path / "tracks.csv"
    assert "no rows for development" in run("gtzan", gtzan, "--out", out)
    with pytest.raises(SegueError, match="is there already; name another file, or add to it with --append"):
        run("giantsteps-key", gtzan, "--out", out)
    for _ in range(2):
        run("giantsteps-key", gtzan, "--out", out, "--append", "--dev-share", 1)
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 90 and rows[-1]["key"] == "Eb minor" and rows[-1]["split"] == "dev"
    (tmp_path / "other.csv").write_text("id,file\n")
    with pytest.raises(SegueError, match="was not written by 'segue train import'"):
        run("gtzan", gtzan, "--out", tmp_path / "other.csv", "--append")
    with pytest.raises(SegueError, match="is no folder"):
        run("gtzan", gtzan, "--out", tmp_path / "none" / "tracks.csv")


def rows_of(*pairs: tuple[str, str]) -> list[Row]:
    return [Row(f"{i}", None, "s", group, split) for i, (group, split) in enumerate(pairs)]  # type: ignore[arg-type]


def test_a_published_split_decides_for_its_artists():
    rows = assign_splits(rows_of(("a", "dev"), ("a", ""), ("b", ""), ("c", "train"), ("c", "test"), ("c", "")), 0.0, 0)
    assert [row.split for row in rows] == ["dev", "dev", "train", "train", "test", "test"]
    assert straddling(rows) == ["c"]


def test_the_draw_is_by_group_seeded_and_stable():
    some = rows_of(*((f"g{i // 4}", "") for i in range(4000)))
    drawn = assign_splits(some, 0.2, 1)
    assert not straddling(drawn)
    share = sum(row.split == "dev" for row in drawn) / len(drawn)
    assert 0.15 < share < 0.25
    assert assign_splits(some[:100], 0.2, 1) == drawn[:100], "fewer rows move nobody"
    assert assign_splits(some, 0.2, 2) != drawn
    assert {row.split for row in assign_splits(some, 1.0, 1)} == {"dev"}


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("Hip-Hop", ("hiphop",)),
        ("genre---drumnbass", ("drumnbass",)),
        ("Drum & Bass", ("drumnbass",)),
        ("uk drum and bass", ("drumnbass",)),
        ("Swedish death metal", ("metal",)),
        ("R&B", ("rnb",)),
        ("Soul-RnB", ("soul", "rnb")),
        ("poprock", ("pop", "rock")),
        ("Rock Opera", ("rock",)),
        ("Reggae - Dub", ("reggae",)),
        ("rock-n-roll", ("rock",)),
        ("Nu-Jazz", ("jazz",)),
        ("newage", ()),
        ("Holiday", ()),
        ("", ()),
    ],
)
def test_genre_words(word, names):
    assert genre_names(word) == names


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("violins", ("strings", "violin")),
        ("man singing", ("malevoice",)),
        ("rhodes", ("electricpiano",)),
        ("guitar", ("guitar",)),
        ("instrument---acousticbassguitar", ("bass",)),
        ("harmonica", ()),
    ],
)
def test_instrument_words(word, names):
    assert instrument_names(word) == names


def test_every_synonym_names_the_vocabulary():
    from training.datasets import words

    for table, vocabulary in words._KINDS.values():
        assert {name for names in table.values() for name in names} <= vocabulary
