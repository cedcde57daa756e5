"""Every format in comes out as the same tone at 16 kHz."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from segue.audio.decode import DecodedFile, Decoder, content_sha256
from segue.audio.waveform import SAMPLE_RATE, Waveform

FORMATS = {
    "mp3": ("mp3", "mp3"),
    "mp3_without_xing": ("mp3", "mp3"),
    "m4a": ("mp4", "aac"),
    "m4a_index_last": ("mp4", "aac"),
    "alac": ("mp4", "alac"),
    "flac": ("flac", "flac"),
    "wav16": ("wav", "pcm_s16le"),
    "wav24": ("wav", "pcm_s24le"),
    "wav32f": ("wav", "pcm_f32le"),
    "wav8": ("wav", "pcm_u8"),
    "aiff": ("aiff", "pcm_s16be"),
    "vorbis": ("ogg", "vorbis"),
    "opus": ("ogg", "opus"),
    "webm": ("matroska", "opus"),
    "adts": ("aac", "aac"),
}
EXACT = ("alac", "flac", "wav16", "wav24", "wav32f", "aiff")


def spectrum_peak_hz(samples: NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(np.argmax(spectrum) * SAMPLE_RATE / samples.size)


@pytest.mark.parametrize("name", FORMATS)
def test_tone_survives(name: str, audio_file: Callable[[str], bytes], decoder: Decoder) -> None:
    decoded = decoder.decode(audio_file(name))
    samples = decoded.waveform.samples

    assert (decoded.container, decoded.codec) == FORMATS[name]
    assert decoded.n_channels == 2
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert decoded.decoded_seconds == pytest.approx(4.0, abs=0.06)
    assert decoded.waveform.duration_seconds == pytest.approx(decoded.decoded_seconds, abs=0.001)
    assert spectrum_peak_hz(samples) == pytest.approx(440.0, abs=0.5)
    middle = samples[SAMPLE_RATE : 3 * SAMPLE_RATE]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.06)  # LAME turns down by 5 %


@pytest.mark.parametrize("name", EXACT)
def test_lossless_formats_agree(
    name: str,
    audio_file: Callable[[str], bytes],
    make_tone: Callable[..., NDArray[np.float32]],
    make_wav: Callable[..., bytes],
    decoder: Decoder,
) -> None:
    truth = decoder.decode(make_wav(make_tone(4.0, 44_100), 44_100, 2)).waveform.samples
    samples = decoder.decode(audio_file(name)).waveform.samples
    assert samples.size == truth.size == 4 * SAMPLE_RATE
    np.testing.assert_allclose(samples, truth, atol=6e-5)  # two steps of 16 bits


def test_path_and_bytes_are_the_same(tmp_path: Path, audio_file: Callable[[str], bytes], decoder: Decoder) -> None:
    path = tmp_path / "Night Drive (ünreleased).flac"
    path.write_bytes(audio_file("flac"))
    from_path, from_bytes = decoder.decode(path), decoder.decode(audio_file("flac"))
    np.testing.assert_array_equal(from_path.waveform.samples, from_bytes.waveform.samples)


def test_sixteen_kilohertz_mono_passes_unchanged(make_wav: Callable[..., bytes], decoder: Decoder) -> None:
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, 4 * SAMPLE_RATE).astype(np.float32)
    decoded = decoder.decode(make_wav(samples, SAMPLE_RATE))
    np.testing.assert_array_equal(decoded.waveform.samples, samples)


def test_channels_are_averaged(make_wav: Callable[..., bytes], decoder: Decoder) -> None:
    rng = np.random.default_rng(2)
    samples = rng.uniform(-0.5, 0.5, (4 * SAMPLE_RATE, 6)).astype(np.float32)
    decoded = decoder.decode(make_wav(samples, SAMPLE_RATE, 6))
    assert decoded.n_channels == 6
    np.testing.assert_allclose(decoded.waveform.samples, samples.mean(axis=1), atol=1e-7)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 96_000, 192_000])
def test_rates(
    rate_hz: int,
    make_tone: Callable[..., NDArray[np.float32]],
    make_wav: Callable[..., bytes],
    decoder: Decoder,
) -> None:
    decoded = decoder.decode(make_wav(make_tone(4.0, rate_hz, 1), rate_hz))
    assert decoded.source_sample_rate == rate_hz
    assert decoded.waveform.n_samples == 4 * SAMPLE_RATE
    assert spectrum_peak_hz(decoded.waveform.samples) == pytest.approx(440.0, abs=0.5)


@pytest.mark.parametrize("name", ["mp3", "m4a", "flac", "opus"])
def test_tags_are_read_and_do_not_change_the_hash(
    name: str,
    encode_audio: Callable[..., bytes],
    make_tone: Callable[..., NDArray[np.float32]],
    decoder: Decoder,
) -> None:
    sound = make_tone(3.5, 48_000)
    tags = {"title": "Før Sunrise", "artist": "Nobody", "album": "Unreleased"}
    tagged = decoder.decode(encode_audio(name, sound, 48_000, tags))
    plain = decoder.decode(encode_audio(name, sound, 48_000))
    assert (tagged.description.title, tagged.description.artist, tagged.description.album) == tuple(tags.values())
    assert (plain.description.title, plain.description.artist, plain.description.album) == (None, None, None)
    assert content_sha256(tagged.waveform) == content_sha256(plain.waveform)


def test_hash_tells_sounds_apart() -> None:
    quiet = Waveform(np.full(100, 0.1, dtype=np.float32))
    louder = Waveform(np.full(100, 0.2, dtype=np.float32))
    over = Waveform(np.full(100, 1.7, dtype=np.float32))
    hashes = {content_sha256(wave) for wave in (quiet, louder, over)}
    assert len(hashes) == 3
    assert all(len(digest) == 64 for digest in hashes)


def test_claims_are_exact_or_absent(audio_file: Callable[[str], bytes], decoder: Decoder) -> None:
    def claim(name: str) -> DecodedFile:
        return decoder.decode(audio_file(name))

    assert claim("flac").claimed_seconds == 4.0
    assert claim("wav24").claimed_seconds == 4.0
    assert claim("mp3").claimed_seconds == pytest.approx(4.0, abs=0.1)
    assert claim("mp3_without_xing").claimed_seconds is None
    assert claim("adts").claimed_seconds is None


@pytest.mark.parametrize("data_bytes", [0, 0xFFFF_FFFF])
def test_wav_from_a_pipe_leaves_its_length_open(
    data_bytes: int,
    make_tone: Callable[..., NDArray[np.float32]],
    make_wav: Callable[..., bytes],
    decoder: Decoder,
) -> None:
    decoded = decoder.decode(make_wav(make_tone(4.0, SAMPLE_RATE, 1), SAMPLE_RATE, data_bytes=data_bytes))
    assert decoded.claimed_seconds is None
    assert decoded.decoded_seconds == 4.0


def test_chained_and_concatenated_files_play_on(audio_file: Callable[[str], bytes], decoder: Decoder) -> None:
    for name in ("vorbis", "opus", "mp3"):
        assert decoder.decode(audio_file(name) * 2).decoded_seconds == pytest.approx(8.0, abs=0.15)


def test_junk_around_and_a_damaged_frame_inside_an_mp3(audio_file: Callable[[str], bytes], decoder: Decoder) -> None:
    mp3 = bytearray(audio_file("mp3_without_xing"))
    mp3[20_000:20_100] = bytes(100)
    cover_art = b"APETAGEX" + bytes(300_000)
    decoded = decoder.decode(bytes(3000) + bytes(mp3) + cover_art)
    assert decoded.decoded_seconds == pytest.approx(4.0, abs=0.15)


def test_real_music(shared_data: Path, decoder: Decoder) -> None:
    decoded = decoder.decode(shared_data / "originals" / "Gold_Rush.mp3")
    assert (decoded.description.title, decoded.description.artist) == ("Gold Rush", "Kevin MacLeod")
    assert decoded.decoded_seconds == pytest.approx(47.8, abs=0.1)
