"""Bytes to ``Waveform``: any track in, mono 16 kHz float32 out, or an error that says why not.

    with Decoder() as decoder:
        decoded = decoder.decode(Path("night_drive.mp3"))
        decoded.waveform.duration_seconds

Decoding runs in child processes (``sandbox.py``) under limits of time, memory and system calls, for
the bytes come from strangers and decoders are written in C. A child stays warm between files, is
replaced when it dies, and retires after ``JOBS_PER_WORKER`` files. Linux and macOS.
"""

from __future__ import annotations

import hashlib
import os
import queue
import stat
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from segue.audio.limits import MEBIBYTE, READABLE, DecodeLimits
from segue.audio.waveform import Waveform
from segue.audio.worker import Answer, Worker
from segue.errors import AudioError, AudioTooLarge, CorruptAudio, EmptyFile, NotAudio
from segue.ports import Decoded
from segue.track import Description

__all__ = ["DecodeLimits", "DecodedFile", "Decoder", "content_sha256"]

JOBS_PER_WORKER = 500


@dataclass(frozen=True)
class DecodedFile(Decoded):
    """A decoded track and what its file says about itself.

    ``container`` is ``mp3``, ``mp4``, ``flac``, ``wav``, ``aiff``, ``ogg``, ``matroska`` or ``aac``; ``codec`` is
    ``mp3``, ``aac``, ``alac``, ``flac``, ``vorbis``, ``opus`` or ``pcm_...``.

    Attributes:
        source_sample_rate: Hz, of the first frame.
        n_channels: of the first frame.
        decoded_seconds: what came out, counted at the source's rate.
        claimed_seconds: what the header states, None where it states nothing exact.
    """

    source_sample_rate: int
    n_channels: int
    decoded_seconds: float
    claimed_seconds: float | None


def content_sha256(waveform: Waveform) -> str:
    """Hash the sound itself, at 16 bits, so that other tags or cover art do not make another track.

    Returns:
        64 hexadecimal digits.
    """
    clipped = np.clip(waveform.samples, -1.0, 1.0)
    return hashlib.sha256(np.rint(clipped * 32767.0).astype("<i2").tobytes()).hexdigest()


class Decoder:
    """A pool of decoding processes. Thread-safe; a call waits while all of them are busy."""

    def __init__(self, limits: DecodeLimits | None = None, n_workers: int = 1) -> None:
        if n_workers < 1:
            raise ValueError(f"n_workers is {n_workers}; at least 1 is needed")
        self._limits = limits or DecodeLimits()
        self._n_workers = n_workers
        self._open_pool()

    def _open_pool(self) -> None:
        self._process_id = os.getpid()
        self._is_closed = False
        self._workers: set[Worker] = set()
        self._slots: queue.LifoQueue[Worker | None] = queue.LifoQueue()
        for _ in range(self._n_workers):
            self._slots.put(None)  # started when first needed
        self._finalizer = weakref.finalize(self, _kill_all, self._workers)

    def decode(self, source: Path | bytes) -> DecodedFile:
        """Decode a file, or the bytes of one, whole.

        Raises:
            AudioError: the one that fits; its message says what arrived and what would work.
            RuntimeError: the decoder is closed, or its child process cannot start.
        """
        with _opened(source) as file:
            self._check_size(file)
            answer = self._run(file.fileno())
        return _decoded(answer)

    def close(self) -> None:
        """End the child processes; a decoding under way in another thread fails."""
        self._is_closed = True
        if self._process_id == os.getpid():
            self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_size(self, file: BinaryIO) -> None:
        n_bytes = os.fstat(file.fileno()).st_size
        if n_bytes == 0:
            raise EmptyFile(f"The file holds 0 bytes; Segue reads {READABLE}.")
        if n_bytes > self._limits.max_bytes:
            raise AudioTooLarge(
                f"The file holds {n_bytes / MEBIBYTE:.0f} MiB; Segue takes up to "
                f"{self._limits.max_bytes / MEBIBYTE:.0f} MiB. Send a compressed copy."
            )

    def _run(self, file_descriptor: int) -> Answer:
        if self._process_id != os.getpid():
            self._finalizer.detach()  # after a fork the children belong to the other process
            self._open_pool()
        slots = self._slots
        worker = slots.get()
        try:
            if self._is_closed:
                raise RuntimeError("the decoder is closed")
            worker = self._fit(worker)
            return worker.decode(file_descriptor)
        except AudioError:
            if self._is_closed:
                raise RuntimeError("the decoder was closed while it decoded") from None
            raise
        finally:
            if worker is not None and not worker.is_alive():
                self._workers.discard(worker)
                worker = None
            slots.put(worker)

    def _fit(self, worker: Worker | None) -> Worker:
        """Return the worker, or a new one in place of one that is missing, dead or retiring."""
        if worker is not None:
            if worker.is_alive() and worker.n_jobs < JOBS_PER_WORKER:
                return worker
            worker.kill()
            self._workers.discard(worker)
        worker = Worker(self._limits)
        self._workers.add(worker)
        if self._is_closed:  # meanwhile, by another thread
            _kill_all(self._workers)
            raise RuntimeError("the decoder is closed")
        return worker


def _kill_all(workers: set[Worker]) -> None:
    while workers:
        workers.pop().kill()


@contextmanager
def _opened(source: Path | bytes) -> Iterator[BinaryIO]:
    if isinstance(source, bytes):
        with _anonymous_file() as file:
            file.write(source)
            file.flush()
            file.seek(0)
            yield file
        return
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise NotAudio(f"The file cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotAudio(f"This is a folder or a device, not a file; Segue reads {READABLE}.")
    with open(descriptor, "rb", buffering=0) as file:
        yield file


def _anonymous_file() -> BinaryIO:
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("upload", os.MFD_CLOEXEC), "w+b")
    return tempfile.TemporaryFile()


def _decoded(answer: Answer) -> DecodedFile:
    samples = np.frombuffer(answer.samples, dtype=np.float32)
    if not samples.size or not np.isfinite(samples).all():
        raise CorruptAudio("The decoder returned no usable sound. Export the file again.")
    waveform, report = Waveform(samples), answer.report
    return DecodedFile(
        waveform=waveform,
        content_hash=content_sha256(waveform),
        description=Description(report.title, report.artist, report.album),
        container=report.container,
        codec=report.codec,
        source_sample_rate=report.source_sample_rate,
        n_channels=report.n_channels,
        decoded_seconds=report.decoded_seconds,
        claimed_seconds=report.claimed_seconds,
    )
