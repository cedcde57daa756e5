"""Puts the tables of a finished evaluation into the documentation.

    python -m training.evaluate.recommendations.page RESULTS.json [PAGE.md]

``RESULTS.json`` is what ``segue evaluate ... --recommendations --out RESULTS.json`` wrote.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from training.evaluate.recommendations.results import Study
from training.evaluate.recommendations.tables import markdown

PAGE = Path(__file__).parents[3] / "docs" / "evaluation.md"
BEGIN, END = "<!-- recommendations: begin -->", "<!-- recommendations: end -->"


def with_block(page: str, block: str) -> str:
    """The page with the text between its two marks replaced.

    Raises:
        ValueError: the page lacks a mark.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The page needs the lines {BEGIN} and {END}, in this order.")
    return f"{before}{begin}\n\n{block}\n\n{end}{after}"


def main() -> None:
    """Reads the command line and rewrites the page."""
    parser = argparse.ArgumentParser(description="Put the recommendation tables into the documentation.")
    parser.add_argument("results", type=Path, help="JSON written by segue evaluate --recommendations --out")
    parser.add_argument("page", type=Path, nargs="?", default=PAGE, help="page with the two marks")
    options = parser.parse_args()
    study = Study.from_dict(json.loads(options.results.read_text(encoding="utf-8"))["recommendations"])
    page = with_block(options.page.read_text(encoding="utf-8"), markdown(study))
    options.page.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
