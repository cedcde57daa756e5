"""Shelf: what a catalogue keeps beside its tracks: collections, plays, mixer presets, the map; and fakes of them."""
