"""Stub."""

from generator.artist.figure import Figure


def draw_eyes(figure: Figure) -> str:
    """Stub."""
    return ""
