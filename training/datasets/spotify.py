"""Spotify features: a CSV of tracks with Spotify's audio features, the form that theses and Kaggle sets have.

One row per track. Columns are found by name, in any order and case, with or without ``_`` and blanks:

- the audio: ``file``, ``path``, ``filename``, ``audio`` or ``preview`` (also ``..._path``, ``..._file``,
  ``preview_url``), relative to the CSV or to the folder of audio; of a URL the last part counts, nothing is fetched.
  Without such a column, or where it leads nowhere, the file is looked for by the track's id;
- ``id``, ``track_id``, ``spotify_id`` or ``uri``. An id or an audio column is needed;
- ``artist``, ``artists`` or ``artist_name``: of several the first is the group;
- ``tempo`` or ``bpm``; ``key`` (0 to 11 from C, -1 for none, or a name) with ``mode`` (1 major, 0 minor); one of these
  or a column of genres is needed;
- ``genre``, ``genres``, ``track_genre``, ``artist_genres``, ``playlist_genre``, ``playlist_subgenre``: names or lists
  of names;
- ``track``, ``track_name``, ``name`` or ``title``; ``split``.

Rows of one id are one track with the genres of all. Energy, danceability and the other features are left: Segue
defines its own energy (docs/training.md). Tempo and key are estimates by Spotify, not labels by people, so tempi
count as known up to the octave and keys at the lowest trust.

Licence: that of whoever owns the recordings; Spotify's developer terms forbid training models on its content.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from segue.key import Key
from training.datasets.base import ESTIMATED_BPM, ESTIMATED_KEY, DatasetInvalid, Ledger, Place, Row, read_table
from training.datasets.split import PUBLISHED
from training.datasets.words import bare

SOURCE = "spotify"
LAYOUT = (
    "A Spotify CSV has a column of audio files (file, path, preview) or of ids (id, track_id), and tempo, key with "
    "mode, or genres; artist keeps artists on one side of the split."
)
LICENCE = "the recordings' owners; Spotify's developer terms forbid training models on its content"
COLUMNS = {
    "audio": (
        *("file", "path", "filepath", "filename", "audio", "audiofile", "audiopath"),
        *("preview", "previewfile", "previewpath", "previewurl", "mp3", "mp3path"),
    ),
    "id": ("id", "trackid", "spotifyid", "spotifytrackid", "uri", "trackuri", "spotifyuri"),
    "title": ("track", "trackname", "name", "title", "song", "songname"),
    "artist": ("artist", "artists", "artistname", "artistnames", "trackartist"),
    "tempo": ("tempo", "bpm"),
    "key": ("key",),
    "mode": ("mode", "audiomode"),
    "genre": (
        *("genre", "genres", "trackgenre", "trackgenres", "artistgenre", "artistgenres"),
        *("playlistgenre", "playlistsubgenre", "tags"),
    ),
    "split": ("split", "set", "subset"),
}
"""Meaning -> names without case and punctuation, the most telling first."""


@dataclass(frozen=True)
class _Header:
    """Which of a CSV's columns mean what."""

    columns: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, names: Iterable[str]) -> _Header:
        known = {bare(name): name for name in names}
        return cls({what: tuple(known[n] for n in spelt if n in known) for what, spelt in COLUMNS.items()})

    @property
    def usable(self) -> bool:
        audio = self.columns["audio"] or self.columns["id"]
        return bool(audio and (self.columns["tempo"] or self.columns["key"] or self.columns["genre"]))

    def cells(self, row: dict[str, str], what: str) -> list[str]:
        return [row[column] for column in self.columns[what] if row.get(column)]

    def first(self, row: dict[str, str], what: str) -> str:
        return next(iter(self.cells(row, what)), "")


def load(place: Place) -> Ledger:
    """One row per track.

    Raises:
        DatasetInvalid: no CSV, or several, with the columns that are needed, or no audio found.
    """
    ledger, tracks = Ledger(), dict[str, Row]()
    table, header = _table(place)
    if header.columns["key"] and not header.columns["mode"]:
        ledger.notes.append("no column mode: keys given as numbers are left out")
    if not header.columns["artist"]:
        ledger.notes.append("no column artist: every track is a group of its own, artists may be on both sides")
    for row in read_table(table):
        named = header.cells(row, "audio")
        identity = header.first(row, "id").rpartition(":")[2]
        file = ledger.usable(next(iter(named), identity), _audio(place, table.parent, named, identity))
        if file is None:
            continue
        track = _row(row, header, file, identity, ledger)
        before = tracks.get(track.id)
        if before:
            track = replace(before, genres=tuple(sorted({*before.genres, *track.genres})))
        tracks[track.id] = track
    ledger.rows.extend(tracks.values())
    ledger.expect_rows(place, LAYOUT)
    return ledger


def _table(place: Place) -> tuple[Path, _Header]:
    tables = [place.root] if place.root.is_file() else sorted(place.root.glob("*.csv"))
    headers = {table: _Header.of(next(read_table(table), {})) for table in tables}
    usable = [table for table, header in headers.items() if header.usable]
    if len(usable) != 1:
        told = f"{len(usable)} such CSVs, name one of them" if usable else f"none among {len(tables)} CSVs"
        raise DatasetInvalid(f"{place.root} holds {told}. {LAYOUT}")
    return usable[0], headers[usable[0]]


def _audio(place: Place, folder: Path, named: list[str], identity: str) -> Path | None:
    """The file that a row means, by its cells, else by its id."""
    for cell in named:
        if "://" in cell:
            cell = Path(unquote(urlsplit(cell).path)).name
        direct = [base / cell for base in (folder, place.audio.root)]
        found = next((path for path in direct if path.is_file()), None) or place.audio.find(cell)
        if found:
            return found
    return place.audio.find(identity) if identity else None


def _row(row: dict[str, str], header: _Header, file: Path, identity: str, ledger: Ledger) -> Row:
    name = "spotify-" + re.sub(r"[^\w.-]+", "_", identity or str(file.with_suffix("")))
    artist = next(iter(_listed(header.first(row, "artist"))), "")
    bpm = ledger.tempo(header.first(row, "tempo"))
    key = _key(header.first(row, "key"), header.first(row, "mode"), ledger)
    return Row(
        id=name,
        file=file,
        source=SOURCE,
        group=ledger.by_artist(artist, name),
        split=PUBLISHED.get(header.first(row, "split").casefold(), ""),
        genres=ledger.genres(word for cell in header.cells(row, "genre") for word in _listed(cell, commas=True)),
        bpm=bpm,
        bpm_trust=ESTIMATED_BPM if bpm else "",
        key=key,
        key_trust=ESTIMATED_KEY if key else "",
        title=header.first(row, "title"),
        artist=artist,
        licence=LICENCE,
    )


def _listed(cell: str, commas: bool = False) -> list[str]:
    """Names of a cell: ``"['a', 'b']"``, ``"a;b"``, or ``"a, b"`` where names have no commas of their own."""
    if cell.startswith("["):
        try:
            return [str(name).strip() for name in ast.literal_eval(cell) if str(name).strip()]
        except (ValueError, SyntaxError, TypeError):
            cell, commas = cell.strip("[]"), True
    return [name.strip(" '\"") for name in re.split("[;|,]" if commas else "[;|]", cell) if name.strip(" '\"")]


def _key(key: str, mode: str, ledger: Ledger) -> Key | None:
    """A key from Spotify's numbers, or from a name with or without its mode."""
    minor = mode.casefold() in ("0", "0.0", "minor", "min", "m")
    if not minor and mode.casefold() not in ("1", "1.0", "major", "maj", ""):
        ledger.left_out["key whose mode is neither 0 nor 1"] += 1
        return None
    try:
        tonic = int(float(key))
    except ValueError:
        return ledger.key(f"{key} {'minor' if minor else 'major'}" if mode and len(key) <= 2 else key)
    if tonic == -1 or not mode:
        return None
    if not 0 <= tonic <= 11:
        ledger.left_out["key that is no number of -1 to 11"] += 1
        return None
    return Key(tonic, "minor" if minor else "major")
