"""/morph: faces that turn into one another."""

from typing import Any, Literal

from discord import app_commands

from bot.commands import options
from bot.delivery.service import RequestService
from bot.recipes.request import request, split_seeds
from generator.contract.recipe import KINDS

Frames = app_commands.Range[int, 2, 240]
Seconds = app_commands.Range[float, 0.1, 240.0]
Fps = app_commands.Range[int, 1, 50]
Size = app_commands.Range[int, 1, 3]
MAX_MORE = KINDS["morph"].count[1] - 2  # besides from and to


def command(service: RequestService) -> app_commands.Command[Any, ..., None]:
    """Return the command."""

    @app_commands.command()
    @app_commands.rename(start="from", end="to")
    async def morph(
        interaction: options.Interaction,
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
        psi: options.Psi | None = None,
        traits: options.Traits | None = None,
        to_traits: options.Traits | None = None,
        model: options.ModelName | None = None,
    ) -> None:
        """Turn one anime face into another, as an animation.

        Args:
            start: The first face's seed, a number or a word
            end: The second face's seed, a number or a word
            more: Up to six more seeds or words on the way, for example: 30, 40, Rei
            frames: How many frames, 2 to 240 (60 if left out)
            seconds: How long, instead of frames
            fps: Frames per second, 1 to 50 (20 if left out)
            size: A grid of size x size faces that morph together, 1 to 3
            ease: How each step speeds up and slows down
            space: Where the path runs: w looks best, z straight, sphere round
            loop: End where it began, so that it can go on for ever
            format: gif, mp4, webp, or strip (the stills side by side)
            psi: How far from the average: 0 average, 0.7 pretty, above 1 wild (-2 to 2)
            traits: What every face has, for example: hair: black
            to_traits: What changes by the last face, for example: hair: pink; from and to may be the same face
            model: Which network draws
        """
        seeds = [start, end, *split_seeds(more, "more", MAX_MORE)]
        chosen: dict[str, Any] = {
            "frames": frames,
            "seconds": seconds,
            "fps": fps,
            "size": size,
            "ease": ease,
            "space": space,
            "loop": loop,
        }
        chosen |= {"format": format, "psi": psi, "model": model}
        await service.serve(interaction, request("morph", seeds, traits, to_traits=to_traits, **chosen))

    morph.autocomplete("traits")(options.traits_of_model(service.queue))
    morph.autocomplete("to_traits")(options.traits_of_model(service.queue))
    morph.autocomplete("model")(options.models(service.queue))
    return morph
