"""Tests stored faces: their bytes, the files that carry them, and how lines that are too long get short by them."""

import io
import random

import numpy as np
import old_lines
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from generator.contract import errors, stamp, vector
from generator.contract.cells import cell
from generator.contract.faces.face import Face
from generator.contract.recipe import MAX_LINE_CHARS, Recipe
from generator.contract.shortening import MAX_DRAFT_CHARS, find_long_faces, store_faces
from generator.rendering import encode, render
from generator.rendering.animation.frames import Timing
from generator.rendering.plans import make_plan
from generator.rendering.render import synthesise
from generator.rendering.vectors import decode_vectors, encode_vector, shorten

TINY = old_lines.network()
SHAPE = vector.Shape(TINY.num_ws, TINY.w_dim)


def random_w(seed: int) -> torch.Tensor:
    return torch.from_numpy(np.random.RandomState(seed).randn(*SHAPE)).float()


def long_face(start: int = 7, count: int = 35) -> str:
    """Return a face that needs more characters than a line has."""
    face = str(start)
    for n in range(count):
        face = f"mix(move({face},d1=0.25,d2=-0.125),{n + 4_000_000_000},{n % 3})"
    return face


def picture(kind: str) -> bytes:
    """Return a file of a format with real pixels."""
    frames = np.random.RandomState(3).randint(0, 255, (3, 64, 64, 3), np.uint8)
    return encode.FORMATS[kind].write(frames, Timing(10, True))


PICTURES = {kind: picture(kind) for kind in ("png", "gif", "webp", "mp4")}


# The bytes of a vector.


@given(st.integers(0, 99))
def test_a_vector_is_its_w_in_float16(seed: int) -> None:
    w = random_w(seed)
    raw = encode_vector(w)
    assert vector.unpack(raw) == (SHAPE, w.numpy().astype("<f2").tobytes())
    recipe = Recipe.parse(f"waifu @{vector.digest_of(raw)}")
    (again,) = decode_vectors(recipe, {vector.digest_of(raw): raw}, TINY).values()
    assert torch.equal(again, w.half().float())
    assert encode_vector(again) == raw


@given(st.binary(max_size=400))
def test_other_bytes_are_no_vector(raw: bytes) -> None:
    assert vector.unpack(raw) is None
    sound = encode_vector(random_w(1))
    for damaged in (sound[:-1], sound + b"x", sound + bytes(vector.MAX_BYTES), sound[:12]):
        assert vector.unpack(damaged) is None


# Files.


@pytest.mark.parametrize("kind", PICTURES)
def test_every_format_carries_a_line_and_vectors_and_its_pixels_stay(kind: str) -> None:
    vectors = [encode_vector(random_w(seed)) for seed in range(3)]
    digests = [vector.digest_of(raw) for raw in vectors]
    made = stamp.write(PICTURES[kind], "waifu 1 psi=0.7", vectors)
    assert stamp.read(made) == "waifu 1 psi=0.7"
    assert stamp.read_vectors(made, digests) == dict(zip(digests, vectors, strict=True))
    assert stamp.read_vectors(made, digests[1:2]) == {digests[1]: vectors[1]}
    assert stamp.read_vectors(made, ["0" * 24]) == stamp.read_vectors(PICTURES[kind], digests) == {}
    if kind != "mp4":
        with Image.open(io.BytesIO(made)) as shown, Image.open(io.BytesIO(PICTURES[kind])) as plain:
            assert shown.n_frames == plain.n_frames
            assert np.array_equal(np.asarray(shown.convert("RGB")), np.asarray(plain.convert("RGB")))


@pytest.mark.parametrize("kind", PICTURES)
def test_a_damaged_vector_is_not_believed_and_any_bytes_are_safe(kind: str) -> None:
    raw = encode_vector(random_w(5))
    digest, chance = vector.digest_of(raw), random.Random(kind)
    made = stamp.write(PICTURES[kind], "waifu 1", [raw])
    at = made.index(raw[:200])
    for _ in range(40):
        broken = bytearray(made)
        broken[at + chance.randrange(200)] ^= 1 << chance.randrange(8)
        assert stamp.read_vectors(bytes(broken), [digest]) == {}
        cut = made[: chance.randrange(len(made))]
        assert stamp.read_vectors(cut, [digest]) in ({}, {digest: raw})


def test_a_file_with_a_hundred_thousand_vectors_costs_little() -> None:
    chunk = b"wfbv" + (4).to_bytes(4, "little") + b"abcd"
    body = b"WEBP" + chunk * 300_000
    assert stamp.read_vectors(b"RIFF" + len(body).to_bytes(4, "little") + body, ["0" * 24]) == {}


def test_a_picture_made_of_vectors_carries_them() -> None:
    raws = {vector.digest_of(raw): raw for raw in (encode_vector(random_w(seed)) for seed in (1, 2, 3))}
    first, second, _ = raws
    recipe = Recipe.parse(f"morph @{first} mix(7,@{second}) frames=3")
    file = render.render(recipe, TINY, enlarge=False, vectors=raws)
    assert stamp.read(file.body) == f"morph @{first} mix(7,@{second}) frames=3 model=tiny psi=0.7"
    assert stamp.read_vectors(file.body, list(raws)) == {digest: raws[digest] for digest in (first, second)}


# Lines that are too long.


def test_a_face_that_is_too_long_becomes_a_vector_that_looks_the_same() -> None:
    recipe = Recipe.make("waifu", long_face(), psi=0.6, cutoff=4, traits={"hair": "pink"})
    assert len(str(recipe)) > MAX_LINE_CHARS
    made = render.draft(recipe, TINY)
    (digest,) = made.vectors
    assert str(made.recipe) == f"waifu @{digest} cutoff=4 psi=0.7"
    whole = make_plan(recipe, TINY)
    assert torch.allclose(made.plan.w, whole.w, atol=4e-3)
    faces = (synthesise(TINY, [plan], [[0]])[0].astype(int) for plan in (made.plan, whole))
    assert abs(next(faces) - next(faces)).max() <= 2  # float16 has eleven bits
    again = render.draft(made.recipe, TINY, vectors=made.vectors)
    assert torch.equal(again.plan.w, made.plan.w)
    assert again[0::2] == made[0::2]


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe.make("morph", long_face(1), 2),
        Recipe.make("mix", long_face(1), "near(7,1)", fine=f"{long_face(2)},9"),
        Recipe.make("grid", faces=f"7,{long_face(3)},noise({long_face(4)},5)", psi="0.3,0.7"),
        Recipe.make("vary", long_face(5), by="z"),
        Recipe.make("psi", long_face(6), steps=3),
        Recipe.make("edit", f"noise({long_face(7)},3,coarse)", direction="d1", noise="random"),
        Recipe.make(
            "morph", long_face(8), long_face(9), noise="random", traits={"hair": "pink"}, **{"to.hair": "blue"}
        ),
    ],
    ids=lambda recipe: recipe.kind,
)
def test_every_kind_gets_a_short_line_that_draws_what_the_long_one_draws(recipe: Recipe) -> None:
    made = shorten(recipe, {}, TINY)
    assert len(str(made.recipe)) <= MAX_LINE_CHARS
    assert Recipe.parse(str(made.recipe)) == made.recipe
    assert set(made.vectors) == set(made.recipe.vectors)
    long, short = make_plan(recipe, TINY), render.draft(made.recipe, TINY, vectors=made.vectors).plan
    last = len(long.w) - 1
    drawn = [synthesise(TINY, [plan], [[0, last]]).astype(int) for plan in (long, short)]
    if recipe.kind == "vary":  # the relatives of a vector are others
        drawn = [faces[:1] for faces in drawn]
    if recipe.kind in ("psi", "grid"):  # psi also shrinks the moves that a vector contains
        assert abs(drawn[0] - drawn[1]).mean() < 40
    else:
        assert abs(drawn[0] - drawn[1]).max() <= 3


def test_only_as_many_faces_are_stored_as_must_be() -> None:
    recipe = Recipe.make("morph", long_face(1, 17), 7, long_face(2, 19), 8)
    assert [len(str(face)) for face in find_long_faces(recipe)] == [len(str(recipe.seeds[2]))]
    assert find_long_faces(Recipe.parse("waifu near(7,3)")) == []


def test_a_line_without_long_faces_or_in_z_is_refused() -> None:
    traits = {f"{n:032d}": "x" * 32 for n in range(30)}
    for recipe in (
        Recipe.make("grid", 3, seed=7, traits=traits),
        Recipe.make("morph", "near(" * 99 + "7" + ",123456789)" * 99, 8, space="z"),
    ):
        with pytest.raises(errors.LineTooLong):
            shorten(recipe, {}, TINY)


@settings(max_examples=6)
@given(st.integers(0, 10**6), st.sampled_from(["vary", "mix", "edit"]))
def test_a_cell_of_a_picture_with_a_long_line_can_be_gone_on_from(at: int, kind: str) -> None:
    face: Face | str = long_face(at % 9)
    options = {"vary": {"by": "z"}, "mix": {"fine": "20,21"}, "edit": {"direction": "d1,d2"}}[kind]
    recipe = Recipe.make(kind, face, **options)
    alone = cell(recipe, at % recipe.faces + 1)
    made = render.draft(Recipe.parse(str(alone), MAX_DRAFT_CHARS), TINY)
    assert len(str(made.recipe)) <= MAX_LINE_CHARS
    again = render.draft(Recipe.parse(str(made.recipe)), TINY, vectors=made.vectors)
    assert torch.equal(again.plan.w, made.plan.w)


def test_too_many_vectors_are_refused() -> None:
    face = "7"
    for n in range(vector.MAX_IN_RECIPE + 1):
        face = f"mix({face},@{n:024x},{n % 3})"
    with pytest.raises(errors.TooManyVectors, match="at most 32 stored faces; this one would show 33"):
        decode_vectors(Recipe.parse(f"waifu {face}"), {}, TINY)


def test_stored_faces_keep_their_noise() -> None:
    recipe = Recipe.parse("grid faces=noise(near(7,3),5,coarse),near(8,3) noise=random")
    digests = {face: f"{n:024x}" for n, face in enumerate(recipe.seeds)}
    stored = store_faces(recipe, digests)
    assert list(map(str, stored.seeds)) == [f"noise(noise(@{0:024x},5,coarse),7,fine)", f"noise(@{1:024x},8)"]
