"""The command ``segue train import``: a public set becomes a ``tracks.csv``."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from training.datasets.base import Ledger, Place


class Dataset(StrEnum):
    """Sets that can be read."""

    MAGNATAGATUNE = "magnatagatune"
    MTG_JAMENDO = "mtg-jamendo"
    FMA = "fma"
    GTZAN = "gtzan"
    GIANTSTEPS_TEMPO = "giantsteps-tempo"
    GIANTSTEPS_KEY = "giantsteps-key"
    SPOTIFY = "spotify"


def import_dataset(
    dataset: Annotated[Dataset, typer.Argument(help="Which set.")],
    root: Annotated[Path, typer.Argument(help="The folder it was unpacked to; for spotify also the CSV.", exists=True)],
    out: Annotated[Path, typer.Option(help="The CSV to write.")] = Path("tracks.csv"),
    audio: Annotated[
        Path | None, typer.Option(help="Folder of the audio where it is not below ROOT.", exists=True, file_okay=False)
    ] = None,
    append: Annotated[bool, typer.Option("--append", help="Add to the CSV instead of making a new one.")] = False,
    dev_share: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of groups for development where the set has no split.")
    ] = 0.1,
    seed: Annotated[int, typer.Option(help="Of the split where the set has none.")] = 0,
) -> None:
    """Turn a public data set into a tracks.csv, artists on one side of the split."""
    from training.datasets.audio import AudioIndex
    from training.datasets.base import Place
    from training.datasets.report import report_lines
    from training.datasets.split import assign_splits
    from training.datasets.writer import check_target, write_rows

    check_target(out, append)
    place = Place(root, AudioIndex(audio or (root if root.is_dir() else root.parent)))
    ledger = loader(dataset)(place)
    rows = assign_splits(ledger.rows, dev_share, seed)
    write_rows(rows, out, append)
    n_others = place.audio.count_others(ledger.known)
    for line in report_lines(ledger, rows, n_others, out):
        print(line)


def loader(dataset: Dataset) -> Callable[[Place], Ledger]:
    """What reads a set."""
    from training.datasets import fma, giantsteps_key, giantsteps_tempo, gtzan, jamendo, magnatagatune, spotify

    loaders = {
        Dataset.MAGNATAGATUNE: magnatagatune.load,
        Dataset.MTG_JAMENDO: jamendo.load,
        Dataset.FMA: fma.load,
        Dataset.GTZAN: gtzan.load,
        Dataset.GIANTSTEPS_TEMPO: giantsteps_tempo.load,
        Dataset.GIANTSTEPS_KEY: giantsteps_key.load,
        Dataset.SPOTIFY: spotify.load,
    }
    return loaders[dataset]
