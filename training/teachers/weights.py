"""Loading a teacher's bare safetensors weights, strictly."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from segue.errors import CheckpointInvalid, ModelMissing

_UNTRACKED = ".num_batches_tracked"  # a training counter that bare weights leave out


def read_weights(path: Path) -> dict[str, Tensor]:
    """All tensors of a safetensors file.

    Raises:
        ModelMissing: there is no such file.
        CheckpointInvalid: it is not a safetensors file.
    """
    if not path.is_file():
        raise ModelMissing(f"no teacher weights at {path}; give the path of a safetensors file")
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise CheckpointInvalid(f"{path.name} is not a safetensors file: {error}") from error


def load_strictly(module: nn.Module, weights: dict[str, Tensor]) -> None:
    """Load ``weights`` into ``module``; every key and shape must match, batch counters aside.

    Raises:
        CheckpointInvalid: a key is missing or left over, or a shape differs.
    """
    counters = {k: v for k, v in module.state_dict().items() if k.endswith(_UNTRACKED)}
    try:
        module.load_state_dict({**counters, **weights}, strict=True)
    except RuntimeError as error:
        name = type(module).__name__
        raise CheckpointInvalid(f"the weights do not fit {name}: {error}") from error
