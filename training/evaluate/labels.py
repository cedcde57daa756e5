"""Labels: names people write made comparable, and what they say about each tag of the vocabulary.

A list of genres is no list of everything that a track is not. So a file is *positive* for the tags named
and their parents, *unknown* for tags that the names leave open, and *negative* for the rest.
"""

from __future__ import annotations

import re
import unicodedata

from segue.tags import PARENT_GENRES, TagVocabulary, category_of, name_of

ALIASES: dict[str, str] = {
    "dnb": "drumnbass",
    "dandb": "drumnbass",
    "db": "drumnbass",
    "drumandbass": "drumnbass",
    "drumbass": "drumnbass",
    "jungle": "drumnbass",
    "electronica": "electronic",
    "rb": "rnb",
    "randb": "rnb",
    "rhythmandblues": "rnb",
    "rap": "hiphop",
    "heavymetal": "metal",
    "punkrock": "punk",
    "lofihiphop": "lofi",
    "8bit": "chiptune",
    "worldmusic": "world",
    "ost": "soundtrack",
    "acguitar": "acousticguitar",
    "elguitar": "electricguitar",
    "electricbass": "bass",
    "bassguitar": "bass",
    "vocals": "voice",
    "vocal": "voice",
    "singing": "voice",
    "synth": "synthesizer",
    "synthesiser": "synthesizer",
    "drum": "drums",
    "drumkit": "drums",
    "sax": "saxophone",
    "malevocals": "malevoice",
    "femalevocals": "femalevoice",
    "rhodes": "electricpiano",
    "vibraphone": "mallets",
    "marimba": "mallets",
    "xylophone": "mallets",
}
"""Other spellings -> the vocabulary's name, after :func:`normalise` has taken case and punctuation away."""

PARENT_INSTRUMENTS: dict[str, str] = {
    "acousticguitar": "guitar",
    "electricguitar": "guitar",
    "malevoice": "voice",
    "femalevoice": "voice",
    "choir": "voice",
    "violin": "strings",
    "cello": "strings",
    "synthbass": "bass",
    "drummachine": "drums",
    "trumpet": "brass",
}
"""Instrument -> the wider word for it."""

_DANCE = frozenset({"house", "techno", "trance", "drumnbass", "dubstep", "trap", "breakbeat"})
LEFT_OPEN: dict[str, frozenset[str]] = {
    **{genre: frozenset({"edm"}) for genre in _DANCE},
    "edm": _DANCE | {"electronic"},
    "percussion": frozenset({"drums", "drummachine"}),
    "drums": frozenset({"percussion"}),
    "synthesizer": frozenset({"synthbass"}),
}
"""Tag -> names that neither affirm nor deny it: what is sold as EDM may well be house."""

_PARENTS = {"genre": PARENT_GENRES, "instrument": PARENT_INSTRUMENTS}


def normalise(name: str) -> str:
    """The vocabulary's way of writing: ``"Drum & Bass"`` and ``"genre---drumnbass"`` give ``"drumnbass"``."""
    bare = unicodedata.normalize("NFKD", name.rpartition("---")[2]).casefold()
    letters = re.sub(r"[^a-z0-9]", "", bare)
    return ALIASES.get(letters, letters)


def split_names(cell: str) -> frozenset[str]:
    """Normalised names of a cell, separated by ``;`` or ``,``."""
    return frozenset(name for part in re.split(r"[;,]", cell) if (name := normalise(part)))


def judge(label: str, names: frozenset[str]) -> bool | None:
    """What a file's names say about one tag.

    Args:
        label: ``category---name``.
        names: the file's normalised names of that category; empty means unknown.

    Returns:
        True where the tag or a child of it is named; None where nothing is known, where only its parent is
        named, or where a name leaves it open (:data:`LEFT_OPEN`); else False.
    """
    if not names:
        return None
    tag, parents = name_of(label), _PARENTS.get(category_of(label), {})
    if tag in names or any(parents.get(name) == tag for name in names):
        return True
    if LEFT_OPEN.get(tag, frozenset()) & names:
        return None
    parent = parents.get(tag)
    if parent in names and not any(parents.get(name) == parent for name in names):
        return None
    return False


def unknown_names(names: frozenset[str], category: str, vocabulary: TagVocabulary) -> frozenset[str]:
    """Names that the vocabulary has no tag for."""
    return frozenset(name for name in names if f"{category}---{name}" not in vocabulary.positions)
