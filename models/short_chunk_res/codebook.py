"""Codebook file: the words of chunks, learnt from the embeddings of one checkpoint and shipped beside it.

A safetensors file ``NAME.codebook.safetensors`` beside the checkpoint ``NAME.safetensors``, with its own sha256: the
centroids of the finest level as float16, the parents of each level but the last as int16, and in the metadata the
version of this format, the sha256 of the checkpoint whose embeddings it is made of, and where it comes from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from models.checkpoint import checkpoint_sha256, write_hashed
from segue.codebook import Codebook
from segue.errors import CheckpointInvalid

VERSION = 1
_METADATA_KEY = "segue"
_AGAIN = "`segue train codebook` makes a new one; without any, tracks are stored without codes"


def codebook_path(checkpoint: Path) -> Path:
    """Where the codebook of a checkpoint lies."""
    return checkpoint.with_suffix(".codebook.safetensors")


def save_codebook(codebook: Codebook, checkpoint: Path, provenance: Mapping[str, Any]) -> str:
    """Writes a codebook beside the checkpoint whose embeddings it is made of.

    Args:
        codebook: centroids are stored in half precision.
        checkpoint: the embedder's ``.safetensors`` file.
        provenance: how it was made; plain JSON.

    Returns:
        The sha256 of the codebook's file, hexadecimal.

    Raises:
        ModelMissing: there is no such checkpoint.
        CheckpointInvalid: the checkpoint is not what its hash says.
    """
    told = {"version": VERSION, "checkpoint": checkpoint_sha256(checkpoint), "provenance": dict(provenance)}
    arrays: dict[str, NDArray[Any]] = {"centroids": codebook.centroids.astype(np.float16)}
    arrays |= {f"parents.{level}": parents for level, parents in enumerate(codebook.parents)}
    return write_hashed(codebook_path(checkpoint), save(arrays, {_METADATA_KEY: json.dumps(told, sort_keys=True)}))


def load_codebook(checkpoint: Path) -> Codebook | None:
    """The codebook of a checkpoint; None where there is none.

    Args:
        checkpoint: the embedder's ``.safetensors`` file.

    Raises:
        CheckpointInvalid: damaged, of another version, or made for another checkpoint.
    """
    path = codebook_path(checkpoint)
    if not path.is_file():
        return None
    checkpoint_sha256(path)
    try:
        with safe_open(path, framework="np") as file:
            told = json.loads((file.metadata() or {})[_METADATA_KEY])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
        _check_told(told, checkpoint, path.name)
        parents = tuple(arrays[f"parents.{level}"].astype(np.int16) for level in range(len(arrays) - 1))
        return Codebook(arrays["centroids"].astype(np.float32), parents)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointInvalid(f"{path.name} is no codebook: {error!r}; {_AGAIN}") from error


def _check_told(told: Mapping[str, Any], checkpoint: Path, name: str) -> None:
    if told["version"] != VERSION:
        raise CheckpointInvalid(f"{name} has version {told['version']}; {VERSION} is needed; {_AGAIN}")
    found = checkpoint_sha256(checkpoint)
    if told["checkpoint"] != found:
        raise CheckpointInvalid(f"{name} belongs to checkpoint {told['checkpoint']}, not to {found}; {_AGAIN}")
