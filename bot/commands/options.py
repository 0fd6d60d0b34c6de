"""Defines the options that several commands share: their types, ranges and suggestions."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from discord import app_commands

from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.i18n import texts
from bot.queue.queue import RenderQueue
from bot.recipes import capabilities, edits, request, traits
from bot.recipes.preferred import options_for
from bot.recipes.request import MAX_FACE_CHARS, Request
from generator.contract.errors import NoSuchLayers, OutOfRange
from generator.contract.names import MAX_MODEL_CHARS
from generator.contract.protocol import Model

Choices = list[app_commands.Choice[str]]
Complete = Callable[[Interaction, str], Coroutine[Any, Any, Choices]]

MAX_SEVERAL_CHARS = 400

Seed = app_commands.Range[str, 1, MAX_FACE_CHARS]
Seeds = app_commands.Range[str, 1, MAX_SEVERAL_CHARS]
Psi = app_commands.Range[float, -2.0, 2.0]
Traits = app_commands.Range[str, 1, traits.MAX_TRAITS_CHARS]
ModelName = app_commands.Range[str, 1, MAX_MODEL_CHARS]


def models(queue: RenderQueue) -> Complete:
    """Return a function that suggests the models that the worker offers."""

    async def complete(_: Interaction, typed: str) -> Choices:
        offered = queue.ready.models if queue.ready else ()
        labels = [(f"{model.title} ({model.name})" if model.title else model.name, model.name) for model in offered]
        return _choices(pair for pair in labels if typed.casefold() in pair[0].casefold())

    return complete


def traits_of_model(queue: RenderQueue) -> Complete:
    """Return a function that suggests how to continue typing traits, for the model chosen in the same command."""

    async def complete(interaction: Interaction, typed: str) -> Choices:
        model = model_in_use(queue, interaction)
        t = texts.for_locale(str(interaction.locale))
        return _choices((text, text) for text in (traits.complete(typed, model.traits, t) if model else []))

    return complete


def changes_of_model(queue: RenderQueue) -> Complete:
    """Return a function that suggests how to continue typing changes, for the model chosen in the same command."""

    async def complete(interaction: Interaction, typed: str) -> Choices:
        model = model_in_use(queue, interaction)
        t = texts.for_locale(str(interaction.locale))
        return _choices((text, text) for text in (edits.complete(typed, model, t) if model else []))

    return complete


def model_in_use(queue: RenderQueue, interaction: Interaction) -> Model | None:
    """Return the model that will draw the picture of the command being typed.

    Return None if the worker has no such model, or is not ready yet.
    """
    return queue.model(getattr(interaction.namespace, "model", None) or None, interaction.user.id, interaction.guild_id)


def build_request(
    services: Services, interaction: Interaction, kind: str, seeds: Sequence[str | None], *typed: Any, **options: Any
) -> Request:
    """Build a request from typed options, and from what is preferred here where nothing was typed.

    See bot.recipes.request.build_request for ``typed`` and ``options``, and for the errors it raises.
    """
    here = options_for(kind, options, services.requests.find_preference(interaction))
    known = model_in_use(services.queue, interaction)
    try:
        return request.build_request(kind, seeds, *typed, known=known, **(options | here))
    except OutOfRange as error:
        if error.fields.get("name") != "layers" or known is None or not known.layers:
            raise
        # No model has these layers. What fits is what this one has.
        raise NoSuchLayers(high=known.layers - 1, value=str(options["layers"])) from None


def directions_of_model(queue: RenderQueue) -> Complete:
    """Return a function that suggests directions of the model chosen in the same command."""
    return _of_model(queue, capabilities.suggest_directions)


def layers_of_model(queue: RenderQueue) -> Complete:
    """Return a function that suggests ranges of layers of the model chosen in the same command."""
    return _of_model(queue, capabilities.suggest_layers)


def parts_of_model(queue: RenderQueue) -> Complete:
    """Return a function that suggests where variations differ, for the model chosen in the same command."""
    return _of_model(queue, capabilities.suggest_parts)


def _of_model(queue: RenderQueue, offered: Callable[[Model, texts.Texts], Iterable[tuple[str, str]]]) -> Complete:
    async def complete(interaction: Interaction, typed: str) -> Choices:
        model = model_in_use(queue, interaction)
        pairs = offered(model, texts.for_locale(str(interaction.locale))) if model else ()
        return _choices(pair for pair in pairs if typed.casefold() in pair[0].casefold() or typed.casefold() in pair[1])

    return complete


def _choices(pairs: Iterable[tuple[str, str]]) -> Choices:
    """Convert pairs of (label, value) to at most 25 choices.

    Labels that are too long for Discord are shortened, and pairs whose value is too long are left out.
    """
    fitting = [(label, value) for label, value in pairs if len(value) <= traits.MAX_CHOICE_CHARS]
    return [
        app_commands.Choice(name=label[: traits.MAX_CHOICE_CHARS], value=value)
        for label, value in fitting[: traits.MAX_CHOICES]
    ]
