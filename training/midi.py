"""Songs as MIDI with annotated key and beats, rendered through FluidSynth with random instruments.

POP909 (Wang et al., "POP909: a pop-song dataset for music arrangement generation", ISMIR 2020): per song a MIDI file
of melody, bridge and piano, ``beat_midi.txt`` (time of each beat) and ``key_audio.txt`` (start, end, ``Gb:maj``).
FluidSynth and a General MIDI sound font come from the system's package manager.
"""

from __future__ import annotations

import io
import random
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pretty_midi
import soundfile
from numpy.typing import NDArray

from segue.audio.waveform import SAMPLE_RATE
from segue.errors import SegueError
from segue.key import Key

RENDERED_SECONDS = 40.0
_PROGRAMS = (0, 1, 4, 5, 6, 11, 12, 16, 19, 24, 25, 26, 27, 40, 42, 48, 50, 52, 56, 65, 71, 73, 80, 81, 88, 90)
_DRUM_SHARE = 0.5  # of the songs get a plain drum pattern on their beats


@dataclass(frozen=True)
class MidiSong:
    """A song with its annotations.

    Attributes:
        id: ``pop909-001``.
        folder: inside the archive.
        start_seconds: where rendering starts.
        tempo_bpm: from the median distance of its beats.
        beats_seconds: times of its beats.
        key: of the part that is rendered.
    """

    id: str
    folder: str
    start_seconds: float
    tempo_bpm: float
    beats_seconds: tuple[float, ...]
    key: Key

    @property
    def split(self) -> str:
        """Every twentieth song is for development, whatever is made of it."""
        return "dev" if int(self.id[-3:]) % 20 == 0 else "train"


def midi_songs(archive: zipfile.ZipFile) -> list[MidiSong]:
    """Songs with one key over at least the rendered length."""
    names = set(archive.namelist())
    folders = sorted({name.rsplit("/", 1)[0] for name in names if name.endswith("key_audio.txt")})
    songs = (_song(archive, folder) for folder in folders if f"{folder}/beat_midi.txt" in names)
    return [song for song in songs if song is not None]


def _song(archive: zipfile.ZipFile, folder: str) -> MidiSong | None:
    beats = _table(archive, f"{folder}/beat_midi.txt")
    keys = _table(archive, f"{folder}/key_audio.txt")
    start, end, name = max(keys, key=lambda row: float(row[1]) - float(row[0]))
    if float(end) - float(start) < RENDERED_SECONDS or len(beats) < 32:
        return None
    times = tuple(float(row[0]) for row in beats)
    tonic, mode = name.split(":")
    return MidiSong(
        id=f"pop909-{folder.rsplit('/', 1)[1]}",
        folder=folder,
        start_seconds=float(start) + 0.2 * (float(end) - float(start) - RENDERED_SECONDS),
        tempo_bpm=60.0 / float(np.median(np.diff(times))),
        beats_seconds=times,
        key=Key.parse(f"{tonic} {'minor' if mode.startswith('min') else 'major'}"),
    )


def _table(archive: zipfile.ZipFile, name: str) -> list[list[str]]:
    return [line.split() for line in archive.read(name).decode().splitlines() if line.strip()]


def downbeats(archive: zipfile.ZipFile, song: MidiSong) -> NDArray[np.float64]:
    """Where bars begin in the part that is rendered, ``(n,)`` seconds; found by an algorithm, not by hand."""
    beats = _table(archive, f"{song.folder}/beat_midi.txt")
    times = np.array([float(row[0]) for row in beats if float(row[2]) == 1.0]) - song.start_seconds
    return np.asarray(times[(times >= 0) & (times < RENDERED_SECONDS)], dtype=np.float64)


def render_midi(
    archive: zipfile.ZipFile, song: MidiSong, sound_font: Path, drum_share: float = _DRUM_SHARE
) -> NDArray[np.float32]:
    """Renders the part of a song that has one key, ``(n_samples,)`` float32 at 16 kHz; seeded by the song's id."""
    choice = random.Random(song.id)
    score = pretty_midi.PrettyMIDI(io.BytesIO(archive.read(f"{song.folder}/{song.folder.rsplit('/', 1)[1]}.mid")))
    excerpt = pretty_midi.PrettyMIDI()
    for part in score.instruments:
        program = 0 if choice.random() < 0.3 else choice.choice(_PROGRAMS)
        excerpt.instruments.append(_cut(part, program, song.start_seconds))
    if choice.random() < drum_share:
        excerpt.instruments.append(_drums(song, choice))
    return _fluidsynth(excerpt, sound_font)


def _cut(part: pretty_midi.Instrument, program: int, start: float) -> pretty_midi.Instrument:
    cut = pretty_midi.Instrument(program)
    for note in part.notes:
        if start <= note.start < start + RENDERED_SECONDS:
            cut.notes.append(pretty_midi.Note(note.velocity, note.pitch, note.start - start, note.end - start))
    return cut


def _drums(song: MidiSong, choice: random.Random) -> pretty_midi.Instrument:
    """Kick and snare in turn on the beats, hats between them."""
    kit = pretty_midi.Instrument(0, is_drum=True)
    beats = np.asarray(song.beats_seconds) - song.start_seconds
    loud = choice.randint(50, 110)
    for i, beat in enumerate(beats[(beats >= 0) & (beats < RENDERED_SECONDS)]):
        kit.notes.append(pretty_midi.Note(loud, 36 if i % 2 == 0 else 38, beat, beat + 0.1))
        for step in (0.0, 0.5):
            onset = beat + step * 60.0 / song.tempo_bpm
            kit.notes.append(pretty_midi.Note(loud - 15, 42, onset, onset + 0.05))
    return kit


def _fluidsynth(score: pretty_midi.PrettyMIDI, sound_font: Path) -> NDArray[np.float32]:
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder) / "song.mid", Path(folder) / "song.wav"
        score.write(str(midi))
        command = ["fluidsynth", "-ni", "-g", "0.6", "-r", str(SAMPLE_RATE), "-F", str(wav), str(sound_font), str(midi)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except FileNotFoundError:
            raise SegueError("fluidsynth is not installed; the system's package manager has it.") from None
        except subprocess.CalledProcessError as error:
            raise SegueError(f"fluidsynth failed: {error.stderr.decode(errors='replace')[-300:]}") from error
        samples, _rate = soundfile.read(wav, dtype="float32", always_2d=True)
    mono: NDArray[np.float32] = samples.mean(axis=1)[: int(RENDERED_SECONDS * SAMPLE_RATE)]
    return mono
