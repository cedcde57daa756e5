"""The application over the real decoder and the real catalogue; only the networks are fakes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.pool import InferencePool
from app.services import Services
from app.settings import Settings
from index.store import open_catalogue
from segue.analyse import Analyser
from segue.audio.decode import Decoder
from segue.fakes import FakeEmbedder, FakeTagger

Wav = Callable[..., bytes]


def open_client(folder: Path) -> TestClient:
    analyser = Analyser(Decoder(n_workers=2), FakeTagger(), FakeEmbedder())
    catalogue = open_catalogue(folder, analyser.space, analyser.tagger.vocabulary)
    return TestClient(create_app(Services(analyser, catalogue, InferencePool(2, 8)), Settings()))


@pytest.fixture
def real(tmp_path: Path) -> Iterator[TestClient]:
    with open_client(tmp_path / "catalogue") as client:
        yield client


def test_a_life_of_tracks(real: TestClient, wav: Wav) -> None:
    ids = []
    for n in range(5):
        response = real.post("/v1/tracks", files={"file": (f"t{n}.wav", wav(110.0 * 1.2**n, seconds=4.0))})
        assert response.status_code == 201, response.text
        ids.append(response.json()["id"])
    assert real.post("/v1/tracks", files={"file": ("again.wav", wav(110.0, seconds=4.0))}).json()["id"] == ids[0]
    answer = real.post("/v1/recommendations", files={"file": ("q.wav", wav(123.0, seconds=4.0))}).json()
    assert answer["pool"]["catalogue"] == 5
    assert answer["results"]
    similar = real.get(f"/v1/tracks/{ids[0]}/similar?min_shared=0").json()
    assert {result["track"]["id"] for result in similar["results"]} == set(ids[1:])
    assert real.patch(f"/v1/tracks/{ids[0]}", json={"bpm": 90, "key": "5A"}).json()["key"]["camelot"] == "5A"
    first = real.get("/v1/tracks?limit=3").json()
    second = real.get("/v1/tracks", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [track["id"] for track in first["tracks"] + second["tracks"]] == ids
    assert real.delete(f"/v1/tracks/{ids[0]}").status_code == 204
    assert real.get("/v1/tags?counts=true").status_code == 200
    assert real.get("/readyz").json()["tracks"] == 4


def test_tracks_outlive_the_service(tmp_path: Path, wav: Wav) -> None:
    with open_client(tmp_path / "catalogue") as client:
        track = client.post("/v1/tracks", files={"file": ("a.wav", wav(seconds=4.0))}).json()
    with open_client(tmp_path / "catalogue") as client:
        assert client.get(f"/v1/tracks/{track['id']}").json() == track


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("empty", 422, "empty_file"),
        ("text", 415, "not_audio"),
        ("short", 422, "audio_too_short"),
        ("silent", 422, "silent_audio"),
        ("half", 422, "truncated_audio"),
    ],
)
def test_files_that_cannot_be_analysed(real: TestClient, wav: Wav, name: str, status: int, code: str) -> None:
    whole = wav(seconds=10.0)
    content = {
        "empty": b"",
        "text": b"These are only words.\n" * 100,
        "short": wav(seconds=0.5),
        "silent": wav(seconds=5.0, level=0.0),
        "half": whole[: len(whole) // 2],
    }[name]
    response = real.post("/v1/recommendations", files={"file": ("track.mp3", content)})
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_many_clients_at_once(real: TestClient, wav: Wav) -> None:
    audio = [wav(100.0 + 20 * n, seconds=4.0) for n in range(4)]
    go = threading.Barrier(8)

    def work(n: int) -> set[int]:
        go.wait(10)
        added = real.post("/v1/tracks", files={"file": ("a.wav", audio[n % 4])})
        listed = real.get("/v1/tracks")
        similar = real.get(f"/v1/tracks/{added.json()['id']}/similar")
        patched = real.patch(f"/v1/tracks/{added.json()['id']}", json={"bpm": 100 + n})
        return {added.status_code, listed.status_code, similar.status_code, patched.status_code}

    with ThreadPoolExecutor(8) as clients:
        statuses = set().union(*clients.map(work, range(8)))
    assert statuses <= {200, 201}
    assert real.get("/readyz").json()["tracks"] == 4
