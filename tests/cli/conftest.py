"""The command line with a small analyser that really listens, and the real catalogue on disk."""

from __future__ import annotations

import hashlib
import json
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import cli, context
from segue.analyse import Analyser
from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.errors import EmptyFile, NotAudio
from segue.fakes import FakeEmbedder, FakeTagger
from segue.ports import Decoded
from segue.track import Description


class WavDecoder:
    """Reads 16-bit mono WAV, and says what else it is given."""

    n_decoded = 0

    def decode(self, source: Path | bytes) -> Decoded:
        assert isinstance(source, Path)
        try:
            data = source.read_bytes()
        except OSError as error:
            raise NotAudio(f"The file cannot be read: {error.strerror}.") from error
        if not data:
            raise EmptyFile("The file holds 0 bytes.")
        if not data.startswith(b"RIFF"):
            raise NotAudio("No audio container was\nrecognised.")
        with wave.open(str(source)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / np.float32(32768)
        WavDecoder.n_decoded += 1
        digest = hashlib.sha256(samples.tobytes()).hexdigest()
        return Decoded(Waveform(samples.astype(np.float32)), digest, Description(), "wav", "pcm_s16le")


@dataclass
class FakeEngine:
    """Makes analysers out of fakes, and counts them."""

    n_loaded: int = 0
    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)

    def load(self, n_workers: int) -> Analyser:
        self.n_loaded += 1
        return Analyser(WavDecoder(), FakeTagger(), self.embedder)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeEngine:
    """Puts the fakes in place, away from the user's own folders and settings."""
    fake = FakeEngine()
    monkeypatch.setattr(context, "load_analyser", fake.load)
    monkeypatch.setattr(WavDecoder, "n_decoded", 0)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("SEGUE_CATALOGUE", "SEGUE_DEMO"):
        monkeypatch.delenv(name, raising=False)
    return fake


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """JSON lines of stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def segue(engine: FakeEngine) -> Callable[..., Ran]:
    """Runs a command line."""

    def run(*arguments: str | Path) -> Ran:
        result = CliRunner().invoke(cli, [str(argument) for argument in arguments], prog_name="segue")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def tone() -> Callable[..., Path]:
    """Writes a short recording: ``tone(path, hz=220.0)``."""
    return write_tone


def write_tone(path: Path, hz: float = 220.0, seconds: float = 4.0, level: float = 0.3) -> Path:
    """A short recording; other pitches are other recordings."""
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    samples = level * np.sin(2 * np.pi * hz * t) + 0.05 * np.sin(2 * np.pi * 3 * hz * t)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A folder with five recordings, a copy, hidden files, a broken file and one that is no music."""
    folder = tmp_path / "music"
    for i in range(5):
        write_tone(folder / f"album {i % 2}" / f"track {i}.wav", hz=110.0 * 2 ** (i / 3))
    write_tone(folder / "copy.WAV", hz=110.0)
    write_tone(folder / ".hidden.wav", hz=500.0)
    write_tone(folder / ".trash" / "old.wav", hz=600.0)
    (folder / "broken.mp3").write_text("no music")
    (folder / "cover.jpg").write_bytes(b"jpg")
    return folder
