"""The root of the command line: its options, its groups, and commands that other packages bring along."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from app.cli import analyse, collection, demo, index, model, path, playlist, preset, recommend, serve, transition
from app.cli import next as next_command
from app.cli.context import Invocation
from app.cli.errors import HonestGroup
from app.cli.extensions import add_commands
from app.cli.options import CatalogueOption

cli = typer.Typer(
    cls=HonestGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"segue {version('segue')}")
        raise typer.Exit


@cli.callback()
def root(
    ctx: typer.Context,
    catalogue: CatalogueOption = None,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """Recommends the tracks of your catalogue that mix with a track nobody has released yet."""
    ctx.obj = Invocation(catalogue)


cli.command("serve")(serve.serve)
cli.add_typer(index.group, name="index")
cli.add_typer(collection.group, name="collection")
cli.add_typer(preset.group, name="preset")
cli.command("analyse")(analyse.analyse)
cli.command("recommend")(recommend.recommend_file)
cli.command("next")(next_command.next_up)
cli.command("playlist")(playlist.playlist)
cli.command("path")(path.path)
cli.command("transition")(transition.transition)
cli.command("demo")(demo.demo)
cli.add_typer(model.group, name="model")
add_commands(cli)


def main() -> None:
    """The program ``segue``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # file names are bytes; print what the terminal cannot show escaped
            stream.reconfigure(errors="backslashreplace")
    cli(prog_name="segue")
