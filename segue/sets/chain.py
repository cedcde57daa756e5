"""Chain: a beam search for tracks in a row, where each place has conditions that depend on the places before it.

Several chains grow side by side, so that one which runs into a dead end does not end the search (beam search: Lowerre
1976, *The HARPY speech recognition system*). Every condition is one that the catalogue evaluates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from segue.mixer import Mixer
from segue.ports import Catalogue
from segue.sets.neighbours import Song
from segue.sets.questions import Ask, Questions

BRANCHES = 6  # ways on that are followed from each chain
WIDTHS = (8, 64, 256)  # chains side by side: more of them only where fewer find no way
MOST_QUESTIONS = 1000  # put to the catalogue by one beam before it becomes as narrow as the first
MOST_GROWN = 10_000  # chains that one beam makes longer before it becomes as narrow as the first
_WITH_ONE_END = 3  # chains side by side that end in the same track


@dataclass(frozen=True)
class Chain:
    """Songs in a row.

    Attributes:
        songs: in playing order.
        scores: how well each fits what was asked for; None for songs that were given.
        strains: how many steps the window of energy was widened for each.
    """

    songs: tuple[Song, ...] = ()
    scores: tuple[float | None, ...] = ()
    strains: tuple[int, ...] = ()

    def then(self, song: Song, score: float | None = None, strain: int = 0) -> Chain:
        """The chain with one song more."""
        return Chain((*self.songs, song), (*self.scores, score), (*self.strains, strain))

    @property
    def duration_seconds(self) -> float:
        """Of all songs, one after the other."""
        return sum(song.duration_seconds for song in self.songs)

    @property
    def n_found(self) -> int:
        """How many songs were not given."""
        return sum(score is not None for score in self.scores)

    @property
    def last_found(self) -> str:
        """Id of the last song that was not given; empty where there is none."""
        pairs = zip(reversed(self.songs), reversed(self.scores), strict=True)
        return next((song.track.id for song, score in pairs if score is not None and song.track), "")

    @property
    def place(self) -> tuple[float, float, tuple[str, ...]]:
        """What chains are sorted by: least strained on average, then best fitting, then by ids."""
        n = max(1, len(self.songs))
        score = sum(score for score in self.scores if score is not None)
        ids = tuple(song.track.id for song in self.songs if song.track)
        return sum(strain**2 for strain in self.strains) / n, -score / n, ids


class Plan(Protocol):
    """What kind of chain is wanted."""

    def complete(self, chain: Chain) -> bool:
        """Whether nothing is missing."""
        ...

    def full(self, chain: Chain) -> bool:
        """Whether no chain could be longer, however wide the search."""
        ...

    def given(self, chain: Chain) -> Song | None:
        """The song that must come next, where one must."""
        ...

    def allows(self, chain: Chain, song: Song) -> bool:
        """Whether a given song may come next."""
        ...

    def ask(self, chain: Chain) -> Ask:
        """What may come next."""
        ...


class Found(NamedTuple):
    """What a search came to.

    Attributes:
        chain: the best complete chain, else the best of the longest.
        complete: whether nothing is missing.
        followed: how many chains ended in a dead end, when none is complete.
        all_followed: whether no way on was left out.
    """

    chain: Chain
    complete: bool
    followed: int
    all_followed: bool

    @property
    def rank(self) -> tuple[bool, int, tuple[float, float, tuple[str, ...]]]:
        """What is sorted by, best first: complete, else longer, then the better chain."""
        return not self.complete, 0 if self.complete else -len(self.chain.songs), self.chain.place


def search(catalogue: Catalogue, mixer: Mixer, plan: Plan, start: Chain, avoided: Sequence[Song] = ()) -> Found:
    """The best chain that a beam search finds, first in a narrow beam, in wider ones where that finds none.

    Where energy had to stray from what was wanted, the second beam is tried too.

    Args:
        catalogue: where songs come from.
        mixer: whose vectors they have.
        plan: what is wanted.
        start: songs that stand already.
        avoided: songs of which no near-duplicate may come in, beside those that stand.
    """
    if plan.complete(start):
        return Found(start, True, 0, True)
    questions = Questions(catalogue, mixer, avoided)
    found = _Beam(questions, plan, WIDTHS[0]).grow(start)
    for width in WIDTHS[1:]:
        good = found.complete and (width > WIDTHS[1] or not any(found.chain.strains))
        if good or found.all_followed or plan.full(found.chain):
            break
        found = min(_Beam(questions, plan, width).grow(start), found, key=lambda some: some.rank)
    return found


class _Beam:
    """Chains that grow side by side."""

    def __init__(self, questions: Questions, plan: Plan, width: int) -> None:
        self._questions, self._plan, self._width = questions, plan, width
        self._most_asked = questions.n_asked + MOST_QUESTIONS
        self._n_grown = 0
        self._all_followed = True

    def grow(self, start: Chain) -> Found:
        """Grows from a chain until all are complete or at an end."""
        beam, complete, longest = [start], list[Chain](), [start]
        while beam:
            longest = beam
            n_ways = max(BRANCHES, self._width // len(beam))
            self._n_grown += len(beam)
            grown = sorted((new for chain in beam for new in self._longer(chain, n_ways)), key=lambda new: new.place)
            complete += (chain for chain in grown if self._plan.complete(chain))
            beam = self._thinned([chain for chain in grown if not self._plan.complete(chain)])
        if complete:
            return Found(min(complete, key=lambda chain: chain.place), True, 0, self._all_followed)
        return Found(min(longest, key=lambda chain: chain.place), False, len(longest), self._all_followed)

    def _thinned(self, ranked: list[Chain]) -> list[Chain]:
        """The first chains, few of them with the same end, one for each end and set of songs."""
        tired = self._questions.n_asked >= self._most_asked or self._n_grown >= MOST_GROWN
        width = WIDTHS[0] if tired else self._width
        most, ends = max(_WITH_ONE_END, width // 4), Counter[str]()
        kept: dict[tuple[str, frozenset[str]], Chain] = {}
        for chain in ranked:
            end = chain.last_found
            found = end, frozenset(song.track.id for song in chain.songs if song.track)
            if found in kept:  # what may follow is the same
                continue
            if len(kept) == width or ends[end] == most:
                self._all_followed = False
                continue
            ends[end] += 1
            kept[found] = chain
        return list(kept.values())

    def _longer(self, chain: Chain, n_ways: int) -> Iterator[Chain]:
        """The chain with each song that may come next, at most so many."""
        given = self._plan.given(chain)
        if given is not None:
            if self._plan.allows(chain, given):
                yield chain.then(given)
            return
        answers = self._questions.best(chain.songs, self._plan.ask(chain), n_ways + 1)
        self._all_followed &= len(answers) <= n_ways
        for answer in answers[:n_ways]:
            yield chain.then(answer.song, answer.score, answer.strain)
