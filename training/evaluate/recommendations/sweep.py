"""Sweep: other mixer weights and gates beside the default, by the same criteria.

    python -m training.evaluate.recommendations.sweep TRAIN.csv [--heard FILE.npz] [--random 200] [--weights 5,2,1,1,1]

For choosing defaults: run it on the training split, and look at the development split once, with the choice made. Two
things flatter: the networks have seen the training split, so its tags and sound look better than on new music; and
the best of many settings is best partly by luck, so weigh the intervals.

Every file is heard once; ``--heard`` keeps that for the next sweep with the same weights of the networks.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from segue.mixer import AXES, Weights
from segue.tags import TagGate
from segue.where import Where
from training.evaluate.bootstrap import N_RESAMPLES, SEED, resample
from training.evaluate.cli import build_analyser
from training.evaluate.manifest import read_manifest
from training.evaluate.metrics import Bools, Floats
from training.evaluate.recommendations.criteria import CRITERIA
from training.evaluate.recommendations.ears import Ears, hear_once
from training.evaluate.recommendations.study import Questions, mean_interval, questions, values_of
from training.evaluate.recommendations.systems import TOP, Case
from training.evaluate.tracks import EvaluatedTrack

FACTORS = (0.0, 0.5, 2.0)
JUDGED = ("sound", "tags", "tempo", "key", "energy")  # of how a track begins the labels say nothing


@dataclass(frozen=True)
class Setting:
    """One way to recommend.

    Attributes:
        name: what was changed.
        weights: of the mixer.
        gate: what results must share.
    """

    name: str
    weights: Weights
    gate: TagGate = field(default_factory=TagGate)


class Sweeper:
    """Answers as :func:`segue.recommend.recommend` does, all tracks at once.

    Args:
        ears: what was heard.
    """

    def __init__(self, ears: Ears) -> None:
        self._components = ears.components
        self._tags = ears.tags
        self._steps: dict[tuple[int, TagGate], Bools] = {}

    def ask(self, setting: Setting, asked: Questions) -> Floats:
        """Share of the top 5 that is right, ``(n_queries,)``."""
        return values_of(_Mixed(self, setting), asked)

    def scores(self, setting: Setting, case: Case) -> Floats:
        """Similarity of those that pass the gate, ``-inf`` for the rest, ``(n,)``."""
        shares = np.array(list(setting.weights.shares().values()))
        steps = self._passing(case.query, setting.gate) & case.allowed
        sizes = steps.sum(axis=1)
        enough = np.flatnonzero(sizes >= TOP)
        taken = enough[0] if len(enough) else int(sizes.argmax())
        mixed = np.einsum("a,an->n", shares, self._components[:, case.query])
        return np.where(steps[taken], mixed, -np.inf)

    def _passing(self, query: int, gate: TagGate) -> Bools:
        """Who passes each step of the gate, ``(n_steps, n)``."""
        if (query, gate) not in self._steps:
            steps = gate.steps(self._tags[query], Where())
            rows = [[where.passes_tags(tags.active) for tags in self._tags] for _, where in steps]
            self._steps[query, gate] = np.array(rows, dtype=np.bool_)
        return self._steps[query, gate]


@dataclass(frozen=True)
class _Mixed:
    """One setting as a system."""

    sweeper: Sweeper
    setting: Setting

    @property
    def name(self) -> str:
        return self.setting.name

    def scores(self, case: Case) -> Floats:
        return self.sweeper.scores(self.setting, case)


def settings(n_random: int, seed: int = SEED, extra: Sequence[Weights] = ()) -> list[Setting]:
    """The default first; then other gates, each axis changed by itself, weights asked for, and random ones."""
    default = Weights()
    found = [Setting("default", default)]
    gates = [TagGate(min_shared=n) for n in range(4)] + [TagGate(("genre",), n) for n in (1, 2)]
    found += [Setting(named(gate), default, gate) for gate in gates if gate != TagGate()]
    for axis in JUDGED:
        for factor in FACTORS:
            changed = asdict(default) | {axis: factor * getattr(default, axis)}
            found.append(Setting(f"{axis} x {factor:g}", Weights(**changed)))
    found += [Setting(f"asked {i}, {named(gate)}", weights, gate) for i, weights in enumerate(extra) for gate in gates]
    drawn = np.random.default_rng(seed).dirichlet(np.ones(len(JUDGED)), size=n_random)
    return found + [
        Setting(f"random {i}", Weights(**dict(zip(JUDGED, map(float, row), strict=True))))
        for i, row in enumerate(drawn)
    ]


def sweep(ears: Ears, tried: Sequence[Setting], n_resamples: int) -> list[tuple[Setting, list[str], float]]:
    """Every setting with a cell per criterion (share, and gain over the first setting with its interval) and the mean.

    Returns:
        ``(setting, cells, mean of the shares)``, best mean first.
    """
    sweeper = Sweeper(ears)
    cells: list[list[str]] = [[] for _ in tried]
    means = np.zeros((len(CRITERIA), len(tried)))
    for row, criterion in enumerate(CRITERIA):
        asked = questions(criterion, ears.tracks)
        draws = resample(asked.groups, n_resamples)
        default = sweeper.ask(tried[0], asked)
        for column, setting in enumerate(tried):
            values = sweeper.ask(setting, asked)
            means[row, column] = mean_interval(values, asked, draws[:0]).value
            gain = mean_interval(values - default, asked, draws)
            cells[column].append(f"{means[row, column]:.3f} ({gain.low:+.3f} to {gain.high:+.3f})")
    order = np.argsort(-means.mean(axis=0), kind="stable")
    return [(tried[i], cells[i], float(means[:, i].mean())) for i in order]


def print_sweep(
    found: Sequence[tuple[Setting, list[str], float]], tracks: Sequence[EvaluatedTrack], top: int, console: Console
) -> None:
    """Prints the best settings and, wherever they come, the default and everything that is not random."""
    names = [f"{criterion.name} (n={len(questions(criterion, tracks).cases)})" for criterion in CRITERIA]
    table = Table("setting", *AXES, "gate", *names, "mean", title="share (95 % interval of the gain over the default)")
    for place, (setting, cells, mean) in enumerate(found):
        if place < top or not setting.name.startswith("random"):
            shares = (f"{share:.2f}" for share in setting.weights.shares().values())
            table.add_row(setting.name, *shares, named(setting.gate), *cells, f"{mean:.3f}")
    console.print(table)


def named(gate: TagGate) -> str:
    """What is asked to be shared, in a few letters."""
    return f"{gate.min_shared} of {'+'.join(gate.categories)}"


def read_weights(text: str) -> Weights:
    """``"5,2,1,1,1"`` in the order sound, tags, tempo, key, energy. Raises ValueError."""
    return Weights(**dict(zip(JUDGED, map(float, text.split(",")), strict=True)))


def main() -> None:
    """Reads the command line, hears, compares and prints."""
    parser = argparse.ArgumentParser(description="Compare mixer weights and gates on a manifest.")
    parser.add_argument("manifest", type=Path, help="CSV as for segue evaluate; use the training split")
    parser.add_argument("--heard", type=Path, help="keep what was heard in this .npz, and use it if it is there")
    parser.add_argument("--random", type=int, default=100, help="random weights to try")
    parser.add_argument("--weights", action="append", type=read_weights, default=[], help="also try sound,tags,...")
    parser.add_argument("--resamples", type=int, default=N_RESAMPLES, help="bootstrap resamples for the intervals")
    parser.add_argument("--top", type=int, default=10, help="how many of the best to print")
    options = parser.parse_args()
    entries = read_manifest(options.manifest).present
    ears = hear_once(entries, build_analyser(), options.heard)
    found = sweep(ears, settings(options.random, extra=options.weights), options.resamples)
    print_sweep(found, ears.tracks, options.top, Console(width=200))


if __name__ == "__main__":
    main()
