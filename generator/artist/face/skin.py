"""Stub."""

from generator.artist.figure import Figure


def draw_neck(figure: Figure) -> str:
    """Stub."""
    return ""


def draw_skin(figure: Figure) -> str:
    """Stub."""
    return ""


def draw_nose(figure: Figure) -> str:
    """Stub."""
    return ""
