"""Cluster names: what sets the tracks of a cluster apart from the rest of the catalogue, in two or three tags.

A tag tells by its share in the cluster times the logarithm of its lift, the ratio of that share to the share
elsewhere: each tag's part in the Kullback-Leibler divergence of the cluster from the catalogue. Rare tags with
a large lift and frequent ones with none both tell little.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segue.tags import CATEGORIES, category_of, name_of

Bools = NDArray[np.bool_]

MIN_SHARE = 0.2  # of a cluster's tracks that must have a tag
MIN_LIFT = 1.15
MAX_TAGS = 6
_ROUNDS = 3  # tags that a name may gain so that it differs from others
_UNTAGGED = "untagged"

_SPOKEN = {
    "acousticguitar": "acoustic guitar",
    "drummachine": "drum machine",
    "drumnbass": "drum and bass",
    "edm": "EDM",
    "electricguitar": "electric guitar",
    "electricpiano": "electric piano",
    "femalevoice": "female voice",
    "hiphop": "hip hop",
    "lofi": "lo-fi",
    "malevoice": "male voice",
    "rnb": "R&B",
    "synthbass": "synth bass",
}


@dataclass(frozen=True)
class NamedCluster:
    """What a cluster is called.

    Attributes:
        name: ``"techno, drum machine"``.
        tags: labels that set it apart, most telling first; empty where none does.
    """

    name: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class _Draft:
    """A name under way: the labels it is made of, and all that set the cluster apart."""

    said: tuple[str, ...]
    tags: tuple[str, ...]


def spoken(label: str) -> str:
    """A label as people say it, ``"drum machine"`` for ``"instrument---drummachine"``."""
    name = name_of(label)
    return _SPOKEN.get(name, name)


def name_clusters(active: Bools, clusters: NDArray[np.int64], labels: tuple[str, ...]) -> tuple[NamedCluster, ...]:
    """Names of all clusters; the genre that tells most, then the instrument.

    Where two would be called the same, each gains the tag that sets it apart from its namesakes; a number tells those
    apart that no tag does.

    Args:
        active: active tags, ``(n, n_tags)`` bool.
        clusters: cluster of each track, ``(n,)`` int64, each of 0 to the largest at least once.
        labels: the vocabulary.

    Returns:
        In order of cluster.
    """
    members = [active[clusters == cluster] for cluster in range(int(clusters.max(initial=-1)) + 1)]
    catalogue = active.sum(axis=0) / max(1, len(active))
    drafts = [_draft(own.mean(axis=0), catalogue, labels) for own in members]
    for _ in range(_ROUNDS):
        drafts = _set_apart(drafts, members, labels)
    return _numbered([NamedCluster(_joined(draft.said), draft.tags) for draft in drafts])


def telling_tags(share: NDArray[np.float64], elsewhere: NDArray[np.float64], labels: tuple[str, ...]) -> list[str]:
    """Labels by how much they tell, most telling first.

    Args:
        share: of a cluster's tracks that have each tag, ``(n_tags,)`` float64.
        elsewhere: the same of what it is compared with.
        labels: the vocabulary.
    """
    tells = np.flatnonzero((share >= MIN_SHARE) & (share >= MIN_LIFT * elsewhere))
    weights = share[tells] * np.log(share[tells] / np.maximum(elsewhere[tells], 1e-9))
    return [labels[tells[i]] for i in np.argsort(-weights, kind="stable")]


def _draft(share: NDArray[np.float64], catalogue: NDArray[np.float64], labels: tuple[str, ...]) -> _Draft:
    tags = telling_tags(share, catalogue, labels)
    known = tags or _frequent(share, labels)
    firsts = (next((tag for tag in known if category_of(tag) == category), None) for category in CATEGORIES)
    return _Draft(tuple(tag for tag in firsts if tag is not None), tuple(tags[:MAX_TAGS]))


def _frequent(share: NDArray[np.float64], labels: tuple[str, ...]) -> list[str]:
    """Labels that at least the usual share of tracks have, most frequent first; for what nothing sets apart."""
    return [labels[i] for i in np.argsort(-share, kind="stable") if share[i] >= MIN_SHARE]


def _set_apart(drafts: list[_Draft], members: list[Bools], labels: tuple[str, ...]) -> list[_Draft]:
    """One tag more for each of those with the same name, where one sets it apart from its namesakes."""
    counts = Counter(draft.said for draft in drafts)
    longer = list(drafts)
    for cluster, draft in enumerate(drafts):
        if counts[draft.said] > 1:
            others = [members[i] for i, other in enumerate(drafts) if other.said == draft.said and i != cluster]
            share, elsewhere = members[cluster].mean(axis=0), np.concatenate(others).mean(axis=0)
            fresh = (tag for tag in telling_tags(share, elsewhere, labels) if tag not in draft.said)
            more = next(fresh, None)
            if more is not None:
                longer[cluster] = replace(draft, said=(*draft.said, more))
    return longer


def _joined(said: tuple[str, ...]) -> str:
    return ", ".join(spoken(label) for label in said) or _UNTAGGED


def _numbered(named: list[NamedCluster]) -> tuple[NamedCluster, ...]:
    """From the second of each name on, its number is added."""
    seen: Counter[str] = Counter()
    numbered = []
    for cluster in named:
        seen[cluster.name] += 1
        n = seen[cluster.name]
        numbered.append(cluster if n == 1 else replace(cluster, name=f"{cluster.name} {n}"))
    return tuple(numbered)
