"""The pool of child processes: confined, shared by threads, replaced when they fail."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from segue.audio import decode as decode_module
from segue.audio import sandbox
from segue.audio.decode import DecodeLimits, Decoder
from segue.audio.stream import decode_stream
from segue.audio.worker import Worker
from segue.errors import CorruptAudio, DecodingTimeout, NotAudio


def only_child(decoder: Decoder) -> int:
    """Process id of the one running child."""
    (worker,) = decoder._workers
    return worker._process.pid


def test_threads_share_children(audio_file: Callable[[str], bytes]) -> None:
    names = ["mp3", "flac", "vorbis", "wav16"] * 4
    with Decoder(n_workers=2) as decoder, ThreadPoolExecutor(8) as threads:
        alone = {name: decoder.decode(audio_file(name)).waveform.samples for name in set(names)}
        for name, decoded in zip(names, threads.map(lambda n: decoder.decode(audio_file(n)), names), strict=True):
            np.testing.assert_array_equal(decoded.waveform.samples, alone[name])
        assert len(decoder._workers) <= 2


def test_child_stays_warm_after_refusals_and_retires_in_time(
    audio_file: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode_module, "JOBS_PER_WORKER", 3)
    with Decoder() as decoder:
        decoder.decode(audio_file("flac"))
        first = only_child(decoder)
        with pytest.raises(NotAudio):
            decoder.decode(b"no music")
        decoder.decode(audio_file("flac"))
        assert only_child(decoder) == first
        decoder.decode(audio_file("flac"))
        assert only_child(decoder) != first


def test_stalled_child_times_out_and_is_replaced(audio_file: Callable[[str], bytes]) -> None:
    with Decoder(DecodeLimits(timeout_seconds=1.0)) as decoder:
        decoder.decode(audio_file("flac"))
        stalled = only_child(decoder)
        os.kill(stalled, signal.SIGSTOP)
        with pytest.raises(DecodingTimeout, match="longer than 1 s"):
            decoder.decode(audio_file("flac"))
        decoder.decode(audio_file("flac"))
        assert only_child(decoder) != stalled


@pytest.mark.parametrize(
    ("sign", "error", "words"),
    [
        (signal.SIGKILL, DecodingTimeout, "memory"),
        (signal.SIGXCPU, DecodingTimeout, "processor time"),
        (signal.SIGSEGV, CorruptAudio, "crashed"),
    ],
)
def test_child_that_dies_over_a_file(
    sign: signal.Signals, error: type[Exception], words: str, audio_file: Callable[[str], bytes]
) -> None:
    with Decoder() as decoder:
        decoder.decode(audio_file("flac"))
        child = only_child(decoder)
        os.kill(child, signal.SIGSTOP)
        killer = threading.Timer(0.2, lambda: (os.kill(child, sign), os.kill(child, signal.SIGCONT)))
        killer.start()
        with pytest.raises(error, match=words):
            decoder.decode(audio_file("flac"))
        killer.join()
        assert decoder.decode(audio_file("flac")).codec == "flac"


def test_child_that_died_idle_goes_unnoticed(audio_file: Callable[[str], bytes]) -> None:
    with Decoder() as decoder:
        decoder.decode(audio_file("flac"))
        (worker,) = decoder._workers
        worker._process.kill()
        worker._process.wait()
        assert decoder.decode(audio_file("flac")).codec == "flac"


def test_closing(audio_file: Callable[[str], bytes]) -> None:
    decoder = Decoder()
    decoder.decode(audio_file("flac"))
    (worker,) = decoder._workers
    decoder.close()
    decoder.close()
    assert not worker.is_alive()
    with pytest.raises(RuntimeError, match="closed"):
        decoder.decode(audio_file("flac"))


def test_needs_a_worker() -> None:
    with pytest.raises(ValueError, match="n_workers is 0"):
        Decoder(n_workers=0)


def _decode_in_fork(decoder: Decoder, content: bytes, results: multiprocessing.SimpleQueue[str]) -> None:
    results.put(decoder.decode(content).codec)
    decoder.close()


@pytest.mark.skipif(sys.platform != "linux", reason="forking is the default on Linux alone")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_fork_gets_children_of_its_own(audio_file: Callable[[str], bytes]) -> None:
    context = multiprocessing.get_context("fork")
    with Decoder() as decoder:
        decoder.decode(audio_file("flac"))
        results = context.SimpleQueue()
        process = context.Process(target=_decode_in_fork, args=(decoder, audio_file("mp3"), results))
        process.start()
        process.join(30)
        assert results.get() == "mp3"
        assert decoder.decode(audio_file("flac")).codec == "flac"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_child_is_confined(audio_file: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGUE_SECRET", "unreleased")
    with Decoder() as decoder:
        decoder.decode(audio_file("flac"))
        child = Path(f"/proc/{only_child(decoder)}")
        limits = {line[:25].strip(): line[26:].split()[0] for line in (child / "limits").read_text().splitlines()}
        assert limits["Max address space"] == str(DecodeLimits().memory_bytes)
        assert limits["Max open files"] == "4"
        assert limits["Max file size"] == limits["Max core file size"] == limits["Max processes"] == "0"
        assert int(limits["Max cpu time"]) <= 120
        assert "NoNewPrivs:\t1" in (child / "status").read_text()
        assert "torch" not in (child / "maps").read_text()
        assert b"SEGUE_SECRET" not in (child / "environ").read_bytes()
        assert len(list((child / "fd").iterdir())) <= 4  # the socket, two null devices, the file


def test_out_of_memory_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def exhaust(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(sandbox, "decode_stream", exhaust)
    monkeypatch.setattr(sandbox, "_allow_cpu_seconds", lambda _: None)
    path = tmp_path / "bomb"
    path.write_bytes(b"x")
    ours, childs = socket.socketpair()
    with ours, childs:
        sandbox._serve(childs, os.open(path, os.O_RDONLY), DecodeLimits())
        letter, _ = sandbox.HEAD.unpack(ours.recv(sandbox.HEAD.size))
        answer = json.loads(ours.recv(4096))
    assert letter == sandbox.ERROR
    assert answer["code"] == "decoding_timeout"
    assert "1024 MiB of memory" in answer["message"]


@pytest.mark.parametrize(
    "message",
    [
        sandbox.HEAD.pack(b"X", 0),
        sandbox.HEAD.pack(b"S", 4_000_000_000),
        sandbox.HEAD.pack(b"S", 3) + b"abc",
        sandbox.HEAD.pack(b"R", 2) + b"{}",
        sandbox.HEAD.pack(b"R", 2) + b"[]",
        sandbox.HEAD.pack(b"E", 3) + b"{{{",
        sandbox.HEAD.pack(b"R", 10_000_000),
    ],
)
def test_parent_does_not_trust_its_child(message: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    worker = Worker(DecodeLimits(timeout_seconds=5.0))
    worker._socket.close()
    worker._socket, impostor = socket.socketpair()
    with impostor, path.open("rb") as file:
        impostor.sendall(message)
        worker._process.terminate()
        with pytest.raises(CorruptAudio, match="gave up"):
            worker.decode(file.fileno())
    assert not worker.is_alive()


def test_stream_needs_no_sandbox(audio_file: Callable[[str], bytes]) -> None:
    blocks: list[int] = []
    report = decode_stream(io.BytesIO(audio_file("vorbis")), DecodeLimits(), lambda block: blocks.append(block.size))
    assert sum(blocks) == 64_000
    assert max(blocks) < 2 * 16_000
    assert report.codec == "vorbis"
