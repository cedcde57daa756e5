"""What commands work with, opened when first asked for. Tests put a fake in the place of ``load_analyser``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from app.services import Services
    from app.settings import Settings
    from index.store import SqliteCatalogue
    from segue.analyse import Analyser

CATALOGUE_VARIABLE = "SEGUE_CATALOGUE"


def _load_trained(n_workers: int) -> Analyser:
    """Both trained networks, and a decoder with so many processes. Raises ModelError."""
    from app.cli.trained import load_analyser  # torch takes seconds to load

    return load_analyser(n_workers)


load_analyser: Callable[[int], Analyser] = _load_trained
"""The seam: loads an analyser with so many decoding processes."""


def build_services(settings: Settings) -> Services:
    """What the HTTP service works with. Raises ModelError and CatalogueError."""
    from app.services import build_services

    return build_services(settings)


@dataclass
class Invocation:
    """What was said before the command's name."""

    catalogue: Path | None = None


def catalogue_folder(ctx: typer.Context, told: Path | None) -> Path:
    """The catalogue that a command is to use: its own option, the global one, the environment, the default."""
    general = ctx.find_object(Invocation)
    chosen = told or (general.catalogue if general else None)
    if chosen is not None:
        return chosen.expanduser()
    from_environment = os.environ.get(CATALOGUE_VARIABLE)
    return Path(from_environment).expanduser() if from_environment else data_folder() / "catalogue"


def data_folder() -> Path:
    """Where this platform keeps the data of a user's programs."""
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "segue"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "segue"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "segue"


@contextmanager
def analyser_for(n_workers: int) -> Iterator[Analyser]:
    """An analyser, closed afterwards."""
    analyser = load_analyser(n_workers)
    try:
        yield analyser
    finally:
        close = getattr(analyser.decoder, "close", None)
        if close is not None:
            close()


@contextmanager
def catalogue_in(folder: Path, analyser: Analyser | None = None) -> Iterator[SqliteCatalogue]:
    """The catalogue of a folder, closed afterwards.

    For an analyser it is made where there is none; without one it must exist, and is opened whatever
    models it belongs to.

    Raises:
        CatalogueError: it cannot be opened, or belongs to other models.
    """
    from index.store import open_catalogue, open_existing

    if analyser is None:
        catalogue = open_existing(folder)
    else:
        catalogue = open_catalogue(folder, analyser.space, analyser.tagger.vocabulary)
    with catalogue:
        yield catalogue
