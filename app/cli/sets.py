"""What ``segue playlist`` and ``segue path`` have in common: options, named tracks, and what is printed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from app.cli.console import say, say_json, stdout
from app.cli.rendering import clock, track_name
from app.m3u import Entry, m3u8
from segue.key import KeyMode
from segue.playlist import Placed
from segue.sets.ending import Ending

MaxDrift = Annotated[
    float,
    typer.Option(
        "--max-drift",
        metavar="PERCENT",
        min=0.0,
        max=25.0,
        help="By how much the faster one of two neighbours may exceed the slower one.",
    ),
]
AnyTempo = Annotated[bool, typer.Option("--any-tempo", help="Tempo of neighbours does not matter.")]
KeyOfNeighbours = Annotated[
    KeyMode, typer.Option("--key", help="How keys of neighbours mix: off, exact, standard or extended.")
]
IncludeTags = Annotated[
    list[str] | None, typer.Option("--include", metavar="TAG", help="Only tracks with one of these tags; repeatable.")
]
ExcludeTags = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="TAG", help="No tracks with this tag; may be repeated.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Never loosen the tag gate.")]
M3u8Option = Annotated[
    Path | None, typer.Option("--m3u8", metavar="FILE", help="Also write a playlist file, paths relative to it.")
]


def show(tracks: tuple[Placed, ...], ended: Ending, seconds: float, files: dict[int, Path]) -> None:
    """A table of the tracks, how long they last, and why it ended.

    Args:
        tracks: in playing order.
        ended: why it ended.
        seconds: how long they last.
        files: position -> file of what is in no catalogue.
    """
    if tracks:
        stdout().print(_table(tracks, files))
        say(f"{len(tracks)} track{'' if len(tracks) == 1 else 's'}, {clock(seconds)}")
    say(ended.message)


def show_json(tracks: tuple[Placed, ...], ended: Ending, seconds: float, **more: Any) -> None:
    """One JSON object: ``tracks`` and ``ended`` as the HTTP service answers them, ``total_seconds``, and more."""
    from app.schemas.sets import EndedBody, PlacedBody  # only this output needs them

    say_json(
        {
            "tracks": [PlacedBody.of(placed).model_dump(mode="json") for placed in tracks],
            "total_seconds": round(seconds, 2),
            "ended": EndedBody.of(ended).model_dump(mode="json"),
            **more,
        }
    )


def write_m3u8(target: Path, tracks: Iterable[Placed], files: dict[int, Path]) -> None:
    """Writes a playlist file, with paths relative to its folder."""
    text = m3u8((_entry(placed, files.get(placed.position)) for placed in tracks), target.absolute().parent)
    target.write_text(text, encoding="utf-8", errors="surrogateescape")


def _entry(placed: Placed, file: Path | None) -> Entry:
    if placed.track is None:
        return Entry(None, None, None if file is None else str(file), placed.duration_seconds)
    told = placed.track.description
    return Entry(told.title, told.artist, told.path, placed.duration_seconds)


def _table(tracks: tuple[Placed, ...], files: dict[int, Path]) -> Table:
    with_curve = any(placed.energy_target is not None for placed in tracks)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("#", "BPM", "pitch", "key", "energy"):
        table.add_column(name, justify="left" if name == "key" else "right", no_wrap=True)
    if with_curve:
        table.add_column("wanted", justify="right", no_wrap=True)
        table.add_column("phase", no_wrap=True)
    table.add_column("length", justify="right", no_wrap=True)
    table.add_column("track")
    for placed in tracks:
        table.add_row(*_row(placed, files.get(placed.position), with_curve))
    return table


def _row(placed: Placed, file: Path | None, with_curve: bool) -> tuple[str, ...]:
    move = placed.move
    beat = "" if move is None else {2.0: " half time", 0.5: " double time"}.get(move.tempo_ratio, "")
    relation = "" if move is None else f" ({move.key_relation.replace('_', ' ')})"
    wanted = "" if placed.energy_target is None else f"{placed.energy_target:.2f}" + "*" * placed.relaxed
    curve = (wanted, (placed.phase or "").replace("_", " ")) if with_curve else ()
    return (
        str(placed.position),
        f"{placed.tempo_bpm:.1f}",
        "" if move is None else f"{move.pitch_percent:+.1f} %{beat}",
        f"{placed.key.camelot}{relation}",
        f"{placed.energy:.2f}",
        *curve,
        clock(placed.duration_seconds),
        track_name(placed.track.description) if placed.track else (file.name if file else "upload"),
    )
