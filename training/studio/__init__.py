"""The studio: whole tracks, composed and synthesised, with exactly known truth."""

from __future__ import annotations

from training.studio.studio import GENRES, SAMPLE_RATE, render_track
from training.studio.track import Section, StudioTrack, write_track

__all__ = ["GENRES", "SAMPLE_RATE", "Section", "StudioTrack", "render_track", "write_track"]
