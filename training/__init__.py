"""Data, training and evaluation of both networks."""
