"""``segue serve``: the HTTP service."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.console import complain
from app.cli.context import catalogue_folder
from app.cli.options import CatalogueOption


def serve(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; 0.0.0.0 answers other machines. [SEGUE_HOST or 127.0.0.1]")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one. [SEGUE_PORT or 8000]")
    ] = None,
    catalogue: CatalogueOption = None,
) -> None:
    """Serve the HTTP API and its documentation; Ctrl-C ends it after the requests under way."""
    import uvicorn

    from app.main import create_app
    from app.settings import Settings

    told: dict[str, Any] = {"catalogue": catalogue_folder(ctx, catalogue), "host": host, "port": port}
    settings = Settings(**{name: value for name, value in told.items() if value is not None})
    complain(f"Catalogue      {settings.catalogue}")
    complain(f"API            http://{settings.host}:{settings.port}/v1")
    complain(f"Documentation  http://{settings.host}:{settings.port}/docs")
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_config=None, server_header=False)
