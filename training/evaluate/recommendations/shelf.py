"""Shelf: Segue's own code as systems, searching a real catalogue on the disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from index.store import open_catalogue
from segue.analyse import Analyser
from segue.limits import KeyLimit, Limits, TempoLimit
from segue.mixer import AXES, Mixer, Weights
from segue.options import Options
from segue.ports import Catalogue, NewTrack
from segue.recommend import recommend
from segue.seed import Seed
from segue.shelf.preset import built_in
from segue.tags import TagGate
from segue.track import Track
from segue.where import Where
from training.evaluate.bootstrap import SEED
from training.evaluate.metrics import Bools, Floats
from training.evaluate.recommendations.systems import TOP, Case, System

NO_GATE = TagGate(min_shared=0)
MIXABLE = Limits(tempo=TempoLimit(tolerance_percent=6), key=KeyLimit("standard"))
FORMER = Weights(sound=0.5, tags=0.2, tempo=0.12, key=0.1, energy=0.08)  # set by hand; the defaults up to version 0.1
PRESETS = ("harmonic", "same_tempo", "texture", "genre")
EPSILONS = (0.0, 0.25, 0.5, 0.75)
"""Of the TF-IDF vectors that are judged beside plain means; one for each level of the codebook that ships."""


@dataclass(frozen=True)
class Shelf:
    """A catalogue of all tracks of the study, and each of them as a seed that is in no catalogue.

    Attributes:
        mixer: encodes queries.
        catalogue: holds every track.
        tracks: in the order of the study.
        seeds: in the order of the study.
    """

    mixer: Mixer
    catalogue: Catalogue
    tracks: tuple[Track, ...]
    seeds: tuple[Seed, ...]

    def among(self, options: Options, allowed: Bools) -> Options:
        """The same options for those alone who may be recommended."""
        barred = frozenset(track.id for track, may in zip(self.tracks, allowed, strict=True) if not may)
        return replace(options, limits=replace(options.limits, exclude_ids=barred))


@contextmanager
def stocked(analyser: Analyser, news: Sequence[NewTrack]) -> Iterator[Shelf]:
    """A shelf in a temporary folder.

    Tracks are stored in random order (seeded): equal similarities are ranked by age, and manifests are often sorted
    by source or genre.

    Args:
        analyser: whose hearing it is.
        news: the tracks, no recording twice.
    """
    mixer = analyser.mixer
    with (
        TemporaryDirectory() as folder,
        open_catalogue(Path(folder), analyser.space, analyser.tagger.vocabulary) as catalogue,
    ):
        order = np.random.default_rng(SEED).permutation(len(news))
        stored = catalogue.add_all([news[i] for i in order])
        tracks = tuple(stored[place] for place in np.argsort(order))
        yield Shelf(mixer, catalogue, tracks, tuple(Seed.from_analysis(new.analysis, mixer) for new in news))


@dataclass(frozen=True)
class Recommender:
    """What :func:`segue.recommend.recommend` answers.

    Attributes:
        name: of the system.
        shelf: what it recommends from.
        options: gate and weights; asked for the top 5.
    """

    name: str
    shelf: Shelf
    options: Options = field(default_factory=lambda: Options(limit=TOP))

    def scores(self, case: Case) -> Floats:
        """Minus the rank for results, ``-inf`` for the rest."""
        options = self.shelf.among(self.options, case.allowed)
        answer = recommend(self.shelf.seeds[case.query], self.shelf.catalogue, self.shelf.mixer, options)
        rank = {result.track.id: result.rank for result in answer.results}
        return np.array([-float(rank.get(track.id, np.inf)) for track in self.shelf.tracks])


@dataclass(frozen=True)
class GateOnly:
    """Whoever passes the gate as finally applied, in random order.

    Attributes:
        shelf: what it recommends from.
        options: the gate; asked for the top 5.
    """

    shelf: Shelf
    options: Options = field(default_factory=lambda: Options(limit=TOP))
    name: str = "gate_only"

    def scores(self, case: Case) -> Floats:
        """0 for those that pass, ``-inf`` for the rest."""
        shelf, seed = self.shelf, self.shelf.seeds[case.query]
        options = shelf.among(self.options, case.allowed)
        taken = recommend(seed, shelf.catalogue, shelf.mixer, options).pool.relaxed
        own = Where(exclude_hashes=seed.content_hashes)
        base = options.limits.where(seed.tempo_bpm, seed.key, seed.energy, own)
        where = dict(options.gate.steps(seed.tags, base))[taken]
        passing = [where.passes(track) for track in shelf.tracks]
        return np.where(passing, 0.0, -np.inf)


def segue_systems(trained: Shelf, untrained: Shelf) -> list[System]:
    """Segue whole, in parts, axis by axis, and with random weights."""
    default = Options(limit=TOP)
    systems: list[System] = [
        Recommender("segue", trained, default),
        GateOnly(trained, default),
        Recommender("ranking_only", trained, replace(default, gate=NO_GATE)),
        Recommender("tags_only", trained, replace(default, weights=single("tags"))),
    ]
    systems += [
        Recommender("mixable", trained, replace(default, limits=MIXABLE)),
        Recommender("former_weights", trained, replace(default, weights=FORMER)),
    ]
    for name in PRESETS:
        preset = built_in(name)
        assert preset is not None, name
        systems.append(Recommender(f"preset_{name}", trained, replace(default, weights=preset.weights)))
    for axis in AXES:
        systems.append(Recommender(f"axis_{axis}", trained, replace(default, gate=NO_GATE, weights=single(axis))))
    for epsilon in EPSILONS:
        ranking = replace(default, gate=NO_GATE, epsilon=epsilon)
        systems.append(Recommender(f"ranking_epsilon_{epsilon:g}", trained, ranking))
        systems.append(Recommender(f"sound_epsilon_{epsilon:g}", trained, replace(ranking, weights=single("sound"))))
    return [*systems, Recommender("random_weights", untrained, default)]


def single(axis: str) -> Weights:
    """All the weight on one axis."""
    return Weights(**{name: float(name == axis) for name in AXES})
