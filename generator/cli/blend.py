"""The command ``blend``, which blends two networks of the same shapes into one, or shows a face on the way.

Computes nothing itself; generator/stylegan/blending.py does.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from generator import files
from generator.contract import errors
from generator.contract.paths import find_path
from generator.contract.recipe import Recipe
from generator.contract.values import read_layers
from generator.options import add_device_option, add_mapping_option, whole_number

if TYPE_CHECKING:
    from generator.stylegan.generator import Generator

ANIMATIONS = (".gif", ".webp", ".mp4")
NETWORK = ".safetensors"
HALF = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("first", type=Path, help="a checkpoint, such as the parent")
    parser.add_argument("second", type=Path, help="another of the same shapes, such as one trained from it")
    parser.add_argument("out", type=Path, help=f"a {NETWORK} file, or {', '.join(ANIMATIONS)} for a morph of networks")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--layers",
        metavar="A-B",
        help="take these layers, such as 0-5, from the first network, and the others from the second",
    )
    how.add_argument(
        "--weights",
        type=_share,
        metavar="SHARE",
        help="mean of both networks, with this share of the second, 0 to 1 (default: 0.5)",
    )
    parser.add_argument("--line", default="waifu 7", help="the picture that a morph shows (default: %(default)s)")
    parser.add_argument(
        "--frames", type=whole_number(2, 240), default=40, metavar="N", help="frames of a morph (default: %(default)s)"
    )
    parser.add_argument(
        "--fps", type=whole_number(1, 50), default=20, metavar="N", help="frames per second (default: %(default)s)"
    )
    add_mapping_option(parser)
    add_device_option(parser)


def run(options: argparse.Namespace) -> int:
    """Write the network or the animation, and print what it is.

    Raises CheckpointError if a network cannot be used or their shapes differ, RecipeError if the line or the layers are
    wrong, CannotWrite if the file cannot be written or is one of the two.
    """
    is_network = _check_ending(options)
    layers = None if options.layers is None else read_layers("--layers", options.layers)
    recipe = Recipe.parse(options.line)
    for source in (options.first, options.second):
        files.require_file(source)
    files.check_writable(options.out)
    if options.out.exists() and any(map(options.out.samefile, (options.first, options.second))):
        raise errors.CannotWrite(file=str(options.out), reason="that is one of the two networks; choose another name")
    if is_network:
        _write_network(options, layers)
    else:
        _write_morph(options, recipe)
    return 0


def _check_ending(options: argparse.Namespace) -> bool:
    """Return whether a network is to be written, rather than an animation.

    Raises NotAChoice if the ending says neither, and Conflict if an option has no meaning for an animation, which shows
    every share of both networks.
    """
    if options.out.suffix.lower() not in (NETWORK, *ANIMATIONS):
        raise errors.NotAChoice(
            name="the file's ending", value=options.out.suffix or "none", choices=", ".join((NETWORK, *ANIMATIONS))
        )
    is_network = bool(options.out.suffix.lower() == NETWORK)
    for name, value in (("--layers", options.layers), ("--weights", options.weights)):
        if value is not None and not is_network:
            raise errors.Conflict(first=name, second=f"a file in {options.out.suffix}")
    return is_network


def _write_network(options: argparse.Namespace, layers: str | None) -> None:
    from generator import checkpoints
    from generator.naming.spelling import spell
    from generator.stylegan import blending

    checkpoints.check_target(options.out)
    first, second = (checkpoints.load(path, lr=options.mapping_lr) for path in (options.first, options.second))
    if layers is None:
        share = HALF if options.weights is None else options.weights
        made = blending.mean(first, second, share)
        how = f"{share:g} of the second network's weights"
    else:
        made, how = blending.swap_layers(first, second, _range(layers)), f"layers {layers} of the first network"
    made.name = spell(options.out.stem)
    card = {"blended from": [f"{one.name} ({one.digest})" for one in (first, second)], "how": how}
    checkpoints.save(made, options.out, card=card)
    written = checkpoints.inspect(options.out)
    print(f"{options.out}: {written.pixels}, {how}, digest {written.digest}")


def _write_morph(options: argparse.Namespace, recipe: Recipe) -> None:
    import numpy as np

    from generator import allocator, checkpoints
    from generator.rendering.animation.frames import Timing
    from generator.rendering.encode import encode
    from generator.rendering.render import raw_frames

    allocator.keep_large_blocks()
    first, second = (
        checkpoints.load(path, "auto", checkpoints.device_of(options.device), lr=options.mapping_lr)
        for path in (options.first, options.second)
    )
    _check_size(recipe, first, options)
    frames = np.concatenate([raw_frames(recipe, one) for one in _on_the_way(first, second, options.frames)])
    line = str(recipe.replace(model=first.name))  # what the first frame shows
    file = encode(options.out.suffix[1:].lower(), frames, Timing(options.fps), line, network=first.digest)
    files.write(options.out, [file.body])
    print(f"{options.out}: {file.width} x {file.height}, {len(frames)} frames, {first.name} to {second.name} and back")


def _check_size(recipe: Recipe, first: "Generator", options: argparse.Namespace) -> None:
    """Raise BadValue if the line shows more than one frame, and TooManyPixels if all frames are too large together."""
    from generator.rendering.plans import make_plan

    layout = make_plan(recipe, first).layout
    if layout.frames > 1:
        raise errors.BadValue(name="--line", value=options.line, expected="what is one picture, such as waifu 7")
    replace(layout, frames=options.frames)  # which counts its pixels


def _on_the_way(first: "Generator", second: "Generator", frames: int) -> "Iterator[Generator]":
    """Yield the network of each frame, from the first to the second and back. Raises OtherShapes."""
    from generator.stylegan import blending

    for place in find_path(2, frames, loop=True, ease="sine"):
        yield blending.mean(first, second, (1 - place.t) * place.start + place.t * place.end)


def _range(layers: str) -> range:
    low, _, high = layers.partition("-")
    return range(int(low), int(high or low) + 1)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 0 to 1")
    return share
