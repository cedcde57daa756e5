"""A composer and synthesiser that writes tracks with exactly known truth."""
