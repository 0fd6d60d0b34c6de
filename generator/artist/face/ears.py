"""Stub."""

from generator.artist.figure import Figure


def draw_ear(figure: Figure, side: int) -> str:
    """Stub."""
    return ""


def draw_earring(figure: Figure, side: int) -> str:
    """Stub."""
    return ""
