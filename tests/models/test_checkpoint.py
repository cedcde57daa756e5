"""Checkpoints: what is saved is what is loaded, and nothing else is accepted."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from models.checkpoint import build_network, checkpoint_sha256, load_checkpoint, read_spec, save_checkpoint
from models.spec import CRNNSpec, LogMelSpec, ShortChunkResSpec, ShortChunkResTaggerSpec, TempoGrid, parse_spec
from segue.errors import CheckpointInvalid, ModelMissing

TAGS = ("genre---techno", "instrument---piano")
CRNN_SPEC = CRNNSpec(
    name="tagger",
    tags=TAGS,
    thresholds=(0.25, 0.5),
    tag_temperatures=(1.0, 2.0),
    n_channels=4,
    hidden_size=8,
    licence="MIT",
    provenance={"steps": 12, "data": ["a", "b"], "scores": {"auc": 0.9}},
)
SPECS = [
    CRNN_SPEC,
    ShortChunkResSpec(name="embedder", n_channels=4, tempo_temperature=1.5, texture_dim=16, tags=TAGS),
    ShortChunkResTaggerSpec(name="published", n_channels=4, tags=TAGS),
]


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(3)
    path = tmp_path / "weights" / "tagger.safetensors"
    save_checkpoint(build_network(CRNN_SPEC), CRNN_SPEC, path)
    return path


def rehash(path):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name(path.name + ".sha256").write_text(f"{digest}  {path.name}\n")


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s.kind)
@pytest.mark.parametrize("half_precision", [False, True])
def test_round_trip(tmp_path, spec, half_precision):
    torch.manual_seed(3)
    network, path = build_network(spec), tmp_path / "model.safetensors"
    digest = save_checkpoint(network, spec, path, half_precision=half_precision)
    loaded, loaded_spec = load_checkpoint(path, spec.kind)
    assert loaded_spec == spec == read_spec(path) == parse_spec(spec.to_json())
    assert digest == checkpoint_sha256(path)
    assert not loaded.training
    for key, value in network.state_dict().items():
        tolerance = 1e-3 if half_precision and value.ndim >= 2 else 0
        assert loaded.state_dict()[key].dtype == value.dtype
        torch.testing.assert_close(loaded.state_dict()[key], value, atol=tolerance, rtol=tolerance)


def test_half_precision_halves_and_keeps_norms(tmp_path):
    spec = SPECS[1]
    for half in (False, True):
        save_checkpoint(build_network(spec), spec, tmp_path / f"{half}.safetensors", half_precision=half)
    sizes = [(tmp_path / f"{half}.safetensors").stat().st_size for half in (False, True)]
    assert sizes[1] < 0.65 * sizes[0]
    stored = load_file(tmp_path / "True.safetensors")
    assert stored["trunk.layer1.conv_1.weight"].dtype == torch.float16
    assert stored["trunk.layer1.bn_1.running_var"].dtype == torch.float32


def test_hash_file_is_what_sha256sum_writes(saved):
    line = saved.with_name("tagger.safetensors.sha256").read_text()
    assert line == f"{hashlib.sha256(saved.read_bytes()).hexdigest()}  tagger.safetensors\n"
    assert sorted(p.name for p in saved.parent.iterdir()) == ["tagger.safetensors", "tagger.safetensors.sha256"]


def test_saving_draws_no_random_numbers(tmp_path):
    network = build_network(CRNN_SPEC)
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    save_checkpoint(network, CRNN_SPEC, tmp_path / "a.safetensors")
    torch.testing.assert_close(torch.rand(3), expected)


def test_missing_file(tmp_path):
    with pytest.raises(ModelMissing, match=r"tagger\.safetensors"):
        load_checkpoint(tmp_path / "tagger.safetensors", "crnn")


def test_changed_file(saved):
    content = bytearray(saved.read_bytes())
    content[-1] ^= 1
    saved.write_bytes(content)
    with pytest.raises(CheckpointInvalid, match="sha256"):
        load_checkpoint(saved, "crnn")


@pytest.mark.parametrize("hash_text", [None, "", "0" * 64])
def test_missing_or_wrong_hash(saved, hash_text):
    beside = saved.with_name(saved.name + ".sha256")
    beside.unlink() if hash_text is None else beside.write_text(hash_text)
    with pytest.raises(CheckpointInvalid, match="sha256"):
        load_checkpoint(saved, "crnn")


def test_another_kind(saved):
    with pytest.raises(CheckpointInvalid, match="'crnn'; 'short_chunk_res' is needed"):
        load_checkpoint(saved, "short_chunk_res")


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x80\x04pickle", b"\xff" * 64])
def test_not_safetensors(saved, content):
    saved.write_bytes(content)
    rehash(saved)
    with pytest.raises(CheckpointInvalid, match="not a safetensors file"):
        load_checkpoint(saved, "crnn")


def test_no_spec(saved):
    save_file(load_file(saved), saved)
    rehash(saved)
    with pytest.raises(CheckpointInvalid, match="no model spec"):
        load_checkpoint(saved, "crnn")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("dense.weight"), r"missing dense\.weight"),
        (lambda t: t.update(extra=torch.zeros(1)), "unexpected extra"),
        (lambda t: t.update({"dense.bias": torch.zeros(9)}), r"dense\.bias has shape \(9,\); \(2,\) is needed"),
        (lambda t: t.update({"dense.bias": torch.full((2,), torch.nan)}), "not finite"),
    ],
)
def test_wrong_tensors(saved, change, message):
    tensors = load_file(saved)
    change(tensors)
    save_file(tensors, saved, metadata={"segue": CRNN_SPEC.to_json()})
    rehash(saved)
    with pytest.raises(CheckpointInvalid, match=message):
        load_checkpoint(saved, "crnn")


def test_saving_refuses_what_would_not_load(tmp_path):
    network = build_network(CRNN_SPEC)
    with pytest.raises(CheckpointInvalid, match=r"\.safetensors"):
        save_checkpoint(network, CRNN_SPEC, tmp_path / "a.pth")
    with pytest.raises(CheckpointInvalid, match="shape"):
        save_checkpoint(network, dataclasses.replace(CRNN_SPEC, hidden_size=9), tmp_path / "a.safetensors")
    network.dense.bias.data.fill_(torch.inf)
    with pytest.raises(CheckpointInvalid, match="not finite"):
        save_checkpoint(network, CRNN_SPEC, tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []


def edited(**changes) -> str:
    fields = {**json.loads(CRNN_SPEC.to_json()), **changes}
    return json.dumps({k: v for k, v in fields.items() if v != "drop"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "list"),
        (edited(format_version=2), "format version 2 is unknown"),
        (edited(format_version="drop"), "format version None"),
        (edited(kind="resnet"), "'resnet' are unknown"),
        (edited(hidden_size="drop"), "lacks hidden_size"),
        (edited(extra=1), "unknown fields: extra"),
        (edited(hidden_size="eight"), "int is needed"),
        (edited(hidden_size=True), "int is needed"),
        (edited(hidden_size=0), "must be positive"),
        (edited(tags="techno"), "a list is needed"),
        (edited(tags=[]), "0 tags"),
        (edited(tags=["a", "a"]), "twice"),
        (edited(thresholds=[0.5]), "1 thresholds for 2 tags"),
        (edited(thresholds=[0.5, 1.5]), "outside"),
        (edited(tag_temperatures=[0.0, 1.0]), "not positive"),
        (edited(thresholds=[0.5, float("nan")]), "not finite"),
        (edited(log_mel=3), "an object is needed"),
        (edited(provenance=[]), "an object is needed"),
        (edited(name=""), "no name"),
    ],
)
def test_invalid_specs(text, message):
    with pytest.raises(CheckpointInvalid, match=message):
        parse_spec(text)


@pytest.mark.parametrize(
    "make",
    [
        lambda: LogMelSpec(f_max=9000.0),
        lambda: LogMelSpec(hop_length=0),
        lambda: TempoGrid(min_bpm=200.0, max_bpm=100.0),
        lambda: CRNNSpec(name="x", tags=("a",), log_mel=LogMelSpec(n_mels=128)),
        lambda: ShortChunkResSpec(name="x", key_classes=("C major",)),
        lambda: ShortChunkResTaggerSpec(name="x"),
    ],
)
def test_specs_out_of_range(make):
    with pytest.raises(CheckpointInvalid):
        make()


def test_tempo_grid():
    grid = TempoGrid()
    bpm = grid.bins_bpm()
    assert bpm[0] == 40.0 and bpm[-1] < 240.0 and len(bpm) == 256
    assert grid.position(bpm[77]) == pytest.approx(77)
    assert grid.position(240.0) == pytest.approx(256)
    assert grid.position(174.0) - grid.position(87.0) == pytest.approx(grid.bins_per_octave)
