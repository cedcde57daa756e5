"""The catalogue: records, vectors and filtered search."""
