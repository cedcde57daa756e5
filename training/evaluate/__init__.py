"""Evaluation: the one judge of Segue, with intervals and baselines beside every score."""
