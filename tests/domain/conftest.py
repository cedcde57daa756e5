"""Lets the domain's tests import their material by name."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def _load_material() -> None:
    spec = importlib.util.spec_from_file_location("domain_material", Path(__file__).with_name("domain_material.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["domain_material"] = module
    spec.loader.exec_module(module)


_load_material()
