"""Diversity: not ten tracks of one artist, and a recording that is there twice only once."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product
from operator import itemgetter
from typing import NamedTuple

from segue.candidate import Candidate
from segue.errors import InvalidRequest
from segue.key import Key
from segue.mixer import Mixer
from segue.seed import Seed
from segue.track import Description, Track
from segue.where import folded

SAME_SOUND = 0.985  # cosine of two embeddings
SAME_NAME_SOUND = 0.85  # where artist and title agree; 18 tracks, tilted by 4 dB and overdriven, kept 0.92 or more
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
        sound = mixer.blocks["sound"]
        shelf, quota = _Shelf(sound), _Quota(self.max_per_artist, self.max_per_album)
        seeds = [(Facts.of_seed(single), single.vector[sound]) for single in seed.singles()]
        kept: list[Kept] = []
        for candidate in ranked:
            if self.fold_duplicates:
                facts, heard = Facts.of(candidate.track), candidate.vector[sound]
                if any(facts.same_recording(known, float(heard @ vector)) for known, vector in seeds):
                    continue
                if (first := shelf.find(candidate, facts)) is not None:
                    first.duplicates.append(candidate.track.id)
                    continue
            if not quota.takes(candidate.track):
                continue
            found = Kept(candidate)
            shelf.put(found)
            if after is None or candidate.place > after:
                kept.append(found)
                if len(kept) == wanted:
                    break
        return kept


class _Quota:
    """How many of each artist and album were kept so far."""

    def __init__(self, max_per_artist: int | None, max_per_album: int | None) -> None:
        self._max_per_artist, self._max_per_album = max_per_artist, max_per_album
        self._artists: Counter[str] = Counter()
        self._albums: Counter[tuple[str, str]] = Counter()

    def takes(self, track: Track) -> bool:
        """Whether there is room for one more track, which then takes it."""
        artist = folded(track.description.artist or "")
        album = (artist, folded(track.description.album or ""))
        if artist and self._max_per_artist is not None and self._artists[artist] >= self._max_per_artist:
            return False
        if all(album) and self._max_per_album is not None and self._albums[album] >= self._max_per_album:
            return False
        self._artists[artist] += 1
        self._albums[album] += 1
        return True


class Facts(NamedTuple):
    """What tells recordings apart beside their sound."""

    bpm: float
    key: Key
    duration_seconds: float
    name: tuple[str, str] | None = None

    @classmethod
    def of(cls, track: Track) -> Facts:
        """Facts of a track of the catalogue."""
        return cls(track.tempo.bpm, track.key.key, track.duration_seconds, _name(track.description))

    @classmethod
    def of_seed(cls, seed: Seed) -> Facts:
        """Facts of a single seed."""
        return cls(seed.tempo_bpm, seed.key, seed.duration_seconds, _name(seed.description))

    def same_recording(self, other: Facts, cosine: float) -> bool:
        """Whether two tracks are one recording: alike in tempo and length, and in sound and key or in name.

        The name alone does not do: "Untitled" and "Track 1" are many.
        """
        if abs(self.bpm - other.bpm) > SAME_TEMPO * min(self.bpm, other.bpm):
            return False
        seconds = (self.duration_seconds, other.duration_seconds)
        if abs(seconds[0] - seconds[1]) > SAME_DURATION * min(seconds):
            return False
        if self.name is not None and self.name == other.name and cosine >= SAME_NAME_SOUND:
            return True
        return cosine >= SAME_SOUND and self.key == other.key


def _name(told: Description) -> tuple[str, str] | None:
    """Artist and title as they are compared; None unless both are known."""
    title = folded(_REMASTER.sub("", told.title or ""))
    return (folded(told.artist), title) if told.artist and title else None


class _Shelf:
    """What was kept so far, in cells by tempo and duration: copies lie in one cell or in neighbouring ones."""

    def __init__(self, sound: slice) -> None:
        self._sound = sound
        self._cells: defaultdict[tuple[int, int], list[tuple[int, Kept, Facts]]] = defaultdict(list)
        self._n_kept = 0

    def put(self, kept: Kept) -> None:
        """Keeps one more."""
        facts = Facts.of(kept.candidate.track)
        self._cells[_cell_of(facts)].append((self._n_kept, kept, facts))
        self._n_kept += 1

    def find(self, candidate: Candidate, facts: Facts) -> Kept | None:
        """The first that is a near-duplicate of a candidate."""
        heard = candidate.vector[self._sound]
        tempo, duration = _cell_of(facts)
        cells = product(range(tempo - 1, tempo + 2), range(duration - 1, duration + 2))
        copies = (
            (number, kept)
            for cell in cells
            for number, kept, known in self._cells.get(cell, ())
            if facts.same_recording(known, float(kept.candidate.vector[self._sound] @ heard))
        )
        return min(copies, key=itemgetter(0), default=(0, None))[1]


def _cell_of(facts: Facts) -> tuple[int, int]:
    """Steps in which numbers that count as the same are at most one step apart."""
    tempo = math.log1p(facts.bpm) / math.log1p(SAME_TEMPO)
    duration = math.log1p(facts.duration_seconds) / math.log1p(SAME_DURATION)
    return math.floor(tempo), math.floor(duration)
