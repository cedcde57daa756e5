"""GiantSteps tempo: 664 Beatport previews of 2 minutes with one tempo each (Knees et al., ISMIR 2015).

The second edition of the annotations is by Schreiber and Müller (ISMIR 2018).

Layout: ``audio/1030011.LOFI.mp3`` and ``annotations_v2/tempo/1030011.LOFI.bpm``; without the latter
``annotations_v2/mirex/*.mirex`` (two tempi and the share of the first; the stronger is taken), else
``annotations/tempo/*.bpm`` of the first edition. 0.0 means that there is no tempo. ``annotations/genre/`` is optional.
The ten folds of ``splits/`` are for cross-validation and are not used.

Licence: previews of commercial recordings, research only; no artist is named.
"""

from __future__ import annotations

from pathlib import Path

from training.datasets.base import ANNOTATED_BPM, DatasetInvalid, Ledger, Place, Row
from training.datasets.giantsteps import LICENCE, beatport_genres, beatport_id, labels_of, last_line

SOURCE = "giantsteps-tempo"
LAYOUT = "GiantSteps tempo is a folder with audio/<id>.LOFI.mp3 and annotations_v2/tempo/<id>.LOFI.bpm."
V2, MIREX, V1 = "annotations_v2/tempo", "annotations_v2/mirex", "annotations/tempo"


def load(place: Place) -> Ledger:
    """One row per annotated preview.

    Raises:
        DatasetInvalid: no annotations, or no preview found.
    """
    ledger = Ledger()
    for stem, path in sorted(_annotations(place, ledger).items()):
        file = ledger.usable(f"{stem}.mp3", place.audio.find(stem))
        if file is None:
            continue
        bpm = ledger.tempo(_tempo(path))
        ledger.rows.append(
            Row(
                id=f"gstempo-{beatport_id(stem)}",
                file=file,
                source=SOURCE,
                group=f"beatport:{beatport_id(stem)}",
                genres=beatport_genres(place, stem, ledger),
                bpm=bpm,
                bpm_trust=ANNOTATED_BPM if bpm else "",
                title=stem,
                licence=LICENCE,
            )
        )
    ledger.expect_rows(place, LAYOUT)
    return ledger


def _annotations(place: Place, ledger: Ledger) -> dict[str, Path]:
    """Preview -> its best annotation."""
    second = labels_of(place.folder / MIREX, ".mirex") | labels_of(place.folder / V2, ".bpm")
    if second:
        return second
    first = labels_of(place.folder / V1, ".bpm")
    if not first:
        place.need(LAYOUT, V2)
        raise DatasetInvalid(f"{place.folder / V2} holds no .bpm files. {LAYOUT}")
    ledger.notes.append("no annotations_v2: the tempi of the first edition, which the second corrects")
    return first


def _tempo(path: Path) -> str:
    """The tempo as written; of two the one with the larger share."""
    words = last_line(path).split()
    if path.suffix == ".mirex" and len(words) == 3:
        try:
            return words[0] if float(words[2]) >= 0.5 else words[1]
        except ValueError:
            return last_line(path)
    return words[-1] if words else ""
