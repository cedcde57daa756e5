"""Where.passes: the definition that every engine must agree with, as a table."""

from __future__ import annotations

import pytest

from segue.where import Where

TRACK_ID, HASH = "id", "hash"
AB, ABC, CD, EMPTY = frozenset("ab"), frozenset("abc"), frozenset("cd"), frozenset[str]()


@pytest.mark.parametrize(
    ("where", "active", "passes"),
    [
        (Where(), EMPTY, True),
        (Where(), AB, True),
        (Where(shares=AB, min_shared=0), EMPTY, True),
        (Where(shares=AB, min_shared=1), EMPTY, False),
        (Where(shares=ABC, min_shared=1), CD, True),
        (Where(shares=ABC, min_shared=2), CD, False),
        (Where(shares=ABC, min_shared=2), AB, True),
        (Where(shares=EMPTY, min_shared=1), AB, False),
        (Where(shares=AB, min_shared=3), AB, False),
        (Where(include=CD), ABC, True),
        (Where(include=CD), AB, False),
        (Where(include=CD, include_mode="all"), ABC, False),
        (Where(include=AB, include_mode="all"), ABC, True),
        (Where(include=EMPTY, include_mode="all"), EMPTY, True),
        (Where(exclude=CD), AB, True),
        (Where(exclude=CD), ABC, False),
        (Where(include=AB, exclude=CD), ABC, False),
        (Where(exclude_ids=frozenset({TRACK_ID})), AB, False),
        (Where(exclude_ids=frozenset({HASH})), AB, True),
        (Where(exclude_hashes=frozenset({HASH})), AB, False),
        (Where(exclude_hashes=frozenset({TRACK_ID})), AB, True),
    ],
)
def test_definition(where: Where, active: frozenset[str], passes: bool) -> None:
    assert where.passes(TRACK_ID, HASH, active) is passes


def test_changed_copies_keep_the_other_conditions() -> None:
    where = Where(exclude_ids=CD, exclude_hashes=AB).sharing(AB, 2).with_tags(CD, "all", ABC)
    assert where == Where(AB, 2, CD, "all", ABC, CD, AB)
    assert where.sharing(CD, 1) == Where(CD, 1, CD, "all", ABC, CD, AB)
