"""Tests the published contract: recipe lines, errors, protocol frames and stamps."""

import io
import random
import string
import struct
import zlib

import pytest
from any_recipe import recipes
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generator.contract import errors, names, protocol, stamp, vector
from generator.contract.cells import find_cells
from generator.contract.kinds import KINDS, trait_directions
from generator.contract.recipe import Recipe
from generator.contract.seeds import parse_seed


@given(recipes())
def test_every_recipe_reads_back_from_its_own_line(made: Recipe) -> None:
    assert Recipe.parse(str(made)) == made
    assert str(Recipe.parse(str(made))) == str(made)


@given(st.text(max_size=200))
def test_any_text_is_a_recipe_or_one_sentence(text: str) -> None:
    try:
        made = Recipe.parse(text)
    except errors.RecipeError as error:
        assert "\n" not in str(error)  # noqa: PT017 - most texts raise an error, but a few do not
    else:
        assert Recipe.parse(str(made)) == made


@pytest.mark.parametrize(
    ("line", "canonical"),
    [
        ("waifu 123", "waifu 123 psi=0.7"),
        ("waifu 123 psi=0.70 model=drawn-4", "waifu 123 model=drawn-4 psi=0.7"),
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
        ("morph 10 10 to.hair=pink trait.hair=black", "morph 10 10 psi=0.7 to.hair=pink trait.hair=black"),
        ("grid 2 seed=1 psi=0.3,0.70,1.3", "grid 2 psi=0.3,0.7,1.3 seed=1"),
        ("grid 2 seed=1 psi=.7", "grid 2 psi=0.7 seed=1"),
        ("mix 10 20", "mix 10 20 psi=0.7"),
        ("mix 10 fine=20 layers=3-3", "mix 10 20 layers=3 psi=0.7"),
        ("mix 10 11 fine=20", "mix 10 11 fine=20 psi=0.7"),
        ("mix 10 fine=020,Asuka layers=0-3", "mix 10 fine=20,1096863481 layers=0-3 psi=0.7"),
        ("vary 7 layers=all format=png frames=16 fps=8", "vary 7 psi=0.7"),
        ("vary 7 layers=fine format=gif", "vary 7 format=gif layers=fine psi=0.7"),
        ("psi 7 from=0 to=1.50 steps=7", "psi 7"),
        ("psi 7 from=-0.5", "psi 7 from=-0.5"),
        ("edit 7 direction=d1 amount=2", "edit 7 direction=d1 psi=0.7"),
        (
            "edit 7 direction=hair-pink amount=-1.50 layers=2-5",
            "edit 7 amount=-1.5 direction=hair-pink layers=2-5 psi=0.7",
        ),
        ("edit 7 direction=d1 format=strip frames=7", "edit 7 direction=d1 format=strip psi=0.7"),
    ],
)
def test_a_typed_line_becomes_the_canonical_line(line: str, canonical: str) -> None:
    assert str(Recipe.parse(line)) == canonical


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", errors.EmptyRecipe),
        ("husbando 1", errors.UnknownKind),
        ("waifu", errors.WrongSeedCount),
        ("waifu 1 2", errors.WrongSeedCount),
        ("morph 1", errors.WrongSeedCount),
        (" ".join(map(str, ["morph", *range(25)])), errors.WrongSeedCount),
        ("waifu 4294967296", errors.BadSeed),
        ("waifu -1", errors.BadSeed),
        ("waifu " + "9" * 300, errors.SeedTooLong),
        ("waifu 1 psi=9", errors.OutOfRange),
        ("waifu 1 psi=nan", errors.BadValue),
        ("waifu 1 psi=1 psi=1", errors.RepeatedOption),
        ("waifu 1 model=../../etc", errors.BadValue),
        ("waifu 1 model=" + "a" * 41, errors.BadValue),
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
        ("morph 1 2 to.Hair=pink", errors.BadValue),
        ("morph 1 2 to.TRAIT=pink", errors.BadValue),
        ("waifu 1 to.hair=pink", errors.UnknownOption),
        ("waifu 1 psi=0.3,0.7", errors.BadValue),
        ("grid 2 seed=1 psi=0.3,", errors.BadValue),
        ("grid 2 seed=1 psi=0.3,3", errors.OutOfRange),
        ("grid 2 seed=1 psi=0,0,0,0,0", errors.OutOfRange),
        ("mix 10", errors.WrongSeedCount),
        ("mix 10 11 12", errors.WrongSeedCount),
        ("mix 1 2 3 4 5 6 fine=7", errors.WrongSeedCount),
        ("mix 1 fine=1,2,3,4,5,6", errors.OutOfRange),
        ("mix 1 fine=1,,2", errors.BadSeed),
        ("mix 1 2 layers=3-1", errors.BadValue),
        ("mix 1 2 layers=coarse", errors.BadValue),
        ("mix 1 2 layers=0-18", errors.OutOfRange),
        ("vary 7 layers=0-3", errors.NotAChoice),
        ("vary 7 noise=none", errors.UnknownOption),
        ("psi 7 psi=1", errors.UnknownOption),
        ("psi 7 steps=1", errors.OutOfRange),
        ("edit 7", errors.MissingOption),
        ("edit 7 direction=../x", errors.BadValue),
        ("edit 7 direction=d1,", errors.BadValue),
        ("edit 7 direction=" + ",".join(["d1"] * 11), errors.OutOfRange),
        ("edit 7 direction=" + ",".join(["d"] * 101), errors.BadValue),
        ("edit 7 direction=d1,d2 format=gif", errors.Conflict),
        ("vary 7 by=w", errors.NotAChoice),
        ("edit 7 direction=d1 amount=4", errors.OutOfRange),
        ("edit 7 direction=d1 format=strip frames=17", errors.OutOfRange),
    ],
)
def test_a_recipe_that_cannot_be_made_is_one_sentence(line: str, error: type[errors.RecipeError]) -> None:
    with pytest.raises(error) as caught:
        Recipe.parse(line)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert "…" not in str(caught.value) or len(line) > errors.MAX_FIELD_CHARS


def test_a_name_is_a_seed_whatever_its_width_or_case() -> None:
    assert parse_seed("Asuka") == parse_seed("asuka") == parse_seed(" Ａｓｕｋａ ") == 1096863481
    assert parse_seed("１２３") == 123
    assert parse_seed("+5") == 5
    assert parse_seed("綾波") != parse_seed("Asuka")


def test_the_seeds_of_a_grid_count_up_and_wrap_at_the_end() -> None:
    assert Recipe.parse("grid 2 seed=4294967294").seeds == (4294967294, 4294967295, 0, 1)


def test_a_mix_has_coarse_and_fine_seeds() -> None:
    pair, table = Recipe.parse("mix 10 20"), Recipe.parse("mix 10 11 fine=20,21,22")
    assert (pair.coarse, pair.fine, pair.seeds) == ((10,), (20,), (10, 20))
    assert (table.coarse, table.fine, table.seeds) == ((10, 11), (20, 21, 22), (10, 11, 20, 21, 22))
    assert pair.with_seeds(8, 9).seeds == (8, 9)
    assert table.with_seeds(8, 9).seeds == (8, 9, 20, 21, 22)
    assert table.with_seeds(8, 9, 1, 2, 3).seeds == (8, 9, 1, 2, 3)
    assert Recipe.parse("mix 1 2 layers=2-5").layers == range(2, 6)
    assert pair.layers is None


def test_several_psi_are_read_as_numbers() -> None:
    assert Recipe.parse("grid 2 seed=1 psi=0.3,-1").psis == (0.3, -1)
    assert Recipe.parse("grid 2 seed=1").psis == (0.7,)
    assert Recipe.parse("grid 2 seed=1 psi=0.5")["psi"] == 0.5


def test_the_last_face_of_a_morph_has_traits_of_its_own() -> None:
    made = Recipe.parse("morph 1 2 trait.hair=black trait.eyes=red to.hair=pink")
    assert made.last_traits == {"hair": "pink", "eyes": "red"}
    assert made.with_traits({"hair": "blue"}).last_traits == {"hair": "pink"}
    assert made.replace(fps=25).with_seeds(3, 4).last_traits == made.last_traits


@pytest.mark.parametrize(
    ("line", "animated"), [("edit 7 direction=d1", False), ("morph 1 2", True), ("vary 7 format=mp4", True)]
)
def test_a_recipe_knows_whether_it_is_animated(line: str, animated: bool) -> None:
    assert Recipe.parse(line).animated is animated
    assert not Recipe.parse("psi 7").animated


def test_every_kinds_example_is_a_recipe() -> None:
    for name, kind in KINDS.items():
        for line in kind.example.split(", or "):
            assert Recipe.parse(line).kind == name


def test_a_picture_to_look_for_is_named_by_its_digest_and_shows_no_face_yet() -> None:
    made = Recipe.make("like", picture=vector.digest_of(b"an uploaded file"), model="drawn-4")
    assert str(made) == f"like model=drawn-4 picture={vector.digest_of(b'an uploaded file')}"
    assert Recipe.parse(str(made)) == made
    assert made.seeds == ()
    assert made.vectors == ()
    assert find_cells(made) == []
    assert not made.animated
    assert Recipe.parse(f"{made} trait.hair=pink") == made  # there is no seed to have it


@pytest.mark.parametrize("words", ["", "picture=abc", f"picture={'A' * 24}", f"7 picture={'0' * 24}", "psi=1"])
def test_a_line_without_a_picture_to_look_for_is_refused(words: str) -> None:
    with pytest.raises(errors.RecipeError):
        Recipe.parse(f"like {words}")


def test_every_direction_has_one_name() -> None:
    directions = trait_directions({"hair": ("pink", "blue"), "back-hair": ("bob",)})
    assert directions == {
        "hair-pink": ("hair", "pink"),
        "hair-blue": ("hair", "blue"),
        "back-hair-bob": ("back-hair", "bob"),
    }


def test_a_recipe_changes_only_where_asked() -> None:
    made = Recipe.make("morph", 1, 2, fps=25, psi=0.5, traits={"hair": "pink"})
    assert made.replace(psi=1) == Recipe.make("morph", 1, 2, fps=25, psi=1, traits={"hair": "pink"})
    assert made.replace(fps=None)["fps"] == 20
    assert made.with_seeds(8, 9).seeds == (8, 9)
    assert Recipe.parse("grid 2 seed=1").with_seeds(7).seeds == (7, 8, 9, 10)
    assert made.on("drawn-4")["model"] == "drawn-4"
    assert made.on("drawn-4").on("other")["model"] == "drawn-4"


@given(recipes())
def test_every_option_is_read_as_one_type(made: Recipe) -> None:
    options = KINDS[made.kind].options
    assert made.model == made["model"]
    assert made.format == (made["format"] if "format" in options else "png")
    for name in {"frames", "fps", "loop", "ease", "space", "size", "by", "noise", "cutoff", "amount", "steps", "seed"}:
        if name in options and not (name == "seed" and made["faces"]):
            assert getattr(made, name) == made[name]
        elif name not in options:
            with pytest.raises(KeyError):
                getattr(made, name)
    assert made.faces >= 1


@pytest.mark.parametrize(
    ("text", "name"),
    [("Show recipe", "show-recipe"), ("--a  b!", "a-b"), ("Café 2", "caf-2"), ("綾波", ""), ("a_b", "a-b")],
)
def test_a_slug_is_made_of_small_letters_and_digits(text: str, name: str) -> None:
    assert names.slug(text) == name
    assert names.slug(name) == name


def test_a_slug_keeps_the_characters_named_in_keep() -> None:
    assert names.slug("Back_Hair--long!", keep="_-") == "back_hair--long"


@pytest.mark.parametrize("name", ["drawn-4", "x" * 40, "a", "3"])
def test_a_model_may_be_given_a_name_of_small_letters_digits_and_single_dashes(name: str) -> None:
    assert names.is_model_name(name)
    assert Recipe.make("waifu", 1, model=name).model == name


@pytest.mark.parametrize("name", ["", "x" * 41, "a--b", "-a", "a-", "A", "a_b", "綾波", "a b"])
def test_other_texts_are_no_names_of_models(name: str) -> None:
    assert not names.is_model_name(name)


def test_folded_words_are_equal_however_they_are_typed() -> None:
    assert names.fold(" Back_Hair ") == names.fold("back hair") == names.fold("BACK-HAIR") == "back-hair"
    assert names.fold("Ｐｉｎｋ") == "pink"
    assert names.fold("粉红") == "粉红"


def test_a_model_is_found_by_any_of_its_names_and_a_missing_one_says_why() -> None:
    models = (protocol.Model("a", 64, "1", aliases=("b", "c")), protocol.Model("d", 64, "2"))
    missing = tuple(protocol.MissingModel(code.replace("_", "-"), "3", code) for code in protocol.WHY_MISSING)
    ready = protocol.Ready(("waifu",), ("png",), models, "cpu", "1", missing)
    assert [ready.model(name).name for name in "abcd"] == ["a", "a", "a", "d"]
    for one in missing:
        with pytest.raises(protocol.WHY_MISSING[one.code], match=one.name):
            ready.model(one.name)
        assert ready.offered(one.name) is None
    with pytest.raises(errors.UnknownModel, match="There is no model 'x' here; choose one of: a, d"):
        ready.model("x")


def test_every_error_survives_the_wire_and_reads_as_a_sentence() -> None:
    # If the bot is loaded, the list also has the bot's own errors.
    kinds = [kind for kind in errors.all_errors() if kind.__module__ == errors.__name__]
    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        fields = [name for _, name, _, _ in string.Formatter().parse(kind.sentence) if name]
        error = kind(**dict.fromkeys(fields, "this"))
        again = errors.from_wire(error.code, error.fields)
        assert type(again) is kind
        assert str(again) == str(error)
        assert str(error).endswith((".", "!")) or str(error).endswith("this.")
        assert kind.__name__ in (errors.__doc__ or ""), f"{kind.__name__} is missing from the tree"


def test_an_error_quotes_typed_text_on_one_short_line() -> None:
    for typed in ("x\n" * 500, "a, b, " * 500):
        error = errors.BadSeed(value=typed)
        assert "\n" not in str(error)
        assert len(str(error)) < 200
    assert len(str(errors.UnknownModel(model="x", known="drawn-4, " * 5000))) < 1200


MESSAGES: list[protocol.Message] = [
    protocol.Ready(
        ("waifu",),
        ("png",),
        (
            protocol.Model(
                "m",
                64,
                "abc",
                {"hair": ("pink", "blue")},
                10,
                True,
                title="动漫",
                aliases=("n", "o"),
                z_dim=8,
                odds={"hair": (0.2, 0.8)},
                all_values={"hair": ("pink", "blue", "grey")},
            ),
        ),
        "cpu",
        "1",
        (protocol.MissingModel("gone", "def", "model_gone"),),
    ),
    *protocol.attach(1, bytes(range(256)) * 1100),
    protocol.Run(1, "waifu 1 psi=0.7", 10, "someone", ("ab", "cd")),
    protocol.ContactSheet(3, ("ab", "", "cd"), 21, 10, "someone"),
    protocol.Busy(2.5),
    protocol.Progress(1, 3, 60),
    protocol.Preview(1, "image/webp", 512, 256, b"a small picture"),
    *protocol.parts(1, bytes(range(256)) * 3000),
    protocol.Finished(1, "image/png", 768000, 256, 256, 1, {"side": 192}),
    protocol.Finished(1, "image/png", 768000, 512, 256, traits_read={"hair": "pink"}, psnr=24.5),
    protocol.Failed(2, "bad_seed", {"value": "x"}),
    protocol.Cancel(4),
]


FEW = [message for message in MESSAGES if not isinstance(message, protocol.Part | protocol.Attach)]


@given(st.integers(1, 5000))
def test_messages_arrive_whole_however_the_stream_is_cut(step: int) -> None:
    wire = b"".join(map(protocol.encode, FEW))
    decoder = protocol.Decoder()
    arrived = [message for i in range(0, len(wire), step) for message in decoder.feed(wire[i : i + step])]
    decoder.close()
    assert arrived == FEW


def test_a_large_file_travels_in_parts_of_bounded_size() -> None:
    decoder = protocol.Decoder()
    arrived = [message for message in MESSAGES for message in decoder.feed(protocol.encode(message))]
    assert arrived == MESSAGES
    pieces = [message.body for message in arrived if isinstance(message, protocol.Part)]
    assert b"".join(pieces) == bytes(range(256)) * 3000
    assert max(map(len, pieces)) == protocol.MAX_BODY_BYTES
    attached = [message.body for message in arrived if isinstance(message, protocol.Attach)]
    assert b"".join(attached) == bytes(range(256)) * 1100
    assert len(attached) == 2


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
        b'{"type":"attach","id":1,"digest":7,"body":1}',
        b'{"type":"run","id":1,"line":"x","max_bytes":1,"attachments":"ab"}',
        b'{"type":"part","id":1,"body":262145}',
        b'{"type":"ready","kinds":1,"formats":[],"models":[],"device":"","fingerprint":""}',
        b'{"type":"ready","kinds":[],"formats":[],"models":[3],"device":"","fingerprint":""}',
        b'{"type":"failed","id":1,"code":"x","fields":[]}',
        b'{"type":"preview","id":1,"media_type":"image/webp","width":1,"height":1.5,"body":1}',
        b'{"type":"finished","id":1,"media_type":"","size":1,"width":1,"height":1,"traits_read":{"hair":1}}',
        b'{"type":"finished","id":1,"media_type":"","size":1,"width":1,"height":1,"psnr":NaN}',
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
    """Return a file of this kind with real pixels, or for MP4 just the boxes that every reader looks for."""
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


@pytest.mark.parametrize("kind", ["png", "gif", "webp", "mp4"])
def test_a_stamp_carries_the_network_and_those_of_earlier_versions_carry_none(kind: str) -> None:
    plain, line, network = picture(kind), "waifu 1 model=cats psi=0.7", "0123456789abcdef"
    stamped = stamp.write(plain, line, network=network)
    assert stamp.read_stamp(stamped) == stamp.Stamp(line, network)
    assert stamp.read(stamped) == line
    assert stamp.read_stamp(stamp.write(plain, line)) == stamp.Stamp(line, "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("waifu 1\nlater: more\nnetwork 0123456789abcdef", stamp.Stamp("waifu 1", "0123456789abcdef")),
        ("waifu 1\nnetwork 0123", stamp.Stamp("waifu 1")),
        ("waifu 1\nnetwork 0123456789ABCDEF", stamp.Stamp("waifu 1")),
        ("waifu 1\n", stamp.Stamp("waifu 1")),
        ("\nnetwork 0123456789abcdef", None),
        ("waifu\t1\nnetwork 0123456789abcdef", None),
    ],
)
def test_what_else_stands_in_a_stamp_is_passed_over(text: str, found: stamp.Stamp | None) -> None:
    assert stamp.read_stamp(stamp.write(picture("png"), text)) == found


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


def png_stamp(line: bytes, flip: int = 0) -> bytes:
    """Return a chunk with a stamp, whose checksum has these bits flipped."""
    data = b"tEXtwaifubot\0" + line
    return struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data) ^ flip)


def test_a_png_stamp_whose_checksum_is_wrong_is_not_believed() -> None:
    stamped = stamp.write(picture("png"), "waifu 3 psi=0.7")
    assert stamp.read(stamped.replace(b"waifu 3", b"waifu 7")) is None
    at = stamped.index(b"tEXtwaifubot")
    for bit in range(8 * (at - 4), 8 * (stamped.index(b"IEND") - 4)):
        damaged = bytearray(stamped)
        damaged[bit // 8] ^= 1 << bit % 8
        assert stamp.read(bytes(damaged)) is None


def test_a_damaged_stamp_does_not_bring_back_the_one_before_it() -> None:
    plain = picture("png")
    head, tail = plain[: plain.index(b"IEND") - 4], plain[plain.index(b"IEND") - 4 :]
    before, last = png_stamp(b"waifu 1"), png_stamp(b"waifu 2")
    assert stamp.read(head + before + last + tail) == "waifu 2"
    assert stamp.read(head + before + png_stamp(b"waifu 2", flip=1) + tail) is None
    assert stamp.read(head + png_stamp(b"waifu 1", flip=1) + last + tail) == "waifu 2"


def gif_of_sub_blocks(size: int, count: int) -> bytes:
    """Return a GIF whose one comment has ``count`` sub-blocks of ``size`` bytes."""
    return b"GIF89a" + bytes(7) + b"\x21\xfe" + (bytes([size]) + b"a" * size) * count + b"\0;"


def test_the_sub_blocks_of_a_gif_are_bounded_and_those_of_a_large_picture_are_not_too_many() -> None:
    line = "waifu 3 psi=0.7"
    assert stamp.read(stamp.write(gif_of_sub_blocks(255, 120_000), line)) == line  # 30 MB; the bot posts at most 24 MiB
    assert stamp.read(stamp.write(gif_of_sub_blocks(1, 90_000), line)) == line
    blocks = gif_of_sub_blocks(1, 4_000_000)
    end = stamp.write(gif_of_sub_blocks(1, 1), line)[13 + 2 + 2 + 1 :]  # the stamp and the trailer
    assert stamp.read(blocks[:-1] + end) is None
