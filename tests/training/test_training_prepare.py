"""Preparing: audio, studio and MIDI become features; every step resumes; and the commands."""

from __future__ import annotations

import csv
import io
import shutil
import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pretty_midi
import pytest
import soundfile
from typer.testing import CliRunner

from app.cli import cli
from segue.errors import SegueError
from segue.key import Key
from training import cli as training_cli
from training import prepare
from training.corpus import read_manifest
from training.features import Features
from training.midi import midi_songs, render_midi
from training.studio import GENRES

SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
BEAT = 0.625  # seconds: 96 bpm
COLUMNS = (
    *("id", "file", "source", "group", "split", "generated", "genres", "instruments"),
    *("bpm", "bpm_trust", "bpm_consensus", "key", "key_trust"),
)


def song_bytes() -> bytes:
    """F sharp minor triads on every second beat for 100 s."""
    midi = pretty_midi.PrettyMIDI()
    piano = pretty_midi.Instrument(0)
    for beat in range(0, 160, 2):
        for pitch in (66, 69, 73):
            piano.notes.append(pretty_midi.Note(100, pitch, beat * BEAT, beat * BEAT + 1.0))
    midi.instruments.append(piano)
    buffer = io.BytesIO()
    midi.write(buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """Song 001 is good; 002 changes key too often, 003 has no beats, 004 too few."""
    path = tmp_path_factory.mktemp("midi") / "songs.zip"
    beats = "\n".join(f"{i * BEAT:.3f} 1.0 0.0" for i in range(160))
    with zipfile.ZipFile(path, "w") as file:
        for number, keys in (
            ("001", "0.0 10.0 Gb:maj\n10.0 70.0 Gb:min\n"),
            ("002", "0.0 20.0 C:maj\n20.0 40.0 D:maj\n"),
        ):
            file.writestr(f"Songs/{number}/{number}.mid", song_bytes())
            file.writestr(f"Songs/{number}/key_audio.txt", keys)
            file.writestr(f"Songs/{number}/beat_midi.txt", beats)
        file.writestr("Songs/003/key_audio.txt", "0.0 90.0 C:maj\n")
        file.writestr("Songs/004/key_audio.txt", "0.0 90.0 C:maj\n")
        file.writestr("Songs/004/beat_midi.txt", "0.0 1.0 0.0\n0.5 0.0 0.0\n")
    return path


def test_midi_annotations(archive):
    with zipfile.ZipFile(archive) as file:
        (song,) = midi_songs(file)
    assert (song.id, song.folder, song.key) == ("pop909-001", "Songs/001", Key(6, "minor"))
    assert song.tempo_bpm == pytest.approx(96.0, abs=0.1)
    assert song.start_seconds == pytest.approx(10 + 0.2 * 20)
    assert len(song.beats_seconds) == 160


def test_without_fluidsynth_midi_is_an_honest_error(archive, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with zipfile.ZipFile(archive) as file, pytest.raises(SegueError, match="fluidsynth is not installed"):
        render_midi(file, midi_songs(file)[0], SOUND_FONT)


def test_without_pretty_midi_only_midi_is_missing(archive, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pretty_midi", None)
    monkeypatch.delitem(sys.modules, "training.midi")
    with pytest.raises(SegueError, match=r"pip install '\.\[train\]'"):
        prepare.prepare_midi(archive, SOUND_FONT, tmp_path)


def test_rendered_midi_has_its_key(archive, tmp_path):
    if shutil.which("fluidsynth") is None or not SOUND_FONT.exists():
        pytest.skip("needs fluidsynth and its General MIDI sound font from the system's package manager")
    assert prepare.prepare_midi(archive, SOUND_FONT, tmp_path) == 1
    (entry,) = read_manifest(tmp_path, "midi")
    assert (entry.key, entry.key_weight, entry.bpm_trust, entry.split) == (18, 1.0, "octave_unknown", "train")
    features = Features.load(entry.features_path(tmp_path))
    assert features.duration_seconds == pytest.approx(40.0, abs=0.5)
    chroma = features.log_frequency.astype(np.float32)[:, 72:].mean(axis=0).reshape(5, 12, 3).sum(axis=(0, 2))
    assert set(np.argsort(chroma)[-3:]) == {6, 9, 1}
    manifest = (tmp_path / "midi" / "manifest.jsonl").read_bytes()
    assert prepare.prepare_midi(archive, SOUND_FONT, tmp_path) == 1
    assert (tmp_path / "midi" / "manifest.jsonl").read_bytes() == manifest


def test_real_music_is_decoded_once_and_broken_files_are_left_out(tmp_path, rng, caplog):
    data, cache = tmp_path / "data", tmp_path / "cache"
    (data / "music").mkdir(parents=True)
    soundfile.write(data / "music" / "good.flac", rng.normal(0, 0.1, 5 * 22_050), 22_050)
    (data / "music" / "broken.flac").write_bytes(b"fLaC, or so it says")
    with (data / "tracks.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        for name in ("good", "broken"):
            row = {"id": name, "file": f"music/{name}.flac", "group": name, "split": "dev", "genres": "jazz"}
            writer.writerow({**row, "generated": "0"})
    assert prepare.prepare_real(data, cache) == 1
    assert "broken.flac" in caplog.text
    (entry,) = read_manifest(cache, "real")
    assert (entry.id, entry.tags, entry.split) == ("good", ("genre---jazz",), "dev")
    assert Features.load(entry.features_path(cache)).duration_seconds == pytest.approx(5.0, abs=0.1)
    (data / "music" / "good.flac").unlink()
    assert prepare.prepare_real(data, cache) == 1, "nothing is decoded again"


def test_studio_tracks_know_everything_and_are_rendered_once(tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "STUDIO_SECONDS", 9.0)
    monkeypatch.setattr(prepare.studio, "GENRES", GENRES[:1])
    assert prepare.prepare_studio(tmp_path, 2, first_seed=40) == 2
    entries = read_manifest(tmp_path, "studio")
    assert [entry.id for entry in entries] == [f"{GENRES[0]}-00040", f"{GENRES[0]}-00041"]
    for entry in entries:
        assert f"genre---{GENRES[0]}" in entry.tags and entry.bpm_trust == "exact" and entry.split == "train"
        assert entry.bpm and entry.key is not None and entry.key_weight == 1.0
        features = Features.load(entry.features_path(tmp_path))
        assert 5 < features.duration_seconds < 13

    def rendered_again(*_args, **_more):
        raise AssertionError("it was there")

    monkeypatch.setattr(prepare.studio, "render_track", rendered_again)
    assert prepare.prepare_studio(tmp_path, 2, first_seed=40) == 2


def test_segue_train_is_a_command():
    (point,) = (point for point in entry_points(group="segue.commands") if point.name == "train")
    assert point.load() is training_cli.train
    answer = CliRunner().invoke(cli, ["train", "--help"])
    assert answer.exit_code == 0
    for command in (
        "prepare-real",
        "prepare-studio",
        "prepare-midi",
        "prepare-waveforms",
        "prepare-scenes",
        "crnn",
        "short-chunk-res",
        "export",
    ):
        assert command in answer.output


def test_training_without_data_says_what_prepares_it(tmp_path):
    for words in (["crnn"], ["short-chunk-res", "key"]):
        options = ["--data", str(tmp_path), "--cache", str(tmp_path / "cache"), "--runs", str(tmp_path / "runs")]
        answer = CliRunner().invoke(cli, ["train", *words, *options])
        assert answer.exit_code == 1 and "segue train prepare-real" in answer.output
        assert not (tmp_path / "runs").exists()


def test_everything_is_every_step_in_order(monkeypatch, tmp_path):
    done = []
    steps = ("prepare_real", "prepare_studio", "prepare_midi", "prepare_waveforms", "prepare_scenes", "crnn", "export")
    for step in (*steps, "codebook"):
        monkeypatch.setattr(training_cli, step, lambda *args, name=step, **more: done.append(name))
    monkeypatch.setattr(training_cli, "short_chunk_res", lambda part, *args: done.append(part.value))
    archive = tmp_path / "pop909.zip"
    archive.touch()
    arguments = ["all", "--data", str(tmp_path), "--teachers", str(tmp_path), "--midi", str(archive)]
    assert CliRunner().invoke(training_cli.train, arguments).exit_code == 0
    assert done == [*steps[:-1], "trunk", "tags", "tempo", "key", "export", "codebook"]
