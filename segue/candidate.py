"""Candidate: a hit on its way to becoming a result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segue.mixer import Mixer, Vector
from segue.ports import Catalogue, Hit
from segue.seed import Seed
from segue.segments import SegmentMatch
from segue.track import Track
from segue.where import Where

_MOST_AT_ONCE = 1000


@dataclass(frozen=True)
class Candidate:
    """A track that is ranked.

    Attributes:
        track: the track.
        vector: its track vector, ``(dim,)`` float32.
        score: what it is ranked by, larger is nearer.
        components: axis -> cosine in [-1, 1].
        segment: which part of the seed resembles which part of it, where that was asked for.
    """

    track: Track
    vector: Vector
    score: float
    components: dict[str, float]
    segment: SegmentMatch | None = None

    @classmethod
    def of(cls, hit: Hit, seed: Seed, mixer: Mixer) -> Candidate:
        """What a search found for a seed."""
        return cls(hit.track, hit.vector, hit.score, mixer.components(seed.vector, hit.vector))

    def with_sound(self, cosine: float, share: float, segment: SegmentMatch | None = None) -> Candidate:
        """The same with another cosine of the sound, which counts ``share`` of the score."""
        cosine = min(1.0, max(-1.0, cosine))
        score = self.score + share * (cosine - self.components["sound"])
        return replace(self, score=score, components=self.components | {"sound": cosine}, segment=segment)

    @property
    def place(self) -> tuple[float, str]:
        """What candidates are sorted by, best first: falling score, then id."""
        return -self.score, self.track.id


HearAnew = Callable[[Candidate, NDArray[np.float16]], tuple[float, SegmentMatch | None]]


def nearest_first(
    catalogue: Catalogue,
    query: Vector,
    where: Where,
    min_score: float | None = None,
    after: tuple[float, str] | None = None,
    at_once: int = 50,
) -> Iterator[Hit]:
    """All that meets the conditions, best first, fetched as it is taken.

    Args:
        catalogue: what is searched.
        query: ``(dim,)`` float32.
        where: hard conditions.
        min_score: hits below are left out.
        after: score and id of a hit; only what comes behind it is answered.
        at_once: how many are fetched at first; more and more later.
    """
    while hits := catalogue.nearest(query, where, at_once, min_score, after):
        yield from hits
        if len(hits) < at_once:
            return
        after, at_once = (hits[-1].score, hits[-1].track.id), min(2 * at_once, _MOST_AT_ONCE)


def ranked_anew(shortlist: Sequence[Candidate], catalogue: Catalogue, share: float, hear: HearAnew) -> list[Candidate]:
    """Candidates ranked with what is heard in their chunks in place of their whole sound, best first.

    Tracks removed a moment ago are left out.

    Args:
        shortlist: what was found.
        catalogue: keeps the chunks.
        share: how much the sound counts.
        hear: from a candidate and its chunk embeddings, ``(n_chunks, sound_dim)`` float16, to the cosine that counts,
            and the segment that it is of, if any.
    """
    chunks = catalogue.many_chunk_embeddings([found.track.id for found in shortlist])
    anew = []
    for found in shortlist:
        if (rows := chunks.get(found.track.id)) is not None:
            cosine, segment = hear(found, rows)
            anew.append(found.with_sound(cosine, share, segment))
    return sorted(anew, key=lambda found: found.place)
