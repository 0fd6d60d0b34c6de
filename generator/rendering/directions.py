"""Finds directions in w along which a face changes, from a network's weights, its traits, or the knobs in its z.

Knows nothing about recipes, and draws nothing. Every direction is returned as one step, the vector by which an edit
with amount=1 moves w.

[1] Shen and Zhou 2021, "Closed-Form Factorization of Latent Semantics in GANs".
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from generator.contract import errors
from generator.contract.kinds import FACTORS, trait_directions
from generator.rendering.latents import Latents
from generator.stylegan.generator import Generator
from generator.stylegan.layers import ModulatedConv

SAMPLE = range(200)  # seeds of the faces that are measured, as a sample of all faces
# One step of a factorised direction is 0.25 x the mean distance of a face from the average face. Beyond an amount of 3
# the picture stops looking like a face.
FACTOR_STEP = 0.25
# One step of a learnt direction is 0.5 x the mean change that the trait makes, so that an amount of 2 gives the trait.
TRAIT_STEP = 0.5


def find_knobs(generator: Generator) -> dict[str, int]:
    """Map the name of each knob of a network to its component of z.

    A learnt direction of the same name goes first: it is what the name meant before the knobs had names.
    """
    names = () if generator.knobs is None else generator.knobs.names
    return {name: index for index, name in enumerate(names) if name and name not in (generator.directions or {})}


def find_step(generator: Generator, name: str) -> Tensor:
    """Return one step [num_ws, w_dim] float32 along ``name``: "d1" to "d10", a knob, or a learnt one like "hair-pink".

    The step of a knob is what a face without z is moved by: the mean change in w when the knob grows by 1.

    The learnt directions are those that passed their test and are stored with the network (see evaluate/learning.py).
    If no direction was tested, each value of each trait has a direction, which is computed from the mapping network.

    Raises UnknownDirection if the network has no such direction.
    """
    return find_steps(generator, [name])[0]


def find_steps(generator: Generator, names: Sequence[str]) -> Tensor:
    """Return one step along each direction in ``names``, as a tensor [names, num_ws, w_dim] float32.

    The weights are factorised only once. Raises UnknownDirection if the network lacks one of the directions.
    """
    known = [f"d{i + 1}" for i in range(min(FACTORS, generator.w_dim))]
    factors = dict(zip(known, _factor_steps(generator), strict=True)) if set(names) & set(known) else {}
    steps = [factors[name] if name in factors else _trait_step(generator, name, known) for name in names]
    return torch.stack([step.to(generator.device, torch.float32).expand(generator.num_ws, -1) for step in steps])


def _factor_steps(generator: Generator) -> Tensor:
    """Return the steps [k, w_dim] of the factorised directions, which a network that is not trained keeps."""
    if generator.training or generator.factor_steps is None:
        generator.factor_steps = factorise(generator) * (FACTOR_STEP * _mean_distance(generator))
    return generator.factor_steps


def _trait_step(generator: Generator, name: str, factors: Sequence[str]) -> Tensor:
    knobs = find_knobs(generator)
    if name in knobs:
        return knob_step(generator, knobs[name])
    learnt = trait_directions(generator.traits, None if generator.directions is None else tuple(generator.directions))
    if name in learnt:
        tested = (generator.directions or {}).get(name)
        return learnt_step(generator, *learnt[name]) if tested is None else tested
    # This list contains no words, so that it fits into the error's sentence in any language.
    others = [*knobs, *learnt]
    known = [f"{factors[0]} … {factors[-1]}", *others[:3], *(["…"] if others else [])]
    raise errors.UnknownDirection(model=generator.name, direction=name, known=", ".join(known))


def factorise(generator: Generator) -> Tensor:
    """Return the k = min(10, w_dim) factorised directions [k, w_dim] float64, orthonormal, on the CPU  [1, eq. 6].

    They are the unit vectors in w that change the styles most: the eigenvectors of A^T A with the largest eigenvalues,
    where A [all styles, w_dim] stacks the weights of every affine map from w to styles. The sign of each is chosen so
    that its component of largest magnitude is positive.
    """
    weights: list[Tensor] = [
        module.affine.weight for module in generator.modules() if isinstance(module, ModulatedConv)
    ]
    a = torch.cat(weights).detach().to("cpu", torch.float64)
    _, vectors = torch.linalg.eigh(a.T @ a)  # in ascending order of the eigenvalues
    components = vectors.flip(1).T[:FACTORS]
    largest = components.gather(1, components.abs().argmax(dim=1, keepdim=True))
    signed: Tensor = components * largest.sign()
    return signed


@torch.no_grad()
def _mean_distance(generator: Generator) -> float:
    """Return the mean distance in w between a face and the average face."""
    w = Latents.of(SAMPLE, generator).styles(generator)[:, 0]
    return float((w - generator.mapping.w_avg).norm(dim=1).mean())


@torch.no_grad()
def learnt_step(generator: Generator, trait: str, value: str) -> Tensor:
    """Return one step [w_dim] float32 towards ``value`` of ``trait``.

    It is TRAIT_STEP times the mean difference in w between the two latents of a pair, which differ only in this trait.
    The first has ``value``. The second has the value that its seed gives at random or, if that is ``value`` too, the
    next value of the trait. The mean difference equals the least-squares slope of w on "has the value".
    """
    values = generator.traits[trait]
    before = list(generator.traits)[: list(generator.traits).index(trait)]
    at = sum(len(generator.traits[name]) for name in before)
    latents = Latents.of(SAMPLE, generator)
    assert latents.label is not None
    drawn = latents.label[:, at : at + len(values)].argmax(dim=1)
    index = values.index(value)
    other = torch.where(drawn == index, (index + 1) % len(values), drawn)
    pair = (_with_values(latents, at, len(values), picks) for picks in (torch.full_like(other, index), other))
    w = [side.styles(generator)[:, 0] for side in pair]
    return TRAIT_STEP * (w[0] - w[1]).mean(dim=0)


@torch.no_grad()
def knob_step(generator: Generator, index: int) -> Tensor:
    """Return the mean change in w [w_dim] float32 when component ``index`` of z grows by 1."""
    latents = Latents.of(SAMPLE, generator)
    more = latents.z.clone()
    more[:, index] += 1
    w = [Latents(z, latents.label).styles(generator)[:, 0] for z in (more, latents.z)]
    return (w[0] - w[1]).mean(dim=0)


def _with_values(latents: Latents, at: int, count: int, picks: Tensor) -> Latents:
    """Return ``latents`` with the value of one trait replaced.

    In the label, the trait's ``count`` values begin at index ``at``. ``picks`` [n] holds the index, among these values,
    of the new value for each face.
    """
    assert latents.label is not None
    label = latents.label.clone()
    label[:, at : at + count] = torch.nn.functional.one_hot(picks, count).to(label)
    return Latents(latents.z, label)
