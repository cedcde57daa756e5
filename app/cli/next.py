"""``segue next``: what to play after what is playing now."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli import limits as told
from app.cli.console import say, say_json
from app.cli.context import analyser_for, catalogue_folder, catalogue_in
from app.cli.named import check_filled
from app.cli.options import CatalogueOption, JsonOption
from app.cli.recommend import print_results
from app.cli.rendering import analysis_lines, recommendations_json, track_name
from segue.limits import EnergyLimit, KeyLimit, Limits, TempoLimit
from segue.live import Listening, left_at
from segue.options import Options
from segue.playing import find_playing
from segue.recommend import recommend
from segue.seed import Seed
from segue.tags import TagGate


def next_up(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A few seconds of what is playing, or with --position the whole track.",
            show_default=False,
        ),
    ],
    position: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=0.0, help="Where you are in FILE, which is the whole track.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many tracks to print.")] = 10,
    match: told.MatchOption = "segue",
    min_shared: Annotated[
        int, typer.Option(min=0, help="Tags a track must share; 0 turns the gate off.")
    ] = TagGate().min_shared,
    bpm_tolerance: told.BpmTolerance = None,
    key: told.KeyModeOption = "off",
    energy: told.Energy = "any",
    json: JsonOption = False,
    catalogue: CatalogueOption = None,
) -> None:
    """Print what to play next, best first, matched on the beginnings of tracks."""
    limits = Limits(TempoLimit(tolerance_percent=bpm_tolerance), KeyLimit(key), EnergyLimit(direction=energy))
    options = Options(limit, gate=TagGate(min_shared=min_shared), limits=limits, match=match)
    with analyser_for(1) as analyser, catalogue_in(catalogue_folder(ctx, catalogue), analyser) as opened:
        check_filled(opened)
        analysis, mixer = analyser.hear(analyser.decode(file)), analyser.mixer
        playing = None
        if position is None:
            listening = Listening().heard(analysis)
            playing = find_playing(listening, opened, mixer)
            seed = listening.seed(mixer, () if playing is None else playing.copies)
        else:
            seed = left_at(Seed.from_analysis(analysis, mixer), position, mixer)
        answer = recommend(seed, opened, mixer, options)
    if json:
        found = None if playing is None else {"track_id": playing.track.id, "confidence": round(playing.confidence, 4)}
        say_json(recommendations_json(str(file), analysis, answer) | {"playing": found})
        return
    for line in analysis_lines(str(file), analysis):
        say(line)
    if playing is not None:
        say(f"  seems to be {track_name(playing.track.description)} ({playing.confidence:.0%})")
    print_results(answer)
