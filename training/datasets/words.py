"""Words: what the genre and instrument words of other people's sets are called in our vocabulary.

A word stands for a tag only where every recording that carries it would carry the tag: ``newage`` is not quite
``ambient``, ``dance`` not quite ``house``. When in doubt a word stands for nothing, as a missing word means unknown.
A phrase that is not listed counts as the kind that its last words name: ``"Swedish death metal"`` is metal.
"""

from __future__ import annotations

import re
import unicodedata

from models.crnn.vocabulary import GENRES, INSTRUMENTS
from training.evaluate.labels import ALIASES

WIDER_INSTRUMENTS = frozenset({"guitar"})
"""Words kept though no tag: they leave the narrower tags open when tags are judged."""

_GENRES: dict[str, str] = {
    "electronic": "electro electronicdance glitch glitchhop idm minimalelectronic wonky",
    "ambient electronic": "ambientelectronic",
    "ambient": "darkambient",
    "breakbeat": "bigbeat breaks",
    "chiptune": "chipmusic",
    "downtempo": "chillout triphop",
    "drumnbass": "drumnbass liquidfunk",
    "edm": "club dance electronicdancemusic eurodance harddance hardstyle",
    "house": "deephouse electrohouse progressivehouse techhouse",
    "disco": "nudisco",
    "techno": "hardcorehardtechno",
    "trance": "psytrance",
    "electronic pop": "electropop synthpop",
    "lofi": "chillhop lofibeats",
    "hiphop": "gangsta hiphopbeats nerdcore",
    "pop": "instrumentalpop",
    "pop rock": "poprock",
    "pop folk": "popfolk",
    "blues rock": "bluesrock",
    "rock": "alternativerock altrock classicrock grunge hardrock indierock instrumentalrock krautrock loudrock nowave "
    "postpunk postrock rockabilly rocknroll rockandroll rockopera softrock spacerock",
    "rock world": "ethnicrock",
    "punk": "punkrock",
    "metal": "blackmetal deathmetal doom doommetal grindcore heavymetal metalcore numetal sludge thrash",
    "funk rnb": "funkrandb funkrb",
    "soul rnb": "soulrnb soulrandb",
    "soul": "neosoul",
    "jazz": "acidjazz bebop bigband bigbandswing freejazz jazzfusion jazzout jazzvocal modernjazz nujazz swing",
    "jazz funk": "jazzfunk",
    "classical": "baroque chambermusic choralmusic clasical composedmusic opera symphony",
    "country": "bluegrass countrywestern honkytonk westernswing",
    "country folk": "americana",
    "folk": "celtic irish",
    "reggae": "dancehall dub reggaedancehall reggaedub",
    "latin": "bachata bossanova brazilian cumbia forro latinamerica latino mambo merengue reggaeton salsa samba tango",
    "world": "african afrobeat arabic asiafareast balkan bollywood ethno fado flamenco india indian international "
    "klezmer middleeast middleeastern nindiantraditional northafrican oriental romanygypsy southindiantraditional "
    "turkish worldfusion",
    "experimental": "avantgarde electroacoustic experimentalpop improv improvisation musiqueconcrete noise soundart",
    "soundtrack": "filmscore score",
}
"""Names of the vocabulary -> words that stand for them, without case and punctuation."""

_INSTRUMENTS: dict[str, str] = {
    "accordion": "bandoneon",
    "acousticguitar": "classicalguitar nylonguitar",
    "bass": "acousticbassguitar contrabass doublebass uprightbass",
    "brass": "frenchhorn horn horns trombone tuba",
    "choir": "chant chanting choral chorus monks",
    "drums": "drumset",
    "electricguitar": "distortedguitar",
    "electricpiano": "wurlitzer",
    "femalevoice": "female femaleopera femalesinger femalesinging femalevocal femalevocalist girl soprano woman "
    "womansinging women",
    "flute": "flutes",
    "guitar": "guitars",
    "malevoice": "male maleopera malesinger malesinging malevocal malevocalist man mansinging men",
    "mallets": "glockenspiel",
    "organ": "churchorgan hammond pipeorgan",
    "percussion": "bongo bongos conga congas tabla",
    "piano": "grandpiano pianosolo",
    "strings": "orchestra orchestral string viola",
    "strings violin": "violins",
    "synthesizer": "pad synthpad synths",
    "violin": "fiddle",
    "voice": "singer voices",
}
"""Names of the vocabulary -> words that stand for them, without case and punctuation."""


def _by_word(table: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {word: tuple(names.split()) for names, words in table.items() for word in words.split()}


_KINDS = {
    "genre": (_by_word(_GENRES), frozenset(GENRES)),
    "instrument": (_by_word(_INSTRUMENTS), frozenset(INSTRUMENTS) | WIDER_INSTRUMENTS),
}


def bare(word: str) -> str:
    """A word without case, accents and punctuation: ``"Hip-Hop"`` gives ``"hiphop"``."""
    plain = unicodedata.normalize("NFKD", word.rpartition("---")[2]).casefold()
    return re.sub(r"[^a-z0-9]", "", plain.replace("&", "and"))


def genre_names(word: str) -> tuple[str, ...]:
    """Genres of the vocabulary that a word or phrase stands for; empty where it stands for none."""
    whole = _look_up("genre", bare(word))
    if whole:
        return whole
    parts = [part for part in re.split(r"[\s/_\-]+", word) if part]
    ends = (_look_up("genre", bare("".join(parts[start:]))) for start in range(1, len(parts)))
    return next((names for names in ends if names), ())


def instrument_names(word: str) -> tuple[str, ...]:
    """Instruments of the vocabulary (or ``"guitar"``) that a word stands for; empty where it stands for none."""
    return _look_up("instrument", bare(word))


def _look_up(category: str, word: str) -> tuple[str, ...]:
    table, vocabulary = _KINDS[category]
    if word in table:
        return table[word]
    name = ALIASES.get(word, word)
    return (name,) if name in vocabulary else ()
