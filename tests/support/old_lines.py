"""Lines as people typed them before faces were expressions, and what they were read as and drew; this file records it.

``PYTHONPATH=. python tests/support/old_lines.py`` writes both fixtures. It is only run with a version whose lines must
stay valid.
"""

import hashlib
import random

import numpy as np
from project_paths import FIXTURES

from generator.contract import errors
from generator.contract.recipe import Recipe
from generator.rendering.plans import make_plan
from generator.rendering.render import synthesise
from generator.stylegan2.network import Generator, Hyperparameters

COUNT = 5000
DIGEST = FIXTURES / "old_lines.sha256"
PICTURES = FIXTURES / "old_pictures.npz"
MOST_FACES = 6  # faces of a line whose pixels are kept: the first ones and the last
TRAITS = {"hair": ("pink", "blue", "green"), "eyes": ("red", "gold")}

WORDS = ("Asuka", "７", "綾波", "4294967295", "+5", "a.b", "(x)", "@home", "1e3", "near", "10/3")
WRONG_WORDS = ("-1", "4294967296", "x" * 65)
# Option -> values that are right, and values that are wrong.
VALUES = {
    "psi": (("0.7", "-0", "1.50", ".5", "2"), ("3", "0.3,0.7", "nan", "1,1,1,1,1")),
    "model": (("drawn-4", "a", "x" * 24), ("A", "x_y")),
    "cutoff": (("0", "3", "18"), ("19", "-1")),
    "noise": (("const", "random", "none"), ("loud",)),
    "seed": (("5", "Asuka", "0", "4294967294"), ("",)),
    "frames": (("2", "8", "9", "16"), ("17", "60", "240", "241", "x")),
    "seconds": (("2", "0.1", ".5"), ("240",)),
    "fps": (("1", "8", "20", "25", "50"), ("51",)),
    "ease": (("sine", "linear", "cubic"), ("bounce",)),
    "space": (("w", "z", "sphere"), ("x",)),
    "loop": (("yes", "no"), ("maybe",)),
    "size": (("1", "2", "3"), ("4",)),
    "format": (("gif", "mp4", "webp", "strip", "png"), ("exe",)),
    "fine": (("20", "20,21", "Asuka,7", "1,2,3,4,5"), ("1,2,3,4,5,6", "1,,2")),
    "layers": (("0-3", "3-3", "5", "0-17"), ("3-1", "0-18", "coarse", "fine", "all")),
    "by": (("noise", "z"), ("w",)),
    "from": (("0", "-0.5", "1.5"), ("3",)),
    "to": (("1.5", "1.50", "-2"), ("3",)),
    "steps": (("2", "7", "12"), ("13",)),
    "direction": (("d1", "hair-pink", "d1,d2,d3", "back_hair-long"), ("d1,", "D1")),
    "amount": (("2", "-1.50", "3", "-3", "0"), ("4",)),
    "trait.hair": (("pink", "green"), ("Pink",)),
    "trait.back_hair": (("long", "x_y-z"), ("",)),
    "to.hair": (("blue", "pink"), ("É",)),
    "to.eyes": (("gold",), ("É",)),
    "colour": ((), ("red",)),
}  # fmt: skip
OF_KIND = {"grid": {"psi": ("0.3,0.7", "0.3,0.70,1.3,-2")}, "vary": {"layers": ("coarse", "fine", "all")}}
LONGER = ("frames=241", "seconds=240")  # as mp4; other formats are refused with another sentence than once
COMMON = ("psi", "model", "cutoff", "noise", "trait.hair", "trait.back_hair")
OWN = {
    "waifu": (),
    "grid": ("seed",),
    "morph": ("frames", "seconds", "fps", "ease", "space", "loop", "size", "format", "to.hair", "to.eyes"),
    "mix": ("fine", "layers"),
    "vary": ("by", "layers", "frames", "fps", "format"),
    "psi": ("from", "to", "steps"),
    "edit": ("direction", "amount", "layers", "frames", "fps", "format"),
    "husband": (),
}
SEEDS = {"waifu": 1, "vary": 1, "psi": 1, "edit": 1, "mix": 2, "morph": 3}

# Lines that are drawn, by a tiny network with traits and noise.
DRAWN = (
    "waifu 123", "waifu 7 psi=1.3 cutoff=2 noise=random trait.hair=pink", "waifu 9 noise=none psi=-0.5",
    "grid 2 seed=5", "grid 2 seed=4294967294 psi=0.3,1.3 noise=random", "grid 1 seed=3 trait.eyes=gold",
    "morph 10 20 frames=5", "morph 10 20 30 frames=7 ease=cubic loop=no noise=random", "morph 3 4 space=z frames=4",
    "morph 3 4 space=sphere frames=6 size=2 trait.hair=blue", "morph 10 10 trait.hair=pink to.hair=green frames=6",
    "morph 1 2 format=strip", "morph 5 6 7 frames=9 ease=linear noise=none to.eyes=red", "mix 10 20",
    "mix 10 20 layers=0-1 noise=random", "mix 1 2 fine=3", "mix 1 2 fine=4294967295,7 layers=2-4 noise=random",
    "vary 7", "vary 7 layers=coarse", "vary 7 layers=fine", "vary 7 format=gif frames=4", "vary 4294967290 by=z",
    "vary 7 by=z layers=coarse trait.hair=pink", "vary 7 by=z layers=fine psi=1", "vary 7 by=z format=gif frames=5",
    "psi 7", "psi 7 from=-0.5 to=2 steps=4 cutoff=3", "edit 7 direction=d1",
    "edit 7 direction=d2 amount=-1.5 layers=2-3",
    "edit 7 direction=hair-pink format=gif frames=5", "edit 7 direction=d3 format=strip frames=4 noise=random",
    "edit 7 direction=d1,eyes-gold,d2 amount=3",
)  # fmt: skip


def typed_lines(count: int = COUNT) -> list[str]:
    """Return lines as people may type them, most of them right, the same at each call."""
    chance = random.Random(2026)
    return [_line(chance) for _ in range(count)]


def _line(chance: random.Random) -> str:
    kind = chance.choice(list(OWN))
    numbers = SEEDS.get(kind, 1) if chance.random() < 0.9 else chance.randrange(4)
    words = [_word(kind, chance) for _ in range(numbers)]
    names = [name for name in (*COMMON, *OWN[kind]) if chance.random() < 0.3]
    names += [
        name for name in ("seed", "direction") if name in OWN[kind] and name not in names and chance.random() < 0.95
    ]
    names += ["colour"] if chance.random() < 0.03 else []
    both = [*words, *(f"{name}={_value(kind, name, chance)}" for name in names)]
    chance.shuffle(both)
    return " ".join([kind, *both])


def _word(kind: str, chance: random.Random) -> str:
    if kind == "grid":
        return str(chance.randrange(1, 6) if chance.random() < 0.95 else chance.randrange(9))
    if chance.random() < 0.1:
        return chance.choice(WORDS if chance.random() < 0.9 else WRONG_WORDS)
    return str(chance.randrange(2**32 if chance.random() < 0.5 else 99))


def _value(kind: str, name: str, chance: random.Random) -> str:
    right, wrong = VALUES[name]
    right = OF_KIND.get(kind, {}).get(name, right)
    return chance.choice(right if right and chance.random() < 0.97 else wrong)


def read(line: str) -> str:
    """Return what a line is read as: its canonical form, or the code of the error."""
    try:
        return str(Recipe.parse(line))
    except errors.RecipeError as error:
        return error.code


def digest() -> str:
    """Return one digest of what all typed lines are read as, but those that were refused once and are drawn now."""
    lines = (line for line in typed_lines() if not any(word in LONGER for word in line.split()))
    return hashlib.sha256("\n".join(map(read, lines)).encode()).hexdigest()


def network() -> Generator:
    """Return a tiny network with traits and with noise that shows."""
    hyper = Hyperparameters(
        resolution=16, channels={4: 8, 8: 8, 16: 8}, z_dim=16, w_dim=16, num_mapping_layers=2, c_dim=5
    )
    made = Generator.new(hyper, seed=3, name="tiny", traits=TRAITS)
    made.estimate_w_avg(200)
    for name, strength in made.named_parameters():
        if name.endswith("noise_strength"):
            strength.data.fill_(0.5)
    return made.freeze()


def drawn(line: str, generator: Generator) -> np.ndarray:
    """Return the first faces of a line's picture, and its last, as the network draws them: [n, 16, 16, 3] uint8."""
    plan = make_plan(Recipe.parse(line), generator)
    count = len(plan.w)
    return synthesise(generator, [plan], [sorted({*range(min(count, MOST_FACES - 1)), count - 1})])


if __name__ == "__main__":
    DIGEST.write_text(digest() + "\n", encoding="ascii")
    tiny = network()
    np.savez_compressed(PICTURES, **{line: drawn(line, tiny) for line in DRAWN})
