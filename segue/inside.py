"""Inside: a shortlist of tracks, ranked anew by what is heard in their chunks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segue.candidate import Candidate, ranked_anew
from segue.feel import by_feel
from segue.mixer import Mixer, Weights
from segue.options import Options
from segue.ports import Catalogue
from segue.seed import Seed
from segue.segments import SegmentMatch, best_segment, windows_of
from segue.where import Where

SHORTLIST = 1000  # tracks whose chunks are compared


def looking_inside(seed: Seed, catalogue: Catalogue, mixer: Mixer, options: Options, where: Where) -> list[Candidate]:
    """A shortlist, ranked by what is heard in the chunks of its tracks."""
    weights = options.effective_weights
    query = mixer.query(seed.vector, weights)
    if options.epsilon is not None:
        hits = catalogue.nearest(query, where, SHORTLIST)
        shortlist = [Candidate.of(hit, seed, mixer) for hit in hits]
        return by_feel(shortlist, seed, catalogue, weights, options.epsilon, where.until_id)
    beside = query.copy()
    beside[mixer.blocks["sound"]] = 0
    hits = catalogue.nearest_by_parts(beside, windows_of(seed.chunks), weights.shares()["sound"], where, SHORTLIST)
    whole = (replace(hit, score=float(np.dot(query, hit.vector))) for hit in hits)
    return by_segment([Candidate.of(hit, seed, mixer) for hit in whole], seed, catalogue, weights)


def by_segment(shortlist: list[Candidate], seed: Seed, catalogue: Catalogue, weights: Weights) -> list[Candidate]:
    """The shortlist ranked with the most alike stretch of each track in place of its whole sound."""

    def hear(found: Candidate, rows: NDArray[np.float16]) -> tuple[float, SegmentMatch]:
        seconds = found.track.duration_seconds
        segment = best_segment(seed.chunks, rows.astype(np.float32), seed.duration_seconds, seconds)
        return segment.similarity, segment

    return ranked_anew(shortlist, catalogue, weights.shares()["sound"], hear)
