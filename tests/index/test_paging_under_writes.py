"""Pages of recommendations over a stored catalogue while other threads add, change and remove tracks."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from catalogue_material import MIXER, SPACE, VOCABULARY, new_track

from index.store import open_catalogue
from segue.diversity import Diversity
from segue.options import Match, Options
from segue.recommend import recommend
from segue.seed import Seed
from segue.tags import TagGate

N_TRACKS, N_MORE = 300, 400


@pytest.mark.parametrize("match", ["track", "segment", "segue"])
def test_pages_neither_skip_nor_repeat_while_others_write(tmp_path: Path, match: Match) -> None:
    seed = Seed.from_analysis(new_track(90_000).analysis, MIXER)
    options = Options(7, gate=TagGate(min_shared=0), diversity=Diversity(max_per_artist=150), match=match)
    with (
        open_catalogue(tmp_path, SPACE, VOCABULARY) as catalogue,
        open_catalogue(tmp_path, SPACE, VOCABULARY) as elsewhere,  # as another process would
    ):
        catalogue.add_all([new_track(number) for number in range(N_TRACKS)])
        whole = recommend(seed, catalogue, MIXER, replace(options, limit=100)).results
        stop = threading.Event()

        def write() -> None:
            for number in range(N_TRACKS, N_TRACKS + N_MORE):
                if stop.is_set():
                    return
                track = elsewhere.add(new_track(number))
                if number % 3 == 0:
                    elsewhere.remove(track.id)

        first = recommend(seed, catalogue, MIXER, options)
        writer = threading.Thread(target=write)
        writer.start()
        try:
            found, page = list(first.results), first
            while page.next is not None and len(found) < len(whole):
                page = recommend(seed, catalogue, MIXER, replace(options, after=page.next))
                found += page.results
        finally:
            stop.set()
            writer.join()
        assert elsewhere.count() > N_TRACKS  # something was written meanwhile
    assert [result.track.id for result in found][: len(whole)] == [result.track.id for result in whole]
    assert [result.rank for result in found] == list(range(1, len(found) + 1))
