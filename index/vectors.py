"""Vectors: the part of a catalogue that is kept in memory and searched, a cache of what SQLite holds.

Each track has a *slot*: its vector, its active tags as bits, its row number. Slots are only ever appended:
a changed track gets a new slot and its old one dies. A :class:`View` is therefore a snapshot that stays
valid while others write, and searching takes no lock.

FAISS scans the float32 vectors under an ``IDSelectorBitmap``: exact, with no recall to lose to a filter.
Its sums differ from numpy's in the last bits, so it only proposes candidates; the candidates' scores are
plain ``np.dot``, and equal scores are ordered by row, which is the order of track ids.

The scan alone, measured on 100,000 x 230 with 1 thread: float32 0.2, 0.5 and 3.4 ms where 1, 10 and 50 % of
rows pass; FAISS's float16 scalar quantizer 0.4, 2.8 and 12.8 ms, and only close to exact. Hence float32.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import faiss
import numpy as np
from numpy.typing import NDArray

from index.records import Named
from segue.tags import TagVocabulary
from segue.tempo import semitones_when_matched
from segue.where import Where, folded

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

FACTS = np.dtype(  # key: class 0..23; artist: number by Artists
    [("bpm", "f8"), ("key", "i2"), ("energy", "f8"), ("duration_seconds", "f8"), ("artist", "i4")]
)
Facts = NDArray[np.void]

_SPARE = 16  # candidates beyond k, so that one scan settles ties and rounding nearly always
_ROUNDING = float(np.finfo(np.float32).eps)
_FEWEST_DEAD = 1024  # dead slots that are always tolerated


@dataclass(frozen=True)
class Batch:
    """Tracks as the cache wants them.

    Attributes:
        rows: row numbers, ``(n,)`` int64.
        vectors: track vectors, ``(n, dim)`` float32.
        active: active tags, ``(n, n_tags)`` bool.
        facts: what limits look at, ``(n,)`` of :data:`FACTS`.
    """

    rows: Rows
    vectors: Floats
    active: Bools
    facts: Facts


@dataclass(frozen=True)
class View:
    """All tracks at one revision; never changes.

    Attributes:
        vocabulary: what the tag bits mean.
        rows: row number of each slot, ``(n,)`` int64.
        vectors: ``(n, dim)`` float32, contiguous.
        tags: active tags, 64 to a word, ``(n_words, n)`` uint64.
        facts: tempo, key, energy, duration and artist, ``(n,)`` of :data:`FACTS`.
        artists: numbers of the artists' names.
        alive: whether the slot still holds, ``(n,)`` bool.
        longest: an upper bound of the vectors' lengths.
    """

    vocabulary: TagVocabulary
    rows: Rows
    vectors: Floats
    tags: NDArray[np.uint64]
    facts: Facts
    artists: Artists
    alive: Bools
    longest: float

    def passing(self, where: Where, named: Named) -> Bools:
        """Slots that meet the conditions, ``(n,)`` bool; agrees with ``Where.passes`` exactly.

        Args:
            where: the conditions.
            named: rows that those of them name which only the database can look up.
        """
        passing = self.alive.copy()
        if len(named.excluded):
            passing &= ~np.isin(self.rows, named.excluded)
        for only in named.only:
            passing &= np.isin(self.rows, only)
        if named.until is not None:
            passing &= self.rows <= named.until
        self._keep_tagged(passing, where)
        self._keep_measured(passing, where)
        self._keep_by_artist(passing, where)
        return passing

    def _keep_tagged(self, passing: Bools, where: Where) -> None:
        if where.exclude:
            passing &= self._shared(where.exclude) == 0
        if where.min_shared:
            passing &= self._shared(where.shares) >= where.min_shared
        if where.include:
            needed = len(where.include) if where.include_mode == "all" else 1
            passing &= self._shared(where.include) >= needed

    def _keep_measured(self, passing: Bools, where: Where) -> None:
        if where.bpm:
            bpm = self.facts["bpm"]
            passing &= np.logical_or.reduce([(bpm >= low) & (bpm <= high) for low, high in where.bpm])
        for name, (low, high) in (("energy", where.energy), ("duration_seconds", where.duration_seconds)):
            if low > -np.inf or high < np.inf:
                passing &= (self.facts[name] >= low) & (self.facts[name] <= high)
        if where.keys:
            slots = np.flatnonzero(passing)
            passing[slots] = np.isin(self._keys_heard(slots, where.keys_at_bpm), list(where.keys))

    def _keys_heard(self, slots: NDArray[np.intp], at_bpm: float | None) -> NDArray[np.int64]:
        """Key class of some slots, ``(n,)``, once pitched without key lock to a tempo."""
        keys = self.facts["key"][slots].astype(np.int64)
        if at_bpm is None:
            return keys
        return keys // 12 * 12 + (keys + semitones_when_matched(at_bpm, self.facts["bpm"][slots])) % 12

    def _keep_by_artist(self, passing: Bools, where: Where) -> None:
        if where.artists:
            passing &= np.isin(self.facts["artist"], self.artists.known(where.artists))
        if where.exclude_artists:
            passing &= ~np.isin(self.facts["artist"], self.artists.known(where.exclude_artists))

    def nearest(
        self, query: Floats, passing: Bools, k: int, min_score: float | None, after: tuple[float, int] | None = None
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The k best passing slots and their scores, best first, equal scores in order of row.

        Args:
            query: ``(dim,)`` float32.
            passing: slots to look at, ``(n,)`` bool.
            k: at most so many.
            min_score: slots below are left out.
            after: score and row; only slots that come behind are answered.
        """
        if after is not None:
            passing = self._behind(query, passing, after)
        wanted = min(k, int(np.count_nonzero(passing)))
        if wanted <= 0:
            return np.empty(0, dtype=np.intp), np.empty(0)
        slots = self._candidates(query, passing, wanted)
        scores = np.array([float(np.dot(query, vector)) for vector in self.vectors[slots]])
        order = np.lexsort((self.rows[slots], -scores))[:wanted]
        if min_score is not None:
            order = order[scores[order] >= min_score]
        return slots[order], scores[order]

    def _behind(self, query: Floats, passing: Bools, after: tuple[float, int]) -> Bools:
        """Those of the passing slots that come behind a score and row, ``(n,)`` bool; exact."""
        score, row = after
        rough, slack = self.vectors @ query, 2 * self._rounding(query)
        behind = passing & (rough < score - slack)
        for slot in np.flatnonzero(passing & (rough >= score - slack) & (rough <= score + slack)):
            exact = float(np.dot(query, self.vectors[slot]))
            behind[slot] = exact < score or (exact == score and self.rows[slot] > row)
        return behind

    def active(self, label: str) -> Bools:
        """Slots on which a tag is active, ``(n,)`` bool."""
        active: Bools = self.alive & (self._shared(frozenset({label})) > 0)
        return active

    def _shared(self, labels: frozenset[str]) -> NDArray[np.int64]:
        """How many of the labels are active on each slot, ``(n,)``; labels unknown here never are."""
        masks = np.zeros(len(self.tags), dtype=np.uint64)
        for label in labels:
            column = self.vocabulary.positions.get(label)
            if column is not None:
                masks[column // 64] |= np.uint64(1 << column % 64)
        counts = np.zeros(len(self.rows), dtype=np.int64)
        for word, mask in zip(self.tags, masks, strict=True):
            if mask:
                counts += np.bitwise_count(word & mask)
        return counts

    def _candidates(self, query: Floats, passing: Bools, wanted: int) -> NDArray[np.intp]:
        """Slots that surely hold the ``wanted`` best ones, ties at the boundary included."""
        n_passing = int(np.count_nonzero(passing))
        asked = min(wanted + _SPARE, n_passing)
        slots, scores = _scan(query, self.vectors, passing, asked)
        slack = 2 * self._rounding(query)
        settled = len(slots) == n_passing or (len(slots) == asked and scores[wanted - 1] > scores[-1] + slack)
        return slots if settled else self._candidates_by_score(query, passing, wanted, slack)

    def _candidates_by_score(self, query: Floats, passing: Bools, wanted: int, slack: float) -> NDArray[np.intp]:
        """The same from all scores, however many tie."""
        slots = np.flatnonzero(passing)
        scores = (self.vectors @ query)[slots]
        last = np.partition(scores, len(scores) - wanted)[len(scores) - wanted]
        kept: NDArray[np.intp] = slots[scores >= last - slack]
        return kept

    def _rounding(self, query: Floats) -> float:
        """Upper bound of the difference of two float32 summations of one inner product."""
        return len(query) * _ROUNDING * float(np.linalg.norm(query)) * self.longest


def _scan(query: Floats, vectors: Floats, passing: Bools, k: int) -> tuple[NDArray[np.intp], Floats]:
    """FAISS's k best slots among the passing ones, best first."""
    bitmap = np.packbits(passing, bitorder="little")
    selector = faiss.IDSelectorBitmap(len(bitmap), faiss.swig_ptr(bitmap))
    query = np.ascontiguousarray(query, dtype=np.float32)
    scores = np.empty(k, dtype=np.float32)
    slots = np.empty(k, dtype=np.int64)
    faiss.knn_inner_product(
        faiss.swig_ptr(query),
        faiss.swig_ptr(vectors),
        vectors.shape[1],
        1,
        len(vectors),
        k,
        faiss.swig_ptr(scores),
        faiss.swig_ptr(slots),
        selector,
    )
    found = slots >= 0  # FAISS pads with -1
    return slots[found], scores[found]


class Artists:
    """A number for each artist's name, whatever its case; names are only ever added."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {"": 0}  # the unknown artist

    def number(self, name: str | None) -> int:
        """The name's number, a new one where it is new."""
        return self._numbers.setdefault(folded(name or ""), len(self._numbers))

    def known(self, names: frozenset[str]) -> list[int]:
        """Numbers of those names that were ever seen."""
        return [self._numbers[key] for name in names if (key := folded(name)) in self._numbers]


class VectorCache:
    """Grows from batch to batch and hands out views. Its caller sees to it that one thread applies at a time."""

    def __init__(self, dim: int, vocabulary: TagVocabulary) -> None:
        self._n_words = (len(vocabulary.labels) + 63) // 64
        self._rows = np.empty(0, dtype=np.int64)
        self._vectors = np.empty((0, dim), dtype=np.float32)
        self._tags = np.empty((self._n_words, 0), dtype=np.uint64)
        self._facts = np.empty(0, dtype=FACTS)
        alive = np.empty(0, dtype=np.bool_)
        self.artists = Artists()
        self.view = View(vocabulary, self._rows, self._vectors, self._tags, self._facts, self.artists, alive, 0.0)

    def forget(self, rows: Rows) -> None:
        """Lets the slots of these rows die; unknown rows are no matter."""
        if not len(rows):
            return
        alive = self.view.alive & ~np.isin(self.view.rows, rows)
        self.view = replace(self.view, alive=alive)
        n_dead = len(alive) - int(np.count_nonzero(alive))
        if n_dead > max(_FEWEST_DEAD, len(alive) // 4):
            self._compact()

    def put(self, batch: Batch) -> None:
        """Takes tracks in, in place of what is known of their rows."""
        self.forget(batch.rows)
        start = len(self.view.rows)
        stop = start + len(batch.rows)
        self._make_room(stop)
        self._rows[start:stop] = batch.rows
        self._vectors[start:stop] = batch.vectors
        self._tags[:, start:stop] = _pack(batch.active, self._n_words)
        self._facts[start:stop] = batch.facts
        squares = np.einsum("nd,nd->n", batch.vectors, batch.vectors)
        longest = float(np.sqrt(squares.max(initial=0.0)))
        self._publish(stop, np.ones(len(batch.rows), dtype=np.bool_), longest)

    def reserve(self, n_more: int) -> None:
        """Makes room for so many more at once, so that it need not be made batch by batch."""
        self._make_room(len(self.view.rows) + n_more)

    def _publish(self, stop: int, alive: Bools, longest: float) -> None:
        """Makes the slots up to ``stop`` visible in a new view; older views keep theirs."""
        self.view = View(
            self.view.vocabulary,
            self._rows[:stop],
            self._vectors[:stop],
            self._tags[:, :stop],
            self._facts[:stop],
            self.artists,
            np.concatenate([self.view.alive, alive]),
            max(self.view.longest, longest),
        )

    def _make_room(self, n_slots: int) -> None:
        """Moves to larger arrays where needed."""
        if n_slots <= len(self._rows):
            return
        used, room = len(self.view.rows), max(n_slots, int(1.25 * len(self._rows)) + 64)
        rows, vectors, tags, facts = self._rows, self._vectors, self._tags, self._facts
        self._rows = np.empty(room, dtype=np.int64)
        self._vectors = np.empty((room, vectors.shape[1]), dtype=np.float32)
        self._tags = np.empty((self._n_words, room), dtype=np.uint64)
        self._facts = np.empty(room, dtype=FACTS)
        self._rows[:used], self._vectors[:used], self._tags[:, :used] = rows[:used], vectors[:used], tags[:, :used]
        self._facts[:used] = facts[:used]

    def _compact(self) -> None:
        """Leaves the dead slots behind."""
        alive = self.view.alive
        self._rows, self._vectors = self.view.rows[alive], self.view.vectors[alive]
        self._tags = np.ascontiguousarray(self.view.tags[:, alive])
        self._facts = self.view.facts[alive]
        self.view = View(
            self.view.vocabulary,
            self._rows,
            self._vectors,
            self._tags,
            self._facts,
            self.artists,
            np.ones(len(self._rows), dtype=np.bool_),
            self.view.longest,
        )


def _pack(active: Bools, n_words: int) -> NDArray[np.uint64]:
    """Bits of the active tags, ``(n_words, n)``."""
    padded = np.zeros((len(active), 64 * n_words), dtype=np.bool_)
    padded[:, : active.shape[1]] = active
    words = np.packbits(padded, axis=1, bitorder="little").view("<u8").reshape(len(active), n_words)
    return np.ascontiguousarray(words.T)
