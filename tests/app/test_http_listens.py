"""Listens over HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.cursors import make_cursor
from app.routes.listens import CURSOR


@pytest.fixture
def ids(filled: TestClient) -> list[str]:
    return [track["id"] for track in filled.get("/v1/tracks").json()["tracks"]]


def played(client: TestClient, **params: Any) -> list[tuple[str, str]]:
    page = client.get("/v1/listens", params=params).json()
    return [(listen["track_id"], listen["played_at"]) for listen in page["listens"]]


def test_plays_are_remembered_newest_first_and_forgotten(filled: TestClient, ids: list[str]) -> None:
    times = ["2026-01-01T23:00:00Z", "2026-01-02T01:30:00+01:00", "2026-01-01 22:00:00.5-00:00"]
    for track_id, time in zip(ids, times, strict=False):
        response = filled.post("/v1/listens", json={"track_id": track_id, "played_at": time})
        assert response.status_code == 201, response.text
    assert played(filled) == [
        (ids[1], "2026-01-02T00:30:00Z"),
        (ids[0], "2026-01-01T23:00:00Z"),
        (ids[2], "2026-01-01T22:00:00.500000Z"),
    ]
    gone = filled.delete("/v1/listens")
    assert (gone.status_code, gone.content, played(filled)) == (204, b"", [])
    assert filled.delete("/v1/listens").status_code == 204


@pytest.mark.parametrize("body", [{}, {"played_at": None}])
def test_without_a_time_it_is_now(filled: TestClient, ids: list[str], body: Any) -> None:
    before = datetime.now(UTC)
    told = filled.post("/v1/listens", json={"track_id": ids[0], **body}).json()
    assert before <= datetime.fromisoformat(told["played_at"]) <= datetime.now(UTC)
    assert filled.post("/v1/listens", json=told).json() == told  # told again, played once
    assert len(played(filled)) == 1


def test_pages(filled: TestClient, ids: list[str]) -> None:
    told = [(ids[n % 8], f"2026-01-01T00:00:{n // 3:02d}Z") for n in range(11)]  # three at a time
    for track_id, time in told:
        filled.post("/v1/listens", json={"track_id": track_id, "played_at": time})
    seen: list[tuple[str, str]] = []
    params: dict[str, Any] = {"limit": 4}
    while params.get("cursor", "") is not None:
        page = filled.get("/v1/listens", params=params).json()
        seen += [(listen["track_id"], listen["played_at"]) for listen in page["listens"]]
        params["cursor"] = page["next_cursor"]
        filled.post("/v1/listens", json={"track_id": ids[0]})  # what is played meanwhile moves nothing
    assert seen == told[::-1]


@pytest.mark.parametrize(
    "values", [("1.0",), ("1.0", 1, 1), ("x", 1), ("nan", 1), ("inf", 1), ("1.0", 2**70), ("1.0", -1), ("1.0", "x")]
)
def test_forged_cursors_are_refused(client: TestClient, values: tuple[Any, ...]) -> None:
    response = client.get("/v1/listens", params={"cursor": make_cursor(CURSOR, *values)})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_cursor")


@pytest.mark.parametrize(
    ("played_at", "code"),
    [
        ("2026-01-01T00:00:00", "validation_failed"),  # whose midnight?
        ("2026-01-01", "validation_failed"),
        ("2026-02-30T00:00:00Z", "validation_failed"),
        ("2026-01-01T25:00:00Z", "validation_failed"),
        ("yesterday", "validation_failed"),
        ("1767225600", "validation_failed"),
        (1767225600, "validation_failed"),
        (True, "validation_failed"),
        ("1969-12-31T23:59:59Z", "invalid_request"),
        ("0001-01-01T00:00:00+14:00", "invalid_request"),
        ("9999-12-31T23:59:59-14:00", "invalid_request"),
        ("9998-01-01T00:00:00Z", "invalid_request"),
    ],
)
def test_times_that_make_no_sense(filled: TestClient, ids: list[str], played_at: Any, code: str) -> None:
    response = filled.post("/v1/listens", json={"track_id": ids[0], "played_at": played_at})
    assert (response.status_code, response.json()["code"]) == (422, code), response.text
    assert played(filled) == []


def test_unknown_tracks_are_not_played(client: TestClient) -> None:
    response = client.post("/v1/listens", json={"track_id": "nowhere"})
    assert (response.status_code, response.json()["code"]) == (404, "track_not_found")
    assert client.post("/v1/listens", content=json.dumps({"track_id": "a"})).status_code == 415
    assert client.post("/v1/listens", json={}).json()["code"] == "validation_failed"


def test_a_track_that_goes_takes_its_plays_along(filled: TestClient, ids: list[str]) -> None:
    for track_id in ids[:2]:
        filled.post("/v1/listens", json={"track_id": track_id, "played_at": "2026-01-01T00:00:00Z"})
    filled.delete(f"/v1/tracks/{ids[0]}")
    assert played(filled) == [(ids[1], "2026-01-01T00:00:00Z")]
