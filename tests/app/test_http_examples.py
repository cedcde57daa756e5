"""The curl examples of docs/http.md on collections, listens and presets, run in the order in which they are told."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from starlette.testclient import TestClient

PAGE = Path(__file__).parents[2] / "docs" / "http.md"
SERVER = "http://127.0.0.1:8000"
SECTIONS = ("Collections", "Listens", "Mixer presets")


def commands(section: str) -> Iterator[str]:
    """Command lines of a section's shell examples."""
    text = re.split(r"^## ", PAGE.read_text().partition(f"\n## {section}\n")[2], flags=re.MULTILINE)[0]
    for block in re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
        yield from block.replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("section", SECTIONS)
def test_examples_work_as_they_are_written(filled: TestClient, section: str) -> None:
    variables = {"TRACK": filled.get("/v1/tracks").json()["tracks"][0]["id"]}
    operations = []
    for line in commands(section):
        for name, value in variables.items():
            line = line.replace(f"${name}", value)
        told = shlex.split(line)
        assert told[:2] == ["curl", "-s"] and "$" not in line, line
        (url,) = [word for word in told if word.startswith(SERVER)]
        options = dict(pairwise(told))
        method = options.get("-X", "POST" if "-d" in told else "GET")
        headers = dict([options["-H"].split(": ")]) if "-H" in options else {}
        response = filled.request(method, url.removeprefix(SERVER), content=options.get("-d"), headers=headers)
        assert response.is_success, f"{line}\n{response.text}"
        operations.append((method, response.request.url.path))
        if (method, url) == ("POST", f"{SERVER}/v1/collections"):
            variables["COLLECTION"] = response.json()["id"]
    assert {method for method, _ in operations} >= {"GET", "DELETE"}
    assert len(operations) >= 4
