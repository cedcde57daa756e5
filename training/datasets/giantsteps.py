"""What the two GiantSteps sets share: previews of a Beatport id, and Beatport's genres.

A preview may be in both sets. Its group is its Beatport id in either, so that one seed puts it on one side. The sets
name no artists.
"""

from __future__ import annotations

from pathlib import Path

from training.datasets.base import Ledger, Place, read_text

LICENCE = "Beatport previews of commercial recordings, research only"
_BEATPORT = {
    "minimal": ("techno",),  # the shop's "Minimal" is a techno
    "indie-dance-nu-disco": ("electronic",),  # either, and disco in name only
    "indie-dance / nu-disco": ("electronic",),
    "indie-dance nu-disco": ("electronic",),
    "glitch-hop": ("electronic",),
    "hardcore-hard-techno": ("techno",),
}


def beatport_genres(place: Place, stem: str, ledger: Ledger) -> tuple[str, ...]:
    """Genres from ``annotations/genre/<stem>.genre``, empty without that file."""
    path = place.find(f"annotations/genre/{stem}.genre")
    word = read_text(path).strip() if path else ""
    return _BEATPORT.get(word) or ledger.genres([word] if word else [])


def beatport_id(stem: str) -> str:
    """``"1030011"`` of ``"1030011.LOFI"``; the sets write some ids with leading zeros."""
    return stem.partition(".")[0].lstrip("0")


def labels_of(folder: Path, suffix: str) -> dict[str, Path]:
    """``"1030011.LOFI"`` -> its annotation in a folder."""
    return {path.name.removesuffix(suffix): path for path in sorted(folder.glob(f"*{suffix}"))}


def last_line(path: Path) -> str:
    """The last line that says something: ``"136"``, or ``"tempo 0 136"`` below a comment in the project's own form."""
    lines = [line.strip() for line in read_text(path).splitlines()]
    return next((line for line in reversed(lines) if line and not line.startswith("#")), "")
