"""Transitions over HTTP: one pair explained, every parameter, caveats, and what is refused."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.schemas.transitions import TransitionBody
from app.services import Services
from app.transition_words import moment, transition_caveats, transition_reasons
from segue.bars import BarGrid
from segue.key import Key
from segue.segue_points import Caveat, Playable, transition

PAGE = (Path(__file__).parents[2] / "docs" / "http.md").read_text()
SECTION = PAGE.partition("\n## Transitions\n")[2].partition("\n## ")[0]
Wav = Callable[..., bytes]


@pytest.fixture
def pair(client: TestClient, wav: Wav) -> tuple[str, str]:
    """Ids of two tracks of 30 seconds: 11 bars each, neither with intro nor outro."""
    ids = []
    for hz in (110.0, 165.0):
        files = {"file": (f"{hz}.wav", wav(hz, seconds=30.0, level=0.2))}
        ids.append(client.post("/v1/tracks", files=files).json()["id"])
    return ids[0], ids[1]


def ask(client: TestClient, pair: tuple[str, str], **more: Any) -> Any:
    return client.get("/v1/transitions", params={"from_id": pair[0], "to_id": pair[1], **more})


def test_one_pair_is_explained(client: TestClient, pair: tuple[str, str]) -> None:
    body = ask(client, pair).json()
    assert (body["from_track"]["id"], body["to_track"]["id"]) == pair
    scores = [one["score"] for one in body["transitions"]]
    assert scores == sorted(scores, reverse=True) and scores
    best = body["transitions"][0]
    assert 0 <= best["mix_out_seconds"] < 30 and 0 <= best["mix_in_seconds"] < 30
    assert best["overlap_bars"] == 8 and best["confidence"] == 0.5
    assert len(best["reasons"]) >= 4
    assert [caveat["code"] for caveat in best["caveats"]] == ["no_outro", "no_intro"]
    assert ask(client, pair).json() == body


def test_an_overlap_may_be_asked_for(client: TestClient, pair: tuple[str, str]) -> None:
    assert {one["overlap_bars"] for one in ask(client, pair, overlap_bars=8).json()["transitions"]} == {8}
    (one,) = ask(client, pair, overlap_bars=32).json()["transitions"]
    assert one["overlap_bars"] == 0 and "too_short" in [caveat["code"] for caveat in one["caveats"]]


def test_tracks_without_bars_get_points_at_their_edges(filled: TestClient) -> None:
    ids = [track["id"] for track in filled.get("/v1/tracks").json()["tracks"]]
    best = ask(filled, (ids[0], ids[1])).json()["transitions"][0]
    assert best["confidence"] == 0 and best["mix_in_seconds"] == 0
    assert best["level_out"] is None
    assert {"no_bars_out", "no_bars_in"} <= {caveat["code"] for caveat in best["caveats"]}


def test_overrides_of_tempo_and_key_count(client: TestClient, pair: tuple[str, str]) -> None:
    client.patch(f"/v1/tracks/{pair[0]}", json={"bpm": 100.0, "key": "8A"})
    client.patch(f"/v1/tracks/{pair[1]}", json={"bpm": 125.0, "key": "9A"})
    best = ask(client, pair).json()["transitions"][0]
    assert best["pitch_pct"] == pytest.approx(-20.0)
    assert best["key"]["camelot"] == "9A" and best["key"]["relation"] == "adjacent"
    assert best["key_without_lock"]["camelot"] == "5A"
    assert best["caveats"][-1]["code"] == "out_of_pitch_range"


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"overlap_bars": 12}, 422, "invalid_request"),
        ({"overlap_bars": "long"}, 422, "validation_failed"),
        ({"from_id": "no such"}, 422, "validation_failed"),
        ({"to_id": "01JD0000000000000000000000"}, 404, "track_not_found"),
        ({"bars": 8}, 422, "validation_failed"),
    ],
)
def test_refusals(client: TestClient, pair: tuple[str, str], params: Any, status: int, code: str) -> None:
    response = ask(client, pair, **params)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_ids_are_needed(client: TestClient, pair: tuple[str, str]) -> None:
    response = client.get("/v1/transitions", params={"from_id": pair[0]})
    assert response.json()["errors"][0]["pointer"] == "/to_id"


def test_examples_of_the_documentation_run(client: TestClient, pair: tuple[str, str]) -> None:
    lines = [line for line in SECTION.splitlines() if line.startswith("curl")]
    assert len(lines) == 2
    for line in lines:
        url = shlex.split(line.replace("$TRACK", pair[0]).replace("$OTHER", pair[1]))[-1]
        assert client.get(url.removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_every_parameter_caveat_and_field_is_documented() -> None:
    told = set(re.findall(r"`(\w+)`", SECTION))
    assert {"from_id", "to_id", "overlap_bars", *get_args(Caveat)} <= told
    fields = set(TransitionBody.model_fields) - {"tempo_ratio", "key", "key_without_lock"}  # told in words
    assert fields <= told


def playable(bpm: float, key: str) -> Playable:
    levels = np.array([0.4] * 16 + [1.0] * 32 + [0.4] * 16, dtype=np.float32)
    grid = BarGrid((np.arange(64) * 240 / bpm).astype(np.float32), levels, 0, 0.8)
    return Playable(bpm, Key.parse(key), 64 * 240 / bpm, np.eye(4, dtype=np.float32), grid)


def test_words() -> None:
    from_, to = playable(120.0, "8A"), playable(126.0, "9A")
    found = transition(from_, to)
    assert transition_caveats(found) == []
    assert transition_reasons(found, from_, to) == [
        "Start the next track at 0:00.0 when the first one is at 1:36.0; both play for 16 bars (32.0 s).",
        "The overlap lies in the outro of the first track.",
        "The body of the next track enters when the overlap ends.",
        "126.0 BPM beats at the tempo of 120.0 when pitched -4.8 %.",
        "8A to 9A is adjacent with key lock; without, it becomes 2A, distant.",
        "During the overlap their sounds have a cosine of 0.50.",
    ]
    far = playable(150.0, "8A")
    assert "out of pitch range" in " ".join(transition_reasons(transition(from_, far), from_, far))
    assert transition_caveats(transition(from_, far))[0][1].endswith("pitched -20.0 %.")


def test_services_hold_what_the_embedder_heard(services: Services, client: TestClient, pair: tuple[str, str]) -> None:
    grid = services.catalogue.bars(pair[0])
    assert grid is not None and len(grid) >= 11


@pytest.mark.parametrize(("seconds", "text"), [(0.0, "0:00.0"), (59.96, "1:00.0"), (224.25, "3:44.2")])
def test_moments(seconds: float, text: str) -> None:
    assert moment(seconds) == text
