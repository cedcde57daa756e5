"""The reliability diagram: accuracy against confidence, with how many answers each bin holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from segue.errors import InvalidRequest
from training.evaluate.calibration import ReliabilityBin
from training.evaluate.ink import ORANGE, PALE, STYLE
from training.evaluate.measure import SEGUE, Report

FORMATS = (".svg", ".png")


def write_diagram(report: Report, path: Path, subset: str = "all") -> None:
    """Draws tempo and key side by side, as far as they were judged.

    Args:
        report: with reliability rows.
        path: file to write, ``.svg`` or ``.png``.
        subset: which tracks.

    Raises:
        InvalidRequest: another ending, no reliability rows, or Matplotlib is not installed.
        OSError: the file cannot be written.
    """
    check_plot_path(path)
    rows = [row for row in report.reliability if row.system == SEGUE and row.subset == subset]
    sections = list(dict.fromkeys(row.section for row in rows))
    if not sections:
        raise InvalidRequest("There is no reliability to draw: no file has both a reference and a confidence.")
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InvalidRequest("Diagrams need Matplotlib: pip install '.[train]'.") from error
    with rc_context(STYLE):
        figure = Figure(figsize=(3.4 * len(sections), 4.4), layout="constrained")
        grid = figure.subplots(2, len(sections), squeeze=False, sharex=True, height_ratios=(3, 1))
        for column, section in enumerate(sections):
            mine = [row for row in rows if row.section == section and row.n]
            n, error_value = _error(report, section, subset)
            grid[0, column].set_title(f"{section}, n = {n}: calibration error {error_value:.3f}")
            _draw(grid[0, column], grid[1, column], mine, first=column == 0)
        metadata = {"Date": None, "Creator": "Segue"} if path.suffix.lower() == ".svg" else None
        figure.savefig(path, dpi=150, transparent=True, metadata=metadata)


def check_plot_path(path: Path) -> None:
    """Refuses endings that cannot be drawn; called before hours of listening, too.

    Raises:
        InvalidRequest: neither ``.svg`` nor ``.png``.
    """
    if path.suffix.lower() not in FORMATS:
        raise InvalidRequest(f"The plot is to be written to {path.name!r}; its name must end in .svg or .png.")


def _draw(above: Any, below: Any, rows: Sequence[ReliabilityBin], first: bool) -> None:
    """Accuracy with intervals above, number of answers below; the axes are Matplotlib's."""
    above.plot([0, 1], [0, 1], color=PALE, linestyle="--", linewidth=1)
    confidence, accuracy = [row.confidence for row in rows], [row.accuracy for row in rows]
    reach = [[r.accuracy - r.accuracy_low for r in rows], [r.accuracy_high - r.accuracy for r in rows]]
    above.errorbar(confidence, accuracy, reach, fmt="o", color=ORANGE, markersize=5, linewidth=1, clip_on=False)
    above.set(xlim=(0, 1), ylim=(0, 1))
    middles = [(row.bin_low + row.bin_high) / 2 for row in rows]
    bars = below.bar(middles, [row.n for row in rows], width=0.09, color=PALE)
    below.bar_label(bars, fontsize=7)
    below.margins(y=0.25)
    below.set_xlabel("confidence")
    if first:
        above.set_ylabel("accuracy, 95 % interval")
        below.set_ylabel("answers")
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)


def _error(report: Report, section: str, subset: str) -> tuple[int, float]:
    """Number of answers and calibration error of a section."""
    try:
        measure = report.get(section, "expected_calibration_error", subset=subset)
    except KeyError:
        return 0, math.nan
    return measure.n, measure.value
