"""Where people read: results on stdout, everything else on stderr, progress only on terminals."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

PIPE_WIDTH = 160  # columns of a table that goes to a file or a pipe


def stdout() -> Console:
    """Console for results; wide and plain when it is not a terminal."""
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False, soft_wrap=False)


def stderr() -> Console:
    """Console for errors and progress."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Prints one line of a result as it is, without markup or wrapping."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Prints one line to stderr, without markup or wrapping."""
    print(text, file=sys.stderr, flush=True)


def say_json(value: Mapping[str, Any]) -> None:
    """Prints one JSON object on one line; what is printed is complete, whatever happens next."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False), flush=True)


class RateColumn(ProgressColumn):
    """Items per minute, measured over the last stretch."""

    def render(self, task: Task) -> Text:
        """For example ``42.0/min``."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{60 * speed:.1f}/min", style="progress.data.speed")


def progress_bar(quiet: bool = False) -> Progress:
    """A bar with count, rate and time left, on stderr; silent when that is no terminal."""
    console = stderr()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        RateColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[current]}"),
        console=console,
        disable=quiet or not console.is_terminal,
        transient=True,
    )
