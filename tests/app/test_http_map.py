"""The map over HTTP: over the fake catalogue, which is never fitted, and over a stored one, which is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.pool import InferencePool
from app.services import Services
from app.settings import Settings
from index.store import SqliteCatalogue, open_catalogue

PAGE = Path(__file__).parents[2] / "docs" / "http.md"
SERVER = "http://127.0.0.1:8000"
Wav = Callable[..., bytes]


@pytest.fixture
def stored(tmp_path: Path, make_services: Callable[..., Services]) -> Iterator[SqliteCatalogue]:
    analyser = make_services().analyser
    with open_catalogue(tmp_path / "catalogue", analyser.space, analyser.tagger.vocabulary) as catalogue:
        yield catalogue


@pytest.fixture
def fitted(stored: SqliteCatalogue, make_services: Callable[..., Services], wav: Wav) -> Iterator[TestClient]:
    """Eight tracks, a fit, and one track that came later."""
    with TestClient(create_app(Services(make_services().analyser, stored, InferencePool(2, 4)), Settings())) as client:
        for n in range(9):
            if n == 8:
                stored.map.fit("pca")
            files = {"file": (f"track {n}.wav", wav(110.0 * 1.2**n))}
            assert client.post("/v1/tracks", files=files).status_code == 201
        yield client


def test_an_empty_catalogue(client: TestClient) -> None:
    assert client.get("/v1/map").json() == {
        "method": "pca",
        "fitted_at": None,
        "tracks": 0,
        "placed": 0,
        "clusters": [],
        "points": [],
        "next_cursor": None,
    }


def test_before_the_first_fit(filled: TestClient) -> None:
    body = filled.get("/v1/map").json()
    assert (body["method"], body["fitted_at"], body["tracks"], body["placed"]) == ("pca", None, 8, 0)
    tracks = filled.get("/v1/tracks").json()["tracks"]
    told = [(point["track_id"], point["title"], point["artist"]) for point in body["points"]]
    assert told == [(track["id"], track["title"], track["artist"]) for track in tracks]
    xs, ys = ([point[axis] for point in body["points"]] for axis in "xy")
    assert max(max(xs) - min(xs), max(ys) - min(ys)) == 1.0
    assert sum(cluster["size"] for cluster in body["clusters"]) == 8
    assert filled.get("/v1/map").json() == body


def test_after_a_fit_later_tracks_are_placed(fitted: TestClient) -> None:
    body = fitted.get("/v1/map").json()
    assert (body["tracks"], body["placed"], len(body["points"])) == (9, 1, 9)
    assert body["fitted_at"].endswith("Z")
    assert [cluster["id"] for cluster in body["clusters"]] == sorted({point["cluster"] for point in body["points"]})
    assert all(cluster["name"] and cluster["size"] for cluster in body["clusters"])
    gone = body["points"].pop(3)["track_id"]
    assert fitted.delete(f"/v1/tracks/{gone}").status_code == 204
    after = fitted.get("/v1/map").json()
    assert after["points"][:7] == body["points"][:7]
    assert after["tracks"] == 8


@pytest.mark.parametrize("kind", ["filled", "fitted"])
def test_pages_cover_everything_once(kind: str, request: pytest.FixtureRequest) -> None:
    client: TestClient = request.getfixturevalue(kind)
    whole = client.get("/v1/map").json()
    points: list[Any] = []
    cursor = None
    while True:
        page = client.get("/v1/map", params={"limit": 3} | ({} if cursor is None else {"cursor": cursor})).json()
        assert page["clusters"] == whole["clusters"]
        points += page["points"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert points == whole["points"]
    assert client.get("/v1/map", params={"limit": len(points)}).json()["next_cursor"] is None


@pytest.mark.parametrize("params", ["limit=0", "limit=10001", "limit=x", "cursor=", "page=2"])
def test_queries_that_make_no_sense(client: TestClient, params: str) -> None:
    response = client.get(f"/v1/map?{params}")
    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")


def test_cursors_of_other_operations_are_refused(filled: TestClient) -> None:
    foreign = filled.get("/v1/tracks?limit=1").json()["next_cursor"]
    for cursor in (foreign, "abc", "....", "a" * 200):
        response = filled.get("/v1/map", params={"cursor": cursor})
        assert (response.status_code, response.json()["code"]) == (422, "invalid_cursor")


def test_examples_of_the_documentation(fitted: TestClient) -> None:
    section = PAGE.read_text().partition("\n## Map\n")[2].partition("\n## ")[0]
    lines = [line for block in re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S) for line in block.splitlines()]
    assert len(lines) == 2
    cursor = fitted.get("/v1/map?limit=5").json()["next_cursor"]
    for line in lines:
        (url,) = [word for word in shlex.split(line.replace("$NEXT", cursor)) if word.startswith(SERVER)]
        assert fitted.get(url.removeprefix(SERVER)).status_code == 200
