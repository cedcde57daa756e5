"""Errors on the command line: one line on stderr and exit status 1, never a traceback.

Exit statuses: 0 all went well, 1 something failed, 2 the command was used wrongly, 130 interrupted.
"""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from app.cli.console import complain
from segue.errors import SegueError

FAILED = 1
INTERRUPTED = 130


class HonestGroup(TyperGroup):
    """The root group: turns errors raised on purpose into one line and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the chosen command."""
        try:
            return super().invoke(ctx)
        except SegueError as error:
            complain(f"segue: {one_line(error.message)}")
        except BrokenPipeError:
            raise  # the reader went away, as in `| head`: click ends quietly
        except OSError as error:
            complain(f"segue: {one_line(str(error))}")
        raise typer.Exit(FAILED)


def one_line(text: str) -> str:
    """The text without line breaks."""
    return " ".join(text.split())


def as_json(error: SegueError) -> dict[str, str]:
    """``{"code", "message"}``."""
    return {"code": error.code, "message": one_line(error.message)}
