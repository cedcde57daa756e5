"""Cursors: where a page ended, as an opaque text that is only ever read back."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from segue.errors import InvalidCursor

MAX_CURSOR_LENGTH = 500


def make_cursor(kind: str, *values: str | int) -> str:
    """The cursor for some values.

    Args:
        kind: what is paged, with a version; a cursor of another kind is refused.
        values: where the page ended.
    """
    text = json.dumps([kind, *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(kind: str, cursor: str, n_values: int) -> list[Any]:
    """The values of a cursor.

    Raises:
        InvalidCursor: it was not made by :func:`make_cursor` for this kind.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        found = None
    is_ours = isinstance(found, list) and len(found) == n_values + 1 and all(isinstance(v, str | int) for v in found)
    if is_ours and found[0] == kind and make_cursor(*found) == cursor:
        return list(found[1:])
    raise InvalidCursor("The cursor was not made by this operation; pass a next_cursor as it came, or none.")
