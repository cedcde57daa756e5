"""Scores bars and phrases on studio tracks, whose bars and sections are known exactly.

    python -m training.evaluate.bars [--per-style 2] [--first-seed 8900] [--sway 0]
    python -m training.evaluate.bars --midi pop909.zip

Up to eight bars are cut off the beginning of every track, so that neither bars nor phrases begin with the audio. The
seeds are used for nothing else. ``--sway 1`` bends the tempo by up to 1.5 %, slowly, as people do who play without a
click (pitch bends with it).

The second form scores 40 s of each development song of POP909, rendered without drums. Its downbeats were found by an
algorithm, and nothing is known of its phrases.
"""

from __future__ import annotations

import argparse
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from models.short_chunk_res.embedder import ShortChunkResEmbedder, load_embedder
from segue.audio.waveform import SAMPLE_RATE, Waveform
from segue.bars import PHRASE_BARS, BarGrid
from segue.segue_points import form
from training.midi import downbeats, midi_songs, render_midi
from training.studio import GENRES, render_track
from training.studio.track import StudioTrack

FIRST_SEED = 8_900
SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
NEAR_SECONDS = 0.07  # the usual tolerance of beat and downbeat tracking
MOSTLY = 0.9  # share of downbeats, found and right, from which on a track's bars count as right
_SWAY_SECONDS = (45.0, 17.0)
_SHORTEST, _LONGEST = 100.0, 200.0  # seconds

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class BarTruth:
    """What is known of a track's bars.

    Attributes:
        style: genre of the studio.
        downbeats: where bars begin, ``(n,)`` float64 seconds.
        sections: where sections begin, the first left out, ``(n_sections,)`` float64 seconds.
        beats_per_bar: 3 or 4.
        tempo_bpm: beats per minute, on average.
        body: where the first section begins that is no intro; None where that is not known.
        outro: where the outro begins; None where there is none.
    """

    style: str
    downbeats: Doubles
    sections: Doubles
    beats_per_bar: int
    tempo_bpm: float
    body: float | None = None
    outro: float | None = None


@dataclass(frozen=True)
class BarScore:
    """How right one track's bars are.

    Attributes:
        truth: what is known of it.
        found: share of the true downbeats that have a bar within 70 ms.
        right: share of the bars that have a true downbeat within 70 ms.
        phrase: whether phrases begin where most sections do; None where bars are wrong.
        phrase_by_chance: the share of all eight offsets of which that is true.
        tempo: whether the tempo is right within 2 %.
        confidence: as answered.
        body: whether the body enters within four bars of where it should; None where that is unknown or bars are wrong.
        outro: the same of the outro.
    """

    truth: BarTruth
    found: float
    right: float
    phrase: bool | None
    phrase_by_chance: float
    tempo: bool
    confidence: float
    body: bool | None = None
    outro: bool | None = None

    @property
    def bars(self) -> bool:
        """Whether bars begin where they should nearly everywhere."""
        return min(self.found, self.right) >= MOSTLY


def score(grid: BarGrid, tempo_bpm: float, truth: BarTruth) -> BarScore:
    """Scores the bars of one track."""
    starts = grid.starts.astype(np.float64)
    found = float(np.mean(_distance(truth.downbeats, starts) <= NEAR_SECONDS))
    right = float(np.mean(_distance(starts, truth.downbeats) <= NEAR_SECONDS))
    numbers = np.abs(truth.sections[:, None] - starts).argmin(axis=1)
    counts = np.bincount(numbers % PHRASE_BARS, minlength=PHRASE_BARS)  # without sections all are 0
    offsets = np.flatnonzero(counts == counts.max())
    known = min(found, right) >= MOSTLY
    phrase = grid.phrase_offset in offsets if known else None
    shape = form(grid)
    same_tempo = abs(tempo_bpm / truth.tempo_bpm - 1) <= 0.02
    return BarScore(
        truth,
        found,
        right,
        phrase,
        len(offsets) / PHRASE_BARS,
        same_tempo,
        grid.confidence,
        _begins(starts, shape.body, truth.body) if known else None,
        _begins(starts, shape.outro, truth.outro) if known else None,
    )


def _begins(starts: Doubles, bar: int, seconds: float | None) -> bool | None:
    """Whether a bar begins within four bars of a moment."""
    if seconds is None:
        return None
    spacing = float(np.median(np.diff(starts)))
    begins = float(starts[bar]) if bar < len(starts) else float(starts[-1]) + spacing
    return abs(begins - seconds) <= 4.5 * spacing


def _distance(some: Doubles, others: Doubles) -> Doubles:
    """Of each to the nearest of the others."""
    distance: Doubles = np.abs(some[:, None] - others).min(axis=1)
    return distance


def hear_and_score(embedder: ShortChunkResEmbedder, style: str, seed: int, sway: float) -> BarScore:
    """Renders, cuts, listens and scores; the same arguments give the same score."""
    rng = np.random.default_rng([zlib.crc32(b"bars"), seed])
    track = render_track(style, seed, float(rng.uniform(_SHORTEST, _LONGEST)))
    bar_seconds = track.beats_per_bar * 60 / track.tempo_bpm
    cut_seconds = float(rng.uniform(0, PHRASE_BARS * bar_seconds))
    samples = track.samples[int(cut_seconds * track.sample_rate) :]
    heard_at: Callable[[Doubles], Doubles] = np.positive  # what is heard when it is played
    if sway:
        samples, heard_at = swaying(samples, track.sample_rate, sway, rng)
    truth = _truth(track, style, cut_seconds, len(samples) / track.sample_rate, heard_at)
    return hear(embedder, Waveform(soxr.resample(samples, track.sample_rate, SAMPLE_RATE).astype(np.float32)), truth)


def hear(embedder: ShortChunkResEmbedder, waveform: Waveform, truth: BarTruth) -> BarScore:
    """Listens and scores."""
    log_mel, log_frequency = embedder.log_mel(waveform), embedder.log_frequency(waveform)
    tempo = embedder.hear_tempo(log_mel)
    grid = embedder.hear_bars(log_mel, log_frequency, tempo, waveform.duration_seconds)
    assert grid is not None
    return score(grid, tempo.bpm, truth)


def _truth(
    track: StudioTrack, style: str, cut_seconds: float, seconds: float, heard_at: Callable[[Doubles], Doubles]
) -> BarTruth:
    bar_seconds = track.beats_per_bar * 60 / track.tempo_bpm
    n_bars = int(track.duration_seconds / bar_seconds) + 1
    downbeats = heard_at(
        np.asarray(track.first_beat_seconds - cut_seconds + bar_seconds * np.arange(n_bars), dtype=np.float64)
    )
    sections = heard_at(np.array([section.start_seconds - cut_seconds for section in track.sections]))
    inside = downbeats[(downbeats >= 0) & (downbeats <= seconds - bar_seconds)]
    later = sections[sections > bar_seconds / 2]
    names = [section.name for section in track.sections]
    body = next((float(at) for at, name in zip(sections, names, strict=True) if name != "intro" and at > 0), None)
    outro = float(sections[names.index("outro")]) if "outro" in names else None
    return BarTruth(style, inside, later, track.beats_per_bar, track.tempo_bpm, body, outro)


def swaying(
    samples: NDArray[np.float32], sample_rate: int, percent: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], Callable[[Doubles], Doubles]]:
    """Audio whose tempo bends, and where in it a moment of the original is heard."""
    seconds = np.arange(len(samples)) / sample_rate
    speed = np.ones(len(samples))
    for n, period in enumerate(_SWAY_SECONDS, start=1):
        speed += percent / 100 / n * np.sin(2 * np.pi * seconds / period + rng.uniform(0, 2 * np.pi))
    read_at = np.concatenate([[0.0], np.cumsum(speed)[:-1]]) / sample_rate
    inside = read_at <= seconds[-1]
    seconds, read_at = seconds[inside], read_at[inside]
    bent = np.interp(read_at * sample_rate, np.arange(len(samples)), samples).astype(np.float32)
    return bent, lambda moments: np.interp(moments, read_at, seconds, left=-1.0, right=-1.0)


def scores(per_style: int, first_seed: int, sway: float) -> Iterator[BarScore]:
    """Scores of every style of the studio in turn."""
    embedder = load_embedder()
    for n in range(per_style * len(GENRES)):
        yield hear_and_score(embedder, GENRES[n % len(GENRES)], first_seed + n, sway)


def midi_scores(archive_path: Path, sound_font: Path) -> Iterator[BarScore]:
    """Scores of the development songs of POP909."""
    embedder = load_embedder()
    with zipfile.ZipFile(archive_path) as archive:
        for song in midi_songs(archive):
            if song.split != "dev":
                continue
            waveform = Waveform(render_midi(archive, song, sound_font, drum_share=0.0))
            truth = BarTruth(song.id, downbeats(archive, song), np.empty(0), 4, song.tempo_bpm)
            yield hear(embedder, waveform, truth)


def table(scored: Sequence[BarScore]) -> str:
    """The scores as a table in Markdown."""
    four = [one for one in scored if one.truth.beats_per_bar == 4]
    rows = [
        ("all tracks", scored),
        ("in 4/4", four),
        ("in 4/4, tempo right", [one for one in four if one.tempo]),
        ("in 4/4, tempo wrong", [one for one in four if not one.tempo]),
        ("in 4/4, confidence 0.5 or more", [one for one in four if one.confidence >= 0.5]),
        ("in 4/4, confidence below 0.5", [one for one in four if one.confidence < 0.5]),
        ("in 3/4", [one for one in scored if one.truth.beats_per_bar == 3]),
    ]
    columns = ("tracks", "n", "downbeats found", "found bars right", "bars right", "bars and phrases right", "chance")
    lines = [f"| {' | '.join(columns)} |", "| --- " * 7 + "|"]
    return "\n".join(lines + [_row(name, some) for name, some in rows if some])


def _row(name: str, some: Sequence[BarScore]) -> str:
    shares = (
        _mean(one.found for one in some),
        _mean(one.right for one in some),
        _mean(one.bars for one in some),
        _mean(bool(one.phrase) for one in some),
        _mean(one.phrase_by_chance for one in some),
    )
    return f"| {name} | {len(some)} | " + " | ".join(f"{share:.2f}" for share in shares) + " |"


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def main() -> None:
    """Prints the table and which tracks are wrong."""
    parser = argparse.ArgumentParser(description="Score bars and phrases on studio tracks.")
    parser.add_argument("--per-style", type=int, default=2, help="tracks of each style")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--sway", type=float, default=0.0, help="percent by which the tempo bends")
    parser.add_argument("--midi", type=Path, help="the POP909 archive, to score its songs instead")
    parser.add_argument("--sound-font", type=Path, default=SOUND_FONT)
    told = parser.parse_args()
    if told.midi is not None:
        scored = list(midi_scores(told.midi, told.sound_font))
    else:
        scored = list(scores(told.per_style, told.first_seed, told.sway))
    print(table(scored))
    for name in ("body", "outro"):
        right = [getattr(one, name) for one in scored if getattr(one, name) is not None]
        if right:
            print(f"\nbars right: {name} begins within four bars of the truth in {np.mean(right):.2f} (n={len(right)})")
    wrong = sorted(one.truth.style for one in scored if not one.bars)
    print(f"\nbars wrong: {', '.join(wrong) or 'none'}")
    wrong = sorted(one.truth.style for one in scored if one.phrase is False)
    print(f"bars right, phrases wrong: {', '.join(wrong) or 'none'}")


if __name__ == "__main__":
    main()
