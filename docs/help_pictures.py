"""Draws the pictures that /waifubot help shows, with the built-in model: ``python docs/help_pictures.py``.

Knows nothing about /waifubot help itself. No test runs this.
"""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from generator import load
from generator.checkpoints import EMBEDDED
from generator.contract.recipe import Recipe
from generator.rendering import contact_sheet
from generator.rendering.render import raw_frames
from generator.stylegan.generator import Generator

PICTURES = Path(__file__).parent.parent / "bot" / "commands" / "pictures"
SIDE = 192  # pixels; Discord shows a thumbnail at about half this size
PAPER, INK = (244, 244, 246), (48, 48, 56)  # RGB of the background and of text
FACES = (7, 124, 42, 20, 128, 5)  # seeds
# What somebody chooses in the maker, one thing after another.
MADE = (
    "",
    "trait.hair=pink",
    "trait.hair=pink trait.glasses=round",
    "trait.accessory=cat-ears trait.glasses=round trait.hair=pink",
)


def main() -> None:
    """Draw every picture, write it, and print the sizes of all files."""
    g = load(EMBEDDED)
    PICTURES.mkdir(exist_ok=True)
    _save("waifu", [_one(g, "waifu 123")])
    _save("grid", [_one(g, "grid 3 seed=123")])
    _save("morph", _frames(g, "morph 125 127 frames=16", SIDE), 110)
    _save("mix", [_one(g, "mix 123 42 fine=7,20")])
    _save("vary", [_sheet([_one(g, "vary 128 by=z")])])
    _save("psi", [_sheet([_one(g, f"waifu 126 psi={psi}") for psi in (0.1, 0.6, 1.1, 1.6)])])
    _save("edit", _frames(g, "morph 123 123 frames=16 trait.hair=black to.hair=pink", SIDE), 110)
    _save("make", [_one(g, f"waifu 42 {traits}") for traits in MADE], 900)
    _save("like", [_beside_a_sketch(_one(g, "waifu 20"))])
    _save("stream", [_one(g, f"waifu {seed}") for seed in FACES], 900)
    _save("story", [_with_card(_one(g, "waifu 22 trait.accessory=cat-ears"))])
    _save("daily", [_one(g, "waifu 129")])
    _save("collection", [_numbered([_one(g, f"waifu {seed}") for seed in FACES[:4]])])
    _save("recipe", [_with_line(_one(g, "waifu 42"), "waifu 42 psi=0.7")])
    _save("model", [_pile([_one(g, f"waifu {seed}") for seed in FACES[3:]])])
    sizes = {path.stem: path.stat().st_size for path in sorted(PICTURES.glob("*.webp"))}
    print(sizes, sum(sizes.values()))


def _frames(g: Generator, line: str, side: int) -> list[Image.Image]:
    frames = raw_frames(Recipe.parse(line), g)
    return [Image.fromarray(frame).resize((side, side), Image.Resampling.LANCZOS) for frame in frames]


def _one(g: Generator, line: str) -> Image.Image:
    return _frames(g, line, SIDE)[0]


def _sheet(pictures: Sequence[Image.Image]) -> Image.Image:
    """Arrange the pictures in a square."""
    side = round(len(pictures) ** 0.5)
    sheet = Image.new("RGB", (SIDE, SIDE), PAPER)
    for i, picture in enumerate(pictures):
        sheet.paste(
            picture.resize((SIDE // side, SIDE // side), Image.Resampling.LANCZOS),
            (i % side * SIDE // side, i // side * SIDE // side),
        )
    return sheet


def _with_line(face: Image.Image, line: str) -> Image.Image:
    band = SIDE // 5
    sheet = Image.new("RGB", (SIDE, SIDE), PAPER)
    small = face.resize((SIDE - band, SIDE - band), Image.Resampling.LANCZOS)
    sheet.paste(small, (band // 2, 0))
    font = ImageFont.load_default(18)
    ImageDraw.Draw(sheet).text((SIDE // 2, SIDE - band // 2), line, INK, font, anchor="mm")
    return sheet


def _beside_a_sketch(face: Image.Image) -> Image.Image:
    """Put a sketch of a face, on a sheet of paper, before the face."""
    sheet, side, small = Image.new("RGB", (SIDE, SIDE), PAPER), SIDE * 11 // 16, SIDE * 7 // 16
    sheet.paste(face.resize((side, side), Image.Resampling.LANCZOS), (SIDE - side, SIDE - side))
    lines = ImageOps.autocontrast(
        face.convert("L").filter(ImageFilter.CONTOUR).filter(ImageFilter.SMOOTH), cutoff=(3, 0)
    )
    sketch = ImageOps.colorize(lines.resize((small, small), Image.Resampling.LANCZOS), INK, "white")
    paper = ImageOps.expand(ImageOps.expand(sketch.crop((2, 2, small - 2, small - 2)), 5, "white"), 1, (200, 200, 206))
    turned = paper.convert("RGBA").rotate(6, Image.Resampling.BICUBIC, expand=True)
    sheet.paste(turned, (2, 2), turned)
    return sheet


def _with_card(face: Image.Image) -> Image.Image:
    """Put a face above a card whose words are lines, since it is shown in every language."""
    sheet = Image.new("RGB", (SIDE, SIDE), PAPER)
    small = SIDE * 5 // 8
    sheet.paste(face.resize((small, small), Image.Resampling.LANCZOS), ((SIDE - small) // 2, 0))
    draw, left, top = ImageDraw.Draw(sheet), SIDE // 12, small + 8
    draw.rectangle((left, top, left + 4, SIDE - 8), fill=(242, 167, 195))
    for row, length in enumerate((9, 17, 18, 13)):
        y, ink = top + 2 + row * 14, (150, 150, 158) if row else INK
        draw.rounded_rectangle((left + 14, y, left + 14 + length * 8, y + 6), 3, fill=ink)
    return sheet


def _numbered(faces: Sequence[Image.Image]) -> Image.Image:
    """Put faces side by side as a collection shows them."""
    return Image.fromarray(contact_sheet.compose(faces, 1)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _pile(faces: Sequence[Image.Image]) -> Image.Image:
    """Put each face a little lower and further right than the one before, in a white frame."""
    sheet = Image.new("RGB", (SIDE, SIDE), PAPER)
    side, step = SIDE * 6 // 10, SIDE * 2 // 10 - 4
    for i, face in enumerate(faces):
        card = Image.new("RGB", (side + 6, side + 6), "white")
        card.paste(face.resize((side, side), Image.Resampling.LANCZOS), (3, 3))
        ImageDraw.Draw(card).rectangle((0, 0, side + 5, side + 5), outline=(200, 200, 206))
        sheet.paste(card, (i * step, i * step))
    return sheet


def _save(name: str, frames: Sequence[Image.Image], each_ms: int = 0) -> None:
    first, *others = frames
    more = {"save_all": True, "append_images": others, "duration": each_ms, "loop": 0} if others else {}
    first.save(PICTURES / f"{name}.webp", quality=72, method=6, **more)


if __name__ == "__main__":
    main()
