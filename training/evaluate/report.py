"""Report on paper: tables for people, JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from training.evaluate.calibration import ReliabilityBin
from training.evaluate.measure import SEGUE, Measure, Report, TagMeasure
from training.evaluate.recommendations.tables import print_study


def to_json(report: Report) -> str:
    """The report as one JSON object; names are stable, undefined numbers null."""
    return json.dumps(report.to_dict(), indent=2, ensure_ascii=False)


def print_report(report: Report, console: Console) -> None:
    """Prints every score with n, interval and baselines, and everything that could not be scored."""
    for subset, n_tracks in report.n_tracks.items():
        measures = [measure for measure in report.measures if measure.subset == subset]
        for section in dict.fromkeys(measure.section for measure in measures):
            rows = [measure for measure in measures if measure.section == section]
            console.print(_measures_table(f"{section}, {subset} ({n_tracks} tracks)", rows))
        for section in ("tempo", "key"):
            bins = [
                b for b in report.reliability if (b.section, b.subset, b.system) == (section, subset, SEGUE) and b.n
            ]
            if bins:
                console.print(_reliability_table(f"reliability of {section}, {subset}", bins))
        tags = [tag for tag in report.tags if tag.subset == subset and tag.n_positive]
        if tags:
            console.print(_tags_table(f"single tags, {subset}", tags))
    if report.recommendations is not None:
        print_study(report.recommendations, console)
    for line in notes(report):
        console.print(line, highlight=False, markup=False)


def notes(report: Report) -> list[str]:
    """What a reader must know beside the numbers, one sentence each."""
    lines = []
    if report.clip is not None:
        seconds, at = report.clip["seconds"], report.clip["at"]
        lines.append(f"Of each file only {seconds:g} s were heard, at its {at}; the peers heard it all.")
    if report.degenerate_tags:
        listed = ", ".join(report.degenerate_tags)
        lines.append(f"Active though they hardly vary (standard deviation < 0.05): {listed}.")
    left_out = [tag.label for tag in report.tags if tag.subset == "all" and not tag.in_macro]
    if left_out:
        lines.append(f"Not in the macro averages (fewer than 3 positives or negatives): {', '.join(left_out)}.")
    if report.unknown_names:
        listed = ", ".join(f"{name} ({n})" for name, n in report.unknown_names.items())
        lines.append(f"Names that the vocabulary lacks, with number of files: {listed}.")
    if report.missing:
        lines.append(f"{len(report.missing)} files are not there: {', '.join(report.missing)}.")
    lines += [f"Failed: {name}: {reason}" for name, reason in report.failures.items()]
    return lines


def _measures_table(title: str, measures: Sequence[Measure]) -> Table:
    table = Table("metric", "system", "value", "95 % interval", "n", title=title, title_justify="left")
    for column in table.columns[:2]:
        column.overflow = "fold"
    for column in table.columns[2:]:
        column.justify = "right"
    ordered = sorted(measures, key=lambda m: [x.metric for x in measures].index(m.metric))
    last = ""
    for m in ordered:
        between = f"{_number(m.low)} to {_number(m.high)}" if math.isfinite(m.low) else ""
        table.add_row(m.metric if m.metric != last else "", m.system, _number(m.value), between, str(m.n))
        last = m.metric
    return table


def _reliability_table(title: str, bins: Sequence[ReliabilityBin]) -> Table:
    table = Table("confidence", "mean", "accuracy", "95 % interval", "n", title=title, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for b in bins:
        between = f"{_number(b.accuracy_low)} to {_number(b.accuracy_high)}"
        table.add_row(
            f"{b.bin_low:.1f} to {b.bin_high:.1f}", _number(b.confidence), _number(b.accuracy), between, str(b.n)
        )
    return table


def _tags_table(title: str, tags: Sequence[TagMeasure]) -> Table:
    names = ("tag", "positive", "negative", "ROC-AUC", "AP", "prevalence", "thresh.", "prec.", "recall", "F1", "std")
    table = Table(*names, "macro", title=title, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for t in tags:
        numbers = (t.roc_auc, t.average_precision, t.prevalence, t.threshold, t.precision, t.recall, t.f1, t.std)
        cells = [_number(value) for value in numbers]
        table.add_row(t.label, str(t.n_positive), str(t.n_negative), *cells, "yes" if t.in_macro else "no")
    return table


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "-"
