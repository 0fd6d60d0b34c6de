"""Names faces in few words, and makes a face suit a model or begin with other seeds.

Knows nothing about Discord, nor about the recipe around a face.
"""

from collections.abc import Callable

from bot.i18n.texts import Texts
from bot.recipes import capabilities, traits
from generator.contract.faces import making as make
from generator.contract.faces.face import Between, Face, Leaf, Mix, Move, Noise, Seed, Vector, as_seed, leaves
from generator.contract.names import slug
from generator.contract.protocol import Model

ShowSeed = Callable[[int], str]

MAX_NAME_CHARS = 40  # a face whose name would be longer is named by the seed that it begins with
SHOWN_DIGITS = 6  # of a vector's digest


def name_face(face: Face, show: ShowSeed, t: Texts) -> str:
    """Return a short name for a face: its seeds, and in a word what was made of them. ``show`` formats a seed."""
    name = _name(face, show, t)
    return name if len(name) <= MAX_NAME_CHARS else t("made_long", face=_name(leaves(face)[0], show, t))


def _name(face: Face, show: ShowSeed, t: Texts) -> str:
    match face:
        case Mix(first=first, second=second):
            return t("made_mix", first=_name(first, show, t), second=_name(second, show, t))
        case Between(first=first, second=second):
            return t("made_between", first=_name(first, show, t), second=_name(second, show, t))
        case Move(face=inner):
            return t("made_move", face=_name(inner, show, t))
        case Noise(face=inner):
            return t("made_noise", face=_name(inner, show, t))
        case int():
            return show(face)
        case Seed() | Vector():
            name = f"@{face.digest[:SHOWN_DIGITS]}" if isinstance(face, Vector) else show(face.number)
            return t("made_near", face=name) if face.coarse or face.fine else name


def name_file(face: Face) -> str:
    """Return a face as a part of a file's name, such as 7 or near-7-3."""
    return slug(str(face))


def fit_face(face: Face, model: Model) -> Face:
    """Return the face with its traits and directions spelled as ``model`` spells them.

    Raises NoTraits, UnknownTrait, UnknownTraitValue or UnknownDirection if the model lacks what the face names.
    """
    match face:
        case Mix():
            return make.mix(fit_face(face.first, model), fit_face(face.second, model), face.layers)
        case Between():
            return make.between(fit_face(face.first, model), fit_face(face.second, model), face.t, face.space)
        case Move():
            moved = fit_face(face.face, model)
            for layers, name, amount in face.steps:
                moved = make.move(moved, {capabilities.match_direction(name, model): amount}, layers or None)
            return moved
        case Noise():
            return make.with_noise(fit_face(face.face, model), face.coarse, face.fine)
        case Seed(traits=own) if own:
            spelled = traits.spell(dict(own), model)
            return make.seed(face.number, spelled, face.psi, face.coarse, face.fine)
        case _:
            return face


def reseed_face(face: Face, draw: Callable[[], int]) -> Face:
    """Return the face with other seeds, all else as it was. A vector, which has no seed, becomes one."""
    drawn: dict[int, int] = {}

    def change(leaf: Leaf) -> Leaf:
        if isinstance(leaf, Vector):
            return draw()
        whole = as_seed(leaf)
        if whole.number not in drawn:
            drawn[whole.number] = draw()
        return make.seed(drawn[whole.number], dict(whole.traits), whole.psi, whole.coarse, whole.fine)

    return make.map_leaves(face, change)
