"""``segue serve``: settings from options and environment, addresses told, services built once."""

from __future__ import annotations

import pytest
import uvicorn

from app.cli import context
from app.pool import InferencePool
from app.services import Services
from segue.errors import ModelMissing
from segue.fakes import MemoryCatalogue


@pytest.fixture
def served(monkeypatch, engine):
    """Settings that services were built with, and sockets that were served on."""
    seen = []

    def build(settings):
        analyser = engine.load(1)
        seen.append(settings)
        return Services(analyser, MemoryCatalogue(analyser.space, analyser.tagger.vocabulary), InferencePool(1, 0))

    def run(_server, sockets):
        for listening in sockets:
            seen.append(listening.getsockname())
            listening.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(context, "build_services", build)
    monkeypatch.setattr(uvicorn.Server, "run", run)
    monkeypatch.setattr("app.request_log.configure_logging", lambda level: None)
    return seen


def test_addresses_are_told(segue, served, tmp_path):
    ran = segue("serve", "--port", "0", "--catalogue", tmp_path / "cat")
    settings, (host, port) = served
    assert ran.code == 0
    assert (settings.catalogue, host) == (tmp_path / "cat", "127.0.0.1")
    assert f"http://127.0.0.1:{port}/docs" in ran.err and f"http://127.0.0.1:{port}/v1" in ran.err


def test_environment_and_options(segue, served, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGUE_HOST", "0.0.0.0")
    monkeypatch.setenv("SEGUE_PORT", "1")
    monkeypatch.setenv("SEGUE_CATALOGUE", str(tmp_path / "env"))
    segue("serve", "--port", "0")
    settings, (host, _) = served
    assert (settings.host, settings.port, settings.catalogue, host) == ("0.0.0.0", 0, tmp_path / "env", "0.0.0.0")


def test_missing_weights_are_one_line(segue, served, monkeypatch):
    def fail(settings):
        raise ModelMissing("no weights at crnn.safetensors")

    monkeypatch.setattr(context, "build_services", fail)
    ran = segue("serve")
    assert ran.code == 1 and ran.err == "segue: no weights at crnn.safetensors\n"


def test_a_setting_that_cannot_be_is_one_line(segue, served, monkeypatch):
    monkeypatch.setenv("SEGUE_PORT", "many")
    ran = segue("serve")
    assert ran.code == 1 and "SEGUE_PORT" in ran.err and len(ran.err.splitlines()) == 1
