"""Key: chords of known key, detuned, and what network and profile say together."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from models.frontend import LogFrequency
from models.short_chunk_res.key import estimate_key, fuse, key_witnesses, pitch_classes, profile_evidence
from models.spec import KEY_CLASSES, LogFrequencySpec
from segue.audio.waveform import SAMPLE_RATE
from segue.key import Key

SPEC = LogFrequencySpec()
UNDECIDED = np.full(24, -np.log(24))
CADENCES = {  # chords as semitones above the tonic: I IV V I and i iv V i
    "major": ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)),
    "minor": ((0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7)),
}


def cadence(key: Key, detuning_semitones: float = 0.0) -> np.ndarray:
    """Four seconds of I IV V I in sawtooth-like tones, ``(n_samples,)`` float32."""
    t = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    bars = []
    for chord in CADENCES[key.mode]:
        notes = [key.tonic + 48 + step for step in chord] + [key.tonic + 36 + chord[0] % 12]
        hertz = [440.0 * 2 ** ((note + detuning_semitones - 69) / 12) for note in notes]
        tones = [np.sin(2 * np.pi * h * t * n) / n for h in hertz for n in range(1, 6)]
        bars.append(0.05 * np.sum(tones, axis=0))
    return np.concatenate(bars).astype(np.float32)


@cache
def front_end() -> LogFrequency:
    return LogFrequency(SPEC)


def features(samples: np.ndarray) -> np.ndarray:
    return front_end()(torch.from_numpy(samples)[None])[0].numpy()


@pytest.mark.parametrize("index", [0, 4, 9, 12, 17, 21, 23])
def test_cadence_is_heard_in_its_key(index):
    key = Key.from_index(index)
    estimate = estimate_key(UNDECIDED, features(cadence(key)), SPEC)
    assert estimate.key == key
    assert estimate.confidence > 0.5


@pytest.mark.parametrize("detuning", [-0.4, -0.2, 0.3])
def test_tuning_is_compensated(detuning):
    key = Key.parse("F# minor")
    assert estimate_key(UNDECIDED, features(cadence(key, detuning)), SPEC).key == key


def test_key_classes_are_in_the_order_of_the_domain():
    assert [Key.from_index(k) for k in range(24)] == [Key.parse(name) for name in KEY_CLASSES]


def test_evidence_turns_with_the_pitch_classes(rng):
    classes = rng.random((2, 12))
    there = profile_evidence(np.roll(classes, 5, axis=1)).reshape(2, 12)
    np.testing.assert_allclose(there, np.roll(profile_evidence(classes).reshape(2, 12), 5, axis=1))


def test_silence_leaves_the_key_open():
    silence = np.zeros((SPEC.n_bins, 40), dtype=np.float32)
    estimate = estimate_key(UNDECIDED, silence, SPEC)
    assert estimate.confidence < 0.2
    assert np.isfinite(pitch_classes(silence, SPEC)).all()


def test_a_sure_network_outweighs_a_vague_profile():
    network = np.log(np.full(24, 1e-4))
    network[Key.parse("D major").index] = np.log(0.99)
    assert estimate_key(network, np.ones((SPEC.n_bins, 40), dtype=np.float32), SPEC).key == Key.parse("D major")


def test_confidences_are_probabilities_in_order(rng):
    estimate = estimate_key(rng.normal(size=24), rng.random((SPEC.n_bins, 60)).astype(np.float32), SPEC)
    confidences = [estimate.confidence, *(other.confidence for other in estimate.alternatives)]
    assert confidences == sorted(confidences, reverse=True)
    assert 0 <= sum(confidences) <= 1
    assert len(estimate.alternatives) <= 4
    assert len({estimate.key, *(other.key for other in estimate.alternatives)}) == len(confidences)


def test_fusion_is_a_distribution(rng):
    np.testing.assert_allclose(np.exp(fuse(rng.normal(size=24), rng.normal(size=24))).sum(), 1.0)


def test_each_witness_is_heard_alone():
    wrong = np.log(np.full(24, 1e-3))
    wrong[Key.parse("Eb major").index] = np.log(0.977)
    sound = features(cadence(Key.parse("A minor")))
    three = key_witnesses(wrong, sound, SPEC)
    assert three.network.key == Key.parse("Eb major")
    assert three.network.confidence == pytest.approx(0.977, abs=1e-3)
    assert three.signal.key == Key.parse("A minor")
    assert three.fused == estimate_key(wrong, sound, SPEC)
