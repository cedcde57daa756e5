"""The examples of docs/playlists.md: each of them is run, and each parameter has one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from docs_parameters import parameters, used
from starlette.testclient import TestClient

from app.schemas.paths import PathRequest
from app.schemas.playlists import PlaylistRequest
from segue.sets.curve import ARC, LEVELS, TOLERANCES
from segue.sets.ending import EndingCode

PAGE = (Path(__file__).parents[2] / "docs" / "playlists.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json((?: \w+)*)\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize(("where", "text"), EXAMPLES)
def test_every_example_runs(
    filled: TestClient, wav: Callable[..., bytes], real: Callable[[str], str], where: str, text: str
) -> None:
    body = json.loads(real(text))
    url = "/v1/paths" if "path" in where else "/v1/playlists"
    if "params" in where:
        files = [("file", ("a.wav", wav(200.0))), ("file", ("b.wav", wav(90.0)))]
        response = filled.post(url, files=files, data={"params": json.dumps(body)})
    else:
        response = filled.post(url, json=body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["ended"]["code"] in get_args(EndingCode)
    assert answer["ended"]["message"]


def shown(of_paths: bool) -> set[str]:
    """Paths of all parameters in the page's examples of one kind."""
    return set().union(*(used(json.loads(text)) for where, text in EXAMPLES if ("path" in where) == of_paths))


def test_every_parameter_has_an_example() -> None:
    playlist, path = PlaylistRequest.model_json_schema(), PathRequest.model_json_schema()
    of_playlists = parameters(playlist, playlist["$defs"])
    assert of_playlists - shown(False) == set()
    assert parameters(path, path["$defs"]) - of_playlists - shown(True) == set()


def test_tables_are_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| ([\d.]+) \| (.+?) \|$", PAGE, flags=re.MULTILINE)
    assert {name: (float(low), float(high)) for name, low, high, _ in rows} == LEVELS
    told = [re.findall(r"\d+", share) for *_, share in rows]
    assert [float(some[0]) / 100 for some in told if some] == [share for _, share in ARC[:-1]]
    assert {str(tolerance) for tolerance in TOLERANCES[:-1]} <= set(re.findall(r"0\.\d+", PAGE))
    codes = re.findall(r"^\| `(\w+)` \| [^|]+ \|$", PAGE, flags=re.MULTILINE)
    assert {"complete", *codes} == set(get_args(EndingCode))


def test_the_set_from_the_demo_keeps_its_word() -> None:
    rows = re.findall(
        r"^ ?\d+ +([\d.]+) +(?:([+-][\d.]+) % +)?\d+[AB](?: \((\w+)\))? +([\d.]+) +[\d.]+\** +"
        r"(warm up|build|peak|release) ",
        PAGE,
        flags=re.MULTILINE,
    )
    assert len(rows) == 16
    assert all(abs(float(pitch)) <= 6 and name in ("same", "relative", "adjacent") for _, pitch, name, _, _ in rows[1:])
    phases = ["warm up", "build", "peak", "release"]
    assert [phase for *_, phase in rows] == sorted((phase for *_, phase in rows), key=phases.index)
    means = [[float(energy) for *_, energy, phase in rows if phase == name] for name in phases]
    told = [f"{sum(some) / len(some):.2f}" for some in means]
    assert f"Mean energy of the phases: {', '.join(told)}." in PAGE
    assert told[0] < told[1] < told[2] > told[3]
