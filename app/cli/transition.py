"""``segue transition``: where one track is mixed out and another one in."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import say, say_json
from app.cli.context import analyser_for, catalogue_folder, catalogue_in
from app.cli.named import named
from app.cli.options import CatalogueOption, JsonOption
from app.transition_words import moment, transition_caveats, transition_reasons
from segue.segue_points import OVERLAPS, Playable, Transition, transitions

TrackArgument = "A file, or the id of a track of the catalogue."


def transition(
    ctx: typer.Context,
    from_: Annotated[str, typer.Argument(metavar="FROM", help=TrackArgument, show_default=False)],
    to: Annotated[str, typer.Argument(metavar="TO", help=TrackArgument, show_default=False)],
    overlap_bars: Annotated[
        int | None, typer.Option(metavar="N", help="Only overlaps of so many bars: 8, 16 or 32.")
    ] = None,
    json: JsonOption = False,
    catalogue: CatalogueOption = None,
) -> None:
    """Print where a track can be mixed out and another one in, best first, and why there."""
    if overlap_bars is not None and overlap_bars not in OVERLAPS:
        raise typer.BadParameter(f"{overlap_bars} is no overlap; 8, 16 or 32 bars are.", param_hint="--overlap-bars")
    with ExitStack() as open_until_done:
        analyser = open_until_done.enter_context(analyser_for(1))
        opened = None
        if not all(Path(told).is_file() for told in (from_, to)):
            opened = open_until_done.enter_context(catalogue_in(catalogue_folder(ctx, catalogue), analyser))
        first, second = (Playable.of_seed(named(told, analyser, opened).seed) for told in (from_, to))
        found = transitions(first, second, overlap_bars)
    if json:
        say_json({"from": from_, "to": to, "transitions": [_json(one, first, second) for one in found]})
        return
    for number, one in enumerate(found, start=1):
        say(("" if number == 1 else "\n") + "\n".join(_lines(number, one, first, second)))


def _json(one: Transition, from_: Playable, to: Playable) -> dict[str, object]:
    """As the HTTP service answers."""
    from app.schemas.transitions import TransitionBody  # only this output needs it

    return TransitionBody.of(one, from_, to).model_dump()


def _lines(number: int, one: Transition, from_: Playable, to: Playable) -> list[str]:
    length = f"{one.overlap_bars} bars" if one.overlap_bars else f"{one.overlap_seconds:.1f} s"
    head = (
        f"{number}. out at {moment(one.mix_out_seconds)}, in at {moment(one.mix_in_seconds)}, {length}   "
        f"score {one.score:.2f}, confidence {one.confidence:.2f}"
    )
    told = transition_reasons(one, from_, to) + [message for _, message in transition_caveats(one)]
    return [head, *(f"   {sentence}" for sentence in told)]
