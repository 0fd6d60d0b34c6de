"""Chooses the shapes of a run's networks: as the settings say, or those of the networks that the run continues.

Holds no weights.
"""

from collections.abc import Mapping
from dataclasses import replace

from generator.stylegan2.network import Hyperparameters
from generator.train.networks.discriminator import Shape
from generator.train.networks.start import Origin
from generator.train.settings import Settings, powers


def choose_shape(settings: Settings, condition: int, classes: int = 0) -> Shape:
    """Return the shape of a run's discriminator: that of the networks it continues, or as the settings say.

    ``condition`` is the length of the condition vector, and ``classes`` the number of trait values to classify.
    """
    resolution = settings.resolution
    if settings.origin is None:
        channels = settings.channels(resolution, settings.discriminator_base)
        group = settings.deviation_group
        return Shape(resolution, channels, settings.colours, condition=condition, classes=classes, group=group)
    origin = Origin.from_dict(settings.origin)
    if origin.discriminator is not None:
        return adapt_discriminator(origin.discriminator, resolution, condition)
    hyper = continue_architecture(origin.generator, resolution, origin.generator.c_dim)
    shape = Shape(resolution, hyper.channels, hyper.img_channels, hyper.const_size, condition=condition)
    return replace(shape, group=settings.deviation_group, taps=hyper.resample_filter)


def choose_hyperparameters(settings: Settings, resolution: int, c_dim: int, knobs: int = 0) -> Hyperparameters:
    """Return the hyperparameters of a run's generator at ``resolution``.

    ``c_dim`` is the length of the pictures' labels, and ``knobs`` their number of knobs, which is 0 unless the data is
    paired. A network with labels that is continued without any keeps its own.
    """
    if settings.origin is not None:
        kept = Origin.from_dict(settings.origin).generator
        hyper = continue_architecture(kept, resolution, c_dim or kept.c_dim)
        return replace(hyper, mapping_lr=settings.mapping_lr)  # weights are rescaled, so that faces stay the same
    return Hyperparameters(
        resolution=resolution,
        channels=settings.channels(resolution, settings.channel_base),
        z_dim=knobs or settings.z_dim,
        c_dim=c_dim,
        w_dim=settings.w_dim,
        num_mapping_layers=settings.mapping_layers,
        mapping_lr=settings.mapping_lr,
        # For paired data, z holds the knobs. It is not normalised, since the size of a knob matters. Drawings have no
        # random details, so the network needs no noise.
        normalize_latents=not knobs,
        use_noise=not knobs,
        img_channels=settings.colours,
    )


def continue_architecture(hyper: Hyperparameters, resolution: int, c_dim: int) -> Hyperparameters:
    """Return ``hyper`` with another resolution and length of the label.

    Each new block has half as many channels as the one before. Lower resolutions leave blocks out.
    """
    channels = _fit_channels(hyper.channels, resolution)
    embed = hyper.embed_features if c_dim and hyper.c_dim else None
    label_mode = hyper.label_mode if hyper.c_dim else "embed"
    return replace(
        hyper, resolution=resolution, channels=channels, c_dim=c_dim, embed_features=embed, label_mode=label_mode
    )


def adapt_discriminator(shape: Shape, resolution: int, condition: int) -> Shape:
    """Return ``shape`` for another resolution and length of the condition vector.

    A discriminator with labels keeps how it takes them; one without gets a projection of the condition.
    """
    channels = _fit_channels(shape.channels, resolution)
    labels = replace(shape.labels, c_dim=condition) if shape.labels and condition else None
    if labels and not labels.embed and shape.labels and shape.labels.c_dim != condition:
        labels = None  # each label has outputs of its own, which are of no use for other labels
    linear = 0 if labels else condition
    return replace(shape, resolution=resolution, channels=channels, labels=labels, condition=linear)


def _fit_channels(channels: Mapping[int, int], resolution: int) -> dict[int, int]:
    """Return the channels of the blocks up to ``resolution``: each new one has half as many as the one before."""
    fitting = {size: count for size, count in channels.items() if size <= resolution}
    for size in powers(resolution)[1:]:
        if size not in fitting:
            fitting[size] = max(fitting[size // 2] // 2, 1)
    return fitting
