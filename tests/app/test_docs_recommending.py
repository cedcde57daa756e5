"""The examples of docs/recommending.md: each of them is run, and each parameter has one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from docs_parameters import parameters, used
from starlette.testclient import TestClient

from app.routes.keys import CompatibleQuery
from app.schemas.recommendations import RecommendationRequest, SimilarQuery
from segue.key import MODE_RELATIONS, Key, relation

PAGE = (Path(__file__).parents[2] / "docs" / "recommending.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json( params)?\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize(("where", "text"), EXAMPLES)
def test_every_example_runs(
    filled: TestClient, wav: Callable[..., bytes], real: Callable[[str], str], where: str, text: str
) -> None:
    body = json.loads(real(text))
    if where:
        files = [("file", ("a.wav", wav(200.0))), ("file", ("b.wav", wav(90.0)))]
        response = filled.post("/v1/recommendations", files=files, data={"params": json.dumps(body)})
    else:
        response = filled.post("/v1/recommendations", json=body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["pool"]["catalogue"] >= answer["pool"]["after_limits"] >= answer["pool"]["as_asked"]
    if "bpm" not in body and "min_similarity" not in body and "exclude" not in body.get("tags", {}):
        assert (
            answer["results"] or answer["pool"]["after_limits"] == 0 or body.get("tags", {}).get("on_empty") == "keep"
        )


def test_every_parameter_has_an_example() -> None:
    schema = RecommendationRequest.model_json_schema()
    shown = set().union(*(used(json.loads(text)) for _, text in EXAMPLES))
    assert parameters(schema, schema["$defs"]) - shown == set()


def test_the_table_of_key_modes_is_the_code() -> None:
    rows = re.findall(
        r"^\| `(exact|standard|extended)` \| .+? \| `(\w+)` \| .*? \| (.+?) \|$", PAGE, flags=re.MULTILINE
    )
    told: dict[str, set[str]] = {"exact": set(), "standard": set(), "extended": set()}
    start = Key.parse("8A")
    for mode, name, keys in rows:
        for key in keys.split(", "):
            assert relation(start, Key.parse(key)) == name
        for wider in list(told)[list(told).index(mode) :]:
            told[wider].add(name)
    assert told == {mode: set(relations) for mode, relations in MODE_RELATIONS.items()}
    assert relation(start, Key.parse("11B")) == "parallel"


@pytest.mark.parametrize(("mode", "keys"), [("exact", 1), ("standard", 4), ("extended", 9), ("off", 24)])
def test_compatible_keys_by_mode(filled: TestClient, mode: str, keys: int) -> None:
    found = filled.get("/v1/keys/8A/compatible", params={"mode": mode}).json()["compatible"]
    assert len(found) == keys
    assert {row["relation"] for row in found} == MODE_RELATIONS.get(mode, {row["relation"] for row in found})


LINKS = re.findall(r"^(/v1/\S+\?\S+)$", PAGE, flags=re.MULTILINE)


@pytest.mark.parametrize("link", LINKS)
def test_every_link_leads_somewhere(filled: TestClient, real: Callable[[str], str], link: str) -> None:
    if "NEXT_CURSOR" in link:
        first = filled.get(real(link.partition("&cursor")[0])).json()
        link = link.replace("NEXT_CURSOR", first["next_cursor"])
    assert filled.get(real(link)).status_code == 200


def test_every_parameter_of_the_links_is_in_one() -> None:
    told = {pair.partition("=")[0] for link in LINKS for pair in link.partition("?")[2].split("&")}
    assert told == {*SimilarQuery.model_fields, *CompatibleQuery.model_fields}
