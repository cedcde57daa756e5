"""Marks: the part of a documentation page that a program writes, between two comment lines."""

from __future__ import annotations

from segue.errors import SegueError


class PageUnmarked(SegueError):
    """A page has no place for what is to be written into it."""

    code = "page_unmarked"


def replace_between(page: str, name: str, block: str) -> str:
    """The page with the text between ``<!-- NAME: begin -->`` and ``<!-- NAME: end -->`` replaced.

    Raises:
        PageUnmarked: a mark is missing.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise PageUnmarked(f"The page needs the lines {begin} and {end}, in this order.")
    return f"{before}{begin}\n\n{block}\n\n{end}{after}"
