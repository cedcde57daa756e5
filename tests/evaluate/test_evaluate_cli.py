"""The command ``segue evaluate`` from manifest to table, with fakes for the networks."""

from __future__ import annotations

import hashlib
import json
import wave
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from segue.analyse import Analyser
from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.errors import EmptyFile, ModelMissing
from segue.fakes import FakeEmbedder, FakeTagger
from segue.ports import Decoded
from segue.track import Description
from training.evaluate import cli


class WavDecoder:
    """Reads 16 kHz mono 16-bit WAV."""

    def decode(self, source: Path | bytes) -> Decoded:
        assert isinstance(source, Path)
        if source.stat().st_size == 0:
            raise EmptyFile("The file holds 0 bytes.")
        with wave.open(str(source)) as file:
            raw = file.readframes(file.getnframes())
        samples = (np.frombuffer(raw, dtype="<i2") / 32768).astype(np.float32)
        return Decoded(Waveform(samples), hashlib.sha256(raw).hexdigest(), Description(), "wav", "pcm_s16le")


@pytest.fixture
def invoke(monkeypatch):
    monkeypatch.setattr(cli, "build_analyser", lambda: Analyser(WavDecoder(), FakeTagger(), FakeEmbedder()))
    app = typer.Typer()
    app.command()(cli.evaluate)
    return lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def manifest(tmp_path, rng):
    rows = ["path,genre,instruments,bpm,key,peer_one"]
    for i in range(8):
        tone = np.sin(2 * np.pi * (220 if i % 2 else 1760) * np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE)
        samples = 0.3 * tone + 0.02 * rng.normal(size=tone.size)
        with wave.open(str(tmp_path / f"{i}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes((samples * 32767).astype("<i2").tobytes())
        rows.append(f"{i}.wav,{'house' if i % 2 else 'ambient'},piano,120,A minor,120")
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def test_json_has_every_section(invoke, manifest):
    result = invoke(manifest, "--json", "--resamples", 50)
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["version"] == 2
    sections = {measure["section"] for measure in report["measures"]}
    assert sections == {"tempo", "key", "genre", "neighbours", "activity", "speed"}
    systems = {measure["system"] for measure in report["measures"]}
    baselines = {"baseline_constant", "baseline_random", "baseline_prevalence", "baseline_calibrated"}
    assert systems == {"segue", "peer_one"} | baselines
    assert {(row["section"], row["n"]) for row in report["reliability"] if row["n"]} == {("tempo", 8), ("key", 8)}
    assert report["clip"] is None
    assert {tag["label"] for tag in report["tags"]} == set(FakeTagger.vocabulary.labels)


def test_tables_and_out_file(invoke, manifest, tmp_path):
    result = invoke(manifest, "--out", tmp_path / "results.json", "--limit-files", 6)
    assert result.exit_code == 0, result.output
    for text in ("accuracy1", "weighted_score", "macro_roc_auc", "baseline_constant", "95 % interval"):
        assert text in result.stdout
    assert json.loads((tmp_path / "results.json").read_text())["n_tracks"] == {"all": 6, "electronic": 6}


def test_clip_and_plot(invoke, manifest, tmp_path):
    result = invoke(manifest, "--json", "--resamples", 0, "--clip", 1.5, "--plot", tmp_path / "reliability.svg")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["clip"] == {"seconds": 1.5, "at": "middle"}
    assert "<svg" in (tmp_path / "reliability.svg").read_text()
    result = invoke(manifest, "--resamples", 0, "--clip", 1, "--clip-at", "start")
    assert "Of each file only 1 s were heard, at its start; " in result.stdout
    result = invoke(manifest, "--plot", tmp_path / "reliability.pdf")
    assert result.exit_code == 2
    assert "its name must end in .svg" in result.stderr


def test_broken_and_missing_files_are_listed_and_the_rest_scored(invoke, manifest, tmp_path):
    (tmp_path / "empty.wav").touch()
    (tmp_path / "strange.wav").write_bytes(b"not a wav")
    manifest.write_text(manifest.read_text() + "empty.wav,polka,,,,\nstrange.wav,,,,,\nabsent.wav,,,,,\n")
    result = invoke(manifest, "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["missing"] == ["absent.wav"]
    assert report["failures"]["empty.wav"].startswith("empty_file: ")
    assert report["failures"]["strange.wav"].startswith("unexpected: ")
    assert report["unknown_names"] == {"genre---polka": 1}
    assert next(m["n"] for m in report["measures"] if m["section"] == "tempo" and m["system"] == "segue") == 8
    assert "absent.wav" in invoke(manifest).stdout


def test_peers_alone_need_no_audio(invoke, tmp_path):
    path = tmp_path / "peers.csv"
    path.write_text("path,bpm,peer_a\nx.wav,120,120\ny.wav,100,50\n")
    result = invoke(path, "--peers-only", "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    values = {m["metric"]: m["value"] for m in report["measures"] if m["system"] == "peer_a"}
    assert (values["accuracy1"], values["accuracy2"]) == (0.5, 1.0)


def test_rows_can_be_chosen(invoke, tmp_path):
    path = tmp_path / "peers.csv"
    path.write_text("path,bpm,split,peer_a\nx.wav,120,dev,120\ny.wav,100,train,50\n")
    result = invoke(path, "--peers-only", "--json", "--where", "split=dev")
    assert json.loads(result.stdout)["n_tracks"] == {"all": 1}
    result = invoke(path, "--peers-only", "--where", "dev")
    assert result.exit_code == 2
    assert "COLUMN=VALUE" in result.stderr


def test_bad_manifests_and_missing_models_exit_2(invoke, tmp_path, manifest, monkeypatch):
    bad = tmp_path / "bad.csv"
    bad.write_text("path,bpm\na,quick\n")
    result = invoke(bad)
    assert result.exit_code == 2
    assert "Row 2: bpm is 'quick'" in result.stderr

    def missing() -> Analyser:
        raise ModelMissing("No weights here.")

    monkeypatch.setattr(cli, "build_analyser", missing)
    result = invoke(manifest)
    assert result.exit_code == 2
    assert "No weights here." in result.stderr
