"""The catalogue over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.services import Services
from app.settings import Settings
from segue.track import Description

Wav = Callable[..., bytes]


@pytest.fixture
def track(client: TestClient, wav: Wav) -> Any:
    response = client.post("/v1/tracks", files={"file": ("My Demo.final.wav", wav())}, data={"album": "Sketches"})
    assert response.status_code == 201
    assert response.headers["location"] == f"/v1/tracks/{response.json()['id']}"
    return response.json()


def test_upload_becomes_a_track(client: TestClient, track: Any) -> None:
    assert track["title"] == "My Demo.final"  # no metadata: the file's name
    assert track["artist"] == "Metadata Artist"
    assert track["album"] == "Sketches"
    assert track["path"] is None
    assert client.get(f"/v1/tracks/{track['id']}").json() == track


def test_names_of_files_that_are_no_utf8(client: TestClient, services: Services, wav: Wav, tmp_path: Path) -> None:
    """A folder on disk may hold any bytes as a name; no operation breaks on them."""
    file = tmp_path / "d\udcffj.wav"
    file.write_bytes(wav(137.0))
    new = services.analyser.new_track(file, Description(path=str(file)))
    services.catalogue.add(new)
    [told] = client.get("/v1/tracks").json()["tracks"]
    assert told["path"] == str(tmp_path / "d?j.wav")
    one = {"track_id": told["id"], "length": 1, "play_seed": True}
    assert client.post("/v1/playlists", json=one).json()["tracks"][0]["track"] == told
    assert "d?j.wav\n" in client.post("/v1/playlists?format=m3u8", json=one).text
    assert client.get("/v1/map").status_code == 200


def test_same_recording_again_is_answered_unchanged(client: TestClient, track: Any, wav: Wav) -> None:
    again = client.post("/v1/tracks", files={"file": ("other name.wav", wav())}, data={"title": "Other"})
    assert again.status_code == 200
    assert again.json() == track
    assert again.headers["location"].endswith(track["id"])


def test_folders_and_control_characters_leave_file_names(client: TestClient, wav: Wav) -> None:
    response = client.post("/v1/tracks", files={"file": ("C:\\secret\\..\\Break\x7f.wav", wav())})
    assert response.json()["title"].startswith("Break")
    assert response.json()["title"].isprintable()


@pytest.mark.parametrize("value", ["", "a\nb", "nul\0", "x" * 501])
def test_titles_are_one_line_of_text(client: TestClient, wav: Wav, value: str) -> None:
    response = client.post("/v1/tracks", files={"file": ("a.wav", wav())}, data={"title": value})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/title")


def test_pages_cover_everything_once_and_in_order(filled: TestClient) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 3} | ({} if cursor is None else {"cursor": cursor})
        page = filled.get("/v1/tracks", params=params).json()
        seen += [track["id"] for track in page["tracks"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        if len(seen) == 3:  # a track that goes meanwhile makes none repeat or skip
            filled.delete(f"/v1/tracks/{seen[-1]}")
    assert len(seen) == len(set(seen)) == 8
    assert seen == sorted(seen)


def test_last_page_that_is_full_has_no_next(filled: TestClient) -> None:
    assert filled.get("/v1/tracks?limit=8").json()["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["abc", "%00", "é", "MTow=", "MDpY", "....", "a" * 200])
def test_foreign_cursors_are_refused(client: TestClient, cursor: str) -> None:
    response = client.get("/v1/tracks", params={"cursor": cursor})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_cursor")


def test_overrides_win_move_the_ranking_and_are_cleared(client: TestClient, track: Any) -> None:
    url = f"/v1/tracks/{track['id']}"
    changed = client.patch(url, json={"bpm": 174.0, "key": "8A", "title": "New", "album": None}).json()
    assert changed["tempo"] == {"bpm": 174.0, "confidence": 1.0, "alternatives": []}
    assert (changed["key"]["name"], changed["key"]["confidence"]) == ("A minor", 1.0)
    assert (changed["title"], changed["album"], changed["artist"]) == ("New", None, "Metadata Artist")
    similar = client.get(f"{url}/similar").json()
    assert similar["query"]["tempo"]["bpm"] == 174.0
    cleared = client.patch(url, json={"bpm": None, "key": None}).json()
    assert (cleared["tempo"], cleared["key"]) == (track["tempo"], track["key"])
    assert client.patch(url, json={}).json() == cleared


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (b'{"bpm": 19.9}', "validation_failed"),
        (b'{"bpm": 401}', "validation_failed"),
        (b'{"bpm": 1e999}', "validation_failed"),
        (b'{"bpm": NaN}', "validation_failed"),
        (b'{"bpm": "fast"}', "validation_failed"),
        (b'{"bpm": 120, "energy": 1}', "validation_failed"),
        (b'{"title": "a\\u0000b"}', "validation_failed"),
        (b'{"title": "\\udfff"}', "malformed_body"),
        (b'{"key": "H minor"}', "unknown_key"),
        (b'{"key": "13A"}', "unknown_key"),
        (b"{", "malformed_body"),
        (b"\xff\xfe", "malformed_body"),
        (b"null", "validation_failed"),
    ],
)
def test_changes_that_make_no_sense(client: TestClient, track: Any, changes: bytes, code: str) -> None:
    headers = {"content-type": "application/json"}
    response = client.patch(f"/v1/tracks/{track['id']}", content=changes, headers=headers)
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert client.get(f"/v1/tracks/{track['id']}").json() == track


def test_json_bodies_have_a_limit_of_their_own(
    make_services: Callable[..., Services], client: TestClient, track: Any
) -> None:
    roomy = TestClient(create_app(make_services(), Settings(max_upload_mib=8)))
    response = roomy.patch("/v1/tracks/x", json={"title": "x" * 2_000_000})
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    headers = {"content-type": "application/json"}
    nested = client.patch("/v1/tracks/x", content=b'{"title":' + b"[" * 200_000, headers=headers)
    assert (nested.status_code, nested.json()["code"]) == (422, "malformed_body")


def test_deleted_is_gone(client: TestClient, track: Any) -> None:
    url = f"/v1/tracks/{track['id']}"
    gone = client.delete(url)
    assert (gone.status_code, gone.content) == (204, b"")
    for method in ("GET", "DELETE"):
        response = client.request(method, url)
        assert (response.status_code, response.json()["code"]) == (404, "track_not_found")
    assert client.patch(url, json={"bpm": 100}).status_code == 404
    assert client.get(f"{url}/similar").status_code == 404


@pytest.mark.parametrize("track_id", ["a%00b", "a.b", "x" * 65, "%F0%9F%8E%B5"])
def test_ids_that_cannot_be_are_422(client: TestClient, track_id: str) -> None:
    response = client.get(f"/v1/tracks/{track_id}")
    assert (response.status_code, response.json()["errors"][0]["where"]) == (422, "path")


def test_unknown_query_parameters_are_refused(client: TestClient) -> None:
    response = client.get("/v1/tracks?limt=3")
    assert response.status_code == 422
    assert response.json()["errors"][0] == {
        "where": "query",
        "pointer": "/limt",
        "detail": "Extra inputs are not permitted",
    }
