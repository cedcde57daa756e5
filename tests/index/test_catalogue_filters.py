"""Filtered search against its definition, on random catalogues and random conditions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from catalogue_material import MIXER, SPACE, VOCABULARY, new_track
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from index.records import row_up_to
from index.store import SqliteCatalogue, open_catalogue
from segue.errors import TrackNotFound
from segue.fakes import MemoryCatalogue
from segue.key import Key
from segue.mixer import Weights
from segue.ports import Catalogue, TrackChanges
from segue.tags import TagScores
from segue.track import Description
from segue.where import Where

N_TRACKS = 600
LABELS = VOCABULARY.labels


@dataclass
class Pair:
    """The same tracks in both implementations."""

    plain: MemoryCatalogue
    stored: SqliteCatalogue
    ids: list[str]
    hashes: list[str]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    news = [new_track(seed) for seed in range(N_TRACKS)]
    plain = MemoryCatalogue(SPACE, VOCABULARY)
    for new in news:
        plain.add(new)
    with open_catalogue(tmp_path_factory.mktemp("pair"), SPACE, VOCABULARY) as stored:
        tracks = stored.add_all(news)
        yield Pair(plain, stored, [track.id for track in tracks], [track.content_hash for track in tracks])


def hashes_and_scores(catalogue: Catalogue, query, where, k, min_score=None):
    hits = catalogue.nearest(query, where, k, min_score)
    return [hit.track.content_hash for hit in hits], [hit.score for hit in hits]


labels = st.frozensets(st.sampled_from([*LABELS[:20], *LABELS[60:], "genre---unknown"]), max_size=4)
numbers = st.integers(0, N_TRACKS - 1)


@settings(max_examples=150, deadline=None)
@given(
    shares=labels,
    min_shared=st.integers(0, 3),
    include=labels,
    mode=st.sampled_from(["any", "all"]),
    exclude=labels,
    excluded=st.frozensets(numbers, max_size=5),
    seed=numbers,
    k=st.sampled_from([1, 2, 10, 100, N_TRACKS]),
    min_score=st.none() | st.floats(0, 1),
)
def test_filters_never_leak_and_never_lose(
    pair: Pair, shares, min_shared, include, mode, exclude, excluded, seed, k, min_score
) -> None:
    hashes = frozenset(pair.hashes[number] for number in excluded)
    where = Where(shares, min_shared, include, mode, exclude, exclude_hashes=hashes)
    query = MIXER.query(new_track(seed).vector, Weights())
    assert pair.stored.count(where) == pair.plain.count(where)
    hits = pair.stored.nearest(query, where, k, min_score)
    for hit in hits:
        assert where.passes(hit.track)
    got = [hit.track.content_hash for hit in hits]
    expected, scores = hashes_and_scores(pair.plain, query, where, k, min_score)
    assert got == expected
    np.testing.assert_allclose([hit.score for hit in hits], scores, atol=1e-5)


def test_recall_is_one_at_any_selectivity(tmp_path: Path, rng: np.random.Generator) -> None:
    n_tracks, shares = 4000, (0.01, 0.1, 0.5)
    vectors = rng.normal(size=(n_tracks, SPACE.dim)).astype(np.float32)
    passes = rng.random((n_tracks, len(shares))) < shares
    scores = np.zeros((n_tracks, len(LABELS)), dtype=np.float32)
    scores[:, 62:65] = passes  # on both sides of a 64-bit word's end
    template = new_track(0)
    news = [
        replace(template, analysis=replace(template.analysis, content_hash=str(n), tags=TagScores(VOCABULARY, row)))
        for n, row in enumerate(scores)
    ]
    with open_catalogue(tmp_path / "many", SPACE, VOCABULARY) as catalogue:
        tracks = catalogue.add_all([replace(new, vector=row) for new, row in zip(news, vectors, strict=True)])
        order = {track.id: number for number, track in enumerate(tracks)}
        for column, passing in enumerate(passes.T):
            where = Where(shares=frozenset({LABELS[62 + column]}), min_shared=1)
            assert catalogue.count(where) == int(passing.sum())
            for query in rng.normal(size=(10, SPACE.dim)).astype(np.float32):
                best = np.argsort(-np.where(passing, vectors.astype(np.float64) @ query, -np.inf))[:10]
                assert [order[hit.track.id] for hit in catalogue.nearest(query, where, 10)] == best.tolist()


class SameAsPlain(RuleBasedStateMachine):
    """Whatever is done in whatever order, both catalogues answer the same."""

    def __init__(self) -> None:
        super().__init__()
        self._directory = tempfile.TemporaryDirectory()
        self.stored = open_catalogue(Path(self._directory.name), SPACE, VOCABULARY)
        self.plain = MemoryCatalogue(SPACE, VOCABULARY)

    def teardown(self) -> None:
        self.stored.close()
        self._directory.cleanup()

    @rule(seed=st.integers(0, 12), content=st.integers(0, 12))
    def add(self, seed: int, content: int) -> None:
        for catalogue in (self.stored, self.plain):
            catalogue.add(new_track(seed, content=content, path=f"/{seed}"))

    @rule(content=st.integers(0, 12))
    def remove(self, content: int) -> None:
        for catalogue in (self.stored, self.plain):
            track = catalogue.find(new_track(0, content=content).analysis.content_hash)
            if track is not None:
                catalogue.remove(track.id)
                with pytest.raises(TrackNotFound):
                    catalogue.get(track.id)

    @rule(content=st.integers(0, 12), bpm=st.none() | st.floats(60, 180), key=st.none() | st.integers(0, 23))
    def update(self, content: int, bpm: float | None, key: int | None) -> None:
        for catalogue in (self.stored, self.plain):
            track = catalogue.find(new_track(0, content=content).analysis.content_hash)
            if track is None:
                continue
            override = None if key is None else Key.from_index(key)
            vector = MIXER.retune(catalogue.vector(track.id), bpm or 120.0, override or Key(0, "minor"))
            catalogue.update(track.id, TrackChanges(Description("x"), bpm, override, vector))

    @rule(seed=st.integers(0, 12), label=st.sampled_from(LABELS[:8]), k=st.integers(1, 15))
    def search(self, seed: int, label: str, k: int) -> None:
        query = MIXER.query(new_track(seed).vector, Weights())
        for where in (Where(), Where(exclude=frozenset({label}))):
            assert hashes_and_scores(self.stored, query, where, k) == hashes_and_scores(self.plain, query, where, k)

    @invariant()
    def same_tracks(self) -> None:
        stored, plain = self.stored.page(100), self.plain.page(100)
        assert [(t.content_hash, t.description, t.bpm_override, t.key_override) for t in stored] == [
            (t.content_hash, t.description, t.bpm_override, t.key_override) for t in plain
        ]


TestSameAsPlain = SameAsPlain.TestCase
TestSameAsPlain.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)


def test_where_a_page_goes_on_is_looked_up_without_counting_the_pages_before(stored: SqliteCatalogue) -> None:
    ids = [track.id for track in stored.add_all([new_track(seed) for seed in range(200)])]
    steps: list[int] = []
    with stored._database.reading() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        for track_id in (ids[0], ids[-1]):
            row_up_to(connection, track_id)  # so that the schema is read
            steps.append(0)
            raw.set_progress_handler(lambda: steps.append(steps.pop() + 1), 1)
            assert row_up_to(connection, track_id) == ids.index(track_id) + 1
            raw.set_progress_handler(None, 0)
    assert steps[0] == steps[1]
