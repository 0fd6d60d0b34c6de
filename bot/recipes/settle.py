"""Settles a recipe when its request comes in: names its model, and spells traits and directions as that model does.

The queue calls this module, and passes the models that the person and the server prefer.
"""

from collections.abc import Iterable

from bot.errors import RecipeTooLong
from bot.recipes import capabilities, traits
from bot.recipes.faces import fit_face
from bot.recipes.request import shows_upload
from generator.contract.errors import (
    EngineStarting,
    FormatMissing,
    LineTooLong,
    NoTransform,
    OtherModel,
    TooManyVectors,
    UnknownKind,
    UnknownModel,
)
from generator.contract.kinds import FACE_OPTIONS, KINDS
from generator.contract.protocol import MissingModel, Model, Ready
from generator.contract.recipe import Recipe
from generator.contract.shortening import find_long_faces
from generator.contract.stamp import Stamp
from generator.contract.values import Value
from generator.contract.vector import MAX_IN_RECIPE


def default_model(ready: Ready, preferred: Iterable[str]) -> str:
    """Return the first preferred model that the worker offers, or else the worker's default model."""
    return next((model.name for model in map(ready.offered, preferred) if model), ready.models[0].name)


def recipe_of(stamp: Stamp, ready: Ready | None) -> Recipe:
    """Return the recipe of a picture's stamp, with the name that the network which drew it has here.

    Raises OtherModel if the name means another network here, UnknownModel if it means none, EngineStarting if that is
    not known yet, and any other RecipeError if the line is wrong.
    """
    recipe = Recipe.parse(stamp.line)
    if not stamp.network or recipe.model is None:
        return recipe
    if ready is None:
        raise EngineStarting()
    known: list[Model | MissingModel] = [
        *ready.models,
        *ready.missing,
    ]  # a missing one can be explained, and drawn once it is back
    for model in known:
        if model.digest == stamp.network:
            return recipe.replace(model=model.name)
    if any(model.name == recipe.model for model in known) or ready.offered(recipe.model):
        raise OtherModel(model=recipe.model)
    raise UnknownModel(model=recipe.model, known=", ".join(model.name for model in ready.models))


def settle(recipe: Recipe, ready: Ready, preferred: Iterable[str] = ()) -> Recipe:
    """Return the recipe with a model named, and adapted to what that model can draw.

    If the recipe names no model, it gets the first of ``preferred`` that the worker offers, or else the default.
    Raises RecipeError if the worker cannot draw the recipe, and RecipeTooLong if the resulting line is too long even
    where the worker stores its faces.
    """
    if recipe.kind not in ready.kinds:
        raise UnknownKind(kind=recipe.kind, known=", ".join(ready.kinds))
    model = ready.model(recipe.model or default_model(ready, preferred))
    if "format" in KINDS[recipe.kind].options and recipe.format not in ready.formats:
        raise FormatMissing(format=str(recipe.format), known=", ".join(ready.formats))
    recipe = fit_to_model(recipe, model)
    if len(recipe.vectors) > MAX_IN_RECIPE:
        raise TooManyVectors(limit=MAX_IN_RECIPE, given=len(recipe.vectors))
    try:
        find_long_faces(recipe)  # the worker stores these
    except LineTooLong as error:
        raise RecipeTooLong(**error.fields) from None
    return recipe


def fit_to_model(recipe: Recipe, model: Model) -> Recipe:
    """Return the recipe adapted to ``model``.

    Traits and directions are spelled as the model spells them, also within faces. If noise does not change the model's
    pictures, the pictures of a "vary" recipe differ in z instead.
    Raises NoTraits, UnknownTrait, UnknownTraitValue, UnknownDirection or NoTransform if the model lacks what the recipe
    names or asks for.
    """
    if shows_upload(recipe):
        return recipe.replace(model=model.name)
    spelled = traits.spell(dict(recipe.traits), model)
    last = traits.spell(traits.last_face(recipe), model)
    kept = {name: value for name, value in recipe.options if not name.startswith("to.")}
    changes: dict[str, Value] = {"model": model.name, **{f"to.{name}": value for name, value in last.items()}}
    if recipe.kind == "edit":
        changes["direction"] = ",".join(capabilities.match_direction(name, model) for name in recipe.directions)
    if not model.takes_transform and (recipe.rotate or recipe.shift != (0, 0)):
        raise NoTransform(model=model.name)
    if recipe.kind == "vary" and not model.noise:
        changes["by"] = "z"
    capabilities.check_part(recipe, model)
    capabilities.check_layers(recipe, model)
    faces = tuple(fit_face(face, model) for face in recipe.seeds)
    count = len(recipe.numbers) if KINDS[recipe.kind].numbers == "seeds" else 0
    changes |= {name: faces[count:] for name in FACE_OPTIONS if name in kept}
    return Recipe.make(recipe.kind, *(faces[:count] or recipe.numbers), traits=spelled, **(kept | changes))
