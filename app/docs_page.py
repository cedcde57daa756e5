"""The page at /docs: Swagger UI from files of an installed package, so that it works offline."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Segue API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{root}/docs/assets/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="{root}/docs/assets/swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({{
  url: "{root}/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
}});
</script>
</body>
</html>
"""


def assets_folder() -> Path:
    """Folder with Swagger UI's files, which the package ``fastapi-offline`` carries."""
    spec = find_spec("fastapi_offline")  # found, not imported: only its files are used
    assert spec is not None and spec.origin is not None, "the package fastapi-offline is not installed"
    return Path(spec.origin).parent / "static"


def install(app: FastAPI) -> None:
    """Adds /docs, its files, and the way there from /."""
    app.mount("/docs/assets", StaticFiles(directory=assets_folder()), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        """The page."""
        return HTMLResponse(_PAGE.format(root=request.scope.get("root_path", "")))

    @app.get("/", include_in_schema=False)
    async def home(request: Request) -> RedirectResponse:
        """Leads to the docs until there is a page."""
        return RedirectResponse(f"{request.scope.get('root_path', '')}/docs")
