"""Short-Chunk ResNet: per-chunk embedding, tempo, key and energy."""
