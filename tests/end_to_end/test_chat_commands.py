"""Tests /mix, /vary, /psi, /edit, grids of several psi, and traits: typed in a chat of the real bot and worker."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from final_message import is_final
from PIL import Image, ImageSequence
from stage import TRAITS, Stage, write_settings

from generator import checkpoints
from generator.contract import stamp
from generator.contract.recipe import Recipe
from generator.rendering.latents import Latents
from generator.rendering.render import raw_frames
from generator.stylegan.generator import Knobs
from generator.stylegan2.hyperparameters import Hyperparameters
from generator.stylegan2.network import Generator
from playground.discord.state import Message
from playground.people.person import Answer, Person

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(90)]

Pixels = np.ndarray[Any, Any]
SIZES: dict[str, Any] = {"resolution": 64, "channels": {4: 16, 8: 16, 16: 16, 32: 12, 64: 8}, "z_dim": 32, "w_dim": 32}


# The networks: one with noise, and one with traits and knobs but without noise


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Generator]:
    noisy = Generator.new(Hyperparameters(**SIZES, num_mapping_layers=2), seed=1, name="noisy-1")
    hyper = Hyperparameters(**SIZES, num_mapping_layers=2, c_dim=5, use_noise=False, normalize_latents=False)
    drawn = Generator.new(hyper, seed=2, name="drawn-4", traits=TRAITS)
    drawn.knobs = Knobs(("nod", "gaze", *(f"knob{n}" for n in range(2, hyper.z_dim))), 2.5)
    for network in (noisy.freeze(), drawn.freeze()):
        for name, weight in network.named_parameters():
            if name.endswith("noise_strength"):
                weight.fill_(0.5)
            elif ".torgb.weight" in name:
                weight *= 0.4  # colours as pale as those of trained networks
        network.estimate_w_avg(200)
    return {network.name: network for network in (noisy, drawn)}


@pytest.fixture(scope="session")
def settings(networks: dict[str, Generator], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for name, network in networks.items():
        checkpoints.save(network, folder / f"{name}.safetensors")
    return write_settings(
        tmp_path_factory.mktemp("settings"), tuple(folder / f"{name}.safetensors" for name in networks)
    )


@pytest.fixture(autouse=True)
def tidy(stage: Stage) -> Iterator[None]:
    """Check after each test that the bot's log holds no traceback."""
    yield
    assert "Traceback" not in stage.log.read_text(errors="replace")


def line_of(message: Message) -> str:
    """Return the recipe line under a picture, and check that it is canonical and equals that in the file's stamp."""
    lines = re.findall(r"^(?:-# )?`([^`]+)`$", message.content, re.MULTILINE)
    assert len(lines) == 1, message.content
    assert stamp.read(message.attachments[0].body) == lines[0] == str(Recipe.parse(lines[0]))
    return str(lines[0])


def pixels(message: Message) -> Pixels:
    """Return the frames of a picture as [n, h, w, 3]."""
    with Image.open(io.BytesIO(message.attachments[0].body)) as picture:
        return np.stack([np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(picture)])


def draw(line: str, network: Generator) -> Pixels:
    return raw_frames(Recipe.parse(line), network).astype(int)


def same(one: Pixels, other: Pixels) -> bool:
    return one.shape == other.shape and bool(np.abs(one - other).max() <= 1)


def tiles(picture: Pixels, rows: int, columns: int, left: int = 0, top: int = 0, gap: int = 0) -> list[Pixels]:
    """Cut faces of 256 px out of a picture, row by row.

    ``left`` and ``top`` are the margins, and ``gap`` is the space after the first row and after the first column.
    """
    places = [
        (top + 256 * row + gap * (row > 0), left + 256 * column + gap * (column > 0))
        for row in range(rows)
        for column in range(columns)
    ]
    return [picture[y : y + 256, x : x + 256] for y, x in places]


# Every command, in every form


@pytest.mark.parametrize(
    ("typed", "line", "file", "says"),
    [
        (
            "/mix 10 20",
            "mix 10 20 model=noisy-1 psi=0.7",
            "mix-10-20.png",
            "The shape of **10** with the colours of **20**",
        ),
        (
            "/mix 10 20 layers:0-3 wildness:1",
            "mix 10 20 layers=0-3 model=noisy-1 psi=1",
            "mix-10-20.png",
            "Layers 0-3 of **10**",
        ),
        (
            "/mix coarse:10, 11 fine:20 21 22",
            "mix 10 11 fine=20,21,22 model=noisy-1 psi=0.7",
            "mix-10-11-20-21-22.png",
            "Each row has the shape of its seed: **10**, **11**\n"
            "Each column has the colours of its seed: **20**, **21**, **22**",
        ),
        ("/vary 7", "vary 7 model=noisy-1 psi=0.7", "vary-7.png", "**7** nine times; only the random details differ"),
        (
            "/vary 7 layers:fine",
            "vary 7 layers=fine model=noisy-1 psi=0.7",
            "vary-7.png",
            "only the finest random details",
        ),
        ("/vary 7 format:gif", "vary 7 format=gif model=noisy-1 psi=0.7", "vary-7.gif", "in every frame"),
        (
            "/vary 7 model:drawn-4",
            "vary 7 by=z model=drawn-4 psi=0.7",
            "vary-7.png",
            "**7** first, then eight near relatives",
        ),
        (
            "/vary 7 format:webp model:drawn-4",
            "vary 7 by=z format=webp model=drawn-4 psi=0.7",
            "vary-7.webp",
            "near relative",
        ),
        ("/psi 7", "psi 7 model=noisy-1", "psi-7.png", "**7** from wildness 0 to 1.5"),
        (
            "/psi 7 from:-0.5 to:1 steps:3",
            "psi 7 from=-0.5 model=noisy-1 steps=3 to=1",
            "psi-7.png",
            "from wildness -0.5 to 1",
        ),
        (
            "/grid 2 7 wildness:0.3, 0.7 1.3",
            "grid 2 model=noisy-1 psi=0.3,0.7,1.3 seed=7",
            "grid-2-7.png",
            "wildness 0.3, 0.7, 1.3",
        ),
        (
            "/edit 7 direction:d1",
            "edit 7 amount=0.75 direction=d1 model=noisy-1 psi=0.7",
            "edit-7-d1.png",
            "**7** moved by 0.75 towards **d1**",
        ),
        (
            "/edit 7 direction:d2 amount:-1.5",
            "edit 7 amount=-1.5 direction=d2 model=noisy-1 psi=0.7",
            "edit-7-d2.png",
            "by 1.5 away from **d2**",
        ),
        (
            "/edit 7 direction:d1 format:gif",
            "edit 7 amount=0.75 direction=d1 format=gif model=noisy-1 psi=0.7",
            "edit-7-d1.gif",
            "from -0.75 to +0.75 along **d1** and back",
        ),
        (
            "/edit 7 direction:d1 format:strip",
            "edit 7 amount=0.75 direction=d1 format=strip model=noisy-1 psi=0.7",
            "edit-7-d1.png",
            "from -0.75 to +0.75 along **d1**",
        ),
        (
            "/edit 7",
            "edit 7 amount=0.75 direction=d1,d2,d3,d4,d5 model=noisy-1 psi=0.7",
            "edit-7-d1-d2-d3-d4-d5.png",
            "**d1, d2, d3, d4, d5**",
        ),
        (
            '/edit 7 direction:"Hair: pink" amount:2 traits:eyes: gold model:drawn-4',
            "edit 7 direction=hair-pink model=drawn-4 psi=0.7 trait.eyes=gold",
            "edit-7-hair-pink.png",
            "towards **hair-pink**",
        ),
        (
            '/edit 7 change:"look up, eyes to the left" model:drawn-4',
            "waifu move(7,gaze=-1.5,nod=-1.5) model=drawn-4 psi=0.7",
            "waifu-move-7-gaze-1-5-nod-1-5.png",
            "looking up, eyes to the left",
        ),
        (
            '/morph 5 5 frames:6 traits:"hair: blue" to_traits:"Hair: Pink, eyes: red" model:drawn-4',
            "morph 5 5 frames=6 model=drawn-4 psi=0.7 to.eyes=red to.hair=pink trait.hair=blue",
            "morph-5-5.gif",
            " → ",
        ),
    ],
)
async def test_a_command_is_answered_with_what_its_line_says(
    stage: Stage, networks: dict[str, Generator], typed: str, line: str, file: str, says: str
) -> None:
    message = await stage.you.say(typed).picture(60)
    assert line_of(message) == line
    assert says in message.content
    assert message.attachments[0].filename == file
    assert re.search(
        r"[sS]eeds? .*drawn by the model|[sS]eeds? .*Drawn by the model", message.attachments[0].description or ""
    )
    assert str(Recipe.parse(line)["model"]) in (message.attachments[0].description or "")
    if file.endswith(".png"):
        (shown,), (expected,) = pixels(message), draw(line, networks[str(Recipe.parse(line)["model"])])
        assert same(shown, expected)
        assert shown.std() > 5


async def test_words_are_seeds_everywhere_and_shown_as_they_were_typed(stage: Stage) -> None:
    message = await stage.you.say('/mix coarse:"Rei Ayanami, Asuka" fine:明日香').picture()
    recipe = Recipe.parse(line_of(message))
    assert len(recipe.coarse) == 2
    assert "**Rei Ayanami**" in message.content
    assert "**明日香**" in message.content
    again = await stage.friend.say("/edit asuka direction:d1").picture()
    assert Recipe.parse(line_of(again)).seeds == recipe.coarse[1:]


# What the pictures show


async def test_a_table_shows_its_sources_and_their_mixes(stage: Stage, networks: dict[str, Generator]) -> None:
    (picture,) = pixels(await stage.you.say("/mix 10,11 20,21 layers:0-3").picture())
    shown = tiles(picture, 3, 3, 32, 32, 16)
    lines = ["", "waifu 20", "waifu 21", "waifu 10", "mix 10 20", "mix 10 21", "waifu 11", "mix 11 20", "mix 11 21"]
    for tile, line in zip(shown[1:], lines[1:], strict=True):
        (face,) = draw(line + (" layers=0-3" if line.startswith("mix") else ""), networks["noisy-1"])
        # A mixed face has the noise of its row's source, so it is only similar to the picture of its recipe.
        assert same(tile, face) or np.abs(tile - face).mean() < 20
    assert same(shown[1], draw("waifu 20", networks["noisy-1"])[0])
    assert same(shown[4], draw("mix 10 20 layers=0-3", networks["noisy-1"])[0])
    assert (shown[0] == shown[0][0, 0]).all(), "the corner is empty"


async def test_varied_faces_are_one_face_with_other_noise(stage: Stage, networks: dict[str, Generator]) -> None:
    (picture,) = pixels(await stage.you.say("/vary 7").picture())
    shown = tiles(picture, 3, 3)
    assert not any(same(one, other) for i, one in enumerate(shown) for other in shown[:i])
    (fine,) = pixels(await stage.you.say("/vary 7 layers:fine").picture())
    spread = [np.stack(tiles(picture, 3, 3)).std(axis=0).mean() for picture in (picture, fine)]
    assert 0 < spread[1] < spread[0]


async def test_where_there_is_no_noise_relatives_of_the_face_are_shown_and_explained(
    stage: Stage, networks: dict[str, Generator]
) -> None:
    message = await stage.you.say("/vary 7 model:drawn-4 traits:hair: green").picture()
    shown = tiles(pixels(message)[0], 3, 3)
    assert same(shown[0], draw("waifu 7 trait.hair=green", networks["drawn-4"])[0])
    assert not any(same(one, other) for i, one in enumerate(shown) for other in shown[:i])
    assert "A model that draws random details keeps the face" in message.content


async def test_psi_begins_at_the_average_face_of_everybody(stage: Stage, networks: dict[str, Generator]) -> None:
    strips = [tiles(pixels(await stage.you.say(f"/psi {seed} steps:4").picture())[0], 1, 4) for seed in (7, 8)]
    assert same(strips[0][0], strips[1][0])
    assert not same(strips[0][1], strips[1][1])
    network = networks["noisy-1"]
    average = network.mapping.w_avg.expand(1, network.num_ws, -1)
    assert np.abs(Latents.of([7], network).styles(network, 0.0).numpy() - average.numpy()).max() < 1e-5
    (with_others,) = pixels(await stage.you.say("/grid 1 7 wildness:0,0.5").picture())
    assert same(with_others[:256, :256], strips[0][0])


async def test_an_edit_sweeps_from_one_end_to_the_other_and_back(stage: Stage, networks: dict[str, Generator]) -> None:
    frames = pixels(await stage.you.say("/edit 7 direction:d1 amount:3 format:webp").picture(60))
    ends = [draw(f"edit 7 direction=d1 amount={amount}", networks["noisy-1"])[0] for amount in (-3, 3)]
    assert len(frames) == 40
    distances = [[np.abs(frame - end).mean() for end in ends] for frame in frames]
    assert np.argmin([one for one, _ in distances]) == 0
    # The face hardly moves near its ends, so neighbouring frames may be just as close.
    assert np.argmin([other for _, other in distances]) in (19, 20, 21)


async def test_a_face_can_change_its_traits(stage: Stage, networks: dict[str, Generator]) -> None:
    message = await stage.you.say(
        "/morph 5 5 frames:4 format:webp traits:hair: blue to_traits:hair: pink model:drawn-4"
    ).picture(60)
    frames = pixels(message)
    for frame, hair in ((frames[0], "blue"), (frames[2], "pink")):
        (face,) = draw(f"waifu 5 trait.hair={hair}", networks["drawn-4"])
        assert np.abs(frame - face).mean() < 3  # WebP is lossy
    (pink,), (blue,) = (draw(f"waifu 5 trait.hair={hair}", networks["drawn-4"]) for hair in ("pink", "blue"))
    assert np.abs(pink - blue).mean() > 6


# Suggestions while typing


async def test_changes_and_directions_are_those_of_the_chosen_network(stage: Stage) -> None:
    async def offered(typed: str) -> list[str]:
        return [choice["value"] for choice in await stage.you.complete(typed)]

    changes = await offered("/edit 7 model:drawn-4 change:")
    assert {"hair: pink", "eyes: red", "d1: 0.75"} <= set(changes)
    assert await offered("/edit 7 model:drawn-4 change:hair: pink, gol") == ["hair: pink, eyes: gold"]
    assert await offered("/edit 7 change:") == [f"d{n}: 0.75" for n in range(1, 11)]
    factors = [f"d{n}" for n in range(1, 11)]
    charted = ["d1,d2,d3,d4,d5", *factors, "d6,d7,d8,d9,d10"]
    assert await offered("/edit 7 model:drawn-4 direction:") == ["nod", "gaze", *charted]
    assert await offered("/edit 7 direction:") == charted
    for typed in ('change:"hair: pink, eyes: gold"', "direction:d6,d7,d8,d9,d10"):
        assert (await stage.you.say(f"/edit 7 {typed} model:drawn-4").picture()).attachments


async def test_variations_are_offered_where_they_differ(stage: Stage) -> None:
    assert [choice["value"] for choice in await stage.you.complete("/vary 7 layers:")] == ["all", "coarse", "fine"]


async def test_layers_are_offered_in_words_and_only_such_as_the_network_has(stage: Stage) -> None:
    offered = {choice["value"]: choice["name"] for choice in await stage.you.complete("/mix 10 20 layers:")}
    assert list(offered) == ["0-3", "4-7", "0-7"]
    assert offered["0-3"] == "Shape: pose, outline of face and hair (0-3)"


async def test_traits_are_offered_for_both_ends_of_a_morph(stage: Stage) -> None:
    offered = [choice["value"] for choice in await stage.you.complete("/morph 1 2 model:drawn-4 to_traits:ha")]
    assert "hair: pink" in offered


# Invalid input


def _type(line: str) -> Callable[[Person], Answer]:
    return lambda person: person.say(line)


def _use(name: str, **options: Any) -> Callable[[Person], Answer]:
    """Use a command with options that the client does not check, as an outdated client might."""
    return lambda person: person.use(name, **options)


@pytest.mark.parametrize(
    ("ask", "about"),
    [
        (_type("/mix 4294967296 1"), "from 0 to 4294967295"),
        (_type("/mix 1 , "), "',' is neither"),
        (_type("/mix 1 2,3,4,5,6,7"), "takes at most 5 seeds; you gave 6"),
        (_type("/mix 1,2,3,4,5,6 7"), "takes at most 5 seeds; you gave 6"),
        (_type("/mix 1 2 layers:coarse"), "such as 5 or 0-3"),
        (_type("/mix 1 2 layers:3-1"), "the lower layer first: 1-3"),
        (_type("/mix 1 2 layers:8-12"), "This model has only the layers 0 to 9, not 8-12"),
        (_type("/mix 1 2 layers:0-20"), "This model has only the layers 0 to 9, not 0-20"),
        (_type("/mix 1 2 traits:hair: pink"), "has no traits"),
        (_use("vary", seed="1", layers="middle"), "choose one of: coarse, fine, all"),
        (_use("vary", seed="1", format="bmp"), "choose one of: png, gif, mp4, webp"),
        (_use("psi", seed="1", steps=99), "from 2 to 12, not 99"),
        (_use("psi", **{"seed": "1", "from": -9.0}), "from must be from -2 to 2, not -9"),
        (_type("/grid 3 wildness:nice"), "give a number"),
        (_type("/grid 3 wildness:0.3,0.5,0.7,0.9,1.1"), "takes at most 4 values; you gave 5"),
        (_type("/grid 3 wildness:0.3,3"), "wildness must be from -2 to 2, not 3"),
        (_type("/edit 7 direction:beauty"), "no direction 'beauty'"),
        (_type('/edit 7 direction:"hair: pink" amount:1'), "no direction 'hair-pink'"),
        (_type("/edit 7 direction:<@1>"), "such as d1 or hair-pink"),
        (_type('/edit 7 direction:","'), "such as d1 or hair-pink"),
        (_type("/edit 7 format:gif"), "needs the option direction"),
        (_type("/edit 7 direction:d1,d2 format:gif"), "either direction=d1,d2 or format=gif"),
        (_use("edit", seed="7", direction="d1", amount=4.0), "amount must be from -3 to 3, not 4"),
        (_type("/morph 10 10"), "Every frame would be the same"),
        (_type("/morph 1 2 to_traits:pink"), "has no traits"),
        (_type("/morph 1 2 to_traits:pnk hair model:drawn-4"), "did you mean `hair: pink`"),
        (_type("/morph 1 2 to_traits:nose: big model:drawn-4"), "hair, eyes"),
        (_type("/morph 1 2 to_traits:hair: plaid model:drawn-4"), "pink, blue, green"),
    ],
)
async def test_bad_input_is_answered_with_one_sentence(
    stage: Stage, ask: Callable[[Person], Answer], about: str
) -> None:
    answer = ask(stage.you)
    message = await answer.when(is_final)
    assert not message.attachments
    assert "\n" not in message.content
    assert about in message.content
    assert len(answer.messages) == 1


async def test_captions_are_chinese_for_people_who_use_discord_in_chinese(stage: Stage) -> None:
    lin = stage.world.add_user("lin", locale="zh-CN")
    message = await Person(stage.world, lin, stage.world.direct(lin)).say("/vary 7 model:drawn-4").picture()
    assert "相近的脸" in message.content
    assert "动漫人脸" in (message.attachments[0].description or "")
    assert line_of(message) == "vary 7 by=z model=drawn-4 psi=0.7"
