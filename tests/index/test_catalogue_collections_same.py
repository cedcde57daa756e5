"""Whatever is done to tracks, collections and plays in whatever order, both catalogues answer the same."""

from __future__ import annotations

import tempfile
from pathlib import Path

from catalogue_material import SPACE, VOCABULARY, new_track
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from index.store import open_catalogue
from segue.errors import SegueError
from segue.fakes import MemoryCatalogue
from segue.ports import Catalogue
from segue.where import Where

HASHES = [new_track(seed).analysis.content_hash for seed in range(6)]
NAMES = ("a", "b", "c")
seeds = st.integers(0, 5)
names = st.sampled_from(NAMES)
moments = st.integers(0, 4)


class SameAsPlain(RuleBasedStateMachine):
    """Tracks are told by their recording and collections by name, for ids differ between the two."""

    def __init__(self) -> None:
        super().__init__()
        self._directory = tempfile.TemporaryDirectory()
        self.stored = open_catalogue(Path(self._directory.name), SPACE, VOCABULARY)
        self.both: tuple[Catalogue, Catalogue] = (self.stored, MemoryCatalogue(SPACE, VOCABULARY))

    def teardown(self) -> None:
        assert self.stored.verify() == []
        self.stored.close()
        self._directory.cleanup()

    @rule(seed=seeds)
    def add(self, seed: int) -> None:
        for catalogue in self.both:
            catalogue.add(new_track(seed))

    @rule(seed=seeds)
    def remove(self, seed: int) -> None:
        for catalogue in self.both:
            track = catalogue.find(HASHES[seed])
            if track is not None:
                catalogue.remove(track.id)

    @rule(name=names)
    def create(self, name: str) -> None:
        self.same(lambda catalogue: catalogue.collections.create(name) and None)

    @rule(name=names, new=names)
    def rename(self, name: str, new: str) -> None:
        self.same(lambda catalogue: catalogue.collections.rename(collection_of(catalogue, name), new).name)

    @rule(name=names)
    def drop(self, name: str) -> None:
        self.same(lambda catalogue: catalogue.collections.remove(collection_of(catalogue, name)))

    @rule(name=names, some=st.lists(seeds, max_size=4))
    def put_in(self, name: str, some: list[int]) -> None:
        self.same(
            lambda c: c.collections.add_tracks(collection_of(c, name), [track_of(c, seed) for seed in some]).n_tracks
        )

    @rule(name=names, some=st.lists(seeds, max_size=4))
    def take_out(self, name: str, some: list[int]) -> None:
        self.same(lambda c: c.collections.remove_tracks(collection_of(c, name), [track_of(c, seed) for seed in some]))

    @rule(seed=seeds, moment=moments)
    def play(self, seed: int, moment: int) -> None:
        self.same(lambda catalogue: catalogue.plays.record(track_of(catalogue, seed), float(moment)).played_at)

    @rule()
    def forget(self) -> None:
        self.same(lambda catalogue: catalogue.plays.forget_all())

    @rule(some=st.none() | st.lists(names, max_size=2), since=st.none() | moments)
    def search(self, some: list[str] | None, since: int | None) -> None:
        def found(catalogue: Catalogue) -> set[str]:
            within = None if some is None else frozenset(collection_of(catalogue, name) for name in some)
            where = Where(collection_ids=within, not_played_since=since)
            hits = {hit.track.content_hash for hit in catalogue.nearest(new_track(0).vector, where, 10)}
            assert catalogue.count(where) == len(hits)
            return hits

        self.same(found)

    @invariant()
    def same_collections(self) -> None:
        self.same(lambda c: [(each.name, each.n_tracks) for each in c.collections.page(10)])
        for name in NAMES:
            self.same(lambda c, name=name: hashes(c.collections.track_page(collection_of(c, name), 10)))

    @invariant()
    def same_plays(self) -> None:
        self.same(lambda c: [(c.get(play.track_id).content_hash, play.played_at) for play in c.plays.recent(50)])

    def same(self, ask) -> None:
        told = [answer_of(ask, catalogue) for catalogue in self.both]
        assert told[0] == told[1]


def answer_of(ask, catalogue: Catalogue) -> object:
    """What a call answers, or the code of its error."""
    try:
        return ask(catalogue)
    except SegueError as error:
        return error.code


def track_of(catalogue: Catalogue, seed: int) -> str:
    track = catalogue.find(HASHES[seed])
    return "nowhere" if track is None else track.id


def collection_of(catalogue: Catalogue, name: str) -> str:
    found = catalogue.collections.named(name)
    return "nowhere" if found is None else found.id


def hashes(tracks) -> list[str]:
    return [track.content_hash for track in tracks]


TestSameAsPlain = SameAsPlain.TestCase
TestSameAsPlain.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
