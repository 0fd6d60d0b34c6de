"""The options of ``python -m generator train``, one function for each group of them, and the settings that they make.

Does not know how a run goes. An option whose name in the namespace (``dest``) is that of a field of Settings sets that
field, in a new run and in one that is resumed. Its default is None, so that the default stands in Settings alone.
"""

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from generator.options import add_device_option, whole_number
from generator.train.settings import Settings

RESOLUTION = 64  # default side of the pictures in pixels
WARM_KIMG = 300.0  # default length of a warm start, in thousands of images; by its end, faces look like the drawings
KIMG = 1000.0  # default length of adversarial training, in thousands of images
DRAWINGS = 30_000  # number of drawings in a training set that the built-in artist draws
# Learning-rate multiplier of the mapping when training on drawings. All information about a drawing (its traits and
# knobs) passes through the mapping. With the usual multiplier of 0.1, small traits were never learnt.
PAIRED_MAPPING_LR = 1.0
# The network that learns the artist's drawings is wider than the default: 166 values and 57 knobs pass its mapping, and
# its pictures have more hair. With these figures a network of 128 px has 7 million parameters.
ARTIST_SETTINGS: dict[str, Any] = {"channel_base": 6144, "w_dim": 512, "fit_rate": 0.012, "focus": 1.5}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``train`` to a parser."""
    _add_run_options(parser)
    for title, add in {
        "the pictures": _add_data_options,
        "the networks": _add_network_options,
        "the schedule": _add_schedule_options,
        "augmentation": _add_augmentation_options,
        "while it runs": _add_progress_options,
    }.items():
        add(parser.add_argument_group(title))


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="RUN", help="folder of the new run (default: runs/DATA-RESOLUTION)")
    parser.add_argument(
        "--resume", type=Path, metavar="RUN", help="resume the run in this folder; only --kimg may be changed"
    )
    parser.add_argument(
        "--seed",
        type=whole_number(0, 2**32 - 1),
        metavar="N",
        help=f"seed of all random numbers (default: {Settings.seed})",
    )
    add_device_option(parser)


def _add_data_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--data", metavar="artist|drawn|FOLDER", help="a built-in artist, or a folder of your own pictures"
    )
    group.add_argument(
        "--labels",
        type=Path,
        metavar="FILE.csv",
        help="a table of traits; first column: a file in the folder, other columns: its traits",
    )
    group.add_argument(
        "--drawings",
        type=whole_number(1),
        metavar="N",
        default=DRAWINGS,
        help="number of pictures that a built-in artist draws (default: %(default)s)",
    )
    group.add_argument(
        "--mirror",
        action="store_true",
        default=None,
        help="also learn from mirrored pictures; not suitable where labels tell left from right",
    )


def _add_network_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--resolution",
        type=int,
        choices=(32, 64, 128, 256, 512),
        help=f"side of the pictures in pixels (default: {RESOLUTION})",
    )
    group.add_argument(
        "--start-from",
        type=Path,
        metavar="FILE|none",
        help="begin with the weights of this checkpoint, whose resolution may be lower, or with random ones (default: "
        "with --data artist the network in generator/train/, if there is one, else random ones)",
    )


def _add_schedule_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--kimg",
        type=float,
        metavar="N",
        help=f"length of the adversarial training in thousands of pictures (default: {KIMG:g})",
    )
    group.add_argument(
        "--warm-start",
        dest="warm_kimg",
        type=float,
        metavar="N",
        help="length of the regression before that in thousands of pictures, only with a built-in artist "
        f"(default: {WARM_KIMG:g})",
    )
    group.add_argument(
        "--minutes",
        type=float,
        metavar="N",
        help="stop and save after this time, drawing included; --resume continues (default: no limit)",
    )
    group.add_argument(
        "--batch", type=whole_number(1), metavar="N", help=f"pictures per batch (default: {Settings.batch})"
    )


def _add_augmentation_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--no-augment",
        dest="augment",
        action="store_false",
        default=None,
        help="turn off adaptive augmentation, which prevents overfitting to few pictures",
    )


def _add_progress_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--name", default="trained", help="name of the model in the bot (default: %(default)s)")


def typed_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of Settings that options were typed for."""
    typed = {field.name: getattr(arguments, field.name, None) for field in fields(Settings)}
    return {name: value for name, value in typed.items() if value is not None}


def choose_settings(arguments: argparse.Namespace, **found: Any) -> Settings:
    """Return the settings of a new run: the defaults of its kind of data, what was ``found``, and above all options."""
    drawn = arguments.data in ("artist", "drawn")
    defaults: dict[str, Any] = {"resolution": RESOLUTION, "kimg": KIMG, "augment": not drawn}
    if drawn:
        defaults |= {"warm_kimg": WARM_KIMG, "mapping_lr": PAIRED_MAPPING_LR}
    if arguments.data == "artist":
        defaults |= ARTIST_SETTINGS
    # Drawings are neither mirrored nor augmented, and only they can be fitted by regression.
    forced = {"mirror": False, "augment": False} if drawn else {"warm_kimg": 0.0}
    return Settings(**{**defaults, **found, **typed_settings(arguments), **forced})
