"""Folders of small pictures for tests of training."""

from pathlib import Path

from PIL import Image


def save_picture(path: Path, mode: str = "RGB", size: tuple[int, int] = (40, 30), colour: str = "red") -> None:
    """Write a picture of one colour; the ending of ``path`` says in which format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).convert(mode).save(path)


def filled_folder(path: Path, count: int = 16) -> Path:
    """Fill a folder with red, green and blue pictures, and return it."""
    for i in range(count):
        save_picture(path / f"{i:02}.png", colour=("red", "green", "blue")[i % 3])
    return path
