"""Mixer presets over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from segue.mixer import AXES
from segue.shelf.preset import BUILT_IN

URL = "/v1/mixer-presets"
SILENT = dict.fromkeys(AXES, 0.0)


def names(client: TestClient) -> list[str]:
    return [preset["name"] for preset in client.get(URL).json()["presets"]]


def test_those_that_come_with_segue_are_listed_first_and_explained(client: TestClient) -> None:
    client.put(f"{URL}/a", json={"weights": {"sound": 1}})
    presets = client.get(URL).json()["presets"]
    assert [preset["name"] for preset in presets] == [*(preset.name for preset in BUILT_IN), "a"]
    assert [preset["built_in"] for preset in presets] == [True] * len(BUILT_IN) + [False]
    assert all(len(preset["description"]) > 40 for preset in presets[:-1])
    assert all(set(preset["weights"]) == set(AXES) for preset in presets)


def test_a_preset_from_beginning_to_end(client: TestClient) -> None:
    url = f"{URL}/late-night"
    assert client.get(url).json()["code"] == "preset_not_found"
    saved = client.put(url, json={"description": "Slow.", "weights": {"sound": 0.6, "tempo": 2}})
    assert saved.status_code == 200
    assert saved.json() == {
        "name": "late-night",
        "description": "Slow.",
        "weights": {**SILENT, "sound": 0.6, "tempo": 2.0},  # what is left out is silent
        "built_in": False,
    }
    assert client.get(url).json() == saved.json()
    replaced = client.put(url, json={"weights": {"key": 1}}).json()
    assert (replaced["description"], replaced["weights"]) == ("", {**SILENT, "key": 1.0})
    assert client.delete(url).status_code == 204
    assert client.delete(url).json()["code"] == "preset_not_found"
    assert names(client) == [preset.name for preset in BUILT_IN]


def test_presets_are_shared_as_they_were_got(client: TestClient, make_services: Any) -> None:
    from app.main import create_app
    from app.settings import Settings

    elsewhere = TestClient(create_app(make_services(), Settings()))
    elsewhere.put(f"{URL}/theirs", json={"description": "Ünïcode 🎧", "weights": {"sound": 0.1, "segue": 1e6}})
    shared = elsewhere.get(f"{URL}/theirs").json()
    assert client.put(f"{URL}/theirs", json=shared).json() == shared
    own = client.put(f"{URL}/my-harmonic", json=client.get(f"{URL}/harmonic").json()).json()
    assert (own["name"], own["built_in"]) == ("my-harmonic", False)
    assert own["weights"] == client.get(f"{URL}/harmonic").json()["weights"]


@pytest.mark.parametrize("preset", BUILT_IN, ids=lambda preset: preset.name)
def test_those_that_come_with_segue_stay(client: TestClient, preset: Any) -> None:
    before = client.get(f"{URL}/{preset.name}").json()
    for response in (client.put(f"{URL}/{preset.name}", json=before), client.delete(f"{URL}/{preset.name}")):
        assert (response.status_code, response.json()["code"]) == (409, "preset_is_built_in")
    assert client.get(f"{URL}/{preset.name}").json() == before


@pytest.mark.parametrize("name", ["A", "a%20b", "-a", "a-", "a--b", "a.b", "%C3%A9", "x" * 61, "a%0A"])
def test_names_that_do_not_fit_into_addresses(client: TestClient, name: str) -> None:
    for response in (
        client.get(f"{URL}/{name}"),
        client.put(f"{URL}/{name}", json={"weights": {"sound": 1}}),
        client.delete(f"{URL}/{name}"),
    ):
        assert (response.status_code, response.json()["code"]) == (422, "validation_failed")
        assert response.json()["errors"][0]["where"] == "path"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "validation_failed"),
        ({"weights": {"sound": -1}}, "validation_failed"),
        ({"weights": {"sound": 1e7}}, "validation_failed"),
        ({"weights": {"sound": "loud"}}, "validation_failed"),
        ({"weights": {"sound": 1, "bass": 1}}, "validation_failed"),
        ({"weights": {"sound": 1}, "description": "a\nb"}, "validation_failed"),
        ({"weights": {"sound": 1}, "description": "x" * 501}, "validation_failed"),
        ({"weights": {"sound": 1}, "description": "a\u202eb"}, "invalid_request"),
        ({"weights": {"sound": 1}, "author": "me"}, "validation_failed"),
        ({"weights": {}}, "invalid_request"),
        ({"weights": SILENT}, "invalid_request"),
    ],
)
def test_presets_that_make_no_sense(client: TestClient, body: Any, code: str) -> None:
    response = client.put(f"{URL}/mine", json=body)
    assert (response.status_code, response.json()["code"]) == (422, code), response.text
    assert "mine" not in names(client)
