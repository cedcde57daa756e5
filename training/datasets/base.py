"""What every loader shares: one row per recording, and the ledger of what was found, missing and left out."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from segue.errors import SegueError, UnknownKey
from segue.key import Key
from training.datasets.audio import AudioIndex
from training.datasets.words import genre_names, instrument_names

LOWEST_BPM, HIGHEST_BPM = 20.0, 400.0
MAX_CELL = 1 << 24  # characters; biographies in FMA's tracks.csv are long

ANNOTATED_BPM = "catalogue"
ESTIMATED_BPM = "grid (an estimate: fold octaves)"
ANNOTATED_KEY = "4 of 4 (annotated)"
ESTIMATED_KEY = "2 of 2 (an estimate)"
"""Trust as ``training.corpus`` reads it: the level comes first, its reason in brackets."""


class DatasetInvalid(SegueError):
    """What lies in the folder is not the dataset that was named."""

    code = "dataset_invalid"


@dataclass(frozen=True)
class Row:
    """One recording.

    Attributes:
        id: unique over all sets, fit for a file name: ``"gtzan-blues.00000"``.
        file: the audio.
        source: name of the set.
        group: the artist, or what stands for it; never on both sides of a split.
        split: ``"train"``, ``"dev"`` or ``"test"`` where the set publishes one, else empty.
        genres: names of the vocabulary.
        instruments: names of the vocabulary, or the wider ``"guitar"``.
        bpm: beats per minute.
        bpm_trust: :data:`ANNOTATED_BPM` or :data:`ESTIMATED_BPM`, empty without a tempo.
        key: the key.
        key_trust: :data:`ANNOTATED_KEY` or :data:`ESTIMATED_KEY`, empty without a key.
        title: for people.
        artist: for people.
        licence: of the audio, as far as the set states it.
    """

    id: str
    file: Path
    source: str
    group: str
    split: str = ""
    genres: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    bpm: float | None = None
    bpm_trust: str = ""
    key: Key | None = None
    key_trust: str = ""
    title: str = ""
    artist: str = ""
    licence: str = ""

    @property
    def labelled(self) -> bool:
        """Whether anything is known of it."""
        return bool(self.genres or self.instruments or self.bpm or self.key)


@dataclass(frozen=True)
class Place:
    """Where a set lies.

    Attributes:
        root: folder that was named; for a set of one CSV that file.
        audio: all audio files below it, or below another folder that was named for audio.
    """

    root: Path
    audio: AudioIndex

    @property
    def folder(self) -> Path:
        """The root, or the folder it lies in."""
        return self.root if self.root.is_dir() else self.root.parent

    def find(self, *candidates: str) -> Path | None:
        """The first of these files or folders below the root."""
        return next((self.folder / name for name in candidates if (self.folder / name).exists()), None)

    def need(self, layout: str, *candidates: str) -> Path:
        """Like :meth:`find`.

        Raises:
            DatasetInvalid: none of them is there.
        """
        found = self.find(*candidates)
        if found is None:
            there = sorted(path.name for path in self.folder.iterdir() if not path.name.startswith("."))
            shown = ", ".join(there[:8]) + (" ..." if len(there) > 8 else "")
            raise DatasetInvalid(f"{self.folder} has no {candidates[0]}; it holds {shown or 'nothing'}. {layout}")
        return found


@dataclass
class Ledger:
    """What a loader found; it keeps count, so that nothing is lost in silence.

    Attributes:
        rows: recordings whose audio is there.
        missing: files that the labels name and that are not there.
        empty: files of 0 bytes.
        left_out: reason -> how many.
        unknown_words: word -> how often it stood for nothing in our vocabulary.
        notes: what people should know of this import.
        known: files that the labels name, used or not.
    """

    rows: list[Row] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    unknown_words: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    known: set[Path] = field(default_factory=set)

    def leave_out(self, reason: str, file: Path) -> None:
        """Counts a file that is not used on purpose."""
        self.left_out[reason] += 1
        self.known.add(file)

    def usable(self, name: str, file: Path | None) -> Path | None:
        """The file, if it is there and not empty; else it is noted under its name."""
        if file is None:
            self.missing.append(name)
            return None
        self.known.add(file)
        if not file.stat().st_size:
            self.empty.append(name)
            return None
        return file

    def genres(self, words: Iterable[str]) -> tuple[str, ...]:
        """Names of the vocabulary for a set's genre words, sorted."""
        return self._translate({word: genre_names(word) for word in words})

    def instruments(self, words: Iterable[str]) -> tuple[str, ...]:
        """Names of the vocabulary for a set's instrument words, sorted."""
        return self._translate({word: instrument_names(word) for word in words})

    def either(self, words: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Genres and instruments for words that may be one or the other."""
        words = list(words)
        self.unknown_words.update(word for word in words if not (genre_names(word) or instrument_names(word)))
        genres = {name for word in words for name in genre_names(word)}
        instruments = {name for word in words for name in instrument_names(word)}
        return tuple(sorted(genres)), tuple(sorted(instruments))

    def _translate(self, names: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
        self.unknown_words.update(word for word, known in names.items() if not known)
        return tuple(sorted({name for known in names.values() for name in known}))

    def tempo(self, text: str) -> float | None:
        """Beats per minute; 0 and nothing mean unknown, what cannot be a tempo is counted and left out."""
        try:
            bpm = float(text.strip() or 0)
        except ValueError:
            bpm = math.nan
        if bpm == 0:
            return None
        if not LOWEST_BPM <= bpm <= HIGHEST_BPM:
            self.left_out[f"tempo that is no number of {LOWEST_BPM:.0f} to {HIGHEST_BPM:.0f} BPM"] += 1
            return None
        return bpm

    def key(self, text: str) -> Key | None:
        """A key in any notation; what cannot be read is counted and left out."""
        if not text.strip():
            return None
        try:
            return Key.parse(text)
        except UnknownKey:
            self.left_out["key that cannot be read"] += 1
            return None

    def by_artist(self, name: str, otherwise: str) -> str:
        """The artist's group; where no artist is named the recording is a group of its own, and that is counted."""
        if name.strip():
            return artist_group(name)
        self.left_out["artist that is not named, so a group of its own"] += 1
        return otherwise

    def expect_rows(self, place: Place, layout: str) -> None:
        """Ends a loader.

        Raises:
            DatasetInvalid: not one file that the labels name was found.
        """
        if not self.rows:
            named = self.missing + self.empty
            told = (
                f"None of {len(named)} named files is usable, for example {named[0]}"
                if named
                else "No file is named as in this set"
            )
            raise DatasetInvalid(f"{told}; {place.audio.root} holds {len(place.audio)} audio files. {layout}")


def read_text(path: Path) -> str:
    """A small text file; bytes that are not UTF-8 are replaced, so that they cannot be read as a label."""
    return path.read_text(encoding="utf-8-sig", errors="replace")


def artist_group(name: str) -> str:
    """Group of an artist, the same in every set that writes the name the same way but for case and spaces."""
    return f"artist:{' '.join(name.casefold().split())}"


def read_table(path: Path, needed: Iterable[str] = (), delimiter: str | None = None) -> Iterator[dict[str, str]]:
    """Rows of a CSV or TSV in UTF-8 as dicts, cells stripped; a short row is filled with empty cells.

    Args:
        path: the file.
        needed: columns that must be there.
        delimiter: by default a tab where the header has one, else a comma.

    Raises:
        DatasetInvalid: unreadable, or a column is missing.
    """
    csv.field_size_limit(MAX_CELL)
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            header = file.readline()
            file.seek(0)
            reader = csv.DictReader(file, delimiter=delimiter or ("\t" if "\t" in header else ","), restval="")
            columns = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            lacking = [name for name in needed if name not in columns]
            if lacking:
                told = ", ".join(columns[:8]) + (" ..." if len(columns) > 8 else "")
                raise DatasetInvalid(f"{path} has no column {lacking[0]!r}; its header is {told or 'empty'}.")
            for row in reader:
                yield {name: cell.strip() for name, cell in row.items() if isinstance(name, str)}
    except (OSError, csv.Error) as error:
        raise DatasetInvalid(f"{path} cannot be read as a table: {error}.") from error
