"""Uploads: what is refused, that nothing stays on disk, and that overload is answered."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.main import create_app
from app.services import Services
from app.settings import Settings
from segue.audio.waveform import Waveform
from segue.fakes import FakeTagger
from segue.tags import TagScores

Wav = Callable[..., bytes]
OPERATIONS = ("/v1/recommendations", "/v1/tracks", "/v1/analyses")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that temporary files go to."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"", 422, "empty_file"), (b"I am a text.", 415, "not_audio"), (b"RIFF\0\0\0\0WAVE", 415, "not_audio")],
)
def test_files_that_are_no_audio(
    client: TestClient, scratch: Path, operation: str, content: bytes, status: int, code: str
) -> None:
    response = client.post(operation, files={"file": ("track.mp3", content)})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_upload_is_private_while_it_lasts_and_gone_afterwards(
    client: TestClient, services: Services, scratch: Path, wav: Wav, operation: str
) -> None:
    assert client.post(operation, files={"file": ("a.wav", wav())}).is_success
    [path] = services.analyser.decoder.seen  # type: ignore[attr-defined]  # the fake's
    assert path.is_relative_to(scratch)
    assert list(scratch.iterdir()) == []


def test_upload_is_gone_after_an_unexpected_error(
    client: TestClient, scratch: Path, wav: Wav, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(self: FakeTagger, waveform: Waveform) -> TagScores:
        raise RuntimeError("a bug with /secret/path in it")

    monkeypatch.setattr(FakeTagger, "tag", explode)
    response = client.post("/v1/analyses", files={"file": ("a.wav", wav())})
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"] == response.json()["request_id"]
    assert "secret" not in response.text
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        ([("params", (None, "{}"))], "/file"),
        ([("file", (None, "text"))], "/file"),
        ([("file", ("a.wav", b"a")), ("surprise", (None, "x"))], "/surprise"),
    ],
)
def test_parts_that_are_missing_or_too_many(client: TestClient, operation: str, parts: Any, pointer: str) -> None:
    response = client.post(operation, files=parts)
    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.json()["errors"]]


@pytest.mark.parametrize(("operation", "n_files"), [("/v1/tracks", 2), ("/v1/analyses", 2), ("/v1/recommendations", 9)])
def test_too_many_files(client: TestClient, operation: str, n_files: int) -> None:
    response = client.post(operation, files=[("file", ("a.wav", b"a"))] * n_files)
    assert response.status_code == 422
    assert f"{n_files} arrived" in response.json()["errors"][0]["detail"]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"", "multipart/form-data"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--',
            'multipart/form-data; boundary=x; charset="idna"',
        ),
    ],
)
def test_broken_multipart(client: TestClient, operation: str, content: bytes, content_type: str) -> None:
    response = client.post(operation, content=content, headers={"content-type": content_type})
    assert response.status_code == 422
    assert response.json()["code"] in ("malformed_body", "validation_failed")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_above_the_limit_are_413(client: TestClient, scratch: Path, operation: str, chunked: bool) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        for _ in range(40):
            yield b"0" * 65_536

    content = pieces() if chunked else b"".join(pieces())
    headers = {"content-type": "multipart/form-data; boundary=x"}
    response = client.post(operation, content=content, headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    assert list(scratch.iterdir()) == []


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.005)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_client_that_goes_away_leaves_nothing(
    app: FastAPI, scratch: Path, operation: str, caplog: pytest.LogCaptureFixture
) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + b"0" * 500_000
    messages = [{"type": "http.request", "body": part, "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        raise AssertionError("nobody is there")

    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    scope = {"type": "http", "method": "POST", "path": operation, "query_string": b"", "headers": headers}
    asyncio.run(app(scope, receive, send))
    assert list(scratch.iterdir()) == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


class BlockedTagger(FakeTagger):
    """Waits until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.entered = threading.Semaphore(0)

    def tag(self, waveform: Waveform) -> TagScores:
        self.entered.release()
        assert self.let_go.wait(20)
        return super().tag(waveform)


def test_overload_is_429_and_passes(make_services: Callable[..., Services], wav: Wav) -> None:
    tagger = BlockedTagger()
    services = make_services(concurrency=1, queue=1, tagger=tagger)
    with TestClient(create_app(services, Settings())) as client, ThreadPoolExecutor(4) as clients:

        def post(path: str) -> Any:
            return client.post(path, files={"file": ("a.wav", wav())})

        accepted = [clients.submit(post, "/v1/analyses")]
        assert tagger.entered.acquire(timeout=10)
        accepted.append(clients.submit(post, "/v1/recommendations"))
        wait_until(lambda: services.pool.n_accepted == 2)
        for path in OPERATIONS:
            refused = post(path)
            assert (refused.status_code, refused.json()["code"]) == (429, "overloaded")
            assert refused.headers["content-type"] == "application/problem+json"
            assert 1 <= int(refused.headers["retry-after"]) <= 120
        assert client.get("/healthz").status_code == 200  # the event loop is free
        assert client.get("/v1/tracks").status_code == 200
        tagger.let_go.set()
        assert [future.result().status_code for future in accepted] == [200, 200]
        assert post("/v1/analyses").status_code == 200
    assert services.pool.n_accepted == 0


def test_many_at_once_are_answered_or_refused(make_services: Callable[..., Services], wav: Wav) -> None:
    services = make_services(concurrency=2, queue=2)
    with TestClient(create_app(services, Settings())) as client, ThreadPoolExecutor(12) as clients:
        audio = wav(seconds=20.0)
        futures = [clients.submit(client.post, "/v1/analyses", files={"file": ("a.wav", audio)}) for _ in range(24)]
        statuses = {future.result().status_code for future in futures}
    assert 200 in statuses
    assert statuses <= {200, 429}


def test_shutdown_finishes_work_in_flight(make_services: Callable[..., Services], wav: Wav) -> None:
    tagger = BlockedTagger()
    services = make_services(concurrency=1, queue=0, tagger=tagger)
    server = uvicorn.Server(uvicorn.Config(create_app(services, Settings()), port=0, log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(2) as threads:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1/analyses"
        serving = threads.submit(server.run, [listening])
        wait_until(lambda: server.started)
        answer = threads.submit(httpx.post, url, files={"file": ("a.wav", wav())}, timeout=30)
        assert tagger.entered.acquire(timeout=10)
        server.should_exit = True
        time.sleep(0.3)
        assert not serving.done()  # it waits for the request
        tagger.let_go.set()
        assert answer.result().status_code == 200
        serving.result(timeout=10)
    with pytest.raises(RuntimeError, match="shutdown"):
        asyncio.run(services.pool.run(int))
    assert services.pool.n_accepted == 0
