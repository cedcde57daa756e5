"""The command ``segue evaluate``, loaded by the command line through an entry point."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from segue.analyse import Analyser
from segue.errors import InvalidRequest, SegueError
from segue.ports import AudioDecoder
from training.evaluate.bootstrap import N_RESAMPLES
from training.evaluate.clip import Clip, ClipAt, ClippingDecoder
from training.evaluate.diagram import check_plot_path, write_diagram
from training.evaluate.finding import Finding
from training.evaluate.manifest import Manifest, read_manifest
from training.evaluate.measure import Report
from training.evaluate.recommendations.criteria import CRITERIA
from training.evaluate.recommendations.listener import Listener
from training.evaluate.report import print_report, to_json
from training.evaluate.run import evaluate_manifest
from training.evaluate.sample import sample
from training.evaluate.score import score


def build_analyser(n_jobs: int = 1) -> Analyser:
    """The real decoder and networks; the seam where tests put fakes.

    Args:
        n_jobs: tracks that will be worked on at the same time, sharing the cores.

    Raises:
        ModelMissing: no weights where they are expected.
    """
    import torch

    from models.crnn.tagger import load_tagger
    from models.short_chunk_res.embedder import load_embedder
    from segue.audio.decode import Decoder

    if n_jobs > 1:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // n_jobs))
    return Analyser(Decoder(n_workers=n_jobs), load_tagger(), load_embedder())


def build_untrained(decoder: AudioDecoder) -> Analyser:
    """Both networks with random weights; another seam."""
    from training.evaluate.recommendations.untrained import untrained_analyser

    return untrained_analyser(decoder)


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
    plot: Annotated[Path | None, typer.Option(help="Also draw what was found, .svg or .png.")] = None,
    robustness: Annotated[bool, typer.Option("--robustness", help="Score again on spoilt recordings.")] = False,
    recommendations: Annotated[bool, typer.Option("--recommendations", help="Also judge recommendations.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many files, drawn evenly from all groups.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Tracks worked on at the same time, with --robustness.")] = 1,
) -> None:
    """Score Segue, its peers and the baselines on the files of a manifest.

    Prints every metric with n, 95 % bootstrap interval and baselines. Exit status: 0 when all was scored, 1 when
    files are missing or failed (they are listed, the rest is scored), 2 when the manifest or the models are unusable.
    """
    to_people = Console(stderr=True)
    try:
        if robustness and peers_only:
            raise InvalidRequest("--robustness analyses recordings and --peers-only does not; leave one of them out.")
        if recommendations and (peers_only or robustness):
            raise InvalidRequest("--recommendations goes with neither --peers-only nor --robustness; run it by itself.")
        read = read_manifest(manifest, _conditions(where or []), limit_files)
        read = read if limit is None else sample(read, limit)
        if plot is not None:
            check_plot_path(plot)
        part = None if clip is None else Clip(clip, clip_at)
        if robustness:
            found = _spoil(read, resamples, part, jobs)
        else:
            tracks = [entry.track for entry in read.entries]
            report = score(tracks, None, resamples) if peers_only else _hear(read, resamples, part, recommendations)
            found = _finding(report)
        if out is not None:
            out.write_text(found.as_json + "\n", encoding="utf-8")
        if plot is not None:
            found.draw(plot)
    except (SegueError, OSError) as error:
        to_people.print(f"error: {error}", style="red", markup=False)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(found.as_json)
    else:
        found.show(Console())
    if not found.complete:
        raise typer.Exit(1)


def _conditions(where: list[str]) -> dict[str, str]:
    """Column -> value, from ``COLUMN=VALUE``."""
    for condition in where:
        if "=" not in condition:
            raise InvalidRequest(f"--where is {condition!r}; write COLUMN=VALUE, for example split=dev.")
    return {column: value for column, _, value in (condition.partition("=") for condition in where)}


def _finding(report: Report) -> Finding:
    """A report in the command's forms."""
    show, draw = partial(print_report, report), partial(write_diagram, report)
    return Finding(to_json(report), show, draw, not (report.missing or report.failures))


def _hear(manifest: Manifest, resamples: int, clip: Clip | None, recommendations: bool) -> Report:
    """Analyses with a progress bar on stderr, which only shows at a terminal."""
    from training.evaluate.recommendations.study import judge_recommendations

    analyser = _clipped(build_analyser(), clip)
    listener = Listener(analyser, build_untrained(analyser.decoder)) if recommendations else None
    with _bar("analysing", len(manifest.present)) as tick:
        report = evaluate_manifest(manifest, analyser, lambda _: tick(), resamples, listener)
    if listener is not None:
        with _bar("recommending", len(CRITERIA)) as tick:
            study = judge_recommendations(listener, resamples, lambda _: tick())
        report = replace(report, recommendations=study)
    return report if clip is None else replace(report, clip={"seconds": clip.seconds, "at": clip.at.value})


def _spoil(manifest: Manifest, resamples: int, clip: Clip | None, n_jobs: int) -> Finding:
    """The robustness study."""
    from training.evaluate.robustness.conditions import CONDITIONS
    from training.evaluate.robustness.plot import write_plot
    from training.evaluate.robustness.study import study_robustness
    from training.evaluate.robustness.tables import print_results

    analyser = _clipped(build_analyser(n_jobs), clip)
    with _bar("analysing", len(manifest.present) * len(CONDITIONS)) as tick:
        results = study_robustness(manifest, analyser, resamples, n_jobs, tick)
    if clip is not None:
        results = replace(results, clip={"seconds": clip.seconds, "at": clip.at.value})
    show, draw = partial(print_results, results), partial(write_plot, results)
    return Finding(results.to_json(), show, draw, not (results.missing or results.failures))


def _clipped(analyser: Analyser, clip: Clip | None) -> Analyser:
    return analyser if clip is None else replace(analyser, decoder=ClippingDecoder(analyser.decoder, clip))


@contextmanager
def _bar(title: str, total: int) -> Iterator[Callable[[], None]]:
    """A progress bar on stderr, which only shows at a terminal; what it yields takes it one step on."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )
    with bar if console.is_terminal else nullcontext():
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)
