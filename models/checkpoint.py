"""Checkpoints: safetensors with the model's spec in the metadata and a sha256 beside it.

A checkpoint ``tagger.safetensors`` travels with ``tagger.safetensors.sha256``, a line as
``sha256sum`` writes it. Loading verifies the hash, reads the spec, builds the network it describes,
and accepts exactly that network's keys and shapes. No pickle is ever read.

Matrices may be stored in half precision; they are float32 again once loaded. Biases and the
statistics of batch norms always stay float32: they are few and their range is wide.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Literal, overload

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from models.crnn.network import CRNN
from models.short_chunk_res.network import ShortChunkRes, ShortChunkResTagger
from models.spec import (
    AnySpec,
    CRNNSpec,
    ModelSpec,
    ShortChunkResSpec,
    ShortChunkResTaggerSpec,
    parse_spec,
)
from segue.errors import CheckpointInvalid, ModelMissing

_METADATA_KEY = "segue"
_SHOWN_KEYS = 5  # of a long list of missing or unexpected keys

Network = CRNN | ShortChunkRes | ShortChunkResTagger


def build_network(spec: ModelSpec) -> Network:
    """The network that ``spec`` describes, with fresh weights, in training mode."""
    if isinstance(spec, CRNNSpec):
        return CRNN(len(spec.tags), spec.n_channels, spec.hidden_size)
    if isinstance(spec, ShortChunkResSpec):
        return ShortChunkRes(spec)
    if isinstance(spec, ShortChunkResTaggerSpec):
        return ShortChunkResTagger(len(spec.tags), spec.n_channels)
    raise CheckpointInvalid(f"no network is known for {type(spec).__name__}")


def save_checkpoint(module: nn.Module, spec: ModelSpec, path: Path, *, half_precision: bool = False) -> str:
    """Write weights, spec and hash; each file appears whole or not at all.

    Args:
        module: the network that ``spec`` describes.
        spec: what travels in the metadata.
        path: ends in ``.safetensors``; its folder is made.
        half_precision: store tensors of two and more dimensions as float16.

    Returns:
        The sha256 of the file, hexadecimal.

    Raises:
        CheckpointInvalid: the module is not what the spec describes, a weight is not finite, or
            the name does not end in ``.safetensors``.
    """
    if path.suffix != ".safetensors":
        raise CheckpointInvalid(f"{path.name} does not end in .safetensors")
    tensors = {name: t.detach().cpu().contiguous() for name, t in module.state_dict().items()}
    if half_precision:
        tensors = {name: _halved(t) for name, t in tensors.items()}
    with torch.device("meta"):  # shapes alone: no memory, and no random numbers drawn in training
        described = build_network(spec)
    check_weights(described, tensors, path.name)
    content = save(tensors, metadata={_METADATA_KEY: spec.to_json()})
    return write_hashed(path, content)


def write_hashed(path: Path, content: bytes) -> str:
    """Write a file and its hash beside it, each whole or not at all; answers the sha256, hexadecimal."""
    digest = hashlib.sha256(content).hexdigest()
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_whole(path, content)
    _write_whole(_hash_path(path), f"{digest}  {path.name}\n".encode())
    return digest


@overload
def load_checkpoint(path: Path, kind: Literal["crnn"]) -> tuple[CRNN, CRNNSpec]: ...
@overload
def load_checkpoint(path: Path, kind: Literal["short_chunk_res"]) -> tuple[ShortChunkRes, ShortChunkResSpec]: ...
@overload
def load_checkpoint(
    path: Path, kind: Literal["short_chunk_res_tagger"]
) -> tuple[ShortChunkResTagger, ShortChunkResTaggerSpec]: ...
def load_checkpoint(path: Path, kind: str) -> tuple[Network, AnySpec]:
    """Verify and load a checkpoint.

    Args:
        path: the ``.safetensors`` file, with its ``.sha256`` beside it.
        kind: the kind of network that the caller needs.

    Returns:
        The network in evaluation mode, float32, and its spec.

    Raises:
        ModelMissing: there is no such file.
        CheckpointInvalid: wrong hash, not safetensors, no or an invalid spec, another kind,
            missing or unexpected keys, wrong shapes, or a weight that is not finite.
    """
    spec = read_spec(path)
    if spec.kind != kind:
        raise CheckpointInvalid(f"{path.name} is of kind {spec.kind!r}; {kind!r} is needed")
    network = build_network(spec)
    load_weights(network, _read_tensors(path), path.name)
    return network.eval(), spec


def read_spec(path: Path) -> AnySpec:
    """The spec of a verified checkpoint, without building its network.

    Raises:
        ModelMissing: there is no such file.
        CheckpointInvalid: wrong hash, not safetensors, or no valid spec in it.
    """
    checkpoint_sha256(path)
    try:
        with safe_open(path, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise CheckpointInvalid(f"{path.name} is not a safetensors file: {error}") from error
    if _METADATA_KEY not in metadata:
        raise CheckpointInvalid(
            f"{path.name} holds no model spec, so it is not a Segue checkpoint; published weights "
            "are read by import-checkpoint"
        )
    return parse_spec(metadata[_METADATA_KEY])


def checkpoint_sha256(path: Path) -> str:
    """The verified sha256 of a checkpoint, hexadecimal; it names the space of its vectors.

    Raises:
        ModelMissing: there is no such file.
        CheckpointInvalid: no hash lies beside it, or another one.
    """
    if not path.is_file():
        raise ModelMissing(f"no weights at {path}; a .safetensors checkpoint is needed there")
    if not _hash_path(path).is_file():
        raise CheckpointInvalid(f"{path.name} has no {_hash_path(path).name} beside it")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    words = _hash_path(path).read_text(encoding="utf-8", errors="replace").split()
    if words[:1] != [found]:
        raise CheckpointInvalid(
            f"{path.name} has sha256 {found}, but {_hash_path(path).name} says "
            f"{words[0] if words else 'nothing'}; fetch both files again"
        )
    return found


def load_weights(network: nn.Module, tensors: dict[str, Tensor], name: str) -> None:
    """Load ``tensors`` into ``network`` in place, converted to its own dtypes.

    Raises:
        CheckpointInvalid: as :func:`check_weights`.
    """
    check_weights(network, tensors, name)
    network.load_state_dict(tensors, strict=True)


def check_weights(network: nn.Module, tensors: dict[str, Tensor], name: str) -> None:
    """Hold ``tensors`` against ``network``: every key, every shape, every value finite.

    Args:
        network: what the weights are meant for; may be on the meta device.
        tensors: by the network's parameter and buffer names.
        name: of the file, for messages.

    Raises:
        CheckpointInvalid: says which keys or shapes arrived and which are needed.
    """
    expected = network.state_dict()
    missing, unexpected = sorted(expected.keys() - tensors), sorted(tensors.keys() - expected)
    if missing or unexpected:
        raise CheckpointInvalid(
            f"{name} does not fit {type(network).__name__}: "
            f"missing {_listed(missing)}; unexpected {_listed(unexpected)}"
        )
    for key, wanted in expected.items():
        if tensors[key].shape != wanted.shape:
            raise CheckpointInvalid(
                f"{name}: {key} has shape {tuple(tensors[key].shape)}; {tuple(wanted.shape)} is needed"
            )
        if not bool(torch.isfinite(tensors[key]).all()):
            raise CheckpointInvalid(f"{name}: {key} holds values that are not finite")


def _read_tensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  # no mapping
    except (SafetensorError, OSError) as error:
        raise CheckpointInvalid(f"{path.name} is not a safetensors file: {error}") from error


def _halved(tensor: Tensor) -> Tensor:
    return tensor.half() if tensor.is_floating_point() and tensor.ndim >= 2 else tensor


def _hash_path(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _write_whole(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    os.replace(partial, path)


def _listed(keys: list[str]) -> str:
    more = f" and {len(keys) - _SHOWN_KEYS} more" if len(keys) > _SHOWN_KEYS else ""
    return (", ".join(keys[:_SHOWN_KEYS]) or "none") + more
