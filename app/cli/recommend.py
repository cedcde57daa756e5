"""``segue recommend``: the main job from a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from app.cli import limits as told
from app.cli.console import say, say_json, stdout
from app.cli.context import analyser_for, catalogue_folder, catalogue_in
from app.cli.named import check_filled, named
from app.cli.options import CatalogueOption, JsonOption
from app.cli.rendering import analysis_lines, pool_line, recommendations_json, recommendations_table
from segue.analyse import Analyser
from segue.diversity import Diversity
from segue.limits import EnergyLimit, KeyLimit, TempoLimit
from segue.options import Options
from segue.ports import Catalogue
from segue.recommend import recommend
from segue.results import Recommendations
from segue.seed import Seed, blend
from segue.tags import TagGate
from segue.track import Analysis

SeedOption = list[str] | None


def recommend_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The track to find company for.", show_default=False)],
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many tracks to print.")] = 10,
    min_similarity: Annotated[float, typer.Option(min=0.0, max=1.0, help="Leave out less similar tracks.")] = 0.0,
    plus: Annotated[
        SeedOption, typer.Option(metavar="TRACK", help="Another seed: a file or a track id; may be repeated.")
    ] = None,
    minus: Annotated[
        SeedOption, typer.Option(metavar="TRACK", help="A seed to move away from: a file or a track id; repeatable.")
    ] = None,
    match: told.MatchOption = "track",
    epsilon: told.EpsilonOption = None,
    min_shared: Annotated[
        int, typer.Option(min=0, help="Tags a track must share; 0 turns the gate off.")
    ] = TagGate().min_shared,
    include: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Only tracks with this tag; may be repeated.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="No tracks with this tag; may be repeated.")
    ] = None,
    include_all: Annotated[bool, typer.Option("--include-all", help="All tags of --include are needed.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Never loosen the tag gate.")] = False,
    bpm_min: told.BpmMin = None,
    bpm_max: told.BpmMax = None,
    bpm_target: told.BpmTarget = None,
    bpm_tolerance: told.BpmTolerance = None,
    half_double: told.HalfDouble = True,
    key: told.KeyModeOption = "off",
    key_lock: told.KeyLock = True,
    energy: told.Energy = "any",
    energy_min: told.EnergyMin = 0.0,
    energy_max: told.EnergyMax = 1.0,
    duration_min: told.DurationMin = 0.0,
    duration_max: told.DurationMax = None,
    collection: told.CollectionNames = None,
    artist: told.ArtistNames = None,
    exclude_artist: told.ExcludeArtists = None,
    not_played_within: told.NotPlayedWithin = None,
    max_per_artist: told.MaxPerArtist = None,
    max_per_album: told.MaxPerAlbum = None,
    keep_duplicates: told.KeepDuplicates = False,
    preset: told.PresetOption = None,
    weight: told.WeightOptions = None,
    json: JsonOption = False,
    catalogue: CatalogueOption = None,
) -> None:
    """Print the tracks of the catalogue that mix with a file, best first, and why."""
    told.read_weights(weight or [])  # refused before the models are loaded
    with analyser_for(1) as analyser, catalogue_in(catalogue_folder(ctx, catalogue), analyser) as opened:
        options = Options(
            limit,
            min_similarity,
            told.gate(opened.vocabulary, min_shared, include, exclude, strict, include_all),
            told.applied_weights(opened, preset, weight),
            replace(
                told.scope(opened, collection, artist, exclude_artist, not_played_within, (duration_min, duration_max)),
                tempo=TempoLimit(bpm_min, bpm_max, bpm_target, bpm_tolerance, half_double),
                key=KeyLimit(key, key_lock),
                energy=EnergyLimit(energy_min, energy_max, energy),
            ),
            Diversity(max_per_artist, max_per_album, not keep_duplicates),
            match,
            epsilon=epsilon,
        )
        others = [(other, 1.0) for other in plus or ()] + [(other, -1.0) for other in minus or ()]
        analysis, answer = hear_and_recommend(analyser, opened, file, options, others)
    if json:
        say_json(recommendations_json(str(file), analysis, answer))
    else:
        print_recommendations(file, analysis, answer)


def hear_and_recommend(
    analyser: Analyser,
    catalogue: Catalogue,
    file: Path,
    options: Options,
    others: list[tuple[str, float]] | None = None,
) -> tuple[Analysis, Recommendations]:
    """Listens to a file and ranks the catalogue for it.

    Args:
        analyser: what listens.
        catalogue: what is ranked.
        file: the track to find company for.
        options: how to recommend.
        others: more seeds, files or track ids, with their weights beside the file's 1.

    Raises:
        AudioError: what is wrong with a file.
        TrackNotFound: neither a file nor a track.
        CatalogueError: the catalogue is empty.
    """
    check_filled(catalogue)
    analysis = analyser.hear(analyser.decode(file))
    parts = [(Seed.from_analysis(analysis, analyser.mixer), 1.0)]
    parts += [(named(other, analyser, catalogue).seed, weight) for other, weight in others or ()]
    return analysis, recommend(blend(parts, analyser.mixer), catalogue, analyser.mixer, options)


def print_recommendations(file: Path, analysis: Analysis, answer: Recommendations) -> None:
    """The query as heard, a table of results, and the sizes of the pool."""
    for line in analysis_lines(str(file), analysis):
        say(line)
    print_results(answer)


def print_results(answer: Recommendations) -> None:
    """A table of results, and the sizes of the pool."""
    say("")
    if answer.results:
        stdout().print(recommendations_table(answer))
    else:
        say("No track passes; loosen a limit, --min-shared, --min-similarity, --include or --exclude.")
    say(pool_line(answer))
