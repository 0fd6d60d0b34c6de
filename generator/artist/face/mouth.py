"""Stub."""

from generator.artist.figure import Figure


def draw_mouth(figure: Figure) -> str:
    """Stub."""
    return ""
