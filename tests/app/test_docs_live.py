"""The examples of docs/live.md, run as they are written: the loop by a shell against a real server."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
import uvicorn

from app.main import create_app
from app.schemas.next import NextRequest
from app.services import Services
from app.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "live.md").read_text(encoding="utf-8")
LOOP, AGAIN, AT_A_POSITION = re.findall(r"^```sh\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
SERVER = "http://127.0.0.1:8000"

FFMPEG = """\
#!/bin/sh
# records what lies ready, and fails when there is no more
for word; do target=$word; done
next=$(ls "$PIECES" | head -n 1)
[ -n "$next" ] && mv "$PIECES/$next" "$target"
"""


@pytest.fixture
def server(make_services: Callable[..., Services]) -> Iterator[str]:
    """Address of a real server over fakes."""
    serving = uvicorn.Server(uvicorn.Config(create_app(make_services(), Settings()), log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as threads:
        done = threads.submit(serving.run, [listening])
        while not serving.started and not done.done():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        serving.should_exit = True
        done.result(timeout=10)


@pytest.fixture
def shell(server: str, tmp_path: Path, wav: Callable[..., bytes]) -> Callable[[str], str]:
    """Runs lines of the page; ``ffmpeg`` records four pieces, one of them too short, and then stops."""
    if not (shutil.which("curl") and shutil.which("jq")):
        pytest.skip("needs curl and jq")
    (tmp_path / "bin").mkdir()
    (tmp_path / "pieces").mkdir()
    (tmp_path / "bin" / "ffmpeg").write_text(FFMPEG)
    (tmp_path / "bin" / "ffmpeg").chmod(0o755)
    for number, piece in enumerate([wav(137.0), wav(137.0), wav(seconds=0.1), wav(150.0)]):
        (tmp_path / "pieces" / f"{number}.wav").write_bytes(piece)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"

    def run(text: str, **variables: str) -> str:
        environment = {"PATH": path, "PIECES": str(tmp_path / "pieces"), **variables}
        command = ["sh", "-e", "-c", text.replace(SERVER, server)]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, check=True, text=True, stdout=subprocess.PIPE, timeout=60
        ).stdout

    return run


def test_every_example_runs(server: str, shell: Callable[..., str], tmp_path: Path, wav: Callable[..., bytes]) -> None:
    with httpx2.Client(base_url=server) as client:
        tracks = [
            client.post("/v1/tracks", files={"file": (f"track {n}.wav", wav(110.0 * 1.2**n))}).json() for n in range(8)
        ]
        printed = shell(LOOP)
        assert "The track is shorter than a second." in printed
        assert len(re.findall(r"^[1-3]\. track \d [\d.]+ BPM \d+[AB]$", printed, flags=re.MULTILINE)) >= 3
        last = json.loads((tmp_path / "next.json").read_text())
        assert math.isclose(last["heard_seconds"], 6.0)  # the short piece left the session as it was
        session = last["session"]
        answers = [json.loads(text) for text in re.split(r"(?<=\})(?=\{\"session)", shell(AGAIN, SESSION=session))]
        assert [answer["session"] for answer in answers] == [session, session]
        assert client.delete(f"/v1/next/{session}").status_code == 404
        there = json.loads(shell(AT_A_POSITION, TRACK=tracks[0]["id"]))
        assert there["playing"]["track"]["id"] == tracks[0]["id"] and len(there["results"]) == 5


def test_every_parameter_is_told() -> None:
    for name in ("file", "params", *(NextRequest.model_fields.keys() & {"track_id", "position_seconds", "session"})):
        assert f"\n| `{name}` | " in PAGE, name
