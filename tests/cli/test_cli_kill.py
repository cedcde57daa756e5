"""``kill -9`` in the middle of ``segue index add``: what was told is there, and the next run goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from index.store import open_existing

N_FILES = 12

PROGRAM = """
import importlib.util, sys
from app.cli import cli, context
spec = importlib.util.spec_from_file_location("fakes_of_the_tests", sys.argv[1])
fakes = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = fakes
spec.loader.exec_module(fakes)
context.load_analyser = fakes.FakeEngine().load
cli(sys.argv[2:])
"""


def start(folder: Path, catalogue: Path) -> subprocess.Popen[str]:
    conftest = Path(__file__).with_name("conftest.py")
    command = ["index", "add", str(folder), "--catalogue", str(catalogue), "--json", "--jobs", "2"]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(conftest), *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_nothing_told_is_lost(tone, tmp_path):
    folder, catalogue = tmp_path / "music", tmp_path / "catalogue"
    for i in range(N_FILES):
        tone(folder / f"{i:02}.wav", hz=100 * 2 ** (i / 6), seconds=20)
    told: dict[str, str] = {}
    for n_lines in (1, 3, 4):
        with start(folder, catalogue) as process:
            assert process.stdout is not None
            fresh = 0
            for line in process.stdout:
                outcome = json.loads(line)
                if outcome.get("status") == "added":
                    told[outcome["path"]] = outcome["track_id"]
                    fresh += 1
                if fresh == n_lines:
                    process.kill()
                    break
        with open_existing(catalogue) as opened:
            assert {track.id for track in opened.page(100)} >= set(told.values())
    with start(folder, catalogue) as process:
        out, err = process.communicate()
    assert process.returncode == 0, err
    summary = json.loads(out.splitlines()[-1])["summary"]
    assert summary["failed"] == 0 and summary["skipped"] >= len(told)
    with open_existing(catalogue) as opened:
        assert opened.count() == N_FILES and opened.verify() == []
