"""Writes table and plot of the study into its page.

    python -m training.evaluate.robustness.page RESULT.json docs/robustness.md docs/robustness.svg

The results are kept beside the plot, ``docs/robustness.json``, without names of files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from training.evaluate.marks import replace_between
from training.evaluate.robustness.plot import write_plot
from training.evaluate.robustness.results import Results
from training.evaluate.robustness.tables import markdown_table, notes

NAME = "results"  # of the marks in the page


def block(results: Results, plot: str) -> str:
    """What stands between the marks.

    Args:
        results: of the study.
        plot: name of the plot's file, beside the page.
    """
    models = f" Models: {', '.join(f'`{name}`' for name in results.models)}." if results.models else ""
    picture = f"![Every score under every condition]({plot})"
    return "\n\n".join([notes(results.for_page())[0] + models, picture, markdown_table(results)])


def write_page(results_path: Path, page: Path, plot: Path) -> None:
    """Refreshes page, plot and the copy of the results beside the plot.

    Raises:
        SegueError: no results, no marks in the page, or Matplotlib is not installed.
    """
    results = Results.read(results_path).for_page()
    text = replace_between(page.read_text(encoding="utf-8"), NAME, block(results, plot.name))
    write_plot(results, plot)
    page.write_text(text, encoding="utf-8")
    plot.with_suffix(".json").write_text(results.to_json() + "\n", encoding="utf-8")


def main() -> None:
    """Reads the command line and writes the page."""
    parser = argparse.ArgumentParser(description="Write the robustness study's table and plot into its page.")
    parser.add_argument("results", type=Path, help="JSON of segue evaluate --robustness")
    parser.add_argument("page", type=Path, help="Markdown with the marks")
    parser.add_argument("plot", type=Path, help="SVG to write")
    options = parser.parse_args()
    write_page(options.results, options.page, options.plot)


if __name__ == "__main__":
    main()
