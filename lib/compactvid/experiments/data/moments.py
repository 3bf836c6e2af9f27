"""Moments in Time: what its manifest says; nothing is measured."""

PROFILES = dict.fromkeys(("smoke", "small", "real"), None)
"""Nothing is run at any profile."""


def runs(profile: str, seed: int) -> dict[str, list]:
    """None: the data are given out on request only."""
    return {}


def data(profile: str, seed: int) -> str:
    """Nothing is measured."""
    return "no data: given out on request only"
