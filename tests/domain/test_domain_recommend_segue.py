"""Results of ``match: segue`` say where the seed is mixed out and they are mixed in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from domain_material import MIXER, analysis, catalogue_of, features_of

from segue.bars import BarGrid
from segue.options import Options
from segue.ports import NewTrack
from segue.recommend import recommend
from segue.seed import Seed
from segue.segue_points import Playable, transition
from segue.tags import TagGate
from segue.track import Analysis, Description

ALL = TagGate(min_shared=0)


def with_bars(number: int, n_bars: int | None) -> Analysis:
    """A track of so many bars of two seconds, a third of them intro and outro; without bars for None."""
    heard = analysis(number)
    if n_bars is None:
        return heard
    levels = np.ones(n_bars, dtype=np.float32)
    levels[: n_bars // 3] = levels[-(n_bars // 3) :] = 0.3
    grid = BarGrid(2 * np.arange(n_bars, dtype=np.float32), levels, 0, 0.7)
    return replace(heard, hearing=replace(heard.hearing, bars=grid), duration_seconds=2.0 * n_bars)


def stored(heard: Analysis) -> NewTrack:
    return NewTrack(heard, Description(), MIXER.encode(features_of(heard)))


def test_results_of_segue_carry_their_transition() -> None:
    catalogue = catalogue_of(stored(with_bars(n, n_bars)) for n, n_bars in enumerate((48, 96, None, 7), start=1))
    seed = Seed.from_analysis(with_bars(9, 96), MIXER)
    answer = recommend(seed, catalogue, MIXER, Options(gate=ALL, match="segue"))
    assert len(answer.results) == 4
    playing = Playable.of_seed(seed)
    for result in answer.results:
        assert result.transition == transition(playing, Playable.of_track(result.track, catalogue))
        assert result.transition is not None
        assert result.transition.pitch_percent == result.pitch_percent
        assert (result.transition.confidence == 0) == (
            catalogue.bars(result.track.id) is None or result.track.duration_seconds < 20
        )


def test_other_matches_have_none() -> None:
    catalogue = catalogue_of(stored(with_bars(n, 48)) for n in range(3))
    seed = Seed.from_analysis(with_bars(9, 96), MIXER)
    for options in (Options(gate=ALL), Options(gate=ALL, match="segment")):
        results = recommend(seed, catalogue, MIXER, options).results
        assert results and all(result.transition is None for result in results)
