"""``segue serve``: the HTTP service."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli import context
from app.cli.console import complain
from app.cli.context import catalogue_folder
from app.cli.options import CatalogueOption
from segue.errors import InvalidRequest

if TYPE_CHECKING:
    from app.settings import Settings

PATIENCE_SECONDS = 30  # given to requests under way when the service is told to end


def serve(
    ctx: typer.Context,
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen on; 0.0.0.0 answers other machines. Else SEGUE_HOST, else 127.0.0.1."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one. Else SEGUE_PORT, else 8000."),
    ] = None,
    catalogue: CatalogueOption = None,
) -> None:
    """Serve the HTTP API and its documentation; Ctrl-C ends it after the requests under way."""
    import uvicorn

    from app.main import create_app
    from app.request_log import configure_logging

    told: dict[str, Any] = {"catalogue": catalogue_folder(ctx, catalogue), "host": host, "port": port}
    settings = read_settings({name: value for name, value in told.items() if value is not None})
    services = context.build_services(settings)
    configure_logging(settings.log_level)
    config = uvicorn.Config(
        create_app(services, settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE_SECONDS,
    )
    listening = config.bind_socket()
    address = f"http://{_bracketed(settings.host)}:{listening.getsockname()[1]}"
    complain(f"Catalogue       {settings.catalogue} ({services.catalogue.count()} tracks)")
    complain(f"Documentation   {address}/docs")
    complain(f"API             {address}/v1")
    with suppress(KeyboardInterrupt):  # raised again by the server once it has ended in order
        uvicorn.Server(config).run(sockets=[listening])


def read_settings(told: dict[str, Any]) -> Settings:
    """Settings from options, then from the environment.

    Raises:
        InvalidRequest: a setting cannot be what it is said to be.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from app.settings import Settings

    try:
        return Settings(**told)
    except ValidationError as error:
        wrong = (f"SEGUE_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
        raise InvalidRequest("; ".join(wrong)) from error
    except SettingsError as error:
        raise InvalidRequest(f"A SEGUE_ variable cannot be read: {error}.") from error


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
