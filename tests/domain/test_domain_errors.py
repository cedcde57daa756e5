"""Errors: one tree, as drawn, with a code each."""

from __future__ import annotations

import copy
import inspect
import pickle
import re

import pytest

from segue import errors
from segue.errors import SegueError

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, SegueError)]


def drawn_tree() -> dict[str, str]:
    """Class -> base class, as the module's docstring draws it."""
    bases: dict[str, str] = {}
    line_of_ancestors = ["SegueError"]
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"    ([│ ]*)[├└]── (\w+)", line):
            depth = len(match[1]) // 4 + 1
            line_of_ancestors[depth:] = [match[2]]
            bases[match[2]] = line_of_ancestors[depth - 1]
    return bases


def test_the_tree_is_as_drawn() -> None:
    assert drawn_tree() == {c.__name__: c.__bases__[0].__name__ for c in CLASSES if c is not SegueError}


def test_codes_are_unique_snake_case_and_each_classes_own() -> None:
    codes = [c.code for c in CLASSES]
    assert len(set(codes)) == len(codes)
    for c in CLASSES:
        assert "code" in vars(c), f"{c.__name__} has no code of its own"
        assert c.code == re.sub(r"(?<!^)(?=[A-Z])", "_", c.__name__).lower()


@pytest.mark.parametrize("error_class", CLASSES, ids=lambda c: c.code)
def test_each_carries_its_message_also_through_pickle(error_class: type[SegueError]) -> None:
    error = error_class("What arrived, and what would work.")
    for same in (error, pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(same) is error_class
        assert str(same) == same.message == "What arrived, and what would work."
    assert error_class.__doc__
