"""Formats: playlists and paths as JSON or as playlist files."""

from __future__ import annotations

from typing import Any

from app.m3u import MEDIA_TYPE
from app.openapi import ok

FORMAT = f"`m3u8`: a playlist file (also by `Accept: {MEDIA_TYPE}`), with the files' own paths; else JSON."

_EXAMPLE = "#EXTM3U\n#EXTINF:342,Aria Vale - Nightdrive\n/music/Aria Vale/Nightdrive.flac\n"


def set_response(description: str, example: str) -> dict[int | str, dict[str, Any]]:
    """The response of success, in both formats."""
    response = ok(description, example)
    response[200]["content"][MEDIA_TYPE] = {"schema": {"type": "string"}, "example": _EXAMPLE}
    return response
