"""``segue playlist``: a set from a seed, whose neighbours mix."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, get_args

import typer

from app.cli import limits as told
from app.cli import sets
from app.cli.context import analyser_for, catalogue_folder, catalogue_in
from app.cli.named import check_filled, named
from app.cli.options import CatalogueOption, JsonOption
from segue.limits import EnergyLimit, TempoLimit
from segue.playlist import MAX_KEEP_ON, MAX_LENGTH, PlaylistOptions, make_playlist
from segue.seed import blend
from segue.sets.curve import CurveName
from segue.sets.neighbours import NeighbourLimits

_DEFAULT = PlaylistOptions()
_NEIGHBOURS = NeighbourLimits()


def playlist(
    ctx: typer.Context,
    seeds: Annotated[
        list[str], typer.Argument(metavar="SEED...", help="Files or ids of tracks to start from.", show_default=False)
    ],
    minus: Annotated[
        list[str] | None,
        typer.Option(metavar="TRACK", help="A seed to move away from: a file or a track id; repeatable."),
    ] = None,
    length: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=MAX_LENGTH, help="How many tracks; else 20.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(metavar="M", min=0.1, max=1440.0, help="How long instead.")] = None,
    curve: Annotated[
        str | None,
        typer.Option(
            metavar="CURVE", help="How energy moves: warm_up, build, peak, release, arc, or like 0.3,0.8,0.5."
        ),
    ] = None,
    keep_on: Annotated[
        int,
        typer.Option(metavar="N", min=0, max=MAX_KEEP_ON, help="How many of the last tracks count beside the seed."),
    ] = _DEFAULT.keep_on,
    drunk: Annotated[float, typer.Option(metavar="X", min=0.0, max=1.0, help="How much noise moves the choice.")] = 0.0,
    rng_seed: Annotated[int, typer.Option(metavar="N", min=0, help="Which noise.")] = 0,
    play_seed: Annotated[bool, typer.Option("--play-seed", help="The seed itself is the first track.")] = False,
    max_drift: sets.MaxDrift = _NEIGHBOURS.max_bpm_drift_percent or 0.0,
    any_tempo: sets.AnyTempo = False,
    half_double: told.HalfDouble = True,
    key: sets.KeyOfNeighbours = _NEIGHBOURS.key_mode,
    key_lock: told.KeyLock = True,
    max_per_artist: told.MaxPerArtist = None,
    min_shared: Annotated[
        int, typer.Option(metavar="N", min=0, help="Tags every track must share with the seed; 0 turns the gate off.")
    ] = _DEFAULT.gate.min_shared,
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
    """Print a set from one or more seeds, in which every track mixes with the one before, and why it ended."""
    told.read_weights(weight or [])  # refused before the models are loaded
    wanted = read_curve(curve)
    if play_seed and len(seeds) + len(minus or ()) > 1:
        raise typer.BadParameter("Several seeds cannot be played as one track.", param_hint="--play-seed")
    with analyser_for(1) as analyser, catalogue_in(catalogue_folder(ctx, catalogue), analyser) as opened:
        check_filled(opened)
        durations = (duration_min, duration_max)
        scope = told.scope(opened, collection, artist, exclude_artist, not_played_within, durations)
        options = PlaylistOptions(
            length=length,
            duration_seconds=None if minutes is None else 60 * minutes,
            keep_on=keep_on,
            drunk=drunk,
            rng_seed=rng_seed,
            neighbours=NeighbourLimits(None if any_tempo else max_drift, half_double, key, key_lock),
            curve=wanted,
            max_per_artist=max_per_artist,
            play_seed=play_seed,
            limits=replace(
                scope,
                tempo=TempoLimit(bpm_min, bpm_max, half_double=half_double),
                energy=EnergyLimit(energy_min, energy_max),
            ),
            gate=told.gate(opened.vocabulary, min_shared, include, exclude, strict),
            weights=told.applied_weights(opened, preset, weight),
        )
        parts = [(named(text, analyser, opened), 1.0) for text in seeds]
        parts += [(named(text, analyser, opened), -1.0) for text in minus or ()]
        seed = blend([(part.seed, weight) for part, weight in parts], analyser.mixer)
        first = parts[0][0]
        found = make_playlist(seed, opened, analyser.mixer, options, first.track if len(parts) == 1 else None)
    files = {1: first.file} if play_seed and first.file else {}
    if m3u8 is not None:
        sets.write_m3u8(m3u8, found.tracks, files)
    if json:
        pool = {"size": found.pool, "relaxed": found.gate}
        sets.show_json(found.tracks, found.ended, found.duration_seconds, pool=pool)
    else:
        sets.show(found.tracks, found.ended, found.duration_seconds, files)


def read_curve(text: str | None) -> CurveName | tuple[float, ...] | None:
    """A curve from its name or from energies between commas. Raises typer.BadParameter."""
    if text is None:
        return None
    for name in get_args(CurveName):
        if text == name:
            curve: CurveName = name
            return curve
    try:
        return tuple(float(energy) for energy in text.split(","))
    except ValueError:
        names = ", ".join(get_args(CurveName))
        raise typer.BadParameter(f"{text!r} is no curve; {names} are, or energies like 0.3,0.8,0.5.") from None
