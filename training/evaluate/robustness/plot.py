"""Plot of the robustness study: a panel per score, a dot with its interval per condition."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from segue.errors import InvalidRequest
from training.evaluate.diagram import check_plot_path
from training.evaluate.ink import BLUE, ORANGE, PALE, STYLE
from training.evaluate.robustness.results import Results, titles
from training.evaluate.robustness.tables import beyond_chance, condition_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_COLUMNS = 4
TITLE = "Scores under spoilt recordings"


def write_plot(results: Results, path: Path) -> None:
    """Draws with a transparent background; the same results make the same file.

    Args:
        results: of the study.
        path: file to write, ``.svg`` or ``.png``.

    Raises:
        InvalidRequest: another ending, or Matplotlib is not installed.
        OSError: the file cannot be written.
    """
    check_plot_path(path)
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InvalidRequest("Plots need Matplotlib: pip install '.[train]'.") from error
    n_rows = -(-len(results.scores) // N_COLUMNS)
    with rc_context(STYLE):
        figure = Figure(figsize=(10, 0.4 + n_rows * (0.5 + 0.16 * len(results.conditions))), layout="constrained")
        panels = figure.subplots(n_rows, N_COLUMNS, sharey=True, squeeze=False).flat
        for panel, score, title in zip(panels, results.scores, titles(results.scores), strict=False):
            _draw(panel, results, score)
            panel.set_title(title, loc="left")
        for empty in list(panels)[len(results.scores) :]:
            empty.set_visible(False)
        file, kind = io.BytesIO(), path.suffix[1:]
        metadata = {"Date": None, "Creator": "Segue", "Title": TITLE} if kind == "svg" else {"Title": TITLE}
        figure.savefig(file, format=kind, transparent=True, metadata=metadata)
    path.write_bytes(_trimmed(file.getvalue()) if kind == "svg" else file.getvalue())


def _trimmed(svg: bytes) -> bytes:
    """Without spaces at the ends of lines."""
    return b"\n".join(line.rstrip() for line in svg.splitlines()) + b"\n"


def _draw(panel: Axes, results: Results, score: str) -> None:
    names = results.conditions
    clean = results.get("clean", score)
    if clean is not None:
        panel.axvline(clean.value, color=PALE, linewidth=0.8, linestyle=":")
    rows = [(height, row) for height, name in enumerate(names) if (row := results.get(name, score))]
    for colour, changed in ((BLUE, False), (ORANGE, True)):
        chosen = [(height, row) for height, row in rows if beyond_chance(row) is changed]
        if chosen:
            heights = [height for height, _ in chosen]
            ends = [row.low for _, row in chosen], [row.high for _, row in chosen]
            panel.hlines(heights, *ends, color=colour, linewidth=1.2, alpha=0.55)
            panel.plot([row.value for _, row in chosen], heights, "o", color=colour, markersize=3.5)
    panel.set_yticks(range(len(names)), [condition_title(name) for name in names])
    panel.set_ylim(len(names) - 0.5, -0.5)
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.tick_params(axis="y", length=0)
    panel.grid(axis="x", color=PALE, alpha=0.25, linewidth=0.5)
