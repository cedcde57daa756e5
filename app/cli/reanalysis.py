"""Analysing every track of a catalogue again, after the models have changed; see :mod:`index.rebuild`."""

from __future__ import annotations

from pathlib import Path

from app.cli.console import complain, progress_bar
from app.cli.errors import one_line
from app.cli.pipeline import in_threads
from index.rebuild import Rebuild, open_rebuild
from segue.analyse import Analyser
from segue.errors import CatalogueError, NotAudio
from segue.ports import NewTrack
from segue.track import Track


def reanalyse_all(analyser: Analyser, folder: Path, n_threads: int, drop: bool) -> int:
    """Moves a catalogue into the analyser's space; what was done before an interruption is kept.

    Args:
        analyser: hears the files again.
        folder: of the catalogue, which stays in use as it was until the last moment.
        n_threads: tracks worked on at the same time.
        drop: whether to remove tracks that cannot be analysed again; else they stop the rebuild at its end.

    Returns:
        How many tracks the catalogue now holds.

    Raises:
        CatalogueError: tracks cannot be analysed again and ``drop`` is False; nothing was changed.
    """
    with open_rebuild(folder, analyser.space, analyser.tagger.vocabulary) as rebuild:
        lost = _hear_pending(rebuild, analyser, n_threads)
        if lost and not drop:
            raise CatalogueError(
                f"{len(lost)} tracks cannot be analysed again, so the catalogue stays as it was. Bring their files "
                "back and run this again (the others are done), or let --drop remove them."
            )
        for track in lost:
            rebuild.leave_out(track.id)
        return rebuild.finish()


def _hear_pending(rebuild: Rebuild, analyser: Analyser, n_threads: int) -> list[Track]:
    """Analyses what is left to do; answers the tracks that could not be."""

    def hear(track: Track) -> NewTrack:
        if track.description.path is None:
            raise NotAudio("It was an upload, and its audio was not kept.")
        return analyser.new_track(Path(track.description.path), track.description)

    lost: list[Track] = []
    with progress_bar() as progress:
        task = progress.add_task("Analysing anew", total=rebuild.n_pending(), current="")
        for track, new in in_threads(hear, rebuild.pending(), n_threads):
            if isinstance(new, NewTrack):
                rebuild.put(track, new)
            else:
                lost.append(track)
                complain(f"segue: {track.description.path or track.id}: {one_line(new.message)}")
            progress.update(task, advance=1, current=track.description.title or "")
    return lost
