"""From bytes to chunks of waveform."""
