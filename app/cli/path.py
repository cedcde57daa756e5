"""``segue path``: tracks that lead from one track to another, through any number of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from app.cli import limits as told
from app.cli import sets
from app.cli.context import analyser_for, catalogue_folder, catalogue_in
from app.cli.errors import FAILED
from app.cli.named import check_filled, named
from app.cli.options import CatalogueOption, JsonOption
from segue.limits import EnergyLimit, TempoLimit
from segue.path import PathOptions, Waypoint, find_path
from segue.playlist import MAX_LENGTH
from segue.sets.neighbours import NeighbourLimits

_NEIGHBOURS = NeighbourLimits()


def path(
    ctx: typer.Context,
    waypoints: Annotated[
        list[str],
        typer.Argument(metavar="FROM [VIA...] TO", help="Files or ids of tracks, in this order.", show_default=False),
    ],
    between: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, max=MAX_LENGTH, help="How many tracks between two of them; else 5."),
    ] = None,
    length: Annotated[
        int | None, typer.Option(metavar="N", min=2, max=MAX_LENGTH, help="How many tracks in all instead.")
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Where there is no way, print how far it leads.")] = False,
    max_drift: sets.MaxDrift = _NEIGHBOURS.max_bpm_drift_percent or 0.0,
    any_tempo: sets.AnyTempo = False,
    half_double: told.HalfDouble = True,
    key: sets.KeyOfNeighbours = _NEIGHBOURS.key_mode,
    key_lock: told.KeyLock = True,
    min_shared: Annotated[
        int, typer.Option(metavar="N", min=0, help="Tags every track must share with the waypoints; 0: no tag gate.")
    ] = 0,
    include: sets.IncludeTags = None,
    exclude: sets.ExcludeTags = None,
    strict: sets.Strict = False,
    bpm_min: told.BpmMin = None,
    bpm_max: told.BpmMax = None,
    energy_min: told.EnergyMin = 0.0,
    energy_max: told.EnergyMax = 1.0,
    duration_min: told.DurationMin = 0.0,
    duration_max: told.DurationMax = None,
    collection: told.CollectionNames = None,
    artist: told.ArtistNames = None,
    exclude_artist: told.ExcludeArtists = None,
    not_played_within: told.NotPlayedWithin = None,
    preset: told.PresetOption = None,
    weight: told.WeightOptions = None,
    m3u8: sets.M3u8Option = None,
    json: JsonOption = False,
    catalogue: CatalogueOption = None,
) -> None:
    """Print tracks that lead from one track to another; where there is no way, say why and end with status 1."""
    told.read_weights(weight or [])  # refused before the models are loaded
    with analyser_for(1) as analyser, catalogue_in(catalogue_folder(ctx, catalogue), analyser) as opened:
        check_filled(opened)
        durations = (duration_min, duration_max)
        scope = told.scope(opened, collection, artist, exclude_artist, not_played_within, durations)
        options = PathOptions(
            n_between=between,
            length=length,
            neighbours=NeighbourLimits(None if any_tempo else max_drift, half_double, key, key_lock),
            limits=replace(
                scope,
                tempo=TempoLimit(bpm_min, bpm_max, half_double=half_double),
                energy=EnergyLimit(energy_min, energy_max),
            ),
            gate=told.gate(opened.vocabulary, min_shared, include, exclude, strict),
            weights=told.applied_weights(opened, preset, weight),
            partial=partial,
        )
        parts = [named(text, analyser, opened) for text in waypoints]
        through = [Waypoint(part.seed, part.track) for part in parts]
        found = find_path(through, opened, analyser.mixer, options)
    places = zip(found.waypoints, parts, strict=True)
    files = {place: part.file for place, part in places if part.file is not None}
    if m3u8 is not None and found.tracks:
        sets.write_m3u8(m3u8, found.tracks, files)
    if json:
        pool = {"size": found.pool, "relaxed": found.gate}
        sets.show_json(found.tracks, found.ended, found.duration_seconds, pool=pool, waypoints=list(found.waypoints))
    else:
        sets.show(found.tracks, found.ended, found.duration_seconds, files)
    if found.ended.code != "complete":
        raise typer.Exit(FAILED)
