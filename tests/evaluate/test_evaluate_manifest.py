"""Manifests, names and trust rules: what is read, and what is refused with the row named."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from segue.fakes import FAKE_VOCABULARY
from training.evaluate.devset import tempo_label, write_manifest
from training.evaluate.labels import judge, normalise, split_names, unknown_names
from training.evaluate.manifest import ManifestInvalid, read_manifest


def write(folder: Path, text: str) -> Path:
    path = folder / "manifest.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_every_column(tmp_path):
    (tmp_path / "a.wav").touch()
    manifest = read_manifest(
        write(
            tmp_path,
            "path,genre,instruments,bpm,bpm_octave_known,key,group,split,generated,peer_x,peer_key_y,extra\n"
            'a.wav,"Hip-Hop; Drum & Bass","piano,synth",128.5,0,8A,album,dev,1,130,C major,?\n'
            "/no/b.wav,,,,,,,train,,,,\n",
        )
    )
    first, second = manifest.entries
    assert first.path == tmp_path / "a.wav"
    assert first.track.references.genres == {"hiphop", "drumnbass"}
    assert first.track.references.instruments == {"piano", "synthesizer"}
    assert first.track.references.bpm == 128.5
    assert not first.track.references.bpm_octave_known
    assert first.track.references.key is not None
    assert first.track.references.key.name == "A minor"
    assert (first.track.group, first.split, first.track.generated) == ("album", "dev", True)
    assert dict(first.track.peer_bpm) == {"peer_x": 130.0}
    assert first.track.peer_key["peer_key_y"].name == "C major"
    assert second.track.references.bpm is None
    assert second.track.references.bpm_octave_known
    assert second.track.group is None
    assert manifest.missing == ("/no/b.wav",)
    assert [entry.track.name for entry in manifest.present] == ["a.wav"]


def test_split_and_limit(tmp_path):
    path = write(tmp_path, "path,split\na,dev\nb,train\nc,dev\nd,dev\n")
    assert [entry.track.name for entry in read_manifest(path, {"split": "dev"}, 2).entries] == ["a", "c"]
    with pytest.raises(ManifestInvalid, match="no rows with split=test"):
        read_manifest(path, {"split": "test"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,bpm\na,1\n", "no column 'path'"),
        ("", "no column 'path'"),
        ("path\n", "no rows"),
        ("path,bpm\na,120\nb,fast\n", "Row 3: bpm is 'fast'"),
        ("path,bpm\na,0\n", "Row 2: bpm is '0'"),
        ("path,bpm\na,nan\n", "Row 2: bpm is 'nan'"),
        ("path,key\na,H major\n", "Row 2: key: 'H major' is no key"),
        ("path,bpm_octave_known\na,yes\n", "Row 2: bpm_octave_known is 'yes'"),
        ("path,peer_a\na,120\nb,C major\n", "Row 3: peer_a is 'C major'"),
        ("path,bpm\n,120\n", "Row 2: 'path' is empty"),
        ("path,bpm\na\n", "Row 2 .* more or fewer cells"),
        ("path,bpm\na,1,2\n", "Row 2 .* more or fewer cells"),
    ],
)
def test_what_is_refused(tmp_path, text, message):
    with pytest.raises(ManifestInvalid, match=message):
        read_manifest(write(tmp_path, text))


def test_unreadable_files_are_refused(tmp_path):
    with pytest.raises(ManifestInvalid, match="cannot be read"):
        read_manifest(tmp_path / "absent.csv")
    (tmp_path / "binary.csv").write_bytes(b"path\n\xff\xfe\n")
    with pytest.raises(ManifestInvalid, match="cannot be read"):
        read_manifest(tmp_path / "binary.csv")


def test_split_needs_its_column(tmp_path):
    with pytest.raises(ManifestInvalid, match="no column 'split'"):
        read_manifest(write(tmp_path, "path\na\n"), where={"split": "dev"})


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Drum and Bass", "drumnbass"),
        ("R&B", "rnb"),
        ("genre---techno", "techno"),
        ("Lo-Fi", "lofi"),
        ("D&B", "drumnbass"),
    ],
)
def test_names_are_normalised(written, name):
    assert normalise(written) == name


def test_names_split_and_unknown_ones_are_told():
    names = split_names("House, polka;;TECHNO")
    assert names == {"house", "polka", "techno"}
    assert unknown_names(names, "genre", FAKE_VOCABULARY) == {"polka"}


@pytest.mark.parametrize(
    ("label", "names", "verdict"),
    [
        ("genre---techno", {"techno"}, True),
        ("genre---electronic", {"techno"}, True),
        ("genre---techno", {"electronic"}, None),
        ("genre---techno", {"electronic", "house"}, False),
        ("genre---techno", {"house"}, False),
        ("genre---techno", {"edm"}, None),
        ("genre---techno", {"rock"}, False),
        ("genre---electronic", {"rock"}, False),
        ("genre---techno", set(), None),
        ("instrument---voice", {"femalevoice"}, True),
        ("instrument---malevoice", {"voice"}, None),
        ("instrument---malevoice", {"femalevoice"}, False),
        ("instrument---acousticguitar", {"guitar"}, None),
        ("instrument---piano", {"drums"}, False),
    ],
)
def test_what_names_say_about_a_tag(label, names, verdict):
    assert judge(label, frozenset(names)) is verdict


GRID = "grid (a multiple of the beat: fold octaves)"


@pytest.mark.parametrize(
    ("bpm", "trust", "consensus", "expected"),
    [
        ("120", "catalogue", "120", (120, True, "catalogue")),
        ("120", "catalogue", "", (120, True, "catalogue")),
        ("74", "catalogue", "145.8", (74, False, "catalogue")),
        ("320", GRID, "160.2", (160, True, "grid+consensus")),
        ("320", GRID, "", (80, False, "grid")),
        ("100", GRID, "", (100, False, "grid")),
        ("375", GRID, "100", (None, False, "")),
        ("90", "prompt", "", (None, False, "")),
        ("90", "prompt", "123.4", (123.4, True, "consensus")),
        ("", "", "99.9", (99.9, True, "consensus")),
    ],
)
def test_which_tempo_is_trusted(bpm, trust, consensus, expected):
    label = tempo_label(bpm, trust, consensus)
    assert (label.bpm, label.octave_known, label.trust) == expected


def test_devset_writes_a_manifest_that_reads(tmp_path):
    columns = ["file", "source", "group", "split", "generated", "genres", "instruments"]
    columns += ["bpm", "bpm_trust", "bpm_consensus", "key", "key_trust"]
    rows = [
        [
            "a.opus",
            "band",
            "g",
            "dev",
            "0",
            "rock",
            "drums",
            "120",
            "catalogue",
            "",
            "C major",
            "4 of 4 estimators agree",
        ],
        ["b.opus", "mgeldm", "h", "dev", "1", "rock", "bass", "90", "prompt", "", "A minor", "2 of 2 estimators agree"],
        ["c.opus", "band", "i", "train", "0", "", "", "", "", "", "", ""],
    ]
    with (tmp_path / "tracks.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[*columns, "peer_x"], *[[*row, "100"] for row in rows]])
    out = tmp_path / "dev.csv"
    assert write_manifest(tmp_path, out, "dev") == 2
    first, second = (entry.track for entry in read_manifest(out).entries)
    assert (first.references.bpm, first.references.genres) == (120, {"rock"})
    assert first.references.key is not None
    assert second.references.genres == frozenset()
    assert second.references.instruments == {"bass"}
    assert (second.references.bpm, second.references.key) == (None, None)
    assert dict(second.peer_bpm) == {"peer_x": 100}


def test_devset_of_the_shared_data(shared_data, tmp_path):
    out = tmp_path / "dev.csv"
    n_rows = write_manifest(shared_data, out, "dev")
    manifest = read_manifest(out)
    assert len(manifest.entries) == n_rows
    assert not manifest.missing
