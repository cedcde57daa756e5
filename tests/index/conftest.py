"""Catalogues to test: both implementations of the port, and the material that both are filled with."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from index.store import SqliteCatalogue, open_catalogue
from segue.fakes import MemoryCatalogue
from segue.ports import Catalogue


def _load_material() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "catalogue_material", Path(__file__).with_name("catalogue_material.py")
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["catalogue_material"] = module  # so that test files may import it by name
    spec.loader.exec_module(module)
    return module


material = _load_material()


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[SqliteCatalogue]:
    """An empty catalogue on disk."""
    with open_catalogue(tmp_path / "catalogue", material.SPACE, material.VOCABULARY) as catalogue:
        yield catalogue


@pytest.fixture(params=["memory", "sqlite"])
def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue of either kind."""
    if request.param == "memory":
        yield MemoryCatalogue(material.SPACE, material.VOCABULARY)
        return
    with open_catalogue(tmp_path / "either", material.SPACE, material.VOCABULARY) as opened:
        yield opened
