"""Directions in w along which a face changes: factorised from the weights of any network, or learnt from its traits.

Does not know recipes, and draws nothing. A direction's length is how far one step of ``amount`` moves.

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

SAMPLE = range(200)  # the seeds that represent all faces
FACTOR_STEP = (
    0.25  # of the mean distance between a face and the average: an amount of 3 goes as far as a face stays one
)
TRAIT_STEP = 0.5  # of the mean change that the trait makes: at an amount of 2 the face has it


def find_step(generator: Generator, name: str) -> Tensor:
    """Return the step [num_ws, w_dim] float32 of a direction: "d1" to "d10", or a learnt one such as "hair-pink".

    Tested ones are stored with the network (see evaluate/learning.py); without them one for each value of each trait is
    computed from the mapping. Raises UnknownDirection.
    """
    return find_steps(generator, [name])[0]


def find_steps(generator: Generator, names: Sequence[str]) -> Tensor:
    """Return the steps [names, num_ws, w_dim] float32 of several directions; the weights are factorised only once."""
    known = [f"d{i + 1}" for i in range(min(FACTORS, generator.w_dim))]
    factors = dict(zip(known, _factor_steps(generator), strict=True)) if set(names) & set(known) else {}
    steps = [factors[name] if name in factors else _trait_step(generator, name, known) for name in names]
    return torch.stack([step.to(generator.device, torch.float32).expand(generator.num_ws, -1) for step in steps])


def _factor_steps(generator: Generator) -> Tensor:
    return factorise(generator) * (FACTOR_STEP * _mean_distance(generator))


def _trait_step(generator: Generator, name: str, factors: Sequence[str]) -> Tensor:
    learnt = trait_directions(generator.traits, None if generator.directions is None else tuple(generator.directions))
    if name in learnt:
        tested = (generator.directions or {}).get(name)
        return learnt_step(generator, *learnt[name]) if tested is None else tested
    # Not in any language, so that it fits into the sentence of each.
    known = [f"{factors[0]} … {factors[-1]}", *list(learnt)[:3], *(["…"] if learnt else [])]
    raise errors.UnknownDirection(model=generator.name, direction=name, known=", ".join(known))


def factorise(generator: Generator) -> Tensor:
    """Return the first 10 (at most w_dim) directions [k, w_dim] float64, orthonormal, on the CPU  [1, eq. 6].

    They are the eigenvectors of A^T A with the largest eigenvalues, where A [all styles, w_dim] stacks the weights of
    every affine map from w to a style: the unit steps in w that change the styles most. Signs are such that the largest
    component is positive.
    """
    weights: list[Tensor] = [
        module.affine.weight for module in generator.modules() if isinstance(module, ModulatedConv)
    ]
    a = torch.cat(weights).detach().to("cpu", torch.float64)
    _, vectors = torch.linalg.eigh(a.T @ a)  # ascending
    components = vectors.flip(1).T[:FACTORS]
    largest = components.gather(1, components.abs().argmax(dim=1, keepdim=True))
    signed: Tensor = components * largest.sign()
    return signed


@torch.no_grad()
def _mean_distance(generator: Generator) -> float:
    """Return the mean distance in w between a face and the average."""
    w = Latents.of(SAMPLE, generator).styles(generator)[:, 0]
    return float((w - generator.mapping.w_avg).norm(dim=1).mean())


@torch.no_grad()
def learnt_step(generator: Generator, trait: str, value: str) -> Tensor:
    """Return the step [w_dim] float32 towards ``value`` of ``trait``, from the network's own faces with and without it.

    It is half the least-squares slope of w on "has the value" over pairs (z, label) that differ in nothing else, which
    is half the mean of their differences. A face without the value has the one that its seed drew, or the next one in
    the table.
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
    """Return the step [w_dim] float32 along the z component ``index``: half the mean change that one unit makes."""
    latents = Latents.of(SAMPLE, generator)
    more = latents.z.clone()
    more[:, index] += 1
    w = [Latents(z, latents.label).styles(generator)[:, 0] for z in (more, latents.z)]
    return TRAIT_STEP * (w[0] - w[1]).mean(dim=0)


def _with_values(latents: Latents, at: int, count: int, picks: Tensor) -> Latents:
    """Return the latents with the values ``picks`` [n] of the trait whose ``count`` values begin at label[at]."""
    assert latents.label is not None
    label = latents.label.clone()
    label[:, at : at + count] = torch.nn.functional.one_hot(picks, count).to(label)
    return Latents(latents.z, label)
