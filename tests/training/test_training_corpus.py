from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from segue.errors import InvalidRequest, SegueError
from training.corpus import Entry, append_to_manifest, read_manifest, read_tracks_csv

ROW = {
    "id": "one",
    "file": "music/one.opus",
    "source": "netlabel",
    "group": "g",
    "split": "train",
    "generated": "0",
    "genres": "",
    "instruments": "",
    "bpm": "",
    "bpm_trust": "",
    "bpm_consensus": "",
    "key": "",
    "key_trust": "",
    "peer_anything": "ignored",
}


def read(folder: Path, *rows: dict[str, str]) -> list[tuple[Entry, Path]]:
    path = folder / "tracks.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(ROW))
        writer.writeheader()
        writer.writerows({**ROW, **row} for row in rows)
    return read_tracks_csv(path)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, (None, "none")),
        ({"bpm": "93.5", "bpm_trust": "catalogue", "bpm_consensus": "187"}, (93.5, "exact")),
        ({"bpm": "80", "bpm_trust": "grid (fold octaves)", "bpm_consensus": "120.1"}, (120.1, "exact")),
        ({"bpm": "80", "bpm_trust": "grid (fold octaves)"}, (80.0, "octave_unknown")),
        ({"bpm": "120", "bpm_trust": "prompt"}, (120.0, "asked_for")),
        ({"bpm": "120", "bpm_trust": "prompt", "source": "tomi"}, (None, "none")),
        ({"bpm_consensus": "174.2", "source": "tomi"}, (174.2, "exact")),
    ],
)
def test_the_most_trusted_tempo_counts(tmp_path, row, expected):
    entry, _ = read(tmp_path, row)[0]
    assert (entry.bpm, entry.bpm_trust) == expected


@pytest.mark.parametrize(
    ("key", "trust", "expected"),
    [
        ("", "", (None, 0.0)),
        ("C major", "4 of 4 estimators agree", (0, 1.0)),
        ("A minor", "3 of 4 estimators agree", (21, 0.7)),
        ("F# minor", "2 of 2 estimators agree", (18, 0.4)),
        ("Bb major", "a rumour", (10, 0.0)),
    ],
)
def test_key_by_trust(tmp_path, key, trust, expected):
    entry, _ = read(tmp_path, {"key": key, "key_trust": trust})[0]
    assert (entry.key, entry.key_weight) == expected


def test_words_flags_and_place_of_the_file(tmp_path):
    row = {"genres": "techno;polka", "instruments": "piano;voice;", "generated": "1", "source": "mgeldm"}
    entry, path = read(tmp_path, row)[0]
    assert entry.tags == ("genre---techno", "instrument---piano", "instrument---voice")
    assert entry.generated and entry.stem
    assert path == tmp_path / "music" / "one.opus"


def test_a_missing_column_is_named(tmp_path):
    (tmp_path / "tracks.csv").write_text("id,file,bpm_consensus\n")
    with pytest.raises(InvalidRequest, match="'source'"):
        read_tracks_csv(tmp_path / "tracks.csv")


def test_manifest_keeps_order_and_the_last_of_one_id(tmp_path):
    first = Entry("a", "studio", "g", "train", ("genre---house",), 120.5, "exact", 21, 1.0)
    second = Entry("b", "studio", "h", "dev")
    corrected = replace(first, bpm=121.0)
    for entry in (first, second, corrected):
        append_to_manifest(tmp_path, entry)
    assert read_manifest(tmp_path, "studio") == [corrected, second]
    assert first.features_path(tmp_path) == tmp_path / "studio" / "a.npz"


def test_a_corpus_that_is_not_prepared_says_what_prepares_it(tmp_path):
    with pytest.raises(SegueError, match="segue train prepare-midi"):
        read_manifest(tmp_path, "midi")


def test_real_labels_never_put_a_group_on_both_sides(shared_data):
    entries = [entry for entry, _ in read_tracks_csv(shared_data / "tracks.csv")]
    sides = defaultdict(set)
    for entry in entries:
        sides[entry.group].add(entry.split)
    assert all(len(side) == 1 for side in sides.values())
    assert {entry.split for entry in entries} == {"train", "dev"}
    assert len({entry.id for entry in entries}) == len(entries)
    assert not [entry.id for entry in entries if "/" in entry.id or entry.id.startswith(".")]
    assert sum(entry.bpm_trust == "exact" for entry in entries) > 100
