"""What the first and last bytes of a file say: its kind in words, and what its header promises.

Nothing is decoded here. The promises matter because FFmpeg reports one duration whether a header
states it or a bit rate merely suggests it; only stated ones can prove a file truncated.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import Final, Protocol

HEAD_BYTES = 64 * 1024
OGG_PAGE_MAX_BYTES = 65_307
WAV_UNKNOWN_BYTES = 0x7FFF_F000  # writers to a pipe put "until the end" as a size from here on


class ByteFile(Protocol):
    """The part of a binary file that reading audio needs."""

    def read(self, n: int = -1, /) -> bytes:
        """Return up to ``n`` bytes."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move and return the new position."""

    def tell(self) -> int:
        """Return the position."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is by its first bytes.

    Attributes:
        name: in words, with article where English wants one.
        role: ``readable`` (a format that Segue reads), ``audio`` (sound in a format that it does
            not read) or ``other``.
    """

    name: str
    role: str


_MAGIC: Final[tuple[tuple[int, bytes, Kind], ...]] = (
    (0, b"fLaC", Kind("a FLAC file", "readable")),
    (0, b"OggS", Kind("an Ogg file", "readable")),
    (0, b"ID3", Kind("an mp3 file", "readable")),
    (8, b"WAVE", Kind("a WAV file", "readable")),
    (8, b"AIF", Kind("an AIFF file", "readable")),
    (4, b"ftyp", Kind("an MP4 file", "readable")),
    (0, b"\x1a\x45\xdf\xa3", Kind("a Matroska or WebM file", "readable")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind("a Windows Media file", "audio")),
    (0, b"wvpk", Kind("a WavPack file", "audio")),
    (0, b"MAC ", Kind("a Monkey's Audio file", "audio")),
    (0, b"MThd", Kind("a MIDI file", "audio")),
    (0, b"#!AMR", Kind("an AMR file", "audio")),
    (0, b"DSD ", Kind("a DSD file", "audio")),
    (0, b"FRM8", Kind("a DSD file", "audio")),
    (0, b"caff", Kind("a Core Audio file", "audio")),
    (0, b".snd", Kind("an AU file", "audio")),
    (0, b"riff", Kind("a Wave64 file", "audio")),
    (0, b"MPCK", Kind("a Musepack file", "audio")),
    (0, b"MP+", Kind("a Musepack file", "audio")),
    (0, b"TTA1", Kind("a True Audio file", "audio")),
    (0, b"\x0b\x77", Kind("an AC-3 file", "audio")),
    (8, b"AVI ", Kind("an AVI file", "audio")),
    (0, b"FLV\x01", Kind("a Flash video", "audio")),
    (0, b"%PDF", Kind("a PDF document", "other")),
    (0, b"PK\x03\x04", Kind("a ZIP archive", "other")),
    (0, b"\x1f\x8b", Kind("a gzip archive", "other")),
    (0, b"Rar!", Kind("a RAR archive", "other")),
    (0, b"7z\xbc\xaf", Kind("a 7z archive", "other")),
    (0, b"\x89PNG", Kind("a PNG image", "other")),
    (0, b"\xff\xd8\xff", Kind("a JPEG image", "other")),
    (0, b"GIF8", Kind("a GIF image", "other")),
    (0, b"\x7fELF", Kind("a program", "other")),
    (0, b"SQLite format 3", Kind("a database", "other")),
)


def kind_of(head: bytes) -> Kind:
    """Name the kind of a file from its first bytes."""
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return kind
    if head[:7].lower() == b"#extm3u":
        return Kind("a playlist", "other")
    return Kind("text", "other") if _is_text(head[:4096]) else Kind("unrecognised data", "other")


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":  # more than a character cut at the end
            return False
        text = head[: error.start].decode("utf-8")
    return all(char.isprintable() or char.isspace() for char in text)


def read_at(file: ByteFile, offset: int, n_bytes: int) -> bytes:
    """Return up to ``n_bytes`` from ``offset``; the position afterwards is unspecified."""
    file.seek(offset)
    return file.read(n_bytes)


def file_size(file: ByteFile) -> int:
    """Return the size in bytes and rewind."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


def id3_bytes(file: ByteFile) -> int:
    """Return the length of the ID3v2 tags in front of the audio, cover art included."""
    offset = 0
    while True:
        head = read_at(file, offset, 10)
        if len(head) < 10 or head[:3] != b"ID3":
            return offset
        size = 0
        for byte in head[6:10]:  # four 7-bit digits
            size = size << 7 | byte & 0x7F
        offset += 10 + size


def mp3_claim_seconds(file: ByteFile) -> float | None:
    """Return the duration that a Xing, Info or VBRI header states, or None without one."""
    head = read_at(file, id3_bytes(file), 4096)
    for start in range(len(head) - 4):
        if head[start] == 0xFF and head[start + 1] & 0xE6 == 0xE2:  # sync, layer III
            return _frame_count_seconds(head[start:])
    return None


def _frame_count_seconds(frame: bytes) -> float | None:
    version = frame[1] >> 3 & 3  # 0: MPEG 2.5, 2: MPEG 2, 3: MPEG 1
    rate_index = frame[2] >> 2 & 3
    if version == 1 or rate_index == 3:
        return None
    rate_hz = (44_100, 48_000, 32_000)[rate_index] >> {3: 0, 2: 1, 0: 2}[version]
    is_mono = frame[3] >> 6 == 3
    side_bytes = (17 if is_mono else 32) if version == 3 else (9 if is_mono else 17)
    n_samples = 1152 if version == 3 else 576
    xing = frame[4 + side_bytes :]
    if xing[:4] in (b"Xing", b"Info") and len(xing) >= 12 and xing[7] & 1:
        return int.from_bytes(xing[8:12], "big") * n_samples / rate_hz
    if frame[36:40] == b"VBRI" and len(frame) >= 54:
        return int.from_bytes(frame[50:54], "big") * n_samples / rate_hz
    return None


def flac_claim_seconds(file: ByteFile) -> float | None:
    """Return the duration that STREAMINFO states, or None where it says "unknown"."""
    info = read_at(file, id3_bytes(file), 42)
    if len(info) < 42 or info[:4] != b"fLaC":
        return None
    rate_hz = int.from_bytes(info[18:21], "big") >> 4
    n_samples = int.from_bytes(info[21:26], "big") & (1 << 36) - 1
    return n_samples / rate_hz if rate_hz and n_samples else None


def wav_claim_seconds(file: ByteFile) -> float | None:
    """Return the duration that the ``data`` chunk states, or None where it is left open."""
    offset, byte_rate = 12, 0
    for _ in range(64):
        head = read_at(file, offset, 8)
        if len(head) < 8:
            return None
        name, size = struct.unpack("<4sI", head)
        if name == b"data":
            is_open = size == 0 or size >= WAV_UNKNOWN_BYTES
            return None if is_open or not byte_rate else size / byte_rate
        if name == b"fmt ":
            byte_rate = int.from_bytes(read_at(file, offset + 16, 4), "little")
        offset += 8 + size + (size & 1)
    return None


def ogg_is_cut(file: ByteFile) -> bool:
    """Tell whether the last Ogg page is shorter than its own header says."""
    start = max(0, file_size(file) - 2 * OGG_PAGE_MAX_BYTES)
    tail = read_at(file, start, 2 * OGG_PAGE_MAX_BYTES)
    page = tail[tail.rfind(b"OggS\0") :] if b"OggS\0" in tail else b""
    if len(page) < 27:
        return True
    segments = page[27 : 27 + page[26]]
    return len(segments) < page[26] or len(page) < 27 + len(segments) + sum(segments)
