"""``segue index map``: places for all tracks, and clusters with names."""

from __future__ import annotations

import time
from typing import Annotated, Literal

import typer

from app.cli.console import complain, say, say_json
from app.cli.context import catalogue_folder, catalogue_in
from app.cli.options import CatalogueOption, JsonOption


def fit(
    ctx: typer.Context,
    method: Annotated[
        Literal["auto", "umap", "pca"],
        typer.Option("--method", help="auto takes UMAP where it is installed, else PCA."),
    ] = "auto",
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**32 - 1, help="Another seed gives another map.")] = 0,
    json: JsonOption = False,
    catalogue: CatalogueOption = None,
) -> None:
    """Give every track a place on the map of the catalogue and find clusters; later tracks need no new fit."""
    folder = catalogue_folder(ctx, catalogue)
    started = time.monotonic()
    with catalogue_in(folder) as opened:
        complain(f"Fitting the map of {opened.count()} tracks ...")
        fitted = opened.map.fit(None if method == "auto" else method, seed)
    seconds = time.monotonic() - started
    if json:
        clusters = [{"name": cluster.name, "size": cluster.size, "tags": cluster.tags} for cluster in fitted.clusters]
        told = {"method": fitted.method, "tracks": fitted.n_tracks, "seconds": round(seconds, 1), "clusters": clusters}
        say_json(told)
        return
    n = "1 cluster" if len(fitted.clusters) == 1 else f"{len(fitted.clusters)} clusters"
    say(f"{folder}: {fitted.n_tracks} tracks in {n} by {fitted.method.upper()}, {seconds:.1f} s.")
    for cluster in fitted.clusters:
        say(f"  {cluster.size:>7}  {cluster.name}")
