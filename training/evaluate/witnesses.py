"""Witnesses: tempo and key as the network alone and signal processing alone would report them.

An embedder may offer them or not; where it does not, evaluation goes without.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from segue.audio.waveform import Waveform
from segue.key import KeyEstimate
from segue.ports import Embedder
from segue.tempo import TempoEstimate
from training.evaluate.measure import SEGUE

WITNESSES = NETWORK, SIGNAL = f"{SEGUE}_network", f"{SEGUE}_signal"


class TempoVoices(Protocol):
    """A tempo by each witness and by both."""

    @property
    def network(self) -> TempoEstimate:
        """The rhythm branch alone."""
        ...

    @property
    def signal(self) -> TempoEstimate:
        """Signal processing alone."""
        ...


class KeyVoices(Protocol):
    """A key by each witness and by both."""

    @property
    def network(self) -> KeyEstimate:
        """The harmony branch alone."""
        ...

    @property
    def signal(self) -> KeyEstimate:
        """Signal processing alone."""
        ...


@runtime_checkable
class TempoWitnessing(Protocol):
    """An embedder that tells its tempo witnesses apart."""

    def log_mel(self, waveform: Waveform) -> NDArray[Any]:
        """The front-end that tempo is heard in."""
        ...

    def tempo_witnesses(self, log_mel: NDArray[Any]) -> TempoVoices:
        """What each says of the whole track."""
        ...


@runtime_checkable
class KeyWitnessing(Protocol):
    """An embedder that tells its key witnesses apart."""

    def log_frequency(self, waveform: Waveform) -> NDArray[Any]:
        """The front-end that the key is heard in."""
        ...

    def key_witnesses(self, log_frequency: NDArray[Any]) -> KeyVoices:
        """What each says of the whole track."""
        ...


def tempo_by_witness(embedder: Embedder, waveform: Waveform) -> dict[str, TempoEstimate]:
    """System -> tempo; empty where the embedder does not tell its witnesses apart."""
    if not isinstance(embedder, TempoWitnessing):
        return {}
    said = embedder.tempo_witnesses(embedder.log_mel(waveform))
    return {NETWORK: said.network, SIGNAL: said.signal}


def key_by_witness(embedder: Embedder, waveform: Waveform) -> dict[str, KeyEstimate]:
    """System -> key; empty where the embedder does not tell its witnesses apart."""
    if not isinstance(embedder, KeyWitnessing):
        return {}
    said = embedder.key_witnesses(embedder.log_frequency(waveform))
    return {NETWORK: said.network, SIGNAL: said.signal}
