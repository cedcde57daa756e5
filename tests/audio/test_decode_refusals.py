"""Files that cannot be analysed each get their own error, in words that help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from segue.audio.decode import DecodeLimits, Decoder
from segue.audio.waveform import SAMPLE_RATE
from segue.errors import (
    AudioTooLarge,
    AudioTooLong,
    AudioTooShort,
    CorruptAudio,
    EmptyFile,
    NotAudio,
    SegueError,
    SilentAudio,
    TruncatedAudio,
    UnsupportedAudio,
)

STATES_ITS_LENGTH = ("mp3", "m4a", "alac", "flac", "wav16", "wav24", "wav32f", "aiff", "vorbis", "opus", "webm")
COMPRESSED = ("m4a", "alac", "flac", "vorbis", "opus", "webm", "adts")


def test_empty(decoder: Decoder) -> None:
    with pytest.raises(EmptyFile, match="0 bytes"):
        decoder.decode(b"")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not a song\r\n", "12 bytes of text"),
        (b"x", "1 byte of text"),
        (b"%PDF-1.7 " + bytes(500), "a PDF document"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "a PNG image"),
        (b"PK\x03\x04" + bytes(500), "a ZIP archive"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/hostname\n", "a playlist"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "text"),
        (bytes(100_000), "unrecognised data"),
    ],
)
def test_not_audio(content: bytes, words: str, tmp_path: Path, decoder: Decoder) -> None:
    path = tmp_path / "track.mp3"
    path.write_bytes(content)
    with pytest.raises(NotAudio, match=words) as caught:
        decoder.decode(path)
    assert "Segue reads mp3" in caught.value.message


def test_no_file(tmp_path: Path, decoder: Decoder) -> None:
    with pytest.raises(NotAudio, match="folder"):
        decoder.decode(tmp_path)
    with pytest.raises(NotAudio, match="No such file"):
        decoder.decode(tmp_path / "missing.wav")


def test_random_bytes(decoder: Decoder) -> None:
    rng = np.random.default_rng(3)
    for n_bytes in (10, 3_000, 300_000):
        with pytest.raises((NotAudio, CorruptAudio)):
            decoder.decode(rng.bytes(n_bytes))


@pytest.mark.parametrize(("magic", "name"), [("3026b2758e66cf11", "Windows Media"), ("7776706b", "WavPack")])
def test_audio_of_other_formats(magic: str, name: str, decoder: Decoder) -> None:
    with pytest.raises(UnsupportedAudio, match=name):
        decoder.decode(bytes.fromhex(magic) + bytes(1000))


@pytest.mark.parametrize(("rate_hz", "n_channels"), [(1, 1), (4_000, 1), (384_000, 2), (44_100, 9)])
def test_absurd_layouts(rate_hz: int, n_channels: int, make_wav: Callable[..., bytes], decoder: Decoder) -> None:
    with pytest.raises(UnsupportedAudio, match="Segue takes"):
        decoder.decode(make_wav(np.ones((10_000, n_channels), dtype=np.int16), rate_hz, n_channels))


@pytest.mark.parametrize("name", STATES_ITS_LENGTH)
def test_half_a_file(name: str, audio_file: Callable[[str], bytes], decoder: Decoder) -> None:
    content = audio_file(name)
    with pytest.raises(TruncatedAudio, match="ends early"):
        decoder.decode(content[: len(content) // 2])


def test_half_an_m4a_without_its_index(audio_file: Callable[[str], bytes], decoder: Decoder) -> None:
    content = audio_file("m4a_index_last")
    with pytest.raises(CorruptAudio, match=r"index .* is missing"):
        decoder.decode(content[: len(content) // 2])


def test_slightly_short_is_tolerated(audio_file: Callable[[str], bytes], decoder: Decoder) -> None:
    content = audio_file("wav16")
    decoded = decoder.decode(content[: int(len(content) * 0.95)])
    assert decoded.decoded_seconds == pytest.approx(3.8, abs=0.02)
    assert decoded.claimed_seconds == 4.0


@pytest.mark.parametrize("name", COMPRESSED)
def test_two_thousand_flipped_bytes(name: str, audio_file: Callable[[str], bytes], decoder: Decoder) -> None:
    rng = np.random.default_rng(4)
    content = np.frombuffer(audio_file(name), dtype=np.uint8).copy()
    places = rng.integers(content.size // 4, content.size, 2000)
    content[places] ^= rng.integers(1, 256, 2000).astype(np.uint8)
    with pytest.raises((CorruptAudio, TruncatedAudio)):
        decoder.decode(content.tobytes())


def test_silence(make_wav: Callable[..., bytes], decoder: Decoder) -> None:
    with pytest.raises(SilentAudio, match="silence"):
        decoder.decode(make_wav(np.zeros(4 * SAMPLE_RATE, dtype=np.int16), SAMPLE_RATE))
    barely = np.zeros(4 * SAMPLE_RATE, dtype=np.int16)
    barely[::100] = 40  # -58 dBFS
    assert decoder.decode(make_wav(barely, SAMPLE_RATE)).waveform.n_samples == barely.size


def test_channels_that_cancel(
    make_tone: Callable[..., NDArray[np.float32]], make_wav: Callable[..., bytes], decoder: Decoder
) -> None:
    sound = make_tone(4.0, SAMPLE_RATE) * np.array([1.0, -1.0], dtype=np.float32)
    with pytest.raises(SilentAudio, match="cancel"):
        decoder.decode(make_wav(sound, SAMPLE_RATE, 2))


@pytest.mark.parametrize("n_samples", [0, 1, int(2.9 * SAMPLE_RATE)])
def test_too_short(n_samples: int, make_wav: Callable[..., bytes], decoder: Decoder) -> None:
    with pytest.raises(AudioTooShort, match="at least 3 s"):
        decoder.decode(make_wav(np.full(n_samples, 9000, dtype=np.int16), SAMPLE_RATE))


def test_numbers_that_are_no_samples(
    make_tone: Callable[..., NDArray[np.float32]], make_wav: Callable[..., bytes], decoder: Decoder
) -> None:
    sound = make_tone(4.0, SAMPLE_RATE, 1)
    sound[[100, 200, 300]] = [[np.nan], [np.inf], [1e30]]
    samples = decoder.decode(make_wav(sound, SAMPLE_RATE)).waveform.samples
    assert np.abs(samples).max() < 1.0
    sound[::10] = np.nan
    with pytest.raises(CorruptAudio, match="not finite"):
        decoder.decode(make_wav(sound, SAMPLE_RATE))


def flac_with_claim(flac: bytes, n_samples: int) -> bytes:
    """Put another total into STREAMINFO; 0 means unknown."""
    header = int.from_bytes(flac[18:26], "big") >> 36 << 36 | n_samples
    return flac[:18] + header.to_bytes(8, "big") + flac[26:]


def test_ten_hour_flac_is_refused_by_its_claim(audio_file: Callable[[str], bytes], decoder: Decoder) -> None:
    with pytest.raises(AudioTooLong, match=r"lasts 10:00:00.*up to 2:00:00"):
        decoder.decode(flac_with_claim(audio_file("flac"), 36_000 * 44_100))


@pytest.mark.parametrize("claimed_seconds", [0, 60])
def test_flac_bomb_that_lies_is_stopped_while_streaming(
    claimed_seconds: int, encode_audio: Callable[..., bytes]
) -> None:
    hour = np.zeros((3600 * 8_000, 1), dtype=np.float32)
    bomb = flac_with_claim(encode_audio("flac", hour, 8_000), claimed_seconds * 8_000)
    assert len(bomb) < 1_000_000
    with Decoder(DecodeLimits(max_duration_seconds=600.0)) as decoder, pytest.raises(AudioTooLong, match="past 10:00"):
        decoder.decode(bomb)


def test_too_large(audio_file: Callable[[str], bytes]) -> None:
    with Decoder(DecodeLimits(max_bytes=100_000)) as decoder, pytest.raises(AudioTooLarge, match="up to 0 MiB"):
        decoder.decode(audio_file("wav16"))


@pytest.mark.parametrize("name", [*COMPRESSED, "mp3", "mp3_without_xing", "wav32f", "aiff"])
def test_fuzz(name: str, audio_file: Callable[[str], bytes], decoder: Decoder) -> None:
    """Damage of every kind ends in sound or in an error of Segue's own, never in a hang or a crash."""
    rng = np.random.default_rng(5)
    whole = audio_file(name)
    for _ in range(12):
        content = np.frombuffer(whole, dtype=np.uint8).copy()
        n_flips = int(rng.integers(1, 500))
        places = rng.integers(0, rng.choice([200, content.size]), n_flips)
        content[places] = rng.integers(0, 256, n_flips)
        length = int(rng.integers(1, content.size + 1)) if rng.random() < 0.3 else content.size
        try:
            decoded = decoder.decode(content[:length].tobytes())
        except SegueError as error:
            assert len(error.message) > 30
        else:
            assert np.isfinite(decoded.waveform.samples).all()
            assert decoded.decoded_seconds >= 3.0
