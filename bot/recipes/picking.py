"""Lists the faces that can be picked out of a picture, each with a label that says where it is or what it is.

A face is picked by its number in ``find_cells`` (generator/contract/cells.py). Every face of a still picture is listed.
Of an animation, and of a strip with too many faces, only some frames are listed: the first, the last, those that show a
seed; ``read_moment`` finds any other. Each kind has a row in CHOICES. Knows nothing about Discord.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.errors import NoSuchMoment
from bot.i18n.texts import Texts
from bot.recipes import traits
from bot.recipes.faces import name_face
from generator.contract.cells import VARY_SIDE, amounts_of_edit, cell, psis_of_row, shape_of_grid
from generator.contract.errors import Field, MorphTooShort, NoSuchFace
from generator.contract.faces import making as make
from generator.contract.faces.face import Face, split_noise
from generator.contract.kinds import KINDS
from generator.contract.paths import find_path
from generator.contract.recipe import Recipe

MAX_LISTED = 75  # faces of a strip; more do not fit into the menus under it

# Fields of labels. Faces are named when a label is written, directions and amounts in the reader's language.
Fields = Mapping[str, Face | str]


@dataclass(frozen=True)
class Label:
    """A text by its key in bot/i18n/languages/, with its fields."""

    key: str
    fields: Fields = field(default_factory=dict)

    def write(self, t: Texts) -> str:
        """Return the text. Directions are named as in captions."""
        fields: dict[str, Field] = {
            name: value if isinstance(value, int | str) else name_face(value, str, t)
            for name, value in self.fields.items()
        }
        if "direction" in fields:
            fields["direction"] = traits.direction_label(str(fields["direction"]), t)
        return t(self.key, **fields)


@dataclass(frozen=True)
class FaceChoice:
    """A face that can be picked out of a picture."""

    picture: Recipe
    number: int  # of the face, from 1, as in ``cell``
    label: Label
    group: Label | None = None  # what the face has in common with its neighbours, if one menu is too small for all

    @property
    def recipe(self) -> Recipe:
        """The recipe that draws the face alone."""
        return cell(self.picture, self.number)


def faces(recipe: Recipe) -> list[FaceChoice]:
    """Return the faces that menus offer, in the order in which they are offered. One face alone is no choice."""
    if recipe.faces == 1:
        return []
    try:
        return list(CHOICES[recipe.kind](recipe))
    except MorphTooShort:  # a line that cannot be drawn
        return []


def has_moments(recipe: Recipe) -> bool:
    """Return whether a picture has faces that ``faces`` does not list, so that people may name their frame."""
    return recipe.faces > 1 and recipe.animated and not _lists_all(recipe)


def faces_in_frame(recipe: Recipe) -> int:
    """Return how many faces a frame of an animation or strip shows."""
    return recipe.size**2 if "size" in KINDS[recipe.kind].options else 1


def read_moment(recipe: Recipe, typed: str, place: str = "") -> Recipe:
    """Return the recipe of a face in a frame. ``typed`` is the frame's number from 1, or a share such as "50 %".

    ``place`` is the number of the face in the frame, from 1, if there are several; the first if left out.
    Raises NoSuchMoment if there is no such frame, and NoSuchFace if it has no such face.
    """
    frames, several = recipe.frames, faces_in_frame(recipe)
    frame, face = _read_frame(typed, frames), _read_number(place or "1")
    if frame is None or not 1 <= frame <= frames:
        raise NoSuchMoment(value=typed, high=frames)
    if face is None or not 1 <= face <= several:
        raise NoSuchFace(low=1, high=several, value=place)
    return cell(recipe, (frame - 1) * several + face)


def _read_frame(typed: str, frames: int) -> int | None:
    text = unicodedata.normalize("NFKC", typed).strip()
    if not text.endswith("%"):
        return _read_number(text)
    share = re.fullmatch(r"(\d{1,3}(?:[.,]\d{1,4})?)\s*%", text, re.ASCII)
    if not share or float(share[1].replace(",", ".")) > 100:
        return None
    return 1 + round(float(share[1].replace(",", ".")) / 100 * (frames - 1))


def _read_number(typed: str) -> int | None:
    text = unicodedata.normalize("NFKC", typed).strip()
    return int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else None


def _lists_all(recipe: Recipe) -> bool:
    """Return whether each face of a picture is listed: that of an animation shows only one frame at a time."""
    return (not recipe.animated or recipe.format == "strip") and (not recipe.animated or recipe.faces <= MAX_LISTED)


def _grid(recipe: Recipe) -> Iterator[FaceChoice]:
    (_, columns), psis, seeds = shape_of_grid(recipe), recipe.psis, recipe.seeds
    for grid, psi in enumerate(psis):
        for at, face in enumerate(seeds):
            row, column = divmod(at, columns)
            # The grids stand side by side; only the last row of named faces may be shorter.
            in_row = min(columns, len(seeds) - row * columns)
            number = row * columns * len(psis) + grid * in_row + column + 1
            place: Fields = {"seed": face, "row": row + 1, "column": column + 1, "psi": f"{psi:g}"}
            key = "face_in_grid" if len(psis) == 1 else "face_in_grids"
            yield FaceChoice(recipe, number, Label(key, place), Label("group_at_psi", {"psi": f"{psi:g}"}))


def _mix(recipe: Recipe) -> Iterator[FaceChoice]:
    coarse, fine = recipe.coarse, recipe.fine
    originals, mixed = Label("group_originals"), Label("group_mixed")
    for at, face in enumerate(fine):
        yield FaceChoice(recipe, at + 1, Label("face_above", {"seed": face, "column": at + 1}), originals)
    width = len(fine) + 1
    rows = [len(fine) + row * width + 1 for row in range(len(coarse))]
    for row, face in enumerate(coarse):
        yield FaceChoice(recipe, rows[row], Label("face_beside", {"seed": face, "row": row + 1}), originals)
    for row, first in enumerate(coarse):
        for column, second in enumerate(fine):
            label = Label("face_mixed", {"coarse": first, "fine": second, "row": row + 1, "column": column + 1})
            yield FaceChoice(recipe, rows[row] + column + 1, label, mixed)


def _psi(recipe: Recipe) -> Iterator[FaceChoice]:
    for at, psi in enumerate(psis_of_row(recipe)):
        yield FaceChoice(recipe, at + 1, Label("face_at_psi", {"psi": f"{psi:.4g}"}))


def _vary(recipe: Recipe) -> Iterator[FaceChoice]:
    if recipe.animated:
        yield from _ends(recipe)
        return
    key = "face_relative" if recipe.by == "z" else "face_details"
    for at in range(VARY_SIDE**2):
        place: Fields = {"row": at // VARY_SIDE + 1, "column": at % VARY_SIDE + 1}
        number = {"number": recipe["first"] + at - 1}
        label = Label(key, {**place, **number}) if at else Label("face_itself", place)
        yield FaceChoice(recipe, at + 1, label)


def _ends(recipe: Recipe) -> Iterator[FaceChoice]:
    yield FaceChoice(recipe, 1, Label("frame_first"))
    yield FaceChoice(recipe, recipe.frames, Label("frame_last"))


def _edit(recipe: Recipe) -> Iterator[FaceChoice]:
    amounts = amounts_of_edit(recipe)
    if not _lists_all(recipe):
        middle = max(range(len(amounts)), key=lambda at: amounts[at] / (recipe.amount or 1.0))
        ends = {len(amounts) - 1: Label("frame_last")}
        ends |= {at: _moved(recipe.directions[0], amounts[at]) for at in (0, middle)}
        for at in sorted(ends):
            yield FaceChoice(recipe, at + 1, ends[at])
        return
    for row, direction in enumerate(recipe.directions):
        for at, amount in enumerate(amounts):
            group = Label("group_along", {"direction": direction})
            yield FaceChoice(recipe, row * len(amounts) + at + 1, _moved(direction, amount), group)


def _moved(direction: str, amount: float) -> Label:
    shown = f"{round(amount, 2) + 0.0:+g}"
    return Label("face_moved", {"direction": direction, "amount": shown if amount else "0"})


def _morph(recipe: Recipe) -> Iterator[FaceChoice]:
    """Yield every face of a strip, or those of the frames in which a seed is reached, and of the last frame."""
    seeds, places = recipe.seeds, find_path(len(recipe.seeds), recipe.frames, recipe.loop, recipe.ease)
    every = _lists_all(recipe)
    for frame, place in enumerate(places):
        at = None if place.t else place.start
        if every or at is not None or frame == len(places) - 1:
            yield from _in_frame(recipe, frame, None if at is None else seeds[at])


def _in_frame(recipe: Recipe, frame: int, seed: Face | None) -> Iterator[FaceChoice]:
    """Yield the faces of a frame of a morph. ``seed`` is the face that its first path reaches there, if one is."""
    size, group = recipe.size, Label("group_in_frame", {"frame": frame + 1})
    for at in range(size**2):
        fields: dict[str, Face | str] = {"frame": frame + 1}
        if seed is not None:
            fields["seed"] = make.shift(split_noise(seed)[0], at)
        key = "face_in_frame" if seed is None else "face_of_seed"
        if size > 1:
            fields |= {"row": at // size + 1, "column": at % size + 1}
            key = "face_between_at" if seed is None else "face_of_seed_at"
        yield FaceChoice(recipe, frame * size**2 + at + 1, Label(key, fields), group)


CHOICES: Mapping[str, Callable[[Recipe], Iterator[FaceChoice]]] = {
    "waifu": lambda recipe: iter(()),
    "grid": _grid,
    "morph": _morph,
    "mix": _mix,
    "vary": _vary,
    "psi": _psi,
    "edit": _edit,
    "like": lambda recipe: iter(()),
}
