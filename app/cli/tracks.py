"""Which tracks of the catalogue are meant, by what people have at hand: ids, files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from segue.errors import TrackNotFound

if TYPE_CHECKING:
    from index.store import SqliteCatalogue


def track_ids_of(catalogue: SqliteCatalogue, items: Iterable[str]) -> list[str]:
    """Ids of tracks, each once, in the order in which they are meant.

    Args:
        catalogue: where they are looked for.
        items: track ids, files that the catalogue knows, and folders that hold such files. Whether the files are
            still there does not matter.

    Raises:
        TrackNotFound: an item is none of these, or its file could not be analysed.
    """
    found: dict[str, None] = {}
    for item in items:
        found.update(dict.fromkeys(_ids_of(catalogue, item)))
    return list(found)


def _ids_of(catalogue: SqliteCatalogue, item: str) -> Sequence[str]:
    try:
        return [catalogue.get(item).id]
    except TrackNotFound:
        pass
    path = os.path.abspath(item)
    state = catalogue.file_state(path)
    if state is not None:
        if state.track_id is None:
            raise TrackNotFound(f"{path} could not be analysed; `segue index add --retry` says why.")
        return [state.track_id]
    folder = os.path.join(path, "")
    below = (known for known in catalogue.remembered_files() if known.path.startswith(folder))
    ids = [known.track_id for known in below if known.track_id is not None]
    if not ids:
        raise TrackNotFound(
            f"{item!r} is neither the id of a track nor a file or folder that this catalogue knows; "
            "`segue index add` brings music in."
        )
    return ids
