"""Options for limits, diversity and weights: their names on the command line, and what the domain makes of them."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Literal

import typer

from app.cli.collection import find
from segue.key import KeyMode
from segue.limits import EnergyDirection, Limits
from segue.mixer import AXES, Weights
from segue.ports import Catalogue
from segue.shelf.play import played_since
from segue.tags import TagGate, TagVocabulary
from segue.where import Range

BpmMin = Annotated[float | None, typer.Option("--bpm-min", help="Only tracks of at least this tempo.")]
BpmMax = Annotated[float | None, typer.Option("--bpm-max", help="Only tracks of at most this tempo.")]
BpmTarget = Annotated[
    float | None, typer.Option("--bpm-target", help="The tempo to pitch to; else that of FILE. Needs --bpm-tolerance.")
]
BpmTolerance = Annotated[
    float | None, typer.Option("--bpm-tolerance", help="By how many percent a track may be pitched to get there.")
]
HalfDouble = Annotated[
    bool, typer.Option("--half-double/--no-half-double", help="Whether half and double time pass as well.")
]
KeyModeOption = Annotated[
    KeyMode, typer.Option("--key", help="Only tracks whose key mixes: off, exact, standard or extended.")
]
KeyLock = Annotated[
    bool, typer.Option("--key-lock/--no-key-lock", help="Whether your player keeps the key when it changes the tempo.")
]
EnergyMin = Annotated[
    float, typer.Option("--energy-min", min=0.0, max=1.0, help="Only tracks of at least this energy.")
]
EnergyMax = Annotated[float, typer.Option("--energy-max", min=0.0, max=1.0, help="Only tracks of at most this energy.")]
Energy = Annotated[
    EnergyDirection, typer.Option("--energy", help="Beside the energy of FILE: any, up, down or steady.")
]
DurationMin = Annotated[float, typer.Option("--duration-min", min=0.0, help="Only tracks of at least so many seconds.")]
DurationMax = Annotated[
    float | None, typer.Option("--duration-max", min=0.0, help="Only tracks of at most so many seconds.")
]
CollectionNames = Annotated[
    list[str] | None, typer.Option("--collection", metavar="NAME", help="Only tracks of this collection; repeatable.")
]
ArtistNames = Annotated[
    list[str] | None, typer.Option("--artist", metavar="NAME", help="Only this artist; may be repeated.")
]
ExcludeArtists = Annotated[
    list[str] | None, typer.Option("--exclude-artist", metavar="NAME", help="Not this artist; may be repeated.")
]
NotPlayedWithin = Annotated[
    float | None, typer.Option("--not-played-within", metavar="HOURS", min=0.0, help="Nothing played lately.")
]
MaxPerArtist = Annotated[int | None, typer.Option("--max-per-artist", min=1, help="At most so many of one artist.")]
MaxPerAlbum = Annotated[int | None, typer.Option("--max-per-album", min=1, help="At most so many of one album.")]
KeepDuplicates = Annotated[
    bool, typer.Option("--keep-duplicates", help="Do not fold other encodings and remasters of one recording.")
]
WeightOptions = Annotated[
    list[str] | None,
    typer.Option("--weight", metavar="AXIS=VALUE", help=f"How much an axis counts ({', '.join(AXES)}); repeatable."),
]
PresetOption = Annotated[
    str | None, typer.Option("--preset", metavar="NAME", help="Weights to start from; `segue preset list` names them.")
]
MatchOption = Annotated[
    Literal["track", "segment", "segue"],
    typer.Option("--match", help="Compare whole tracks, the most alike segments, or the end of FILE with beginnings."),
]

EpsilonOption = Annotated[
    float | None,
    typer.Option(
        "--epsilon", min=0.0, max=1.0, help="Weigh chunks by TF-IDF, from feel (0) to genre (1: plain means)."
    ),
]


def read_weights(told: list[str], base: Weights | None = None) -> Weights:
    """Weights from ``axis=value`` texts; axes left out keep those of the base.

    Raises:
        typer.BadParameter: an unknown axis, or no number.
        InvalidRequest: a negative weight, or all of them 0.
    """
    start = base or Weights()
    values = {field.name: float(getattr(start, field.name)) for field in fields(Weights)}
    for text in told:
        axis, _, value = text.partition("=")
        try:
            if axis not in values:
                raise ValueError(axis)
            values[axis] = float(value)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is no weight; write one like tempo=0.3 ({', '.join(AXES)}).") from None
    return Weights(**values)


def applied_weights(catalogue: Catalogue, preset: str | None, told: list[str] | None) -> Weights:
    """The weights of a preset, or the default ones, with those told in their place. Raises as :func:`read_weights`."""
    return read_weights(told or [], None if preset is None else catalogue.presets.get(preset).weights)


def gate(
    vocabulary: TagVocabulary,
    min_shared: int,
    include: list[str] | None,
    exclude: list[str] | None,
    strict: bool,
    include_all: bool = False,
) -> TagGate:
    """The tag gate. Raises UnknownTag, InvalidRequest."""
    return TagGate(
        min_shared=min_shared,
        include=frozenset(vocabulary.resolve(text) for text in include or ()),
        exclude=frozenset(vocabulary.resolve(text) for text in exclude or ()),
        include_mode="all" if include_all else "any",
        on_empty="keep" if strict else "relax",
    )


def scope(
    catalogue: Catalogue,
    collections: list[str] | None,
    artists: list[str] | None,
    exclude_artists: list[str] | None,
    not_played_within: float | None,
    durations: tuple[float, float | None],
) -> Limits:
    """Limits of everything but tempo, key and energy.

    Args:
        catalogue: whose collections are named.
        collections: names or ids.
        artists: only these.
        exclude_artists: none of these.
        not_played_within: hours.
        durations: shortest and longest, in seconds.

    Raises:
        CollectionNotFound: no such collection.
        InvalidRequest: no duration is left.
    """
    shortest, longest = durations
    return Limits(
        duration_seconds=Range(shortest, float("inf") if longest is None else longest),
        artists=frozenset(artists or ()),
        exclude_artists=frozenset(exclude_artists or ()),
        collection_ids=frozenset(find(catalogue.collections, name).id for name in collections) if collections else None,
        not_played_since=played_since(not_played_within),
    )
