"""Diversity: not ten tracks of one artist, and a recording that is there twice only once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from segue.candidate import Candidate
from segue.errors import InvalidRequest
from segue.key import Key
from segue.mixer import Mixer, Vector
from segue.seed import Seed
from segue.track import Track
from segue.where import folded

SAME_SOUND = 0.985  # cosine of two embeddings
SAME_TEMPO = 0.01  # share of the tempo
SAME_DURATION = 0.05  # share of the duration

_REMASTER = re.compile(r"\s*[-(\[][^-(\[]*\bremaster[^)\]]*[)\]]?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Kept:
    """A candidate that becomes a result.

    Attributes:
        candidate: the best ranked of its near-duplicates.
        duplicates: ids of the others that were met.
    """

    candidate: Candidate
    duplicates: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Diversity:
    """What keeps results apart.

    Attributes:
        max_per_artist: at most so many results of one artist; None means no limit. Tracks without an artist count as
            being of different ones.
        max_per_album: at most so many results of one album of one artist; None means no limit.
        fold_duplicates: whether near-duplicates (another encoding, a remaster) are folded into the best ranked one,
            and those of the seed left out.

    Raises:
        InvalidRequest: a limit below 1.
    """

    max_per_artist: int | None = None
    max_per_album: int | None = None
    fold_duplicates: bool = True

    def __post_init__(self) -> None:
        for name in ("max_per_artist", "max_per_album"):
            limit = getattr(self, name)
            if limit is not None and limit < 1:
                raise InvalidRequest(f"{name} is {limit}; it must be 1 or more, or left out.")

    @property
    def looks_back(self) -> bool:
        """Whether what is kept depends on what was kept before."""
        return self.fold_duplicates or self.max_per_artist is not None or self.max_per_album is not None

    def pick(
        self, ranked: Iterable[Candidate], seed: Seed, mixer: Mixer, wanted: int, after: tuple[float, str] | None = None
    ) -> list[Kept]:
        """The first of the ranked candidates that are kept.

        A near-duplicate that is ranked so far behind that enough are found before it is not looked for.

        Args:
            ranked: best first.
            seed: what they are ranked for.
            mixer: whose vectors they have.
            wanted: at most so many.
            after: ``Candidate.place`` of one; what is kept up to it counts for the limits but is not answered.
        """
        shelf = _Shelf(mixer.blocks["sound"])
        seed_facts = Facts(seed.tempo_bpm, seed.key, seed.duration_seconds)
        seed_sound = seed.vector[mixer.blocks["sound"]]
        artists: Counter[str] = Counter()
        albums: Counter[tuple[str, str]] = Counter()
        kept: list[Kept] = []
        for candidate in ranked:
            told = candidate.track.description
            artist = folded(told.artist or "")
            album = (artist, folded(told.album or ""))
            if self.fold_duplicates:
                facts = Facts.of(candidate.track)
                if facts.same_recording(seed_facts, float(candidate.vector[mixer.blocks["sound"]] @ seed_sound)):
                    continue
                if (known := shelf.find(candidate, facts)) is not None:
                    known.duplicates.append(candidate.track.id)
                    continue
            if artist and self.max_per_artist is not None and artists[artist] >= self.max_per_artist:
                continue
            if all(album) and self.max_per_album is not None and albums[album] >= self.max_per_album:
                continue
            artists[artist] += 1
            albums[album] += 1
            found = Kept(candidate)
            shelf.put(found)
            if after is None or candidate.place > after:
                kept.append(found)
                if len(kept) == wanted:
                    break
        return kept


class Facts(NamedTuple):
    """What tells recordings apart beside their sound."""

    bpm: float
    key: Key
    duration_seconds: float
    name: tuple[str, str] | None = None

    @classmethod
    def of(cls, track: Track) -> Facts:
        """Facts of a track of the catalogue."""
        told = track.description
        title = folded(_REMASTER.sub("", told.title or ""))
        name = (folded(told.artist), title) if told.artist and title else None
        return cls(track.tempo.bpm, track.key.key, track.duration_seconds, name)

    def same_recording(self, other: Facts, cosine: float) -> bool:
        """Whether two tracks are one recording: alike in tempo and length, and in sound and key or in name."""
        if abs(self.bpm / other.bpm - 1) > SAME_TEMPO:
            return False
        if abs(self.duration_seconds - other.duration_seconds) > SAME_DURATION * other.duration_seconds:
            return False
        if self.name is not None and self.name == other.name:
            return True
        return cosine >= SAME_SOUND and self.key == other.key


class _Shelf:
    """What was kept so far."""

    def __init__(self, sound: slice) -> None:
        self._sound = sound
        self._kept: list[tuple[Kept, Facts]] = []
        self._rows: list[Vector] = []

    def put(self, kept: Kept) -> None:
        """Keeps one more."""
        self._kept.append((kept, Facts.of(kept.candidate.track)))
        self._rows.append(kept.candidate.vector[self._sound])

    def find(self, candidate: Candidate, facts: Facts) -> Kept | None:
        """The first that is a near-duplicate of a candidate."""
        if not self._rows:
            return None
        cosines = np.stack(self._rows) @ candidate.vector[self._sound]
        for (kept, known), cosine in zip(self._kept, cosines.tolist(), strict=True):
            if facts.same_recording(known, cosine):
                return kept
        return None
