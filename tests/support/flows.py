"""The table of flows: what people do with the bot, step by step, and what they must see.

A row is a name and its steps; flow_steps.py has what a step can be. To add a flow, add a row. Each is walked by
tests/end_to_end/test_flows.py in one of the languages, and with FULL_SIZE=1 in all of them.
"""

from collections.abc import Mapping, Sequence

from flow_steps import (
    Step,
    choose,
    dialog,
    explanation,
    fill_in,
    found,
    gone,
    in_private,
    mark,
    new_message,
    no_button,
    offers,
    picture,
    press,
    repeat,
    right_click,
    same_line,
    same_message,
    say,
    says,
    told,
    unchanged,
    upload,
)

from bot.errors import NoRecipe, NotYours, TooFast
from generator.contract.errors import BadSeed, UnknownModel

PER_MINUTE = 8  # pictures that each person may ask for, in the bot that walks the flows
FACE = r"waifu 42 model=plain-1 psi=0\.7"
OLD_ROW = {
    "type": 1,
    "components": [
        {"type": 2, "style": 2, "label": "again", "custom_id": "waifu:again:OWNER"},
        {"type": 2, "style": 2, "label": "wilder", "custom_id": "waifu:wilder:OWNER"},
        {"type": 2, "style": 2, "label": "recipe", "custom_id": "waifu:recipe:OWNER"},
    ],
}


FLOWS: Mapping[str, Sequence[Step]] = {
    # One face
    "the face of a number": [say("/waifu seed:42"), picture(FACE)],
    "the face of a word": [
        say("/waifu seed:Asuka"),
        picture(r"waifu 1096863481 model=plain-1 psi=0\.7"),
        says("Asuka"),
    ],
    "a face by chance": [say("/waifu"), picture(r"waifu \d+ model=plain-1 psi=0\.7")],
    "a face with a trait": [
        say('/waifu seed:7 traits:"hair: pink" model:traits-1'),
        picture(r"waifu 7 model=traits-1 psi=0\.7 trait\.hair=pink"),
    ],
    "a face in direct messages": [in_private(), say("/waifu seed:42"), picture(FACE)],
    # Going on from it, in place
    "again and again in one message": [
        say("/waifu seed:42"),
        picture(FACE),
        mark(),
        repeat(2, press("again"), picture(r"waifu \d+ model=plain-1 psi=0\.7"), same_message()),
    ],
    "wilder, and calmer": [
        say("/waifu seed:42"),
        picture(FACE),
        mark(),
        press("wilder"),
        picture(r"waifu 42 model=plain-1 psi=0\.85"),
        same_message(),
        press("calmer"),
        picture(FACE),
        press("calmer"),
        picture(r"waifu 42 model=plain-1 psi=0\.55"),
    ],
    "as wild as it gets": [
        say("/waifu seed:42 wildness:1.9"),
        picture(),
        press("wilder"),
        picture(r"waifu 42 model=plain-1 psi=2"),
        no_button("wilder"),
    ],
    "a step back": [
        say("/waifu seed:42"),
        picture(FACE),
        mark(),
        no_button("back"),
        press("again"),
        picture(r"waifu \d+ model=plain-1 psi=0\.7"),
        same_message(),
        press("back"),
        picture(FACE),
        same_line(),
    ],
    "somebody else's click": [
        say("/waifu seed:42"),
        picture(FACE),
        mark(),
        press("wilder", "friend"),
        picture(r"waifu 42 model=plain-1 psi=0\.85"),
        new_message(),
        mark(),
        press("calmer", "friend"),
        picture(FACE),
        same_message(),
    ],
    "an animation changes in place": [
        say("/morph from:10 to:20 frames:4"),
        picture(r"morph 10 20 frames=4 model=plain-1 psi=0\.7"),
        mark(),
        press("wilder"),
        picture(r"morph 10 20 frames=4 model=plain-1 psi=0\.85"),
        same_message(),
    ],
    # In private
    "a private face, posted": [
        say("/waifu seed:42 private:true"),
        picture(FACE, private=True),
        mark(),
        press("post"),
        picture(FACE),
        new_message(),
        press("wilder"),
        picture(r"waifu 42 model=plain-1 psi=0\.85"),
    ],
    "a private face, changed": [
        say("/waifu seed:42 private:true"),
        picture(FACE, private=True),
        mark(),
        press("wilder"),
        picture(r"waifu 42 model=plain-1 psi=0\.85", private=True),
        same_message(),
        press("back"),
        picture(FACE, private=True),
    ],
    "a private grid": [
        say("/grid size:2 seed:5 private:true"),
        picture(r"grid 2 model=plain-1 psi=0\.7 seed=5", private=True),
    ],
    # Several faces
    "a face picked from a grid": [
        say("/grid size:2 seed:5"),
        picture(r"grid 2 model=plain-1 psi=0\.7 seed=5"),
        choose("pick", "2"),
        picture(r"waifu 7 model=plain-1 psi=0\.7"),
    ],
    "a grid from calm to wild": [
        say("/grid size:3 seed:5 wildness:0.3,0.7,1.3"),
        picture(r"grid 3 model=plain-1 psi=0\.3,0\.7,1\.3 seed=5"),
        no_button("wilder"),
        choose("pick_at", "26", group="1.3"),
        picture(r"waifu 13 model=plain-1 psi=1\.3"),
    ],
    "a morph, and its last face": [
        say("/morph from:10 to:20 frames:4 format:webp"),
        picture(r"morph 10 20 format=webp frames=4 model=plain-1 psi=0\.7"),
        choose("pick", "1"),
        picture(r"waifu 20 model=plain-1 psi=0\.7"),
    ],
    "relatives of a face": [
        say("/waifu seed:42"),
        picture(FACE),
        choose("more", "vary"),
        picture(r"vary 42 by=z model=plain-1 psi=0\.7"),
    ],
    "a face from average to wild": [
        say("/waifu seed:42"),
        picture(FACE),
        choose("more", "psi"),
        picture(r"psi 42 model=plain-1"),
    ],
    "a changed face": [
        say("/edit seed:7 direction:d2"),
        picture(r"edit 7 direction=d2 model=plain-1 psi=0\.7"),
    ],
    "two faces mixed": [say("/mix coarse:10 fine:20"), picture(r"mix 10 20 model=plain-1 psi=0\.7")],
    "a table of mixed faces": [
        say('/mix coarse:"10 11" fine:"20 21"'),
        picture(r"mix 10 11 fine=20,21 model=plain-1 psi=0\.7"),
        choose("pick", "3"),
        picture(r"mix 11 21 model=plain-1 psi=0\.7"),
    ],
    # Dialogs
    "mixed with a word": [
        say("/waifu seed:42"),
        picture(FACE),
        choose("more", "mix"),
        dialog(),
        fill_in(seed="Rei"),
        picture(r"mix 42 \d+ model=plain-1 psi=0\.7"),
        says("Rei"),
    ],
    "morphed with a number": [
        say("/waifu seed:42"),
        picture(FACE),
        choose("more", "morph"),
        dialog(),
        fill_in(seed="43"),
        picture(r"morph 42 43 model=plain-1 psi=0\.7"),
    ],
    "a dialog with a bad seed": [
        say("/waifu seed:42"),
        picture(FACE),
        choose("more", "mix"),
        fill_in(seed="-1"),
        told(BadSeed, value="-1"),
    ],
    # Recipes and right clicks
    "a recipe in words": [
        say("/waifu seed:42"),
        picture(FACE),
        press("recipe"),
        explanation(),
        press("draw"),
        picture(FACE, private=True),
    ],
    "right click: show recipe": [
        say("/waifu seed:42"),
        picture(FACE),
        right_click("Show recipe", "friend"),
        explanation(),
    ],
    "right click: use as start": [
        say("/grid size:2 seed:5"),
        picture(),
        right_click("Use as start"),
        picture(r"grid 2 model=plain-1 psi=0\.7 seed=\d+"),
    ],
    "right click: morph with": [
        say("/waifu seed:42"),
        picture(FACE),
        right_click("Morph with"),
        dialog(),
        fill_in(seed="43"),
        picture(r"morph 42 43 model=plain-1 psi=0\.7"),
    ],
    "the recipe of a saved file": [
        say("/waifu seed:42"),
        picture(FACE),
        upload("saved.png"),
        say("/recipe saved.png"),
        explanation(),
        press("draw"),
        picture(FACE, private=True),
    ],
    # Models
    "a model of one's own": [
        say("/waifubot model choose traits-1"),
        says("traits-1"),
        say("/waifu seed:7"),
        picture(r"waifu 7 model=traits-1 psi=0\.7"),
    ],
    "which models there are": [
        say("/waifubot model list"),
        says("plain-1", "traits-1"),
        say("/waifubot model info traits-1"),
        says("traits-1"),
    ],
    # Streams, waiting and cancelling
    "a stream, stopped": [
        say("/stream minutes:1"),
        picture(r"waifu \d+ model=plain-1 psi=0\.7"),
        mark(),
        press("stop"),
        offers("again"),
        press("wilder"),
        picture(r"waifu \d+ model=plain-1 psi=0\.85"),
    ],
    "nothing to cancel": [say("/waifubot cancel"), told("cancelled_none")],
    "what is in the queue": [say("/waifubot queue"), says("0")],
    "help": [say("/waifubot help"), says("</waifu:")],
    # Deleting
    "deleted by its owner": [say("/waifu seed:42"), picture(FACE), mark(), press("delete"), gone()],
    "not deleted by others": [
        say("/waifu seed:42"),
        picture(FACE),
        mark(),
        press("delete", "friend"),
        told(NotYours, "friend"),
        unchanged(),
    ],
    # Refusals
    "too many pictures in a minute": [
        say("/waifu seed:42"),
        picture(FACE),
        repeat(PER_MINUTE - 1, press("again"), picture()),
        mark(),
        press("again"),
        told(TooFast, limit=PER_MINUTE),
        unchanged(),
    ],
    "a number that is no seed": [say("/waifu seed:-1"), told(BadSeed, value="-1")],
    "a model that is not here": [say("/waifu seed:1 model:other"), told(UnknownModel, model="other")],
    # What earlier versions have posted
    "an old caption and its old buttons": [
        found("**42**\n`waifu 42 model=plain-1 psi=0.7`", OLD_ROW),
        press("recipe"),
        explanation(),
        press("wilder"),
        picture(r"waifu 42 model=plain-1 psi=0\.85", private=True),
    ],
    "an old button changes in place": [
        found("**42**\n`waifu 42 model=plain-1 psi=0.7`", OLD_ROW),
        mark(),
        press("wilder"),
        picture(r"waifu 42 model=plain-1 psi=0\.85"),
        same_message(),
    ],
    "an old message without its recipe": [found("**42**", OLD_ROW), press("again"), told(NoRecipe)],
}
