"""From an open file to blocks of mono 16 kHz samples, holding about a second of it at a time.

This is the part that touches hostile bytes; it runs in the child process of ``sandbox.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import av
import numpy as np
import soxr
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from segue.audio import probe, verdict
from segue.audio.limits import CODECS, DECODERS, DEMUXERS, READABLE, DecodeLimits
from segue.audio.report import StreamReport
from segue.audio.verdict import Tally
from segue.audio.waveform import SAMPLE_RATE
from segue.errors import AudioError, CorruptAudio, NotAudio, UnsupportedAudio

Sink = Callable[[NDArray[np.float32]], None]

BUFFER_BYTES = 256 * 1024
QUALITY = "HQ"
MAX_TAG_CHARS = 500
IMPLAUSIBLE_LEVEL = 64.0  # 36 dB above full scale: no music, but broken floating-point samples

_FULL_SCALE = {"u8": 2.0**7, "s16": 2.0**15, "s32": 2.0**31, "s64": 2.0**63}


def decode_stream(file: probe.ByteFile, limits: DecodeLimits, sink: Sink) -> StreamReport:
    """Decode ``file`` and hand every block of ``(n_samples,)`` float32 at 16 kHz to ``sink``.

    Raises:
        AudioError: the one that fits; blocks handed over before it are to be dropped.
        MemoryError: the process reached its memory limit.
    """
    with _open(file) as container:
        name = container.format.name.split(",")[0]
        stream = _audio_stream(container)
        _check_codec(stream)
        if stream.codec_context.sample_rate:
            _check_layout(stream.codec_context.sample_rate, stream.codec_context.channels, limits)
        claim = _claim_seconds(file, name, container, stream)
        if claim is not None and claim > limits.max_duration_seconds:
            raise verdict.too_long(limits, claim)
        tally = _decode(container, stream, limits, sink)
        verdict.check(tally, file, name, claim, limits)
        tags = {k.lower(): v for k, v in {**stream.metadata, **container.metadata}.items()}
        return StreamReport(
            container="mp4" if name == "mov" else name,
            codec=stream.codec_context.codec.canonical_name,
            source_sample_rate=tally.rate_hz,
            n_channels=tally.n_channels,
            title=_tag(tags, "title"),
            artist=_tag(tags, "artist"),
            album=_tag(tags, "album"),
            decoded_seconds=round(tally.seconds, 6),
            claimed_seconds=claim,
        )


def _open(file: probe.ByteFile) -> InputContainer:
    """Open with the allow-lists in force: FFmpeg refuses all else before it parses further."""
    head = probe.read_at(file, 0, probe.HEAD_BYTES)
    n_bytes = probe.file_size(file)
    options = {
        "format_whitelist": ",".join(DEMUXERS),
        "codec_whitelist": ",".join(sorted(DECODERS)),
        "protocol_whitelist": "pipe",  # the file itself is read through Python, nothing else is
    }
    try:
        return av.open(file, "r", options=options, metadata_errors="replace", buffer_size=BUFFER_BYTES)
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError, OSError) as error:
        raise _refusal(head, n_bytes) from error


def _refusal(head: bytes, n_bytes: int) -> AudioError:
    kind = probe.kind_of(head)
    if kind.role == "audio":
        return UnsupportedAudio(f"This is {kind.name}; Segue reads {READABLE}. Convert it first.")
    if kind.role == "other":
        amount = "1 byte" if n_bytes == 1 else f"{n_bytes:,} bytes"
        return NotAudio(f"The file holds {amount} of {kind.name}; Segue reads {READABLE}.")
    missing = "its index (moov) is missing" if "MP4" in kind.name else "its header is damaged"
    return CorruptAudio(
        f"This begins like {kind.name}, but {missing}: it was probably cut off. Copy, upload or export it again."
    )


def _audio_stream(container: InputContainer) -> AudioStream:
    if not container.streams.audio:
        raise NotAudio(f"The file ({container.format.long_name}) has no audio stream; Segue reads {READABLE}.")
    return container.streams.audio[0]


def _check_codec(stream: AudioStream) -> None:
    context = stream.codec_context
    codec = context.codec.canonical_name if context is not None else "something unknown"
    if codec not in CODECS:
        raise UnsupportedAudio(f"The sound is coded as {codec}; Segue reads {READABLE}. Convert it first.")


def _check_layout(rate_hz: int, n_channels: int, limits: DecodeLimits) -> None:
    if not limits.min_rate_hz <= rate_hz <= limits.max_rate_hz:
        raise UnsupportedAudio(
            f"The sample rate is {rate_hz} Hz; Segue takes {limits.min_rate_hz} to {limits.max_rate_hz} Hz."
        )
    if not 1 <= n_channels <= limits.max_channels:
        raise UnsupportedAudio(f"The file has {n_channels} channels; Segue takes 1 to {limits.max_channels}.")


def _claim_seconds(file: probe.ByteFile, name: str, container: InputContainer, stream: AudioStream) -> float | None:
    """Return the duration that a header states exactly, or None where there are only estimates."""
    position = file.tell()  # FFmpeg trusts that nobody else moves it
    try:
        if name == "mp3":
            return probe.mp3_claim_seconds(file)
        if name == "flac":
            return probe.flac_claim_seconds(file)
        if name == "wav":
            return probe.wav_claim_seconds(file)
    finally:
        file.seek(position)
    if name == "aac":
        return None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration is not None else None


def _tag(tags: dict[str, str], name: str) -> str | None:
    text = "".join(c for c in tags.get(name, "") if c.isprintable()).strip()
    return text[:MAX_TAG_CHARS] or None


def _decode(container: InputContainer, stream: AudioStream, limits: DecodeLimits, sink: Sink) -> Tally:
    tally = Tally()
    to_16k = _Resampler(sink, tally)
    with np.errstate(all="ignore"):
        for frame in _frames(container, stream, tally):
            _check_layout(frame.sample_rate, frame.layout.nb_channels, limits)
            tally.rate_hz = tally.rate_hz or frame.sample_rate
            tally.n_channels = tally.n_channels or frame.layout.nb_channels
            tally.seconds += frame.samples / frame.sample_rate
            if frame.pts is not None and frame.time_base is not None:
                start_seconds = float((frame.pts - (stream.start_time or 0)) * frame.time_base)
                tally.end_seconds = start_seconds + frame.samples / frame.sample_rate
            if tally.seconds > limits.max_duration_seconds:
                raise verdict.too_long(limits)
            to_16k.add(_mono(frame, tally), frame.sample_rate)
        to_16k.finish()
    return tally


def _frames(container: InputContainer, stream: AudioStream, tally: Tally) -> Iterator[AudioFrame]:
    """Yield what can be decoded, stepping over damaged packets as every player does."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except MemoryError:
            raise
        except (av.FFmpegError, ValueError, OSError):
            tally.broke_off = True
            return
        if packet is None:
            return
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except (av.FFmpegError, ValueError):
            tally.n_bad_packets += 1
            tally.n_bad_bytes += packet.size
            continue
        tally.n_good_bytes += packet.size
        if packet.pos is not None:
            tally.first_byte = packet.pos if tally.first_byte < 0 else tally.first_byte
            tally.last_byte = packet.pos + packet.size
        for frame in frames:
            if isinstance(frame, AudioFrame) and frame.samples and frame.sample_rate:
                yield frame


def _mono(frame: AudioFrame, tally: Tally) -> NDArray[np.float32]:
    """Return the mean of the channels, ``(n_samples,)`` float32, 1.0 is full scale."""
    samples: NDArray[Any] = frame.to_ndarray()  # (n_channels, n) or packed (1, n * n_channels)
    if frame.format.is_packed:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    scale = _FULL_SCALE.get(frame.format.packed.name)
    if scale is not None:
        samples = samples.astype(np.float32)
        if frame.format.packed.name == "u8":
            samples -= 128.0
        samples /= scale
    peak = float(max(samples.max(), -samples.min()))
    if not peak <= IMPLAUSIBLE_LEVEL:  # also true of NaN
        samples = _without_broken(samples, tally)
        peak = float(np.abs(samples).max())
    tally.n_samples += samples.size
    tally.source_peak = max(tally.source_peak, peak)
    mono = samples[0] if samples.shape[0] == 1 else samples.mean(axis=0)
    return np.asarray(mono, dtype=np.float32)


def _without_broken(samples: NDArray[Any], tally: Tally) -> NDArray[Any]:
    is_sound = np.abs(samples) <= IMPLAUSIBLE_LEVEL
    tally.n_broken_samples += samples.size - int(np.count_nonzero(is_sound))
    return np.where(is_sound, samples, 0.0)


class _Resampler:
    """Gathers about a second at the source's rate, resamples it and passes it on."""

    def __init__(self, sink: Sink, tally: Tally) -> None:
        self._sink = sink
        self._tally = tally
        self._rate_hz = 0
        self._pending: list[NDArray[np.float32]] = []
        self._n_pending = 0
        self._soxr: soxr.ResampleStream | None = None

    def add(self, block: NDArray[np.float32], rate_hz: int) -> None:
        """Take ``(n_samples,)`` at ``rate_hz``; a change of rate starts afresh."""
        if rate_hz != self._rate_hz:
            self.finish()
            self._rate_hz = rate_hz
            if rate_hz != SAMPLE_RATE:
                self._soxr = soxr.ResampleStream(rate_hz, SAMPLE_RATE, 1, "float32", QUALITY)
        self._pending.append(block)
        self._n_pending += block.size
        if self._n_pending >= rate_hz:
            self._pass_on(is_last=False)

    def finish(self) -> None:
        """Pass on what is left, the resampler's tail included."""
        if self._rate_hz:
            self._pass_on(is_last=True)
        self._soxr = None

    def _pass_on(self, *, is_last: bool) -> None:
        empty = np.zeros(0, dtype=np.float32)
        block = np.concatenate(self._pending) if self._pending else empty
        self._pending, self._n_pending = [], 0
        if self._soxr is not None:
            block = self._soxr.resample_chunk(block, last=is_last)
        if block.size:
            self._tally.mono_peak = max(self._tally.mono_peak, float(np.abs(block).max()))
            self._sink(np.ascontiguousarray(block, dtype=np.float32))
