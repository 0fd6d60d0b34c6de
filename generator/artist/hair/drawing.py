"""Stub."""

from generator.artist.figure import Figure


class Hair:
    """The hair of one portrait, grown once and drawn in layers."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure

    def draw_behind(self) -> str:
        """Draw what lies behind the neck and the body."""
        return ""

    def draw_scalp(self) -> str:
        """Draw the hair's cap behind the face, on which the locks lie."""
        return ""

    def draw_face_shadow(self) -> str:
        """Draw the shadow of the bangs on the face (clip #face)."""
        return ""

    def draw_body_shadow(self) -> str:
        """Draw the shadow of hanging locks on the body (clip #body)."""
        return ""

    def draw_front(self) -> str:
        """Draw all locks before the head, bangs last."""
        return ""
