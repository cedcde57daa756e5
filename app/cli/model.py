"""``segue model``: what the checkpoints are, and bringing published ones in."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.console import say, say_json
from app.cli.options import JsonOption
from segue.errors import ModelMissing
from segue.tags import CATEGORIES, category_of

if TYPE_CHECKING:
    from models.spec import ModelSpec

group = typer.Typer(no_args_is_help=True, help="Look at the networks' checkpoints.")


@group.command()
def info(
    checkpoints: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE...]", help="Checkpoints; Segue's own without any.", show_default=False),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Print what checkpoints are: size, hash, vocabulary, where they come from, and their scores."""
    from models.checkpoint import checkpoint_sha256, read_spec

    for path in checkpoints or own_checkpoints():
        spec, digest = read_spec(path), checkpoint_sha256(path)
        told = describe(path, spec, digest)
        if json:
            say_json(told)
        else:
            _print(told)


@group.command("import-checkpoint")
def import_checkpoint(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A published .pth file.", show_default=False)],
    tags: Annotated[
        Path,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, help="Its tags in order: one per line, or JSON list."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write, ending in .safetensors.")],
    name: Annotated[str | None, typer.Option(help="Name of the model; else the file's stem.")] = None,
    licence: Annotated[str, typer.Option(help="Licence of the weights, as their publisher states it.")] = "unstated",
) -> None:
    """Turn a published sota-music-tagging checkpoint (CRNN or short-chunk-res) into one that Segue reads."""
    from models.checkpoint import save_checkpoint
    from models.import_checkpoint import import_published_checkpoint

    network, spec = import_published_checkpoint(file, read_tags(tags), name=name, licence=licence)
    digest = save_checkpoint(network, spec, out)
    say(f"{out}: {spec.kind}, {len(spec.tags)} tags, sha256 {digest}")


def read_tags(path: Path) -> list[str]:
    """Tags from a JSON list, or a JSON object with a list ``tags``, or one per line.

    Raises:
        typer.BadParameter: nothing of the kind.
    """
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".json":
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        told = json_module.loads(text)
    except json_module.JSONDecodeError as error:
        raise typer.BadParameter(f"{path} is not JSON: {error}") from error
    listed = told.get("tags") if isinstance(told, dict) else told
    if not (isinstance(listed, list) and all(isinstance(tag, str) for tag in listed)):
        raise typer.BadParameter(f"{path} holds no list of tags.")
    return listed


def own_checkpoints() -> list[Path]:
    """The checkpoints that this installation listens with.

    Raises:
        ModelMissing: there are none.
    """
    import models

    folder = Path(models.__file__).parent
    found = sorted(path for path in folder.glob("*/weights/*.safetensors") if ".codebook" not in path.suffixes)
    if not found:
        raise ModelMissing("This installation holds no weights; train some, or install a wheel that carries them.")
    return found


def describe(path: Path, spec: ModelSpec, digest: str) -> dict[str, Any]:
    """Everything that is to be told of a checkpoint, plain JSON."""
    counts = {category: sum(category_of(tag) == category for tag in spec.tags) for category in CATEGORIES}
    return {
        "path": str(path),
        "kind": spec.kind,
        "name": spec.name,
        "sha256": digest,
        "size_bytes": path.stat().st_size,
        "n_parameters": count_parameters(path),
        "input_seconds": round(spec.input_samples / 16_000, 3),
        "n_tags": len(spec.tags),
        "n_tags_by_category": counts,
        "tags": list(spec.tags),
        "thresholds": None if spec.thresholds is None else [round(float(t), 4) for t in spec.thresholds],
        "licence": spec.licence,
        "provenance": spec.provenance,
    }


def count_parameters(path: Path) -> int:
    """Numbers stored in a checkpoint, read from its header alone."""
    from math import prod

    from safetensors import safe_open

    with safe_open(path, framework="np") as file:
        return sum(prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118  # no mapping


def _print(told: Mapping[str, Any]) -> None:
    by_category = ", ".join(f"{n} {category}s" for category, n in told["n_tags_by_category"].items() if n)
    say(f"{told['name']} ({told['kind']})")
    say(f"  file        {told['path']}")
    say(f"  sha256      {told['sha256']}")
    say(f"  size        {told['size_bytes'] / 1e6:.1f} MB, {told['n_parameters'] / 1e6:.2f} million parameters")
    say(f"  hears       {told['input_seconds']:g} s at a time")
    say(f"  tags        {told['n_tags']}" + (f" ({by_category})" if by_category else ""))
    say(f"  licence     {told['licence']}")
    for name, value in told["provenance"].items():
        say(f"  {name:<11} {value if isinstance(value, str) else json_module.dumps(value)}")
