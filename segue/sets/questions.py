"""Questions: what may come next in a chain, asked of the catalogue, and remembered where it is little."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

import numpy as np

from segue.candidate import nearest_first
from segue.mixer import Mixer, Vector
from segue.ports import Catalogue
from segue.sets.conditions import without_used
from segue.sets.neighbours import Song, same_recording
from segue.where import ANY, Range, Where

_FEW = 128  # up to so many tracks that meet the same conditions are kept for the next question
_MOST_REMEMBERED = 20_000  # tracks kept in all; then everything is forgotten


@dataclass(frozen=True)
class Ask:
    """What may come next.

    Attributes:
        query: what it should resemble, ``(dim,)`` float32.
        where: hard conditions, beside that no song may be there twice.
        windows: energies that are wanted, then ever wider ones; the last one lets every energy pass.
        fits: has the last word where the catalogue cannot evaluate everything.
    """

    query: Vector
    where: Where
    windows: tuple[Range, ...] = (ANY,)
    fits: Callable[[Song], bool] = lambda _song: True

    def within(self, window: Range) -> Where:
        """The conditions, and an energy within a window."""
        low, high = self.where.energy
        return replace(self.where, energy=Range(max(low, window.low), min(high, window.high)))

    def strain(self, song: Song) -> int:
        """How often the window has to be widened for a song."""
        return next(strain for strain, window in enumerate(self.windows) if window.holds(song.energy))


class Answer(NamedTuple):
    """A song that may come next.

    Attributes:
        song: the song.
        score: how well it fits, larger is better.
        strain: how often the window of energy was widened for it.
    """

    song: Song
    score: float
    strain: int


class Questions:
    """Asks a catalogue what may come next.

    Few tracks meet the limits beside one neighbour in a small catalogue, and many chains end in the same track: what
    met the same conditions before is then not asked for again.

    Attributes:
        n_asked: questions that the catalogue had to answer.
    """

    def __init__(self, catalogue: Catalogue, mixer: Mixer, avoided: Sequence[Song] = ()) -> None:
        """Takes songs of which no near-duplicate may come in, beside those of a chain."""
        self.n_asked = 0
        self._catalogue = catalogue
        self._sound = mixer.blocks["sound"]
        self._avoided = tuple(avoided)
        self._remembered: dict[Where, list[Song] | None] = {}
        self._n_remembered = 0

    def best(self, songs: Sequence[Song], ask: Ask, n: int) -> list[Answer]:
        """The n best behind some songs: those nearest to the wanted energy, then best fitting, then by id."""
        if ask.where in self._remembered:
            few = self._remembered[ask.where]
            return self._nearest(songs, ask, n) if few is None else self._of_few(songs, ask, few, n)
        answers = self._within(songs, ask, ask.windows[0], n)
        if len(answers) == n:
            return answers
        few = self._remember(ask)
        return self._nearest(songs, ask, n) if few is None else self._of_few(songs, ask, few, n)

    def _remember(self, ask: Ask) -> list[Song] | None:
        """Every song that meets the conditions, to be kept; None where they are many."""
        self.n_asked += 1
        hits = self._catalogue.nearest(ask.query, ask.where, _FEW + 1)
        few = None if len(hits) > _FEW else [Song.of_hit(hit) for hit in hits]
        self._n_remembered += len(few or ())
        if self._n_remembered > _MOST_REMEMBERED:
            self._remembered.clear()
            self._n_remembered = len(few or ())
        self._remembered[ask.where] = few
        return few

    def _of_few(self, songs: Sequence[Song], ask: Ask, few: Sequence[Song], n: int) -> list[Answer]:
        used = {song.track.id for song in songs if song.track}
        answers = [
            Answer(song, float(np.dot(ask.query, song.vector)), ask.strain(song))
            for song in few
            if song.track and song.track.id not in used
        ]
        answers.sort(key=lambda answer: (answer.strain, -answer.score, answer.song.track and answer.song.track.id))
        return list(islice(self._fitting(songs, ask, answers), n))

    def _nearest(self, songs: Sequence[Song], ask: Ask, n: int) -> list[Answer]:
        """Window by window."""
        answers: list[Answer] = []
        for window in ask.windows:
            found = [answer.song for answer in answers]
            answers += self._within([*songs, *found], ask, window, n - len(answers))
            if len(answers) == n:
                break
        return answers

    def _within(self, songs: Sequence[Song], ask: Ask, window: Range, n: int) -> list[Answer]:
        self.n_asked += 1
        where = without_used(songs, ask.within(window))
        hits = nearest_first(self._catalogue, ask.query, where, at_once=n)
        answers = (Answer(song, hit.score, ask.strain(song)) for hit in hits for song in [Song.of_hit(hit)])
        return list(islice(self._fitting(songs, ask, answers), n))

    def _fitting(self, songs: Sequence[Song], ask: Ask, answers: Iterable[Answer]) -> Iterable[Answer]:
        """Those that are no near-duplicates, and fit."""
        known = (*songs, *self._avoided)
        for answer in answers:
            song = answer.song
            if ask.fits(song) and not any(same_recording(song, other, self._sound) for other in known):
                yield answer
