"""Defines the captions of each kind of picture and the texts that explain its recipes.

Each kind has a row in PRESENTATIONS. Texts are named by their keys in bot/i18n/languages/.
Knows nothing about Discord, nor about how a picture is drawn.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bot.i18n.texts import Texts
from bot.recipes import picking, request, traits
from bot.recipes.capabilities import WORDED, name_both_ends
from bot.recipes.faces import ShowSeed, name_face, name_file
from bot.recipes.picking import FaceChoice
from generator.contract.errors import Field
from generator.contract.faces.face import Face, Vector, leaves
from generator.contract.recipe import Recipe

ShowFace = Callable[[Face], str]
Fields = dict[str, Field]

MAX_NAMED = 8  # faces that a caption names


@dataclass(frozen=True)
class Presentation:
    """What the bot says about the pictures of one kind."""

    meaning: str  # key of the text that explains the kind
    numbers: str  # key of the text that explains the numbers of the kind
    # Returns the key of the caption, such as "mix_table". Prefixed with "alt_", it is the key of the alternative text.
    scene: Callable[[Recipe], str]
    # Returns the fields of the caption and of the alternative text, except seed and seeds, which every kind has.
    fields: Callable[[Recipe, ShowFace, Texts], Fields] = lambda recipe, show, t: {}
    # Keys of the texts that explain options of this kind, where they differ from OPTIONS.
    options: Mapping[str, str] = field(default_factory=dict)
    # Returns the parts of the file's name that follow the kind.
    name: Callable[[Recipe], Iterable[Face | str]] = lambda recipe: recipe.numbers
    pictured: bool = True  # whether /waifubot help shows a picture of the kind


def faces(recipe: Recipe) -> list[FaceChoice]:
    """Return the faces that can be picked out of a picture, each with a label and as a recipe (see picking.py)."""
    return picking.faces(recipe)


def describe(recipe: Recipe, show: ShowSeed, t: Texts) -> str:
    """Describe a picture for its caption, but leave out its traits. ``show`` formats a seed."""
    words = t(PRESENTATIONS[recipe.kind].scene(recipe), **_fields(recipe, lambda face: name_face(face, show, t), t))
    return words[:1].upper() + words[1:]


def describe_unseen(recipe: Recipe, t: Texts) -> str:
    """Describe a picture for people who cannot see it, but leave out its traits."""
    scene = PRESENTATIONS[recipe.kind].scene(recipe)
    return t(f"alt_{scene}", model=str(recipe.model), **_fields(recipe, lambda face: name_face(face, str, t), t))


def name_words(recipe: Recipe) -> list[str]:
    """Return the parts of the name of the picture's file that follow the kind."""
    return [name if isinstance(name, str) else name_file(name) for name in PRESENTATIONS[recipe.kind].name(recipe)]


def _fields(recipe: Recipe, show: ShowFace, t: Texts) -> Fields:
    common: Fields = {"seed": show(recipe.seeds[0]) if recipe.seeds else "", "seeds": _join(map(show, recipe.seeds), t)}
    return common | PRESENTATIONS[recipe.kind].fields(recipe, show, t)


def _join(names: Iterable[str], t: Texts) -> str:
    """Join names of faces. Of a long list only the first are shown: nobody reads 25 numbers."""
    shown = list(names)
    return t("comma").join(shown if len(shown) <= MAX_NAMED else [*shown[: MAX_NAMED - 1], "…"])


def meaning_of_option(kind: str, option: str) -> str:
    """Return the key of the text that explains an option of a kind. ``option`` is a key of OPTIONS."""
    return PRESENTATIONS[kind].options.get(option, OPTIONS[option])


# One face


def _waifu_scene(recipe: Recipe) -> str:
    """Return the scene of a face, which has no seed if it is made of stored faces alone."""
    return "waifu_stored" if all(isinstance(leaf, Vector) for leaf in leaves(recipe.seeds[0])) else "waifu"


# Grids


def _grid_scene(recipe: Recipe) -> str:
    if recipe["faces"] is not None:
        return "grid_named" if len(recipe.psis) == 1 else "grid_named_psis"
    return "grid" if len(recipe.psis) == 1 else "grid_psis"


def _grid_fields(recipe: Recipe, show: ShowFace, t: Texts) -> Fields:
    psis = t("comma").join(f"{psi:g}" for psi in recipe.psis)
    return {"count": len(recipe.seeds), "psis": psis}


# Morphs


def _morph_scene(recipe: Recipe) -> str:
    return "morph" if len(set(recipe.seeds)) > 1 or request.has_equal_frames(recipe) else "morph_self"


def _morph_fields(recipe: Recipe, show: ShowFace, t: Texts) -> Fields:
    seeds = [*recipe.seeds, recipe.seeds[0]] if recipe.loop else recipe.seeds
    return {"path": " → ".join(map(show, seeds))}


# Mixes


def _mix_scene(recipe: Recipe) -> str:
    if recipe.layers_text is None:
        return "mix" if not recipe.is_table else "mix_table"
    return "mix_layers" if not recipe.is_table else "mix_table_layers"


def _mix_fields(recipe: Recipe, show: ShowFace, t: Texts) -> Fields:
    coarse, fine = (_join(map(show, seeds), t) for seeds in (recipe.coarse, recipe.fine))
    return {"coarse": coarse, "fine": fine, "layers": str(recipe.layers_text)}


# Variations


def _vary_scene(recipe: Recipe) -> str:
    if recipe.by == "z":
        return "vary_z_moving" if recipe.animated else "vary_z"
    return "vary_moving" if recipe.animated else "vary"


def _vary_fields(recipe: Recipe, show: ShowFace, t: Texts) -> Fields:
    return {"layers": recipe.part}


# Rows of psi


def _psi_fields(recipe: Recipe, show: ShowFace, t: Texts) -> Fields:
    return {"first": f"{recipe['from']:g}", "last": f"{recipe['to']:g}"}


# Edits


def _edit_scene(recipe: Recipe) -> str:
    if recipe.is_chart:
        return "edit_chart"
    if not recipe.animated:
        return "edit" if recipe.amount >= 0 or recipe.directions[0] in WORDED else "edit_away"
    return "edit_strip" if recipe.format == "strip" else "edit_moving"


def _edit_fields(recipe: Recipe, show: ShowFace, t: Texts) -> Fields:
    names = [traits.direction_label(name, t) for name in recipe.directions]  # which people may type, after a chart
    ends = "" if recipe.is_chart else name_both_ends(recipe.directions[0], t)
    return {
        "direction": ends or ", ".join(names),
        "change": traits.direction_change(recipe.directions[0], recipe.amount, t),
        "amount": f"{abs(recipe['amount']):g}",
        "most": f"{recipe['amount']:+g}",
        "least": f"{-recipe['amount']:+g}",
    }


def _edit_name(recipe: Recipe) -> list[Face | str]:
    return [*recipe.numbers, *(name.replace("_", "-") for name in recipe.directions)]


# Option -> key of the text that explains it. The options of a Presentation override this for one kind.
OPTIONS: Mapping[str, str] = {
    "model": "means_model",
    "psi": "means_psi",
    "cutoff": "means_cutoff",
    "noise": "means_noise",
    "rotate": "means_rotate",
    "shift": "means_shift",
    "seed": "means_first_seed",
    "frames": "means_frames",
    "fps": "means_fps",
    "ease": "means_ease",
    "space": "means_space",
    "loop": "means_loop",
    "size": "means_size",
    "format": "means_format",
    "trait": "means_trait",
    "to.TRAIT": "means_last_trait",
    "faces": "means_faces",
    "fine": "means_fine",
    "layers": "means_layers_moved",
    "by": "means_by",
    "first": "means_first",
    "from": "means_from",
    "to": "means_to",
    "steps": "means_steps",
    "direction": "means_direction",
    "amount": "means_amount",
    "picture": "means_picture",
}

PRESENTATIONS: Mapping[str, Presentation] = {
    "waifu": Presentation("means_waifu", "means_seed", _waifu_scene),
    "grid": Presentation(
        "means_grid",
        "means_side",
        _grid_scene,
        _grid_fields,
        name=lambda recipe: recipe.seeds if recipe["faces"] is not None else (*recipe.numbers, recipe.seed),
    ),
    "morph": Presentation("means_morph", "means_seeds_in_turn", _morph_scene, _morph_fields),
    "mix": Presentation(
        "means_mix",
        "means_seeds_mixed",
        _mix_scene,
        _mix_fields,
        options={"layers": "means_layers_mixed"},
        name=lambda recipe: recipe.seeds,
    ),
    "vary": Presentation(
        "means_vary", "means_seed", _vary_scene, _vary_fields, options={"layers": "means_layers_varied"}
    ),
    "psi": Presentation("means_psi_row", "means_seed", lambda recipe: "psi", _psi_fields),
    "edit": Presentation("means_edit", "means_seed", _edit_scene, _edit_fields, name=_edit_name),
    "like": Presentation("means_like", "means_seed", lambda recipe: "like"),  # it names no face
}
