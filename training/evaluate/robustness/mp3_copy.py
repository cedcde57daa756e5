"""Mp3 copy: a file coded again as mp3 the way people do it, at 44.1 kHz with its own one or two channels."""

from __future__ import annotations

import io
from pathlib import Path

import av
from av.audio.stream import AudioStream

from segue.errors import CorruptAudio

COPY_RATE = 44_100  # Hz


def copy_as_mp3(path: Path, bit_rate: int) -> bytes:
    """The bytes of an mp3 (LAME, constant bit rate) of a whole file.

    Args:
        path: any file that FFmpeg reads; trusted, for it is opened outside the decoder's sandbox.
        bit_rate: bits per second, of all channels together.

    Raises:
        CorruptAudio: the file cannot be read.
    """
    copy = io.BytesIO()
    try:
        with av.open(str(path)) as source, av.open(copy, "w", format="mp3") as target:
            voices = source.streams.audio[0]
            stream = target.add_stream("libmp3lame", rate=COPY_RATE)
            stream.bit_rate = bit_rate
            stream.layout = "mono" if voices.channels == 1 else "stereo"
            _transcode(source, voices, target, stream)
    except (av.FFmpegError, IndexError) as error:
        raise CorruptAudio(f"{path.name} cannot be coded as mp3: {error}.") from error
    return copy.getvalue()


def _transcode(
    source: av.container.InputContainer, voices: AudioStream, target: av.container.OutputContainer, stream: AudioStream
) -> None:
    resampler = av.AudioResampler(format="fltp", layout=stream.layout, rate=COPY_RATE)
    for frame in source.decode(voices):
        for part in resampler.resample(frame):
            target.mux(stream.encode(part))
    for part in resampler.resample(None):
        target.mux(stream.encode(part))
    target.mux(stream.encode(None))
