"""Computes faces that are points in z: seeds, their near relatives, and places between such faces in z.

Knows nothing about mixes, moves and vectors, and draws nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generator.contract.faces.face import Between, Face, Seed, Step, as_seed
from generator.contract.seeds import SEED_COUNT
from generator.rendering.interpolation import INTERPOLATIONS, linear
from generator.rendering.latents import Latents, seed_label, seed_z
from generator.stylegan.generator import Generator

# The lowest psi of training (generator/train/data/batch.py). A network shows a knob as psi x z. To show the same knob
# at a lower psi, z would have to leave what the mapping network has seen.
LOWEST_PSI = 0.5
RELATIVE_WEIGHT = 0.75  # weight of the z that is blended in for a near relative; the face's own z has weight 1


@dataclass(frozen=True)
class ZPoints:
    """Faces as points in z. The coarse and the fine layers of a near relative may belong to different points."""

    coarse: Tensor  # [n, z_dim]
    fine: Tensor  # [n, z_dim]
    label: Tensor | None  # [n, c_dim], or None for a network without labels
    psi: tuple[float, ...]

    def take(self, picked: Sequence[int]) -> "ZPoints":
        """Return some of the points."""
        rows = list(picked)
        label = None if self.label is None else self.label[rows]
        return ZPoints(self.coarse[rows], self.fine[rows], label, tuple(self.psi[row] for row in rows))

    def move(self, amounts: Tensor, limit: float, *, truncated: bool = True) -> "ZPoints":
        """Return the points with their knobs, which are psi x z, moved by ``amounts`` [n, z_dim].

        No knob is moved beyond ``limit`` to either side. Not ``truncated`` are layers that are drawn at psi 1.
        """
        psi = torch.tensor(self.psi if truncated else [1.0] * len(self.psi), device=self.coarse.device)[:, None]
        psi = psi.abs().clamp(min=LOWEST_PSI).copysign(psi)
        coarse, fine = (_move_knobs(z, amounts.to(z), psi, limit) for z in (self.coarse, self.fine))
        return ZPoints(coarse, fine, self.label, self.psi)

    def __add__(self, other: "ZPoints") -> "ZPoints":
        """Concatenate points of the same network."""
        label = None if self.label is None or other.label is None else torch.cat([self.label, other.label])
        coarse, fine = torch.cat([self.coarse, other.coarse]), torch.cat([self.fine, other.fine])
        return ZPoints(coarse, fine, label, self.psi + other.psi)


def _move_knobs(z: Tensor, amounts: Tensor, psi: Tensor, limit: float) -> Tensor:
    """Return z [n, z_dim] for other knobs. What is beyond the limit already moves back only."""
    before = psi * z
    after = (before + amounts).clamp(before.clamp(max=-limit), before.clamp(min=limit))
    return torch.where(amounts == 0, z, after / psi)


def find_z_points(faces: Sequence[Face], generator: Generator) -> ZPoints:
    """Return faces that are points in z. A seed without psi is not truncated, so its psi is 1.

    Raises NoTraits, UnknownTrait or UnknownTraitValue if the network lacks a trait.
    """
    found, rows = list[ZPoints](), dict[Face, int]()
    for space in ("", *INTERPOLATIONS):
        group = dict.fromkeys(face for face in faces if _space_of(face) == space)
        if group:
            found.append(_of_ways(list(group), space, generator) if space else _of_seeds(list(group), generator))
            rows |= {face: len(rows) + row for row, face in enumerate(group)}
    return sum(found[1:], found[0]).take([rows[face] for face in faces])


def _space_of(face: Face) -> str:
    """Return the space of the way on which a face is, or "" for a seed."""
    return face.space if isinstance(face, Between) else ""


def map_z_points(points: ZPoints, generator: Generator, cutoff: int | None, coarse_layers: int) -> Tensor:
    """Return the w [n, num_ws, w_dim] of points, each truncated by its psi in the first ``cutoff`` layers.

    The first ``coarse_layers`` layers are those of the coarse points.
    """
    groups: dict[float, list[int]] = {}
    for row, psi in enumerate(points.psi):
        groups.setdefault(psi, []).append(row)
    mapped = [_map_at(psi, points.take(rows), generator, cutoff, coarse_layers) for psi, rows in groups.items()]
    order = torch.tensor([row for rows in groups.values() for row in rows], device=points.coarse.device)
    return torch.cat(mapped)[order.argsort()]


def _map_at(psi: float, points: ZPoints, generator: Generator, cutoff: int | None, coarse_layers: int) -> Tensor:
    w = Latents(points.coarse, points.label).styles(generator, psi, cutoff)
    apart: list[int] = (points.coarse != points.fine).any(dim=1).nonzero().flatten().tolist()
    if apart:
        some = points.take(apart)
        w[apart, coarse_layers:] = Latents(some.fine, some.label).styles(generator, psi, cutoff)[:, coarse_layers:]
    return w


def _of_seeds(faces: Sequence[Face], generator: Generator) -> ZPoints:
    seeds = [as_seed(face) for face in faces if isinstance(face, int | Seed)]
    z = [seed_z(leaf.number, generator.z_dim) for leaf in seeds]
    coarse = [_step_away(own, leaf.number, leaf.coarse) for own, leaf in zip(z, seeds, strict=True)]
    fine = [_step_away(own, leaf.number, leaf.fine) for own, leaf in zip(z, seeds, strict=True)]
    labels = [seed_label(leaf.number, generator, dict(leaf.traits)) for leaf in seeds]
    label = (
        torch.cat([label for label in labels if label is not None]).to(generator.device) if generator.c_dim else None
    )
    psi = tuple(1.0 if leaf.psi is None else leaf.psi for leaf in seeds)
    return ZPoints(torch.cat(coarse).to(generator.device), torch.cat(fine).to(generator.device), label, psi)


def _step_away(z: Tensor, number: int, steps: Sequence[Step]) -> Tensor:
    """Return the z [1, z_dim] of a near relative: at each step another z is blended in."""
    for step in steps:
        z = (z + RELATIVE_WEIGHT * _other_z(number, step, z.shape[1])) / math.sqrt(1 + RELATIVE_WEIGHT**2)
    return z


def _other_z(number: int, step: Step, z_dim: int) -> Tensor:
    """Return the z [1, z_dim] that is blended in at a step.

    For the n-th relative it is that of the seed which is n further. For a place on the circle it is a point on the
    circle that is spanned by the z of the next two seeds.
    """
    if isinstance(step, int):
        return seed_z((number + step) % SEED_COUNT, z_dim)
    first, second = (seed_z((number + i) % SEED_COUNT, z_dim) for i in (1, 2))
    angle = 2 * math.pi * step[0] / step[1]
    return math.cos(angle) * first + math.sin(angle) * second


def _of_ways(faces: Sequence[Face], space: str, generator: Generator) -> ZPoints:
    """Return places between two points: z on the way that the space says, label and psi on a straight line."""
    ways = [face for face in faces if isinstance(face, Between)]
    first, second = (
        find_z_points(ends, generator) for ends in zip(*((way.first, way.second) for way in ways), strict=True)
    )
    t, interpolate = torch.tensor([way.t for way in ways], device=generator.device)[:, None], INTERPOLATIONS[space]
    coarse, fine = interpolate(first.coarse, second.coarse, t), interpolate(first.fine, second.fine, t)
    label = None if first.label is None or second.label is None else linear(first.label, second.label, t)
    psi = (a if a == b else (1 - way.t) * a + way.t * b for way, a, b in zip(ways, first.psi, second.psi, strict=True))
    return ZPoints(coarse, fine, label, tuple(psi))
