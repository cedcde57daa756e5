"""``segue recommend``: the main job from a terminal."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import say, say_json, stdout
from app.cli.context import analyser_for, catalogue_folder, catalogue_in
from app.cli.options import CatalogueOption, JsonOption
from app.cli.rendering import analysis_lines, pool_line, recommendations_json, recommendations_table
from segue.analyse import Analyser
from segue.errors import CatalogueError
from segue.mixer import AXES, Weights
from segue.ports import Catalogue
from segue.recommend import Options, Recommendations, recommend
from segue.seed import Seed
from segue.tags import TagGate, TagVocabulary
from segue.track import Analysis


def recommend_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The track to find company for.", show_default=False)],
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many tracks to print.")] = 10,
    min_similarity: Annotated[float, typer.Option(min=0.0, max=1.0, help="Leave out less similar tracks.")] = 0.0,
    min_shared: Annotated[int, typer.Option(min=0, help="Tags a track must share; 0 turns the gate off.")] = 2,
    include: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Only tracks with this tag; may be repeated.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="No tracks with this tag; may be repeated.")
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(metavar="AXIS=VALUE", help=f"How much an axis counts ({', '.join(AXES)}); may be repeated."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Never loosen the tag gate.")] = False,
    json: JsonOption = False,
    catalogue: CatalogueOption = None,
) -> None:
    """Print the tracks of the catalogue that mix with a file, best first, and why."""
    weights = read_weights(weight or [])
    with analyser_for(1) as analyser, catalogue_in(catalogue_folder(ctx, catalogue), analyser) as opened:
        vocabulary = opened.vocabulary
        gate = TagGate(
            min_shared=min_shared,
            include=_labels(vocabulary, include),
            exclude=_labels(vocabulary, exclude),
            on_empty="keep" if strict else "relax",
        )
        options = Options(limit, min_similarity, gate, weights)
        analysis, answer = hear_and_recommend(analyser, opened, file, options)
    if json:
        say_json(recommendations_json(str(file), analysis, answer))
    else:
        print_recommendations(file, analysis, answer)


def hear_and_recommend(
    analyser: Analyser, catalogue: Catalogue, file: Path, options: Options
) -> tuple[Analysis, Recommendations]:
    """Listens to a file and ranks the catalogue for it.

    Raises:
        AudioError: what is wrong with the file.
        CatalogueError: the catalogue is empty.
    """
    if catalogue.count() == 0:
        raise CatalogueError("The catalogue is empty; fill it with `segue index add FOLDER`.")
    analysis = analyser.hear(analyser.decode(file))
    seed = Seed.from_analysis(analysis, analyser.mixer)
    return analysis, recommend(seed, catalogue, analyser.mixer, options)


def print_recommendations(file: Path, analysis: Analysis, answer: Recommendations) -> None:
    """The query as heard, a table of results, and the sizes of the pool."""
    for line in analysis_lines(str(file), analysis):
        say(line)
    say("")
    if answer.results:
        stdout().print(recommendations_table(answer))
    else:
        say("No track passes; loosen --min-shared, --min-similarity, --include or --exclude.")
    say(pool_line(answer))


def read_weights(told: list[str]) -> Weights:
    """Weights from ``axis=value`` texts; axes left out keep their default.

    Raises:
        typer.BadParameter: an unknown axis, or no number.
        InvalidRequest: a negative weight, or all of them 0.
    """
    values = {field.name: float(field.default) for field in fields(Weights)}  # type: ignore[arg-type]  # all floats
    for text in told:
        axis, _, value = text.partition("=")
        try:
            if axis not in values:
                raise ValueError(axis)
            values[axis] = float(value)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is no weight; write one like tempo=0.3 ({', '.join(AXES)}).") from None
    return Weights(**values)


def _labels(vocabulary: TagVocabulary, told: list[str] | None) -> frozenset[str]:
    return frozenset(vocabulary.resolve(text) for text in told or ())
