"""Audio index: every audio file below a folder, found by the end of its path, whatever lies above."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".wav", ".flac", ".aif", ".aiff", ".mp3", ".m4a", ".ogg", ".opus", ".au")
"""What counts as audio; of several files of one name the first kind is taken."""

LOW_QUALITY = ".low"  # 948.low.mp3 is MTG-Jamendo's small copy of 948.mp3


class AudioIndex:
    """All audio files below a folder. Hidden files and folders are left out, links are followed once.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._by_stem: dict[str, list[Path]] = defaultdict(list)
        for path in _walk(root):
            self._by_stem[_stem(path)].append(path)

    def __len__(self) -> int:
        return sum(len(paths) for paths in self._by_stem.values())

    def __iter__(self) -> Iterator[Path]:
        """One file per name and folder, in order."""
        for _, paths in sorted(self._by_stem.items()):
            folders: dict[str, list[Path]] = defaultdict(list)
            for path in paths:
                folders[path.parent.name].append(path)
            for _, alike in sorted(folders.items()):
                yield min(alike, key=_preference)

    def find(self, name: str) -> Path | None:
        """The file that a set calls ``"f/title.mp3"`` or ``"title"``; the ending may differ, the folder not."""
        wanted = Path(name)
        stem = _stem(wanted) if wanted.suffix.lower() in SUFFIXES else wanted.name
        folder = wanted.parent.name
        found = [path for path in self._by_stem.get(stem, ()) if not folder or path.parent.name == folder]
        return min(found, key=_preference, default=None)

    def count_others(self, used: set[Path]) -> int:
        """How many recordings are not among these files; copies of one name in one folder count once."""
        places = {(path.parent.name, _stem(path)) for path in used}
        return sum((path.parent.name, _stem(path)) not in places for path in self)


def _walk(root: Path) -> Iterator[Path]:
    visited: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in visited:
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (
            Path(folder, name)
            for name in sorted(files)
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES
        )


def _stem(path: Path) -> str:
    return path.stem.removesuffix(LOW_QUALITY)


def _preference(path: Path) -> tuple[bool, int, int, str]:
    return path.stem.endswith(LOW_QUALITY), SUFFIXES.index(path.suffix.lower()), len(path.parts), str(path)
