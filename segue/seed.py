"""Seed: what recommendations are asked for: a track, an upload, or several of them added and subtracted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from segue.analyse import features
from segue.bars import BarGrid
from segue.codebook import NO_CODES, Codes
from segue.errors import InvalidRequest
from segue.key import Key
from segue.mixer import Mixer, Vector, direction_of_sum
from segue.ports import Catalogue
from segue.tags import TagScores
from segue.track import EDGE_CHUNKS, Analysis, Description, Track, mean_direction


@dataclass(frozen=True)
class Seed:
    """What recommendations are asked for.

    Attributes:
        vector: track vector turned to what may follow it (``Mixer.followed_by``), ``(dim,)`` float32.
        tags: scores of the vocabulary.
        tempo_bpm: beats per minute.
        key: the key.
        energy: in [0, 1].
        duration_seconds: of the audio.
        content_hashes: of all recordings in it: they are never recommended.
        chunks: its chunk embeddings, ``(n_chunks, sound_dim)`` float32.
        bars: where bars and phrases begin, if known.
        codes: words of its chunks, ``(n_chunks, n_levels)`` int16; without any where nobody knows them.
        parts: the seeds that it is a blend of, with their weights; none where it is a single one.
        leaves_from_seconds: what was played already: no transition out of it may begin earlier. Infinity where nobody
            knows how it goes on.
        description: title, artist and album, as far as known.
    """

    vector: Vector
    tags: TagScores
    tempo_bpm: float
    key: Key
    energy: float
    duration_seconds: float
    content_hashes: frozenset[str]
    chunks: NDArray[np.float32]
    bars: BarGrid | None = None
    codes: Codes = field(default_factory=lambda: NO_CODES)
    parts: tuple[tuple[Seed, float], ...] = ()
    leaves_from_seconds: float = 0.0
    description: Description = field(default_factory=Description)

    @classmethod
    def from_analysis(cls, analysis: Analysis, mixer: Mixer) -> Seed:
        """Seed for a track that is in no catalogue."""
        heard = analysis.hearing
        return cls(
            mixer.followed_by(mixer.encode(features(analysis)), analysis.outro),
            analysis.tags,
            heard.tempo.bpm,
            heard.key.key,
            heard.energy,
            analysis.duration_seconds,
            frozenset({analysis.content_hash}),
            heard.chunk_embeddings,
            heard.bars,
            heard.codes,
        )

    @classmethod
    def from_track(cls, track: Track, catalogue: Catalogue, mixer: Mixer) -> Seed:
        """Seed for a track of the catalogue. Raises TrackNotFound."""
        chunks = catalogue.chunk_embeddings(track.id).astype(np.float32)
        return cls(
            mixer.followed_by(catalogue.vector(track.id), mean_direction(chunks[-EDGE_CHUNKS:])),
            track.tags,
            track.tempo.bpm,
            track.key.key,
            track.energy,
            track.duration_seconds,
            frozenset({track.content_hash}),
            chunks,
            catalogue.bars(track.id),
            catalogue.chunk_codes([track.id]).get(track.id, NO_CODES),
            description=track.description,
        )

    def singles(self) -> Iterator[Seed]:
        """The seed, or those that it is a blend of."""
        if not self.parts:
            yield self
        for part, _ in self.parts:
            yield from part.singles()


def blend(parts: Sequence[tuple[Seed, float]], mixer: Mixer) -> Seed:
    """Several seeds as one: this plus that minus the other.

    Each block of the vector is the weighted sum of the seeds' blocks, scaled back to length 1; a block that cancels
    out counts for nothing. Tempo, key and energy to which limits refer, and the chunks, are those of the seed of
    largest weight (the first of equals). Tag scores are the weighted sum, held to [0, 1], the weights of what is added
    summing to 1: what is subtracted takes away from them.

    Args:
        parts: seeds with their weights, which may be negative.
        mixer: whose vectors they are.

    Raises:
        InvalidRequest: no seed, a weight that is 0 or no finite number, no seed that is added, or seeds that cancel
            each other out.
    """
    if not parts:
        raise InvalidRequest("There is no seed; at least one is needed.")
    for _, weight in parts:
        if not np.isfinite(weight) or weight == 0:
            raise InvalidRequest(f"The weight of a seed is {weight}; it must be a number other than 0.")
    lead, largest = max(parts, key=lambda part: part[1])
    if largest <= 0:
        raise InvalidRequest("All seeds are subtracted; at least one must have a weight above 0.")
    if len(parts) == 1:
        return lead
    relative = tuple((seed, weight / largest) for seed, weight in parts)
    blocks = mixer.blocks.values()  # in the order in which they stand in a vector
    vector = np.concatenate([direction_of_sum([(seed.vector[block], w) for seed, w in relative]) for block in blocks])
    if not vector.any():
        raise InvalidRequest("The seeds cancel each other out, so nothing is asked for; change one of their weights.")
    total = sum(weight for _, weight in parts if weight > 0)
    scores = np.sum([np.float32(weight / total) * seed.tags.scores for seed, weight in parts], axis=0, dtype=np.float32)
    return Seed(
        vector,
        TagScores(lead.tags.vocabulary, np.clip(scores, 0.0, 1.0)),
        lead.tempo_bpm,
        lead.key,
        lead.energy,
        lead.duration_seconds,
        frozenset().union(*(seed.content_hashes for seed, _ in parts)),
        lead.chunks,
        lead.bars,
        lead.codes,
        relative,
    )
