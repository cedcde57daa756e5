"""The root: instant help, versions, exit statuses, and commands of other packages."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint, version

import pytest
import typer
from typer.testing import CliRunner

from app.cli import extensions, root
from segue.errors import CatalogueBusy

HEAVY = ("torch", "sqlalchemy", "faiss", "av", "librosa", "fastapi", "uvicorn", "sklearn", "scipy")


def test_version(segue):
    assert segue("--version").out.strip() == f"segue {version('segue')}"


def test_help_imports_nothing_heavy():
    code = f"import sys, app.cli; print([name for name in {HEAVY} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("arguments", [["nonsense"], ["analyse"], ["index", "add"], ["recommend", "--limit", "x"]])
def test_usage_errors_exit_with_2(segue, arguments):
    assert segue(*arguments).code == 2


@pytest.mark.parametrize("error", [CatalogueBusy("Someone\nelse writes."), PermissionError(13, "Permission denied")])
def test_errors_are_one_line_and_exit_with_1(segue, monkeypatch, tone, tmp_path, error):
    def fail(_: int) -> None:
        raise error

    monkeypatch.setattr("app.cli.context.load_analyser", fail)
    ran = segue("analyse", tone(tmp_path / "a.wav"))
    assert ran.code == 1 and ran.out == ""
    assert ran.err.startswith("segue: ") and len(ran.err.splitlines()) == 1


def test_commands_of_other_packages(monkeypatch):
    points = [
        EntryPoint("scratch", "tests_no_such_module:scratch", extensions.COMMANDS),
        EntryPoint("now", "platform:machine", extensions.COMMANDS),
    ]
    monkeypatch.setattr(extensions, "entry_points", lambda group: points)
    cli = typer.Typer(cls=root.HonestGroup)
    cli.callback()(lambda: None)
    extensions.add_commands(cli)
    runner = CliRunner()
    ran = runner.invoke(cli, ["scratch"])
    assert ran.exit_code == 1 and "not part of this installation" in ran.stderr
    assert runner.invoke(cli, ["now"]).exit_code == 0


def test_evaluate_is_among_the_commands(segue):
    assert segue("evaluate", "--help").code == 0
