"""Public names of the domain: what others build on changes only on purpose, here too."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PUBLIC_NAMES = {
    "segue.analyse": "Analyser EDITABLE Edit combined edit_track features",
    "segue.bars": "BarGrid PHRASE_BARS",
    "segue.beside": "Beside beside",
    "segue.candidate": "Candidate HearAnew nearest_first ranked_anew",
    "segue.codebook": "CodeFrequencies Codebook Codes Floats NO_CODES track_vector",
    "segue.diversity": "Diversity Facts Kept SAME_DURATION SAME_NAME_SOUND SAME_SOUND SAME_TEMPO",
    "segue.errors": (
        "AnalysisNotFound AudioError AudioTooLarge AudioTooLong AudioTooShort CatalogueBusy CatalogueCorrupt "
        "CatalogueError CheckpointInvalid CollectionExists CollectionNotFound CorruptAudio DecodingTimeout "
        "EmptyFile InvalidCursor InvalidRequest ModelError ModelMissing NotAudio Overloaded PresetIsBuiltIn "
        "PresetNotFound SegueError SessionNotFound SilentAudio SpaceMismatch TrackNotFound TruncatedAudio "
        "UnknownKey UnknownTag UnsupportedAudio"
    ),
    "segue.fakes": "FAKE_VOCABULARY FakeEmbedder FakeTagger MemoryCatalogue",
    "segue.feel": "by_feel frequencies_with sound_of",
    "segue.inside": "SHORTLIST by_segment looking_inside",
    "segue.key": (
        "COMPATIBILITY Key KeyCandidate KeyEstimate KeyMode MODE_RELATIONS Mode N_KEYS PITCH_CLASSES Relation "
        "compatibility_factor keys_in_mode relation transposed"
    ),
    "segue.limits": (
        "EnergyDirection EnergyLimit KeyLimit Limits METRICAL_LEVELS NOWHERE STEADY_ENERGY TempoLimit "
        "intersection pitched_to"
    ),
    "segue.live": (
        "Floats HALF_LIFE_SECONDS LATELY_SECONDS Listening MAX_ALTERNATIVES NOW_CHUNKS SAME_BEAT left_at vote_key "
        "vote_tempo"
    ),
    "segue.mixer": (
        "AXES Features LAYOUT Mixer N_TEMPO_HARMONICS SAME_OCTAVE_SHARE Vector Weights direction_of_sum "
        "energy_block similarity tempo_block unit"
    ),
    "segue.options": "MAX_LIMIT Match Options PAGE_WITHOUT_LIMIT Place",
    "segue.path": "DEFAULT_BETWEEN PathOptions TrackPath Waypoint find_path turned",
    "segue.playing": "LAST_CHUNKS MIN_CONFIDENCE Playing SHORTLIST confidence_of find_playing score",
    "segue.playlist": (
        "DEFAULT_LENGTH MAX_DURATION_SECONDS MAX_KEEP_ON MAX_LENGTH Placed Playlist PlaylistOptions check_pool "
        "make_playlist"
    ),
    "segue.ports": "AudioDecoder Catalogue Decoded Embedder Hit NewTrack Space Tagger TrackChanges iterate",
    "segue.recommend": "recommend",
    "segue.results": "Pool Recommendation Recommendations explain with_transition",
    "segue.seed": "Seed blend",
    "segue.segments": "Floats MATCH_CHUNKS PART_CHUNKS SegmentMatch best_segment parts_of windows_of",
    "segue.segue_points": (
        "Caveat Floats Form LOW_CONFIDENCE MAX_PITCH_PERCENT OVERLAPS Playable Transition form transition transitions"
    ),
    "segue.tags": "CATEGORIES OnEmpty PARENT_GENRES TagGate TagScores TagVocabulary category_of genre_family name_of",
    "segue.tempo": (
        "MAX_BPM MIN_BPM Numbers TempoCandidate TempoEstimate metrical_ratio semitones_when_matched tempo_ratio"
    ),
    "segue.track": "Analysis Description EDGE_CHUNKS Hearing Track mean_direction",
    "segue.where": "ANY Range Where folded",
    "segue.sets.chain": "BRANCHES Chain Found MOST_GROWN MOST_QUESTIONS Plan WIDTHS search",
    "segue.sets.conditions": "Condition Remaining combined pools remaining without_used",
    "segue.sets.curve": "ARC Curve CurveName LEVELS Phase TOLERANCES Target check_shape",
    "segue.sets.ending": "Ending EndingCode complete early out_of_reach",
    "segue.sets.neighbours": "MAX_DRIFT_PERCENT Move NeighbourLimits Song Ways keys_leading_to same_recording",
    "segue.sets.questions": "Answer Ask Questions",
    "segue.shelf.cluster_names": "Bools MAX_TAGS MIN_LIFT MIN_SHARE NamedCluster name_clusters spoken telling_tags",
    "segue.shelf.collection": "Collection Collections name_taken no_collection no_tracks",
    "segue.shelf.map": (
        "Anchors Cluster Floats MapMethod MapPage MapPoint NEIGHBOURS Places TrackMap on_unit_square principal_plane"
    ),
    "segue.shelf.memory": "MemoryCollections MemoryPlays MemoryPresets",
    "segue.shelf.memory_map": "MemoryMap",
    "segue.shelf.names": "MAX_NAME can_be_seen tidy_name",
    "segue.shelf.play": "CLOCK_TOLERANCE_SECONDS Play PlayedBefore Plays moment_of_play played_since",
    "segue.shelf.preset": "BUILT_IN MAX_DESCRIPTION Preset Presets built_in no_preset refuse_built_in saveable",
    "segue.audio.chunks": "CHUNK_SAMPLES CHUNK_SECONDS chunk chunk_starts",
    "segue.audio.waveform": "SAMPLE_RATE Waveform",
}


def defined_names(module: str) -> set[str]:
    """Names that a module itself defines at its top level, without those starting with an underscore."""
    names: set[str] = set()
    for node in ast.parse((ROOT / Path(*module.split("."))).with_suffix(".py").read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("module", PUBLIC_NAMES)
def test_public_names(module: str) -> None:
    assert sorted(defined_names(module)) == PUBLIC_NAMES[module].split()
    assert all(hasattr(importlib.import_module(module), name) for name in PUBLIC_NAMES[module].split())


def test_every_module_of_the_domain_is_listed() -> None:
    folders = {"segue": "", "segue/sets": "sets.", "segue/shelf": "shelf."}
    files = {
        f"segue.{prefix}{path.stem}"
        for folder, prefix in folders.items()
        for path in (ROOT / folder).glob("*.py")
        if path.stem != "__init__"
    }
    assert files == {module for module in PUBLIC_NAMES if not module.startswith("segue.audio.")}
