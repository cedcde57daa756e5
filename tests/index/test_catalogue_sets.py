"""Playlists and paths over the catalogue on disk are those over the plainest one."""

from __future__ import annotations

import pytest
from catalogue_material import MIXER, SPACE, VOCABULARY, new_track

from index.store import open_catalogue
from segue.fakes import MemoryCatalogue
from segue.limits import Limits, TempoLimit
from segue.path import PathOptions, Waypoint, find_path
from segue.playlist import PlaylistOptions, make_playlist
from segue.seed import Seed
from segue.sets.neighbours import NeighbourLimits

N_TRACKS = 250


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The same tracks on disk and in memory."""
    news = [new_track(seed) for seed in range(N_TRACKS)]
    plain = MemoryCatalogue(SPACE, VOCABULARY)
    for new in news:
        plain.add(new)
    with open_catalogue(tmp_path_factory.mktemp("catalogue"), SPACE, VOCABULARY) as on_disk:
        on_disk.add_all(news)
        yield on_disk, plain


def hashes(found):
    return [placed.track.content_hash for placed in found.tracks if placed.track]


@pytest.mark.parametrize(
    "options",
    [
        PlaylistOptions(length=12),
        PlaylistOptions(length=12, curve="arc", drunk=0.5, rng_seed=4, max_per_artist=3),
        PlaylistOptions(length=30, neighbours=NeighbourLimits(3.0, False, "exact")),
        PlaylistOptions(length=12, neighbours=NeighbourLimits(8.0, True, "extended", key_lock=False), keep_on=0),
        PlaylistOptions(duration_seconds=2000.0, limits=Limits(tempo=TempoLimit(80, 140)), curve=(0.2, 0.8)),
    ],
)
def test_playlists_agree(both, options):
    seed = Seed.from_analysis(new_track(9_999).analysis, MIXER)
    on_disk, plain = (make_playlist(seed, catalogue, MIXER, options) for catalogue in both)
    assert hashes(on_disk) == hashes(plain)
    assert on_disk.ended == plain.ended
    assert (on_disk.pool, on_disk.gate) == (plain.pool, plain.gate)


@pytest.mark.parametrize("key_lock", [True, False])
def test_paths_agree(both, key_lock):
    options = PathOptions(7, neighbours=NeighbourLimits(8.0, key_mode="extended", key_lock=key_lock), partial=True)
    found = []
    for catalogue in both:
        tracks = catalogue.page(40)
        ends = [Waypoint(Seed.from_track(track, catalogue, MIXER), track) for track in (tracks[3], tracks[30])]
        found.append(find_path(ends, catalogue, MIXER, options))
    assert hashes(found[0]) == hashes(found[1])
    assert found[0].ended == found[1].ended
