"""The study on tracks whose right answer can be counted by hand, and Segue's own code against the same counts."""

from __future__ import annotations

import hashlib
import io
import json

import numpy as np
import pytest
from rich.console import Console

from segue.analyse import Analyser, features
from segue.fakes import FAKE_VOCABULARY, FakeEmbedder, FakeTagger, MemoryCatalogue
from segue.key import Key, KeyEstimate
from segue.mixer import Weights
from segue.options import Options
from segue.ports import NewTrack
from segue.recommend import recommend
from segue.seed import Seed
from segue.tags import TagGate, TagScores
from segue.tempo import TempoEstimate
from segue.track import Analysis, Description, Hearing
from training.evaluate.recommendations.baselines import (
    BestFixedList,
    NoListening,
    Oracle,
    RandomRanking,
    SignalFeatures,
)
from training.evaluate.recommendations.criteria import GENRE, TEMPO
from training.evaluate.recommendations.ears import Ears
from training.evaluate.recommendations.results import Study
from training.evaluate.recommendations.shelf import GateOnly, Recommender, Shelf, segue_systems, stocked
from training.evaluate.recommendations.study import questions, study_of, values_of
from training.evaluate.recommendations.sweep import Setting, Sweeper, settings, sweep
from training.evaluate.recommendations.systems import TOP
from training.evaluate.recommendations.tables import SYSTEMS, markdown, print_study
from training.evaluate.tracks import EvaluatedTrack, References

ANALYSER = Analyser(None, FakeTagger(), FakeEmbedder())  # type: ignore[arg-type]  # nothing is decoded
GENRES = ("ambient", "house", "techno")


def evaluated(name: str, genres: str = "", bpm: float | None = None, key: str = "", group: str | None = None):
    known = References(frozenset(genres.split()), frozenset(), bpm, True, Key.parse(key) if key else None)
    return EvaluatedTrack(name, known, group=group)


def heard_as(track: EvaluatedTrack, rng: np.random.Generator, tags: set[str]) -> NewTrack:
    """Tempo and key heard as they are (or anything where unknown), the named tags active, any sound."""
    scores = np.array([0.9 if label.partition("---")[2] in tags else 0.1 for label in FAKE_VOCABULARY.labels])
    scores += rng.uniform(-0.05, 0.05, scores.shape)
    rows = rng.normal(size=(3, FakeEmbedder.dim)).astype(np.float32)
    hearing = Hearing(
        rows / np.linalg.norm(rows, axis=1, keepdims=True),
        TempoEstimate(track.references.bpm or float(rng.uniform(60, 180)), 1.0),
        KeyEstimate(track.references.key or Key.from_index(int(rng.integers(24))), 1.0),
        float(rng.uniform()),
    )
    scored = TagScores(FAKE_VOCABULARY, scores.astype(np.float32))
    analysis = Analysis(hashlib.sha256(track.name.encode()).hexdigest(), 60.0, scored, hearing)
    return NewTrack(analysis, Description(title=track.name), ANALYSER.mixer.encode(features(analysis)))


def library_of(n: int, rng: np.random.Generator) -> tuple[list[EvaluatedTrack], list[NewTrack]]:
    """A third of each genre, one album of six; some labels are missing, tags are heard as they are."""
    tracks = [
        evaluated(
            f"track {i}",
            GENRES[i % 3] if i % 7 else "",
            float(rng.uniform(60, 180)) if i % 5 else None,
            Key.from_index(int(rng.integers(24))).name if i % 4 else "",
            "album" if i < 6 else None,
        )
        for i in range(n)
    ]
    return tracks, [heard_as(track, rng, {GENRES[i % 3], "drums"}) for i, track in enumerate(tracks)]


@pytest.fixture
def library(rng):
    return library_of(24, rng)


def in_memory(news: list[NewTrack]) -> Shelf:
    """A shelf on the fake catalogue, which searches as the real one does, only faster when it is small."""
    catalogue = MemoryCatalogue(ANALYSER.space, FAKE_VOCABULARY)
    tracks = tuple(catalogue.add(new) for new in news)
    return Shelf(ANALYSER.mixer, catalogue, tracks, tuple(Seed.from_analysis(n.analysis, ANALYSER.mixer) for n in news))


def test_by_hand():
    """Three groups: two alone, one with two jazz tracks; every number below is counted on paper."""
    tracks = [
        evaluated("a", "jazz", group="A"),
        evaluated("b", "jazz", group="B"),
        evaluated("c1", "jazz", group="C"),
        evaluated("c2", "rock", group="C"),
        evaluated("unlabelled", "", 100),
    ]
    study = study_of(tracks, [RandomRanking(), Oracle(), BestFixedList()], n_resamples=200)
    # random: a 2 of 3, b 2 of 3, c1 2 of 2, c2 0 of 2; groups A 2/3, B 2/3, C 1/2
    share = study.share("genre", "random")
    assert share.value == pytest.approx((2 / 3 + 2 / 3 + 1 / 2) / 3)
    assert (share.n, share.n_groups) == (4, 3)
    assert share.low <= share.value <= share.high
    # fewer candidates than 5: whoever offers all of them gets the same
    assert study.share("genre", "oracle").value == pytest.approx(share.value)
    assert {s.criterion for s in study.shares} == {"genre"}  # one labelled tempo is no query: nobody to find


def test_large_groups_weigh_as_much_as_small_ones():
    tracks = [evaluated(f"jazz {i}", "jazz", group="big") for i in range(9)]
    tracks += [evaluated("jazz", "jazz", group="small"), evaluated("rock", "rock", group="other")]
    found = study_of(tracks, [RandomRanking()], 0).share("genre", "random").value
    assert found == pytest.approx((1 / 2 + 9 / 10 + 0) / 3)  # big: 1 of 2 each; small: 9 of 10; other: none


def test_own_group_and_unlabelled_tracks_are_no_candidates(library):
    tracks, _ = library
    for criterion in (GENRE, TEMPO):
        for case in questions(criterion, tracks).cases:
            query = tracks[case.query]
            for i in np.flatnonzero(case.allowed):
                assert criterion.labelled(tracks[i].references)
                assert i != case.query
                assert query.group is None or tracks[i].group != query.group


def test_lists_for_everyone():
    """Four jazz tracks, three rock ones, and two that are alone."""
    genres = ["jazz"] * 4 + ["rock"] * 3 + ["polka", "march"]
    tracks = [evaluated(f"{i}", genre) for i, genre in enumerate(genres)]
    asked = questions(GENRE, tracks)
    for system in (BestFixedList(), NoListening([t.references.genres for t in tracks])):
        values = values_of(system, asked)
        assert values[7:] == pytest.approx(0)
        assert values[4:7] == pytest.approx(1 / 5)  # four jazz, then one of two rock tracks
    assert BestFixedList().scores(asked.cases[0])[1:].tolist() == [2, 2, 2, 2, 2, 2, 0, 0]  # the query not counted
    popular = NoListening([t.references.genres for t in tracks])
    assert popular.scores(asked.cases[0])[1:].tolist() == [3, 3, 3, 3, 3, 3, 1, 1]
    assert popular.scores(asked.cases[4]).tolist() == [4, 4, 4, 4, 2, 2, 2, 1, 1]
    assert values_of(popular, asked)[:4] == pytest.approx(5 * 3 / 6 / 5)  # six tied, three of them jazz


def test_signal_features_nearest_first():
    rows = np.array([[0.0, 0], [1, 0], [5, 0], [2, 0]])
    tracks = [evaluated(str(i), "jazz") for i in range(4)]
    scores = SignalFeatures(rows).scores(questions(GENRE, tracks).cases[0])
    assert np.argsort(-scores).tolist() == [0, 1, 3, 2]


def test_recommender_is_segue_on_a_catalogue_of_the_candidates_alone(library):
    tracks, news = library
    asked = questions(GENRE, tracks)
    with stocked(ANALYSER, news) as shelf:
        for options in (Options(limit=TOP), Options(limit=TOP, weights=Weights(1, 0, 2, 1, 0))):
            for case in asked.cases[::4]:
                catalogue = MemoryCatalogue(ANALYSER.space, FAKE_VOCABULARY)
                for i in np.flatnonzero(case.allowed):
                    catalogue.add(news[i])
                seed = Seed.from_analysis(news[case.query].analysis, ANALYSER.mixer)
                answer = recommend(seed, catalogue, ANALYSER.mixer, options)
                expected = [result.track.description.title for result in answer.results]
                scores = Recommender("segue", shelf, options).scores(case)
                order = [tracks[i].name for i in np.argsort(-scores, kind="stable") if scores[i] > -np.inf]
                assert order == expected


def test_gate_lets_the_genre_pass_in_random_order(rng):
    tracks, news = library_of(42, rng)
    shelf = in_memory(news)
    for case in questions(GENRE, tracks).cases:  # tags are heard as they are: genre and drums must be shared
        passing = (GateOnly(shelf).scores(case) > -np.inf) & case.allowed
        assert passing.tolist() == (case.matches[case.query] & case.allowed).tolist()


def test_whole_study_has_every_system_and_survives_json(library, rng):
    tracks, news = library
    shelf = in_memory(news)
    genres = [t.references.genres for t in tracks]
    systems = [*segue_systems(shelf, shelf), SignalFeatures(rng.normal(size=(24, 4))), NoListening(genres)]
    study = study_of(tracks, [*systems, BestFixedList(), RandomRanking(), Oracle()], n_resamples=100)
    assert {share.system for share in study.shares} == set(SYSTEMS)
    assert {share.criterion for share in study.shares} == {"genre", "tempo", "key", "all"}
    for criterion, system in (("genre", "segue"), ("tempo", "axis_tempo"), ("key", "axis_key")):
        assert study.share(criterion, system).value > study.share(criterion, "random").value
        assert study.share(criterion, system).value <= study.share(criterion, "oracle").value + 1e-12
    assert study.share("tempo", "axis_tempo").value > 0.9 * study.share("tempo", "oracle").value
    same = next(g for g in study.gains if (g.criterion, g.against) == ("genre", "random_weights"))
    assert (same.value, same.low, same.high) == (0, 0, 0)  # the same shelf stands in for random weights
    again = Study.from_dict(json.loads(json.dumps(study.to_dict())))
    assert again.to_dict() == study.to_dict()
    assert all(f"| `{system}` |" in markdown(again) for system in SYSTEMS)
    console = Console(file=io.StringIO(), width=200)
    print_study(study, console)
    assert all(system in console.file.getvalue() for system in SYSTEMS)  # type: ignore[attr-defined]


def test_sweep_answers_as_segue_does(library):
    tracks, news = library
    ears = Ears(ANALYSER.mixer, tuple(tracks), np.stack([n.vector for n in news]), tuple(n.analysis.tags for n in news))
    asked = questions(GENRE, tracks)
    sweeper = Sweeper(ears)
    shelf = in_memory(news)
    for setting in settings(2):
        gate = setting.gate
        system = Recommender("segue", shelf, Options(limit=TOP, weights=setting.weights, gate=gate))
        assert sweeper.ask(setting, asked).tolist() == values_of(system, asked).tolist()
    found = sweep(
        ears, [Setting("default", Weights()), Setting("tempo", Weights(0, 0, 1, 0, 0), TagGate(min_shared=0))], 50
    )
    assert len(found) == 2 and found[0][2] >= found[1][2]
    default = next(cells for setting, cells, _ in found if setting.name == "default")
    assert all(cell.endswith("(+0.000 to +0.000)") for cell in default)
