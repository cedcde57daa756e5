"""Import of published checkpoints: golden scores, the short-chunk layout, and refusals."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from torch import nn

from models.checkpoint import load_checkpoint, save_checkpoint
from models.frontend import LogMel
from models.import_checkpoint import import_published_checkpoint
from models.spec import CRNNSpec, LogMelSpec, ShortChunkResTaggerSpec
from segue.errors import CheckpointInvalid, ModelMissing

TAGS = ("rock", "techno", "piano")


@pytest.mark.parametrize("name", ["mtat", "jamendo"])
def test_golden_scores(shared_data, tmp_path, name):
    golden = np.load(shared_data / "checkpoints" / "golden.npz")
    published = shared_data / "checkpoints" / f"sota_crnn_{name}.pth"
    network, spec = import_published_checkpoint(published, golden[f"{name}_tags"].tolist())
    assert isinstance(spec, CRNNSpec) and spec.tags == tuple(golden[f"{name}_tags"])
    save_checkpoint(network, spec, tmp_path / "crnn.safetensors")
    network, spec = load_checkpoint(tmp_path / "crnn.safetensors", "crnn")
    waveform = torch.from_numpy(golden["waveform_int16"].astype(np.float32) / 32768)
    with torch.no_grad():
        scores = torch.sigmoid(network(LogMel(spec.log_mel)(waveform))).numpy()
    np.testing.assert_allclose(scores, golden[name], atol=1e-3)


class PublishedBlock(nn.Module):
    """A residual block as the publisher lays it out, written here independently."""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.conv_1 = nn.Conv2d(n_in, n_out, 3, stride=2, padding=1)
        self.bn_1 = nn.BatchNorm2d(n_out)
        self.conv_2 = nn.Conv2d(n_out, n_out, 3, padding=1)
        self.bn_2 = nn.BatchNorm2d(n_out)
        self.conv_3 = nn.Conv2d(n_in, n_out, 3, stride=2, padding=1)
        self.bn_3 = nn.BatchNorm2d(n_out)

    def forward(self, x):
        left = self.bn_2(self.conv_2(nn.functional.relu(self.bn_1(self.conv_1(x)))))
        return nn.functional.relu(left + self.bn_3(self.conv_3(x)))


class PublishedShortChunk(nn.Module):
    """The published flat layout: layer1 to layer7, dense1, bn, dense2."""

    def __init__(self, c, n_tags):
        super().__init__()
        self.spec_bn = nn.BatchNorm2d(1)
        widths = [1, c, c, 2 * c, 2 * c, 2 * c, 2 * c, 4 * c]
        for i in range(7):
            setattr(self, f"layer{i + 1}", PublishedBlock(widths[i], widths[i + 1]))
        self.dense1 = nn.Linear(4 * c, 4 * c)
        self.bn = nn.BatchNorm1d(4 * c)
        self.dense2 = nn.Linear(4 * c, n_tags)

    def forward(self, x):
        x = self.spec_bn(x[:, None])
        for i in range(7):
            x = getattr(self, f"layer{i + 1}")(x)
        x = x.squeeze(2)
        x = nn.MaxPool1d(x.size(-1))(x).squeeze(2)
        return self.dense2(nn.functional.relu(self.bn(self.dense1(x))))


@pytest.fixture
def published():
    """A network in the published layout, and its state dict with the front-end's tables."""
    torch.manual_seed(5)
    network = PublishedShortChunk(4, len(TAGS))
    with torch.no_grad():
        for _ in range(3):  # norms with statistics of their own
            network(20 * torch.randn(8, 128, 231) - 30)
    tables = {f"spec.{k}": v for k, v in LogMel(LogMelSpec(n_mels=128)).tables().items()}
    return network.eval(), {**tables, **network.state_dict()}


def test_short_chunk_layout(tmp_path, published):
    theirs, state = published
    torch.save(state, tmp_path / "short_chunk.pth")
    ours, spec = import_published_checkpoint(tmp_path / "short_chunk.pth", TAGS, licence="MIT")
    assert isinstance(spec, ShortChunkResTaggerSpec)
    assert (spec.name, spec.n_channels, spec.tags, spec.licence) == ("short_chunk", 4, TAGS, "MIT")
    x = 20 * torch.randn(3, 128, 231) - 30
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x))
    save_checkpoint(ours, spec, tmp_path / "short_chunk.safetensors")
    assert load_checkpoint(tmp_path / "short_chunk.safetensors", "short_chunk_res_tagger")[1] == spec


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("layer3.bn_2.bias"), r"missing trunk\.layer3\.bn_2\.bias"),
        (lambda s: s.pop("spec.mel_scale.fb"), r"lacks the front-end table spec\.mel_scale\.fb"),
        (lambda s: s.update(stranger=torch.zeros(1)), r"unexpected trunk\.stranger"),
        (lambda s: s.update({"dense1.bias": torch.zeros(3)}), r"dense1\.bias has shape \(3,\)"),
        (lambda s: s.update({"spec.mel_scale.fb": torch.zeros(257, 128)}), "another front-end"),
        (lambda s: s.update({"spec.spectrogram.window": torch.ones(400)}), r"shape \(400,\)"),
        (lambda s: s.update({"dense2.weight": torch.zeros(4, 16)}), "4 tags; 3 were given"),
        (lambda s: s.pop("layer7.conv_3.weight"), "neither a CRNN"),
        (lambda s: s.pop("layer1.conv_1.weight"), r"lacks a weight layer1\.conv_1\.weight"),
    ],
)
def test_layouts_that_differ(tmp_path, published, change, message):
    state = published[1]
    change(state)
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(CheckpointInvalid, match=message):
        import_published_checkpoint(tmp_path / "a.pth", TAGS)


class Payload:
    """What a hostile pickle would run."""

    def __reduce__(self):
        return (print, ("code ran",))


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04broken", pickle.dumps(Payload())])
def test_not_weights(tmp_path, capsys, content):
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(CheckpointInvalid, match=r"a\.pth"):
        import_published_checkpoint(tmp_path / "a.pth", TAGS)
    assert "code ran" not in capsys.readouterr().out


def test_code_in_a_torch_file_does_not_run(tmp_path, capsys):
    torch.save({"layer5.weight_hh_l0": Payload()}, tmp_path / "a.pth")
    with pytest.raises(CheckpointInvalid, match="weights alone"):
        import_published_checkpoint(tmp_path / "a.pth", TAGS)
    assert "code ran" not in capsys.readouterr().out


@pytest.mark.parametrize("content", [[torch.zeros(1)], {"a": 1}])
def test_not_a_state_dict(tmp_path, content):
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(CheckpointInvalid, match="not a state dict"):
        import_published_checkpoint(tmp_path / "a.pth", TAGS)


def test_missing_file(tmp_path):
    with pytest.raises(ModelMissing):
        import_published_checkpoint(tmp_path / "a.pth", TAGS)
