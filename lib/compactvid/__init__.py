"""Compact video models and their compression: the library behind the compactvid book."""
