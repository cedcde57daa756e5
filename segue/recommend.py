"""Recommend: the main job, from a heard track to ranked and explained results."""

from __future__ import annotations

import math
from collections.abc import Iterable

from segue.candidate import Candidate, nearest_first
from segue.diversity import Kept
from segue.inside import looking_inside
from segue.mixer import Mixer
from segue.options import PAGE_WITHOUT_LIMIT, Options, Place
from segue.ports import Catalogue
from segue.results import Pool, Recommendations, explain, with_transition
from segue.seed import Seed
from segue.segue_points import Playable
from segue.where import Where


def recommend(seed: Seed, catalogue: Catalogue, mixer: Mixer, options: Options) -> Recommendations:
    """Cuts the catalogue down to tracks that share the seed's tags and ranks them by weighted cosine.

    The seed itself is never among the results. Equal similarities are ordered by track id.
    """
    until_id = options.after.until_id if options.after else catalogue.newest()
    pool, where = _cut_down(seed, catalogue, options, until_id)
    kept = _ranked(seed, catalogue, mixer, options, where)
    page, rest = kept[: options.page_size], kept[options.page_size :]
    first = options.after.rank + 1 if options.after else 1
    results = tuple(explain(rank, seed, found, options) for rank, found in enumerate(page, start=first))
    if options.match == "segue" and math.isfinite(seed.leaves_from_seconds):
        playing, earliest = Playable.of_seed(seed), seed.leaves_from_seconds
        results = tuple(with_transition(result, playing, earliest, catalogue) for result in results)
    going_on = None
    if rest and until_id is not None:
        last = page[-1].candidate
        going_on = Place(until_id, pool.relaxed, last.score, last.track.id, results[-1].rank)
    return Recommendations(pool, results, going_on)


def _cut_down(seed: Seed, catalogue: Catalogue, options: Options, until_id: str | None) -> tuple[Pool, Where]:
    """Limits first, then the first step of the gate that leaves enough tracks, else the first that leaves most."""
    own = Where(exclude_hashes=seed.content_hashes, until_id=until_id)
    base = options.limits.where(seed.tempo_bpm, seed.key, seed.energy, own)
    steps = options.gate.steps(seed.tags, base)
    sizes = [catalogue.count(steps[0][1])]
    if options.after is not None:
        taken, where = next((step for step in steps if step[0] == options.after.step), steps[0])
        sizes.append(catalogue.count(where))
    else:
        for _name, where in steps[1:]:
            if sizes[-1] >= (options.limit or 1):
                break
            sizes.append(catalogue.count(where))
        taken, where = steps[sizes.index(sizes[-1])]  # steps are nested: an equal size is the same pool
    return Pool(catalogue.count(own), catalogue.count(base), sizes[0], sizes[-1], taken), where


def _ranked(seed: Seed, catalogue: Catalogue, mixer: Mixer, options: Options, where: Where) -> list[Kept]:
    """The page that is asked for, and one result more where there is one."""
    after = None if options.after is None else (options.after.score, options.after.track_id)
    query = mixer.query(seed.vector, options.effective_weights)
    min_score = options.min_similarity if options.min_similarity > 0 else None
    ranked: Iterable[Candidate]
    if options.looks_inside:
        ranked = looking_inside(seed, catalogue, mixer, options, where)
        ranked = (found for found in ranked if min_score is None or found.score >= min_score)
    else:
        start = None if options.diversity.looks_back else after
        at_once = min(2 * options.page_size, PAGE_WITHOUT_LIMIT)
        hits = nearest_first(catalogue, query, where, min_score, start, at_once)
        ranked = (Candidate.of(hit, seed, mixer) for hit in hits)
    behind = None if after is None else (-after[0], after[1])
    return options.diversity.pick(ranked, seed, mixer, options.page_size + 1, behind)
