"""The studio itself: a genre and a seed in, a whole track with its truth out."""

from __future__ import annotations

import zlib

import numpy as np

from training.studio import names
from training.studio.arrange import lay_out
from training.studio.genres import ALL_GENRES
from training.studio.genres.base import Genre
from training.studio.genres.guests import invite
from training.studio.render import Mix, render
from training.studio.score import Groove, Score
from training.studio.sketch import Sketch
from training.studio.theory import Key
from training.studio.track import Section, StudioTrack

GENRES: tuple[str, ...] = tuple(ALL_GENRES)
SAMPLE_RATE = 32000
SHORTEST_SECONDS = 5.0
_TAG_OF = {"piano": "classical", "strings": "classical"}


def render_track(
    genre: str,
    seed: int,
    duration_seconds: float = 64.0,
    sample_rate: int = SAMPLE_RATE,
    tempo_bpm: float | None = None,
    key: str | None = None,
) -> StudioTrack:
    """Compose and sound one track.

    The same arguments give the same samples, to the bit, on one machine.

    Args:
        genre: one of ``GENRES``; ``piano`` and ``strings`` carry the genre tag ``classical``.
        seed: any non-negative integer.
        duration_seconds: length of the audio, at least 5; sections fill it in whole bars.
        sample_rate: 16000 to 48000 Hz.
        tempo_bpm: instead of one drawn from the range of the genre.
        key: such as ``A minor``, instead of a drawn one.

    Raises:
        ValueError: an unknown genre or key, or numbers out of range.
    """
    if genre not in ALL_GENRES:
        raise ValueError(f"no genre {genre!r}; one of {', '.join(GENRES)}")
    if duration_seconds < SHORTEST_SECONDS:
        raise ValueError(f"{duration_seconds} s is too short; at least {SHORTEST_SECONDS}")
    if not 16000 <= sample_rate <= 48000:
        raise ValueError(f"sample rate {sample_rate} Hz; 16000 to 48000 would work")
    if tempo_bpm is not None and not 40 <= tempo_bpm <= 260:
        raise ValueError(f"tempo {tempo_bpm} BPM; 40 to 260 would work")
    style = ALL_GENRES[genre]
    streams = np.random.SeedSequence([zlib.crc32(genre.encode()), seed]).spawn(3)
    plan_rng, compose_rng, mix_rng = (np.random.default_rng(s) for s in streams)
    sketch = _blank(style, plan_rng, duration_seconds, sample_rate, tempo_bpm, key)
    mix = _mix(style, sketch.score.groove.tempo_bpm, plan_rng)
    title, artist = names.title(plan_rng), names.artist(plan_rng)
    sketch.rng = compose_rng
    style.compose(sketch)
    invite(sketch, style.guests)
    samples, instruments = render(sketch.score, mix, duration_seconds, sample_rate, mix_rng)
    groove = sketch.score.groove
    tag = _TAG_OF.get(genre, genre)
    return StudioTrack(
        title=title,
        artist=artist,
        genre=tag,
        tags=(
            *(f"genre---{g}" for g in (tag, *style.parents)),
            *(f"instrument---{i}" for i in instruments),
        ),
        tempo_bpm=groove.tempo_bpm,
        first_beat_seconds=groove.first_beat_seconds,
        beats_per_bar=sketch.bar,
        swing=groove.swing,
        key_name=sketch.key.name,
        mode=sketch.key.mode,
        tuning_cents=mix.tuning_cents,
        sections=_sections(sketch.score),
        duration_seconds=len(samples) / sample_rate,
        sample_rate=sample_rate,
        seed=seed,
        samples=samples,
    )


def _blank(
    style: Genre, rng: np.random.Generator, duration_seconds: float, sample_rate: int,
    tempo_bpm: float | None, key: str | None,
) -> Sketch:  # fmt: skip
    drawn_tempo = _tempo(style, rng)
    tempo = tempo_bpm if tempo_bpm is not None else drawn_tempo
    mode = "minor" if rng.random() < style.minor else "major"
    drawn_key = Key(int(rng.integers(12)), mode)
    meter = int(rng.choice(style.meters))
    swing = float(rng.uniform(*style.swing))
    first_beat = float(rng.uniform(0.0, 0.3))
    bar_seconds = meter * 60 / tempo
    n_bars = max(1, int((duration_seconds - first_beat - 0.3) / bar_seconds))
    sections = lay_out(style.form, n_bars, float(rng.uniform(*style.intensity)), rng)
    score = Score(Groove(tempo, first_beat, swing, style.swing_beats), sections, meter)
    return Sketch(
        score, Key.parse(key) if key is not None else drawn_key, sample_rate,
        np.random.default_rng(rng.integers(1 << 63)),
    )  # fmt: skip


def _tempo(style: Genre, rng: np.random.Generator) -> float:
    low, high = style.tempo_bpm
    tempo = float(low + (high - low) * rng.beta(1.6, 1.6))
    return float(round(tempo)) if rng.random() < 0.4 else round(tempo, 1)


def _mix(style: Genre, tempo_bpm: float, rng: np.random.Generator) -> Mix:
    return Mix(
        reverb_seconds=float(rng.uniform(*style.reverb_seconds)),
        reverb_level=float(rng.uniform(0.4, 1.0)),
        damping_hz=float(rng.uniform(3000, 7000)),
        echo_beats=float(rng.choice([0.75, 0.75, 0.5, 1.0, 2 / 3])),
        echo_feedback=float(rng.uniform(0.3, 0.6)),
        duck_seconds=float(min(rng.uniform(0.15, 0.4), 50 / tempo_bpm)),
        tilt_db=float(rng.uniform(*style.tilt_db)),
        top_hz=float(rng.uniform(*style.top_hz)),
        rms_db=float(rng.uniform(*style.rms_db)),
        hiss_db=float(rng.uniform(*style.hiss_db)),
        tuning_cents=round(float(np.clip(rng.normal(0, 5), -20, 20)), 1),
    )


def _sections(score: Score) -> tuple[Section, ...]:
    def seconds(bar: int) -> float:
        beats = bar * score.beats_per_bar
        return score.groove.first_beat_seconds + beats * 60 / score.groove.tempo_bpm

    return tuple(Section(s.name, seconds(s.start_bar), seconds(s.end_bar), s.energy) for s in score.sections)
