"""Teachers reproduce the golden answers of an independent implementation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from segue.errors import CheckpointInvalid, ModelMissing
from training.teachers.efficientat import EfficientAT, load_mn04
from training.teachers.fcn import load_fcn
from training.teachers.kaldi_mel import kaldi_mel_banks
from training.teachers.musicnn import load_musicnn


def waveforms(archive) -> torch.Tensor:
    return torch.from_numpy(archive["waveform_int16"].astype(np.float32) / 32768)


def test_mn04_golden(shared_data):
    folder = shared_data / "checkpoints"
    golden = np.load(folder / "golden_mn04.npz")
    teacher = load_mn04(folder / "efficientat_mn04_audioset.safetensors")
    heard = waveforms(golden)
    logits, embedding = teacher.hear(heard)
    np.testing.assert_allclose(teacher.log_mel(heard).numpy(), golden["mel"], atol=1e-3)
    np.testing.assert_allclose(logits.numpy(), golden["logits"], atol=1e-3)
    np.testing.assert_allclose(embedding.numpy(), golden["embedding"], atol=1e-3)
    single, _ = teacher.hear(heard[0])
    np.testing.assert_allclose(single.numpy(), golden["logits"][:1], atol=1e-3)


@pytest.mark.parametrize(
    ("load", "weights", "golden_name"),
    [
        (load_fcn, "sota_fcn_msd.safetensors", "golden_fcn_msd.npz"),
        (load_musicnn, "sota_musicnn_jamendo.safetensors", "golden_musicnn_jamendo.npz"),
    ],
)
def test_sota_teachers_golden(shared_data, load, weights, golden_name):
    folder = shared_data / "checkpoints"
    golden = np.load(folder / golden_name)
    heard = waveforms(np.load(folder / "golden.npz"))[:, : int(golden["n_samples"])]
    logits, embedding = load(folder / weights).hear(heard)
    np.testing.assert_allclose(torch.sigmoid(logits).numpy(), golden["scores"], atol=1e-3)
    np.testing.assert_allclose(embedding.numpy(), golden["embedding"], atol=1e-3)


def test_mn04_size():
    teacher = EfficientAT()
    n_weights = sum(p.numel() for p in teacher.parameters())
    assert 970_000 < n_weights < 1_000_000


def test_kaldi_banks_are_triangles_that_sum_to_one_between_centres():
    banks = kaldi_mel_banks(40, 1024, 32_000)
    assert banks.shape == (40, 513) and float(banks[:, -1].abs().max()) == 0
    peaks = banks.argmax(dim=1)
    assert bool((peaks.diff() > 0).all())
    inner = banks[:, int(peaks[0]) + 1 : int(peaks[-1])]
    torch.testing.assert_close(inner.sum(0), torch.ones(inner.shape[1]), atol=1e-5, rtol=0)


@pytest.mark.parametrize("load", [load_mn04, load_fcn, load_musicnn])
def test_wrong_weights(tmp_path, load):
    with pytest.raises(ModelMissing):
        load(tmp_path / "none.safetensors")
    (tmp_path / "text.safetensors").write_text("not weights")
    with pytest.raises(CheckpointInvalid, match="not a safetensors file"):
        load(tmp_path / "text.safetensors")
    save_file({"a": torch.zeros(1)}, tmp_path / "a.safetensors")
    with pytest.raises(CheckpointInvalid, match="do not fit"):
        load(tmp_path / "a.safetensors")
