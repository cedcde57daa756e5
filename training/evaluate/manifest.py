"""Manifest: a CSV of audio files and what is known of them, read strictly.

Columns: ``path`` (relative to the CSV's folder, or absolute) and any of ``genre``, ``instruments`` (several names
separated by ``;`` or ``,``), ``bpm``, ``bpm_octave_known`` (0 or 1), ``key``, ``group``, ``split``, ``generated``
(0 or 1) and ``peer_*`` (other estimators' BPM or keys). Other columns are left alone.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from segue.errors import SegueError, UnknownKey
from segue.key import Key
from training.evaluate.labels import split_names
from training.evaluate.tracks import EvaluatedTrack, References

PEER = "peer_"


class ManifestInvalid(SegueError):
    """The manifest cannot be read, or a cell of it makes no sense."""

    code = "manifest_invalid"


@dataclass(frozen=True)
class Entry:
    """One row of a manifest.

    Attributes:
        path: the audio file.
        track: references and peers; nothing heard yet.
        split: for example ``"dev"``; empty where not given.
    """

    path: Path
    track: EvaluatedTrack
    split: str = ""


@dataclass(frozen=True)
class Manifest:
    """All rows of a manifest.

    Attributes:
        entries: the rows in order.
        missing: paths that are not there, as written.
    """

    entries: tuple[Entry, ...]
    missing: tuple[str, ...] = field(default_factory=tuple)

    @property
    def present(self) -> tuple[Entry, ...]:
        """Rows whose file is there."""
        missing = set(self.missing)
        return tuple(entry for entry in self.entries if entry.track.name not in missing)


def read_manifest(path: Path, where: Mapping[str, str] | None = None, limit: int | None = None) -> Manifest:
    """Reads a manifest.

    Args:
        path: the CSV, UTF-8.
        where: column -> value that rows must have, for example ``{"split": "dev"}``.
        limit: only so many rows, the first ones.

    Raises:
        ManifestInvalid: unreadable, no ``path`` column, no rows left, or a bad cell (named by row and column).
    """
    numbered = _rows(path)
    columns = list(numbered[0][1]) if numbered else []
    if not numbered:
        raise ManifestInvalid(f"{path} has no rows; name at least one file.")
    wanted = dict(where or {})
    for column in wanted:
        if column not in columns:
            raise ManifestInvalid(f"{path} has no column {column!r} to choose rows by; it has {', '.join(columns)}.")
    chosen = [(row, cells) for row, cells in numbered if wanted.items() <= cells.items()][:limit]
    if not chosen:
        told = ", ".join(f"{column}={value}" for column, value in wanted.items())
        raise ManifestInvalid(f"{path} has no rows with {told}.")
    kinds = {column: _peer_kind(column, numbered) for column in columns if column.startswith(PEER)}
    entries = tuple(_entry(path.parent, row, cells, kinds) for row, cells in chosen)
    return Manifest(entries, tuple(entry.track.name for entry in entries if not entry.path.is_file()))


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Row number as a text editor counts (the header is row 1) and its cells, stripped."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            if "path" not in (reader.fieldnames or ()):
                raise ManifestInvalid(f"{path} has no column 'path'; its header is {reader.fieldnames}.")
            rows = []
            for cells in reader:
                if None in cells or None in cells.values():
                    raise ManifestInvalid(f"Row {reader.line_num} of {path} has more or fewer cells than the header.")
                rows.append((reader.line_num, {name.strip(): cell.strip() for name, cell in cells.items()}))
            return rows
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ManifestInvalid(f"{path} cannot be read as a CSV in UTF-8: {error}.") from error


def _entry(folder: Path, row: int, cells: Mapping[str, str], kinds: Mapping[str, str]) -> Entry:
    name = cells["path"]
    if not name:
        raise ManifestInvalid(f"Row {row}: 'path' is empty.")
    answers = {column: cells[column] for column in kinds if cells[column]}
    track = EvaluatedTrack(
        name=name,
        references=References(
            genres=split_names(cells.get("genre", "")),
            instruments=split_names(cells.get("instruments", "")),
            bpm=_bpm(row, "bpm", cells.get("bpm", "")),
            bpm_octave_known=_flag(row, "bpm_octave_known", cells.get("bpm_octave_known", "")) is not False,
            key=_key(row, "key", cells.get("key", "")),
        ),
        group=cells.get("group") or None,
        generated=_flag(row, "generated", cells.get("generated", "")),
        peer_bpm={c: _number(row, c, cell) for c, cell in answers.items() if kinds[c] == "bpm"},
        peer_key={c: key for c, cell in answers.items() if kinds[c] == "key" and (key := _key(row, c, cell))},
    )
    return Entry(folder / name, track, cells.get("split", ""))


def _peer_kind(column: str, rows: list[tuple[int, dict[str, str]]]) -> str:
    """``"bpm"`` where the first answer is a number or the name says so, else ``"key"``."""
    first = next((cells[column] for _, cells in rows if cells[column]), "0")
    try:
        float(first)
    except ValueError:
        return "bpm" if column.endswith("_bpm") else "key"
    return "bpm"


def _number(row: int, column: str, cell: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise ManifestInvalid(f"Row {row}: {column} is {cell!r}; it must be a number of beats per minute.")
    return number


def _bpm(row: int, column: str, cell: str) -> float | None:
    if not cell:
        return None
    number = _number(row, column, cell)
    if not 20 <= number <= 400:
        raise ManifestInvalid(
            f"Row {row}: {column} is {cell!r}; a tempo lies between 20 and 400, or the cell is empty."
        )
    return number


def _key(row: int, column: str, cell: str) -> Key | None:
    if not cell:
        return None
    try:
        return Key.parse(cell)
    except UnknownKey as error:
        raise ManifestInvalid(f"Row {row}: {column}: {error.message}") from error


def _flag(row: int, column: str, cell: str) -> bool | None:
    if cell not in ("", "0", "1"):
        raise ManifestInvalid(f"Row {row}: {column} is {cell!r}; it must be 0, 1 or empty.")
    return None if cell == "" else cell == "1"
