"""The child process that decodes: ``python -P -m segue.audio.sandbox LIMITS_JSON``.

Before the first file it gives up, as far as the system lets it, everything that decoding does not
need: privileges, core dumps, writing files, starting processes, memory past the cap and every
file descriptor but one. The parent hands it an open file over a socket (file descriptor 0), so the
child never opens anything by name. After each request it answers with messages of five bytes of
head (one letter, four bytes of length) and a body:

    K  ready for the first file        S  samples, float32 at 16 kHz
    R  report as JSON, the last one    E  {"code", "message"}, the last one
"""

from __future__ import annotations

import ctypes
import io
import json
import math
import os
import resource
import socket
import struct
import sys
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

from segue.audio import probe
from segue.audio.limits import MEBIBYTE, DecodeLimits
from segue.audio.stream import decode_stream
from segue.errors import AudioError, DecodingTimeout

HEAD = struct.Struct("<cI")
READY, SAMPLES, REPORT, ERROR = b"K", b"S", b"R", b"E"

_PR_SET_NO_NEW_PRIVS = 38


def main() -> None:
    """Serve one parent until it hangs up."""
    limits = DecodeLimits(**json.loads(sys.argv[1]))
    parent = socket.socket(fileno=0)
    _give_up_privileges(limits)
    _warm_up(limits)
    _close_the_door()
    _send(parent, READY, b"")
    while True:
        message, files, _, _ = socket.recv_fds(parent, 1, 1)
        if not message:
            return
        for descriptor in files:
            _serve(parent, descriptor, limits)


def _serve(parent: socket.socket, descriptor: int, limits: DecodeLimits) -> None:
    _allow_cpu_seconds(limits.timeout_seconds)

    def send_samples(block: NDArray[np.float32]) -> None:
        _send(parent, SAMPLES, block.tobytes())

    with open(descriptor, "rb", buffering=0) as file:
        try:
            report = asdict(decode_stream(file, limits, send_samples))
            _send(parent, REPORT, json.dumps(report).encode())
            return
        except AudioError as error:
            refusal: AudioError = error
        except MemoryError:
            refusal = DecodingTimeout(
                f"Decoding needs more than {limits.memory_bytes // MEBIBYTE} MiB of memory; "
                "the file is damaged or made to exhaust it."
            )
    _send(parent, ERROR, json.dumps({"code": refusal.code, "message": refusal.message}).encode())


def _send(parent: socket.socket, letter: bytes, body: bytes) -> None:
    parent.sendall(HEAD.pack(letter, len(body)))
    parent.sendall(body)


def _give_up_privileges(limits: DecodeLimits) -> None:
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    if hasattr(resource, "RLIMIT_NPROC"):
        _limit(resource.RLIMIT_NPROC, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _limit(what: int, value: int) -> None:
    try:
        _, hard = resource.getrlimit(what)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))
    except (ValueError, OSError):
        pass  # macOS refuses some; the parent's clock and caps still hold


def _allow_cpu_seconds(seconds: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    total = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or total < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (total, hard))


def _warm_up(limits: DecodeLimits) -> None:
    """Decode a tiny WAV, so that no module needs to be loaded once the door is closed."""
    sound = np.tile(np.array([8000, -8000], dtype="<i2"), 8000).tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 44_100, 88_200, 2, 16)
    data = struct.pack("<4sI", b"data", len(sound)) + sound
    wav = b"RIFF" + struct.pack("<I", 4 + len(form) + len(data)) + b"WAVE" + form + data
    decode_stream(io.BytesIO(wav), replace(limits, min_duration_seconds=0.0), lambda _: None)
    probe.kind_of(b"text")


def _close_the_door() -> None:
    """Leave exactly one free file descriptor: the file to decode. None is left for the network."""
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    _limit(resource.RLIMIT_NOFILE, free + 1)


if __name__ == "__main__":
    main()
