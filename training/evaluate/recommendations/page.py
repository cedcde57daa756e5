"""Puts the tables of a finished evaluation into the documentation.

    python -m training.evaluate.recommendations.page RESULTS.json [PAGE.md]

``RESULTS.json`` is what ``segue evaluate ... --recommendations --out RESULTS.json`` wrote.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from training.evaluate.marks import replace_between
from training.evaluate.recommendations.results import Study
from training.evaluate.recommendations.tables import markdown

PAGE = Path(__file__).parents[3] / "docs" / "evaluation.md"
MARKS = "recommendations"


def main() -> None:
    """Reads the command line and rewrites the page."""
    parser = argparse.ArgumentParser(description="Put the recommendation tables into the documentation.")
    parser.add_argument("results", type=Path, help="JSON written by segue evaluate --recommendations --out")
    parser.add_argument("page", type=Path, nargs="?", default=PAGE, help="page with the marks")
    options = parser.parse_args()
    study = Study.from_dict(json.loads(options.results.read_text(encoding="utf-8"))["recommendations"])
    page = replace_between(options.page.read_text(encoding="utf-8"), MARKS, markdown(study))
    options.page.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
