"""Stub."""

from generator.artist.figure import Figure


def draw_eyewear_behind(figure: Figure) -> str:
    """Stub."""
    return ""


def draw_eyewear(figure: Figure) -> str:
    """Stub."""
    return ""
