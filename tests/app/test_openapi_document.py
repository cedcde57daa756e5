"""The OpenAPI document: valid, complete, and true to its own schemas."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from app.problems import KINDS

HERE = Path(__file__).parent


@pytest.fixture
def document(client: TestClient) -> Any:
    response = client.get("/openapi.json")
    assert response.status_code == 200
    return response.json()


def operations(document: Any) -> Iterator[tuple[str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def contents(document: Any) -> Iterator[tuple[str, Any]]:
    """Every media type of every request and response."""
    for name, operation in operations(document):
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name} {media_type}", content
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                yield f"{name} {status} {media_type}", content


def test_document_is_valid_openapi(document: Any) -> None:
    validate(document)


def test_outline_is_the_golden_one(app: FastAPI) -> None:
    spec = importlib.util.spec_from_file_location("openapi_outline", HERE / "openapi_outline.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.outline(app.openapi()) == module.GOLDEN.read_text()


def test_every_operation_is_described(document: Any) -> None:
    known_tags = {tag["name"] for tag in document["tags"]}
    assert all(tag["description"] for tag in document["tags"])
    for name, operation in operations(document):
        assert operation["operationId"] and operation["summary"] and operation["description"], name
        assert operation["tags"] and set(operation["tags"]) <= known_tags, name
        assert "500" in operation["responses"], name
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), f"{name} {parameter['name']}"


def test_every_body_has_an_example_that_its_schema_allows(document: Any) -> None:
    checked = 0
    for name, content in contents(document):
        schema = {**content["schema"], "components": document["components"]}
        examples = [example["value"] for example in content.get("examples", {}).values()]
        examples += [content["example"]] if "example" in content else []
        assert examples, name
        for example in examples:
            Draft202012Validator(schema).validate(example)
            checked += 1
    assert checked > 100


def test_every_error_is_a_problem_with_its_code_and_status(document: Any) -> None:
    shown: set[str] = set()
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            assert list(response["content"]) == ["application/problem+json"], name
            for code, example in response["content"]["application/problem+json"]["examples"].items():
                assert example["value"]["code"] == code
                assert KINDS[code].status == int(status) == example["value"]["status"], name
                shown.add(code)
            assert ("Retry-After" in response["headers"]) == (status in ("429", "503"))
    nobody_documents = {code for code, kind in KINDS.items() if kind.status != 500} - shown
    assert nobody_documents == {"route_not_found", "method_not_allowed", "audio_error"}  # no operation answers those


def test_requests_refuse_unknown_fields_and_answers_may_gain_some(document: Any) -> None:
    asked = _refs([operation.get("requestBody", {}) for _, operation in operations(document)], document)
    answered = _refs([operation["responses"] for _, operation in operations(document)], document)
    assert {"RecommendationParams", "BpmParams", "SeedBody", "TrackChangesBody"} <= asked
    for name, schema in document["components"]["schemas"].items():
        if schema["type"] == "object" and name not in asked & answered:
            assert (schema.get("additionalProperties") is False) == (name in asked), name


def _refs(part: Any, document: Any) -> set[str]:
    """Names of the schemas that a part of the document leads to."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                waiting.append(document["components"]["schemas"][name])
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return found
