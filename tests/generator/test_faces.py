"""Tests expressions for faces: one text for one face, an expression for each face of a picture, old lines as before."""

import random
from collections.abc import Callable

import any_face
import old_lines
import pytest
from any_recipe import recipes
from hypothesis import given
from hypothesis import strategies as st

from generator.contract import errors
from generator.contract.cells import cell, find_cells
from generator.contract.faces import making as make
from generator.contract.faces.face import Face, Step
from generator.contract.faces.reading import FORMS, MAX_AMOUNT, read_face
from generator.contract.faces.scope import make_absolute
from generator.contract.faces.syntax import MAX_DEPTH
from generator.contract.recipe import MAX_LINE_CHARS, Recipe

VECTOR = "@0123456789abcdef01234567"


def canonical(text: str) -> str:
    return str(read_face(text))


# Old lines.


def test_lines_of_earlier_versions_are_read_as_before() -> None:
    assert old_lines.digest() == old_lines.DIGEST.read_text(encoding="ascii").strip()


# One face has one text.


@given(any_face.FACES)
def test_every_face_reads_back_from_its_own_text(face: Face) -> None:
    text = str(face)
    assert str(read_face(text)) == text
    assert text.isascii()
    assert " " not in text


@given(recipes())
def test_every_recipe_of_faces_reads_back_from_its_own_line(made: Recipe) -> None:
    assert Recipe.parse(str(made)) == made
    assert [read_face(str(face)) for face in made.seeds] == list(made.seeds)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("near(7,0)", "7"),
        ("near(7,3,all)", "near(7,3)"),
        ("near(7,2/8)", "near(7,2)"),
        ("near(7,0/5)", "near(7,1)"),
        ("near(7,6/16)", "near(7,3/8)"),
        ("near(7,19/16)", "near(7,3/16)"),
        ("near(near(7,3,fine),4,coarse)", "near(near(7,4,coarse),3,fine)"),
        ("near(near(7,3,fine),3,coarse)", "near(7,3)"),
        ("near(near(near(7,1),2,coarse),2,fine)", "near(near(7,1),2)"),
        ("near(mix(7,8,0-3),2)", "mix(near(7,2),near(8,2),0-3)"),
        ("near(move(7,d1=1),2)", "move(near(7,2),d1=1)"),
        ("near(psi(7,1),2)", "near(7(psi=1),2)"),
        ("psi(7,0.5)", "7(psi=0.5)"),
        ("psi(psi(7,1.5),0.5)", "7(psi=0.5)"),
        ("psi(mix(7,8(psi=2)),0.5)", "mix(7(psi=0.5),8(psi=0.5))"),
        (f"psi({VECTOR},1)", VECTOR),
        (f"psi({VECTOR},0.50)", f"{VECTOR}(psi=0.5)"),
        (f"near({VECTOR}(psi=1),3)", f"near({VECTOR},3)"),
        ("mix(7,7)", "7"),
        ("mix(7,7,0-3)", "7"),
        ("mix(7,8,3-3)", "mix(7,8,3)"),
        ("mix(mix(7,8,0-3),9,0-3)", "mix(7,9,0-3)"),
        ("mix(7,mix(8,9))", "mix(7,9)"),
        ("mix(mix(7,8),7)", "7"),
        ("mix(mix(7,8,0-3),9,2)", "mix(mix(7,8,0-3),9,2)"),
        ("move(7,d1=0)", "7"),
        ("move(7,d2=1,d1=2)", "move(7,d1=2,d2=1)"),
        ("move(move(7,d1=1,d2=2),d1=0.5,d2=-2)", "move(7,d1=1.5)"),
        ("move(move(7,4-5,d1=1),0-3,d1=2)", "move(move(7,0-3,d1=2),4-5,d1=1)"),
        ("move(move(7,4-5,d1=1),d1=2)", "move(move(7,d1=2),4-5,d1=1)"),
        ("between(7,8,0)", "7"),
        ("between(7,8,1.0)", "8"),
        ("between(7,8,2/8)", "between(7,8,0.25)"),
        ("between(7,7,0.3)", "7"),
        ("between(7,8,0.5,w)", "between(7,8,0.5)"),
        ("between(7,near(8,1),1/3,sphere)", "between(7,near(8,1),0.333333,sphere)"),
        ("noise(noise(7,3),5)", "noise(7,5)"),
        ("noise(noise(7,3,fine),5,coarse)", "noise(noise(7,5,coarse),3,fine)"),
        ("noise(noise(7,3,coarse),3,fine)", "noise(7,3)"),
        ("move(noise(7,3),d1=1)", "noise(move(7,d1=1),3)"),
        ("mix(noise(7,3),noise(8,4))", "noise(mix(7,8),3)"),
        ("between(7,noise(8,4),0.5)", "between(7,8,0.5)"),
        ("between(7,noise(8,4),1)", "noise(8,4)"),
        ("7(psi=1,hair=pink)", "7(hair=pink,psi=1)"),
        ("7(trait.psi=x,trait.hair=pink)", "7(hair=pink,trait.psi=x)"),
        ("near(Asuka,1)", "near(1096863481,1)"),
    ],
)
def test_expressions_that_can_be_told_equal_are_written_alike(text: str, written: str) -> None:
    assert canonical(text) == written
    assert canonical(written) == written


Rewrite = Callable[[str, random.Random], str]
# Each writes the same face in another way.
REWRITES: list[Rewrite] = [
    lambda text, chance: f"near({text},0,{chance.choice(['all', 'coarse', 'fine'])})",
    lambda text, chance: f"mix({text},{text}{chance.choice(['', ',0-3', ',5'])})",
    lambda text, chance: f"mix({text},mix({chance.randrange(9)},{text},2),2)",
    lambda text, chance: f"move({text},{chance.choice(['', '0-3,'])}d{chance.randrange(1, 9)}=0)",
    lambda text, chance: f"move(move({text},d1=1.5),d1=-1.5)",
    lambda text, chance: f"between({text},{chance.randrange(9)},0)",
    lambda text, chance: f"between({chance.randrange(9)},{text},{chance.choice(['1', '3/3'])})",
    lambda text, chance: f"between({text},{text},{chance.random():.3f})",
]


@given(any_face.FACES, st.randoms(use_true_random=False), st.integers(1, 4))
def test_whatever_changes_nothing_is_not_written(face: Face, chance: random.Random, times: int) -> None:
    text = str(face)
    for _ in range(times):
        rewritten = chance.choice(REWRITES)(text, chance)
        if rewritten.count("(") > MAX_DEPTH // 2:
            break
        text = rewritten
    assert canonical(text) == str(face)


@given(any_face.FACES, any_face.STEPS, any_face.PSI, st.integers(0, 9))
def test_functions_and_texts_make_the_same_faces(face: Face, step: Step, psi: float, number: int) -> None:
    written = step if isinstance(step, int) else "/".join(map(str, step))
    pairs = [
        (make.near(face, step, "fine"), f"near({face},{written},fine)"),
        (make.at_psi(face, psi), f"psi({face},{psi})"),
        (make.noise(face, number, "coarse"), f"noise({face},{number},coarse)"),
        (make.mix(face, number, "1-3"), f"mix({face},{number},1-3)"),
        (make.move(face, {"d1": 1.5, "a": -1.0}), f"move({face},d1=1.5,a=-1)"),
        (make.between(face, number, 0.25), f"between({face},{number},0.25)"),
    ]
    for made, text in pairs:
        assert str(made) == canonical(text)


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("waifu 7(psi=0.7)", "waifu 7 psi=0.7"),
        ("waifu 7(psi=0.5,hair=pink)", "waifu 7 psi=0.5 trait.hair=pink"),
        ("waifu 7(hair=pink) trait.hair=blue", "waifu 7 psi=0.7 trait.hair=pink"),
        ("grid faces=7(psi=1),8(psi=1) psi=0.3", "grid faces=7,8 psi=1"),
        ("grid faces=7,8(psi=1) psi=0.3", "grid faces=7,8(psi=1) psi=0.3"),
        ("grid faces=7(hair=pink),8 trait.hair=blue", "grid faces=7,8(hair=blue) psi=0.7 trait.hair=pink"),
        ("grid faces=7(hair=pink),8", "grid faces=7(hair=pink),8 psi=0.7"),
        ("waifu mix(7(hair=pink),7) trait.hair=pink", "waifu 7 psi=0.7 trait.hair=pink"),
        ("morph 10 10(hair=pink) trait.hair=black", "morph 10 10 psi=0.7 to.hair=pink trait.hair=black"),
        ("morph 10 10(hair=pink)", "morph 10 10 psi=0.7 to.hair=pink"),
        ("morph 10(hair=a) 20(hair=b) 30", "morph 10(hair=a) 20(hair=b) 30 psi=0.7"),
        ("morph 10 10(hair=pink) to.hair=blue", "morph 10 10 psi=0.7 to.hair=pink"),
        ("mix 7 fine=8(psi=0.7)", "mix 7 8 psi=0.7"),
        ("psi 7(psi=0.3,hair=pink)", "psi 7 trait.hair=pink"),
        (f"grid faces=7(psi=1),{VECTOR}(psi=2) psi=0.3,0.7", f"grid faces=7,{VECTOR} psi=0.3,0.7"),
        (f"waifu {VECTOR} psi=0.3 trait.hair=pink", f"waifu {VECTOR} psi=0.7"),
        (f"grid faces={VECTOR},8 psi=0.3", f"grid faces={VECTOR},8 psi=0.3"),
        ("waifu mix( 7, near( 8, 3 ) ) psi=0.3", "waifu mix(7,near(8,3)) psi=0.3"),
    ],
)
def test_what_all_faces_share_stands_in_the_options(line: str, written: str) -> None:
    assert str(Recipe.parse(line)) == written
    assert str(Recipe.parse(written)) == written


@given(recipes())
def test_sharing_changes_no_seed_of_a_recipe(made: Recipe) -> None:
    if "psi" not in dict(made.options) or len(made.psis) > 1 or made.kind == "morph":
        return
    typed = [make_absolute(face, made.psi, dict(made.traits)) for face in made.seeds]
    options = {name: value for name, value in made.options if name not in ("psi", "faces", "fine")}
    own = len(made.numbers) if made.kind != "grid" else 0
    lists = {name: tuple(typed[own:]) for name, _ in made.options if name in ("faces", "fine")}
    if made.kind == "grid" and not lists:
        return
    again = Recipe.make(made.kind, *typed[:own], **options, **lists)
    assert [make_absolute(face, again.psi, dict(again.traits)) for face in again.seeds] == typed


# What is no face.


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("waifu near(7)", errors.BadFace),
        ("waifu near(7,3,all,fine)", errors.BadFace),
        ("waifu near(7,3,most)", errors.NotAChoice),
        ("waifu near(7,-1)", errors.OutOfRange),
        ("waifu near(7,1/0)", errors.OutOfRange),
        ("waifu near(7,near(8,1))", errors.BadFace),
        ("waifu noise(7)", errors.BadFace),
        ("waifu noise(7,Asuka)", errors.BadValue),
        ("waifu mix(7)", errors.BadFace),
        ("waifu mix(7,8,9-1)", errors.BadValue),
        ("waifu mix(7,8,0-18)", errors.OutOfRange),
        ("waifu mix(7,8,near(9,1))", errors.BadFace),
        ("waifu move(7)", errors.BadFace),
        ("waifu move(7,3)", errors.BadFace),
        ("waifu move(7,d1=1,d1=2)", errors.RepeatedOption),
        ("waifu move(7,D1=1)", errors.BadValue),
        ("waifu move(7,d1=101)", errors.OutOfRange),
        ("waifu move(move(7,d1=90),d1=90)", errors.OutOfRange),
        ("waifu between(7,8)", errors.BadFace),
        ("waifu between(7,8,1.5)", errors.OutOfRange),
        ("waifu between(7,8,3/2)", errors.OutOfRange),
        ("waifu between(7,8,0.5,v)", errors.NotAChoice),
        ("waifu between(7,mix(8,9),0.5,z)", errors.NotInSpace),
        (f"morph {VECTOR} 8 space=sphere", errors.NotInSpace),
        ("waifu psi(7,3)", errors.OutOfRange),
        ("waifu psi(7,nan)", errors.BadValue),
        ("waifu 7(hair)", errors.BadFace),
        ("waifu 7(Hair=pink)", errors.BadValue),
        ("waifu 7(hair=pink,hair=blue)", errors.RepeatedOption),
        ("waifu 7(hair=pink,trait.hair=blue)", errors.RepeatedOption),
        (f"waifu {VECTOR}(hair=pink)", errors.BadFace),
        ("waifu mix(7,@0123)", errors.BadFace),
        ("waifu mix(7,8", errors.BadFace),
        ("waifu mix(7,,8)", errors.BadFace),
        ("waifu mix(7,8))", errors.BadFace),
        ("waifu near(3(4)(5),1)", errors.BadFace),
        ("waifu near(x=y,1)", errors.BadFace),
        ("waifu near(-1,1)", errors.BadSeed),
        ("waifu " + "near(" * 201 + "7" + ")" * 201, errors.BadFace),
        ("grid 2 faces=7", errors.Conflict),
        ("grid faces=7 seed=8", errors.Conflict),
        ("grid faces=" + ",".join("7" * 26), errors.TooManySeeds),
        ("grid faces=near(7", errors.BadFace),
        ("grid", errors.MissingOption),
        ("waifu 1 faces=7", errors.UnknownOption),
    ],
)
def test_an_expression_that_makes_no_face_is_one_sentence(line: str, error: type[errors.RecipeError]) -> None:
    with pytest.raises(error) as caught:
        Recipe.parse(line)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_the_examples_in_sentences_are_faces() -> None:
    for form in FORMS.values():
        assert read_face(form.example)


def test_a_word_that_only_resembles_an_expression_is_a_seed() -> None:
    for word in ("near", "mix", "@home", "@0123", "(7)", "Rei(Ayanami)", "7/8"):
        assert isinstance(Recipe.parse(f"waifu {word}").seeds[0], int)


def test_a_line_that_grows_beyond_its_limit_is_refused() -> None:
    leaves = "mix(" * 40 + "7" + "".join(f",{n + 1000000},{n % 9})" for n in range(40))
    line = f"waifu {'near(' * 18}{leaves}{',123456)' * 18}"
    assert len(line) < MAX_LINE_CHARS
    with pytest.raises(errors.LineTooLong):
        Recipe.parse(line)


def test_a_move_adds_up_to_its_limit() -> None:
    assert canonical(f"move(move(7,d1={MAX_AMOUNT / 2}),d1={MAX_AMOUNT / 2})") == "move(7,d1=100)"


# Cells.


@given(recipes())
def test_every_face_of_every_picture_has_an_expression(made: Recipe) -> None:
    try:
        faces = find_cells(made)
    except errors.MorphTooShort:
        assert made.frames < len(made.seeds)
        return
    assert len(faces) == made.faces
    for number in {1, len(faces) // 2 + 1, len(faces)}:
        alone = cell(made, number)
        assert alone.kind == "waifu"
        assert Recipe.parse(str(alone), 10**6) == alone


@pytest.mark.parametrize(
    ("line", "number", "alone"),
    [
        ("waifu 7 cutoff=3 noise=random", 1, "waifu 7 cutoff=3 noise=random psi=0.7"),
        ("grid 2 seed=7 psi=0.3,1.3 model=a", 8, "waifu 10 model=a psi=1.3"),
        ("grid faces=7,near(8,3),9(hair=pink)", 2, "waifu near(8,3) psi=0.7"),
        ("morph 10 20 frames=4", 2, "waifu between(10,20,0.5) psi=0.7"),
        ("morph 10 20 frames=4 noise=random", 3, "waifu noise(20,10) noise=random psi=0.7"),
        ("morph 10 10 frames=4 to.hair=pink", 3, "waifu 10 psi=0.7 trait.hair=pink"),
        ("morph 10 10 frames=4 to.hair=pink", 2, "waifu between(10,10(hair=pink),0.5) psi=0.7"),
        ("morph 10 20 frames=4 size=2 space=z", 7, "waifu between(12,22,0.5,z) psi=0.7"),
        ("mix 1 fine=2,3 layers=0-3", 5, "waifu mix(1,3,0-3) psi=0.7"),
        ("vary 7 layers=fine", 3, "waifu noise(7,9,fine) psi=0.7"),
        ("vary 7 by=z", 1, "waifu 7 psi=0.7"),
        ("vary 7 by=z layers=coarse", 9, "waifu near(7,8,coarse) psi=0.7"),
        ("vary 7 by=z format=gif frames=16", 4, "waifu near(7,3/16) psi=0.7"),
        ("vary mix(7,8) by=z", 3, "waifu mix(near(7,2),near(8,2)) psi=0.7"),
        ("psi 7 from=0 to=1 steps=4", 2, "waifu 7 psi=0.3333"),
        ("grid 2 seed=7 rotate=30 shift=0.1,-0.05", 3, "waifu 9 psi=0.7 rotate=30 shift=0.1,-0.05"),
        ("psi 7 steps=4 shift=0.5,0", 1, "waifu 7 psi=0 shift=0.5,0"),
        ("edit move(7,d1=1) direction=d1,d2", 5, "waifu move(7,d1=3) psi=0.7"),
        ("edit 7 direction=d1 amount=2 layers=0-3", 1, "waifu move(7,0-3,d1=2) psi=0.7"),
    ],
)
def test_the_face_of_a_cell_has_this_expression(line: str, number: int, alone: str) -> None:
    assert str(cell(Recipe.parse(line), number)) == alone


def test_a_cell_that_a_picture_lacks_is_a_sentence() -> None:
    for number in (0, 10):
        with pytest.raises(errors.NoSuchFace, match=f"This picture has the faces 1 to 9, not {number}"):
            cell(Recipe.parse("grid 3 seed=1"), number)
