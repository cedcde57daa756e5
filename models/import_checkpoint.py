"""Import of published sota-music-tagging-models checkpoints (Won et al. 2020).

Two layouts are told apart by their keys: the CRNN (a GRU as ``layer5``) and the short-chunk CNN
with residual connections (``layer7.conv_3``). Published files are pickles, so they are opened with
``weights_only=True``, which reads tensors and runs no code. Keys and shapes must match exactly. The
tables of the publisher's front-end (window and mel filterbank) are compared with ours rather than
loaded: where they agree, our front-end is theirs.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from models.checkpoint import build_network, load_weights
from models.crnn.network import CRNN
from models.frontend import LogMel
from models.short_chunk_res.network import ShortChunkResTagger
from models.spec import CRNNSpec, LogMelSpec, ShortChunkResTaggerSpec
from segue.errors import CheckpointInvalid, ModelMissing

_FRONT_END = "spec."
_TABLE_TOLERANCE = 1e-4
_TAG_HEAD = ("dense1.", "bn.", "dense2.")

PublishedSpec = CRNNSpec | ShortChunkResTaggerSpec


def import_published_checkpoint(
    path: Path, tags: Sequence[str], *, name: str | None = None, licence: str = "unstated"
) -> tuple[CRNN | ShortChunkResTagger, PublishedSpec]:
    """Read a published ``.pth`` file strictly.

    Args:
        path: the published state dict.
        tags: names of its outputs, in their order.
        name: of the model; the file's stem by default.
        licence: of the weights, as far as the publisher states it.

    Returns:
        The network in evaluation mode and its spec, ready for
        :func:`models.checkpoint.save_checkpoint`.

    Raises:
        ModelMissing: there is no such file.
        CheckpointInvalid: not a state dict of tensors, neither layout, another number of tags,
            keys or shapes that differ, or a front-end that is not ours.
    """
    state = _read_state_dict(path)
    spec = _spec_of(state, tuple(tags), name or path.stem, licence, path.name)
    _compare_front_end(state, spec.log_mel, path.name)
    network = build_network(spec)
    load_weights(network, _renamed(state, spec), path.name)
    assert isinstance(network, CRNN | ShortChunkResTagger)
    return network.eval(), spec


def _read_state_dict(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise ModelMissing(f"no checkpoint at {path}; give the path of a published .pth file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd pickle is refused or read; it needs no comment
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # broken bytes make the unpickler raise anything from IndexError on
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointInvalid(f"{path.name} is not a file of weights alone: {reason}") from error
    if not isinstance(state, Mapping) or not all(isinstance(v, Tensor) for v in state.values()):
        raise CheckpointInvalid(f"{path.name} holds a {type(state).__name__}, not a state dict")
    return dict(state)


def _spec_of(state: Mapping[str, Tensor], tags: tuple[str, ...], name: str, licence: str, file: str) -> PublishedSpec:
    provenance = {"imported_from": file, "architecture": "sota-music-tagging-models"}
    if "layer5.weight_hh_l0" in state:
        _check_tags(state, "dense.weight", tags, file)
        return CRNNSpec(
            name=name,
            tags=tags,
            licence=licence,
            provenance=provenance,
            n_channels=_length(state, "layer1.conv.weight", file),
            hidden_size=_length(state, "layer5.weight_hh_l0", file) // 3,
        )
    if "layer7.conv_3.weight" in state:
        _check_tags(state, "dense2.weight", tags, file)
        return ShortChunkResTaggerSpec(
            name=name,
            tags=tags,
            licence=licence,
            provenance=provenance,
            n_channels=_length(state, "layer1.conv_1.weight", file),
        )
    raise CheckpointInvalid(
        f"{file} is neither a CRNN (layer5 a GRU) nor a short-chunk CNN with residuals "
        f"(layer7.conv_3); its {len(state)} keys begin with {', '.join(list(state)[:3]) or 'none'}"
    )


def _check_tags(state: Mapping[str, Tensor], key: str, tags: tuple[str, ...], file: str) -> None:
    n_outputs = _length(state, key, file)
    if n_outputs != len(tags):
        raise CheckpointInvalid(f"{file} answers for {n_outputs} tags; {len(tags)} were given")


def _length(state: Mapping[str, Tensor], key: str, file: str) -> int:
    if key not in state or state[key].ndim == 0:
        raise CheckpointInvalid(f"{file} lacks a weight {key}")
    return int(state[key].shape[0])


def _compare_front_end(state: Mapping[str, Tensor], spec: LogMelSpec, file: str) -> None:
    for key, ours in LogMel(spec).tables().items():
        theirs = state.get(_FRONT_END + key)
        if theirs is None:
            raise CheckpointInvalid(f"{file} lacks the front-end table {_FRONT_END + key}")
        if theirs.shape != ours.shape:
            raise CheckpointInvalid(
                f"{file}: {_FRONT_END + key} has shape {tuple(theirs.shape)}; {tuple(ours.shape)} is needed"
            )
        difference = float((theirs.float() - ours).abs().max())
        if not difference <= _TABLE_TOLERANCE:
            raise CheckpointInvalid(
                f"{file} was trained on another front-end: {_FRONT_END + key} differs by {difference:.2g}"
            )


def _renamed(state: Mapping[str, Tensor], spec: PublishedSpec) -> dict[str, Tensor]:
    """Published keys as ours, less the front-end's two tables, which have been compared."""
    tables = {_FRONT_END + key for key in LogMel(spec.log_mel).tables()}
    weights = {key: value for key, value in state.items() if key not in tables}
    if isinstance(spec, CRNNSpec):
        return weights
    return {("tags." if k.startswith(_TAG_HEAD) else "trunk.") + k: v for k, v in weights.items()}
