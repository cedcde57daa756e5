"""``segue demo``: a catalogue of synthesised music, and one recommendation for a track that is not in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Protocol

import typer

from app.cli.console import complain, progress_bar
from app.cli.context import CATALOGUE_VARIABLE, Invocation, analyser_for, catalogue_in
from app.cli.extensions import DEMO, load
from app.cli.files import find_audio
from app.cli.index import add_files
from app.cli.options import DEFAULT_JOBS, CatalogueOption, JobsOption
from app.cli.recommend import hear_and_recommend, print_recommendations
from segue.errors import SegueError
from segue.options import Options


class MusicWriter(Protocol):
    """What the entry point ``segue.demo: library`` names."""

    def __call__(self, folder: Path, progress: Callable[[int, int], None]) -> Path:
        """Writes the demo's tracks to ``folder/tracks``, those that are missing only, and one unreleased track.

        Args:
            folder: made where it does not exist.
            progress: called with how many tracks there are, and how many there will be.

        Returns:
            The unreleased track, which lies outside ``folder/tracks``.
        """
        ...


def demo(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", envvar="SEGUE_DEMO", help="Where the demo's music is written.")
    ] = Path("demo"),
    library: Annotated[
        Path | None,
        typer.Option(metavar="DIR", exists=True, show_default=False, help="Index this folder, not the demo's music."),
    ] = None,
    jobs: JobsOption = DEFAULT_JOBS,
    catalogue: CatalogueOption = None,
) -> None:
    """Write and index the demo's music (72 tracks) where that is not done yet, then recommend for one more track."""
    unreleased = write_music(folder)
    place = _catalogue(ctx, catalogue, folder)
    with analyser_for(jobs) as analyser, catalogue_in(place, analyser) as opened:
        summary = add_files(analyser, opened, find_audio([library or folder / "tracks"]), jobs)
        complain(f"{place}: {summary.line()}")
        analysis, answer = hear_and_recommend(analyser, opened, unreleased, Options())
    print_recommendations(unreleased, analysis, answer)


def write_music(folder: Path) -> Path:
    """Lets the studio write the demo's music; answers the unreleased track."""
    write = music_writer()
    with progress_bar() as progress:
        task = progress.add_task("Writing music", total=None, current="")
        return write(folder, lambda done, total: progress.update(task, completed=done, total=total))


def music_writer() -> MusicWriter:
    """The studio of this installation.

    Raises:
        SegueError: there is none.
    """
    for point in entry_points(group=DEMO):
        if point.name == "library":
            writer: MusicWriter = load(point)
            return writer
    raise SegueError("This installation has no studio to write the demo's music with.")


def _catalogue(ctx: typer.Context, told: Path | None, folder: Path) -> Path:
    """The catalogue asked for, else one beside the demo's music rather than the user's own."""
    general = ctx.find_object(Invocation)
    asked = told or (general.catalogue if general else None) or os.environ.get(CATALOGUE_VARIABLE)
    return Path(asked).expanduser() if asked else folder / "catalogue"
