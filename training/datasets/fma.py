"""FMA: 106,574 tracks of the Free Music Archive with a hierarchy of 161 genres (Defferrard et al., ISMIR 2017).

Layout: ``fma_metadata/tracks.csv`` (three header rows: groups, names, ``track_id``) with ``genres.csv`` beside it, and
any of ``fma_small``, ``fma_medium``, ``fma_large`` (clips of 30 s) and ``fma_full``, each as ``000/000002.mp3``. What
counts as missing is judged by the largest of these folders that is there.

The published split is kept: training, validation (our ``dev``) and test. Genres are the track's own and its top
genre; ``genre_top`` alone where ``genres.csv`` is missing. FMA's "Lo-Fi" is a way of recording rock, not ours.

Licence: audio under the licence of each track, which goes into the column ``licence`` (many are NC or ND);
metadata under CC BY 4.0.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from training.datasets.base import MAX_CELL, DatasetInvalid, Ledger, Place, Row, read_table
from training.datasets.split import PUBLISHED

SOURCE = "fma"
LAYOUT = (
    "FMA is a folder with fma_metadata/tracks.csv and one of fma_small, fma_medium, fma_large, fma_full, each as "
    "000/000002.mp3."
)
SUBSETS = {"small": 0, "medium": 1, "large": 2, "full": 3}
"""Each holds those before it; ``large`` and ``full`` hold the same tracks."""
_NEEDED = (("set", "split"), ("artist", "name"), ("track", "genre_top"))
_NOT_OURS = frozenset({"Lo-Fi"})


def load(place: Place) -> Ledger:
    """One row per track whose audio is there.

    Raises:
        DatasetInvalid: ``tracks.csv`` is missing or has another header, or no track was found.
    """
    ledger = Ledger()
    table = place.need(LAYOUT, "fma_metadata/tracks.csv", "tracks.csv", "metadata/tracks.csv")
    genres = _genre_titles(table.with_name("genres.csv"))
    if not genres:
        ledger.notes.append("no genres.csv beside tracks.csv: top genres alone")
    largest = _largest_subset(place)
    for track_id, cells in _read(table):
        name = f"{track_id[:3]}/{track_id}.mp3"
        found = place.audio.find(name)
        if found is None and SUBSETS.get(cells.get(("set", "subset"), ""), 2) > largest:
            continue
        file = ledger.usable(name, found)
        if file is not None:
            ledger.rows.append(_row(track_id, file, cells, genres, ledger))
    ledger.expect_rows(place, LAYOUT)
    return ledger


def _row(track_id: str, file: Path, cells: dict[tuple[str, str], str], titles: dict[str, str], ledger: Ledger) -> Row:
    numbers = re.findall(r"\d+", cells.get(("track", "genres"), ""))
    words = {cells["track", "genre_top"], *(titles.get(number, "") for number in numbers)} - {""} - _NOT_OURS
    artist = cells["artist", "name"]
    return Row(
        id=f"fma-{int(track_id)}",
        file=file,
        source=SOURCE,
        group=ledger.by_artist(artist, f"fma-{int(track_id)}"),
        split=PUBLISHED.get(cells["set", "split"], ""),
        genres=ledger.genres(words),
        title=cells.get(("track", "title"), ""),
        artist=artist,
        licence=cells.get(("track", "license"), ""),
    )


def _largest_subset(place: Place) -> int:
    """Of the folders there; of ``fma_small`` and ``fma_large`` it is the latter."""
    named = [
        SUBSETS[name] for name in SUBSETS for folder in (place.folder, place.audio.root) if _is_there(folder, name)
    ]
    return max(named, default=SUBSETS["full"])


def _is_there(folder: Path, subset: str) -> bool:
    return folder.name == f"fma_{subset}" or (folder / f"fma_{subset}").is_dir()


def _genre_titles(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    return {row["genre_id"]: row["title"] for row in read_table(path, ("genre_id", "title"))}


def _read(path: Path) -> Iterator[tuple[str, dict[tuple[str, str], str]]]:
    """Six-digit track id and cells by ``(group, name)``."""
    csv.field_size_limit(MAX_CELL)
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        reader = csv.reader(file)
        groups, names = next(reader, []), next(reader, [])
        columns = list(zip(groups, names, strict=False))
        lacking = [column for column in _NEEDED if column not in columns]
        if lacking:
            raise DatasetInvalid(
                f"{path} has no column {'/'.join(lacking[0])}; FMA's tracks.csv has one header row of groups (album, "
                f"artist, set, track), one of names and one with track_id, this has {','.join(groups[:4])} above "
                f"{','.join(names[:4])}."
            )
        for cells in reader:
            if cells and cells[0].isdigit():
                yield f"{int(cells[0]):06d}", dict(zip(columns, (cell.strip() for cell in cells), strict=False))
