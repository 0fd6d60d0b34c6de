"""Computes the w and the noise of faces that are given as expressions, many faces at a time.

A knob is a component of z (see Knobs in stylegan/generator.py), so that a face moved along one is exact: z is changed
before the mapping network, in every point in z that the face is made of. A stored vector has no z. It moves by the mean
step in w, which is less exact than a point in z, but better than no move at all.

Knows nothing about kinds of picture, and draws nothing. Faces are absolute: each seed has its traits and its psi (see
contract/faces/scope.py). All w are [n, num_ws, w_dim] float32, on the network's device.

[1] Karras et al. 2019, "A Style-Based Generator Architecture for Generative Adversarial Networks".
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from generator.contract import errors
from generator.contract.faces import making as make
from generator.contract.faces.face import Between, Face, Mix, Move, Seed, Vector, base, directions, has_z, split_noise
from generator.contract.faces.scope import DEFAULT_PSI
from generator.rendering.directions import find_knobs, find_steps
from generator.rendering.interpolation import linear
from generator.rendering.z_points import ZPoints, find_z_points, map_z_points
from generator.stylegan.generator import Generator, NoiseSeed
from generator.stylegan.hyperparameters import find_coarse_side

COARSE_AND_MIDDLE = 8  # number of w-layers up to 32 x 32 pixels, which [1, section 3.1] calls coarse and middle


def find_styles(
    faces: Sequence[Face], generator: Generator, cutoff: int | None = None, vectors: Mapping[str, Tensor] | None = None
) -> Tensor:
    """Return the w of each face. ``vectors`` are the stored w [num_ws, w_dim] by digest.

    Psi truncates the first ``cutoff`` layers; None means all.
    Raises NoTraits, UnknownTrait, UnknownTraitValue, UnknownDirection, NoSuchLayers or VectorMissing if the network or
    ``vectors`` lack something.
    """
    knobs, bare = find_knobs(generator), [split_noise(face)[0] for face in faces]
    if any(directions(face) & knobs.keys() for face in bare):
        bare = [move_points(face, knobs) for face in bare]
    names = sorted(set().union(*(_directions_in_w(face, knobs) for face in bare)))
    steps = dict(zip(names, find_steps(generator, names), strict=True)) if names else {}
    return _Styles(generator, cutoff, vectors or {}, steps, knobs).of(bare)


def move_points(face: Face, knobs: Collection[str], steps: Sequence[tuple[str, str, float]] = ()) -> Face:
    """Return a face without noise with its moves along ``knobs``, and ``steps``, at each point in z and vector in it.

    It is not in the one form of a face: a move along other directions may stand around one along knobs.
    """
    match face:
        case Move():
            own = [step for step in face.steps if step[1] in knobs]
            others = tuple(step for step in face.steps if step[1] not in knobs)
            inner = move_points(face.face, knobs, (*own, *steps))
            return Move(inner, others) if others else inner
        case Mix(first=first, second=second):
            return Mix(move_points(first, knobs, steps), move_points(second, knobs, steps), face.layers)
        case Between(first=first, second=second, space="w"):
            return Between(move_points(first, knobs, steps), move_points(second, knobs, steps), face.t, "w")
        case _:
            for layers, name, amount in steps:
                face = make.move(face, {name: amount}, layers or None)
            return face


def _moves_point(face: Face, knobs: Collection[str]) -> bool:
    """Return whether a face of ``move_points`` is a point in z that is moved along knobs."""
    return isinstance(face, Move) and has_z(face.face) and all(name in knobs for _, name, _ in face.steps)


def _directions_in_w(face: Face, knobs: Collection[str]) -> set[str]:
    """Return the names of the directions along which a face of ``move_points`` moves in w."""
    match face:
        case Mix() | Between():
            return _directions_in_w(face.first, knobs) | _directions_in_w(face.second, knobs)
        case Move() if not _moves_point(face, knobs):
            return {name for _, name, _ in face.steps} | _directions_in_w(face.face, knobs)
        case _:
            return set()


def find_noise(faces: Sequence[Face], option: str, generator: Generator) -> tuple[str, tuple[NoiseSeed, ...]]:
    """Return the mode of noise in which faces are drawn ("const", "random" or "none"), and the noise seed of each.

    ``option`` is what the recipe says. It holds for faces without noise of their own, but "none" for all.
    """
    own = [split_noise(face)[1:] for face in faces]
    bases = tuple(map(base, faces))
    if option == "none" or all(pair == (None, None) for pair in own):
        return option, bases
    seeds = (
        _noise_seed(pair, number if option == "random" else None, generator)
        for pair, number in zip(own, bases, strict=True)
    )
    return "random", tuple(seeds)


def _noise_seed(pair: tuple[int | None, int | None], default: int | None, generator: Generator) -> NoiseSeed:
    """Return one seed for all layers, or one for each. ``pair`` holds the seeds of coarse and fine noise."""
    coarse, fine = (default if number is None else number for number in pair)
    if coarse is not None and coarse == fine:
        return coarse
    split, layers = count_coarse_layers(generator), generator.num_ws - 1  # the last w-layer is ToRGB's, without noise
    return (coarse,) * split + (fine,) * (layers - split)


def count_coarse_layers(generator: Generator) -> int:
    """Return how many w-layers are coarse: those up to 32 px, but at most up to a quarter of the picture's side."""
    return generator.hyper.count_layers(find_coarse_side(generator.hyper))


def find_layers(text: str, generator: Generator) -> list[int]:
    """Return the w-layers that a text such as "0-3" names. Raises NoSuchLayers if the network lacks one of them."""
    low, _, high = text.partition("-")
    last = generator.num_ws - 1
    if int(high or low) > last:
        raise errors.NoSuchLayers(high=last, value=text)
    return list(range(int(low), int(high or low) + 1))


class _Styles:
    """Computes the w of faces without noise: each face once, and faces of one form together.

    ``steps`` are the steps [num_ws, w_dim] along each direction in w, ``knobs`` the components of z.
    """

    def __init__(
        self,
        generator: Generator,
        cutoff: int | None,
        vectors: Mapping[str, Tensor],
        steps: Mapping[str, Tensor],
        knobs: Mapping[str, int],
    ) -> None:
        self._generator, self._cutoff, self._vectors, self._steps = generator, cutoff, vectors, steps
        self._knobs = knobs

    def of(self, faces: Sequence[Face]) -> Tensor:
        """Return the w of each face."""
        groups: dict[str, dict[Face, None]] = {}
        for face in faces:
            groups.setdefault(self._form(face), {})[face] = None
        w = torch.cat([self._compute(list(group)) for group in groups.values()])
        rows = {face: row for row, face in enumerate(face for group in groups.values() for face in group)}
        return w[[rows[face] for face in faces]]

    def _form(self, face: Face) -> str:
        if has_z(face):
            return ""
        return "knobs" if _moves_point(face, self._knobs) else type(face).__name__

    def _compute(self, faces: Sequence[Face]) -> Tensor:
        """Return the w of faces of one form."""
        if has_z(faces[0]):
            return self._map(faces)
        mixes = [face for face in faces if isinstance(face, Mix)]
        moves = [face for face in faces if isinstance(face, Move)]
        ways = [face for face in faces if isinstance(face, Between)]
        if mixes or moves:
            move = self._move_points if self._form(faces[0]) == "knobs" else self._move
            return self._mix(mixes) if mixes else move(moves)
        return self._interpolate(ways) if ways else self._restore([face for face in faces if isinstance(face, Vector)])

    def _map(self, faces: Sequence[Face]) -> Tensor:
        points = find_z_points(faces, self._generator)
        return map_z_points(points, self._generator, self._cutoff, count_coarse_layers(self._generator))

    def _mix(self, faces: Sequence[Mix]) -> Tensor:
        """Take some layers of w from one face and the rest from another  [1, section 3.1].

        By default these are the first half of all layers, but no more than the paper's coarse and middle layers.
        """
        first, mixed = self.of([face.first for face in faces]), self.of([face.second for face in faces]).clone()
        default = list(range(min(COARSE_AND_MIDDLE, self._generator.num_ws // 2)))
        for row, face in enumerate(faces):
            layers = default if face.layers is None else find_layers(face.layers, self._generator)
            mixed[row, layers] = first[row, layers]
        return mixed

    def _move(self, faces: Sequence[Move]) -> Tensor:
        """Move w by amount x direction for each step."""
        moved = self.of([face.face for face in faces]).clone()
        for row, face in enumerate(faces):
            for layers, name, amount in face.steps:
                chosen = find_layers(layers, self._generator) if layers else slice(None)
                moved[row, chosen] += amount * self._steps[name][chosen]
        return moved

    def _move_points(self, faces: Sequence[Move]) -> Tensor:
        """Move the points in z that faces are, and map them: one point for each group of layers that moves alike."""
        groups = [(row, *group) for row, face in enumerate(faces) for group in self._group_layers(face)]
        rows, amounts = [row for row, _, _ in groups], torch.stack([amounts for _, amounts, _ in groups])
        points = find_z_points([face.face for face in faces], self._generator).take(rows)
        mapped = self._map_moved(points, amounts, self._cutoff)
        w = mapped.new_empty(len(faces), *mapped.shape[1:])
        for at, (row, _, layers) in enumerate(groups):
            w[row, layers] = mapped[at, layers]
        return w

    def _group_layers(self, face: Move) -> list[tuple[Tensor, list[int]]]:
        """Return by how much each component of z moves [z_dim], with the layers that move so."""
        amounts = torch.zeros(self._generator.num_ws, self._generator.z_dim)
        for layers, name, amount in face.steps:
            amounts[find_layers(layers, self._generator) if layers else slice(None), self._knobs[name]] += amount
        alike: dict[tuple[float, ...], list[int]] = {}
        for layer, row in enumerate(amounts.tolist()):
            alike.setdefault(tuple(row), []).append(layer)
        return [(torch.tensor(row), layers) for row, layers in alike.items()]

    def _map_moved(self, points: ZPoints, amounts: Tensor, cutoff: int | None) -> Tensor:
        """Return the w of moved points. Layers from ``cutoff`` on are drawn at psi 1, so z differs there."""
        assert self._generator.knobs is not None
        limit, coarse = self._generator.knobs.limit, count_coarse_layers(self._generator)
        w = map_z_points(points.move(amounts, limit), self._generator, cutoff, coarse)
        if cutoff is not None:
            whole = points.move(amounts, limit, truncated=False)
            w[:, cutoff:] = map_z_points(whole, self._generator, cutoff, coarse)[:, cutoff:]
        return w

    def _interpolate(self, faces: Sequence[Between]) -> Tensor:
        first, second = self.of([face.first for face in faces]), self.of([face.second for face in faces])
        t = torch.tensor([face.t for face in faces], device=first.device)
        return linear(first, second, t[:, None, None])

    def _restore(self, faces: Sequence[Vector]) -> Tensor:
        return torch.stack([self._at_psi(face) + self._distance(face) for face in faces])

    def _at_psi(self, face: Vector) -> Tensor:
        """Return the w [num_ws, w_dim] of a stored vector, truncated by its psi. Raises VectorMissing."""
        w = self._vectors.get(face.digest)
        if w is None:
            raise errors.VectorMissing(digest=face.digest)
        if face.psi is None:
            return w
        average, layers = self._generator.mapping.w_avg, len(w[: self._cutoff])
        return torch.cat([average + face.psi * (w[:layers] - average), w[layers:]])

    def _distance(self, face: Vector) -> Tensor:
        """Return how far in w [num_ws, w_dim] a relative of a stored vector is from it.

        A vector has no z, so it is as far as the same relative of a seed is from that seed's face.
        """
        own = Seed(base(face), (), DEFAULT_PSI)
        pair = self._map([replace(own, coarse=face.coarse, fine=face.fine), own])
        return pair[0] - pair[1]
