"""``segue collection``: tracks that belong together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.console import say, say_json
from app.cli.context import catalogue_folder, catalogue_in
from app.cli.options import CatalogueOption, JsonOption
from app.cli.rendering import track_name
from app.cli.tracks import track_ids_of

if TYPE_CHECKING:
    from segue.shelf.collection import Collection, Collections
    from segue.track import Track

PAGE = 500

group = typer.Typer(no_args_is_help=True, help="Put tracks together, to recommend within.")

CollectionArgument = Annotated[
    str, typer.Argument(metavar="COLLECTION", help="Name or id of the collection.", show_default=False)
]
ItemsArgument = Annotated[
    list[str],
    typer.Argument(metavar="TRACK...", help="Track ids, and files or folders of the catalogue.", show_default=False),
]


@group.command("list")
def list_collections(
    ctx: typer.Context,
    collection: Annotated[
        str | None,
        typer.Argument(metavar="[COLLECTION]", help="Name or id: list its tracks instead.", show_default=False),
    ] = None,
    json: JsonOption = False,
    catalogue: CatalogueOption = None,
) -> None:
    """Print the collections, or the tracks of one."""
    with catalogue_in(catalogue_folder(ctx, catalogue)) as opened:
        if collection is not None:
            for track in _tracks_of(opened.collections, find(opened.collections, collection)):
                say_json(_track_json(track)) if json else say(f"{track.id}  {track_name(track.description)}")
            return
        for found in _all(opened.collections):
            say_json(_json(found)) if json else say(f"{found.n_tracks:>7}  {found.name}")


@group.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="1 to 60 characters.", show_default=False)],
    json: JsonOption = False,
    catalogue: CatalogueOption = None,
) -> None:
    """Make an empty collection and print its id."""
    with catalogue_in(catalogue_folder(ctx, catalogue)) as opened:
        made = opened.collections.create(name)
    say_json(_json(made)) if json else say(made.id)


@group.command()
def add(
    ctx: typer.Context, collection: CollectionArgument, items: ItemsArgument, catalogue: CatalogueOption = None
) -> None:
    """Put tracks into a collection, all of them or none."""
    with catalogue_in(catalogue_folder(ctx, catalogue)) as opened:
        before = find(opened.collections, collection)
        after = opened.collections.add_tracks(before.id, track_ids_of(opened, items))
    say(f"{after.name}: {after.n_tracks} tracks, {after.n_tracks - before.n_tracks} of them new.")


@group.command()
def remove(
    ctx: typer.Context, collection: CollectionArgument, items: ItemsArgument, catalogue: CatalogueOption = None
) -> None:
    """Take tracks out of a collection; they stay in the catalogue."""
    with catalogue_in(catalogue_folder(ctx, catalogue)) as opened:
        found = find(opened.collections, collection)
        n_gone = opened.collections.remove_tracks(found.id, track_ids_of(opened, items))
        n_left = opened.collections.get(found.id).n_tracks
    say(f"{found.name}: {n_left} tracks, {n_gone} taken out.")


@group.command()
def delete(ctx: typer.Context, collection: CollectionArgument, catalogue: CatalogueOption = None) -> None:
    """Delete a collection; its tracks stay in the catalogue."""
    with catalogue_in(catalogue_folder(ctx, catalogue)) as opened:
        found = find(opened.collections, collection)
        opened.collections.remove(found.id)
    say(f"{found.name}: deleted; its {found.n_tracks} tracks stay in the catalogue.")


def find(collections: Collections, told: str) -> Collection:
    """The collection of that name, else of that id.

    Raises:
        CollectionNotFound: neither.
        InvalidRequest: it can be no name and no id.
    """
    return collections.named(told) or collections.get(told)


def _all(collections: Collections) -> Iterator[Collection]:
    after: str | None = None
    while page := collections.page(PAGE, after):
        yield from page
        after = page[-1].id


def _tracks_of(collections: Collections, collection: Collection) -> Iterator[Track]:
    after: str | None = None
    while page := collections.track_page(collection.id, PAGE, after):
        yield from page
        after = page[-1].id


def _json(collection: Collection) -> dict[str, Any]:
    from app.schemas.collections import CollectionBody

    return CollectionBody.of(collection).model_dump(mode="json")


def _track_json(track: Track) -> dict[str, Any]:
    told = track.description
    return {"track_id": track.id, "title": told.title, "artist": told.artist, "path": told.path}
