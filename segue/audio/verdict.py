"""Whether what came out of a file is the track that it promised.

Decoders are forgiving: given half a file, or one with holes, they return what they can and report
success. These checks compare the outcome with the file's own claims and say no in plain words.
"""

from __future__ import annotations

from dataclasses import dataclass

from segue.audio import probe
from segue.audio.limits import DecodeLimits
from segue.errors import (
    AudioError,
    AudioTooLong,
    AudioTooShort,
    CorruptAudio,
    SilentAudio,
    TruncatedAudio,
)

MIN_COMPLETE = 0.9  # share of the claimed seconds, or of the bytes, that must decode
MIN_OGG_BYTES = 0.5  # lower, for the page headers around very quiet Opus weigh as much as the sound
MAX_BROKEN_SAMPLES = 0.01
SILENCE_PEAK = 1e-4  # -80 dBFS


@dataclass(slots=True)
class Tally:
    """Running account of one decoding.

    Attributes:
        seconds: decoded so far, at the source's own rate.
        end_seconds: where the last decoded frame ends on the file's own time line.
        rate_hz: sample rate of the first frame.
        n_channels: channels of the first frame.
        n_samples: source samples per channel, summed over channels.
        n_broken_samples: those of them that were NaN, infinite or absurdly loud.
        n_bad_packets: packets that the decoder refused.
        n_good_bytes: bytes in the packets that it took.
        n_bad_bytes: bytes in the packets that it refused.
        first_byte: where the first packet begins in the file, -1 where the container does not say.
        last_byte: where the last good packet ends.
        source_peak: loudest sample of any channel, linear, 1.0 is full scale.
        mono_peak: loudest sample of the mono mix.
        broke_off: the container could not be read to its end.
    """

    seconds: float = 0.0
    end_seconds: float = 0.0
    rate_hz: int = 0
    n_channels: int = 0
    n_samples: int = 0
    n_broken_samples: int = 0
    n_bad_packets: int = 0
    n_good_bytes: int = 0
    n_bad_bytes: int = 0
    first_byte: int = -1
    last_byte: int = 0
    source_peak: float = 0.0
    mono_peak: float = 0.0
    broke_off: bool = False


def clock(seconds: float) -> str:
    """Write a duration for people: ``12.3 s``, ``4:05`` or ``1:30:00``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def too_long(limits: DecodeLimits, claim_seconds: float | None = None) -> AudioTooLong:
    """Return the error for a file above the duration cap."""
    cap = clock(limits.max_duration_seconds)
    arrived = f"says that it lasts {clock(claim_seconds)}" if claim_seconds else f"goes on past {cap}"
    return AudioTooLong(f"The file {arrived}; Segue analyses tracks and mixes up to {cap}.")


def check(
    tally: Tally,
    file: probe.ByteFile,
    container: str,
    claim_seconds: float | None,
    limits: DecodeLimits,
) -> None:
    """Raise the error that fits the outcome, if any; the most telling one first."""
    if container == "ogg":  # whose "claim" is only the last page that was found intact
        claim_seconds = max(claim_seconds or 0.0, tally.end_seconds)
    for error in (
        _incomplete(tally, claim_seconds),
        _cut(file) if container == "ogg" else None,
        _patchy(tally, file, container),
        _broken(tally),
    ):
        if error is not None:
            raise error
    if tally.seconds < limits.min_duration_seconds:
        raise _too_short(tally, limits)
    if tally.mono_peak < SILENCE_PEAK:
        raise _silent(tally)


def _incomplete(tally: Tally, claim_seconds: float | None) -> AudioError | None:
    if claim_seconds is None or tally.seconds >= MIN_COMPLETE * claim_seconds:
        return None
    outcome = f"{clock(tally.seconds)} of the {clock(claim_seconds)} that the file promises"
    if tally.end_seconds >= MIN_COMPLETE * claim_seconds or _share_bad(tally) > 1 - MIN_COMPLETE:
        return CorruptAudio(
            f"Only {outcome} could be decoded; parts in between are damaged. Export or copy the file again."
        )
    return TruncatedAudio(f"The file ends early: it holds {outcome}. Copy, upload or export it again.")


def _share_bad(tally: Tally) -> float:
    return tally.n_bad_bytes / max(1, tally.n_bad_bytes + tally.n_good_bytes)


def _cut(file: probe.ByteFile) -> AudioError | None:
    if not probe.ogg_is_cut(file):
        return None
    return TruncatedAudio("The file ends early: its last Ogg page is cut off. Copy, upload or export it again.")


def _patchy(tally: Tally, file: probe.ByteFile, container: str) -> AudioError | None:
    """Find what demuxers skip in silence: junk between mp3 and AAC frames, Ogg pages with a wrong checksum."""
    if container not in ("mp3", "aac", "ogg") or tally.first_byte < 0:
        return None
    is_ogg = container == "ogg"
    end = probe.file_size(file) if is_ogg else tally.last_byte  # mp3 may have tags at its end
    share = tally.n_good_bytes / max(1, end - tally.first_byte)
    if share >= (MIN_OGG_BYTES if is_ogg else MIN_COMPLETE):
        return None
    return CorruptAudio(
        f"Only {share:.0%} of the file could be read as sound; the rest is damaged or no audio. "
        "Export or copy the file again."
    )


def _broken(tally: Tally) -> AudioError | None:
    if _share_bad(tally) > 1 - MIN_COMPLETE or (tally.seconds == 0 and tally.n_bad_packets):
        return CorruptAudio(
            f"{tally.n_bad_packets} packets of sound are damaged beyond decoding. Export or copy the file again."
        )
    if tally.n_broken_samples > MAX_BROKEN_SAMPLES * tally.n_samples:
        return CorruptAudio(
            f"{tally.n_broken_samples} samples are not finite numbers or far beyond full scale. Export the file again."
        )
    return None


def _too_short(tally: Tally, limits: DecodeLimits) -> AudioError:
    needed = f"Segue needs at least {limits.min_duration_seconds:g} s."
    if tally.broke_off or tally.n_bad_packets:
        return CorruptAudio(f"Only {tally.seconds:.2f} s of sound could be decoded from a damaged file; {needed}")
    return AudioTooShort(f"The file holds {tally.seconds:.2f} s of sound; {needed}")


def _silent(tally: Tally) -> SilentAudio:
    if tally.source_peak >= SILENCE_PEAK:
        return SilentAudio(
            "The left and right channels cancel each other out when mixed to mono: one has its "
            "polarity inverted. Export the track with the polarity put right."
        )
    return SilentAudio(
        f"The file holds {clock(tally.seconds)} of silence (nothing above -80 dBFS). "
        "Export it again with the sound switched on."
    )
