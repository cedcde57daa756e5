"""Front-ends: known tones land where they should, and torchaudio imports without its extension."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from models import audio_transforms
from models.frontend import LogFrequency, LogMel, centre_frequencies_hz
from models.spec import LogFrequencySpec, LogMelSpec

ROOT = Path(__file__).parents[2]
RATE = 16_000


def tone(frequency_hz: float, n_samples: int = 59_049, amplitude: float = 1.0) -> torch.Tensor:
    seconds = torch.arange(n_samples, dtype=torch.float64) / RATE
    return (amplitude * torch.sin(2 * torch.pi * frequency_hz * seconds)).float().unsqueeze(0)


def test_nothing_else_imports_torchaudio():
    offenders = []
    for package in ("segue", "models", "index", "app", "training"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if any(name.split(".")[0] == "torchaudio" for name in names):
                    offenders.append(path.name)
    assert offenders == []


def test_transforms_import_when_the_extension_cannot_load(monkeypatch):
    calls = []

    def import_module(name: str) -> ModuleType:
        calls.append(sys.modules.get("torchaudio._extension"))
        if len(calls) == 1:
            raise OSError("Could not load this library: _torchaudio.abi3.so")
        return ModuleType(name)

    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    monkeypatch.setattr(audio_transforms.importlib, "import_module", import_module)
    module = audio_transforms.import_transforms()
    assert module.__name__ == "torchaudio.transforms"
    assert vars(calls[1])["_IS_TORCHAUDIO_EXT_AVAILABLE"] is False


def test_missing_torchaudio_is_not_hidden(monkeypatch):
    def import_module(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(audio_transforms.importlib, "import_module", import_module)
    with pytest.raises(ModuleNotFoundError):
        audio_transforms.import_transforms()


def test_stand_in_refuses_forced_alignment():
    decorated = vars(audio_transforms.extension_stand_in())["fail_if_no_align"](len)
    with pytest.raises(RuntimeError, match="native extension"):
        decorated()


@pytest.mark.parametrize("n_mels", [96, 128])
def test_log_mel_shape_floor_and_peak(n_mels):
    spec = LogMelSpec(n_mels=n_mels)
    front_end = LogMel(spec)
    assert front_end(torch.zeros(1, 59_049)).unique().tolist() == [-100.0]
    heard = front_end(tone(1000.0))[0]
    assert heard.shape == (n_mels, spec.n_frames(59_049)) == (n_mels, 231)
    hz_to_mel = lambda hz: 2595 * torch.log10(torch.tensor(1 + hz / 700))  # noqa: E731
    expected = float(hz_to_mel(1000.0) / hz_to_mel(8000.0)) * (n_mels + 1) - 1
    assert abs(int(heard.mean(dim=1).argmax()) - expected) < 1.5


def test_log_mel_tables_by_published_names():
    tables = LogMel(LogMelSpec()).tables()
    assert {k: tuple(v.shape) for k, v in tables.items()} == {
        "spectrogram.window": (512,),
        "mel_scale.fb": (257, 96),
    }


def test_log_mel_stays_float32_under_autocast():
    with torch.autocast("cpu", torch.bfloat16):
        assert LogMel(LogMelSpec())(tone(440.0)).dtype == torch.float32
        assert LogFrequency(LogFrequencySpec())(tone(440.0)).dtype == torch.float32


@pytest.mark.parametrize("midi", [48, 57, 60, 69, 71, 84, 95])
def test_log_frequency_puts_notes_in_the_middle_bin_of_their_semitone(midi):
    spec = LogFrequencySpec()
    heard = LogFrequency(spec)(tone(440.0 * 2 ** ((midi - 69) / 12)))[0].mean(dim=1)
    assert int(heard.argmax()) == 3 * (midi - 24) + 1  # MIDI 24 is C1


def test_log_frequency_shape_and_level():
    spec = LogFrequencySpec()
    front_end = LogFrequency(spec)
    loud, soft = front_end(tone(440.0)), front_end(tone(440.0, amplitude=0.01))
    assert loud.shape == (1, spec.n_bins, spec.n_frames(59_049)) == (1, 252, 29)
    assert front_end(torch.zeros(1, 59_049)).abs().max() == 0
    assert 5.0 < float(loud.max()) <= 6.91  # log(1 + 1000 * full scale)
    assert float(soft.max()) < float(loud.max()) - 2
    assert float(centre_frequencies_hz(spec)[136]) == pytest.approx(440.0)
    assert not dict(front_end.named_parameters()) and not front_end.state_dict()
