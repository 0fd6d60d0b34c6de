"""Defines the options of a run's networks, schedule and augmentation, each with the papers' value and its source.

Does not know how a run goes. An option whose ``dest`` is a field of Settings sets that field, see options.py. Numbers
in brackets in the help name papers by Karras et al.: [1] "A Style-Based Generator Architecture" (2019), [2] "Analyzing
and Improving the Image Quality of StyleGAN" (2020), [3] "Training Generative Adversarial Networks with Limited Data"
(2020).
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from generator.options import number_from, positive_number, whole_number
from generator.train.augmentation.augment import GROUPS
from generator.train.configuration.configs import CONFIGS, SIZES
from generator.train.settings import Settings

PAPERS = (
    "In round brackets stand defaults, which are those of --config auto on a processor (docs/training.md has the "
    "others), then the papers' values or where they come from. Papers by Karras et al.: [1] A Style-Based Generator "
    "Architecture (2019), [2] Analyzing and Improving the Image Quality of StyleGAN (2020), [3] Training Generative "
    "Adversarial Networks with Limited Data (2020)."
)
RESOLUTION = 64  # default side of the pictures in pixels
WARM_KIMG = 300.0  # default length of a warm start, in thousands of images; by its end, faces look like the drawings
KIMG = 1000.0  # default length of adversarial training, in thousands of images
WARM_D_KIMG = 5.0  # default length of the warm-up of a new discriminator beside a generator that is continued
TRANSFER_MAPPING_LR = 0.01  # largest learning-rate multiplier of a mapping that is continued, that of [1]
TRANSFER_AUGMENT_KIMG = 100.0  # the strength of augmentation changes five times as fast where networks are continued


def add_network_options(group: argparse._ArgumentGroup) -> None:
    """Add the options of the networks: what they begin with, and how large they are."""
    _add_beginning(group)
    _add_sizes(group)


def _add_beginning(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--resolution",
        type=int,
        choices=(32, 64, 128, 256, 512, 1024),
        help=f"side of the pictures in pixels (default: that of --start-from, if no option gives other sizes, else "
        f"{RESOLUTION})",
    )
    group.add_argument(
        "--start-from",
        type=Path,
        metavar="FILE|none",
        help="continue the networks of this file, at its sizes, or begin with random ones (default: with --data artist "
        "the network that ships, up to 128 px the one before it, else random ones)",
    )
    group.add_argument(
        "--partial",
        action="store_true",
        help="begin with a file's networks even if less than 90 %% of their parameters fit",
    )
    group.add_argument(
        "--config",
        choices=tuple(CONFIGS),
        help="sizes and schedule by name; auto: by resolution and device, with small networks on a processor; tiny: "
        "for processors; the others are the papers'. Options replace single values (default: auto)",
    )
    group.add_argument(
        "--colours",
        type=int,
        choices=(1, 3, 4),
        help="1: grey, 3: red, green and blue, 4: with opacity (default: those of --start-from, else 3)",
    )


def _add_sizes(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--channel-base",
        type=whole_number(32, 2**18),
        metavar="N",
        help="a block of R pixels has N / R feature maps (auto on a processor: 4096; [2]: 32768, half of it at 256 px)",
    )
    group.add_argument(
        "--channel-max", type=whole_number(4, 2048), metavar="N", help="feature maps at most (256; [2]: 512)"
    )
    group.add_argument(
        "--discriminator-base",
        type=whole_number(32, 2**18),
        metavar="N",
        help="--channel-base of the discriminator (default: the generator's; [2]: the same)",
    )
    group.add_argument("--z-dim", type=whole_number(1, 4096), metavar="N", help="length of z (128; [1]: 512)")
    group.add_argument("--w-dim", type=whole_number(1, 4096), metavar="N", help="length of w (256; [1]: 512)")
    group.add_argument(
        "--mapping-layers",
        type=whole_number(1, 64),
        metavar="N",
        help="layers from z to w (4; [1]: 8; NVIDIA's auto: 2)",
    )
    group.add_argument(
        "--mapping-lr",
        type=positive_number,
        metavar="N",
        help="the mapping's learning-rate multiplier (0.1; [1]: 0.01), also of a file that does not say it",
    )


def add_schedule_options(group: argparse._ArgumentGroup) -> None:
    """Add the options of the schedule: lengths, batches, rates and regularisation."""
    for add in (_add_lengths, _add_rates, _add_regularisation, _add_averages, _add_transfer):
        add(group)


def _add_lengths(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--kimg",
        type=number_from(0),
        metavar="N",
        help=f"length of the adversarial training in thousands of pictures ({KIMG:g}; [2], [3]: 25000)",
    )
    group.add_argument(
        "--warm-start",
        dest="warm_kimg",
        type=number_from(0),
        metavar="N",
        help="length of the regression before that in thousands of pictures, only with a built-in artist "
        f"(default: {WARM_KIMG:g}, or 0 if the network to go on from draws its portraits at this size already)",
    )
    group.add_argument(
        "--minutes",
        type=number_from(0),
        metavar="N",
        help="stop and save after this time, drawing included; --resume continues (default: no limit)",
    )


def _add_rates(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--batch",
        type=whole_number(1, 2**20),
        metavar="N",
        help=f"pictures per batch ({Settings.batch}; [2]: 32, [3]: 64)",
    )
    group.add_argument(
        "--accumulate",
        type=whole_number(1),
        metavar="N",
        help="compute a batch in N pieces to need less memory; N divides it (default: 1)",
    )
    group.add_argument(
        "--lr",
        dest="rate",
        type=positive_number,
        metavar="N",
        help="learning rate of both networks (0.002 [2]); for drawings the generator's, which falls by a cosine",
    )


def _add_regularisation(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--gamma",
        dest="r1_gamma",
        type=number_from(0),
        metavar="N",
        help="weight of R1, which keeps the discriminator smooth: try a half and the double (0.0002 * side^2 / batch "
        "[3, appendix C], for drawings five times that; [2]: 10)",
    )
    group.add_argument(
        "--r1-every",
        type=whole_number(1, 10**6),
        metavar="N",
        help="batches from one step of R1 to the next (16 [2, B])",
    )
    group.add_argument(
        "--path-weight",
        type=number_from(0),
        metavar="N",
        help="weight of the path length penalty, 0 for none (2 [2, section 3.2])",
    )
    group.add_argument(
        "--path-every",
        type=whole_number(1, 10**6),
        metavar="N",
        help="batches from one step of it to the next (4 [2, B])",
    )
    group.add_argument(
        "--mixing",
        type=number_from(0, 1),
        metavar="P",
        help="probability that a batch mixes the styles of two faces (0.9 [1, section 3.1])",
    )


def _add_averages(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--ema",
        dest="average_kimg",
        type=positive_number,
        metavar="N",
        help="half-life of the averaged weights in thousands of pictures (8; [2]: 10, [3]: 20)",
    )
    group.add_argument(
        "--ema-ramp",
        dest="average_ramp",
        type=number_from(0, 1),
        metavar="N",
        help="this half-life is at most so large a share of the pictures seen; 0: no limit (0.05; [2]: 0)",
    )


def _add_transfer(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--freeze-d",
        type=whole_number(0, 100),
        metavar="N",
        help="keep the weights of the discriminator's first N layers, for transfer to few pictures (0; NVIDIA: 10 or "
        "13; Mo et al. 2020)",
    )
    group.add_argument(
        "--freeze-g",
        type=whole_number(0, 100),
        metavar="N",
        help="keep the weights of the mapping and of the generator's first N layers, except their colours: faces stay "
        "as varied as they were, and what is finer is learnt (0; Back 2021)",
    )
    group.add_argument(
        "--warm-d",
        type=number_from(0),
        metavar="N",
        help="thousands of pictures from which at first only the discriminator learns, with drawings new blocks, too "
        f"({WARM_D_KIMG:g} if a generator is continued and the discriminator is new, else 0)",
    )
    group.add_argument(
        "--threads",
        type=_read_threads,
        metavar="N|auto",
        help="threads of the processor; auto: a short measurement at the start chooses (default: auto)",
    )


def _read_threads(text: str) -> int:
    return 0 if text == "auto" else whole_number(1, 1024)(text)


class _Augment(argparse.Action):
    """Reads --augment: ada, off, or a constant strength."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: "str | Sequence[Any] | None",
        option_string: str | None = None,
    ) -> None:
        """Set the fields ``augment`` and ``augment_p``."""
        namespace.augment, namespace.augment_p = values != "off", 0.0
        if values not in ("ada", "off"):
            try:
                namespace.augment_p = number_from(0.001, 1)(str(values))
            except argparse.ArgumentTypeError as error:
                parser.error(f"argument --augment: give ada, off or a number: {error}")


def add_augmentation_options(group: argparse._ArgumentGroup) -> None:
    """Add the options of augmentation."""
    group.add_argument(
        "--augment",
        action=_Augment,
        metavar="ada|P|off",
        help="ada: augment pictures before the discriminator, as strongly as overfitting demands [3, section 3]; P: "
        "with this constant probability; off: not at all (default: ada; off for drawings)",
    )
    group.add_argument(
        "--no-augment", dest="augment", action="store_false", default=None, help="the same as --augment off"
    )
    group.add_argument(
        "--augment-target",
        type=number_from(0, 1),
        metavar="N",
        help="ada: the mean sign of real scores that is aimed for; smaller values augment more (0.6 [3, section 3])",
    )
    group.add_argument(
        "--augment-kimg",
        type=positive_number,
        metavar="N",
        help="ada: thousands of pictures in which the strength may rise from 0 to 1 (500 [3, section 3]; "
        f"{TRANSFER_AUGMENT_KIMG:g} where networks are continued)",
    )
    group.add_argument(
        "--augment-groups",
        type=_read_groups,
        metavar="bgc",
        help=f"groups of transformations: {', '.join(f'{key} {name}' for key, name in GROUPS.items())} (bgc [3])",
    )


def _read_groups(text: str) -> str:
    if not text or any(letter not in GROUPS for letter in text) or len(set(text)) < len(text):
        raise argparse.ArgumentTypeError(f"give some of the letters {''.join(GROUPS)}, each once, not '{text}'")
    return "".join(letter for letter in GROUPS if letter in text)


def typed_sizes(arguments: argparse.Namespace) -> bool:
    """Return whether an option was typed for the sizes of the networks, which a file then does not decide."""
    return any(getattr(arguments, name, None) is not None for name in SIZES if name != "mapping_lr")
