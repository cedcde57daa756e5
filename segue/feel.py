"""Feel: the nearest tracks ranked anew by TF-IDF vectors of their sound, fine or coarse.

The plain sound of a track is the mean of its chunks. Here chunks whose word (:mod:`segue.codebook`) is rare in the
library count for more: what sets a track apart rather than what everything has. ``epsilon`` says how fine words are:
at 0 they tell small differences of feel apart, towards 1 only broad ones, as between genres; at 1 there is a single
word and the plain mean is left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segue.candidate import Candidate, ranked_anew
from segue.codebook import NO_CODES, CodeFrequencies, track_vector
from segue.mixer import Vector, Weights, direction_of_sum
from segue.ports import Catalogue
from segue.seed import Seed


def by_feel(
    shortlist: list[Candidate],
    seed: Seed,
    catalogue: Catalogue,
    weights: Weights,
    epsilon: float,
    until_id: str | None = None,
) -> list[Candidate]:
    """The shortlist ranked with the cosine of TF-IDF vectors in place of that of plain means; best first.

    Tracks removed a moment ago are left out; a track without codes is compared by its plain mean.

    Args:
        shortlist: what was found.
        seed: what it was found for; it takes part in the counts though it may be in no library.
        catalogue: keeps codes and their frequencies.
        weights: of the axes.
        epsilon: how coarse words are, in [0, 1].
        until_id: tracks that arrived after this one do not count, so that paging sees what it saw at first.
    """
    frequencies = frequencies_with(seed, catalogue, until_id)
    sound = sound_of(seed, frequencies, epsilon)
    codes = catalogue.chunk_codes([found.track.id for found in shortlist])

    def hear(found: Candidate, rows: NDArray[np.float16]) -> tuple[float, None]:
        words = codes.get(found.track.id, NO_CODES)
        return float(np.dot(sound, track_vector(rows, words, frequencies, epsilon))), None

    return ranked_anew(shortlist, catalogue, weights.shares()["sound"], hear)


def sound_of(seed: Seed, frequencies: CodeFrequencies, epsilon: float) -> Vector:
    """TF-IDF vector of a seed, ``(sound_dim,)`` float32; of several, their weighted sum scaled to length 1."""
    if not seed.parts:
        return track_vector(seed.chunks, seed.codes, frequencies, epsilon)
    return direction_of_sum([(sound_of(part, frequencies, epsilon), weight) for part, weight in seed.parts])


def frequencies_with(seed: Seed, catalogue: Catalogue, until_id: str | None = None) -> CodeFrequencies:
    """The library's frequencies, up to a track, as if every recording of the seed were in it."""
    frequencies = catalogue.code_frequencies(until_id)
    recordings = {digest: single.codes for single in seed.singles() for digest in single.content_hashes}
    for digest, codes in recordings.items():
        known = catalogue.find(digest)
        if known is None or (until_id is not None and known.id > until_id):
            frequencies = frequencies.including(codes)
    return frequencies
