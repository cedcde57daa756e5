"""Schemathesis against the real application: nothing undocumented and no 5xx, whatever arrives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import schemathesis
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from app.main import create_app
from app.services import Services
from app.settings import Settings

CONFIG = Path(__file__).with_name("schemathesis.toml")


def test_whatever_arrives_is_answered_as_documented(
    make_services: Callable[..., Services], wav: Callable[..., bytes]
) -> None:
    uploads = [wav(), wav(330.0), wav(90.0), b"", b"no audio"]
    schemathesis.openapi.format("binary", st.sampled_from(uploads))
    app = create_app(make_services(), Settings(max_upload_mib=1))
    config = SchemathesisConfig.from_path(CONFIG)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)

    faults: list[str] = []
    statuses: set[int] = set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            faults.append(repr(event))
        elif isinstance(event, events.ScenarioFinished):
            found = event.recorder
            statuses |= {i.response.status_code for i in found.interactions.values() if i.response is not None}
            for case_id, checks in found.checks.items():
                faults += [
                    f"{check.name}: {check.failure_info.failure}\n{found.cases[case_id].value.as_curl_command()}"
                    for check in checks
                    if check.failure_info is not None
                ]
    assert not faults, "\n\n".join(faults[:10])
    assert statuses >= {200, 201, 204, 404, 405, 415, 422}
