"""Stub."""

from generator.artist.figure import Figure


def draw_headgear_behind(figure: Figure) -> str:
    """Draw the part that lies behind the head and the hair."""
    return ""


def draw_headgear(figure: Figure) -> str:
    """Draw the part before the hair, with its shadow on hair and face."""
    return ""
