"""Turns SVG text into pixels. Knows nothing of what is drawn."""

import io

import resvg_py
from PIL import Image


def rasterise(svg_text: str, size: int) -> Image.Image:
    """Return an SVG document as an image of size by size pixels: mode RGBA, sRGB with straight alpha."""
    png = resvg_py.svg_to_bytes(svg_string=svg_text, width=size, height=size, skip_system_fonts=True)
    with Image.open(io.BytesIO(bytes(png))) as image:
        return image.convert("RGBA")
