"""``segue model``: checkpoints described and imported."""

from __future__ import annotations

import json

import pytest
import torch

from app.cli import model
from models.checkpoint import save_checkpoint
from models.crnn.network import CRNN
from models.frontend import LogMel
from models.spec import CRNNSpec, LogMelSpec

TAGS = ("genre---house", "genre---techno", "instrument---piano")


@pytest.fixture
def checkpoint(tmp_path):
    spec = CRNNSpec(
        name="small", tags=TAGS, thresholds=(0.5, 0.4, 0.3), n_channels=4, hidden_size=4, provenance={"steps": 12}
    )
    path = tmp_path / "small.safetensors"
    save_checkpoint(CRNN(3, 4, 4), spec, path)
    return path


def test_info(segue, checkpoint):
    (told,) = segue("model", "info", checkpoint, "--json").lines
    assert (told["name"], told["kind"], told["n_tags"]) == ("small", "crnn", 3)
    assert told["n_tags_by_category"] == {"genre": 2, "instrument": 1}
    assert told["thresholds"] == [0.5, 0.4, 0.3]
    assert told["n_parameters"] > 100 and len(told["sha256"]) == 64
    out = segue("model", "info", checkpoint).out
    for words in ("small (crnn)", "3 (2 genres, 1 instruments)", told["sha256"], "steps"):
        assert words in out


def test_info_without_weights(segue, monkeypatch, tmp_path):
    monkeypatch.setattr("models.__file__", str(tmp_path / "__init__.py"))
    ran = segue("model", "info")
    assert ran.code == 1 and "no weights" in ran.err


def test_own_checkpoints_lie_in_weights_folders(monkeypatch, tmp_path):
    monkeypatch.setattr("models.__file__", str(tmp_path / "__init__.py"))
    for kind in ("crnn", "short_chunk_res"):
        (tmp_path / kind / "weights").mkdir(parents=True)
        (tmp_path / kind / "weights" / f"{kind}.safetensors").touch()
        (tmp_path / kind / "weights" / f"{kind}.codebook.safetensors").touch()
    assert [path.stem for path in model.own_checkpoints()] == ["crnn", "short_chunk_res"]


@pytest.fixture
def published(tmp_path):
    """A checkpoint in the published CRNN layout."""
    state = CRNN(3, 4, 4).state_dict()
    tables = {f"spec.{name}": table for name, table in LogMel(LogMelSpec(n_mels=96)).tables().items()}
    path = tmp_path / "published.pth"
    torch.save({**state, **tables}, path)
    return path


@pytest.mark.parametrize("form", ["lines", "list", "object"])
def test_import_checkpoint(segue, published, tmp_path, form):
    tags = tmp_path / ("tags.txt" if form == "lines" else "tags.json")
    listed = {"lines": "\n".join(TAGS), "list": json.dumps(TAGS), "object": json.dumps({"tags": TAGS})}
    tags.write_text(listed[form])
    out = tmp_path / "out" / "imported.safetensors"
    ran = segue("model", "import-checkpoint", published, "--tags", tags, "--out", out, "--licence", "MIT")
    assert ran.code == 0
    (told,) = segue("model", "info", out, "--json").lines
    assert (told["tags"], told["licence"]) == (list(TAGS), "MIT")
    assert told["sha256"] in ran.out


def test_import_refuses_what_is_no_checkpoint(segue, tmp_path):
    (tmp_path / "x.pth").write_text("hello")
    (tmp_path / "tags.txt").write_text("a")
    options = ("--tags", tmp_path / "tags.txt", "--out", tmp_path / "x.safetensors")
    ran = segue("model", "import-checkpoint", tmp_path / "x.pth", *options)
    assert ran.code == 1 and len(ran.err.splitlines()) == 1
    (tmp_path / "tags.json").write_text("{")
    options = ("--tags", tmp_path / "tags.json", "--out", tmp_path / "x.safetensors")
    assert segue("model", "import-checkpoint", tmp_path / "x.pth", *options).code == 2
