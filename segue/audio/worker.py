"""The parent's hold on one decoding child: start it, hand it a file, read its answer, end it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import segue
from segue.audio.limits import MEBIBYTE, DecodeLimits
from segue.audio.report import StreamReport
from segue.audio.waveform import SAMPLE_RATE
from segue.errors import (
    AudioError,
    AudioTooLong,
    AudioTooShort,
    CorruptAudio,
    DecodingTimeout,
    NotAudio,
    SilentAudio,
    TruncatedAudio,
    UnsupportedAudio,
)

START_SECONDS = 60.0  # generous: a busy machine may take long to load the libraries
READ_BYTES = MEBIBYTE
MAX_JSON_BYTES = 64 * 1024
HEAD_BYTES = 5  # see sandbox.py, whose libraries the parent does not load

_ERRORS: dict[str, type[AudioError]] = {
    error.code: error
    for error in (
        AudioTooLong,
        AudioTooShort,
        CorruptAudio,
        DecodingTimeout,
        NotAudio,
        SilentAudio,
        TruncatedAudio,
        UnsupportedAudio,
    )
}
_CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child sent for one file, checked in number and type.

    Attributes:
        samples: float32 at 16 kHz, as bytes.
        report: the fields of ``segue.audio.report.StreamReport``.
    """

    samples: bytearray
    report: StreamReport


class Worker:
    """One child process, kept warm between files. Not thread-safe: one file at a time."""

    def __init__(self, limits: DecodeLimits) -> None:
        self._limits = limits
        self.n_jobs = 0
        self._socket, childs_end = socket.socketpair()
        with childs_end:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [sys.executable, "-P", "-m", "segue.audio.sandbox", json.dumps(asdict(limits))],
                stdin=childs_end.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
        try:
            letter, _ = self._receive(time.monotonic() + START_SECONDS)
        except (TimeoutError, EOFError, OSError) as error:
            code = self.kill()
            raise RuntimeError(
                f"the decoding process did not start (exit status {code}); try: {sys.executable} -c 'import av, soxr'"
            ) from error
        assert letter == b"K"

    def is_alive(self) -> bool:
        """Tell whether the child still runs."""
        return self._process.poll() is None

    def kill(self) -> int:
        """End the child and return its exit status; harmless when it has ended already."""
        self._process.kill()
        code = self._process.wait()
        self._socket.close()
        return code

    def decode(self, file_descriptor: int) -> Answer:
        """Have an open file decoded.

        Raises:
            AudioError: the one that fits. Afterwards ``is_alive`` tells whether to replace the
                worker.
        """
        self.n_jobs += 1
        deadline = time.monotonic() + self._limits.timeout_seconds
        try:
            self._socket.settimeout(self._limits.timeout_seconds)
            socket.send_fds(self._socket, [b"D"], [file_descriptor])
            return self._answer(deadline)
        except TimeoutError:
            self.kill()
            raise DecodingTimeout(
                f"Decoding took longer than {self._limits.timeout_seconds:g} s; "
                "the file is damaged or made to stall. Export it again."
            ) from None
        except (EOFError, OSError, ValueError, KeyError, TypeError):  # gone, or no longer our code
            raise self._autopsy() from None

    def _answer(self, deadline: float) -> Answer:
        samples = bytearray()
        max_bytes = int((self._limits.max_duration_seconds + 1) * SAMPLE_RATE) * 4
        while True:
            letter, n_bytes = self._receive(deadline)
            if letter == b"S" and n_bytes % 4 == 0 and len(samples) + n_bytes <= max_bytes:
                self._read_into(samples, n_bytes, deadline)
            elif letter in (b"R", b"E") and n_bytes <= MAX_JSON_BYTES:
                body = bytearray()
                self._read_into(body, n_bytes, deadline)
                return self._read_verdict(letter, bytes(body), samples)
            else:
                raise EOFError

    def _read_verdict(self, letter: bytes, body: bytes, samples: bytearray) -> Answer:
        fields = json.loads(body)
        if letter == b"R":
            return Answer(samples, StreamReport.from_json(fields))
        error = _ERRORS[fields["code"]](str(fields["message"]))
        if isinstance(error, DecodingTimeout):  # out of memory: start afresh
            self.kill()
        raise error

    def _receive(self, deadline: float) -> tuple[bytes, int]:
        head = bytearray()
        self._read_into(head, HEAD_BYTES, deadline)
        return bytes(head[:1]), int.from_bytes(head[1:], "little")

    def _read_into(self, body: bytearray, n_bytes: int, deadline: float) -> None:
        end = len(body) + n_bytes
        while len(body) < end:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            part = self._socket.recv(min(READ_BYTES, end - len(body)))
            if not part:
                raise EOFError
            body += part

    def _autopsy(self) -> AudioError:
        """Wait briefly for the child to be gone and say what ended it."""
        try:
            code = self._process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            code = 0
        self.kill()
        if code == -signal.SIGXCPU:
            return DecodingTimeout(
                f"Decoding took more than {self._limits.timeout_seconds:g} s of processor time; "
                "the file is damaged or made to stall. Export it again."
            )
        if code == -signal.SIGKILL:
            return DecodingTimeout(
                "The system ended the decoding process, most likely for want of memory. "
                "Try again with fewer tracks at once."
            )
        how = "crashed" if -code in _CRASHES else "gave up"
        return CorruptAudio(f"The decoder {how} on this file: it is damaged. Export it again.")


def _environment() -> dict[str, str]:
    """Only what Python and its libraries need to load: no secrets travel to the child."""
    kept = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    package_folder = str(Path(segue.__file__).resolve().parent.parent)
    single_threaded = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return {**environment, **single_threaded, "PYTHONPATH": package_folder}
