"""What may enter: caps, containers and codecs. Everything not named here is refused."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1 << 20

READABLE = "mp3, m4a (AAC, ALAC), FLAC, WAV, AIFF, Ogg Vorbis and Opus"

# FFmpeg's demuxer names. Playlists, concatenations, image sequences and network formats are not
# among them, so no file can make the decoder open another one.
DEMUXERS = ("mp3", "mov", "flac", "wav", "aiff", "ogg", "matroska", "aac")

_PCM = ("u8", "s8", "s16le", "s16be", "s24le", "s24be", "s32le", "s32be")
_PCM_FLOAT = ("f32le", "f32be", "f64le", "f64be")
CODECS = frozenset(("mp3", "aac", "alac", "flac", "vorbis", "opus", *(f"pcm_{x}" for x in _PCM + _PCM_FLOAT)))

# FFmpeg's names of the decoders behind those codecs, where they differ.
DECODERS = CODECS | {"mp3float", "libopus", "libvorbis"}


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """Caps on one file and on the child process that decodes it.

    Attributes:
        max_duration_seconds: longest track; the default leaves room for a 90-minute mix.
        min_duration_seconds: shortest track.
        max_bytes: largest file.
        min_rate_hz: lowest sample rate.
        max_rate_hz: highest sample rate.
        max_channels: most channels.
        memory_bytes: address space of the child; about 200 MiB of it are its own libraries.
        timeout_seconds: wall and processor time of one file.
    """

    max_duration_seconds: float = 2 * 3600.0
    min_duration_seconds: float = 3.0
    max_bytes: int = 512 * MEBIBYTE
    min_rate_hz: int = 8_000
    max_rate_hz: int = 192_000
    max_channels: int = 8
    memory_bytes: int = 1024 * MEBIBYTE
    timeout_seconds: float = 60.0
