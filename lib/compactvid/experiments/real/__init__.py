"""The readers, metrics and models of the book on real data."""
