"""Writer: rows as a CSV that is our ``tracks.csv`` and a manifest of ``segue evaluate`` at once."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from segue.errors import InvalidRequest
from training.datasets.base import ESTIMATED_BPM, Row

COLUMNS = (
    *("id", "file", "path", "source", "group", "split", "generated", "licence", "artist", "title"),
    *("genres", "genre", "instruments", "bpm", "bpm_octave_known", "bpm_trust", "bpm_consensus", "key", "key_trust"),
)
"""``path``, ``genre`` and ``bpm_octave_known`` are what ``segue evaluate`` calls ``file``, ``genres`` and a trust."""


def write_rows(rows: Sequence[Row], out: Path, append: bool = False) -> int:
    """Writes the CSV, whole or not at all.

    Args:
        rows: with splits.
        out: the file; audio below its folder is named relative to it, so that both can move together.
        append: keep the rows of other sets that are in the file already; rows of the same sets are replaced.

    Returns:
        How many rows the file has now.

    Raises:
        InvalidRequest: the file is there and ``append`` was not asked for, or it was not written by this command, or
            two rows have one id.
    """
    kept = _kept(out, {row.source for row in rows}, append)
    cells = kept + [_cells(row, Path(os.path.abspath(out)).parent) for row in rows]
    twice = [identity for identity, count in Counter(row["id"] for row in cells).items() if count > 1]
    if twice:
        raise InvalidRequest(f"{len(twice)} ids are there twice, for example {twice[0]!r}; name each recording once.")
    draft = out.with_name(out.name + ".part")
    with draft.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(cells)
    draft.replace(out)
    return len(cells)


def check_target(out: Path, append: bool) -> None:
    """Before the work begins.

    Raises:
        InvalidRequest: as :func:`write_rows`.
    """
    _kept(out, set(), append)


def _kept(out: Path, replaced: set[str], append: bool) -> list[dict[str, str]]:
    if not out.parent.is_dir():
        raise InvalidRequest(f"{out} cannot be written: {out.parent} is no folder.")
    if not out.exists():
        return []
    if not append:
        raise InvalidRequest(f"{out} is there already; name another file, or add to it with --append.")
    with out.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise InvalidRequest(f"{out} was not written by 'segue train import'; name another file.")
        return [row for row in reader if row["source"] not in replaced]


def _cells(row: Row, folder: Path) -> dict[str, str]:
    file = Path(os.path.abspath(row.file))
    name = file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)
    genres = ";".join(row.genres)
    return {
        "id": row.id,
        "file": name,
        "path": name,
        "source": row.source,
        "group": row.group,
        "split": row.split,
        "generated": "0",
        "licence": row.licence,
        "artist": row.artist,
        "title": row.title,
        "genres": genres,
        "genre": genres,
        "instruments": ";".join(row.instruments),
        "bpm": f"{row.bpm:.6g}" if row.bpm else "",
        "bpm_octave_known": str(int(row.bpm_trust != ESTIMATED_BPM)) if row.bpm else "",
        "bpm_trust": row.bpm_trust,
        "bpm_consensus": "",
        "key": row.key.name if row.key else "",
        "key_trust": row.key_trust,
    }
