"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_JOBS = min(4, os.cpu_count() or 1)  # more would only hold more memory: the networks use several cores

CatalogueOption = Annotated[
    Path | None,
    typer.Option(
        "--catalogue",
        metavar="DIR",
        help="The catalogue; else SEGUE_CATALOGUE, else the user's data folder.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]
JobsOption = Annotated[int, typer.Option("--jobs", min=1, max=64, help="Files worked on at the same time.")]
