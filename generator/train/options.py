"""The options of ``python -m generator train``, one function for each group of them, and the settings that they make.

Does not know how a run goes. An option whose name in the namespace (``dest``) is that of a field of Settings sets that
field, in a new run and in one that is resumed. Its default is None, so that the default stands in Settings alone.
"""

import argparse
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from generator import checkpoints
from generator.contract import errors
from generator.contract.names import is_model_name
from generator.features.spaces import WISHES
from generator.options import add_device_option, positive_number, whole_number
from generator.train import run_folder
from generator.train.configuration.configs import CONFIGS, SIZES
from generator.train.configuration.network_options import (
    KIMG,
    PAPERS,
    RESOLUTION,
    TRANSFER_AUGMENT_KIMG,
    TRANSFER_MAPPING_LR,
    WARM_D_KIMG,
    WARM_KIMG,
    add_augmentation_options,
    add_network_options,
    add_schedule_options,
    typed_sizes,
)
from generator.train.data.decoding import CROPS
from generator.train.data.drawing import artist_of
from generator.train.data.labels import FOLDERS, NONE
from generator.train.distributed import SINGLE_PROCESS
from generator.train.networks.start import Origin
from generator.train.progress.snapshots import MAX_NAME_CHARS
from generator.train.progress.watch import MOST, SNAPSHOTS, Watch
from generator.train.settings import Settings

NAME = "trained"  # default name of the network
ARTISTS = ("artist", "drawn")  # what --data may be beside a folder or an archive
DRAWINGS = 30_000  # number of drawings in a training set that the built-in artist draws
# Learning-rate multiplier of the mapping when training on drawings. All information about a drawing (its traits and
# knobs) passes through the mapping. With the usual multiplier of 0.1, small traits were never learnt.
PAIRED_MAPPING_LR = 1.0
# The rates of Muon in adversarial training on drawings, of the generator and of the discriminator. A new one of 128 px
# tells faces from drawings after 2,400 of each (loss 1.26), but by Adam at 0.002, 0.008 or 0.02 not yet (1.39).
PAIRED_RATES = {"rate": 0.005, "muon_rate": 0.012}
# Weight of what the artist's reader finds. A new discriminator knows no traits: within 13,000 pictures of 256 px beside
# one, most eyes lost their colours. With this weight they kept them.
PERCEPTUAL_WEIGHT = 6.0
# What the network that ships was trained with. 166 values and 57 knobs pass its mapping, so w is wider than by
# default. Most traits are small and in the face, so differences weigh more there.
ARTIST_SETTINGS: dict[str, Any] = {"w_dim": 512, "fit_rate": 0.012, "focus": 4.0}

# Options and settings that a run keeps from its beginning, and why. Every other one may get a new value at --resume.
_SHAPE = "the networks of the run have their shape already"
_DATA = "the pictures of the run were read already, and are in its folder"
FIXED: Mapping[str, str] = {
    "out": "a resumed run stays in its folder",
    "data": _DATA,
    "labels": _DATA,
    "crop": _DATA,
    "drawings": _DATA,
    "seed": "pictures and first weights follow from it",
    "start_from": "the run has begun with other weights already",
    "warm_kimg": "the stages of the run follow from it",
    **dict.fromkeys(("config", "colours", "resolution", "channel_base", "channel_max", "discriminator_base"), _SHAPE),
    **dict.fromkeys(("z_dim", "w_dim", "mapping_layers", "mapping_lr"), _SHAPE),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``train`` to a parser."""
    parser.epilog = PAPERS
    _add_run_options(parser)
    for title, add in {
        "the pictures": _add_data_options,
        "the networks": add_network_options,
        "the schedule": add_schedule_options,
        "augmentation": add_augmentation_options,
        "while it runs": _add_progress_options,
    }.items():
        add(parser.add_argument_group(title))


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="RUN", help="folder of the new run (default: runs/DATA-RESOLUTION)")
    parser.add_argument(
        "--resume", type=Path, metavar="RUN", help="resume the run in this folder; other options change it from here on"
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
        "--data",
        type=_data,
        metavar="artist|drawn|FOLDER|FILE.zip",
        help="a built-in artist, or your own pictures: a folder, or a zip archive as NVIDIA's dataset tool makes it",
    )
    group.add_argument(
        "--labels",
        metavar="FILE|folders|none",
        help="a table of traits as CSV (first column: a file in the folder, other columns: its traits), a dataset.json "
        "of NVIDIA's dataset tool, or the folders as classes (default: the data's own dataset.json, if there is one)",
    )
    group.add_argument(
        "--crop",
        choices=CROPS,
        help="centre: the largest part in the middle; wide: 4:3, with black above and below; none: only pictures that "
        f"have the right proportions are taken (default: {CROPS[0]})",
    )
    group.add_argument(
        "--drawings",
        type=whole_number(1, 10**8),
        metavar="N",
        help=f"number of pictures that a built-in artist draws (default: {DRAWINGS})",
    )
    group.add_argument(
        "--mirror",
        action="store_true",
        default=None,
        help="also learn from mirrored pictures; not suitable where labels tell left from right",
    )
    group.add_argument(
        "--dry-run",
        action="store_true",
        help="read the pictures, measure a few steps, say what there is and how long it would take, and write nothing",
    )


def _add_progress_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--name", type=_run_name, help=f"name of the model in the bot (default: {NAME})")
    group.add_argument(
        "--tick",
        dest="tick_kimg",
        type=positive_number,
        metavar="N",
        help=f"thousands of pictures from one line of figures to the next (default: {Watch.tick_kimg:g})",
    )
    group.add_argument(
        "--snapshot",
        dest="snapshot_kimg",
        type=whole_number(1, 10**6),
        metavar="N",
        help=f"thousands of pictures from one snapshot to the next (default: 1/{SNAPSHOTS} of the run)",
    )
    group.add_argument(
        "--keep",
        type=whole_number(1, 10**6),
        metavar="N",
        help=f"how many snapshots to keep, the newest, beside the best one (default: {Watch.keep})",
    )
    group.add_argument(
        "--offer-in",
        type=_folder,
        metavar="DIR",
        help="where snapshots go: the bot's models_dir, to have them offered while the run goes on (default: "
        "snapshots/ in RUN)",
    )
    group.add_argument(
        "--features",
        choices=WISHES,
        help="what compares faces with pictures: a reader of drawings, a network of photos that torchvision has here, "
        "or random filters; none: no measures (default: auto)",
    )
    group.add_argument(
        "--samples",
        type=whole_number(0, 10**6),
        metavar="N",
        help=f"number of faces to measure at each snapshot; 0: measure nothing (default: up to {MOST})",
    )


def _data(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; name a folder or an archive (. is the current folder)")
    return text


def _run_name(text: str) -> str:
    if not is_model_name(text) or len(text) > MAX_NAME_CHARS:
        raise argparse.ArgumentTypeError(
            f"a name has at most {MAX_NAME_CHARS} small letters a-z, digits and single -, unlike '{text}'"
        )
    return text


def _folder(text: str) -> str:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}; make it first")
    return str(Path(text).resolve())


def typed_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of Settings that options were typed for."""
    return _typed(arguments, Settings)


def typed_watch(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of Watch that options were typed for."""
    return _typed(arguments, Watch)


def _typed(arguments: argparse.Namespace, kind: type[Settings | Watch]) -> dict[str, Any]:
    typed = {field.name: getattr(arguments, field.name, None) for field in fields(kind)}
    return {name: value for name, value in typed.items() if value is not None}


def choose_settings(arguments: argparse.Namespace, origin: Origin | None = None, **found: Any) -> Settings:
    """Return the settings of a new run.

    They are the defaults of its kind of data and of its configuration, what was ``found``, and above all what was
    typed. ``origin`` are the networks of --start-from; a run continues them unless sizes were typed.

    Raises BadValue if such a run has no pictures.
    """
    drawn = arguments.data in ARTISTS
    if drawn:
        _check_of_drawings(arguments)
    continued = origin if origin is not None and not drawn and not typed_sizes(arguments) else None
    resolution = arguments.resolution or (continued.generator.resolution if continued else RESOLUTION)
    on_gpu = checkpoints.device_of(arguments.device) == "cuda"
    config = arguments.config or "auto"
    chosen = {} if drawn and config == "auto" else CONFIGS[config](resolution, on_gpu)
    defaults: dict[str, Any] = {
        "resolution": resolution,
        "kimg": KIMG,
        "augment": not drawn,
        "half": True,
    }
    defaults |= chosen
    if drawn:
        defaults |= {"warm_kimg": WARM_KIMG, "mapping_lr": PAIRED_MAPPING_LR, **PAIRED_RATES}
        defaults |= {"perceptual_weight": PERCEPTUAL_WEIGHT}
    if arguments.data == "artist":
        defaults |= ARTIST_SETTINGS
    if origin is not None and drawn and _knows_portraits(origin, arguments.data, resolution):
        # What lies at the edges was fitted least, so it counts as much as the face now.
        defaults |= {"warm_kimg": 0.0, "warm_d": WARM_D_KIMG, "focus": 0.0}
        defaults["channel_base"] = max(size * count for size, count in origin.generator.channels.items())
    if arguments.channel_base is not None:
        defaults["discriminator_base"] = arguments.channel_base
    typed = typed_settings(arguments)
    if continued is not None:
        if typed.get("colours") not in (None, continued.generator.img_channels):
            expected = f"{continued.generator.img_channels}, as {continued.file} draws"
            raise errors.BadValue(name="--colours", value=str(typed["colours"]), expected=expected)
        defaults |= _continue(continued, resolution)
        typed = {name: value for name, value in typed.items() if name not in (*SIZES, "colours")}
    # Drawings are neither mirrored nor augmented, and only they can be fitted by regression.
    of_drawings: dict[str, Any] = {"mirror": False, "augment": False, "colours": 3}
    forced = of_drawings if drawn else {"warm_kimg": 0.0}
    settings = Settings(**{**defaults, **found, **typed, **forced})
    check_settings(settings)
    return settings


def _knows_portraits(origin: Origin, artist: str, resolution: int) -> bool:
    """Whether a network draws an artist's portraits already, at most this large: to fit it again would only blur them.

    Blocks that are new learn while a new discriminator warms up: 2,000 pictures made the lines at 256 px sharp.
    """
    learnt = artist_of(origin.traits)
    return learnt is not None and learnt.name == artist and origin.generator.resolution <= resolution


def _continue(origin: Origin, resolution: int) -> dict[str, Any]:
    """Return the settings of a run that continues the networks ``origin``."""
    hyper, shape = origin.generator, origin.discriminator
    knows_pictures = shape is not None and shape.resolution == resolution
    return {
        "origin": origin.to_dict(),
        "start_resolution": hyper.resolution,
        "colours": hyper.img_channels,
        "z_dim": hyper.z_dim,
        "w_dim": hyper.w_dim,
        "mapping_layers": hyper.num_mapping_layers,
        # The mapping of a network that was fitted learns as fast as the rest. Trained adversarially, it would soon draw
        # all faces alike.
        "mapping_lr": min(hyper.mapping_lr, TRANSFER_MAPPING_LR),
        # The average of a trained network need not forget bad early weights.
        "average_ramp": 0.0,
        "augment_kimg": TRANSFER_AUGMENT_KIMG,
        "warm_d": 0.0 if knows_pictures else WARM_D_KIMG,
    }


def check_settings(settings: Settings) -> None:
    """Raise BadValue if a run with these settings cannot be."""
    try:
        run_folder.check(settings)
    except ValueError as error:
        name = "--kimg" if "pictures" in str(error) else "the options"
        value = f"{settings.kimg:g}" if name == "--kimg" else str(error)
        raise errors.BadValue(name=name, value=value, expected="a length above 0, in thousands of pictures") from None
    SINGLE_PROCESS.check_batch(settings.batch, settings.accumulate)


def check_resumable(arguments: argparse.Namespace, stored: Mapping[str, Any]) -> None:
    """Raise FixedSetting if an option was typed that a run keeps from its beginning, with another value than it has."""
    known = {**stored, **stored["settings"]}
    if stored["data"] in ARTISTS:
        _check_of_drawings(arguments)
    for name, reason in FIXED.items():
        value = getattr(arguments, name, None)
        if name in ("data", "labels") and value is not None and value not in (*ARTISTS, FOLDERS, NONE):
            value = Path(value).resolve()
        if value is not None and str(value) != str(known.get(name)):
            raise errors.FixedSetting(name=option_names()[name], reason=reason)


def _check_of_drawings(arguments: argparse.Namespace) -> None:
    """Raise Conflict if an option was typed that drawings forbid: their labels and knobs tell left from right."""
    for name in ("mirror", "augment"):
        if getattr(arguments, name, None):
            raise errors.Conflict(first=f"--{name}", second="drawings")


def describe_changes(changes: Mapping[str, tuple[Any, Any]], before: Settings, after: Settings) -> str:
    """Return which options got new values: field -> the value before and the new one; also as whole settings."""
    names, words = option_names(), {None: "the default", True: "on", False: "off"}
    said = {
        names[field]: tuple(words[v] if v is None or type(v) is bool else v for v in changes[field])
        for field in changes
    }
    if "--augment" in said:  # one option sets two fields
        said["--augment"] = tuple(map(_say_augmentation, (before, after)))
    return ", ".join(f"{name} {new} (was {old})" for name, (old, new) in said.items())


def _say_augmentation(settings: Settings) -> str:
    return "off" if not settings.augment else f"{settings.augment_p:g}" if settings.augment_p else "ada"


def option_names() -> dict[str, str]:
    """Return what the option for each field of Settings and Watch is called, such as "--gamma" for ``r1_gamma``."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    names = {action.dest: action.option_strings[0] for action in reversed(parser._actions)}
    return names | {"augment_p": names["augment"]}  # one option sets both
