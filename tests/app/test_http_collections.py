"""Collections over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

HEADERS = {"content-type": "application/json"}


def make(client: TestClient, name: str) -> Any:
    response = client.post("/v1/collections", json={"name": name})
    assert response.status_code == 201, response.text
    return response.json()


def track_ids(client: TestClient) -> list[str]:
    return [track["id"] for track in client.get("/v1/tracks").json()["tracks"]]


def pages(client: TestClient, url: str, name: str, limit: int) -> list[Any]:
    """Everything on the pages of a list."""
    seen: list[Any] = []
    cursor = None
    while True:
        page = client.get(url, params={"limit": limit} | ({} if cursor is None else {"cursor": cursor})).json()
        assert len(page[name]) <= limit
        seen += page[name]
        cursor = page["next_cursor"]
        if cursor is None:
            return seen


def test_a_collection_from_beginning_to_end(filled: TestClient) -> None:
    ids = track_ids(filled)
    made = filled.post("/v1/collections", json={"name": "  Warm-up "})
    url = f"/v1/collections/{made.json()['id']}"
    assert (made.status_code, made.headers["location"]) == (201, url)
    assert (made.json()["name"], made.json()["track_count"]) == ("Warm-up", 0)
    assert made.json()["created_at"].endswith("Z")
    assert filled.get(url).json() == made.json()
    for _ in range(2):  # twice is as good as once
        added = filled.post(f"{url}/tracks", json={"ids": [ids[4], ids[2], ids[4]]})
        assert (added.status_code, added.json()["track_count"]) == (200, 2)
    assert [track["id"] for track in filled.get(f"{url}/tracks").json()["tracks"]] == [ids[2], ids[4]]
    renamed = filled.patch(url, json={"name": "Peak time"})
    assert (renamed.status_code, renamed.json()) == (200, {**added.json(), "name": "Peak time"})
    for _ in range(2):
        assert filled.delete(f"{url}/tracks/{ids[2]}").status_code == 204
    assert filled.get(url).json()["track_count"] == 1
    filled.delete(f"/v1/tracks/{ids[4]}")  # out of the catalogue, out of the collection
    assert filled.get(url).json()["track_count"] == 0
    assert (filled.delete(url).status_code, filled.get(url).status_code) == (204, 404)
    assert len(track_ids(filled)) == 7


def test_lists_come_page_by_page(filled: TestClient) -> None:
    ids = track_ids(filled)
    made = [make(filled, f"number {n}") for n in range(5)]
    url = f"/v1/collections/{made[0]['id']}/tracks"
    filled.post(url, json={"ids": ids[:7]})
    assert [each["id"] for each in pages(filled, "/v1/collections", "collections", 2)] == [each["id"] for each in made]
    assert [track["id"] for track in pages(filled, url, "tracks", 3)] == ids[:7]
    assert filled.get(url, params={"limit": 7}).json()["next_cursor"] is None


def test_cursors_of_other_lists_are_refused(filled: TestClient) -> None:
    made = [make(filled, f"number {n}") for n in range(2)]
    url = f"/v1/collections/{made[0]['id']}/tracks"
    filled.post(url, json={"ids": track_ids(filled)})
    cursors = [filled.get(each, params={"limit": 1}).json()["next_cursor"] for each in ("/v1/collections", url)]
    for each, cursor in (("/v1/collections", cursors[1]), (url, cursors[0]), (url, "abc")):
        response = filled.get(each, params={"cursor": cursor})
        assert (response.status_code, response.json()["code"]) == (422, "invalid_cursor")


def test_names_belong_to_one_collection(client: TestClient) -> None:
    made, other = make(client, "Warm-up"), make(client, "Other")
    for response in (
        client.post("/v1/collections", json={"name": "Warm-up "}),
        client.patch(f"/v1/collections/{other['id']}", json={"name": "Warm-up"}),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "collection_exists")
        assert "'Warm-up'" in response.json()["detail"]
    assert client.patch(f"/v1/collections/{made['id']}", json={"name": "Warm-up"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"name": ""}', "validation_failed"),
        (b'{"name": "   "}', "validation_failed"),
        (b'{"name": "a\\nb"}', "validation_failed"),
        (b'{"name": "a\\u202eb"}', "invalid_request"),
        (b'{"name": "\\u00a0"}', "invalid_request"),
        (b'{"name": "\\udfff"}', "malformed_body"),
        (b'{"name": "%s"}' % (b"x" * 61), "validation_failed"),
        (b'{"name": 1}', "validation_failed"),
        (b'{"name": "a", "id": "b"}', "validation_failed"),
        (b"{}", "validation_failed"),
        (b"{", "malformed_body"),
    ],
)
def test_names_that_make_no_sense(client: TestClient, body: bytes, code: str) -> None:
    url = f"/v1/collections/{make(client, 'a')['id']}"
    for method, place in (("POST", "/v1/collections"), ("PATCH", url)):
        response = client.request(method, place, content=body, headers=HEADERS)
        assert (response.status_code, response.json()["code"]) == (422, code)
    assert client.get(url).json()["name"] == "a"


@pytest.mark.parametrize("ids", [[], ["a.b"], [""], [1], "a", None, ["x"] * 1001])
def test_ids_that_make_no_sense(client: TestClient, ids: Any) -> None:
    url = f"/v1/collections/{make(client, 'a')['id']}/tracks"
    response = client.post(url, json={"ids": ids})
    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")


def test_unknown_tracks_are_named_and_nothing_is_added(filled: TestClient) -> None:
    url = f"/v1/collections/{make(filled, 'a')['id']}"
    response = filled.post(f"{url}/tracks", json={"ids": [track_ids(filled)[0], "nowhere", "never"]})
    assert (response.status_code, response.json()["code"]) == (404, "track_not_found")
    assert "'never', 'nowhere'" in response.json()["detail"]
    assert filled.get(url).json()["track_count"] == 0


def test_collections_that_are_not_there(filled: TestClient) -> None:
    url, track_id = "/v1/collections/nowhere", track_ids(filled)[0]
    for response in (
        filled.get(url),
        filled.patch(url, json={"name": "a"}),
        filled.delete(url),
        filled.get(f"{url}/tracks"),
        filled.post(f"{url}/tracks", json={"ids": [track_id]}),
        filled.delete(f"{url}/tracks/{track_id}"),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "collection_not_found")


def test_browsers_may_save(make_services: Any) -> None:
    from app.main import create_app
    from app.settings import Settings

    client = TestClient(create_app(make_services(), Settings(cors_origins=["https://dj.example"])))
    headers = {"Origin": "https://dj.example", "Access-Control-Request-Method": "PUT"}
    response = client.options("/v1/mixer-presets/mine", headers=headers)
    assert "PUT" in response.headers["access-control-allow-methods"]
