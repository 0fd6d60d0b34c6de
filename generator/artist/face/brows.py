"""Stub."""

from generator.artist.figure import Figure


def draw_brows(figure: Figure) -> str:
    """Stub."""
    return ""
