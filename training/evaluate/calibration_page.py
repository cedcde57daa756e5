"""Puts the tables and the reliability diagram of a finished evaluation into docs/calibration.md.

    python -m training.evaluate.calibration_page RESULTS.json [PAGE.md]

``RESULTS.json`` is what ``segue evaluate ... --out RESULTS.json`` wrote. The diagram lies beside the page, under its
name with ``.svg``.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path

from training.evaluate.diagram import write_diagram
from training.evaluate.marks import replace_between
from training.evaluate.measure import SEGUE, Measure, Report, TagMeasure

PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"
MARKS = "results"

_CALIBRATION = {
    "expected_calibration_error": "calibration error",
    "confidence_minus_accuracy": "confidence minus accuracy",
    "confidence_roc_auc": "ROC-AUC of confidence",
}
_TEMPO = {"accuracy1": "Acc1", "accuracy2": "Acc2", "absolute_octave_error1": "octaves off"}
_KEY = {"weighted_score": "weighted score", "exact": "exact"}
_ALTERNATIVES = {
    ("tempo", "truth_among_alternatives"): "tempo, all",
    ("tempo", "truth_among_alternatives_if_octave_wrong"): "tempo, first choice wrong by an octave",
    ("key", "truth_among_alternatives"): "key, all",
    ("key", "truth_among_alternatives_if_near_key"): "key, first choice a fifth, relative or parallel away",
}
_AT_THRESHOLD = {"macro_precision": "precision", "macro_recall": "recall", "macro_f1": "F1", "macro_roc_auc": "ROC-AUC"}
_NEIGHBOURS = {
    "embedding": "embedding",
    "tags": "tag scores",
    "default_weights": "whole vector, default weights (what is recommended)",
    "vector": "whole vector, all axes alike",
}


def block(report: Report, diagram: str) -> str:
    """Everything between the marks.

    Args:
        report: the results.
        diagram: file name of the diagram, beside the page.
    """
    subsets = [subset for subset in ("all", "recorded") if subset in report.n_tracks]
    counted = ", ".join(f"{report.n_tracks[subset]} {subset}" for subset in subsets)
    parts = [
        f"Files: {counted}. In each cell: value (95 % interval; n).",
        f"![Accuracy against confidence of tempo and key]({diagram})",
    ]
    for section, metrics in (("tempo", _TEMPO), ("key", _KEY)):
        parts += [
            f"### Confidence of the {section}",
            _systems(report, section, _CALIBRATION, subsets),
            _bins(report, section),
        ]
        parts += [f"### Witnesses of the {section}", _systems(report, section, metrics, subsets)]
    parts += ["### Truth among first choice and alternatives", _alternatives(report, subsets)]
    parts += ["### Tags at their thresholds", _thresholds(report, subsets)]
    if subgenres := [tag for tag in report.tags if tag.subset == "electronic" and tag.n_positive]:
        parts += ["### Electronic subgenres against each other", _subgenres(report, subgenres)]
    return "\n\n".join([*parts, "### Nearest five share a genre", _neighbours(report, subsets)])


def _systems(report: Report, section: str, metrics: dict[str, str], subsets: Sequence[str]) -> str:
    """Systems in rows, metrics in columns, once for each subset."""
    mine = [m for m in report.measures if m.section == section and m.metric in metrics]
    header = ["system", *(f"{title}, {subset}" for title in metrics.values() for subset in subsets)]
    rows = [
        [f"`{system}`", *(_cell(report, section, metric, system, subset) for metric in metrics for subset in subsets)]
        for system in dict.fromkeys(measure.system for measure in mine)
    ]
    return _table(header, rows)


def _bins(report: Report, section: str) -> str:
    chosen = [b for b in report.reliability if (b.section, b.system, b.subset) == (section, SEGUE, "all") and b.n]
    rows = [
        [
            f"{b.bin_low:.1f} to {b.bin_high:.1f}",
            str(b.n),
            f"{b.confidence:.2f}",
            f"{b.accuracy:.2f} ({b.accuracy_low:.2f} to {b.accuracy_high:.2f})",
        ]
        for b in chosen
    ]
    return _table(["confidence", "n", "mean", "accuracy"], rows)


def _alternatives(report: Report, subsets: Sequence[str]) -> str:
    rows = [
        [title, *(_cell(report, section, metric, SEGUE, subset) for subset in subsets)]
        for (section, metric), title in _ALTERNATIVES.items()
    ]
    return _table(["what", *subsets], rows)


def _thresholds(report: Report, subsets: Sequence[str]) -> str:
    """Macro averages of both categories, and how many tags are active."""
    rows = []
    for category in ("genre", "instrument"):
        for subset in subsets:
            scores = [_cell(report, category, metric, SEGUE, subset) for metric in _AT_THRESHOLD]
            active = _cell(report, "activity", f"active_{category}_tags_per_file_mean", SEGUE, subset)
            rows.append([f"{category}, {subset}", *scores, active])
    return _table(["tags", *_AT_THRESHOLD.values(), "active tags per file"], rows)


def _subgenres(report: Report, tags: Sequence[TagMeasure]) -> str:
    rows = []
    for t in tags:
        scores = [_number(value) for value in (t.roc_auc, t.precision, t.recall)]
        rows.append([f"`{t.label}`", f"{t.n_positive} / {t.n_negative}", *scores, "yes" if t.in_macro else "too few"])
    first = ", ".join(
        f"`{system}` {_cell(report, 'genre', 'strongest_is_right', system, 'electronic')}"
        for system in (SEGUE, "baseline_constant", "baseline_random")
    )
    macro = _cell(report, "genre", "macro_roc_auc", SEGUE, "electronic")
    table = _table(["tag", "files for / against", "ROC-AUC", "precision", "recall", "in macro"], rows)
    return f"{table}\n\nMacro ROC-AUC {macro}. The strongest subgenre is right: {first}."


def _neighbours(report: Report, subsets: Sequence[str]) -> str:
    metric = "genre_precision_at_5_by_{}"
    rows = [
        [title, *(_cell(report, "neighbours", metric.format(space), SEGUE, subset) for subset in subsets)]
        for space, title in _NEIGHBOURS.items()
    ]
    chance = [_cell(report, "neighbours", metric.format("embedding"), "baseline_random", subset) for subset in subsets]
    return _table(["neighbours by", *subsets], [*rows, ["random", *chance]])


def _cell(report: Report, section: str, metric: str, system: str, subset: str) -> str:
    try:
        measure = report.get(section, metric, system, subset)
    except KeyError:
        return ""
    return _value(measure)


def _value(measure: Measure) -> str:
    if not math.isfinite(measure.low):
        return f"{_number(measure.value)} (n {measure.n})"
    return f"{_number(measure.value)} ({_number(measure.low)} to {_number(measure.high)}; {measure.n})"


def _number(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else ""


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write_page(results: Path, page: Path) -> None:
    """Refreshes page and diagram.

    Raises:
        SegueError: no marks in the page, nothing to draw, or Matplotlib is not installed.
    """
    report = Report.from_dict(json.loads(results.read_text(encoding="utf-8")))
    diagram = page.with_suffix(".svg")
    text = replace_between(page.read_text(encoding="utf-8"), MARKS, block(report, diagram.name))
    write_diagram(report, diagram)
    page.write_text(text, encoding="utf-8")


def main() -> None:
    """Reads the command line and writes the page."""
    parser = argparse.ArgumentParser(description="Put calibration, witnesses and alternatives into the documentation.")
    parser.add_argument("results", type=Path, help="JSON written by segue evaluate --out")
    parser.add_argument("page", type=Path, nargs="?", default=PAGE, help="page with the two marks")
    options = parser.parse_args()
    write_page(options.results, options.page)


if __name__ == "__main__":
    main()
