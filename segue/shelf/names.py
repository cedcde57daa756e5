"""Names: what people call things that they make, brought to one form."""

from __future__ import annotations

import unicodedata

from segue.errors import InvalidRequest

MAX_NAME = 60
_JOINER = "\u200d"  # holds emoji of several parts together


def tidy_name(text: str, what: str = "name") -> str:
    """A name as it is kept: composed characters, no space around it.

    Args:
        text: the name as it arrived.
        what: what is named, for the error.

    Raises:
        InvalidRequest: nothing left, more than 60 characters, or characters that cannot be seen.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise InvalidRequest(f"The {what} is empty; write 1 to {MAX_NAME} characters.")
    if len(name) > MAX_NAME:
        raise InvalidRequest(f"The {what} has {len(name)} characters; at most {MAX_NAME} are kept.")
    if not can_be_seen(name):
        raise InvalidRequest(f"The {what} holds a line break or another character that cannot be seen; leave it out.")
    return name


def can_be_seen(text: str) -> bool:
    """Whether a text holds no line break, control character or other character without a shape."""
    return text.replace(_JOINER, "").isprintable()
