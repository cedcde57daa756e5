"""ModelSpec: what a network is, hears and answers; it travels inside the checkpoint.

A spec is written as JSON into the safetensors metadata, so weights never part from the front-end,
tags, thresholds and grids that give their numbers a meaning. Three kinds share one format:
:class:`CRNNSpec` (the tagger), :class:`ShortChunkResSpec` (the embedder), and
:class:`ShortChunkResTaggerSpec` (a published short-chunk classifier, imported).
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from models import spec_fields
from models.spec_fields import check
from segue.audio.waveform import SAMPLE_RATE
from segue.tempo import MAX_BPM, MIN_BPM

FORMAT_VERSION = 1
KEY_CLASSES: tuple[str, ...] = tuple(
    f"{tonic} {mode}"
    for mode in ("major", "minor")
    for tonic in ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
)
"""Order of key logits: 0 to 11 are C to B major, 12 to 23 are C to B minor."""


@dataclass(frozen=True, slots=True)
class LogMelSpec:
    """Log-mel front-end: HTK mel scale, no filter normalisation, power, decibel."""

    sample_rate: int = SAMPLE_RATE  # Hz
    n_fft: int = 512  # samples; also the length of the Hann window
    hop_length: int = 256  # samples
    n_mels: int = 96
    f_min: float = 0.0  # Hz
    f_max: float = SAMPLE_RATE / 2  # Hz

    def __post_init__(self) -> None:
        check(self.sample_rate > 0, f"sample_rate is {self.sample_rate} Hz; it must be positive")
        check(self.n_fft > 1, f"n_fft is {self.n_fft}; it must be at least 2")
        check(self.hop_length > 0, f"hop_length is {self.hop_length}; it must be positive")
        check(self.n_mels > 0, f"n_mels is {self.n_mels}; it must be positive")
        check(
            0 <= self.f_min < self.f_max <= self.sample_rate / 2,
            f"mels from {self.f_min} to {self.f_max} Hz do not fit {self.sample_rate} Hz audio",
        )

    @property
    def frames_per_second(self) -> float:
        """STFT frames per second."""
        return self.sample_rate / self.hop_length

    def n_frames(self, n_samples: int) -> int:
        """Number of (centred) STFT frames of ``n_samples``."""
        return n_samples // self.hop_length + 1


@dataclass(frozen=True, slots=True)
class LogFrequencySpec:
    """Log-frequency front-end of the key branch; see :class:`models.frontend.LogFrequency`."""

    sample_rate: int = SAMPLE_RATE  # Hz
    window_length: int = SAMPLE_RATE // 2  # samples, 0.5 s
    n_fft: int = 8192  # samples
    hop_length: int = 2048  # samples
    bins_per_octave: int = 36
    n_octaves: int = 7
    f_c_hz: float = 440.0 * 2 ** (-45 / 12)  # the lowest C, C1 = 32.7 Hz
    compression: float = 1000.0  # log(1 + compression * amplitude), full scale = 1

    def __post_init__(self) -> None:
        check(
            1 < self.window_length <= self.n_fft,
            f"a window of {self.window_length} samples does not fit n_fft {self.n_fft}",
        )
        check(self.hop_length > 0, f"hop_length is {self.hop_length}; it must be positive")
        check(
            self.bins_per_octave > 0 and self.bins_per_octave % 12 == 0,
            f"bins_per_octave is {self.bins_per_octave}; it must be a multiple of 12",
        )
        check(self.n_octaves > 0, f"n_octaves is {self.n_octaves}; it must be positive")
        check(
            0 < self.f_c_hz * 2**self.n_octaves <= self.sample_rate / 2,
            f"{self.n_octaves} octaves above {self.f_c_hz} Hz do not fit {self.sample_rate} Hz",
        )
        check(self.compression > 0, f"compression is {self.compression}; it must be positive")

    @property
    def n_bins(self) -> int:
        """Number of log-frequency bins."""
        return self.bins_per_octave * self.n_octaves

    def n_frames(self, n_samples: int) -> int:
        """Number of (centred) STFT frames of ``n_samples``."""
        return n_samples // self.hop_length + 1


@dataclass(frozen=True, slots=True)
class TempoGrid:
    """Log-spaced tempo bins; bin ``k`` is ``min_bpm * (max_bpm / min_bpm) ** (k / n_bins)``."""

    n_bins: int = 256
    min_bpm: float = MIN_BPM
    max_bpm: float = MAX_BPM  # exclusive: the bin after the last

    def __post_init__(self) -> None:
        check(self.n_bins > 1, f"{self.n_bins} tempo bins; at least 2 are needed")
        check(
            0 < self.min_bpm < self.max_bpm,
            f"tempo bins from {self.min_bpm} to {self.max_bpm} BPM; they must ascend from above 0",
        )

    @property
    def bins_per_octave(self) -> float:
        """Bins per doubling of tempo (99.03 by default, so one bin is 0.7 % of tempo)."""
        return self.n_bins / math.log2(self.max_bpm / self.min_bpm)

    def bins_bpm(self) -> tuple[float, ...]:
        """Tempo of each bin in BPM, ascending."""
        ratio = self.max_bpm / self.min_bpm
        return tuple(self.min_bpm * ratio ** (k / self.n_bins) for k in range(self.n_bins))

    def position(self, tempo_bpm: float) -> float:
        """Fractional bin of a tempo; outside ``[0, n_bins)`` where the grid does not reach."""
        return self.bins_per_octave * math.log2(tempo_bpm / self.min_bpm)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """What both kinds of spec have in common.

    Attributes:
        name: name of the model, part of the space of its vectors.
        input_samples: length of one window or chunk in samples.
        tags: tag of each tag logit, as ``category---name``; empty without a tag head.
        thresholds: calibrated score above which a tag is active, one per tag; None if uncalibrated.
        tag_temperatures: divisor of each tag logit before the sigmoid; None stands for 1.
        licence: licence of the weights.
        provenance: where the weights come from: data, code version, steps, scores (plain JSON).
    """

    kind: ClassVar[str] = ""
    name: str
    input_samples: int
    tags: tuple[str, ...] = ()
    thresholds: tuple[float, ...] | None = None
    tag_temperatures: tuple[float, ...] | None = None
    licence: str = "unstated"
    provenance: dict[str, Any] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        check(bool(self.name), "the model has no name")
        check(self.input_samples > 0, f"input_samples is {self.input_samples}; it must be positive")
        check(len(set(self.tags)) == len(self.tags), "a tag occurs twice")
        for label in ("thresholds", "tag_temperatures"):
            values = getattr(self, label)
            check(
                values is None or len(values) == len(self.tags),
                f"{len(values or ())} {label} for {len(self.tags)} tags; one per tag is needed",
            )
        check(all(0 <= t <= 1 for t in self.thresholds or ()), "a threshold lies outside [0, 1]")
        check(all(t > 0 for t in self.tag_temperatures or ()), "a temperature is not positive")

    def to_json(self) -> str:
        """The spec as one JSON object, with its kind."""
        return json.dumps({"kind": self.kind, **dataclasses.asdict(self)}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a spec of this kind.

        Raises:
            CheckpointInvalid: not JSON, another kind, an unknown format version, or a field that is
                missing, unknown or out of range.
        """
        fields = spec_fields.parse_object(text)
        kind, version = fields.pop("kind", None), fields.get("format_version")
        check(kind == cls.kind, f"the checkpoint is of kind {kind!r}; {cls.kind!r} is needed")
        check(
            version == FORMAT_VERSION,
            f"checkpoint format version {version!r} is unknown; this Segue reads {FORMAT_VERSION}",
        )
        return spec_fields.build(cls, fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class CRNNSpec(ModelSpec):
    """The CRNN tagger: windows of 29 s, 96 mels, one logit per tag."""

    kind: ClassVar[str] = "crnn"
    input_samples: int = 29 * SAMPLE_RATE
    log_mel: LogMelSpec = field(default_factory=lambda: LogMelSpec(n_mels=96))
    n_channels: int = 64
    hidden_size: int = 32

    def __post_init__(self) -> None:
        super(CRNNSpec, self).__post_init__()
        check(len(self.tags) > 0, "a tagger needs at least one tag")
        check(self.log_mel.n_mels == 96, f"{self.log_mel.n_mels} mels; the CRNN pools exactly 96")
        check(self.n_channels > 0, f"n_channels is {self.n_channels}; it must be positive")
        check(self.hidden_size > 0, f"hidden_size is {self.hidden_size}; it must be positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortChunkResSpec(ModelSpec):
    """The Short-Chunk ResNet: chunks of 3.69 s, 128 mels, several heads.

    Attributes:
        embedding_dim: length of the unit-norm embedding.
        tempo: bins of the tempo logits.
        key_classes: names of the key logits.
        tempo_temperature: divisor of the tempo logits before the softmax, calibrated.
        key_temperature: divisor of the key logits before the softmax, calibrated.
        texture_dim: length of the teacher embedding regressed in training; None in inference.
    """

    kind: ClassVar[str] = "short_chunk_res"
    input_samples: int = 59_049  # 3 ** 10 samples, 3.69 s
    log_mel: LogMelSpec = field(default_factory=lambda: LogMelSpec(n_mels=128))
    log_frequency: LogFrequencySpec = field(default_factory=LogFrequencySpec)
    n_channels: int = 64
    embedding_dim: int = 128
    tempo: TempoGrid = field(default_factory=TempoGrid)
    key_classes: tuple[str, ...] = KEY_CLASSES
    tempo_temperature: float = 1.0
    key_temperature: float = 1.0
    texture_dim: int | None = None

    def __post_init__(self) -> None:
        super(ShortChunkResSpec, self).__post_init__()
        check(self.n_channels > 0, f"n_channels is {self.n_channels}; it must be positive")
        check(self.log_mel.n_mels == 128, f"{self.log_mel.n_mels} mels; the trunk halves exactly 128")
        check(self.embedding_dim > 0, f"embedding_dim is {self.embedding_dim}; it must be positive")
        check(
            self.key_classes == KEY_CLASSES,
            "key_classes must be C to B major, then C to B minor",
        )
        check(self.tempo_temperature > 0 and self.key_temperature > 0, "a temperature is not positive")
        check(
            self.texture_dim is None or self.texture_dim > 0,
            f"texture_dim is {self.texture_dim}; it must be positive or null",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortChunkResTaggerSpec(ModelSpec):
    """The published short-chunk classifier: trunk and tag head alone."""

    kind: ClassVar[str] = "short_chunk_res_tagger"
    input_samples: int = 59_049
    log_mel: LogMelSpec = field(default_factory=lambda: LogMelSpec(n_mels=128))
    n_channels: int = 128

    def __post_init__(self) -> None:
        super(ShortChunkResTaggerSpec, self).__post_init__()
        check(len(self.tags) > 0, "a tagger needs at least one tag")
        check(self.log_mel.n_mels == 128, f"{self.log_mel.n_mels} mels; the trunk halves 128")
        check(self.n_channels > 0, f"n_channels is {self.n_channels}; it must be positive")


AnySpec = CRNNSpec | ShortChunkResSpec | ShortChunkResTaggerSpec


def parse_spec(text: str) -> AnySpec:
    """Read a spec of whatever kind it says it is.

    Raises:
        CheckpointInvalid: as :meth:`ModelSpec.from_json`, or the kind is unknown.
    """
    kind = spec_fields.parse_object(text).get("kind")
    kinds: dict[object, type[AnySpec]] = {c.kind: c for c in (CRNNSpec, ShortChunkResSpec, ShortChunkResTaggerSpec)}
    check(kind in kinds, f"checkpoints of kind {kind!r} are unknown; known are {', '.join(map(str, kinds))}")
    return kinds[kind].from_json(text)
