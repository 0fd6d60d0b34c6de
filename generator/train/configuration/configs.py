"""Lists the configurations of a run: sizes and schedules by name, each with its source.

A configuration gives values to fields of Settings; options that are typed replace them. Knows no tensors.
[1] is Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN", and [2] Karras et al. 2020,
"Training Generative Adversarial Networks with Limited Data".
"""

from collections.abc import Callable, Mapping
from typing import Any

from generator.train.settings import Settings

# The sizes of the papers' networks: 512 feature maps at most, z and w of 512 numbers, 8 mapping layers [1].
_PAPER: dict[str, Any] = {
    "channel_max": 512,
    "z_dim": 512,
    "w_dim": 512,
    "mapping_layers": 8,
    "mapping_lr": 0.01,
    "average_ramp": 0.0,
}
SIZES = ("channel_base", "channel_max", "discriminator_base", "z_dim", "w_dim", "mapping_layers", "mapping_lr")


def paper(base: int, batch: int, group: int, rate: float, gamma: float, average_kimg: float) -> dict[str, Any]:
    """Return a configuration with the sizes of the papers' networks."""
    return _PAPER | {
        "channel_base": base,
        "discriminator_base": base,
        "batch": batch,
        "deviation_group": group,
        "rate": rate,
        "r1_gamma": gamma,
        "average_kimg": average_kimg,
    }


def auto(resolution: int, on_gpu: bool) -> dict[str, Any]:
    """Return what suits a resolution and device.

    On a GPU these are the sizes and rules for one GPU that NVIDIA's ada-pytorch names "auto". On a processor they are
    small: networks that two cores train at 64 px in an evening.
    """
    if not on_gpu:
        base = {256: 8192, 512: 16384, 1024: 16384}.get(resolution, Settings.channel_base)
        return {"channel_base": base, "discriminator_base": base}
    batch = max(min(4096 // resolution, 32), 1)
    large = resolution >= 512
    gamma, rate = 0.0002 * resolution**2 / batch, 0.002 if resolution >= 1024 else 0.0025
    config = paper(32768 if large else 16384, batch, 4, rate, gamma, batch * 10 / 32)
    return config | {"mapping_layers": 2, "average_ramp": 0.05}


def tiny(resolution: int, on_gpu: bool) -> dict[str, Any]:
    """Return sizes for processors: to try something out, or for very few pictures."""
    sizes = {"channel_base": 1024, "discriminator_base": 1024, "channel_max": 64, "z_dim": 64, "w_dim": 64}
    return sizes | {"mapping_layers": 2, "batch": 8}


def _fixed(config: Mapping[str, Any]) -> Callable[[int, bool], dict[str, Any]]:
    return lambda resolution, on_gpu: dict(config)


# Name -> function of the resolution and of whether there is a GPU. paper256 to paper1024 are the settings with which
# ada-pytorch repeats [2] and [1]; stylegan2 is config F of [1].
CONFIGS: Mapping[str, Callable[[int, bool], dict[str, Any]]] = {
    "auto": auto,
    "tiny": tiny,
    "paper256": _fixed(paper(16384, 64, 8, 0.0025, 1.0, 20.0)),
    "paper512": _fixed(paper(32768, 64, 8, 0.0025, 0.5, 20.0)),
    "paper1024": _fixed(paper(32768, 32, 4, 0.002, 2.0, 10.0)),
    "stylegan2": _fixed(paper(32768, 32, 4, 0.002, 10.0, 10.0)),
}
