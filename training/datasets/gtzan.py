"""GTZAN: 1,000 excerpts of 30 s in ten genres (Tzanetakis and Cook, 2002), faults and all (Sturm, 2013).

Layout: ``genres/<genre>/<genre>.00000.wav`` (or ``genres_original/``, or ``.au``). Optional, anywhere below the root:

- ``train_filtered.txt``, ``valid_filtered.txt``, ``test_filtered.txt`` with lines like ``blues/blues.00029.wav``: the
  fault-filtered split without shared artists (Kereliuk et al., 2015). It is kept, and what it leaves out is left out.
- ``gtzan_<genre>_00000.bpm``: tempo (Marchand and Peeters, 2015), as in the folder ``gtzan_tempo_beat-main/tempo``;
- ``<genre>.00000.lerch.txt``: key (Kraft et al., 2013), 0 to 11 for A to G# major, 12 to 23 minor, -1 for none.

``jazz.00054.wav`` is corrupt in the common copy and is left out. The set does not name artists, but excerpts of one
mostly stand together; without the lists ten neighbours are a group, which is careful but no proof.

Licence: none is stated; commercial recordings, for research alone.
"""

from __future__ import annotations

import re
from pathlib import Path

from segue.audio.limits import DEMUXERS
from segue.key import Key
from training.datasets.base import ANNOTATED_BPM, ANNOTATED_KEY, DatasetInvalid, Ledger, Place, Row, read_text

SOURCE = "gtzan"
GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")
LAYOUT = f"GTZAN is a folder with genres/<genre>/<genre>.00000.wav (or .au), the genres being {', '.join(GENRES)}."
LICENCE = "none stated; commercial recordings, research only"
CORRUPT = frozenset({"jazz.00054.wav"})
LISTS = {"train_filtered.txt": "train", "valid_filtered.txt": "dev", "test_filtered.txt": "test"}
N_NEIGHBOURS = 10
_NAME = re.compile(rf"({'|'.join(GENRES)})\.(\d{{5}})")
_A = 9  # pitch class where the key annotations begin to count


def load(place: Place) -> Ledger:
    """One row per excerpt.

    Raises:
        DatasetInvalid: no excerpt found, or the lists of the split are incomplete or of another form.
    """
    ledger = Ledger()
    splits = _filtered_split(place.folder)
    tempi = {path.stem: path for path in place.folder.rglob("gtzan_*.bpm")}
    keys = {path.name.removesuffix(".lerch.txt"): path for path in place.folder.rglob("*.lerch.txt")}
    if not splits:
        ledger.notes.append(
            f"no lists of a split: {N_NEIGHBOURS} neighbouring excerpts are a group, artists may be shared"
        )
    for name, found in _excerpts(place, ledger).items():
        if splits and name not in splits:
            ledger.leave_out("excerpt that the fault-filtered split leaves out", found)
            continue
        file = ledger.usable(name, found)
        if file is not None:
            ledger.rows.append(_row(name, file, splits, tempi, keys, ledger))
    ledger.missing += [name for name in splits if place.audio.find(name) is None]
    ledger.expect_rows(place, LAYOUT)
    return ledger


def _excerpts(place: Place, ledger: Ledger) -> dict[str, Path]:
    """``"blues.00000"`` -> its file, of ``.wav`` and ``.au`` the former unless it is corrupt."""
    excerpts: dict[str, Path] = {}
    for path in place.audio:
        if not _NAME.fullmatch(path.stem):
            continue
        if path.name in CORRUPT:
            if not path.with_suffix(".au").exists():
                ledger.leave_out(f"{path.name}, which is corrupt in the common copy", path)
                continue
            path = path.with_suffix(".au")
        excerpts.setdefault(path.stem, path)
    n_au = sum(path.suffix == ".au" for path in excerpts.values())
    if n_au and "au" not in DEMUXERS:
        ledger.notes.append(
            f"{n_au} files are .au, which Segue does not decode: convert them to .wav beside the originals"
        )
    return excerpts


def _row(
    name: str, file: Path, splits: dict[str, str], tempi: dict[str, Path], keys: dict[str, Path], ledger: Ledger
) -> Row:
    genre, number = name.split(".")
    tempo_file, key_file = tempi.get(f"gtzan_{genre}_{number}"), keys.get(name)
    bpm = ledger.tempo(read_text(tempo_file)) if tempo_file else None
    key = _key(read_text(key_file), ledger) if key_file else None
    split = splits.get(name, "")
    return Row(
        id=f"gtzan-{name}",
        file=file,
        source=SOURCE,
        group=f"gtzan:{genre}-{int(number) // N_NEIGHBOURS * N_NEIGHBOURS:05d}{split and '-' + split}",
        split=split,
        genres=ledger.genres([genre]),
        bpm=bpm,
        bpm_trust=ANNOTATED_BPM if bpm else "",
        key=key,
        key_trust=ANNOTATED_KEY if key else "",
        title=name,
        licence=LICENCE,
    )


def _key(text: str, ledger: Ledger) -> Key | None:
    try:
        number = int(text.split()[0])
    except (ValueError, IndexError):
        number = -2
    if number == -1:
        return None
    if not 0 <= number < 24:
        ledger.left_out["key that cannot be read"] += 1
        return None
    return Key((number + _A) % 12, "minor" if number >= 12 else "major")


def _filtered_split(root: Path) -> dict[str, str]:
    """``"blues.00029"`` -> split, empty where no list is there."""
    found = {name: next(root.rglob(name), None) for name in LISTS}
    there = {name: path for name, path in found.items() if path is not None}
    if there and len(there) < len(LISTS):
        lacking = next(name for name, path in found.items() if path is None)
        raise DatasetInvalid(f"{root} has {', '.join(there)} but no {lacking}; all three lists or none are needed.")
    splits: dict[str, str] = {}
    for name, path in there.items():
        for line in filter(None, map(str.strip, read_text(path).splitlines())):
            match = _NAME.search(line)
            if match is None:
                raise DatasetInvalid(f"{path} has the line {line!r}; lines should be like blues/blues.00029.wav.")
            splits[match[0]] = LISTS[name]
    return splits
