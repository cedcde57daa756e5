"""GiantSteps key: 604 Beatport previews of 2 minutes with one key each (Knees et al., ISMIR 2015).

Layout: ``audio/10089.LOFI.mp3`` and ``annotations/key/10089.LOFI.key`` with a line like ``D# minor``; keys in the
project's own form in ``annotations/giantsteps/`` are read where the former is missing. ``annotations/genre/`` is
optional.

Licence: previews of commercial recordings, research only; no artist is named.
"""

from __future__ import annotations

from training.datasets.base import ANNOTATED_KEY, DatasetInvalid, Ledger, Place, Row
from training.datasets.giantsteps import LICENCE, beatport_genres, beatport_id, labels_of, last_line

SOURCE = "giantsteps-key"
LAYOUT = "GiantSteps key is a folder with audio/<id>.LOFI.mp3 and annotations/key/<id>.LOFI.key ('D# minor')."
KEYS, PROJECT = "annotations/key", "annotations/giantsteps"


def load(place: Place) -> Ledger:
    """One row per annotated preview.

    Raises:
        DatasetInvalid: no annotations, or no preview found.
    """
    ledger = Ledger()
    annotations = labels_of(place.folder / PROJECT, ".key") | labels_of(place.folder / KEYS, ".key")
    if not annotations:
        place.need(LAYOUT, KEYS)
        raise DatasetInvalid(f"{place.folder / KEYS} holds no .key files. {LAYOUT}")
    for stem, path in sorted(annotations.items()):
        file = ledger.usable(f"{stem}.mp3", place.audio.find(stem))
        if file is None:
            continue
        key = ledger.key(" ".join(last_line(path).split()[-2:]))
        ledger.rows.append(
            Row(
                id=f"gskey-{beatport_id(stem)}",
                file=file,
                source=SOURCE,
                group=f"beatport:{beatport_id(stem)}",
                genres=beatport_genres(place, stem, ledger),
                key=key,
                key_trust=ANNOTATED_KEY if key else "",
                title=stem,
                licence=LICENCE,
            )
        )
    ledger.expect_rows(place, LAYOUT)
    return ledger
