"""Writes a manifest from the shared ``tracks.csv``, keeping only labels that can be trusted.

    python -m training.evaluate.devset SHARED_DIR OUT.csv [--split dev]

Tempo: the catalogue's word, else the consensus of independent estimators. Where the catalogue and the consensus are
an octave apart, the octave counts as unknown. A grid (a multiple of the beat) takes the consensus' octave where they
agree, is folded to 70..140 BPM with unknown octave where there is no consensus, and is dropped where they contradict
each other. A tempo that was only asked for in a prompt is no label. Key: at least 3 of 4 estimators agree. Genre
is emptied for sources of single stems.

Consensus labels were made from the very peers whose answers are in the ``peer_*`` columns: scores of these peers
against such labels flatter them. ``bpm_trust`` and ``key_trust`` say where a label comes from.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STEM_SOURCES = frozenset({"mgeldm", "mtmusicldm", "streammusicgen", "musicgenstem"})
TRUSTED_KEYS = ("4 of 4", "3 of 4")
GRID_TOP_BPM = 140.0  # grids are folded to the octave below it
AGREEMENT = 0.04
COLUMNS = (
    "path",
    "genre",
    "instruments",
    "bpm",
    "bpm_octave_known",
    "bpm_trust",
    "key",
    "key_trust",
    "group",
    "split",
    "generated",
    "source",
)


@dataclass(frozen=True)
class TempoLabel:
    """A tempo with where it comes from.

    Attributes:
        bpm: beats per minute; None where nothing trustworthy is known.
        octave_known: whether the octave can be trusted.
        trust: ``catalogue``, ``consensus``, ``grid``, ``grid+consensus`` or empty.
    """

    bpm: float | None = None
    octave_known: bool = False
    trust: str = ""


def tempo_label(bpm: str, trust: str, consensus: str) -> TempoLabel:
    """The tempo to trust, from the three cells of ``tracks.csv``."""
    heard = float(consensus) if consensus else None
    if trust == "catalogue":
        said = float(bpm)
        octave_apart = heard is not None and not _agree(said, heard) and _agree(said, _same_octave(heard, said))
        return TempoLabel(said, not octave_apart, "catalogue")
    if trust.startswith("grid"):
        return _grid_label(float(bpm), heard)
    return TempoLabel(heard, True, "consensus") if heard else TempoLabel()


def _grid_label(grid: float, heard: float | None) -> TempoLabel:
    if heard is None:
        octaves_above = math.ceil(math.log2(grid / GRID_TOP_BPM))
        return TempoLabel(grid / 2.0**octaves_above, False, "grid")
    folded = _same_octave(grid, heard)
    return TempoLabel(folded, True, "grid+consensus") if _agree(folded, heard) else TempoLabel()


def _same_octave(bpm: float, near: float) -> float:
    """The tempo doubled or halved until it lies nearest to the other."""
    return float(bpm * 2.0 ** round(math.log2(near / bpm)))


def _agree(a: float, b: float) -> bool:
    return abs(a - b) <= AGREEMENT * b


def manifest_row(row: Mapping[str, str], folder: Path) -> dict[str, str]:
    """One row of the manifest from one row of ``tracks.csv``."""
    tempo = tempo_label(row["bpm"], row["bpm_trust"], row["bpm_consensus"])
    trusted = row["key_trust"].startswith(TRUSTED_KEYS)
    kept = {
        "path": str(folder / row["file"]),
        "genre": "" if row["source"] in STEM_SOURCES else row["genres"],
        "instruments": row["instruments"],
        "bpm": "" if tempo.bpm is None else f"{tempo.bpm:g}",
        "bpm_octave_known": str(int(tempo.octave_known)) if tempo.bpm else "",
        "bpm_trust": tempo.trust,
        "key": row["key"] if trusted else "",
        "key_trust": row["key_trust"] if trusted else "",
        "group": row["group"],
        "split": row["split"],
        "generated": row["generated"],
        "source": row["source"],
    }
    return kept | {column: cell for column, cell in row.items() if column.startswith("peer_")}


def write_manifest(shared: Path, out: Path, split: str | None = None) -> int:
    """Writes the manifest.

    Args:
        shared: folder with ``tracks.csv``.
        out: the CSV to write.
        split: ``"train"`` or ``"dev"``; both when None.

    Returns:
        How many rows it has.
    """
    with (shared / "tracks.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if split is None or row["split"] == split]
    peers = [column for column in rows[0] if column.startswith("peer_")] if rows else []
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*COLUMNS, *peers])
        writer.writeheader()
        writer.writerows(manifest_row(row, shared.resolve()) for row in rows)
    return len(rows)


def main() -> None:
    """Reads the command line and writes the manifest."""
    parser = argparse.ArgumentParser(description="Write a manifest with trustworthy labels from tracks.csv.")
    parser.add_argument("shared", type=Path, help="folder with tracks.csv")
    parser.add_argument("out", type=Path, help="CSV to write")
    parser.add_argument("--split", choices=("train", "dev"), help="only this split")
    options = parser.parse_args()
    n_rows = write_manifest(options.shared, options.out, options.split)
    print(f"{n_rows} rows written to {options.out}")


if __name__ == "__main__":
    main()
