"""``segue analyse``: what both networks hear in files, without any catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import complain, progress_bar, say, say_json
from app.cli.context import analyser_for
from app.cli.errors import FAILED, as_json, one_line
from app.cli.options import DEFAULT_JOBS, JobsOption, JsonOption
from app.cli.pipeline import in_threads
from app.cli.rendering import analysis_json, analysis_lines
from segue.errors import SegueError
from segue.track import Analysis


def analyse(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files to listen to.", show_default=False)],
    json: JsonOption = False,
    embedding: Annotated[bool, typer.Option("--embedding", help="With --json: add the track's embedding.")] = False,
    jobs: JobsOption = DEFAULT_JOBS,
) -> None:
    """Print tempo, key, energy and tags of files; goes on after a file that fails, and then exits with 1."""
    n_failed = 0
    with analyser_for(jobs) as analyser, progress_bar(quiet=len(files) < 2) as progress:
        task = progress.add_task("Listening", total=len(files), current="")
        for path, result in in_threads(lambda path: analyser.hear(analyser.decode(path)), files, jobs):
            if isinstance(result, SegueError):
                n_failed += 1
            _report(path, result, json, embedding)
            progress.update(task, advance=1, current=path.name)
    if n_failed:
        raise typer.Exit(FAILED)


def _report(path: Path, result: Analysis | SegueError, json: bool, embedding: bool) -> None:
    if isinstance(result, SegueError):
        if json:
            say_json({"path": str(path), "error": as_json(result)})
        else:
            complain(f"segue: {path}: {one_line(result.message)}")
    elif json:
        say_json(analysis_json(str(path), result, embedding))
    else:
        for line in analysis_lines(str(path), result):
            say(line)
