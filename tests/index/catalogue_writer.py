"""A process that adds tracks and prints each id once it is acknowledged: ``DIRECTORY FIRST_SEED COUNT``."""

from __future__ import annotations

import sys
from pathlib import Path

from catalogue_material import SPACE, VOCABULARY, new_track

from index.store import open_catalogue


def main(directory: str, first: str, count: str) -> None:
    """Adds the tracks of so many seeds."""
    with open_catalogue(Path(directory), SPACE, VOCABULARY) as catalogue:
        print("ready", flush=True)
        for seed in range(int(first), int(first) + int(count)):
            new = new_track(seed, path=f"/music/{seed}.flac")
            track = catalogue.add(new)
            catalogue.remember_file(f"/music/{seed}.flac", seed, seed, track.id)
            print(seed, track.id, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
