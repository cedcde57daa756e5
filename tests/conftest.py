"""Shared fixtures: the place of the real music, and one seed for all randomness."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

SEED = 20_240_229


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with real music and published checkpoints; tests that need it skip where it is missing."""
    folder = Path(os.environ.get("SEGUE_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not (folder / "tracks.csv").exists():
        pytest.skip(f"needs the shared music data, which is not at {folder} (set SEGUE_SHARED_DATA)")
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    """The one random generator of the tests."""
    return np.random.default_rng(SEED)
