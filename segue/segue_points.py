"""Segue points: where one track is mixed out and the next one in, on phrase boundaries, over 8, 16 or 32 bars.

A track is taken to have an intro, a body and an outro. The body enters with the first phrase whose level rises to stay
(0.7 times the level that the louder quarter of all bars has, over two phrases), the outro begins where the level drops
below that for good. The next track begins so that its body enters when the overlap ends.

Nothing here was measured against what DJs do: lengths are their custom, weights were set by hand. The threshold is the
one that finds most outros of 110 studio tracks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segue.audio.chunks import CHUNK_SECONDS
from segue.bars import PHRASE_BARS, BarGrid
from segue.beside import beside
from segue.errors import InvalidRequest
from segue.key import COMPATIBILITY, Key, Relation
from segue.ports import Catalogue
from segue.seed import Seed
from segue.tempo import tempo_ratio
from segue.track import Track, mean_direction

OVERLAPS = (32, 16, 8)  # bars
MAX_PITCH_PERCENT = 8.0  # the range of a common pitch fader
LOW_CONFIDENCE = 0.5  # below it bars were right in 26 of 45 studio tracks, from it on in 63 of 69

_BODY_SHARE = 0.7  # of the level of the body, from which on a phrase belongs to it
_BODY_QUANTILE = 0.75
_BODY_PHRASES = 2  # for so long the level has to stay
_SILENT = 0.02  # bars below this share of the loudest are no music
_SHORTEST_SECONDS = 2.0  # of an overlap without bars

_WEIGHTS = {"tempo": 0.25, "key": 0.15, "shape": 0.5, "sound": 0.1}
_LENGTHS = {32: 1.0, 16: 0.8, 8: 0.6, 0: 0.3}  # steps so large that sound never outweighs length
_FITS = {2: 1.0, 1: 0.4, 0: 0.15}  # by how many of outro and intro are long enough

Floats = NDArray[np.float32]
Caveat = Literal["no_bars_out", "no_bars_in", "unsure_bars", "no_outro", "no_intro", "too_short", "out_of_pitch_range"]


@dataclass(frozen=True)
class Form:
    """Intro, body and outro of a track, in bars.

    Attributes:
        first: the first bar that is heard.
        body: the bar with which the body enters; ``first`` where there is no intro.
        outro: the bar with which the outro begins; ``end`` where there is none.
        end: one behind the last bar that is heard.
    """

    first: int
    body: int
    outro: int
    end: int


@dataclass(frozen=True)
class Playable:
    """What a transition needs to know of a track.

    Attributes:
        tempo_bpm: beats per minute.
        key: the key.
        duration_seconds: of the audio.
        chunks: chunk embeddings, ``(n_chunks, dim)`` float32, rows unit-norm.
        bars: where its bars begin; None where nothing heard them.
    """

    tempo_bpm: float
    key: Key
    duration_seconds: float
    chunks: Floats
    bars: BarGrid | None

    @classmethod
    def of_seed(cls, seed: Seed) -> Playable:
        """The track that a seed stands for."""
        return cls(seed.tempo_bpm, seed.key, seed.duration_seconds, seed.chunks, seed.bars)

    @classmethod
    def of_track(cls, track: Track, catalogue: Catalogue) -> Playable:
        """A track of the catalogue. Raises TrackNotFound."""
        chunks = catalogue.chunk_embeddings(track.id).astype(np.float32)
        return cls(track.tempo.bpm, track.key.key, track.duration_seconds, chunks, catalogue.bars(track.id))

    @cached_property
    def shape(self) -> Form | None:
        """Intro, body and outro; None where bars are not known."""
        return None if self.bars is None else form(self.bars)

    @cached_property
    def bar_seconds(self) -> float:
        """How long a bar lasts; four beats where bars are not known."""
        if self.bars is None or len(self.bars) < 2:
            return 240.0 / self.tempo_bpm
        return float(np.median(np.diff(self.bars.starts.astype(np.float64))))


@dataclass(frozen=True)
class Transition:
    """One way of getting from a track to the next.

    Attributes:
        mix_out_seconds: where in the first track the next one is started.
        mix_in_seconds: where in the next track it starts to play.
        overlap_bars: how many bars of the first track both play, 8, 16 or 32; bars of 4/4 at its tempo where bars are
            not known; 0 where there is no room for so many.
        overlap_seconds: the same in seconds, at the first track's own speed.
        tempo_ratio: 0.5, 1 or 2: the metrical level at which both beat together.
        pitch_percent: change of playing speed that the next track needs.
        key_relation: what the move between the keys is called.
        pitched_key: the next track's key after that change without key lock.
        pitched_relation: what the move to that key is called.
        sound: cosine of what is heard of both during the overlap, in [-1, 1].
        level_out: mean level of the first track during the overlap beside its loudest bar, in [0, 1]; None where bars
            are not known.
        level_in: the same of the next track.
        score: in [0, 1], higher is better: 0.25 tempo, 0.15 key, 0.5 how well the overlap fits outro and intro and
            how long it is, 0.1 sound.
        confidence: in [0, 1]; the smaller one of both tracks' bars, 0 where they are not known.
        caveats: what to know before trusting it.
    """

    mix_out_seconds: float
    mix_in_seconds: float
    overlap_bars: int
    overlap_seconds: float
    tempo_ratio: float
    pitch_percent: float
    key_relation: Relation
    pitched_key: Key
    pitched_relation: Relation
    sound: float
    level_out: float | None
    level_in: float | None
    score: float
    confidence: float
    caveats: tuple[Caveat, ...] = ()


def form(grid: BarGrid) -> Form:
    """Intro, body and outro of a track."""
    heard = np.flatnonzero(grid.levels >= _SILENT)
    if not len(heard):
        return Form(0, 0, len(grid), len(grid))
    first, end = int(heard[0]), int(heard[-1]) + 1
    edges = [bar for bar in grid.phrases.tolist() if first < bar < end]
    edges = [first, *edges, end]
    phrases = list(pairwise(edges))
    loud = _BODY_SHARE * float(np.quantile(grid.levels[first:end], _BODY_QUANTILE))
    in_body = [float(grid.levels[start:stop].mean()) >= loud for start, stop in phrases]
    stays = [all(in_body[n : n + _BODY_PHRASES]) for n in range(len(in_body))]
    body = next((phrases[n][0] for n, there in enumerate(stays) if there), first)
    last = max((n for n, there in enumerate(in_body) if there), default=len(phrases) - 1)
    return Form(first, body, phrases[last][1], end)


def _on_phrase(grid: BarGrid, latest: int) -> int | None:
    """The last bar up to ``latest`` that begins a phrase."""
    earlier = grid.phrases[grid.phrases <= latest]
    return int(earlier[-1]) if len(earlier) else None


def transition(from_: Playable, to: Playable, overlap_bars: int | None = None) -> Transition:
    """The best of :func:`transitions`."""
    return transitions(from_, to, overlap_bars)[0]


def transitions(from_: Playable, to: Playable, overlap_bars: int | None = None) -> tuple[Transition, ...]:
    """Ways of getting from one track to the next, best first, at least one.

    Overlaps that stay within outro and intro come first, the longest of them foremost. Where bars of a track are not
    known, or too few, its points lie at the edges of its audio and the confidence is 0.

    Args:
        from_: what is playing.
        to: what is to follow.
        overlap_bars: only overlaps of so many bars, 8, 16 or 32; None means all of them.

    Raises:
        InvalidRequest: another number of bars.
    """
    if overlap_bars is not None and overlap_bars not in OVERLAPS:
        raise InvalidRequest(f"overlap_bars is {overlap_bars}; it must be 8, 16 or 32.")
    lengths = OVERLAPS if overlap_bars is None else (overlap_bars,)
    found = {}
    for n in lengths:
        for out in _outs(from_, n):
            for entry in _ins(to, n * _bars_per_bar(from_, to)):
                one = _between(from_, to, n, out, entry)
                found[round(one.mix_out_seconds, 3), round(one.mix_in_seconds, 3), n] = one
    if not found:
        found[0.0, 0.0, 0] = _as_far_as_possible(from_, to, lengths[-1])
    return tuple(sorted(found.values(), key=lambda one: (-one.score, -one.overlap_bars, -one.mix_out_seconds)))


@dataclass(frozen=True)
class _Exit:
    """Where the first track is left."""

    seconds: float
    overlap_seconds: float
    fits: bool
    known: bool = True


@dataclass(frozen=True)
class _Entry:
    """Where the next track is entered."""

    seconds: float
    fits: bool
    known: bool = True


def _bars_per_bar(from_: Playable, to: Playable) -> float:
    """Bars of the next track that last as long as one of the first, once both beat together: 0.5, 1 or 2."""
    return tempo_ratio(240.0 / from_.bar_seconds, 240.0 / to.bar_seconds)[0]


def _outs(from_: Playable, n: int) -> list[_Exit]:
    """Where the first track can be left for an overlap of ``n`` bars."""
    grid, shape = from_.bars, from_.shape
    if grid is None or shape is None:
        seconds = n * from_.bar_seconds
        late = from_.duration_seconds - seconds
        return [_Exit(late, seconds, fits=False, known=False)] if late >= seconds else []
    outs = []
    for bar in {_on_phrase(grid, shape.end - n), shape.outro}:
        if bar is None or bar < shape.first or shape.end - bar < n:
            continue
        outs.append(_Exit(float(grid.starts[bar]), _span(grid, bar, n, from_.bar_seconds), fits=bar >= shape.outro))
    return outs


def _ins(to: Playable, n: float) -> list[_Entry]:
    """Where the next track can be entered for an overlap of ``n`` of its bars."""
    grid, shape = to.bars, to.shape
    if grid is None or shape is None:
        return [_Entry(0.0, fits=False, known=False)] if n * to.bar_seconds <= to.duration_seconds / 2 else []
    if n < PHRASE_BARS or shape.end - shape.first < n:
        return []
    if shape.body - n >= shape.first:
        return [_Entry(float(grid.starts[int(shape.body - n)]), fits=True)]
    begins = next((bar for bar in grid.phrases.tolist() if bar >= shape.first), shape.first)
    bar = begins if shape.end - begins >= n else shape.first
    return [_Entry(float(grid.starts[bar]), fits=False)]


def _as_far_as_possible(from_: Playable, to: Playable, n: int) -> Transition:
    """An overlap of ``n`` bars, or less, where one of the tracks has no room for it."""
    out = next(iter(_outs(from_, n)), None) or _blind_out(from_, to, n)
    entries = _ins(to, n * _bars_per_bar(from_, to))
    entry = entries[0] if entries else _Entry(0.0, fits=False, known=False)
    is_whole = entries and out.overlap_seconds > (n - 0.5) * from_.bar_seconds
    return _between(from_, to, n if is_whole else 0, out, entry)


def _blind_out(from_: Playable, to: Playable, n: int) -> _Exit:
    """The end of the first track, where nothing fits: ``n`` bars or what is there of them."""
    longest = min(from_.duration_seconds, to.duration_seconds) / 2
    seconds = min(n * from_.bar_seconds, max(longest, _SHORTEST_SECONDS), from_.duration_seconds)
    return _Exit(from_.duration_seconds - seconds, seconds, fits=False, known=False)


def _span(grid: BarGrid, bar: int, n: int, bar_seconds: float) -> float:
    """Seconds that ``n`` bars last; those behind the last one are as long as most."""
    there = min(bar + n, len(grid) - 1)
    return float(grid.starts[there]) - float(grid.starts[bar]) + (bar + n - there) * bar_seconds


def _between(from_: Playable, to: Playable, n: int, out: _Exit, entry: _Entry) -> Transition:
    move = beside(from_.tempo_bpm, from_.key, to.tempo_bpm, to.key)
    in_seconds = out.overlap_seconds * max(0.1, 1 + move.pitch_percent / 100)
    known = out.known and entry.known
    one = Transition(
        mix_out_seconds=out.seconds,
        mix_in_seconds=entry.seconds,
        overlap_bars=n,
        overlap_seconds=out.overlap_seconds,
        **move._asdict(),
        sound=_cosine(_heard(from_, out.seconds, out.overlap_seconds), _heard(to, entry.seconds, in_seconds)),
        level_out=_level(from_, out.seconds, out.overlap_seconds),
        level_in=_level(to, entry.seconds, in_seconds),
        score=0.0,
        confidence=min(from_.bars.confidence, to.bars.confidence) if known and from_.bars and to.bars else 0.0,
    )
    return replace(one, score=_score(one, out.fits + entry.fits), caveats=_caveats(one, out, entry))


def _score(one: Transition, n_fit: int) -> float:
    parts = {
        "tempo": max(0.0, 1.0 - abs(one.pitch_percent) / MAX_PITCH_PERCENT),
        "key": COMPATIBILITY[one.key_relation],
        "shape": _FITS[n_fit] * _LENGTHS[one.overlap_bars],
        "sound": max(0.0, one.sound),
    }
    return min(1.0, sum(_WEIGHTS[name] * part for name, part in parts.items()))


def _caveats(one: Transition, out: _Exit, entry: _Entry) -> tuple[Caveat, ...]:
    known = out.known and entry.known
    told: dict[Caveat, bool] = {
        "no_bars_out": not out.known,
        "no_bars_in": not entry.known,
        "unsure_bars": known and one.confidence < LOW_CONFIDENCE,
        "no_outro": out.known and not out.fits,
        "no_intro": entry.known and not entry.fits,
        "too_short": one.overlap_bars == 0,
        "out_of_pitch_range": abs(one.pitch_percent) > MAX_PITCH_PERCENT,
    }
    return tuple(caveat for caveat, holds in told.items() if holds)


def _heard(track: Playable, start: float, seconds: float) -> Floats:
    """Embedding of a stretch: the mean of the chunks that begin in it, or of the one that it lies in."""
    latest = max(0.0, track.duration_seconds - CHUNK_SECONDS)
    begins = np.minimum(np.arange(len(track.chunks)) * CHUNK_SECONDS, latest)
    inside = (begins >= start - CHUNK_SECONDS / 2) & (begins < start + seconds - CHUNK_SECONDS / 2)
    if not inside.any():
        inside = np.arange(len(begins)) == int(np.abs(begins - start).argmin())
    return mean_direction(track.chunks[inside])


def _cosine(some: Floats, other: Floats) -> float:
    return float(np.clip(some @ other, -1.0, 1.0))


def _level(track: Playable, start: float, seconds: float) -> float | None:
    if track.bars is None:
        return None
    starts = track.bars.starts
    inside = (starts >= start - 1e-3) & (starts < start + seconds - 1e-3)
    return float(track.bars.levels[inside].mean()) if inside.any() else None
