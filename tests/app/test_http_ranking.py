"""What the ranking can be asked beside the plain job: limits, seeds, recent uploads, pages, matches, presets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.analyses import RecentAnalyses
from app.answers import CURSOR
from app.cursors import make_cursor, read_cursor
from app.services import Services
from segue.errors import AnalysisNotFound
from segue.mixer import Weights

Wav = Callable[..., bytes]
OPEN = {"tags": {"min_shared": 0}, "diversity": {"fold_duplicates": False}}


def ids(answer: Any) -> list[str]:
    return [result["track"]["id"] for result in answer["results"]]


def tracks(client: TestClient) -> list[Any]:
    return list(client.get("/v1/tracks").json()["tracks"])


def ask(client: TestClient, **body: Any) -> Any:
    response = client.post("/v1/recommendations", json=OPEN | body)
    assert response.status_code == 200, response.text
    return response.json()


def refused(client: TestClient, **body: Any) -> tuple[int, str]:
    response = client.post("/v1/recommendations", json=OPEN | body)
    return response.status_code, response.json()["code"]


# Limits


def test_tempo_and_key_limits_hold_for_every_result(filled: TestClient) -> None:
    seed = tracks(filled)[0]
    answer = ask(filled, track_id=seed["id"], bpm={"tolerance_pct": 4}, limit=20)
    assert all(abs(result["tempo"]["pitch_pct"]) <= 4.01 for result in answer["results"])
    assert answer["pool"]["after_limits"] == len(answer["results"]) <= answer["pool"]["catalogue"] == 7
    exact = ask(filled, track_id=seed["id"], key={"mode": "exact"}, limit=20)
    assert all(result["key"]["relation"] == "same" for result in exact["results"])
    unlocked = ask(filled, track_id=seed["id"], key={"mode": "standard", "key_lock": False}, limit=20)
    told = {result["key"]["without_key_lock"]["relation"] for result in unlocked["results"]}
    assert told <= {"same", "relative", "adjacent"}


def test_an_owners_word_moves_a_track_through_the_limits_at_once(filled: TestClient) -> None:
    seed, other = tracks(filled)[:2]
    window = {"min": 170, "max": 180, "half_double": False}
    answer = ask(filled, track_id=seed["id"], bpm=window)
    assert ids(answer) == []
    assert answer["warnings"][0]["code"] == "nothing_meets_the_limits"
    filled.patch(f"/v1/tracks/{other['id']}", json={"bpm": 174.0})
    assert ids(ask(filled, track_id=seed["id"], bpm=window)) == [other["id"]]


def test_scope_by_artist_and_id(filled: TestClient) -> None:
    all_tracks = tracks(filled)
    seed, some = all_tracks[0]["id"], {track["id"] for track in all_tracks[2:5]}
    filled.patch(f"/v1/tracks/{all_tracks[3]['id']}", json={"artist": "Aria Vale"})
    assert ids(ask(filled, track_id=seed, scope={"artists": ["ARIA vale"]})) == [all_tracks[3]["id"]]
    assert all_tracks[3]["id"] not in ids(ask(filled, track_id=seed, scope={"exclude_artists": ["aria vale"]}))
    assert set(ids(ask(filled, track_id=seed, scope={"track_ids": list(some)}))) == some
    assert ids(ask(filled, track_id=seed, scope={"track_ids": []})) == []
    filled.patch(f"/v1/tracks/{all_tracks[4]['id']}", json={"artist": None})  # nobody is no artist of that name
    assert refused(filled, track_id=seed, scope={"artists": [" "]}) == (422, "validation_failed")


@pytest.mark.parametrize(
    "body",
    [
        {"bpm": {"min": 130, "max": 120}},
        {"bpm": {"target": 120}},
        {"energy": {"min": 0.6, "max": 0.5}},
        {"duration": {"min": 10, "max": 5}},
        {"limit": None},
        {"match": "segment", "epsilon": 0.5},
    ],
)
def test_what_makes_no_sense_is_refused_in_words(filled: TestClient, body: Any) -> None:
    assert refused(filled, track_id=tracks(filled)[0]["id"], **body) == (422, "invalid_request")


@pytest.mark.parametrize(
    "body", [{"key": {"mode": "loose"}}, {"bpm": {"tolerance": 6}}, {"energy": {"direction": "left"}}]
)
def test_unknown_words_are_refused(filled: TestClient, body: Any) -> None:
    assert refused(filled, track_id=tracks(filled)[0]["id"], **body) == (422, "validation_failed")


# Seeds and recent uploads


def test_an_upload_is_asked_for_again_by_its_analysis(filled: TestClient, wav: Wav) -> None:
    params = {"params": json.dumps(OPEN)}
    first = filled.post("/v1/recommendations", files={"file": ("a.wav", wav(123.0))}, data=params).json()
    analysis_id = first["query"]["seeds"][0]["analysis_id"]
    assert ask(filled, analysis_id=analysis_id) == first
    moved = ask(filled, analysis_id=analysis_id, weights={"tempo": 5})
    assert moved["weights"]["tempo"] > 0.8 and moved["query"] == first["query"]
    alone = filled.post("/v1/analyses", files={"file": ("a.wav", wav(123.0))}).json()
    assert alone["analysis_id"] == analysis_id
    assert refused(filled, analysis_id="0" * 32) == (404, "analysis_not_found")


def test_analyses_are_forgotten_after_a_while_and_when_there_are_too_many(services: Services, wav: Wav) -> None:
    now = [0.0]
    kept = RecentAnalyses(kept_seconds=60, max_kept=2, clock=lambda: now[0])
    heard = [services.analyser.hear(services.analyser.decode(wav(hz))) for hz in (100.0, 200.0, 300.0)]
    first, second = (kept.put(analysis) for analysis in heard[:2])
    now[0] = 50
    assert kept.get(first) is heard[0]  # and is kept for longer by that
    now[0] = 70
    with pytest.raises(AnalysisNotFound, match="kept for 1 minutes"):
        kept.get(second)
    kept.put(heard[1])
    kept.put(heard[2])
    assert len(kept) == 2
    with pytest.raises(AnalysisNotFound):
        kept.get(first)


def test_several_uploads_and_tracks_take_part(filled: TestClient, wav: Wav) -> None:
    seed = tracks(filled)[2]["id"]
    files = [("file", ("a.wav", wav(123.0))), ("file", ("b.wav", wav(300.0)))]
    params = OPEN | {"seeds": [{"file": 1, "weight": -0.5}, {"track_id": seed, "weight": 2}]}
    response = filled.post("/v1/recommendations", files=files, data={"params": json.dumps(params)})
    answer = response.json()
    told = [(part["track_id"], part["weight"]) for part in answer["query"]["seeds"]]
    assert told == [(None, -0.5), (seed, 2.0), (None, 1.0)]
    assert seed not in ids(answer)
    again = [{k: v for k, v in part.items() if v is not None} for part in answer["query"]["seeds"]]
    assert ask(filled, seeds=again) == answer


@pytest.mark.parametrize(
    ("seeds", "code"),
    [
        ([{"file": 0}], "invalid_request"),
        ([], "invalid_request"),
        ([{"track_id": "nobody"}], "track_not_found"),
        ([{}], "validation_failed"),
        ([{"file": 0, "track_id": "x"}], "validation_failed"),
    ],
)
def test_senseless_seeds_are_refused(filled: TestClient, seeds: Any, code: str) -> None:
    assert refused(filled, seeds=seeds)[1] == code


def test_only_one_way_of_seeding(filled: TestClient) -> None:
    seed = tracks(filled)[0]["id"]
    assert refused(filled, track_id=seed, seeds=[{"track_id": seed}]) == (422, "validation_failed")
    assert refused(filled) == (422, "validation_failed")
    assert refused(filled, seeds=[{"track_id": seed, "weight": -1}]) == (422, "invalid_request")
    assert refused(filled, seeds=[{"track_id": seed, "weight": 0}]) == (422, "invalid_request")


def test_how_many_seeds_arrived_is_told(filled: TestClient) -> None:
    one = tracks(filled)[0]["id"]
    wanted = "Exactly one of track_id, analysis_id, seeds is needed, and not as null; "
    for body, arrived in (({}, "none"), ({"track_id": one, "seeds": []}, "track_id and seeds")):
        (error,) = filled.post("/v1/recommendations", json=body).json()["errors"]
        assert error["detail"] == f"{wanted}{arrived} arrived"


@pytest.mark.parametrize("seed", [{"file": 1}, {"track_id": "nobody"}, {"analysis_id": "0" * 32}])
@pytest.mark.parametrize(
    ("url", "name"), [("recommendations", "seeds"), ("playlists", "seeds"), ("paths", "waypoints")]
)
def test_seeds_that_cannot_be_had_are_refused_before_anything_is_heard(
    filled: TestClient, services: Services, wav: Wav, seed: Any, url: str, name: str
) -> None:
    decoder: Any = services.analyser.decoder
    n_heard = len(decoder.seen)
    params = {"params": json.dumps({name: [seed]})}
    response = filled.post(f"/v1/{url}", files={"file": ("a.wav", wav(99.0))}, data=params)
    assert response.status_code in (404, 422)
    assert len(decoder.seen) == n_heard


# Pages


def test_pages_neither_skip_nor_repeat_while_tracks_are_added(filled: TestClient, wav: Wav) -> None:
    seed = tracks(filled)[0]["id"]
    whole = ids(ask(filled, track_id=seed, limit=100))
    found, cursor = [], None
    for number in range(10):
        answer = ask(filled, track_id=seed, limit=2, cursor=cursor)
        assert [result["rank"] for result in answer["results"]] == list(range(len(found) + 1, len(found) + 3))[
            : len(answer["results"])
        ]
        found += ids(answer)
        cursor = answer["next_cursor"]
        filled.post("/v1/tracks", files={"file": ("new.wav", wav(110.0 + number, 2.5))})
        if cursor is None:
            break
    assert found == whole


def test_a_cursor_counts_for_the_weights_it_was_made_with(filled: TestClient) -> None:
    one = tracks(filled)[0]["id"]
    cursor = ask(filled, track_id=one, limit=2, preset="harmonic")["next_cursor"]
    default = Weights().sound  # told, it wins over the preset's
    told = refused(filled, track_id=one, limit=2, cursor=cursor, preset="harmonic", weights={"sound": default})
    assert told == (422, "invalid_cursor")


def test_an_owners_extreme_tempi_are_told_like_others(filled: TestClient) -> None:
    slow, fast = (track["id"] for track in tracks(filled)[:2])
    for track_id, bpm in ((slow, 20), (fast, 400)):
        assert filled.patch(f"/v1/tracks/{track_id}", json={"bpm": bpm}).status_code == 200
    (result,) = ask(filled, track_id=slow, scope={"track_ids": [fast]})["results"]
    assert result["tempo"] == {"bpm": 400.0, "ratio": 2.0, "pitch_pct": -90.0}
    assert abs(result["key"]["detune_cents"]) <= 50


def test_cursors_of_other_requests_are_refused(filled: TestClient) -> None:
    one, other = (track["id"] for track in tracks(filled)[:2])
    cursor = ask(filled, track_id=one, limit=2)["next_cursor"]
    assert ids(ask(filled, track_id=one, limit=3, cursor=cursor))  # another limit is fine
    assert refused(filled, track_id=other, limit=2, cursor=cursor) == (422, "invalid_cursor")
    assert refused(filled, track_id=one, limit=2, cursor=cursor, match="segue") == (422, "invalid_cursor")
    assert refused(filled, track_id=one, cursor=cursor[:-2]) == (422, "invalid_cursor")
    for place, forged in ((6, -5), (6, "many"), (4, "nan")):
        values = read_cursor(CURSOR, cursor, 6)
        values[place - 1] = forged
        assert refused(filled, track_id=one, limit=2, cursor=make_cursor(CURSOR, *values)) == (422, "invalid_cursor")
    listing = filled.get("/v1/tracks", params={"limit": 1}).json()["next_cursor"]
    assert refused(filled, track_id=one, cursor=listing) == (422, "invalid_cursor")


def test_everything_above_a_threshold(filled: TestClient) -> None:
    seed = tracks(filled)[0]["id"]
    everyone = ask(filled, track_id=seed, limit=100)["results"]
    similarities = sorted({result["similarity"] for result in everyone}, reverse=True)
    least = (similarities[2] + similarities[3]) / 2
    answer = ask(filled, track_id=seed, limit=None, min_similarity=least)
    assert ids(answer) == [result["track"]["id"] for result in everyone if result["similarity"] >= least]
    assert answer["next_cursor"] is None


# Matches, weights, explanations


def test_segments_tell_offsets_on_both_sides(filled: TestClient) -> None:
    for result in ask(filled, track_id=tracks(filled)[0]["id"], match="segment")["results"]:
        segment = result["segment"]
        assert 0 <= segment["query"]["start_seconds"] < segment["query"]["end_seconds"] <= 2.0
        assert 0 <= segment["result"]["start_seconds"] < segment["result"]["end_seconds"] <= 2.0
        assert result["components"]["sound"] == pytest.approx(segment["similarity"], abs=1e-4)


def test_segues_rank_by_how_results_begin(filled: TestClient) -> None:
    answer = ask(filled, track_id=tracks(filled)[0]["id"], match="segue")
    assert answer["weights"]["sound"] == 0 and answer["weights"]["segue"] == pytest.approx(0.4)
    for result in answer["results"]:
        assert result["contributions"]["sound"] == 0
        assert result["transition"]["overlap_bars"] in (0, 8, 16, 32)


def test_contributions_add_up_to_the_similarity(filled: TestClient) -> None:
    answer = ask(filled, track_id=tracks(filled)[0]["id"], weights={"segue": 0.3}, limit=7)
    assert sum(answer["weights"].values()) == pytest.approx(1.0, abs=1e-3)
    for result in answer["results"]:
        assert sum(result["contributions"].values()) == pytest.approx(result["similarity"], abs=1e-3)
        for axis, weight in answer["weights"].items():
            assert result["contributions"][axis] == pytest.approx(weight * result["components"][axis], abs=1e-3)


def test_presets_are_a_start_that_weights_win_over(filled: TestClient) -> None:
    seed = tracks(filled)[0]["id"]
    preset = filled.get("/v1/mixer-presets/harmonic").json()["weights"]
    answer = ask(filled, track_id=seed, preset="harmonic")
    total = sum(preset.values())
    assert answer["weights"] == {axis: pytest.approx(weight / total, abs=1e-3) for axis, weight in preset.items()}
    assert ask(filled, track_id=seed, preset="harmonic", weights={"key": 0})["weights"]["key"] == 0
    assert refused(filled, track_id=seed, preset="nobody-saved-this") == (404, "preset_not_found")


def test_copies_of_a_recording_are_one_result(filled: TestClient, wav: Wav) -> None:
    seed, other = tracks(filled)[:2]
    quieter = filled.post("/v1/tracks", files={"file": ("copy.wav", wav(110.0 * 1.2, level=0.2999))}).json()
    answer = ask(filled, track_id=seed["id"], diversity={}, limit=20)
    both = {other["id"], quieter["id"]}
    (result,) = [result for result in answer["results"] if result["track"]["id"] in both]
    assert {result["track"]["id"], *result["duplicates"]} == both
    assert "2 copies of one recording" in result["reasons"][-1]


def test_an_unknown_collection_is_told(filled: TestClient) -> None:
    scope = {"collection_ids": ["01JD3R0C4YH2B8K6W5Z1N9TQXM"]}
    assert refused(filled, track_id=tracks(filled)[0]["id"], scope=scope) == (404, "collection_not_found")
