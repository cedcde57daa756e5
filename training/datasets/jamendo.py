"""MTG-Jamendo: 55,609 full tracks with tags by their uploaders (Bogdanov et al., ICML workshop 2019).

Layout: the metadata repository's ``data/autotagging.tsv`` (or another of :data:`TABLES`) and ``data/splits/split-0/``,
and the audio as unpacked, at any depth: ``48/948.mp3`` (``raw_30s/audio``) or ``48/948.low.mp3``
(``raw_30s/audio-low``). Columns are TRACK_ID, ARTIST_ID, ALBUM_ID, PATH, DURATION, TAGS and one more per further tag.

Split 0 is kept: training, validation (our ``dev``) and test, disjoint in artists. Tracks outside the split go where
their artist is. Moods and themes are not ours and are dropped.

Licence: audio under the Creative Commons licence of each track (``audio_licenses.txt``, some of them NC or ND);
metadata under CC BY-NC-SA 4.0, not for commercial use.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from training.datasets.base import DatasetInvalid, Ledger, Place, Row
from training.datasets.split import PUBLISHED

SOURCE = "mtg-jamendo"
LAYOUT = (
    "MTG-Jamendo is a folder with data/autotagging.tsv and data/splits/split-0/ of its metadata repository and the "
    "audio as 48/948.mp3 or 48/948.low.mp3 (at any depth)."
)
LICENCE = "Creative Commons, by track: audio_licenses.txt"
TABLES = (
    *("autotagging", "raw_30s_cleantags_50artists", "raw_30s_cleantags", "raw_30s"),
    *("autotagging_genre", "autotagging_instrument", "autotagging_top50tags", "autotagging_moodtheme"),
)
_COLUMNS = ("TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS")
_SPLIT_NAMES = ("autotagging", "autotagging_genre", "autotagging_instrument", "autotagging_top50tags")


def load(place: Place) -> Ledger:
    """One row per track.

    Raises:
        DatasetInvalid: no table, one of another form, or no track found.
    """
    ledger = Ledger()
    folders = ("data/", "", "mtg-jamendo-dataset/data/")
    table = place.need(LAYOUT, *(f"{folder}{name}.tsv" for folder in folders for name in TABLES))
    splits = _published(place, table.parent)
    if not splits:
        ledger.notes.append(f"no {table.parent.name}/splits/split-0: rows are divided by artist")
    for track_id, artist_id, _album, path, _duration, *tags in _read(table):
        file = ledger.usable(path, place.audio.find(path))
        if file is None:
            continue
        words = [tag.partition("---") for tag in tags]
        ledger.rows.append(
            Row(
                id=f"jamendo-{track_id.removeprefix('track_').lstrip('0')}",
                file=file,
                source=SOURCE,
                group=f"jamendo:{artist_id}",
                split=splits.get(track_id, ""),
                genres=ledger.genres(word for category, _, word in words if category == "genre"),
                instruments=ledger.instruments(word for category, _, word in words if category == "instrument"),
                artist=artist_id,
                title=track_id,
                licence=LICENCE,
            )
        )
    ledger.expect_rows(place, LAYOUT)
    return ledger


def _published(place: Place, data: Path) -> dict[str, str]:
    """Track id -> split, of all the splits' tables that are there; they agree with each other."""
    splits: dict[str, str] = {}
    for folder in (data / "splits" / "split-0", place.folder / "splits" / "split-0"):
        for name in _SPLIT_NAMES:
            for part in ("train", "validation", "test"):
                table = folder / f"{name}-{part}.tsv"
                if table.exists():
                    splits.update((cells[0], PUBLISHED[part]) for cells in _read(table))
    return splits


def _read(path: Path) -> Iterator[list[str]]:
    """Rows of a table, one cell per tag from the sixth on."""
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        reader = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = next(reader, [])
        if tuple(header[:6]) != _COLUMNS:
            raise DatasetInvalid(f"{path} begins with {header[:6]}; its columns should be {', '.join(_COLUMNS)}.")
        for number, cells in enumerate(reader, start=2):
            if not cells:
                continue
            if len(cells) < len(_COLUMNS) - 1:
                raise DatasetInvalid(
                    f"Row {number} of {path} has {len(cells)} cells; at least 5 and the tags are needed."
                )
            yield cells
