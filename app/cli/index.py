"""``segue index``: filling the catalogue and looking after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import map as map_fit
from app.cli.console import complain, progress_bar, say, say_json
from app.cli.context import analyser_for, catalogue_folder, catalogue_in
from app.cli.errors import FAILED, INTERRUPTED, as_json, one_line
from app.cli.files import find_audio
from app.cli.options import DEFAULT_JOBS, CatalogueOption, JobsOption, JsonOption
from segue.analyse import Analyser

if TYPE_CHECKING:
    from app.cli.ingest import Outcome, Summary
    from index.store import SqliteCatalogue

group = typer.Typer(no_args_is_help=True, help="Fill the catalogue and look after it.")


@group.command()
def add(
    ctx: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", exists=True, help="Files, and folders to search.", show_default=False),
    ],
    jobs: JobsOption = DEFAULT_JOBS,
    retry: Annotated[bool, typer.Option("--retry", help="Try files again that failed before.")] = False,
    json: JsonOption = False,
    catalogue: CatalogueOption = None,
) -> None:
    """Analyse music and store it; run it again to go on after an interruption or to bring in what is new."""
    from app.cli.ingest import STATUSES

    files = find_audio(paths)
    folder = catalogue_folder(ctx, catalogue)
    with analyser_for(jobs) as analyser, catalogue_in(folder, analyser) as opened:
        report = _say_outcome if json else _complain_outcome
        summary = add_files(analyser, opened, files, jobs, retry, report)
    if json:
        say_json({"summary": {status: summary.counts[status] for status in STATUSES}})
    else:
        say(f"{folder}: {summary.line()}")
    if summary.interrupted:
        complain("Stopped; what is counted above is stored. Run the same command to go on.")
        raise typer.Exit(INTERRUPTED)
    if summary.failures:
        raise typer.Exit(FAILED)


def add_files(
    analyser: Analyser,
    catalogue: SqliteCatalogue,
    files: list[Path],
    jobs: int,
    retry: bool = False,
    report: Callable[[Outcome], None] | None = None,
) -> Summary:
    """Brings files into the catalogue with a progress bar; Ctrl-C ends it early and in order."""
    from app.cli.ingest import Ingest, Summary

    summary = Summary()
    report = report or _complain_outcome
    try:
        with progress_bar() as progress:
            task = progress.add_task("Indexing", total=len(files), current="")
            for outcome in Ingest(analyser, catalogue, jobs, retry).run(files):
                summary.note(outcome)
                report(outcome)
                progress.update(task, advance=1, current=outcome.path.name)
    except KeyboardInterrupt:
        summary.interrupted = True
    return summary


def _complain_outcome(outcome: Outcome) -> None:
    if outcome.error is not None:
        complain(f"segue: {outcome.path}: {one_line(outcome.error.message)}")


def _say_outcome(outcome: Outcome) -> None:
    error = {"error": as_json(outcome.error)} if outcome.error is not None else {}
    say_json({"path": str(outcome.path), "status": outcome.status, "track_id": outcome.track_id, **error})


@group.command()
def stats(ctx: typer.Context, json: JsonOption = False, catalogue: CatalogueOption = None) -> None:
    """Print what the catalogue holds."""
    folder = catalogue_folder(ctx, catalogue)
    with catalogue_in(folder) as opened:
        found = opened.stats()
    if json:
        say_json({"catalogue": str(folder), **asdict(found)})
        return
    say(f"{folder}")
    say(f"  {found.tracks} tracks, {found.duration_seconds / 3600:.1f} hours, {found.chunks} chunks")
    say(f"  {found.files} files remembered, {found.failed_files} of them failed")
    say(f"  {found.bytes_on_disk / 1e6:.1f} MB on disk, schema version {found.schema_version}")
    say(f"  {found.space.tagger} + {found.space.embedder}, {found.space.dim} dimensions")
    for label, n in sorted(found.tags.items(), key=lambda item: (-item[1], item[0])):
        if n:
            say(f"  {n:>7}  {label}")


@group.command()
def verify(ctx: typer.Context, json: JsonOption = False, catalogue: CatalogueOption = None) -> None:
    """Check everything stored, and what is searched against it; exit with 1 when something is wrong."""
    folder = catalogue_folder(ctx, catalogue)
    with catalogue_in(folder) as opened:
        problems = opened.verify()
        n_tracks = 0 if problems else opened.count()  # what cannot be read cannot be counted either
    for problem in problems:
        say_json(asdict(problem)) if json else complain(f"segue: {problem.code}: {one_line(problem.message)}")
    if problems:
        raise typer.Exit(FAILED)
    if not json:
        say(f"{folder}: {n_tracks} tracks, all is well.")


@group.command()
def rebuild(
    ctx: typer.Context,
    reanalyse: Annotated[
        bool, typer.Option("--reanalyse", help="Analyse all tracks again even if the models are the same.")
    ] = False,
    drop: Annotated[
        bool, typer.Option("--drop", help="Remove tracks that cannot be analysed again, such as uploads.")
    ] = False,
    jobs: JobsOption = DEFAULT_JOBS,
    catalogue: CatalogueOption = None,
) -> None:
    """Make the search cache anew; after a change of models, analyse every track again. Goes on where it stopped."""
    from app.cli.reanalysis import reanalyse_all

    folder = catalogue_folder(ctx, catalogue)
    with analyser_for(jobs) as analyser:
        with catalogue_in(folder) as opened:
            is_ours = (opened.space, opened.vocabulary) == (analyser.space, analyser.tagger.vocabulary)
            if is_ours and not reanalyse:
                opened.rebuild_cache()
                say(f"{folder}: {opened.count()} tracks, search cache made anew.")
                return
        n_tracks = reanalyse_all(analyser, folder, jobs, drop)
    say(f"{folder}: {n_tracks} tracks, all analysed anew.")


group.command("map")(map_fit.fit)
