"""CRNN tagger: genre and instrument scores of a whole track."""
