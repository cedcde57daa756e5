"""MagnaTagATune: 25,863 clips of 29 s with 188 tags from a listening game (Law et al., ISMIR 2009).

Layout: ``annotations_final.csv`` and ``clip_info_final.csv`` (both with tabs) and the clips in folders ``0`` to ``f``,
as unpacked from ``mp3.zip.001`` to ``003``. Three published clips are files of 0 bytes and are left out.

Tags are what players agreed on, so a missing one means little; negations (``"no voice"``, ``"not rock"``) have no
place in our form and are dropped. The usual division by folder (0 to b, c, d to f) shares artists between its parts
and is not used: rows are divided by artist.

Licence: audio by Magnatune under CC BY-NC-SA 1.0, not for commercial use; annotations for research.
"""

from __future__ import annotations

from training.datasets.base import Ledger, Place, Row, read_table

SOURCE = "magnatagatune"
LAYOUT = (
    "MagnaTagATune is a folder with annotations_final.csv, clip_info_final.csv and the clips in folders 0 to f "
    "(at any depth)."
)
LICENCE = "CC BY-NC-SA 1.0 (Magnatune)"
_NEGATIONS = ("no ", "not ")
_AMBIGUOUS = frozenset({"jungle"})  # birds and rain as often as breakbeats


def load(place: Place) -> Ledger:
    """One row per clip.

    Raises:
        DatasetInvalid: a table is missing or of another form, or no clip was found.
    """
    ledger = Ledger()
    annotations = place.need(LAYOUT, "annotations_final.csv", "annotations/annotations_final.csv")
    clip_info = place.need(LAYOUT, "clip_info_final.csv", "annotations/clip_info_final.csv")
    clips = {row["clip_id"]: row for row in read_table(clip_info, ("clip_id", "artist", "title"))}
    for row in read_table(annotations, ("clip_id", "mp3_path")):
        name, clip_id = row.pop("mp3_path"), row.pop("clip_id")
        file = ledger.usable(name or f"clip {clip_id}", place.audio.find(name) if name else None)
        if file is None:
            continue
        clip = clips.get(clip_id, {})
        said = [word for word, flag in row.items() if flag == "1" and not word.startswith(_NEGATIONS)]
        genres, instruments = ledger.either(word for word in said if word not in _AMBIGUOUS)
        ledger.rows.append(
            Row(
                id=f"mtat-{clip_id}",
                file=file,
                source=SOURCE,
                group=ledger.by_artist(clip.get("artist", ""), f"mtat-{clip_id}"),
                genres=genres,
                instruments=instruments,
                title=clip.get("title", ""),
                artist=clip.get("artist", ""),
                licence=LICENCE,
            )
        )
    ledger.expect_rows(place, LAYOUT)
    return ledger
