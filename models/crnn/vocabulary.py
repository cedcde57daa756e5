"""The tagger's vocabulary: genres and instruments that DJs and producers sort by.

Written ``category---name`` as in MTG-Jamendo. The order is part of every checkpoint; append, never reorder.
"""

from __future__ import annotations

GENRES = (
    *(
        "ambient",
        "blues",
        "breakbeat",
        "chiptune",
        "classical",
        "country",
        "disco",
        "downtempo",
        "drumnbass",
        "dubstep",
    ),
    *("edm", "electronic", "experimental", "folk", "funk", "gospel", "hiphop", "house", "jazz", "latin", "lofi"),
    *("metal", "pop", "punk", "reggae", "rnb", "rock", "soul", "soundtrack", "synthwave", "techno", "trance", "trap"),
    "world",
)
INSTRUMENTS = (
    *("accordion", "acousticguitar", "bass", "brass", "cello", "choir", "clarinet", "drummachine", "drums"),
    *("electricguitar", "electricpiano", "femalevoice", "flute", "harp", "malevoice", "mallets", "organ"),
    *("percussion", "piano", "saxophone", "sitar", "strings", "synthbass", "synthesizer", "trumpet", "violin", "voice"),
)
TAGS: tuple[str, ...] = (
    *(f"genre---{name}" for name in GENRES),
    *(f"instrument---{name}" for name in INSTRUMENTS),
)
