"""The decoding itself and what headers promise, without a child process in between."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest

from segue.audio import probe
from segue.audio.decode import DecodeLimits, Decoder
from segue.audio.report import StreamReport
from segue.audio.stream import decode_stream
from segue.errors import AudioError, AudioTooShort, CorruptAudio, NotAudio, SilentAudio, TruncatedAudio

FORMATS = ("mp3", "mp3_without_xing", "m4a", "alac", "flac", "wav16", "wav24", "wav32f", "wav8", "aiff", "vorbis")
FORMATS += ("opus", "webm", "adts")


def run(content: bytes, limits: DecodeLimits | None = None) -> tuple[StreamReport, list[np.ndarray]]:
    blocks: list[np.ndarray] = []
    return decode_stream(io.BytesIO(content), limits or DecodeLimits(), blocks.append), blocks


@pytest.mark.parametrize("name", FORMATS)
def test_same_as_in_the_sandbox(name: str, audio_file: Callable[[str], bytes], decoder: Decoder) -> None:
    report, blocks = run(audio_file(name))
    decoded = decoder.decode(audio_file(name))
    np.testing.assert_array_equal(np.concatenate(blocks), decoded.waveform.samples)
    assert report.decoded_seconds == decoded.decoded_seconds
    assert max(block.size for block in blocks) < 2 * 16_000


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("damage", ["hole", "half"])
def test_damage(name: str, damage: str, audio_file: Callable[[str], bytes]) -> None:
    content = bytearray(audio_file(name))
    third = len(content) // 3
    if damage == "hole":
        content[third : 2 * third] = np.random.default_rng(7).bytes(third)
    else:
        del content[len(content) // 2 :]
    tells = not (name.startswith(("wav", "aiff")) and damage == "hole")  # there noise is sound like any other
    if tells and not (name == "mp3_without_xing" and damage == "half"):  # which promises nothing
        with pytest.raises((CorruptAudio, TruncatedAudio, AudioTooShort)):
            run(bytes(content))
        return
    try:
        run(bytes(content))
    except AudioError as error:
        assert error.message.endswith((".", "s"))


def test_refusals_in_process(make_wav: Callable[..., bytes]) -> None:
    with pytest.raises(NotAudio):
        run(b"some words")
    with pytest.raises(SilentAudio):
        run(make_wav(np.zeros(64_000, dtype=np.int16), 16_000))
    with pytest.raises(AudioTooShort):
        run(make_wav(np.ones(16_000, dtype=np.int16), 16_000))


def test_mp3_claims() -> None:
    frame = b"\xff\xfb\x90\x00" + bytes(32)  # MPEG 1 layer III, 44.1 kHz, stereo
    xing = frame + b"Xing\0\0\0\x01" + (1000).to_bytes(4, "big") + bytes(400)
    vbri = frame + b"VBRI" + bytes(10) + (500).to_bytes(4, "big") + bytes(400)
    tag = b"ID3\x04\0\0" + bytes([0, 0, 1, 10]) + bytes(138)
    assert probe.mp3_claim_seconds(io.BytesIO(xing)) == pytest.approx(1000 * 1152 / 44_100)
    assert probe.mp3_claim_seconds(io.BytesIO(tag + xing)) == pytest.approx(1000 * 1152 / 44_100)
    assert probe.mp3_claim_seconds(io.BytesIO(vbri)) == pytest.approx(500 * 1152 / 44_100)
    assert probe.mp3_claim_seconds(io.BytesIO(frame + bytes(400))) is None
    assert probe.mp3_claim_seconds(io.BytesIO(b"")) is None
    assert probe.id3_bytes(io.BytesIO(tag + tag + xing)) == 2 * 148


def test_probes_of_nonsense_say_nothing() -> None:
    for content in (b"", b"RIFF", b"fLaC" + bytes(10), b"\xff\xe3" * 50, bytes(100)):
        file = io.BytesIO(content)
        assert probe.flac_claim_seconds(file) is None
        assert probe.wav_claim_seconds(file) is None
        assert probe.mp3_claim_seconds(file) is None
        assert probe.ogg_is_cut(file)


def test_ogg_cut_anywhere(audio_file: Callable[[str], bytes]) -> None:
    whole = audio_file("vorbis")
    assert not probe.ogg_is_cut(io.BytesIO(whole))
    assert all(probe.ogg_is_cut(io.BytesIO(whole[:-n_bytes])) for n_bytes in (1, 10, 300))


def test_text_cut_inside_a_character_is_text() -> None:
    assert probe.kind_of("häuser".encode()[:2]).name == "text"
    assert probe.kind_of("日本".encode()[:-1]).name == "text"
    assert probe.kind_of(b"\xff\x00\x01").name == "unrecognised data"
