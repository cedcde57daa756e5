"""Tracks that are named on the command line: files, and ids of tracks of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from segue.analyse import Analyser
from segue.errors import CatalogueError, TrackNotFound
from segue.ports import Catalogue
from segue.seed import Seed
from segue.track import Track


@dataclass(frozen=True)
class Named:
    """A track that was named on the command line.

    Attributes:
        seed: what was heard in it.
        track: for the id of a track.
        file: for a file, absolute.
    """

    seed: Seed
    track: Track | None = None
    file: Path | None = None


def named(told: str, analyser: Analyser, catalogue: Catalogue | None) -> Named:
    """The track that a file or a track id names; a file where there is one of that name.

    Args:
        told: file or id.
        analyser: hears files.
        catalogue: holds tracks; None where only files are named.

    Raises:
        AudioError: what is wrong with the file.
        TrackNotFound: neither.
    """
    if Path(told).is_file():
        seed = Seed.from_analysis(analyser.hear(analyser.decode(Path(told))), analyser.mixer)
        return Named(seed, file=Path(told).absolute())
    assert catalogue is not None
    try:
        track = catalogue.get(told)
    except TrackNotFound:
        raise TrackNotFound(f"{told!r} is neither a file nor the id of a track of the catalogue.") from None
    return Named(Seed.from_track(track, catalogue, analyser.mixer), track)


def check_filled(catalogue: Catalogue) -> None:
    """Raises CatalogueError where there is nothing to recommend."""
    if catalogue.count() == 0:
        raise CatalogueError("The catalogue is empty; fill it with `segue index add FOLDER`.")
