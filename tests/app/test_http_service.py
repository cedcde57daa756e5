"""Tags, keys, analyses, health, and what every answer has in common."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.problems import KINDS
from app.request_log import JsonFormatter, configure_logging
from app.services import Services
from app.settings import Settings
from segue import errors
from segue.errors import CatalogueBusy, CatalogueCorrupt, SegueError
from segue.fakes import MemoryCatalogue

Wav = Callable[..., bytes]


def test_analysis_scores_the_whole_vocabulary(client: TestClient, wav: Wav) -> None:
    body = client.post("/v1/analyses", files={"file": ("a.wav", wav())}).json()
    assert len(body["tags"]) == 8
    assert body["embedding"] is None
    assert body["duration_seconds"] == 2.0
    embedding = client.post("/v1/analyses?embedding=true", files={"file": ("a.wav", wav())}).json()["embedding"]
    assert len(embedding) == 16
    assert sum(x * x for x in embedding) == pytest.approx(1.0, abs=1e-4)


def test_tags_with_parents_and_counts(filled: TestClient) -> None:
    tags = {tag["name"]: tag for tag in filled.get("/v1/tags").json()["tags"]}
    assert tags["house"]["parent"] == "genre---electronic"
    assert tags["electronic"]["parent"] is None
    assert tags["bass"]["track_count"] is None
    counted = {tag["name"]: tag for tag in filled.get("/v1/tags?counts=true").json()["tags"]}
    assert counted["bass"]["track_count"] > 0


@pytest.mark.parametrize("key", ["8A", "A minor", "Am", "1m", "a%20minor"])
def test_compatible_keys_in_every_notation(client: TestClient, key: str) -> None:
    body = client.get(f"/v1/keys/{key}/compatible").json()
    assert body["key"] == {"name": "A minor", "camelot": "8A", "open_key": "1m"}
    assert len(body["compatible"]) == 24
    assert (body["compatible"][0]["camelot"], body["compatible"][0]["relation"]) == ("8A", "same")
    assert {row["camelot"] for row in body["compatible"][1:4]} == {"8B", "7A", "9A"}


def test_compatible_keys_above_a_similarity(client: TestClient) -> None:
    rows = client.get("/v1/keys/F%23m/compatible?min_similarity=0.5").json()["compatible"]
    assert 1 < len(rows) < 24
    assert all(row["similarity"] >= 0.5 for row in rows)


@pytest.mark.parametrize("key", ["H", "13A", "%00", "0m", "8C"])
def test_unknown_keys(client: TestClient, key: str) -> None:
    response = client.get(f"/v1/keys/{key}/compatible")
    assert (response.status_code, response.json()["code"]) == (422, "unknown_key")


def test_alive_and_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json()["tracks"] == 0


def test_not_ready_when_the_catalogue_cannot_be_read(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: MemoryCatalogue, where: object = None) -> int:
        raise OSError("disk gone")

    monkeypatch.setattr(MemoryCatalogue, "count", broken)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "not_ready")
    assert int(response.headers["retry-after"]) > 0
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(("error", "status"), [(CatalogueBusy, 503), (CatalogueCorrupt, 500)])
def test_catalogue_errors(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, error: type[SegueError], status: int
) -> None:
    def broken(self: MemoryCatalogue, limit: int, after: str | None = None) -> None:
        raise error("Told so.")

    monkeypatch.setattr(MemoryCatalogue, "page", broken)
    response = client.get("/v1/tracks")
    assert (response.status_code, response.json()["code"]) == (status, error.code)
    assert response.json()["detail"] == "Told so."


def test_every_error_of_the_domain_is_a_kind_of_problem() -> None:
    drawn = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SegueError)]
    assert {kind.code for kind in drawn} <= set(KINDS)


def test_unknown_routes_and_methods(client: TestClient) -> None:
    missing = client.get("/v1/trakcs")
    assert (missing.status_code, missing.json()["code"]) == (404, "route_not_found")
    wrong = client.put("/v1/tracks")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "GET, POST"
    assert client.get("/v1/tracks/").status_code == 404  # no redirects
    assert client.get("/docs/assets/nope.js").json()["code"] == "route_not_found"


@pytest.mark.parametrize(("sent", "is_kept"), [("abc-123_X.y", True), ("a b", False), ("x" * 65, False), ("é", False)])
def test_request_ids(client: TestClient, sent: str, is_kept: bool) -> None:
    response = client.get("/v1/nothing", headers={"x-request-id": sent.encode("latin-1")})
    request_id = response.headers["x-request-id"]
    assert (request_id == sent) is is_kept
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", request_id)
    assert response.json()["request_id"] == request_id


def test_one_log_line_per_request_with_stages(client: TestClient, wav: Wav, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "segue.http")
    client.post("/v1/recommendations", files={"file": ("secret name.wav", wav())}, headers={"x-request-id": "r1"})
    client.get("/v1/tracks/secret-id")
    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    assert [line["status"] for line in lines] == [200, 404]
    assert (lines[0]["request_id"], lines[0]["method"], lines[0]["route"]) == ("r1", "POST", "/v1/recommendations")
    assert set(lines[0]["stages_ms"]) == {"receive", "queue", "decode", "hear", "rank"}
    assert lines[1]["route"] == "/v1/tracks/{track_id}"
    assert "secret" not in json.dumps(lines)


def test_logging_is_json_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        configure_logging("info")
        stream = io.StringIO()
        handler = root.handlers[0]
        assert isinstance(handler, logging.StreamHandler)
        monkeypatch.setattr(handler, "stream", stream)
        try:
            raise ValueError("oh")
        except ValueError:
            logging.getLogger("any").exception("two\nlines")
        line = json.loads(stream.getvalue())
        assert (line["level"], line["message"]) == ("error", "two\nlines")
        assert "ValueError: oh" in line["traceback"]
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.getLogger("uvicorn.access").disabled = False


def test_docs_work_offline(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "://" not in page.text
    for asset in re.findall(r'"(/docs/assets/[^"]+)"', page.text):
        assert client.get(asset).status_code == 200
    assert client.get("/", follow_redirects=False).headers["location"] == "/docs"


def test_no_page_elsewhere_may_call_unless_allowed(client: TestClient, services: Services) -> None:
    origin = {"origin": "https://dj.example"}
    assert "access-control-allow-origin" not in client.get("/healthz", headers=origin).headers
    allowed = TestClient(create_app(services, Settings(cors_origins=("https://dj.example",))))
    for path in ("/healthz", "/v1/nothing"):
        assert allowed.get(path, headers=origin).headers["access-control-allow-origin"] == "https://dj.example"


def test_settings_come_from_the_environment_with_help_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGUE_CATALOGUE", "/music/catalogue")
    monkeypatch.setenv("SEGUE_ANALYSE_QUEUE", "9")
    settings = Settings()
    assert str(settings.catalogue) == "/music/catalogue"
    assert settings.analyse_queue == 9
    assert all(field.description for field in Settings.model_fields.values())
