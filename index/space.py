"""Space: which models and mixer a catalogue belongs to, as stored in it and as asked for."""

from __future__ import annotations

from sqlalchemy import Connection, select

from index import codec
from index.database import Database
from index.schema import meta
from segue.errors import CatalogueCorrupt, SpaceMismatch
from segue.ports import Space
from segue.tags import TagVocabulary


def ensure_space(database: Database, space: Space, vocabulary: TagVocabulary) -> None:
    """Writes space and vocabulary unless some are there already; waits for no one where they are."""
    with database.reading() as connection:
        if _is_written(connection):
            return
    with database.writing() as connection:
        if not _is_written(connection):
            values = {"space": codec.dump_space(space), "vocabulary": codec.dump_vocabulary(vocabulary)}
            connection.execute(meta.insert(), [{"name": name, "value": value} for name, value in values.items()])


def read_space(connection: Connection) -> tuple[Space, TagVocabulary]:
    """The stored space and vocabulary. Raises CatalogueCorrupt."""
    values = {row.name: row.value for row in connection.execute(select(meta.c.name, meta.c.value))}
    missing = sorted({"space", "vocabulary"} - values.keys())
    if missing:
        raise CatalogueCorrupt(f"This catalogue does not say what its {missing[0]} is; make a new one.")
    return codec.load_space(values["space"]), codec.load_vocabulary(values["vocabulary"])


def check_space(
    stored: tuple[Space, TagVocabulary], asked: tuple[Space, TagVocabulary], command: str = "segue index rebuild"
) -> None:
    """Raises SpaceMismatch unless both are one space and one vocabulary."""
    if stored[0] != asked[0]:
        raise SpaceMismatch(
            f"This catalogue belongs to {_named(stored[0])}; these models make {_named(asked[0])}. "
            f"Their vectors cannot be compared: `{command}` analyses its tracks anew."
        )
    if stored[1] != asked[1]:
        what = "tags" if stored[1].labels != asked[1].labels else "tag thresholds"
        raise SpaceMismatch(
            f"This catalogue has other {what} than this tagger ({len(stored[1].labels)} tags stored, "
            f"{len(asked[1].labels)} scored by {asked[0].tagger}): `{command}` analyses its tracks anew."
        )


def _is_written(connection: Connection) -> bool:
    return connection.execute(select(meta.c.name).limit(1)).first() is not None


def _named(space: Space) -> str:
    return f"{space.tagger} + {space.embedder} in {space.layout} with {space.dim} dimensions"
