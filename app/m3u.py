"""M3U8: playlists as files that players open."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

MEDIA_TYPE = "application/vnd.apple.mpegurl"


class Entry(NamedTuple):
    """One track of a playlist file.

    Attributes:
        title: None where nobody told it.
        artist: None where nobody told it.
        path: the file; None for what is known by upload only, which is told in a comment.
        seconds: its duration.
    """

    title: str | None
    artist: str | None
    path: str | None
    seconds: float

    @property
    def name(self) -> str:
        """``Artist - Title`` on one line, as far as known: a line break would be another entry."""
        title = self.title or (self.path and Path(self.path).stem) or "upload"
        name = f"{self.artist} - {title}" if self.artist else title
        return "".join(char if char.isprintable() else " " for char in name)


def m3u8(entries: Iterable[Entry], beside: Path | None = None) -> str:
    """The text of an extended M3U playlist.

    Args:
        entries: in playing order.
        beside: the folder that paths are relative to, where they can be; None leaves them as they are.
    """
    lines = ["#EXTM3U"]
    for entry in entries:
        if entry.path is None or "\n" in entry.path or "\r" in entry.path:
            lines.append(f"# no file: {entry.name}")
            continue
        place = entry.path if beside is None else _relative(entry.path, beside)
        lines.append(f"#EXTINF:{round(entry.seconds)},{entry.name}")
        lines.append(f"./{place}" if place[:1] == "#" or place[:1].isspace() else place)  # no comment, nothing trimmed
    return "\n".join(lines) + "\n"


def _relative(path: str, folder: Path) -> str:
    """A path as seen from a folder; as it is where there is no way between them (another Windows drive)."""
    try:
        return os.path.relpath(path, folder)
    except ValueError:
        return path
