"""Examples: what requests and answers look like, for the documentation; a test holds them against the schemas."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

PARAMS: Json = {
    "limit": 5,
    "min_similarity": 0.5,
    "tags": {"exclude": ["techno"], "min_shared": 1},
    "bpm": {"tolerance_pct": 6},
    "key": {"mode": "standard"},
    "diversity": {"max_per_artist": 2},
    "weights": {"sound": 0.5, "tempo": 0.3, "key": 0.2},
}
_TRACK_ID = "01JD3Q8W2N6V4T9XK5B7C1HZ0M"
_OTHER_ID = "01JD3QB5R1M8XK2P7V0C9T4WZE"
_ANALYSIS_ID = "9f86d081884c7d659a2feaa0c55ad015"
BY_SEED: Json = {
    "defaults": {"track_id": _TRACK_ID},
    "tuned": {"track_id": _TRACK_ID, **PARAMS},
    "recent_upload": {"analysis_id": _ANALYSIS_ID, "preset": "harmonic"},
    "alchemy": {"seeds": [{"track_id": _TRACK_ID}, {"track_id": _OTHER_ID, "weight": -0.5}], "match": "segue"},
}

_TEMPO: Json = {"bpm": 126.0, "confidence": 0.91, "alternatives": [{"bpm": 63.0, "confidence": 0.06}]}
_KEY: Json = {
    "name": "A minor",
    "camelot": "8A",
    "open_key": "1m",
    "confidence": 0.74,
    "alternatives": [{"name": "C major", "camelot": "8B", "open_key": "1d", "confidence": 0.15}],
}
_ACTIVE_TAGS: list[Json] = [
    {"tag": "genre---techno", "name": "techno", "category": "genre", "score": 0.88, "active": True},
    {"tag": "instrument---drummachine", "name": "drummachine", "category": "instrument", "score": 0.61, "active": True},
]
_ALL_TAGS: list[Json] = [
    *_ACTIVE_TAGS,
    {"tag": "instrument---piano", "name": "piano", "category": "instrument", "score": 0.03, "active": False},
]
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_MODEL: Json = {
    "tagger": "crnn@1a2b3c4d5e6f",
    "embedder": "short-chunk-res@6f5e4d3c2b1a",
    "layout": "sound-tags-tempo-key-energy-segue/2",
    "dim": 355,
}

TRACK: Json = {
    "id": "01JD3Q8W2N6V4T9XK5B7C1HZ0M",
    "title": "Nightdrive",
    "artist": "Aria Vale",
    "album": None,
    "path": None,
    "duration_seconds": 342.5,
    "tempo": _TEMPO,
    "key": _KEY,
    "bpm_override": None,
    "key_override": None,
    "energy": 0.72,
    "tags": _ACTIVE_TAGS,
    "added_at": "2025-11-20T11:30:00Z",
    "content_hash": _HASH,
}
TRACK_PAGE: Json = {"tracks": [TRACK], "next_cursor": "MTowMUpEM1E4VzJONlY0VDlYSzVCN0MxSFowTQ"}

ANALYSIS: Json = {
    "analysis_id": _ANALYSIS_ID,
    "duration_seconds": 342.5,
    "tempo": _TEMPO,
    "key": _KEY,
    "energy": 0.72,
    "tags": _ALL_TAGS,
    "content_hash": _HASH,
    "embedding": None,
    "model": _MODEL,
}

RECOMMENDATIONS: Json = {
    "query": {
        "seeds": [{"track_id": None, "analysis_id": _ANALYSIS_ID, "weight": 1.0}],
        "tempo": _TEMPO,
        "key": _KEY,
        "energy": 0.72,
        "duration_seconds": 342.5,
        "tags": _ALL_TAGS,
    },
    "pool": {"catalogue": 1200, "after_limits": 610, "as_asked": 240, "after_tags": 240, "relaxed": "as_asked"},
    "results": [
        {
            "rank": 1,
            "track": TRACK,
            "similarity": 0.8618,
            "components": {"sound": 0.91, "tags": 0.95, "tempo": 0.98, "key": 0.48, "energy": 0.99, "segue": 0.8},
            "contributions": {
                "sound": 0.364,
                "tags": 0.19,
                "tempo": 0.147,
                "key": 0.0816,
                "energy": 0.0792,
                "segue": 0.0,
            },
            "shared_tags": ["genre---techno", "instrument---drummachine"],
            "tempo": {"bpm": 126.0, "ratio": 1.0, "pitch_pct": 1.59},
            "key": {
                "name": "A minor",
                "camelot": "8A",
                "relation": "adjacent",
                "without_key_lock": {"name": "A minor", "camelot": "8A", "relation": "adjacent"},
                "detune_cents": 27.3,
            },
            "segment": None,
            "transition": None,
            "duplicates": [],
            "reasons": [
                "Shares techno and drummachine.",
                "126.0 BPM beats at your tempo when pitched +1.6 %.",
                "A minor (8A) is one step on the wheel from your 7A.",
                "Sound very close (0.91 of 1).",
            ],
        }
    ],
    "next_cursor": "WyJyZWNvbW1lbmRhdGlvbnMvMSJd",
    "weights": {"sound": 0.4, "tags": 0.2, "tempo": 0.15, "key": 0.17, "energy": 0.08, "segue": 0.0},
    "model": _MODEL,
    "warnings": [],
}

_SESSION = "5f2c9d0b7a4e4c1d8b6a3e9f10d27c44"
NEXT_PARAMS: Json = {
    "limit": 5,
    "bpm": {"tolerance_pct": 6},
    "key": {"mode": "standard"},
    "energy": {"direction": "up"},
}
NEXT_BY_NAME: Json = {
    "track_at_a_position": {"track_id": _TRACK_ID, "position_seconds": 214.0},
    "same_session_other_params": {"session": _SESSION, **NEXT_PARAMS},
}
NEXT: Json = {
    "session": _SESSION,
    "heard_seconds": 30.0,
    "tempo": _TEMPO,
    "key": _KEY,
    "energy": 0.72,
    "tags": _ALL_TAGS,
    "playing": {"track": TRACK | {"id": _OTHER_ID, "title": "Glass Harbour"}, "confidence": 0.97},
    "pool": RECOMMENDATIONS["pool"],
    "results": RECOMMENDATIONS["results"],
    "next_cursor": None,
    "weights": {"sound": 0.0, "tags": 0.2, "tempo": 0.15, "key": 0.17, "energy": 0.08, "segue": 0.4},
    "model": _MODEL,
    "warnings": [],
}

TAGS: Json = {
    "tags": [
        {
            "tag": "genre---techno",
            "name": "techno",
            "category": "genre",
            "threshold": 0.31,
            "parent": "genre---electronic",
            "track_count": None,
        }
    ]
}

COMPATIBLE_KEYS: Json = {
    "key": {"name": "A minor", "camelot": "8A", "open_key": "1m"},
    "compatible": [
        {"name": "A minor", "camelot": "8A", "open_key": "1m", "relation": "same", "similarity": 1.0},
        {"name": "C major", "camelot": "8B", "open_key": "1d", "relation": "relative", "similarity": 0.6},
    ],
}

ALIVE: Json = {"status": "alive"}
READY: Json = {"status": "ready", "tracks": 1200, "analyses_in_progress": 0, "model": _MODEL}

COLLECTION: Json = {
    "id": "01JE4T0M5S8YB3N6QX1ZC9RWVH",
    "name": "Warm-up",
    "created_at": "2025-11-20T11:30:00Z",
    "track_count": 42,
}
COLLECTION_PAGE: Json = {"collections": [COLLECTION], "next_cursor": None}

LISTEN: Json = {"track_id": "01JD3Q8W2N6V4T9XK5B7C1HZ0M", "played_at": "2025-11-20T22:15:00Z"}
LISTEN_PAGE: Json = {"listens": [LISTEN], "next_cursor": None}

MIXER_PRESET: Json = {
    "name": "late-night",
    "description": "Slow and deep, for the last hour.",
    "weights": {"sound": 0.4, "tags": 0.1, "tempo": 0.2, "key": 0.0, "energy": 0.3, "segue": 0.0},
    "built_in": False,
}
MIXER_PRESETS: Json = {"presets": [MIXER_PRESET]}

MAP: Json = {
    "method": "umap",
    "fitted_at": "2025-11-20T11:30:00Z",
    "tracks": 1200,
    "placed": 3,
    "clusters": [
        {
            "id": 0,
            "name": "techno, drum machine",
            "x": 0.31407,
            "y": 0.72011,
            "size": 148,
            "tags": ["genre---techno", "instrument---drummachine", "genre---electronic"],
        }
    ],
    "points": [
        {
            "track_id": "01JD3Q8W2N6V4T9XK5B7C1HZ0M",
            "title": "Nightdrive",
            "artist": "Aria Vale",
            "x": 0.30551,
            "y": 0.71186,
            "cluster": 0,
        }
    ],
    "next_cursor": "WyJtYXAvMSIsIjAxSkQzUThXMk42VjRUOVhLNUI3QzFIWjBNIl0",
}

TRANSITIONS: Json = {
    "from_track": TRACK,
    "to_track": TRACK,
    "transitions": [
        {
            "mix_out_seconds": 274.286,
            "mix_in_seconds": 0.214,
            "overlap_bars": 32,
            "overlap_seconds": 60.952,
            "tempo_ratio": 1.0,
            "pitch_pct": -1.56,
            "key": {"name": "E minor", "camelot": "9A", "open_key": "2m", "relation": "adjacent"},
            "key_without_lock": {"name": "E minor", "camelot": "9A", "open_key": "2m", "relation": "adjacent"},
            "sound": 0.83,
            "level_out": 0.52,
            "level_in": 0.47,
            "score": 0.81,
            "confidence": 0.74,
            "reasons": [
                "Start the next track at 0:00.2 when the first one is at 4:34.3; both play for 32 bars (61.0 s).",
                "The overlap lies in the outro of the first track.",
                "The body of the next track enters when the overlap ends.",
                "128.0 BPM beats at the tempo of 126.0 when pitched -1.6 %.",
                "8A to 9A is adjacent.",
                "During the overlap their sounds have a cosine of 0.83.",
            ],
            "caveats": [],
        }
    ],
}

PLAYLIST_PARAMS: Json = {
    "length": 12,
    "curve": "arc",
    "keep_on": 3,
    "drunk": 0.2,
    "rng_seed": 7,
    "max_per_artist": 2,
    "neighbours": {"max_bpm_drift_pct": 4, "key_mode": "standard"},
}
PLAYLIST_REQUESTS: Json = {
    "defaults": {"track_id": _TRACK_ID},
    "tuned": {"track_id": _TRACK_ID, **PLAYLIST_PARAMS},
    "an_hour_from_an_upload": {"analysis_id": _ANALYSIS_ID, "total_seconds": 3600, "play_seed": True},
    "energies": {"seeds": [{"track_id": _TRACK_ID}], "curve": [0.3, 0.5, 0.8, 0.6]},
}
_FIRST: Json = {
    "position": 1,
    "track": TRACK,
    "bpm": 126.0,
    "key": {"name": "A minor", "camelot": "8A", "open_key": "1m"},
    "energy": 0.72,
    "duration_seconds": 342.5,
    "fit": 0.81,
    "energy_target": 0.7,
    "phase": "build",
    "relaxed": 0,
    "move": None,
}
_SECOND: Json = {
    **_FIRST,
    "position": 2,
    "track": TRACK | {"id": _OTHER_ID, "title": "Glass Harbour"},
    "bpm": 128.0,
    "key": {"name": "E minor", "camelot": "9A", "open_key": "2m"},
    "energy": 0.9,
    "energy_target": 0.86,
    "relaxed": 1,
    "move": {
        "tempo_ratio": 1.0,
        "pitch_pct": -1.56,
        "key": {"name": "E minor", "camelot": "9A", "relation": "adjacent"},
        "without_key_lock": {"name": "E minor", "camelot": "9A", "relation": "adjacent"},
        "similarity": 0.84,
    },
}
PLAYLIST: Json = {
    "query": RECOMMENDATIONS["query"],
    "tracks": [_FIRST, _SECOND],
    "total_seconds": 685.0,
    "ended": {
        "code": "key_limit",
        "message": "After track 2 no track is left: of 240 that pass, 238 not yet played, 12 within 4 % of 128.0 BPM, "
        "0 in a key that follows 9A (standard). Without that last condition there would be 12.",
        "conditions": [
            {"condition": "used", "left": 238, "if_lifted": 1},
            {"condition": "tempo", "left": 12, "if_lifted": 31},
            {"condition": "key", "left": 0, "if_lifted": 12},
        ],
        "other_orders": 0,
        "all_followed": True,
    },
    "pool": {"size": 240, "relaxed": "as_asked"},
    "model": _MODEL,
}
PATH_PARAMS: Json = {"n_between": 4, "neighbours": {"max_bpm_drift_pct": 8, "key_mode": "extended"}}
PATH_REQUESTS: Json = {
    "defaults": {"waypoints": [{"track_id": _TRACK_ID}, {"track_id": _OTHER_ID}]},
    "from_an_upload": {
        "waypoints": [{"analysis_id": _ANALYSIS_ID}, {"track_id": _TRACK_ID}, {"track_id": _OTHER_ID}],
        "length": 15,
        "partial": True,
    },
}
PATH: Json = {
    "tracks": [
        _FIRST | {"fit": None, "energy_target": None, "phase": None},
        _SECOND | {"fit": None, "energy_target": None, "phase": None, "relaxed": 0},
    ],
    "waypoints": [1, 2],
    "total_seconds": 685.0,
    "ended": {
        "code": "complete",
        "message": "All 2 tracks were found.",
        "conditions": [],
        "other_orders": 0,
        "all_followed": True,
    },
    "pool": {"size": 1198, "relaxed": "as_asked"},
    "model": _MODEL,
}
