"""What commands work with, opened when first asked for. Tests put fakes in the place of ``engine``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import typer

if TYPE_CHECKING:
    from index.store import SqliteCatalogue
    from segue.analyse import Analyser

CATALOGUE_VARIABLE = "SEGUE_CATALOGUE"


class Engine(Protocol):
    """Makes the two things that commands work with."""

    def load_analyser(self, n_workers: int) -> Analyser:
        """Loads both networks and a decoder with so many worker processes. Raises ModelError."""
        ...

    def open_catalogue(self, folder: Path, analyser: Analyser | None) -> SqliteCatalogue:
        """Opens a catalogue for an analyser's space, making it where there is none.

        Without an analyser the catalogue must exist and is opened in its own space.

        Raises:
            CatalogueError: it cannot be opened, or belongs to other models.
        """
        ...


class RealEngine:
    """The trained networks and the catalogue on disk."""

    def load_analyser(self, n_workers: int) -> Analyser:
        """Loads both networks and a decoder."""
        from app.cli.backend import load_analyser

        return load_analyser(n_workers)

    def open_catalogue(self, folder: Path, analyser: Analyser | None) -> SqliteCatalogue:
        """Opens the catalogue in a folder."""
        from app.cli.backend import open_catalogue

        return open_catalogue(folder, analyser)


engine: Engine = RealEngine()


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
    analyser = engine.load_analyser(n_workers)
    try:
        yield analyser
    finally:
        close = getattr(analyser.decoder, "close", None)
        if close is not None:
            close()


@contextmanager
def catalogue_in(folder: Path, analyser: Analyser | None = None) -> Iterator[SqliteCatalogue]:
    """The catalogue of a folder, closed afterwards."""
    catalogue = engine.open_catalogue(folder, analyser)
    try:
        yield catalogue
    finally:
        catalogue.close()
