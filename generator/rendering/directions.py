"""Directions in w along which a face changes: found in the weights of any network, or learnt from the traits of one that has them.

Knows no recipes and synthesises nothing. A direction's length is what one step of ``amount`` moves.

[1] Shen and Zhou 2021, "Closed-Form Factorization of Latent Semantics in GANs".
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from generator.contract import errors
from generator.contract.kinds import FACTORS, trait_directions
from generator.rendering.latents import Latents
from generator.stylegan2.layers import ModulatedConv
from generator.stylegan2.network import Generator

SAMPLE = range(200)  # the seeds that stand for all faces
FACTOR_STEP = 0.25  # of the distance at which faces lie from the average: at 3 a face is changed as far as it stays one
TRAIT_STEP = 0.5  # of what having the trait makes on average: at 2 the face has it


def direction(generator: Generator, name: str) -> Tensor:
    """Return the step [num_ws, w_dim] float32 of the direction ``name``: "d1" to "d10", or a learnt one such as "hair-pink".

    Learnt ones come with the network where they were tested (see evaluate/learning.py), and are else found in its mapping, one for
    each value of each trait. Raises UnknownDirection.
    """
    return directions(generator, [name])[0]


def directions(generator: Generator, names: Sequence[str]) -> Tensor:
    """Return the steps [names, num_ws, w_dim] float32 of several directions; the weights are factorised once for all of them."""
    known = [f"d{i + 1}" for i in range(min(FACTORS, generator.w_dim))]
    factors = dict(zip(known, _factor_steps(generator), strict=True)) if set(names) & set(known) else {}
    steps = [factors[name] if name in factors else _learnt(generator, name, known) for name in names]
    return torch.stack([step.to(generator.device, torch.float32).expand(generator.num_ws, -1) for step in steps])


def _factor_steps(generator: Generator) -> Tensor:
    return factorised(generator) * (FACTOR_STEP * _distance(generator))


def _learnt(generator: Generator, name: str, factors: Sequence[str]) -> Tensor:
    learnt = trait_directions(generator.traits, None if generator.directions is None else tuple(generator.directions))
    if name in learnt:
        tested = (generator.directions or {}).get(name)
        return learnt_step(generator, *learnt[name]) if tested is None else tested
    known = [
        f"{factors[0]} … {factors[-1]}",
        *list(learnt)[:3],
        *(["…"] if learnt else []),
    ]  # in no language, for all of them
    raise errors.UnknownDirection(model=generator.name, direction=name, known=", ".join(known))


def factorised(generator: Generator) -> Tensor:
    """Return the first 10 (at most w_dim) directions [k, w_dim] float64, orthonormal, on the CPU  [1, eq. 6].

    They are the eigenvectors of A^T A with the largest eigenvalues, A [all styles, w_dim] being the weights of every affine map
    from w to a style: unit steps in w that change the styles most. Each is turned so that its largest component is above 0.
    """
    weights: list[Tensor] = [
        module.affine.weight for module in generator.modules() if isinstance(module, ModulatedConv)
    ]
    a = torch.cat(weights).detach().to("cpu", torch.float64)
    _, vectors = torch.linalg.eigh(a.T @ a)  # ascending
    found = vectors.flip(1).T[:FACTORS]
    largest = found.gather(1, found.abs().argmax(dim=1, keepdim=True))
    turned: Tensor = found * largest.sign()
    return turned


@torch.no_grad()
def _distance(generator: Generator) -> float:
    """How far faces lie from the average in w, on average."""
    w = Latents.of(SAMPLE, generator).styles(generator)[:, 0]
    return float((w - generator.mapping.w_avg).norm(dim=1).mean())


@torch.no_grad()
def learnt_step(generator: Generator, trait: str, value: str) -> Tensor:
    """Return the step [w_dim] float32 towards ``value`` of ``trait``: from the network's own faces with it and without it.

    It is half the least-squares slope of w on "has it" over pairs (z, label) that differ in nothing else, which is the mean of
    their differences. Without it a face has the value that its seed drew, or the next one in the table.
    """
    values = generator.traits[trait]
    before = list(generator.traits)[: list(generator.traits).index(trait)]
    at = sum(len(generator.traits[name]) for name in before)
    points = Latents.of(SAMPLE, generator)
    assert points.label is not None
    drawn = points.label[:, at : at + len(values)].argmax(dim=1)
    index = values.index(value)
    other = torch.where(drawn == index, (index + 1) % len(values), drawn)
    w = [
        _with(points, at, len(values), chosen).styles(generator)[:, 0]
        for chosen in (torch.full_like(other, index), other)
    ]
    return TRAIT_STEP * (w[0] - w[1]).mean(dim=0)


@torch.no_grad()
def knob_step(generator: Generator, index: int) -> Tensor:
    """Return the step [w_dim] float32 towards more of the z component ``index``: half of what one unit more makes on average."""
    points = Latents.of(SAMPLE, generator)
    more = points.z.clone()
    more[:, index] += 1
    w = [Latents(z, points.label).styles(generator)[:, 0] for z in (more, points.z)]
    return TRAIT_STEP * (w[0] - w[1]).mean(dim=0)


def _with(points: Latents, at: int, count: int, chosen: Tensor) -> Latents:
    """The points with the values ``chosen`` [n] of the trait whose ``count`` values begin at ``at`` in the label."""
    assert points.label is not None
    label = points.label.clone()
    label[:, at : at + count] = torch.nn.functional.one_hot(chosen, count).to(label)
    return Latents(points.z, label)
