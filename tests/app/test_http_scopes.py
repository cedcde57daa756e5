"""Recommendations within collections, without what was played lately, and with presets, over the real catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.pool import InferencePool
from app.services import Services
from app.settings import Settings
from index.store import open_catalogue


@pytest.fixture
def real(tmp_path: Path, make_services: Callable[..., Services], wav: Callable[..., bytes]) -> Iterator[TestClient]:
    """Fakes that listen, over a catalogue on disk with six tracks."""
    analyser = make_services().analyser
    catalogue = open_catalogue(tmp_path / "catalogue", analyser.space, analyser.tagger.vocabulary)
    with TestClient(create_app(Services(analyser, catalogue, InferencePool(1, 2)), Settings())) as client:
        for n in range(6):
            client.post("/v1/tracks", files={"file": (f"{n}.wav", wav(110.0 * 1.2**n))})
        yield client


@pytest.fixture
def ids(real: TestClient) -> list[str]:
    return [track["id"] for track in real.get("/v1/tracks").json()["tracks"]]


def found(client: TestClient, track_id: str, **params: Any) -> list[str]:
    body = {"track_id": track_id, "tags": {"min_shared": 0}, "limit": 50, **params}
    response = client.post("/v1/recommendations", json=body)
    assert response.status_code == 200, response.text
    return sorted(result["track"]["id"] for result in response.json()["results"])


def test_results_come_from_the_collections_named(real: TestClient, ids: list[str]) -> None:
    made = [real.post("/v1/collections", json={"name": name}).json()["id"] for name in ("first", "second")]
    real.post(f"/v1/collections/{made[0]}/tracks", json={"ids": ids[:3]})
    real.post(f"/v1/collections/{made[1]}/tracks", json={"ids": [ids[4]]})
    assert found(real, ids[0], scope={"collection_ids": [made[0]]}) == ids[1:3]
    assert found(real, ids[5], scope={"collection_ids": made}) == [*ids[:3], ids[4]]
    real.delete(f"/v1/collections/{made[0]}/tracks/{ids[1]}")
    assert found(real, ids[0], scope={"collection_ids": [made[0]]}) == [ids[2]]


def test_what_was_played_lately_is_left_out(real: TestClient, ids: list[str]) -> None:
    for track_id, hours in ((ids[1], 1), (ids[2], 30)):
        played_at = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
        assert real.post("/v1/listens", json={"track_id": track_id, "played_at": played_at}).status_code == 201
    assert found(real, ids[0]) == ids[1:]
    assert found(real, ids[0], diversity={"not_played_within_hours": 24}) == ids[2:]
    assert found(real, ids[0], diversity={"not_played_within_hours": 48}) == ids[3:]
    real.delete("/v1/listens")
    assert found(real, ids[0], diversity={"not_played_within_hours": 48}) == ids[1:]


def test_a_saved_preset_ranks_as_its_weights_do(real: TestClient, ids: list[str]) -> None:
    weights = {"sound": 0.2, "tags": 0.0, "tempo": 0.7, "key": 0.0, "energy": 0.1, "segue": 0.0}
    real.put("/v1/mixer-presets/mine", json={"weights": weights})
    told = [{"preset": "mine"}, {"weights": weights}]
    answers = [real.post("/v1/recommendations", json={"track_id": ids[0], **each}).json() for each in told]
    assert answers[0]["results"] == answers[1]["results"] != []
    assert answers[0]["weights"] == weights
    refused = real.post("/v1/recommendations", json={"track_id": ids[0], "preset": "nothing"})
    assert (refused.status_code, refused.json()["code"]) == (404, "preset_not_found")
