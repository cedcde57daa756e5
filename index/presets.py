"""Mixer presets in the catalogue file; those that come with Segue are in :mod:`segue.shelf.preset`."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as insert_or

from index.guard import Guard
from index.schema import presets
from segue.errors import CatalogueCorrupt, InvalidRequest
from segue.mixer import AXES, Weights
from segue.shelf.preset import BUILT_IN, Preset, built_in, no_preset, refuse_built_in, saveable

_SELECT = select(presets.c.name, presets.c.description, presets.c.weights)


class SqlitePresets:
    """The presets port over SQLite. Safe to call from several threads and processes.

    Args:
        guard: transactions of the catalogue.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def all(self) -> list[Preset]:
        """Those that come with Segue, then the saved ones by name."""
        with self._guard.reading() as connection:
            saved = [load_preset(row) for row in connection.execute(_SELECT.order_by(presets.c.name))]
        return [*BUILT_IN, *(preset for preset in saved if built_in(preset.name) is None)]

    def get(self, name: str) -> Preset:
        """One preset. Raises PresetNotFound."""
        known = built_in(name)
        if known is not None:
            return known
        with self._guard.reading() as connection:
            row = connection.execute(_SELECT.where(presets.c.name == name)).one_or_none()
            if row is None:
                raise no_preset(name, _names(connection))
        return load_preset(row)

    def save(self, preset: Preset) -> Preset:
        """Saves a preset, in place of the one of that name if there is one. Raises PresetIsBuiltIn, CatalogueBusy."""
        preset = saveable(preset)
        told = {
            "description": preset.description,
            "weights": json.dumps(asdict(preset.weights)),
            "saved_at": time.time(),
        }
        upsert = insert_or(presets).values(name=preset.name, **told)
        with self._guard.writing() as connection:
            connection.execute(upsert.on_conflict_do_update(index_elements=["name"], set_=told))
        return preset

    def remove(self, name: str) -> None:
        """Deletes a saved preset. Raises PresetNotFound, PresetIsBuiltIn, CatalogueBusy."""
        refuse_built_in(name)
        with self._guard.writing() as connection:
            if not connection.execute(presets.delete().where(presets.c.name == name)).rowcount:
                raise no_preset(name, _names(connection))


def _names(connection: Connection) -> list[str]:
    return list(connection.execute(select(presets.c.name).order_by(presets.c.name)).scalars())


def load_preset(row: Any) -> Preset:
    """The stored preset; an axis that it was saved without is silent. Raises CatalogueCorrupt."""
    try:
        weights = json.loads(row.weights)
        return Preset(row.name, row.description, Weights(**{axis: float(weights.get(axis, 0.0)) for axis in AXES}))
    except (ValueError, TypeError, AttributeError, OverflowError, InvalidRequest) as error:
        raise CatalogueCorrupt(f"The mixer preset {row.name!r} cannot be read; delete it, or save it anew.") from error
