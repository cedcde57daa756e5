"""Next over HTTP: pieces of audio with a rolling state, tracks at a position, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from app.main import create_app
from app.services import Services
from app.sessions import LiveSessions
from app.settings import Settings
from segue.errors import SessionNotFound, SilentAudio
from segue.ports import Decoded

Wav = Callable[..., bytes]


def post(client: TestClient, audio: bytes, session: str | None = None, params: Any = None) -> Any:
    data = {} if session is None else {"session": session}
    if params is not None:
        data["params"] = json.dumps(params)
    return client.post("/v1/next", files={"file": ("piece.wav", audio)}, data=data)


def ask(client: TestClient, **told: Any) -> Any:
    return client.post("/v1/next", json=told)


def problem(response: Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def ids(body: Any) -> list[str]:
    return [result["track"]["id"] for result in body["results"]]


def test_the_first_piece_is_answered(filled: TestClient, wav: Wav) -> None:
    response = post(filled, wav(137.0), params={"limit": 3})
    body = response.json()
    assert response.status_code == 200
    assert len(body["session"]) == 32
    assert body["heard_seconds"] == 2.0
    assert [result["rank"] for result in body["results"]] == [1, 2, 3]
    assert body["weights"]["segue"] > 0 == body["weights"]["sound"]
    assert any("what it follows" in reason for reason in body["results"][0]["reasons"])
    assert len(body["tags"]) == 8


def test_a_session_goes_on(filled: TestClient, wav: Wav) -> None:
    first = post(filled, wav(137.0)).json()
    second = post(filled, wav(137.0), first["session"]).json()
    assert second["session"] == first["session"]
    assert (first["heard_seconds"], second["heard_seconds"]) == (2.0, 4.0)
    other = post(filled, wav(137.0)).json()
    assert other["session"] != first["session"]


def test_an_empty_session_begins_one(filled: TestClient, wav: Wav) -> None:
    assert post(filled, wav(137.0), "").json()["heard_seconds"] == 2.0


def test_the_state_follows_a_change_within_half_a_minute(filled: TestClient, wav: Wav) -> None:
    session = None
    for _ in range(6):
        before = post(filled, wav(110.0, seconds=10.0, level=0.1), session).json()
        session = before["session"]
    for _ in range(3):
        after = post(filled, wav(233.0, seconds=10.0, level=0.5), session).json()
    alone = post(filled, wav(233.0, seconds=10.0, level=0.5)).json()
    assert before["tempo"]["bpm"] != alone["tempo"]["bpm"] == after["tempo"]["bpm"]
    assert before["key"]["name"] != alone["key"]["name"] == after["key"]["name"]
    assert after["energy"] > 0.7 * alone["energy"] + 0.3 * before["energy"]
    assert after["results"][0]["track"]["id"] == alone["results"][0]["track"]["id"]


def test_other_params_need_no_new_audio(filled: TestClient, wav: Wav) -> None:
    body = post(filled, wav(137.0), params={"limit": 8, "tags": {"min_shared": 0}}).json()
    again = ask(filled, session=body["session"], limit=8, tags={"min_shared": 0}).json()
    assert again == body
    fewer = ask(filled, session=body["session"], limit=2, match="track", energy={"direction": "up"}).json()
    assert len(fewer["results"]) <= 2
    assert all(result["track"]["energy"] >= body["energy"] - 1e-3 for result in fewer["results"])
    assert fewer["heard_seconds"] == body["heard_seconds"]


def test_pages_go_on_without_new_audio(filled: TestClient, wav: Wav) -> None:
    params = {"limit": 3, "tags": {"min_shared": 0}}
    body = post(filled, wav(2000.0), params=params).json()
    seen = ids(body)
    while cursor := body["next_cursor"]:
        body = ask(filled, session=body["session"], cursor=cursor, **params).json()
        seen += ids(body)
    assert len(seen) == len(set(seen)) == 8


def test_the_track_that_plays_is_told_and_left_out(filled: TestClient, wav: Wav) -> None:
    track_id = filled.post("/v1/tracks", files={"file": ("high.wav", wav(900.0, seconds=9.0))}).json()["id"]
    body = post(filled, wav(900.0, seconds=5.0), params={"limit": 9, "tags": {"min_shared": 0}}).json()
    assert body["playing"]["track"]["id"] == track_id
    assert body["playing"]["confidence"] >= 0.5
    assert track_id not in ids(body)
    assert len(body["results"]) == 8


def test_a_stranger_is_no_track_of_the_catalogue(filled: TestClient, wav: Wav) -> None:
    assert post(filled, wav(2000.0)).json()["playing"] is None


def test_a_track_at_a_position(filled: TestClient) -> None:
    track = filled.get("/v1/tracks").json()["tracks"][2]
    body = ask(filled, track_id=track["id"], position_seconds=1.5, limit=8, tags={"min_shared": 0}).json()
    assert (body["session"], body["heard_seconds"]) == (None, 0.0)
    assert (body["playing"]["track"]["id"], body["playing"]["confidence"]) == (track["id"], 1.0)
    assert body["tempo"] == track["tempo"]
    assert track["id"] not in ids(body) and len(body["results"]) == 7


def test_an_empty_catalogue_is_no_error(client: TestClient, wav: Wav) -> None:
    body = post(client, wav()).json()
    assert body["results"] == [] and body["playing"] is None
    assert [warning["code"] for warning in body["warnings"]] == ["empty_catalogue"]


def test_a_session_is_forgotten_when_told(filled: TestClient, wav: Wav) -> None:
    session = post(filled, wav()).json()["session"]
    assert filled.delete(f"/v1/next/{session}").status_code == 204
    for response in (
        filled.delete(f"/v1/next/{session}"),
        ask(filled, session=session),
        post(filled, wav(), session),
    ):
        assert problem(response) == (404, "session_not_found")


@pytest.mark.parametrize("session", ["0" * 32, "nope", "../etc", "x" * 300, "\N{SNOWMAN}"])
def test_a_wrong_session_is_found_out_before_anything_is_heard(
    filled: TestClient, services: Services, wav: Wav, session: str
) -> None:
    response = post(filled, b"no audio at all", session)
    assert problem(response) == (404, "session_not_found")
    assert len(services.sessions) == 0


@pytest.mark.parametrize(
    ("told", "code", "pointer"),
    [
        ({}, "validation_failed", ""),
        ({"track_id": "1"}, "validation_failed", ""),
        ({"position_seconds": 3.0}, "validation_failed", ""),
        ({"track_id": "1", "position_seconds": None}, "validation_failed", ""),
        ({"session": "0" * 32, "position_seconds": 3.0}, "validation_failed", ""),
        ({"session": "0" * 32, "track_id": "1", "position_seconds": 3.0}, "validation_failed", ""),
        ({"track_id": "1", "position_seconds": -1}, "validation_failed", "/position_seconds"),
        ({"track_id": "1", "position_seconds": "soon"}, "validation_failed", "/position_seconds"),
        ({"session": "NOPE"}, "validation_failed", "/session"),
        ({"session": "0" * 32, "seeds": []}, "validation_failed", "/seeds"),
    ],
)
def test_bodies_that_make_no_sense(filled: TestClient, told: dict[str, Any], code: str, pointer: str) -> None:
    response = ask(filled, **told)
    assert problem(response) == (422, code)
    assert all(error["pointer"].startswith(pointer) for error in response.json()["errors"])


def test_positions_and_tracks_that_are_not_there(filled: TestClient) -> None:
    track_id = filled.get("/v1/tracks").json()["tracks"][0]["id"]
    late = ask(filled, track_id=track_id, position_seconds=2.5)
    assert problem(late) == (422, "invalid_request")
    assert "the track lasts 2.0 seconds" in late.json()["detail"]
    assert problem(ask(filled, track_id="nope", position_seconds=1)) == (404, "track_not_found")


def test_params_are_refused_before_anything_is_heard(filled: TestClient, services: Services, wav: Wav) -> None:
    assert problem(post(filled, wav(), params={"limit": 0})) == (422, "validation_failed")
    assert problem(post(filled, wav(), params={"tags": {"include": ["tekno"]}})) == (422, "unknown_tag")
    assert problem(post(filled, wav(), params={"seeds": []})) == (422, "validation_failed")
    assert problem(post(filled, wav(), params={"cursor": "x"})) == (422, "invalid_cursor")
    assert problem(filled.post("/v1/next", content=b"x")) == (415, "unsupported_media_type")
    assert problem(filled.post("/v1/next", data={"session": "x"}, files={"other": b""})) == (422, "validation_failed")
    assert len(services.sessions) == 0


@pytest.mark.parametrize(("piece", "code"), [(b"", "empty_file"), (b"noise", "not_audio"), (None, "audio_too_short")])
def test_a_piece_that_cannot_be_heard_leaves_the_session_as_it_was(
    filled: TestClient, wav: Wav, piece: bytes | None, code: str
) -> None:
    session = post(filled, wav(137.0)).json()["session"]
    before = ask(filled, session=session).json()
    assert post(filled, wav(seconds=0.5) if piece is None else piece, session).json()["code"] == code
    assert ask(filled, session=session).json() == before


class Hush:
    """A decoder that hears silence from the second piece on."""

    def __init__(self, decode: Callable[[Any], Decoded]) -> None:
        self._decode = decode
        self.n_decoded = 0

    def decode(self, source: Any) -> Decoded:
        self.n_decoded += 1
        if self.n_decoded % 2 == 0:
            raise SilentAudio("There is nothing audible in the whole file.")
        return self._decode(source)


def test_silence_between_pieces_does_no_harm(make_services: Callable[..., Services], wav: Wav) -> None:
    services = make_services()
    hush = Hush(services.analyser.decoder.decode)
    object.__setattr__(services.analyser, "decoder", hush)
    with TestClient(create_app(services, Settings())) as client:
        session = post(client, wav(137.0)).json()["session"]
        for n in range(2, 8):
            response = post(client, wav(137.0), session)
            if n % 2 == 0:
                assert problem(response) == (422, "silent_audio")
            else:
                assert response.json()["heard_seconds"] == pytest.approx(n + 1)


def test_many_pieces_of_any_kind(filled: TestClient, wav: Wav) -> None:
    session = ""
    for n in range(25):
        body = post(filled, wav(60.0 * 1.15**n, seconds=1.0 + n % 4, level=0.02 * (1 + n % 7)), session).json()
        session = body["session"]
        assert len(body["results"]) == 8 - (body["playing"] is not None)
    assert body["heard_seconds"] == sum(1.0 + n % 4 for n in range(25))


def test_pieces_at_the_same_time_are_all_heard(filled: TestClient, services: Services, wav: Wav) -> None:
    session = post(filled, wav()).json()["session"]
    piece = services.sessions.get(session).pieces[0]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: services.sessions.hear(session, piece), range(200)))
    assert services.sessions.get(session).heard_seconds == 2.0 * 201


def test_sessions_are_bounded_and_end(services: Services, app: FastAPI, wav: Wav) -> None:
    with TestClient(app) as client:
        analysis = services.sessions.get(post(client, wav()).json()["session"]).pieces[0]
    now = 0.0
    sessions = LiveSessions(kept_seconds=10.0, max_kept=2, clock=lambda: now)
    first, _ = sessions.begin(analysis)
    second, _ = sessions.begin(analysis)
    assert sessions.hear(first, analysis).heard_seconds == 4.0  # used last
    third, _ = sessions.begin(analysis)
    with pytest.raises(SessionNotFound, match="There is no session"):
        sessions.get(second)
    now = 9.0
    sessions.get(third)
    now = 12.0
    with pytest.raises(SessionNotFound):
        sessions.hear(first, analysis)
    assert len(sessions) == 1
