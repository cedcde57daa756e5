"""The documentation is held to the code: commands, flags, settings, error codes, operations, links and examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from app.cli import cli
from app.main import create_app
from app.pool import InferencePool
from app.problems import KINDS
from app.services import Services
from app.settings import Settings
from segue import errors
from segue.analyse import Analyser
from segue.fakes import FakeEmbedder, FakeTagger, MemoryCatalogue

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
CLI, HTTP = ROOT / "docs" / "cli.md", ROOT / "docs" / "http.md"


def commands() -> Iterator[tuple[str, Any]]:
    """``("index add", command)`` of everything that can be run."""

    def below(command: Any, words: list[str]) -> Iterator[tuple[str, Any]]:
        if not hasattr(command, "commands"):
            yield " ".join(words), command
            return
        for name, child in command.commands.items():
            yield from below(child, [*words, name])

    return below(typer.main.get_command(cli), [])


def sections(page: Path) -> dict[str, str]:
    """Heading -> text below it."""
    parts = re.split(r"^## (.+)$", page.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(("name", "command"), [pytest.param(*pair, id=pair[0]) for pair in commands()])
def test_every_command_has_a_section_with_every_flag(name, command):
    mine = [text for title, text in sections(CLI).items() if re.match(rf"segue {re.escape(name)}(?![\w-])", title)]
    assert len(mine) == 1, f"docs/cli.md needs one section '## segue {name}'"
    flags = {flag for parameter in command.params for flag in parameter.opts if flag.startswith("--")}
    opposites = {flag for parameter in command.params for flag in parameter.secondary_opts}
    told = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", mine[0]))
    assert flags - {"--catalogue", "--help"} <= told
    assert told <= flags | opposites | {"--catalogue", "--help", "--limit"}, "a flag in the docs that does not exist"


def test_no_section_for_a_command_that_is_gone():
    names = {name for name, _ in commands()}
    for title in sections(CLI):
        if title.startswith("segue "):
            words = title.split()
            assert {words[1], " ".join(words[1:3])} & names, title


def test_options_of_the_root():
    root = typer.main.get_command(cli)
    for parameter in root.params:
        assert f"`{parameter.opts[0]}`" in CLI.read_text()


def test_every_setting_with_its_default():
    rows = re.findall(r"^\| `SEGUE_(\w+)` \| (.+?) \| (.+?) \|$", sections(HTTP)["Settings"], flags=re.MULTILINE)
    assert [name.lower() for name, _, _ in rows] == list(Settings.model_fields)
    for name, default, _ in rows:
        expected = Settings.model_fields[name.lower()].default
        if name not in ("CATALOGUE", "CORS_ORIGINS"):
            assert default == str(expected)


def error_codes(kind: type[errors.SegueError] = errors.SegueError) -> set[str]:
    """Codes of the whole tree."""
    return {kind.code}.union(
        *(error_codes(child) for child in kind.__subclasses__() if child.__module__ == "segue.errors")
    )


def test_every_error_code_with_its_status():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| ", sections(HTTP)["Errors"], flags=re.MULTILINE)
    assert {code: int(status) for code, status in rows} == {code: kind.status for code, kind in KINDS.items()}
    assert error_codes() <= {code for code, _ in rows}


def test_every_operation():
    analyser = Analyser(None, FakeTagger(), FakeEmbedder())  # type: ignore[arg-type]
    catalogue = MemoryCatalogue(analyser.space, analyser.tagger.vocabulary)
    pool = InferencePool(1, 0)
    document = create_app(Services(analyser, catalogue, pool), Settings()).openapi()
    pool.close()
    operations = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    told = re.findall(r"^\| `([A-Z]+ /\S*)` \|", sections(HTTP)["Operations"], flags=re.MULTILINE)
    assert sorted(told) == sorted(operations)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples_run(page):
    for code in re.findall(r"^```python\n(.*?)^```", page.read_text(), flags=re.MULTILINE | re.DOTALL):
        exec(compile(code, str(page), "exec"), {"__name__": "example"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_files_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
