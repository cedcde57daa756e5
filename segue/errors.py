"""Every error that Segue raises on purpose.

Each carries a stable ``code`` for programs and a message for people that says what arrived and what
would work. The HTTP layer maps codes to problem+json, the command line prints the message.

    SegueError
    ├── AudioError                  the bytes are not a track that can be analysed
    │   ├── EmptyFile               0 bytes
    │   ├── NotAudio                no audio container, or no audio stream in it
    │   ├── UnsupportedAudio        a container, codec, rate or channel count outside the allow-list
    │   ├── CorruptAudio            decoding broke off
    │   ├── TruncatedAudio          fewer seconds decoded than the container promises
    │   ├── SilentAudio             nothing audible
    │   ├── AudioTooShort           below the stated minimum
    │   ├── AudioTooLong            above the duration cap
    │   ├── AudioTooLarge           more bytes than the cap
    │   └── DecodingTimeout         the sandbox ran out of time or memory
    ├── InvalidRequest              a parameter makes no sense
    │   ├── UnknownTag              a tag that the vocabulary lacks
    │   ├── UnknownKey              a key name that cannot be read
    │   ├── InvalidCursor           a paging cursor that was not made here
    │   ├── AnalysisNotFound        no analysis with that id is kept any more
    │   └── SessionNotFound         no live session with that id is kept any more
    ├── CatalogueError
    │   ├── TrackNotFound           no track with that id
    │   ├── CollectionNotFound      no collection with that id or name
    │   ├── CollectionExists        another collection has that name
    │   ├── PresetNotFound          no mixer preset with that name
    │   ├── PresetIsBuiltIn         a preset that comes with Segue stays as it is
    │   ├── SpaceMismatch           vectors of another model or mixer layout
    │   ├── CatalogueBusy           another process is writing
    │   └── CatalogueCorrupt        the stored data contradicts itself
    ├── ModelError
    │   ├── CheckpointInvalid       not a checkpoint, wrong keys, wrong shapes or wrong hash
    │   └── ModelMissing            no weights where they are expected
    └── Overloaded                  the service is at its concurrency limit
"""

from __future__ import annotations

from typing import ClassVar


class SegueError(Exception):
    """Base of all errors that Segue raises on purpose.

    Attributes:
        code: stable snake_case name of the error, part of the public API.
        message: what arrived and what would work, for a person.
    """

    code: ClassVar[str] = "segue_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AudioError(SegueError):
    """The bytes are not a track that can be analysed."""

    code = "audio_error"


class EmptyFile(AudioError):
    """The file holds 0 bytes."""

    code = "empty_file"


class NotAudio(AudioError):
    """No audio container was recognised, or it holds no audio stream."""

    code = "not_audio"


class UnsupportedAudio(AudioError):
    """A container, codec, sample rate or channel count outside the allow-list."""

    code = "unsupported_audio"


class CorruptAudio(AudioError):
    """Decoding broke off: the stream contradicts itself."""

    code = "corrupt_audio"


class TruncatedAudio(AudioError):
    """Fewer seconds could be decoded than the container promises."""

    code = "truncated_audio"


class SilentAudio(AudioError):
    """Nothing audible in the whole file."""

    code = "silent_audio"


class AudioTooShort(AudioError):
    """Shorter than the stated minimum."""

    code = "audio_too_short"


class AudioTooLong(AudioError):
    """Longer than the duration cap."""

    code = "audio_too_long"


class AudioTooLarge(AudioError):
    """More bytes than the cap."""

    code = "audio_too_large"


class DecodingTimeout(AudioError):
    """The decoding sandbox ran out of time or memory."""

    code = "decoding_timeout"


class InvalidRequest(SegueError):
    """A parameter makes no sense."""

    code = "invalid_request"


class UnknownTag(InvalidRequest):
    """A tag that the vocabulary lacks."""

    code = "unknown_tag"


class UnknownKey(InvalidRequest):
    """A key name that cannot be read."""

    code = "unknown_key"


class InvalidCursor(InvalidRequest):
    """A paging cursor that was not made by this catalogue."""

    code = "invalid_cursor"


class AnalysisNotFound(InvalidRequest):
    """No analysis with that id is kept any more."""

    code = "analysis_not_found"


class SessionNotFound(InvalidRequest):
    """No live session with that id is kept any more."""

    code = "session_not_found"


class CatalogueError(SegueError):
    """The catalogue cannot do what was asked."""

    code = "catalogue_error"


class TrackNotFound(CatalogueError):
    """No track with that id."""

    code = "track_not_found"


class CollectionNotFound(CatalogueError):
    """No collection with that id or name."""

    code = "collection_not_found"


class CollectionExists(CatalogueError):
    """Another collection has that name."""

    code = "collection_exists"


class PresetNotFound(CatalogueError):
    """No mixer preset with that name."""

    code = "preset_not_found"


class PresetIsBuiltIn(CatalogueError):
    """A preset that comes with Segue can be neither replaced nor deleted."""

    code = "preset_is_built_in"


class SpaceMismatch(CatalogueError):
    """Vectors of another model or mixer layout met; ``segue index rebuild`` is the cure."""

    code = "space_mismatch"


class CatalogueBusy(CatalogueError):
    """Another process holds the write lock for too long."""

    code = "catalogue_busy"


class CatalogueCorrupt(CatalogueError):
    """The stored data contradicts itself; ``segue index verify`` says where."""

    code = "catalogue_corrupt"


class ModelError(SegueError):
    """A model cannot be loaded or used."""

    code = "model_error"


class CheckpointInvalid(ModelError):
    """Not a checkpoint, or its keys, shapes or hash are wrong."""

    code = "checkpoint_invalid"


class ModelMissing(ModelError):
    """No weights where they are expected."""

    code = "model_missing"


class Overloaded(SegueError):
    """The service is at its concurrency limit; try again shortly."""

    code = "overloaded"
