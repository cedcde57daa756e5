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

from segue.tags import TagVocabulary
from segue.where import Where

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

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
    """

    rows: Rows
    vectors: Floats
    active: Bools


@dataclass(frozen=True)
class View:
    """All tracks at one revision; never changes.

    Attributes:
        vocabulary: what the tag bits mean.
        rows: row number of each slot, ``(n,)`` int64.
        vectors: ``(n, dim)`` float32, contiguous.
        tags: active tags, 64 to a word, ``(n_words, n)`` uint64.
        alive: whether the slot still holds, ``(n,)`` bool.
        longest: an upper bound of the vectors' lengths.
    """

    vocabulary: TagVocabulary
    rows: Rows
    vectors: Floats
    tags: NDArray[np.uint64]
    alive: Bools
    longest: float

    def passing(self, where: Where, excluded: Rows) -> Bools:
        """Slots that meet the conditions, ``(n,)`` bool; agrees with ``Where.passes`` exactly.

        Args:
            where: the conditions.
            excluded: rows that ``exclude_ids`` and ``exclude_hashes`` name.
        """
        passing = self.alive.copy()
        if len(excluded):
            passing &= ~np.isin(self.rows, excluded)
        if where.exclude:
            passing &= self._shared(where.exclude) == 0
        if where.min_shared:
            passing &= self._shared(where.shares) >= where.min_shared
        if where.include:
            needed = len(where.include) if where.include_mode == "all" else 1
            passing &= self._shared(where.include) >= needed
        return passing

    def nearest(
        self, query: Floats, passing: Bools, k: int, min_score: float | None
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The k best passing slots and their scores, best first, equal scores in order of row."""
        wanted = min(k, int(np.count_nonzero(passing)))
        if wanted <= 0:
            return np.empty(0, dtype=np.intp), np.empty(0)
        slots = self._candidates(query, passing, wanted)
        scores = np.array([float(np.dot(query, vector)) for vector in self.vectors[slots]])
        order = np.lexsort((self.rows[slots], -scores))[:wanted]
        if min_score is not None:
            order = order[scores[order] >= min_score]
        return slots[order], scores[order]

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


class VectorCache:
    """Grows from batch to batch and hands out views. Its caller sees to it that one thread applies at a time."""

    def __init__(self, dim: int, vocabulary: TagVocabulary) -> None:
        self._n_words = (len(vocabulary.labels) + 63) // 64
        self._rows = np.empty(0, dtype=np.int64)
        self._vectors = np.empty((0, dim), dtype=np.float32)
        self._tags = np.empty((self._n_words, 0), dtype=np.uint64)
        self.view = View(vocabulary, self._rows, self._vectors, self._tags, np.empty(0, dtype=np.bool_), 0.0)

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
        lengths = np.linalg.norm(batch.vectors, axis=1)
        self._publish(stop, np.ones(len(batch.rows), dtype=np.bool_), float(lengths.max(initial=0.0)))

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
            np.concatenate([self.view.alive, alive]),
            max(self.view.longest, longest),
        )

    def _make_room(self, n_slots: int) -> None:
        """Moves to larger arrays where needed."""
        if n_slots <= len(self._rows):
            return
        used, room = len(self.view.rows), max(n_slots, int(1.25 * len(self._rows)) + 64)
        rows, vectors, tags = self._rows, self._vectors, self._tags
        self._rows = np.empty(room, dtype=np.int64)
        self._vectors = np.empty((room, vectors.shape[1]), dtype=np.float32)
        self._tags = np.empty((self._n_words, room), dtype=np.uint64)
        self._rows[:used], self._vectors[:used], self._tags[:, :used] = rows[:used], vectors[:used], tags[:, :used]

    def _compact(self) -> None:
        """Leaves the dead slots behind."""
        alive = self.view.alive
        self._rows, self._vectors = self.view.rows[alive], self.view.vectors[alive]
        self._tags = np.ascontiguousarray(self.view.tags[:, alive])
        self.view = View(
            self.view.vocabulary,
            self._rows,
            self._vectors,
            self._tags,
            np.ones(len(self._rows), dtype=np.bool_),
            self.view.longest,
        )


def _pack(active: Bools, n_words: int) -> NDArray[np.uint64]:
    """Bits of the active tags, ``(n_words, n)``."""
    padded = np.zeros((len(active), 64 * n_words), dtype=np.bool_)
    padded[:, : active.shape[1]] = active
    words = np.packbits(padded, axis=1, bitorder="little").view("<u8").reshape(len(active), n_words)
    return np.ascontiguousarray(words.T)
