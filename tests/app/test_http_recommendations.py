"""Recommendations over HTTP: both bodies, every parameter, and the shape of the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

Wav = Callable[..., bytes]


def ask(client: TestClient, audio: bytes, params: Any = None) -> Any:
    data = {} if params is None else {"params": params if isinstance(params, str) else json.dumps(params)}
    return client.post("/v1/recommendations", files={"file": ("unreleased.wav", audio)}, data=data)


def first_id(client: TestClient) -> str:
    return str(client.get("/v1/tracks").json()["tracks"][0]["id"])


def test_upload_is_answered_with_ranked_and_explained_tracks(filled: TestClient, wav: Wav) -> None:
    body = ask(filled, wav(123.0), {"limit": 3}).json()
    results = body["results"]
    assert [result["rank"] for result in results] == [1, 2, 3]
    assert [r["similarity"] for r in results] == sorted((r["similarity"] for r in results), reverse=True)
    assert set(results[0]["components"]) == {"sound", "tags", "tempo", "key", "energy", "segue"}
    assert all(len(result["reasons"]) >= 3 for result in results)
    assert body["pool"]["catalogue"] == 8
    assert len(body["query"]["tags"]) == 8
    assert body["model"]["tagger"] == "fake-tagger@0"


def test_same_request_gets_the_same_answer(filled: TestClient, wav: Wav) -> None:
    answers = [ask(filled, wav(140.0), {"limit": 8}).json() for _ in range(2)]
    assert answers[0] == answers[1]


def test_nothing_of_a_query_is_stored(filled: TestClient, wav: Wav) -> None:
    before = filled.get("/readyz").json()["tracks"]
    ask(filled, wav(123.0))
    assert filled.get("/readyz").json()["tracks"] == before


def test_the_query_itself_is_never_a_result(filled: TestClient, wav: Wav) -> None:
    tracks = filled.get("/v1/tracks").json()["tracks"]
    by_upload = ask(filled, wav(110.0), {"tags": {"min_shared": 0}, "limit": 100}).json()
    by_id = filled.post(
        "/v1/recommendations", json={"track_id": tracks[0]["id"], "tags": {"min_shared": 0}, "limit": 100}
    ).json()
    assert tracks[0]["id"] not in {result["track"]["id"] for result in by_upload["results"]}
    assert by_upload["results"] == by_id["results"]
    assert len(by_id["results"]) == 7


def test_params_may_come_as_a_json_blob(filled: TestClient, wav: Wav) -> None:
    files = {"file": ("a.wav", wav()), "params": ("blob", b'{"limit": 2}', "application/json")}
    assert len(filled.post("/v1/recommendations", files=files).json()["results"]) == 2


def test_weights_move_the_ranking_and_silence_axes(filled: TestClient) -> None:
    track_id = first_id(filled)
    silent = {"sound": 0, "tags": 0, "tempo": 0, "energy": 0}
    body = filled.post(
        "/v1/recommendations", json={"track_id": track_id, "weights": {**silent, "key": 3}, "tags": {"min_shared": 0}}
    ).json()
    for result in body["results"]:
        assert result["similarity"] == pytest.approx(max(0.0, result["components"]["key"]), abs=1e-3)


def test_get_similar_agrees_with_post(filled: TestClient) -> None:
    track_id = first_id(filled)
    got = filled.get(f"/v1/tracks/{track_id}/similar", params={"limit": 3, "w_tempo": 2, "min_shared": 1}).json()
    asked = {"track_id": track_id, "limit": 3, "weights": {"tempo": 2}, "tags": {"min_shared": 1}}
    assert got == filled.post("/v1/recommendations", json=asked).json()


def test_include_exclude_and_exclude_ids_are_kept(filled: TestClient, wav: Wav) -> None:
    tags = {"include": ["bass"], "exclude": ["instrument---piano"], "min_shared": 0}
    found = ask(filled, wav(123.0), {"tags": tags}).json()["results"]
    for result in found:
        active = {tag["name"] for tag in result["track"]["tags"]}
        assert "bass" in active
        assert "piano" not in active
    excluded = found[0]["track"]["id"]
    left = ask(filled, wav(123.0), {"tags": tags, "exclude_ids": [excluded]}).json()["results"]
    assert [r["track"]["id"] for r in left] == [r["track"]["id"] for r in found[1:]]


def test_gate_relaxes_with_a_warning_or_keeps(filled: TestClient, wav: Wav) -> None:
    relaxed = ask(filled, wav(123.0), {"limit": 8}).json()
    assert relaxed["pool"]["relaxed"] != "as_asked"
    assert "gate_relaxed" in {warning["code"] for warning in relaxed["warnings"]}
    kept = ask(filled, wav(123.0), {"limit": 8, "tags": {"on_empty": "keep"}}).json()
    assert kept["pool"]["relaxed"] == "as_asked"
    assert len(kept["results"]) == kept["pool"]["as_asked"] < 8


def test_empty_catalogue_is_no_error(client: TestClient, wav: Wav) -> None:
    body = ask(client, wav()).json()
    assert body["results"] == []
    assert [warning["code"] for warning in body["warnings"]] == ["empty_catalogue"]


@pytest.mark.parametrize(
    ("params", "code", "pointer"),
    [
        ({"limit": 0}, "validation_failed", "/params/limit"),
        ({"limit": 101}, "validation_failed", "/params/limit"),
        ({"limit": 10**400}, "validation_failed", "/params/limit"),
        ({"min_similarity": 1.1}, "validation_failed", "/params/min_similarity"),
        ('{"min_similarity": NaN}', "validation_failed", "/params/min_similarity"),
        ('{"weights": {"key": Infinity}}', "validation_failed", "/params/weights/key"),
        ({"weights": {"key": -1}}, "validation_failed", "/params/weights/key"),
        ({"colour": "red"}, "validation_failed", "/params/colour"),
        ({"tags": {"moode": "any"}}, "validation_failed", "/params/tags/moode"),
        ({"tags": {"categories": ["mood"]}}, "validation_failed", "/params/tags/categories/0"),
        ({"exclude_ids": ["a\0b"]}, "validation_failed", "/params/exclude_ids/0"),
        ([], "validation_failed", "/params"),
        ('{"exclude_ids": ["\\ud800"]}', "malformed_body", None),
        ('{"limit": 1', "malformed_body", None),
        ("", "malformed_body", None),
        ({"tags": {"include": ["tekno"]}}, "unknown_tag", None),
        ({"tags": {"include": ["\0"]}}, "unknown_tag", None),
        (dict(weights=dict.fromkeys(("sound", "tags", "tempo", "key", "energy"), 0)), "invalid_request", None),
    ],
)
def test_params_that_make_no_sense(filled: TestClient, wav: Wav, params: Any, code: str, pointer: str | None) -> None:
    response = ask(filled, wav(), params)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, code)
    assert response.headers["content-type"] == "application/problem+json"
    if pointer is not None:
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
        assert problem["errors"][0]["where"] == "body"


def test_unknown_track_is_404(client: TestClient) -> None:
    response = client.post("/v1/recommendations", json={"track_id": "nope"})
    assert (response.status_code, response.json()["code"]) == (404, "track_not_found")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
def test_other_content_types_are_415(client: TestClient, content_type: str) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = client.post("/v1/recommendations", content=b"track_id=1", headers=headers)
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
