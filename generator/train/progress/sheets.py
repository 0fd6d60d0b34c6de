"""The sample sheets of a run, in files: PNGs that are thinned out, and one animation of how the faces came about.

Does not know how a sheet is drawn.
"""

import io
import re
from pathlib import Path

from PIL import Image, ImageDraw

from generator import files

FOLDER = "sheets"
ANIMATION = "progress.webp"
MOST = 24  # number of sheets that are kept, and frames of the animation
WIDEST = 768  # width of the animation in pixels, at most; small faces are enlarged up to it
QUALITY = 80
FRAME_MS, LAST_MS = 400, 2500  # how long a frame is shown, and the last
LABEL = 14  # height in pixels of the line below each frame, which says how many pictures the network has seen
_NAME = re.compile(r"(\d{9,})\.png")


def add_sheet(folder: Path, seen: int, sheet: Image.Image) -> None:
    """Write the sheet after ``seen`` pictures into a run folder, thin out, and write the animation again.

    Raises CannotWrite, for instance if the disk is full.
    """
    sheets = folder / FOLDER
    with files.saying_why(sheets):
        sheets.mkdir(exist_ok=True)
    body = io.BytesIO()
    sheet.save(body, "PNG")
    files.write(sheets / f"{seen:09d}.png", [body.getvalue()])
    kept = list_sheets(folder)
    while len(kept) > MOST:
        kept.pop(least_needed(list(kept))).unlink(missing_ok=True)
    files.write(folder / ANIMATION, [_animate(kept)])


def list_sheets(folder: Path) -> dict[int, Path]:
    """Return the sheets of a run folder by the number of pictures seen, the first first."""
    found = [(int(match[1]), path) for path in (folder / FOLDER).glob("*.png") if (match := _NAME.fullmatch(path.name))]
    return dict(sorted(found))


def least_needed(seen: list[int]) -> int:
    """Return which of at least three ascending numbers leaves the smallest gap; never the first or the last."""
    return seen[min(range(1, len(seen) - 1), key=lambda at: seen[at + 1] - seen[at - 1])]


def _animate(sheets: dict[int, Path]) -> bytes:
    """Return an animated WebP of the upper halves of the sheets, which show the network's faces."""
    read = {seen: picture for seen, path in sheets.items() if (picture := _read(path))}
    width = max(picture.width for picture in read.values())
    width = min(WIDEST, width) * max(1, WIDEST // width)
    shape = next(reversed(read.values()))  # all sheets of a run have the shape of the last, but not its size
    size = (width, round(width * (shape.height // 2) / shape.width))
    frames = [_frame(picture, size, seen) for seen, picture in read.items()]
    body = io.BytesIO()
    times = [FRAME_MS] * (len(frames) - 1) + [LAST_MS]
    frames[0].save(
        body, "WEBP", save_all=True, append_images=frames[1:], duration=times, loop=0, quality=QUALITY, method=2
    )
    return body.getvalue()


def _read(path: Path) -> Image.Image | None:
    try:
        with Image.open(path) as picture:
            clear = picture.convert("RGBA")
            return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    except (OSError, ValueError, SyntaxError):
        return None  # somebody else's file, or a damaged one


def _frame(sheet: Image.Image, size: tuple[int, int], seen: int) -> Image.Image:
    method = Image.Resampling.NEAREST if sheet.width < size[0] else Image.Resampling.LANCZOS
    faces = sheet.crop((0, 0, sheet.width, sheet.height // 2)).resize(size, method)
    frame = Image.new("RGB", (size[0], size[1] + LABEL), "white")
    frame.paste(faces)
    ImageDraw.Draw(frame).text((4, size[1] + 1), f"{seen / 1000:,.1f} kimg", fill="black")
    return frame
