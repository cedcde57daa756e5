"""Corpus: what is known of each training recording, and where its cached features are.

Three corpora share one form: ``real`` (recorded and generated music with labels and teacher scores), ``studio``
(our own synthesiser, everything exactly known) and ``midi`` (songs with annotated key and beats, rendered).
A manifest holds one JSON line per entry beside one ``.npz`` of features each, so preparing is resumable
and adding a corpus changes nothing else.
"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from models.crnn.vocabulary import TAGS
from segue.errors import InvalidRequest, SegueError
from segue.key import Key

STEM_SOURCES = frozenset({"mgeldm", "mtmusicldm", "streammusicgen", "musicgenstem"})
"""Sources of single stems and small mixes: their genre words mean nothing."""

_COLUMNS = (
    *("id", "file", "source", "group", "split", "generated", "genres", "instruments"),
    *("bpm", "bpm_trust", "bpm_consensus", "key", "key_trust"),
)

TempoTrust = Literal["exact", "octave_unknown", "asked_for", "none"]


@dataclass(frozen=True)
class Entry:
    """One recording.

    Attributes:
        id: unique in its corpus, fit for a file name.
        corpus: ``"real"``, ``"studio"`` or ``"midi"``.
        group: recordings of one work, artist, album or prompt; never on both sides of a split.
        split: ``"train"`` or ``"dev"``.
        tags: labels of the vocabulary that are named.
        bpm: reference tempo, by ``bpm_trust``.
        bpm_trust: ``"asked_for"`` is a prompt's wish, ``"octave_unknown"`` may be off by a factor of two.
        key: reference key class 0..23.
        key_weight: how far to trust it, in (0, 1].
        generated: made by a model from words.
        stem: a single stem or small mix.
    """

    id: str
    corpus: str
    group: str
    split: str
    tags: tuple[str, ...] = ()
    bpm: float | None = None
    bpm_trust: TempoTrust = "none"
    key: int | None = None
    key_weight: float = 0.0
    generated: bool = False
    stem: bool = False

    def features_path(self, cache: Path) -> Path:
        """Where its features are cached."""
        return cache / self.corpus / f"{self.id}.npz"


def append_to_manifest(cache: Path, entry: Entry) -> None:
    """Adds one entry to its corpus, once its features are cached."""
    path = cache / entry.corpus / "manifest.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(entry)) + "\n")


def prepared_ids(cache: Path, corpus: str) -> set[str]:
    """Ids that a corpus has already; none where it has not been begun."""
    begun = (cache / corpus / "manifest.jsonl").exists()
    return {entry.id for entry in read_manifest(cache, corpus)} if begun else set()


def read_manifest(cache: Path, corpus: str) -> list[Entry]:
    """Entries of a corpus, in the order they were prepared; of one id the last counts.

    Raises:
        SegueError: the corpus has not been prepared.
    """
    path = cache / corpus / "manifest.jsonl"
    if not path.exists():
        raise SegueError(f"{path} is missing; 'segue train prepare-{corpus}' makes it.")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    entries = {row["id"]: Entry(**{**row, "tags": tuple(row["tags"])}) for row in rows}
    return list(entries.values())


def read_tracks_csv(path: Path) -> list[tuple[Entry, Path]]:
    """Entries of a labelled music folder with the audio file of each.

    Columns are :data:`_COLUMNS` in any order, others are ignored; genres and instruments are separated by ``;``.

    Raises:
        InvalidRequest: the file lacks a column.
    """
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise InvalidRequest(f"{path} has no column {missing[0]!r}; needed are {', '.join(_COLUMNS)}.")
        rows = list(reader)
    return [(_entry(row), path.parent / row["file"]) for row in rows]


def _entry(row: dict[str, str]) -> Entry:
    bpm, trust = _tempo(row)
    key_weight = _KEY_WEIGHTS.get(row["key_trust"][:6], 0.0) if row["key"] else 0.0
    words = [f"genre---{word}" for word in row["genres"].split(";") if word]
    words += [f"instrument---{word}" for word in row["instruments"].split(";") if word]
    return Entry(
        id=row["id"],
        corpus="real",
        group=row["group"],
        split=row["split"],
        tags=tuple(word for word in words if word in TAGS),
        bpm=bpm,
        bpm_trust=trust,
        key=Key.parse(row["key"]).index if row["key"] else None,
        key_weight=key_weight,
        generated=row["generated"] == "1",
        stem=row["source"] in STEM_SOURCES,
    )


_KEY_WEIGHTS = {"4 of 4": 1.0, "3 of 4": 0.7, "2 of 2": 0.4}


def _tempo(row: dict[str, str]) -> tuple[float | None, TempoTrust]:
    """The most trusted tempo of a row: catalogue, consensus, grid, then what a prompt asked for."""
    if row["bpm"] and row["bpm_trust"] == "catalogue":
        return float(row["bpm"]), "exact"
    if row["bpm_consensus"]:
        return float(row["bpm_consensus"]), "exact"
    if row["bpm"] and row["bpm_trust"].startswith("grid"):
        return float(row["bpm"]), "octave_unknown"
    if row["bpm"] and row["source"] != "tomi":  # that source says 120 throughout
        return float(row["bpm"]), "asked_for"
    return None, "none"
