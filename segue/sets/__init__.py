"""Sets: what playlists and paths are built from: a search, limits between neighbours, energy curves, endings."""
