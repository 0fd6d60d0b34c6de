"""The published contract: recipe lines, errors, protocol frames and stamps."""

import io
import random
import string
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generator import errors, protocol, recipe, stamp
from generator.recipe import KINDS, Recipe

SEEDS = st.integers(0, 2**32 - 1)
SLUGS = st.text(string.ascii_lowercase + string.digits + "_-", min_size=1, max_size=12)
PSI = st.floats(-2, 2, allow_nan=False)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    kind = draw(st.sampled_from(sorted(KINDS)))
    options: dict[str, object] = {"psi": draw(st.none() | PSI), "model": draw(st.none() | st.just("drawn-0"))}
    if kind == "grid":
        return Recipe.make(kind, draw(st.integers(1, 5)), seed=draw(SEEDS), **options)
    low, high = KINDS[kind].count
    if kind == "morph":
        options |= {
            "frames": draw(st.none() | st.integers(2, 16)),
            "fps": draw(st.none() | st.integers(1, 50)),
            "format": draw(st.sampled_from([None, "gif", "strip", "mp4"])),
            "loop": draw(st.none() | st.booleans()),
        }
    traits = draw(st.dictionaries(SLUGS, SLUGS, max_size=3))
    return Recipe.make(kind, *draw(st.lists(SEEDS, min_size=low, max_size=high)), traits=traits, **options)


@given(recipes())
def test_every_recipe_reads_back_from_its_own_line(made: Recipe) -> None:
    assert Recipe.parse(str(made)) == made
    assert str(Recipe.parse(str(made))) == str(made)


@given(st.text(max_size=200))
def test_any_text_is_a_recipe_or_one_sentence(text: str) -> None:
    try:
        made = Recipe.parse(text)
    except errors.RecipeError as error:
        assert "\n" not in str(error)  # noqa: PT017 - most texts raise and a few do not
    else:
        assert Recipe.parse(str(made)) == made


@pytest.mark.parametrize(
    ("line", "canonical"),
    [
        ("waifu 123", "waifu 123 psi=0.7"),
        ("waifu 123 psi=0.70 model=drawn-0", "waifu 123 model=drawn-0 psi=0.7"),
        ("waifu 1 psi=-0", "waifu 1 psi=0"),
        ("grid seed=5", "grid 3 psi=0.7 seed=5"),
        ("waifu 7 trait.hair=pink trait.eyes=green", "waifu 7 psi=0.7 trait.eyes=green trait.hair=pink"),
        (
            "morph 10 20 frames=60 fps=20 ease=sine space=w loop=yes size=1 format=gif",
            "morph 10 20 psi=0.7",
        ),
        ("morph 10 20 seconds=2 fps=25", "morph 10 20 fps=25 frames=50 psi=0.7"),
        ("morph 10 20 format=strip frames=8 loop=no", "morph 10 20 format=strip psi=0.7"),
        ("morph 10 20 format=strip loop=yes", "morph 10 20 format=strip loop=yes psi=0.7"),
    ],
)
def test_what_people_type_becomes_the_canonical_line(line: str, canonical: str) -> None:
    assert str(Recipe.parse(line)) == canonical


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", errors.EmptyRecipe),
        ("husbando 1", errors.UnknownKind),
        ("waifu", errors.WrongSeedCount),
        ("waifu 1 2", errors.WrongSeedCount),
        ("morph 1", errors.WrongSeedCount),
        ("morph 1 2 3 4 5 6 7 8 9", errors.WrongSeedCount),
        ("waifu 4294967296", errors.BadSeed),
        ("waifu -1", errors.BadSeed),
        ("waifu " + "9" * 300, errors.SeedTooLong),
        ("waifu 1 psi=9", errors.OutOfRange),
        ("waifu 1 psi=nan", errors.BadValue),
        ("waifu 1 psi=1 psi=1", errors.RepeatedOption),
        ("waifu 1 model=../../etc", errors.BadValue),
        ("waifu 1 model=" + "a" * 25, errors.BadValue),
        ("waifu 1 frames=3", errors.UnknownOption),
        ("waifu 1 trait.Hair=pink", errors.BadValue),
        ("grid 50 seed=1", errors.OutOfRange),
        ("grid 3", errors.MissingOption),
        ("morph 1 2 frames=0", errors.OutOfRange),
        ("morph 1 2 frames=100000", errors.OutOfRange),
        ("morph 1 2 frames=9 seconds=1", errors.Conflict),
        ("morph 1 2 seconds=200 fps=50", errors.OutOfRange),
        ("morph 1 2 format=exe", errors.NotAChoice),
        ("morph 1 2 format=strip frames=17", errors.OutOfRange),
    ],
)
def test_a_recipe_that_cannot_be_made_is_one_sentence(line: str, error: type[errors.RecipeError]) -> None:
    with pytest.raises(error) as caught:
        Recipe.parse(line)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert "…" not in str(caught.value) or len(line) > errors.MAX_FIELD_CHARS


def test_a_name_is_a_seed_whatever_its_width_or_case() -> None:
    assert recipe.seed_of("Asuka") == recipe.seed_of("asuka") == recipe.seed_of(" Ａｓｕｋａ ") == 1096863481
    assert recipe.seed_of("１２３") == 123
    assert recipe.seed_of("+5") == 5
    assert recipe.seed_of("綾波") != recipe.seed_of("Asuka")


def test_a_grid_counts_its_seeds_on_and_wraps_at_the_end() -> None:
    assert Recipe.parse("grid 2 seed=4294967294").seeds == (4294967294, 4294967295, 0, 1)


def test_a_recipe_changes_only_where_asked() -> None:
    made = Recipe.make("morph", 1, 2, fps=25, psi=0.5, traits={"hair": "pink"})
    assert made.replace(psi=1) == Recipe.make("morph", 1, 2, fps=25, psi=1, traits={"hair": "pink"})
    assert made.replace(fps=None)["fps"] == 20
    assert made.reseeded(8, 9).seeds == (8, 9)
    assert Recipe.parse("grid 2 seed=1").reseeded(7).seeds == (7, 8, 9, 10)
    assert made.on("drawn-0")["model"] == "drawn-0"
    assert made.on("drawn-0").on("other")["model"] == "drawn-0"


def test_every_error_survives_the_wire_and_reads_as_a_sentence() -> None:
    kinds = list(errors.all_errors())
    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        names = [name for _, name, _, _ in string.Formatter().parse(kind.sentence) if name]
        error = kind(**dict.fromkeys(names, "this"))
        again = errors.from_wire(error.code, error.fields)
        assert type(again) is kind
        assert str(again) == str(error)
        assert str(error).endswith((".", "!")) or str(error).endswith("this.")
        assert kind.__name__ in (errors.__doc__ or ""), f"{kind.__name__} is missing from the tree"


def test_an_error_quotes_what_was_typed_on_one_short_line() -> None:
    error = errors.BadSeed(value="x\n" * 500)
    assert "\n" not in str(error)
    assert len(str(error)) < 200


MESSAGES: list[protocol.Message] = [
    protocol.Ready(("waifu",), ("png",), (protocol.Model("m", 64, "abc", {"hair": ("pink", "blue")}),), "cpu", "1"),
    protocol.Run(1, "waifu 1 psi=0.7", 10, "someone"),
    protocol.Busy(2.5),
    protocol.Progress(1, 3, 60),
    *protocol.parts(1, bytes(range(256)) * 3000),
    protocol.Finished(1, "image/png", 768000, 256, 256, 1, {"side": 192}),
    protocol.Failed(2, "bad_seed", {"value": "x"}),
    protocol.Cancel(4),
]


@given(st.integers(1, 5000))
def test_messages_arrive_whole_however_the_stream_is_cut(step: int) -> None:
    wire = b"".join(map(protocol.encode, MESSAGES[:4] + MESSAGES[-3:]))
    decoder = protocol.Decoder()
    arrived = [message for i in range(0, len(wire), step) for message in decoder.feed(wire[i : i + step])]
    decoder.close()
    assert arrived == MESSAGES[:4] + MESSAGES[-3:]


def test_a_large_file_travels_in_parts_of_bounded_size() -> None:
    decoder = protocol.Decoder()
    arrived = [message for message in MESSAGES for message in decoder.feed(protocol.encode(message))]
    assert arrived == MESSAGES
    pieces = [message.body for message in arrived if isinstance(message, protocol.Part)]
    assert b"".join(pieces) == bytes(range(256)) * 3000
    assert max(map(len, pieces)) == protocol.MAX_BODY_BYTES


@given(st.binary(max_size=300))
def test_garbage_on_the_wire_is_a_protocol_error_and_nothing_else(raw: bytes) -> None:
    decoder = protocol.Decoder()
    try:
        list(decoder.feed(raw))
        decoder.close()
    except errors.ProtocolError:
        pass
    else:
        assert not raw


@pytest.mark.parametrize(
    "header",
    [
        b"[]",
        b"{}",
        b'{"type":"run"}',
        b'{"type":"run","id":true,"line":"x","max_bytes":1}',
        b'{"type":"run","id":1,"line":1,"max_bytes":1}',
        b'{"type":"run","id":1,"line":"x","max_bytes":1,"extra":1}',
        b'{"type":"part","id":1,"body":-1}',
        b'{"type":"part","id":1,"body":262145}',
        b'{"type":"ready","kinds":1,"formats":[],"models":[],"device":"","fingerprint":""}',
        b'{"type":"ready","kinds":[],"formats":[],"models":[3],"device":"","fingerprint":""}',
        b'{"type":"failed","id":1,"code":"x","fields":[]}',
        b"[" * 60000,
    ],
)
def test_a_frame_with_wrong_fields_is_refused(header: bytes) -> None:
    with pytest.raises(errors.ProtocolError):
        list(protocol.Decoder().feed(struct.pack(">I", len(header)) + header + b"x" * 300000))


def test_a_header_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(errors.ProtocolError):
        list(protocol.Decoder().feed(struct.pack(">I", protocol.MAX_HEADER_BYTES + 1)))


def picture(kind: str) -> bytes:
    """A file of the kind with real pixels; an MP4 of the boxes that any reader looks for."""
    if kind == "mp4":
        return struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0) + struct.pack(">I4s", 12, b"mdat") + b"abcd"
    out = io.BytesIO()
    noise = random.Random(kind)
    frames = [Image.frombytes("RGB", (32, 32), noise.randbytes(32 * 32 * 3)) for _ in range(3)]
    animated = {"save_all": True, "append_images": frames[1:], "duration": 50} if kind in ("gif", "webp") else {}
    frames[0].save(out, kind, **animated)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["png", "gif", "webp", "mp4"])
def test_a_stamp_is_read_back_and_leaves_the_picture_as_it_was(kind: str) -> None:
    plain, line = picture(kind), "morph 10 20 psi=0.7 " + "trait.a=b " * 60
    stamped = stamp.write(plain, line)
    assert stamp.read(plain) is None
    assert stamp.read(stamped) == line
    assert stamp.read(stamp.write(stamped, "waifu 1 psi=1")) == "waifu 1 psi=1"
    if kind != "mp4":
        before, after = Image.open(io.BytesIO(plain)), Image.open(io.BytesIO(stamped))
        for i in range(getattr(before, "n_frames", 1)):
            before.seek(i)
            after.seek(i)
            assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()


@pytest.mark.parametrize("kind", ["png", "gif", "webp", "mp4"])
@given(data=st.data())
def test_a_damaged_stamp_never_raises(kind: str, data: st.DataObject) -> None:
    file = bytearray(stamp.write(picture(kind), "waifu 1 psi=0.7"))
    for at in data.draw(st.lists(st.integers(0, len(file) - 1), max_size=8)):
        file[at] = data.draw(st.integers(0, 255))
    line = stamp.read(bytes(file[: data.draw(st.integers(0, len(file)))]))
    assert line is None or line.isprintable()


def test_only_pictures_can_be_stamped() -> None:
    with pytest.raises(ValueError, match="not a PNG"):
        stamp.write(b"hello", "waifu 1")
    assert stamp.read(b"hello") is None
    assert stamp.read(b"") is None


def test_a_png_stamp_has_a_valid_checksum() -> None:
    stamped = stamp.write(picture("png"), "waifu 1 psi=0.7")
    at = stamped.index(b"tEXtwaifubot")
    size = int.from_bytes(stamped[at - 4 : at], "big")
    assert zlib.crc32(stamped[at : at + 4 + size]) == int.from_bytes(stamped[at + 4 + size : at + 8 + size], "big")
