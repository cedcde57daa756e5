"""The command ``segue evaluate``, loaded by the command line through an entry point."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from segue.analyse import Analyser
from segue.errors import InvalidRequest, SegueError
from training.evaluate.bootstrap import N_RESAMPLES
from training.evaluate.clip import Clip, ClipAt, ClippingDecoder
from training.evaluate.diagram import check_plot_path, write_diagram
from training.evaluate.manifest import Entry, Manifest, read_manifest
from training.evaluate.measure import Report
from training.evaluate.report import print_report, to_json
from training.evaluate.run import evaluate_manifest
from training.evaluate.score import score


def build_analyser() -> Analyser:
    """The real decoder and networks; the seam where tests put fakes.

    Raises:
        ModelMissing: no weights where they are expected.
    """
    from models.crnn.tagger import load_tagger
    from models.short_chunk_res.embedder import load_embedder
    from segue.audio.decode import Decoder

    return Analyser(Decoder(), load_tagger(), load_embedder())


def evaluate(
    manifest: Annotated[Path, typer.Argument(help="CSV with a column path and any of genre, instruments, bpm, key.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    limit_files: Annotated[int | None, typer.Option(min=1, help="Only the first so many rows.")] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the JSON to this file.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="Only rows with COLUMN=VALUE, for example split=dev.")] = None,
    peers_only: Annotated[bool, typer.Option(help="Analyse nothing; score the peer_* columns alone.")] = False,
    resamples: Annotated[int, typer.Option(min=0, help="Bootstrap resamples for the intervals.")] = N_RESAMPLES,
    clip: Annotated[float | None, typer.Option(min=1.0, help="Hear only so many seconds of each file.")] = None,
    clip_at: Annotated[ClipAt, typer.Option(help="Where in the file they lie.")] = ClipAt.MIDDLE,
    plot: Annotated[Path | None, typer.Option(help="Also draw reliability diagrams, .svg or .png.")] = None,
) -> None:
    """Score Segue, its peers and the baselines on the files of a manifest.

    Prints every metric with n, 95 % bootstrap interval and baselines. Exit status: 0 when all was scored, 1 when
    files are missing or failed (they are listed, the rest is scored), 2 when the manifest or the models are unusable.
    """
    to_people = Console(stderr=True)
    try:
        read = read_manifest(manifest, _conditions(where or []), limit_files)
        if plot is not None:
            check_plot_path(plot)
        part = None if clip is None else Clip(clip, clip_at)
        tracks = [entry.track for entry in read.entries]
        report = score(tracks, None, resamples) if peers_only else _hear(read, resamples, part)
        if out is not None:
            out.write_text(to_json(report) + "\n", encoding="utf-8")
        if plot is not None:
            write_diagram(report, plot)
    except (SegueError, OSError) as error:
        to_people.print(f"error: {error}", style="red", markup=False)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(to_json(report))
    else:
        print_report(report, Console())
    if report.missing or report.failures:
        raise typer.Exit(1)


def _conditions(where: list[str]) -> dict[str, str]:
    """Column -> value, from ``COLUMN=VALUE``."""
    for condition in where:
        if "=" not in condition:
            raise InvalidRequest(f"--where is {condition!r}; write COLUMN=VALUE, for example split=dev.")
    return {column: value for column, _, value in (condition.partition("=") for condition in where)}


def _hear(manifest: Manifest, resamples: int, clip: Clip | None = None) -> Report:
    """Analyses with a progress bar on stderr, which only shows at a terminal."""
    console = Console(stderr=True)
    analyser = build_analyser()
    if clip is not None:
        analyser = replace(analyser, decoder=ClippingDecoder(analyser.decoder, clip))
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )
    with bar if console.is_terminal else nullcontext():
        task = bar.add_task("analysing", total=len(manifest.present))

        def tick(_: Entry) -> None:
            bar.advance(task)

        report = evaluate_manifest(manifest, analyser, tick, resamples)
    return report if clip is None else replace(report, clip={"seconds": clip.seconds, "at": clip.at.value})
