"""The command line of Segue: ``segue --help``.

One file per group of commands. Heavy libraries are imported inside the commands that need them, so
that help and usage errors are instant.
"""

from app.cli.root import cli, main

__all__ = ["cli", "main"]
