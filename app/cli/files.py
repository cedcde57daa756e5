"""Finding music in folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

AUDIO_SUFFIXES = frozenset(
    (".aac", ".aif", ".aifc", ".aiff", ".flac", ".m4a", ".mka", ".mp3", ".mp4", ".oga", ".ogg", ".opus", ".wav")
)
"""Suffixes looked for in folders; a file that is named itself is read whatever its suffix."""


def find_audio(paths: Iterable[Path]) -> list[Path]:
    """Files named, and all audio files below folders named; each once, absolute, in a stable order.

    Files and folders whose names begin with a dot are left out, and links to folders are not followed.
    """
    found: dict[Path, None] = {}
    for path in paths:
        for file in _below(path) if path.is_dir() else (path,):
            found[Path(os.path.abspath(file))] = None
    return list(found)


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in AUDIO_SUFFIXES:
                yield Path(place, name)
