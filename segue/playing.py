"""Playing: which track of the catalogue is being heard, if it is one of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.diversity import Facts
from segue.live import Listening
from segue.mixer import Mixer, Weights
from segue.ports import Catalogue, Hit
from segue.track import Track, mean_direction
from segue.where import Where

LAST_CHUNKS = 6  # chunks that are recognised: 22.1 s
SHORTLIST = 300  # tracks whose chunks are compared
MIN_CONFIDENCE = 0.5

_PER_SCORE, _PER_MARGIN, _OFFSET = 107.0, 131.0, -105.5  # fitted; see docs/live.md
_OTHERWISE = 0.9  # what the best of many tracks scores where none of them is heard, in the median

_ONLY_SOUND = Weights(sound=1, tags=0, tempo=0, key=0, energy=0, segue=0)


@dataclass(frozen=True)
class Playing:
    """The track that seems to be playing.

    Attributes:
        track: the track.
        confidence: in [0.5, 1].
        copies: the track, and other copies of its recording among the nearest.
    """

    track: Track
    confidence: float
    copies: tuple[Track, ...]


def find_playing(listening: Listening, catalogue: Catalogue, mixer: Mixer) -> Playing | None:
    """The track of the catalogue that is heard in a listening; None where it seems to be none of them.

    Each of the last chunks is compared with all chunks of the 300 tracks of nearest sound, for it is not known where in
    a track it was taken. A track's score is the mean of the largest cosines; how sure the best one is follows from its
    score and from how much better it is than the best one that is no copy of it.

    Args:
        listening: has heard something.
        catalogue: whose tracks are looked through.
        mixer: whose vectors it has.

    Raises:
        InvalidRequest: nothing was heard yet.
    """
    last = listening.chunks[-LAST_CHUNKS:]
    sound = np.zeros(mixer.dim, dtype=np.float32)
    sound[mixer.blocks["sound"]] = mean_direction(last)
    hits = catalogue.nearest(mixer.query(sound, _ONLY_SOUND), Where(), SHORTLIST)
    chunks = catalogue.many_chunk_embeddings([hit.track.id for hit in hits])
    scores = {hit.track.id: score(last, chunks[hit.track.id]) for hit in hits if hit.track.id in chunks}
    if not scores:
        return None
    best = max((hit for hit in hits if hit.track.id in scores), key=lambda hit: (scores[hit.track.id], hit.track.id))
    copies = _copies(best, hits, mixer)
    others = scores.keys() - {track.id for track in copies}
    second = max((scores[other] for other in others), default=_OTHERWISE)
    confidence = confidence_of(scores[best.track.id], scores[best.track.id] - second)
    return Playing(best.track, confidence, copies) if confidence >= MIN_CONFIDENCE else None


def score(last: NDArray[np.float32], chunks: NDArray[np.float16]) -> float:
    """How alike some chunks and a track are: the mean of the largest cosine of each of them.

    Args:
        last: what was heard, ``(n, dim)`` float32, rows unit-norm.
        chunks: all chunks of the track, ``(m, dim)`` float16.
    """
    return float((last @ chunks.astype(np.float32).T).max(axis=1).mean())


def confidence_of(best: float, margin: float) -> float:
    """How likely the best track is the right one, in [0, 1].

    Args:
        best: its score.
        margin: by how much it is above the best one that is no copy of it.
    """
    return 1.0 / (1.0 + math.exp(-(_PER_SCORE * best + _PER_MARGIN * margin + _OFFSET)))


def _copies(best: Hit, hits: list[Hit], mixer: Mixer) -> tuple[Track, ...]:
    facts, sound = Facts.of(best.track), mixer.blocks["sound"]
    others = (
        hit.track
        for hit in hits
        if hit.track.id != best.track.id
        and facts.same_recording(Facts.of(hit.track), float(hit.vector[sound] @ best.vector[sound]))
    )
    return (best.track, *others)
