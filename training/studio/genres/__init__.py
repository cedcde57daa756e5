"""One composer for each genre, in families of one file each."""

from __future__ import annotations

from training.studio.genres import bass_music, calm, club, groove, retro, rock, roots, screen, slow
from training.studio.genres.base import Genre

ALL_GENRES: dict[str, Genre] = {
    genre.name: genre
    for family in (club, bass_music, slow, groove, rock, roots, calm, retro, screen)
    for genre in family.GENRES
}
