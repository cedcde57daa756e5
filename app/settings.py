"""Settings: everything that can be configured, in one table, read from ``SEGUE_*`` environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE = 1 << 20


class Settings(BaseSettings):
    """The service's settings; build one to read the environment, nothing is read at import."""

    model_config = SettingsConfigDict(env_prefix="SEGUE_", frozen=True, extra="ignore")

    catalogue: Path = Field(
        default=Path("catalogue"), description="Folder of the catalogue; it is made when it does not exist."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on; the default answers this machine alone.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    max_upload_mib: int = Field(default=512, ge=1, le=8192, description="Largest request body in MiB; above it, 413.")
    analyse_concurrency: int = Field(
        default=1, ge=1, le=64, description="Uploads analysed at the same time; each uses the models' own threads."
    )
    analyse_queue: int = Field(
        default=4, ge=0, le=1000, description="Uploads that may wait for their turn; past them, 429 with Retry-After."
    )
    cors_origins: tuple[str, ...] = Field(
        default=(),
        description='Origins of web pages that may call the API, as a JSON list; none by default, "*" for all.',
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe log records that are written."
    )

    @property
    def max_upload_bytes(self) -> int:
        """Largest request body in bytes."""
        return self.max_upload_mib * MEBIBYTE
