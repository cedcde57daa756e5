from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy import signal

from training.studio import GENRES, StudioTrack, render_track, write_track
from training.studio.theory import PITCH_CLASSES, Key

SECONDS = 16.0
RATE = 32000
MACHINE_GENRES = ("house", "techno", "trance", "drumnbass", "dubstep", "synthwave")
MAJOR_PROFILE = np.array([1, 0.05, 0.3, 0.05, 0.5, 0.4, 0.05, 0.7, 0.05, 0.35, 0.05, 0.25])
MINOR_PROFILE = np.array([1, 0.05, 0.3, 0.55, 0.05, 0.4, 0.05, 0.75, 0.3, 0.05, 0.35, 0.15])


@lru_cache(maxsize=64)
def short_track(genre: str, seed: int = 7) -> StudioTrack:
    return render_track(genre, seed, SECONDS)


@pytest.mark.parametrize("genre", GENRES)
def test_every_genre_gives_a_sane_track(genre: str) -> None:
    track = short_track(genre)
    assert track.samples.dtype == np.float32
    assert len(track.samples) == round(SECONDS * RATE)
    assert np.isfinite(track.samples).all()
    assert 0.1 < np.abs(track.samples).max() <= 0.98
    rms_db = 10 * np.log10(np.mean(track.samples.astype(np.float64) ** 2))
    assert -27 < rms_db < -8
    assert abs(float(np.mean(track.samples))) < 0.01
    assert any(tag.startswith("instrument---") for tag in track.tags)
    assert f"genre---{track.genre}" in track.tags
    assert len(set(track.tags)) == len(track.tags)
    assert track.title and track.artist


@pytest.mark.parametrize("genre", GENRES)
def test_sections_tile_the_track_on_bars(genre: str) -> None:
    track = short_track(genre)
    bar_seconds = track.beats_per_bar * 60 / track.tempo_bpm
    assert track.sections[0].start_seconds == track.first_beat_seconds
    for one, following in zip(track.sections, track.sections[1:], strict=False):
        assert one.end_seconds == following.start_seconds
    for section in track.sections:
        bars = (section.end_seconds - section.start_seconds) / bar_seconds
        assert bars >= 0.99
        assert bars == pytest.approx(round(bars), abs=1e-6)
        assert 0 < section.energy <= 1
    rest = track.duration_seconds - track.sections[-1].end_seconds
    assert 0 <= rest < bar_seconds + 0.31


def test_the_same_seed_gives_the_same_samples() -> None:
    for genre in ("house", "rock"):
        one, two = render_track(genre, 3, 8.0), render_track(genre, 3, 8.0)
        assert one == two
        assert np.array_equal(one.samples, two.samples)


def test_two_seeds_give_two_tracks() -> None:
    one, two = short_track("techno", 1), short_track("techno", 2)
    assert (one.tempo_bpm, one.key_name) != (two.tempo_bpm, two.key_name)
    assert abs(np.corrcoef(one.samples, two.samples)[0, 1]) < 0.2


def test_tempo_and_key_can_be_asked_for() -> None:
    track = render_track("house", 5, 8.0, tempo_bpm=127.3, key="C# minor")
    assert track.tempo_bpm == 127.3
    assert track.key_name == "Db minor"
    assert track.mode == "minor"


@pytest.mark.parametrize("genre", MACHINE_GENRES)
def test_onsets_lie_on_the_grid(genre: str) -> None:
    track = short_track(genre)
    onsets = onset_seconds(track.samples)
    assert len(onsets) > 10
    step = 60 / track.tempo_bpm / 4
    position = (onsets - track.first_beat_seconds) / step
    late = (2 * track.swing - 1) * (np.round(position) % 2)  # where swing puts odd steps
    distance = np.abs(position - late - np.round(position - late)) * step
    assert np.median(distance) < 0.012
    assert np.mean(distance < 0.025) > 0.7


def test_beats_follow_from_the_truth() -> None:
    track = short_track("house")
    beats = track.beat_seconds
    assert beats[0] == track.first_beat_seconds
    assert np.allclose(np.diff(beats), 60 / track.tempo_bpm)
    assert beats[-1] < track.sections[-1].end_seconds


def test_the_key_is_heard() -> None:
    genres = ("trance", "strings", "downtempo", "lofi", "reggae", "disco")
    tracks = [render_track(genre, seed, 24.0) for genre in genres for seed in (7, 8)]
    near = [is_near(estimate_key(t.samples), Key.parse(t.key_name)) for t in tracks]
    assert np.mean(near) >= 0.75


@pytest.mark.parametrize("suffix", [".flac", ".wav"])
def test_files_keep_sound_and_names(tmp_path: Path, suffix: str) -> None:
    track = short_track("piano")
    path = tmp_path / f"track{suffix}"
    write_track(track, path)
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == RATE
    assert np.abs(samples - track.samples).max() < 1e-4
    with soundfile.SoundFile(path) as file:
        assert file.title == track.title
        assert file.artist == track.artist


def test_impossible_orders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="polka"):
        render_track("polka", 1)
    with pytest.raises(ValueError, match="too short"):
        render_track("house", 1, 1.0)
    with pytest.raises(ValueError, match="sample rate"):
        render_track("house", 1, 8.0, sample_rate=100)
    with pytest.raises(ValueError, match="tempo"):
        render_track("house", 1, 8.0, tempo_bpm=3000)
    with pytest.raises(ValueError, match="key"):
        render_track("house", 1, 8.0, key="H dur")
    with pytest.raises(ValueError, match="mp3"):
        write_track(short_track("piano"), tmp_path / "track.mp3")


def onset_seconds(samples: np.ndarray) -> np.ndarray:
    """Peaks of the rise of the log spectrum, at 2 ms hops."""
    hop, size = 64, 512
    _, _, bins = signal.stft(samples, RATE, nperseg=size, noverlap=size - hop)
    level = np.log(np.abs(bins) + 1e-3)
    rise = np.maximum(level[:, 8:] - level[:, :-8], 0).mean(axis=0)
    peaks, _ = signal.find_peaks(rise, height=np.quantile(rise, 0.9), distance=40)
    return (peaks + 4 + 2) * hop / RATE


def estimate_key(samples: np.ndarray) -> Key:
    size = 8192
    frequencies, _, bins = signal.stft(samples, RATE, nperseg=size, noverlap=size // 2)
    level = np.sqrt(np.abs(bins)).mean(axis=1)
    level = np.maximum(level - signal.medfilt(level, 31), 0)
    keep = (frequencies > 100) & (frequencies < 1800)
    classes = np.round(12 * np.log2(frequencies[keep] / 440) + 69).astype(int) % 12
    chroma = np.bincount(classes, level[keep], minlength=12)
    scores = {
        Key(tonic, mode): np.corrcoef(np.roll(profile, tonic), chroma)[0, 1]
        for tonic in range(len(PITCH_CLASSES))
        for mode, profile in (("major", MAJOR_PROFILE), ("minor", MINOR_PROFILE))
    }
    return max(scores, key=lambda key: scores[key])


def is_near(estimated: Key, reference: Key) -> bool:
    """Same, relative, or a fifth away."""
    if estimated.mode == reference.mode:
        return (estimated.tonic - reference.tonic) % 12 in (0, 5, 7)
    relative = 9 if reference.mode == "major" else 3
    return (estimated.tonic - reference.tonic) % 12 == relative
