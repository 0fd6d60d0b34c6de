"""/morph: draws an animation of faces that turn into one another."""

from typing import Any, Literal

from discord import app_commands

from bot.commands import options
from bot.delivery.services import Services
from bot.discord_api import Interaction
from bot.recipes.request import split_seeds
from generator.contract.kinds import KINDS

Frames = app_commands.Range[int, 2, 3600]
Seconds = app_commands.Range[float, 0.1, 3600.0]
Fps = app_commands.Range[int, 1, 50]
Size = app_commands.Range[int, 1, 3]
MAX_MORE = KINDS["morph"].count[1] - 2  # how many seeds may follow those of the options from and to


def build_command(services: Services) -> app_commands.Command[Any, ..., None]:
    """Build the /morph command."""

    @app_commands.command()
    @app_commands.rename(start="from", end="to")
    async def morph(
        interaction: Interaction,
        start: options.Seed,
        end: options.Seed,
        more: options.Seeds | None = None,
        frames: Frames | None = None,
        seconds: Seconds | None = None,
        fps: Fps | None = None,
        size: Size | None = None,
        ease: Literal["sine", "linear", "cubic"] | None = None,
        space: Literal["w", "z", "sphere"] | None = None,
        loop: bool | None = None,
        format: Literal["gif", "mp4", "webp", "strip"] | None = None,
        wildness: options.Psi | None = None,
        traits: options.Traits | None = None,
        to_traits: options.Traits | None = None,
        model: options.ModelName | None = None,
        private: bool | None = None,
    ) -> None:
        """Turn one anime face into another, as an animation.

        Args:
            start: Seed of the first face, a number or a word
            end: Seed of the second face, a number or a word
            more: Up to 22 more faces to go on to, seeds or words, for example: 30, 40, Rei
            frames: Number of frames, 2 to 240, as mp4 up to 3600 (60 if left out)
            seconds: Length in seconds, instead of frames
            fps: Frames per second, 1 to 50 (20 if left out)
            size: A grid of size x size faces that morph together, 1 to 3
            ease: How each step speeds up and slows down
            space: Space that the path runs through: w looks best, z is straight, sphere is round
            loop: End on the first face, so that the animation can repeat forever
            format: gif, mp4, webp, or strip (stills side by side)
            wildness: How far from the average face: 0 average, 0.7 usual, above 1 wild (-2 to 2)
            traits: Traits of every face, for example: hair: black
            to_traits: Traits that change by the last face, for example: hair: pink; from and to may be equal
            model: Which model draws
            private: Show the picture only to you; with Post you show it to everybody later
        """
        seeds = [start, end, *split_seeds(more, "more", MAX_MORE)]
        morph_request = options.build_request(
            services,
            interaction,
            "morph",
            seeds,
            traits,
            to_traits=to_traits,
            frames=frames,
            seconds=seconds,
            fps=fps,
            size=size,
            ease=ease,
            space=space,
            loop=loop,
            format=format,
            psi=wildness,
            model=model,
        )
        await services.requests.serve(interaction, morph_request, private=private)

    morph.autocomplete("traits")(options.traits_of_model(services.queue))
    morph.autocomplete("to_traits")(options.traits_of_model(services.queue))
    morph.autocomplete("model")(options.models(services.queue))
    return morph
