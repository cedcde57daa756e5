"""Train the Short-Chunk ResNet part by part: :mod:`.trunk`, :mod:`.tags` on it, :mod:`.tempo` and :mod:`.key`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.spec import ShortChunkResSpec

CONFIG = Path(__file__).parents[1] / "configs" / "short_chunk_res.toml"


def network_spec(config: dict[str, Any], **fields: Any) -> ShortChunkResSpec:
    """The spec that a configuration describes."""
    return ShortChunkResSpec(name="short_chunk_res", **config["network"], **fields)
