"""Writes animations as GIF files, whose frames share one palette.

Knows nothing about networks or recipes. Pillow is imported when first used.
"""

import io

import numpy as np
from numpy.typing import NDArray

from generator.rendering.animation.frames import Frames, Picture, StoredFrames, Timing, lay_on_white

_SAMPLE = 16384  # pixels from which the palette is made; four times as many gain less than 0.1 dB
# Frames from which these are taken, at equal distances, if the frames are not in memory. The worst of 240 frames
# through 12 faces then loses 0.3 dB to a palette from all of them; with 64 it loses 0.9 dB.
_SAMPLE_FRAMES = 120
_ROUNDS = 6  # rounds of k-means after the octree; they gain 1.2 dB in 0.05 s, and more rounds gain nothing


def write_gif(frames: Frames, timing: Timing) -> bytes:
    """Write a GIF whose frames share one palette and are not dithered, so that nothing flickers.

    A GIF measures delays in hundredths of a second. Pillow is used directly because imageio, which takes arrays, would
    map every frame to the palette a second time. The bytes would be the same, but it would take 9 times as long.
    In memory are the frames as numbers of colours, a byte for each pixel, until all have been compared.
    """
    from PIL import Image

    colours = find_palette(frames).tobytes()
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours)

    def number_colours(frame: Picture) -> Image.Image:
        return Image.fromarray(lay_on_white(frame)).quantize(palette=palette, dither=Image.Dither.NONE)

    numbered = map(number_colours, frames)
    options = {"palette": colours} | ({"loop": 0} if timing.loop else {})
    delays_ms = [10 * delay for delay in timing.delays(len(frames), 100)]
    out = io.BytesIO()
    # optimize makes unchanged pixels transparent (the 256th colour), so that only what moves costs bytes.
    next(numbered).save(
        out, "GIF", save_all=True, append_images=numbered, duration=delays_ms, disposal=1, optimize=True, **options
    )
    return out.getvalue()


def find_palette(frames: Frames) -> NDArray[np.uint8]:
    """Return a palette of at most 255 colours [c, 3] for all ``frames``, found by an octree and refined by k-means."""
    from PIL import Image

    sample = lay_on_white(_sample(frames))
    octree = Image.fromarray(sample[None]).quantize(255, method=Image.Quantize.FASTOCTREE)
    colours = np.asarray(octree.getpalette(), np.float32).reshape(-1, 3)
    for _ in range(_ROUNDS):
        colours = _kmeans_round(sample.astype(np.float32), colours)
    return np.rint(colours).astype(np.uint8)


def _sample(frames: Frames) -> NDArray[np.uint8]:
    """Return pixels [n, 3 or 4] of the frames.

    They are random, because pixels at regular steps could all lie in one column. The seed is fixed.
    """
    random = np.random.RandomState(0)
    if not isinstance(frames, StoredFrames):
        pixels = frames.reshape(-1, frames.shape[-1])
        return pixels[random.randint(len(pixels), size=_SAMPLE)]
    count = min(len(frames), _SAMPLE_FRAMES)
    numbers = [i * len(frames) // count for i in range(count)]
    each = -(-_SAMPLE // count)
    flat = (frame.reshape(-1, frame.shape[-1]) for frame in frames.pick(numbers))
    return np.concatenate([pixels[random.randint(len(pixels), size=each)] for pixels in flat])


def _kmeans_round(pixels: NDArray[np.float32], colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Move every colour to the mean of the pixels nearest to it, which is one round of Lloyd's algorithm."""
    nearest = ((colours**2).sum(1) - 2 * pixels @ colours.T).argmin(1)
    counts = np.bincount(nearest, minlength=len(colours))
    sums = np.stack([np.bincount(nearest, pixels[:, c], len(colours)) for c in range(3)], axis=1)
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], colours).astype(np.float32)
