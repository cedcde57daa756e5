"""Small made-up trees of the public sets, and the way from a tree to rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from training.datasets.audio import AudioIndex
from training.datasets.base import Ledger, Place
from training.datasets.cli import Dataset, loader


@pytest.fixture
def tree(tmp_path) -> Callable[..., Path]:
    """Makes files below ``tmp_path/set``: audio by its name alone, others with their text."""
    root = tmp_path / "set"
    root.mkdir()

    def make(*audio: str, **texts: str) -> Path:
        for name, text in {**dict.fromkeys(audio, "sound"), **texts}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root

    return make


@pytest.fixture
def load() -> Callable[..., Ledger]:
    """Reads a set the way the command does."""

    def read(dataset: str, root: Path, audio: Path | None = None) -> Ledger:
        folder = audio or (root if root.is_dir() else root.parent)
        return loader(Dataset(dataset))(Place(root, AudioIndex(folder)))

    return read
