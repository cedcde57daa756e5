"""Finding: what one run of ``segue evaluate`` hands out, whichever question it answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console


@dataclass(frozen=True)
class Finding:
    """An answer in the forms that the command knows.

    Attributes:
        as_json: one JSON object.
        show: prints tables.
        draw: writes a plot, ``.svg`` or ``.png`` by the file's ending.
        complete: whether no file was missing and none failed.
    """

    as_json: str
    show: Callable[[Console], None]
    draw: Callable[[Path], None]
    complete: bool
