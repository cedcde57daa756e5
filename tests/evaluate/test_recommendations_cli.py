"""``segue evaluate --recommendations`` from files to table, JSON and page; and what listens in on the way."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from segue.analyse import Analyser
from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.fakes import FakeEmbedder, FakeTagger
from segue.ports import Decoded
from segue.track import Description
from training.evaluate import cli
from training.evaluate.recommendations import page, sweep
from training.evaluate.recommendations.signal import N_FEATURES, signal_features
from training.evaluate.recommendations.tables import SYSTEMS
from training.evaluate.recommendations.untrained import untrained_analyser


def tone(pitch_hz: float, seconds: float = 2.0) -> Waveform:
    noise = np.random.default_rng(0).normal(size=int(seconds * SAMPLE_RATE))
    samples = 0.3 * np.sin(2 * np.pi * pitch_hz * np.arange(noise.size) / SAMPLE_RATE) + 0.02 * noise
    return Waveform(samples.astype(np.float32))


class ToneDecoder:
    """Plays the pitch that is written in a file, each for another time: none is a near-duplicate of another."""

    def decode(self, source: Path | bytes) -> Decoded:
        assert isinstance(source, Path)
        text = source.read_text()
        waveform = tone(float(text), 2.0 + float(text) % 100 / 20)
        return Decoded(waveform, hashlib.sha256(text.encode()).hexdigest(), Description(), "txt", "tone")


@pytest.fixture
def manifest(tmp_path):
    """High and low tones, which are of different genres; the last file is a copy of the first."""
    rows = ["path,genre,bpm,key,group"]
    for i in range(9):
        (tmp_path / f"{i}.txt").write_text(str(200 + 10 * i if i % 2 else 1800 + 10 * i))
        rows.append(f"{i}.txt,{'house' if i % 2 else 'ambient'},{120 if i < 4 else ''},{'A minor' if i < 3 else ''},")
    (tmp_path / "copy.txt").write_text((tmp_path / "0.txt").read_text())
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join([*rows, "copy.txt,ambient,,,"]) + "\n")
    return path


@pytest.fixture
def fakes(monkeypatch):
    analyser = Analyser(ToneDecoder(), FakeTagger(), FakeEmbedder())
    monkeypatch.setattr(cli, "build_analyser", lambda: analyser)
    monkeypatch.setattr(cli, "build_untrained", lambda decoder: Analyser(decoder, FakeTagger(), FakeEmbedder()))
    return analyser


@pytest.fixture
def invoke(fakes):
    app = typer.Typer()
    app.command()(cli.evaluate)
    return lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])


def test_from_files_to_page(invoke, manifest, tmp_path, monkeypatch):
    out = tmp_path / "results.json"
    result = invoke(manifest, "--recommendations", "--resamples", 50, "--out", out)
    assert result.exit_code == 0, result.output
    assert "what each part adds" in result.stdout
    found = json.loads(out.read_text())["recommendations"]
    assert {row["system"] for row in found["shares"]} == set(SYSTEMS)
    sizes = {row["criterion"]: (row["n"], row["n_groups"]) for row in found["shares"]}
    assert sizes == {"genre": (9, 9), "tempo": (4, 4), "key": (3, 3), "all": (3, 3)}  # the copy counts once
    assert found["copies"] == ["copy.txt"]
    by_sound = {row["system"]: row["value"] for row in found["shares"] if row["criterion"] == "genre"}
    assert by_sound["axis_sound"] == by_sound["oracle"] > by_sound["signal_features"] > by_sound["random"]
    text = tmp_path / "page.md"
    text.write_text("before\n<!-- recommendations: begin -->\n<!-- recommendations: end -->\nafter\n")
    monkeypatch.setattr(sys, "argv", ["page", str(out), str(text)])
    page.main()
    assert all(f"| `{system}` | {does} |" in text.read_text() for system, does in SYSTEMS.items())


def test_without_the_option_there_is_no_study(invoke, manifest):
    assert json.loads(invoke(manifest, "--json", "--resamples", 10).stdout)["recommendations"] is None


def test_needs_files_that_are_heard_once(invoke, manifest):
    for other in ("--peers-only", "--robustness"):
        result = invoke(manifest, "--recommendations", other)
        assert result.exit_code == 2
        assert "--recommendations goes with neither" in result.stderr


def test_sweep_hears_once(fakes, manifest, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sweep, "build_analyser", lambda: fakes)
    kept = tmp_path / "heard.npz"
    arguments = ["sweep", str(manifest), "--heard", str(kept), "--random", "3", "--top", "99", "--resamples", "10"]
    monkeypatch.setattr(sys, "argv", [*arguments, "--weights", "1,1,1,1,1"])
    sweep.main()
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("default", "sound x 0", "0 of genre+instrument", "asked 0", "random 2"))
    monkeypatch.setattr(ToneDecoder, "decode", None)  # nothing is decoded again
    sweep.main()
    assert capsys.readouterr().out == printed


def test_signal_features_tell_tones_apart_and_stand_silence():
    low, high = signal_features(tone(220)), signal_features(tone(1900))
    assert low.shape == high.shape == (N_FEATURES,)
    assert np.linalg.norm(low - high) > 10
    assert np.isfinite(signal_features(Waveform(np.zeros(3 * SAMPLE_RATE, dtype=np.float32)))).all()


def test_untrained_networks_are_the_same_for_the_same_seed():
    first, again, other = (untrained_analyser(ToneDecoder(), seed) for seed in (0, 0, 1))
    waveform = tone(440, 4.0)
    assert np.array_equal(first.tagger.tag(waveform).scores, again.tagger.tag(waveform).scores)
    assert not np.array_equal(first.tagger.tag(waveform).scores, other.tagger.tag(waveform).scores)
    assert first.space == again.space
    assert "random-0" in first.space.tagger and "random-0" in first.space.embedder
    assert first.space.dim == first.mixer.dim
    assert np.isfinite(first.embedder.embed(waveform).chunk_embeddings).all()
