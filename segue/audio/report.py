"""What a decoding child tells its parent about a file, beside the samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StreamReport:
    """See ``segue.audio.decode.Decoded``, which has the same fields."""

    container: str
    codec: str
    source_sample_rate: int
    n_channels: int
    title: str | None
    artist: str | None
    album: str | None
    decoded_seconds: float
    claimed_seconds: float | None

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> StreamReport:
        """Read what a child sent, trusting nothing.

        Raises:
            KeyError, TypeError, ValueError: it is no report.
        """
        claim = fields["claimed_seconds"]
        return cls(
            container=str(fields["container"]),
            codec=str(fields["codec"]),
            source_sample_rate=int(fields["source_sample_rate"]),
            n_channels=int(fields["n_channels"]),
            title=_optional_text(fields["title"]),
            artist=_optional_text(fields["artist"]),
            album=_optional_text(fields["album"]),
            decoded_seconds=float(fields["decoded_seconds"]),
            claimed_seconds=None if claim is None else float(claim),
        )


def _optional_text(value: object) -> str | None:
    return None if value is None else str(value)
