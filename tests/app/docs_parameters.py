"""Parameters as paths, to hold documentation pages to the schemas."""

from __future__ import annotations

from typing import Any


def parameters(schema: dict[str, Any], defs: dict[str, Any], prefix: str = "") -> set[str]:
    """Paths of all parameters, ``"bpm.min"``."""
    found: set[str] = set()
    for name, part in schema["properties"].items():
        path, inner = f"{prefix}{name}", part.get("items", part)
        ref = inner.get("$ref", "").rpartition("/")[2]
        found |= parameters(defs[ref], defs, f"{path}.") if ref and "properties" in defs[ref] else {path}
    return found


def used(body: Any, prefix: str = "") -> set[str]:
    """Paths of all parameters in a body."""
    found: set[str] = set()
    for name, value in body.items():
        items = value if isinstance(value, list) else [value]
        inner = [used(item, f"{prefix}{name}.") for item in items if isinstance(item, dict)]
        found |= set().union(*inner) if inner else {f"{prefix}{name}"}
    return found
