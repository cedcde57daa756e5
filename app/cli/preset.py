"""``segue preset``: weights of the mixer under names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.console import say, say_json
from app.cli.context import catalogue_folder, catalogue_in
from app.cli.options import CatalogueOption, JsonOption
from segue.errors import InvalidRequest

if TYPE_CHECKING:
    from segue.shelf.preset import Preset

MAX_BYTES = 65_536

group = typer.Typer(no_args_is_help=True, help="Save weights of the mixer under names, and share them.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the preset.", show_default=False)]


@group.command("list")
def list_presets(ctx: typer.Context, json: JsonOption = False, catalogue: CatalogueOption = None) -> None:
    """Print the presets, those that come with Segue first, and when each serves."""
    with catalogue_in(catalogue_folder(ctx, catalogue)) as opened:
        presets = opened.presets.all()
    width = max(len(preset.name) for preset in presets)
    for preset in presets:
        say_json(_json(preset)) if json else say(f"{preset.name:<{width}}  {preset.description}".rstrip())


@group.command()
def show(ctx: typer.Context, name: NameArgument, catalogue: CatalogueOption = None) -> None:
    """Print a preset as JSON, as `segue preset save` reads it."""
    with catalogue_in(catalogue_folder(ctx, catalogue)) as opened:
        say_json(_json(opened.presets.get(name)))


@group.command()
def save(
    ctx: typer.Context,
    name: NameArgument,
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(metavar="FILE|-", help="JSON as `show` prints it; - reads stdin.", show_default=False),
    ],
    catalogue: CatalogueOption = None,
) -> None:
    """Save a preset, in place of the one of that name."""
    preset = read_preset(name, file.read(MAX_BYTES + 1))
    with catalogue_in(catalogue_folder(ctx, catalogue)) as opened:
        opened.presets.save(preset)
    say(f"{preset.name}: saved.")


@group.command()
def delete(ctx: typer.Context, name: NameArgument, catalogue: CatalogueOption = None) -> None:
    """Delete a saved preset."""
    with catalogue_in(catalogue_folder(ctx, catalogue)) as opened:
        opened.presets.remove(name)
    say(f"{name}: deleted.")


def read_preset(name: str, text: bytes) -> Preset:
    """A preset from JSON, under another name if need be.

    Raises:
        InvalidRequest: no JSON, no preset, or a name that cannot be one.
    """
    from pydantic import ValidationError

    from app.schemas.mixer_presets import MixerPresetFields

    if len(text) > MAX_BYTES:
        raise InvalidRequest(f"This is no mixer preset: it has more than {MAX_BYTES} bytes.")
    try:
        return MixerPresetFields.model_validate_json(text).preset(name)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise InvalidRequest(f"This is no mixer preset: {place}{': ' if place else ''}{first['msg']}.") from None


def _json(preset: Preset) -> dict[str, Any]:
    from app.schemas.mixer_presets import MixerPresetBody

    return MixerPresetBody.of(preset).model_dump()
