"""Writes ``fixtures/catalogue_v2.sqlite``, the smallest catalogue with a row in every table of schema version 2.

Run once per schema version, with the code of that version; the file is kept for good, and every later
version must read it:

    python tests/index/make_fixture.py
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

from catalogue_material import MIXER, SPACE, VOCABULARY, fixture_path, new_track

from index.schema import SCHEMA_VERSION
from index.store import FILE_NAME, open_catalogue
from segue.errors import CorruptAudio
from segue.key import Key
from segue.mixer import Weights
from segue.ports import TrackChanges
from segue.shelf.preset import Preset
from segue.track import Description


def main() -> None:
    """Makes the catalogue, folds its log into one small file and puts that into place."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        with open_catalogue(directory, SPACE, VOCABULARY) as catalogue:
            tracks = [catalogue.add(new_track(seed, path=f"/music/{seed}.flac")) for seed in range(5)]
            vector = MIXER.retune(catalogue.vector(tracks[1].id), 87.0, Key(9, "minor"))
            changes = TrackChanges(
                Description("Renamed", "Björk", "Album", "/music/1.flac"), 87.0, Key(9, "minor"), vector
            )
            catalogue.update(tracks[1].id, changes)
            catalogue.remove(tracks[4].id)
            catalogue.remember_file("/music/0.flac", 1000, 17, tracks[0].id)
            catalogue.remember_file("/music/bad.mp3", 9, 18, None, CorruptAudio("Decoding broke off."))
            crate = catalogue.collections.create("Crate")
            catalogue.collections.add_tracks(crate.id, [track.id for track in tracks[:2]])
            catalogue.plays.record(tracks[2].id, 1_700_000_000.0)
            catalogue.presets.save(Preset("late-night", "Slow and deep.", Weights(sound=1.0, energy=0.5)))
            catalogue.map.fit("pca")
        connection = sqlite3.connect(directory / FILE_NAME)
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("VACUUM")
        connection.close()
        target = fixture_path(SCHEMA_VERSION)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(directory / FILE_NAME, target)


if __name__ == "__main__":
    main()
