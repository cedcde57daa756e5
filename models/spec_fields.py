"""Reading frozen dataclasses back from JSON, strictly: no field missing, unknown or mistyped."""

from __future__ import annotations

import dataclasses
import json
import math
import types
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from segue.errors import CheckpointInvalid

T = TypeVar("T")


def check(condition: bool, message: str) -> None:
    """Raise :class:`CheckpointInvalid` with ``message`` unless ``condition`` holds."""
    if not condition:
        raise CheckpointInvalid(message)


def parse_object(text: str) -> dict[str, Any]:
    """Parse one JSON object.

    Raises:
        CheckpointInvalid: not JSON, or not an object.
    """
    try:
        parsed = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise CheckpointInvalid(f"the model spec is not JSON: {error}") from error
    check(isinstance(parsed, dict), f"the model spec is a JSON {type(parsed).__name__}, not object")
    return dict(parsed)


def build(cls: type[T], values: dict[str, Any]) -> T:
    """Build the dataclass ``cls`` from parsed JSON; every field must be present and typed right.

    Raises:
        CheckpointInvalid: a field is missing, unknown or of another type.
    """
    hints = get_type_hints(cls)
    names = [f.name for f in dataclasses.fields(cls)]  # type: ignore[arg-type]  # T is a dataclass
    missing, unknown = sorted(set(names) - set(values)), sorted(set(values) - set(names))
    check(not missing, f"the model spec lacks {', '.join(missing)}")
    check(not unknown, f"the model spec has unknown fields: {', '.join(unknown)}")
    return cls(**{name: _convert(hints[name], values[name], name) for name in names})


def _convert(hint: Any, value: Any, name: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _convert_optional(hint, value, name)
    if origin is tuple:
        check(isinstance(value, list), f"{name} is {value!r:.60}; a list is needed")
        return tuple(_convert(get_args(hint)[0], item, name) for item in value)
    if origin is dict:
        check(isinstance(value, dict), f"{name} is {value!r:.60}; an object is needed")
        return value
    if dataclasses.is_dataclass(hint):
        check(isinstance(value, dict), f"{name} is {value!r:.60}; an object is needed")
        return build(hint, value)  # type: ignore[arg-type]  # a dataclass type, not an instance
    return _convert_scalar(hint, value, name)


def _convert_optional(hint: Any, value: Any, name: str) -> Any:
    if value is None:
        return None
    (inner,) = [arg for arg in get_args(hint) if arg is not type(None)]
    return _convert(inner, value, name)


def _convert_scalar(hint: Any, value: Any, name: str) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    right = isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
    check(right, f"{name} is {value!r:.60}; {hint.__name__} is needed")
    check(not isinstance(value, float) or math.isfinite(value), f"{name} is {value}; not finite")
    return value
