"""Writes ``openapi_outline.txt``, the golden outline of the API: ``python -m tests.app.openapi_outline`` makes it anew.

One line per operation: method, path, operationId, statuses, parameters. Lines may be added within
/v1; a line that changes or goes breaks somebody's client.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).with_name("openapi_outline.txt")


def outline(document: dict[str, Any]) -> str:
    """The outline of an OpenAPI document."""
    lines = [
        _line(method, path, operation)
        for path, operations in sorted(document["paths"].items())
        for method, operation in sorted(operations.items())
    ]
    return "\n".join(lines) + "\n"


def _line(method: str, path: str, operation: dict[str, Any]) -> str:
    bodies = sorted(operation.get("requestBody", {}).get("content", {}))
    parameters = [f"{parameter['in']}:{parameter['name']}" for parameter in operation.get("parameters", [])]
    statuses = sorted(operation["responses"])
    return " ".join([method.upper(), path, operation["operationId"], *statuses, *parameters, *bodies])


if __name__ == "__main__":
    from app.main import create_app
    from app.settings import Settings
    from tests.app.conftest import make_services

    GOLDEN.write_text(outline(create_app(make_services(), Settings()).openapi()))
