"""Codec: what lossy coding does to a recording, in memory, frame by frame without a container."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

Samples = NDArray[np.float32]
CodecName = Literal["mp3", "aac"]

ENCODERS: dict[str, str] = {"mp3": "libmp3lame", "aac": "aac"}
DECODERS: dict[str, str] = {"mp3": "mp3float", "aac": "aac"}  # those that answer in float32
DELAYS: dict[str, int] = {"mp3": 0, "aac": 1024}  # samples; LAME marks its own, and the decoder leaves them out
FRAME_SAMPLES: dict[str, int] = {"mp3": 1152, "aac": 1024}


def round_trip(samples: Samples, codec: CodecName, bit_rate: int, sample_rate: int) -> Samples:
    """Encodes and decodes; the result lies exactly where the input did.

    Args:
        samples: ``(n,)`` mono float32; beyond -1 to 1 it is clipped, as a file would be.
        codec: ``"mp3"`` (LAME) or ``"aac"`` (AAC-LC).
        bit_rate: bits per second of the one channel; for mp3 one that the format has, else the next lower is taken.
        sample_rate: Hz.

    Returns:
        ``(n,)`` float32.
    """
    encoder = cast(AudioCodecContext, av.CodecContext.create(ENCODERS[codec], "w"))
    encoder.sample_rate, encoder.layout, encoder.format = sample_rate, "mono", "fltp"
    encoder.bit_rate, encoder.time_base = bit_rate, Fraction(1, sample_rate)
    encoder.open()
    decoder = cast(AudioCodecContext, av.CodecContext.create(DECODERS[codec], "r"))
    decoder.extradata = encoder.extradata  # AAC without a container needs its settings told
    delay, n_frame = DELAYS[codec], encoder.frame_size or FRAME_SAMPLES[codec]
    n_frames = -(-(len(samples) + delay) // n_frame) + 1
    padded = np.zeros(n_frames * n_frame, dtype=np.float32)
    np.clip(samples, -1.0, 1.0, out=padded[: len(samples)])
    decoded = []
    for number in range(n_frames + 1):
        frame = _frame(padded, number, n_frame, sample_rate) if number < n_frames else None
        for packet in encoder.encode(frame):
            decoded += [part.to_ndarray()[0] for part in decoder.decode(packet)]
    decoded += [part.to_ndarray()[0] for part in decoder.decode(None)]
    heard = np.concatenate(decoded)[delay : delay + len(samples)]
    return np.ascontiguousarray(heard, dtype=np.float32)


def _frame(padded: Samples, number: int, n_frame: int, sample_rate: int) -> AudioFrame:
    part = padded[None, number * n_frame : (number + 1) * n_frame]
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(part), format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = sample_rate, number * n_frame, Fraction(1, sample_rate)
    return frame
