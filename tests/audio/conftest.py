"""Audio files in every format, written with PyAV and soundfile; nothing is checked in."""

from __future__ import annotations

import io
import struct
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from segue.audio.decode import Decoder

SEED = 20_240_229
TONE_HZ = 440.0
PEAK = 0.5

# name: (FFmpeg muxer, encoder, muxer options); Vorbis comes from soundfile
ENCODINGS: dict[str, tuple[str, str, dict[str, str]]] = {
    "mp3": ("mp3", "libmp3lame", {}),
    "mp3_without_xing": ("mp3", "libmp3lame", {"write_xing": "0"}),
    "m4a": ("ipod", "aac", {"movflags": "faststart"}),
    "m4a_index_last": ("ipod", "aac", {}),
    "alac": ("ipod", "alac", {"movflags": "faststart"}),
    "flac": ("flac", "flac", {}),
    "wav16": ("wav", "pcm_s16le", {}),
    "wav24": ("wav", "pcm_s24le", {}),
    "wav32f": ("wav", "pcm_f32le", {}),
    "wav8": ("wav", "pcm_u8", {}),
    "aiff": ("aiff", "pcm_s16be", {}),
    "opus": ("ogg", "libopus", {}),
    "webm": ("webm", "libopus", {}),
    "adts": ("adts", "aac", {}),
}
FORMATS = (*ENCODINGS, "vorbis")


def tone(seconds: float, rate_hz: int, n_channels: int = 2) -> NDArray[np.float32]:
    """A 440 Hz tone at half scale with a little noise, ``(n_samples, n_channels)``."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    noise = np.random.default_rng(SEED).standard_normal(times.size)
    mono = PEAK * np.sin(2 * np.pi * TONE_HZ * times) + 1e-3 * noise
    return np.repeat(mono[:, np.newaxis], n_channels, axis=1).astype(np.float32)


def encode(name: str, sound: NDArray[np.float32], rate_hz: int, tags: dict[str, str] | None = None) -> bytes:
    """Write ``(n_samples, n_channels)`` in the format called ``name``."""
    if name == "vorbis":
        target = io.BytesIO()
        soundfile.write(target, sound, rate_hz, format="OGG", subtype="VORBIS")
        return target.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "track"  # a real file, for putting the index in front reads it back
        _write(path, name, sound, rate_hz, tags or {})
        return path.read_bytes()


def _write(path: Path, name: str, sound: NDArray[np.float32], rate_hz: int, tags: dict[str, str]) -> None:
    muxer, encoder, options = ENCODINGS[name]
    layout = "mono" if sound.shape[1] == 1 else "stereo"
    with av.open(str(path), "w", format=muxer, options=options) as container:
        container.metadata.update(tags)
        stream = container.add_stream(encoder, rate=rate_hz, layout=layout)
        context = stream.codec_context
        whole = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.T), format="fltp", layout=layout)
        whole.sample_rate = rate_hz
        resampler = av.AudioResampler(context.format, context.layout, context.sample_rate, context.frame_size or 4096)
        n_done = 0
        for frame in [*resampler.resample(whole), *resampler.resample(None)]:
            frame.pts, frame.time_base = n_done, Fraction(1, context.sample_rate)
            n_done += frame.samples
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def wav(samples: NDArray[np.generic], rate_hz: int, n_channels: int = 1, *, data_bytes: int | None = None) -> bytes:
    """Write a WAV by hand, so that its header may lie."""
    body = samples.tobytes()
    width = samples.dtype.itemsize
    layout = 3 if samples.dtype.kind == "f" else 1
    form = (layout, n_channels, rate_hz, rate_hz * n_channels * width, n_channels * width, 8 * width)
    return b"".join(
        (
            b"RIFF" + struct.pack("<I", 36 + len(body)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, *form),
            b"data" + struct.pack("<I", len(body) if data_bytes is None else data_bytes),
            body,
        )
    )


@pytest.fixture(scope="session")
def audio_file() -> Callable[[str], bytes]:
    """Four seconds of a stereo tone in the format asked for, made once."""
    made: dict[str, bytes] = {}

    def make(name: str) -> bytes:
        if name not in made:
            rate_hz = 48_000 if name in ("opus", "webm") else 44_100
            made[name] = encode(name, tone(4.0, rate_hz), rate_hz)
        return made[name]

    return make


@pytest.fixture(scope="session")
def encode_audio() -> Callable[..., bytes]:
    return encode


@pytest.fixture(scope="session")
def make_tone() -> Callable[..., NDArray[np.float32]]:
    return tone


@pytest.fixture(scope="session")
def make_wav() -> Callable[..., bytes]:
    return wav


@pytest.fixture(scope="session")
def decoder() -> Iterator[Decoder]:
    """One warm child for all tests that do not harm it."""
    with Decoder() as warm:
        yield warm
