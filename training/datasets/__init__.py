"""Datasets: public sets that users have, turned into a ``tracks.csv`` of ours by ``segue train import``."""
