"""Playlists and paths over HTTP: every way of seeding, the shape of the answer, files, and what is refused."""

from __future__ import annotations

import json
import ntpath
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.m3u import Entry, m3u8

Wav = Callable[..., bytes]
FREE = {"neighbours": {"max_bpm_drift_pct": None, "key_mode": "off"}, "tags": {"min_shared": 0}}


def ids(client: TestClient) -> list[str]:
    return [track["id"] for track in client.get("/v1/tracks").json()["tracks"]]


def ask(client: TestClient, path: str = "/v1/playlists", **body: Any) -> Any:
    response = client.post(path, json=FREE | body)
    assert response.status_code == 200, response.text
    return response.json()


def played(body: Any) -> list[str | None]:
    return [placed["track"] and placed["track"]["id"] for placed in body["tracks"]]


def test_a_set_from_a_track(filled: TestClient) -> None:
    first = ids(filled)[0]
    body = ask(filled, track_id=first, length=5)
    assert body["ended"] == {
        "code": "complete",
        "message": "All 5 tracks were found.",
        "conditions": [],
        "other_orders": 0,
        "all_followed": True,
    }
    assert len(set(played(body))) == 5 and first not in played(body)
    assert [placed["position"] for placed in body["tracks"]] == [1, 2, 3, 4, 5]
    assert body["tracks"][0]["move"] is None and body["tracks"][1]["move"]["key"]["relation"]
    assert body["pool"] == {"size": 7, "relaxed": "as_asked"}
    assert body["query"]["seeds"] == [{"track_id": first, "analysis_id": None, "weight": 1.0}]
    assert body["total_seconds"] == pytest.approx(10.0)
    assert ask(filled, track_id=first, length=5) == body


def test_a_set_that_ends_early_says_why(filled: TestClient) -> None:
    body = ask(filled, track_id=ids(filled)[0], length=20)
    assert len(body["tracks"]) == 7
    assert body["ended"]["code"] == "pool_exhausted"
    assert body["ended"]["conditions"][0] == {"condition": "used", "left": 0, "if_lifted": 7}
    strict = {"neighbours": {"key_mode": "exact", "max_bpm_drift_pct": 0}}
    stuck = ask(filled, track_id=ids(filled)[0], length=20, **strict)
    assert stuck["ended"]["code"] in ("key_limit", "tempo_limit")
    assert [some["condition"] for some in stuck["ended"]["conditions"]] == ["used", "tempo", "key"]


def test_a_set_from_an_upload(filled: TestClient, wav: Wav) -> None:
    params = FREE | {"length": 3, "play_seed": True}
    files = {"file": ("unreleased.wav", wav(123.0))}
    response = filled.post("/v1/playlists", files=files, data={"params": json.dumps(params)})
    body = response.json()
    assert response.status_code == 200
    assert played(body)[0] is None and len(played(body)) == 3
    assert body["tracks"][0]["fit"] is None and body["tracks"][0]["bpm"] > 0
    analysis = body["query"]["seeds"][0]["analysis_id"]
    assert ask(filled, analysis_id=analysis, length=3, play_seed=True)["tracks"] == body["tracks"]


def test_several_seeds(filled: TestClient) -> None:
    some = ids(filled)
    seeds = [{"track_id": some[0]}, {"track_id": some[1], "weight": 0.5}, {"track_id": some[2], "weight": -0.5}]
    body = ask(filled, seeds=seeds, length=5)
    assert not set(played(body)) & set(some[:3])
    refused = filled.post("/v1/playlists", json={"seeds": seeds, "play_seed": True})
    assert refused.status_code == 422 and refused.json()["code"] == "invalid_request"


def test_a_curve(filled: TestClient) -> None:
    body = ask(filled, track_id=ids(filled)[0], length=5, curve="arc", drunk=0.5, rng_seed=3)
    assert [placed["phase"] for placed in body["tracks"]] == ["warm_up", "warm_up", "build", "peak", "release"]
    assert all(placed["energy_target"] is not None for placed in body["tracks"])
    written = ask(filled, track_id=ids(filled)[0], curve=[0.2, 0.8])
    assert [placed["energy_target"] for placed in written["tracks"]] == [0.2, 0.8]


def test_a_path(filled: TestClient, wav: Wav) -> None:
    some = ids(filled)
    body = ask(filled, "/v1/paths", waypoints=[{"track_id": some[0]}, {"track_id": some[5]}], n_between=3)
    assert body["waypoints"] == [1, 5]
    assert (played(body)[0], played(body)[4]) == (some[0], some[5])
    assert len(set(played(body))) == 5
    params = FREE | {"waypoints": [{"file": 0}, {"track_id": some[3]}], "length": 4}
    response = filled.post("/v1/paths", files={"file": ("a.wav", wav(123.0))}, data={"params": json.dumps(params)})
    assert played(response.json())[0] is None and played(response.json())[3] == some[3]


def test_files_that_no_waypoint_names_stand_at_the_end(filled: TestClient, wav: Wav) -> None:
    files = [("file", ("a.wav", wav(200.0))), ("file", ("b.wav", wav(90.0)))]
    params = FREE | {"waypoints": [{"track_id": ids(filled)[0]}, {"file": 1}], "n_between": 1}
    body = filled.post("/v1/paths", files=files, data={"params": json.dumps(params)}).json()
    assert body["waypoints"] == [1, 3, 5]
    assert [placed["track"] is None for placed in body["tracks"]] == [False, False, True, False, True]


def test_a_path_that_breaks_off(filled: TestClient) -> None:
    some = ids(filled)
    asked = {"waypoints": [{"track_id": some[0]}, {"track_id": some[5]}], "n_between": 3}
    strict = {"neighbours": {"key_mode": "exact"}}
    body = ask(filled, "/v1/paths", **asked, **strict)
    assert body["tracks"] == [] and body["ended"]["code"] == "waypoint_key"
    assert "no number of tracks" in body["ended"]["message"]
    partial = ask(filled, "/v1/paths", **asked, **strict, partial=True)
    assert played(partial)[0] == some[0]


@pytest.mark.parametrize("accept", [False, True])
def test_as_a_file(filled: TestClient, accept: bool) -> None:
    how: Any = {"headers": {"accept": "application/vnd.apple.mpegurl"}} if accept else {"params": {"format": "m3u8"}}
    body = FREE | {"track_id": ids(filled)[0], "length": 3}
    response = filled.post("/v1/playlists", json=body, **how)
    assert response.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    assert response.text.startswith("#EXTM3U\n# no file: Metadata Artist - ")
    assert response.text.count("\n") == 4
    told = filled.post("/v1/playlists", json=body, params={"format": "json"}, headers={"accept": "audio/mpegurl"})
    assert told.json()["tracks"]


def test_playlist_files(tmp_path: Any) -> None:
    entries = [
        Entry("Night\ndrive", "Aria", str(tmp_path / "a" / "one.flac"), 61.6),
        Entry(None, None, str(tmp_path / "#1.flac"), 60.0),
        Entry(None, None, None, 60.0),
        Entry("x", None, str(tmp_path / "line\nbreak.flac"), 60.0),
        Entry("x", None, str(tmp_path / " 2.flac"), 60.0),
    ]
    assert m3u8(entries, tmp_path).splitlines() == [
        "#EXTM3U",
        "#EXTINF:62,Aria - Night drive",
        "a/one.flac",
        "#EXTINF:60,#1",
        "./#1.flac",
        "# no file: upload",
        "# no file: x",
        "#EXTINF:60,x",
        "./ 2.flac",
    ]
    assert m3u8(entries[:1], tmp_path / "b").splitlines()[2] == "../a/one.flac"
    assert m3u8(entries[:1]).splitlines()[2] == str(tmp_path / "a" / "one.flac")


def test_a_file_on_another_drive_keeps_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.m3u.os", SimpleNamespace(path=ntpath))
    drives = [Entry("x", None, "D:\\music\\x.flac", 60.0)]
    assert m3u8(drives, Path("C:/lists")).splitlines()[2] == "D:\\music\\x.flac"
    assert m3u8(drives, Path("D:/lists")).splitlines()[2] == "..\\music\\x.flac"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("playlists", {"length": 5}, "validation_failed"),
        ("playlists", {"track_id": "x", "length": 0}, "validation_failed"),
        ("playlists", {"track_id": "x", "length": 201}, "validation_failed"),
        ("playlists", {"track_id": "x", "drunk": 2}, "validation_failed"),
        ("playlists", {"track_id": "x", "curve": "wave"}, "validation_failed"),
        ("playlists", {"track_id": "x", "curve": []}, "validation_failed"),
        ("playlists", {"track_id": "x", "curve": [1.5]}, "validation_failed"),
        ("playlists", {"track_id": "x", "key": {"mode": "exact"}}, "validation_failed"),
        ("playlists", {"track_id": "x", "neighbours": {"max_bpm_drift_pct": 30}}, "validation_failed"),
        ("playlists", {"track_id": "nothing"}, "track_not_found"),
        ("playlists", {"analysis_id": "nothing"}, "analysis_not_found"),
        ("playlists", {"track_id": "TRACK", "length": 3, "total_seconds": 60}, "invalid_request"),
        ("playlists", {"track_id": "TRACK", "preset": "nothing"}, "preset_not_found"),
        ("playlists", {"track_id": "TRACK", "tags": {"include": ["polka"]}}, "unknown_tag"),
        ("paths", {"waypoints": [{"track_id": "x"}]}, "validation_failed"),
        ("paths", {"waypoints": [{"track_id": "x"}, {}]}, "validation_failed"),
        ("paths", {"waypoints": [{"track_id": "TRACK"}, {"track_id": "TRACK"}]}, "invalid_request"),
        ("paths", {"waypoints": [{"track_id": "TRACK"}, {"file": 0}]}, "invalid_request"),
        ("paths", {"waypoints": [{"track_id": "TRACK"}, {"track_id": "OTHER"}], "n_between": 200}, "invalid_request"),
        ("paths", {"waypoints": [{"track_id": "TRACK"}, {"track_id": "nothing"}]}, "track_not_found"),
    ],
)
def test_refusals(filled: TestClient, path: str, body: Any, code: str) -> None:
    some = ids(filled)
    text = json.dumps(body).replace("TRACK", some[0]).replace("OTHER", some[1])
    response = filled.post(f"/v1/{path}", content=text, headers={"content-type": "application/json"})
    assert response.json()["code"] == code, response.text


def test_other_bodies_are_refused(filled: TestClient) -> None:
    for path in ("playlists", "paths"):
        assert filled.post(f"/v1/{path}", content="x", headers={"content-type": "text/plain"}).status_code == 415


def test_params_are_refused_before_anything_is_heard(filled: TestClient) -> None:
    for path, params in (("playlists", {"length": 2, "total_seconds": 9}), ("paths", {"n_between": 2, "length": 9})):
        files = {"file": ("a.wav", b"no audio")}
        response = filled.post(f"/v1/{path}", files=files, data={"params": json.dumps(params)})
        assert response.json()["code"] == "invalid_request"
