"""Commands that other packages bring along, found through entry points.

This layer may not import ``training``; the distribution's metadata name what it offers instead:

    [project.entry-points."segue.commands"]      name = "module:function", a command or a typer group
    [project.entry-points."segue.demo"]          library = "module:function", writes the demo's music
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer

from segue.errors import SegueError

COMMANDS = "segue.commands"
DEMO = "segue.demo"


def load(point: EntryPoint) -> Any:
    """What an entry point names.

    Raises:
        SegueError: it cannot be imported.
    """
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise SegueError(f"{point.name} is not part of this installation ({error}).") from error


def add_commands(cli: typer.Typer) -> None:
    """Adds every command of the entry point group to the command line."""
    for point in sorted(entry_points(group=COMMANDS), key=lambda point: point.name):
        try:
            command = load(point)
        except SegueError as error:
            cli.command(point.name, hidden=True)(_absent(error))
            continue
        if isinstance(command, typer.Typer):
            cli.add_typer(command, name=point.name)
        else:
            cli.command(point.name)(command)


def _absent(error: SegueError) -> Callable[[], None]:
    def absent() -> None:
        raise error

    return absent
