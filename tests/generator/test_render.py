"""Tests the call from recipe to file, the command line around it, and the settings of the memory allocator."""

import copy
import io
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from generator import __main__ as command_line
from generator import allocator, checkpoints
from generator.contract import errors, stamp
from generator.contract.recipe import Recipe
from generator.rendering import plans, render
from generator.rendering.batch_size import BATCH_SECONDS, MAX_BATCH, RECOVERY_BATCHES, BatchSize
from generator.rendering.layout import Layout, compose
from generator.stylegan2.network import Generator, Hyperparameters

LINE = "morph 10 20 frames=6"


@pytest.fixture(scope="module")
def generator() -> Generator:
    hyper = Hyperparameters(resolution=16, channels={4: 8, 8: 8, 16: 8}, z_dim=16, w_dim=16, num_mapping_layers=2)
    made = Generator.new(hyper, seed=3, name="tiny").freeze()
    made.estimate_w_avg(200)
    return made


@pytest.fixture(scope="module")
def checkpoint(generator: Generator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    checkpoints.save(generator, path)
    return path


def face(seed: int, generator: Generator) -> np.ndarray:
    return render.raw_frames(Recipe.make("waifu", seed), generator)[0]


def difference(a: np.ndarray, b: np.ndarray) -> int:
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def test_a_morph_starts_and_turns_exactly_at_the_faces_of_its_seeds(generator):
    frames = render.raw_frames(Recipe.parse("morph 10 20 frames=8"), generator)
    assert frames.shape == (8, 256, 256, 3)
    assert difference(frames[0], face(10, generator)) <= 1
    assert difference(frames[4], face(20, generator)) <= 1


def test_a_grid_shows_its_seeds_row_by_row(generator):
    (grid,) = render.raw_frames(Recipe.parse("grid 2 seed=7"), generator)
    for i in range(4):
        row, column = divmod(i, 2)
        tile = grid[row * 256 : (row + 1) * 256, column * 256 : (column + 1) * 256]
        assert difference(tile, face(7 + i, generator)) <= 1


def test_a_small_network_is_enlarged_by_a_whole_factor_unless_no_enlarge_is_set(generator):
    small = render.raw_frames(Recipe.parse("waifu 5"), generator, enlarge=False)[0]
    large = render.raw_frames(Recipe.parse("waifu 5"), generator)[0]
    assert (small.shape, large.shape) == ((16, 16, 3), (256, 256, 3))
    means = large.reshape(16, 16, 16, 16, 3).mean(axis=(1, 3))
    assert np.abs(means - small).mean() < 12  # the same picture, neither shifted nor mirrored


def test_enlarging_keeps_a_flat_colour_exactly_and_each_face_to_itself():
    faces = np.stack([np.full((16, 16, 3), 10, np.uint8), np.full((16, 16, 3), 240, np.uint8)])
    frames = compose(Layout(1, 1, 2, 256, 256), faces)
    assert frames.shape == (1, 256, 512, 3)
    assert (frames[0, :, :256] == 10).all()
    assert (frames[0, :, 256:] == 240).all()


def test_a_file_carries_the_canonical_line_with_its_model(generator):
    file = render.render(Recipe.parse(LINE), generator)
    assert stamp.read(file.body) == "morph 10 20 frames=6 model=tiny psi=0.7"
    again = render.render(Recipe.parse(stamp.read(file.body) or ""), generator)
    assert again == file


def test_progress_counts_every_face_once_up_to_all(generator):
    seen: list[tuple[int, int]] = []
    render.render(
        Recipe.parse("morph 1 2 frames=5 size=2"), generator, progress=lambda done, total: seen.append((done, total))
    )
    assert seen[-1] == (20, 20)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_random_noise_is_the_same_whatever_else_is_in_the_batch(generator):
    plan = plans.make_plan(Recipe.parse("grid 2 seed=1 noise=random"), generator)
    together = render.synthesise(generator, [plan], [range(4)])
    alone = np.concatenate([render.synthesise(generator, [plan], [[i]]) for i in range(4)])
    assert difference(together, alone) <= 1


class Small(Generator):
    """A network whose memory holds at most ``most`` faces at once."""

    most = 2

    def fits(self, w: torch.Tensor) -> None:
        if len(w) > self.most:
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:119] . DefaultCPUAllocator: can't allocate memory: you tried 1 byte"
            )


@pytest.fixture
def short_of_memory(generator: Generator) -> Small:
    small = Small(generator.hyper, name="small")
    small.load_state_dict(generator.state_dict())
    small.freeze()
    small.synthesis.register_forward_pre_hook(lambda _, args: small.fits(args[0]))
    return small


def test_too_little_memory_for_a_batch_halves_it_and_changes_no_pixel(generator, short_of_memory):
    recipe = Recipe.parse("morph 10 20 frames=24")
    assert difference(render.raw_frames(recipe, short_of_memory), render.raw_frames(recipe, generator)) <= 1


def test_too_little_memory_for_one_face_is_a_sentence(short_of_memory):
    short_of_memory.most = 0
    with pytest.raises(errors.OutOfMemory, match="ask for something smaller"):
        render.render(Recipe.parse("waifu 1"), short_of_memory)


def test_another_error_in_the_network_is_not_taken_for_lack_of_memory(generator):
    plan = plans.make_plan(Recipe.parse("waifu 1"), generator)
    with pytest.raises(ValueError, match="noise"):
        render.synthesise(generator, [plans.Plan(plan.layout, plan.w, "pink", plan.noise_seeds, "png")], [[0]])


@pytest.mark.parametrize("factor", [1e38, -1e38, float("nan")])
def test_numbers_that_grow_without_bound_are_a_sentence_and_no_black_picture(generator, factor):
    large = copy.deepcopy(generator)
    with torch.no_grad():
        for name, weight in large.named_parameters():
            if name.endswith("torgb.weight"):
                weight.fill_(factor)
    with pytest.raises(errors.NotFinite, match="cannot draw this: its numbers grow without bound"):
        render.render(Recipe.parse("waifu 5"), large)


def test_batches_grow_by_doubling_to_what_half_a_second_holds():
    size, sizes = BatchSize(), []
    for _ in range(9):
        sizes.append(size.capacity)
        size.record(size.capacity, size.capacity * 0.03)
    assert sizes == [1, 2, 4, 8, 16, 16, 16, 16, 16]
    assert BATCH_SECONDS["cuda"] >= 16 * 0.03


def test_batches_of_a_fast_network_stop_at_the_largest_and_of_a_slow_one_at_one():
    fast, slow = BatchSize(), BatchSize()
    for _ in range(20):
        fast.record(fast.capacity, 1e-5)
        slow.record(slow.capacity, 2.0 * slow.capacity)
    assert (fast.capacity, slow.capacity) == (MAX_BATCH["cuda"], 1)


def test_batches_on_a_cpu_stay_small(generator):
    size = render.batch_size_for(generator)
    assert (size.limit, size.seconds) == (MAX_BATCH["cpu"], BATCH_SECONDS["cpu"])
    for _ in range(5):
        size.record(size.capacity, size.capacity * 0.04)
    assert size.capacity == 2


def test_one_slow_moment_does_not_shrink_the_batches():
    size = BatchSize()
    for _ in range(10):
        size.record(size.capacity, size.capacity * 0.01)
    before = size.capacity
    size.record(before, 5.0)
    assert size.capacity == before


def test_a_batch_too_large_for_the_memory_is_not_tried_again_soon():
    size = BatchSize(capacity=16)
    assert size.shrink(16)
    for _ in range(20):
        size.record(size.capacity, 0.001)
    assert size.capacity == 8
    assert not size.shrink(1)


def test_the_batch_size_recovers_after_memory_ran_out_once():
    size = BatchSize(capacity=16, limit=16)
    size.shrink(16)
    for _ in range(2 * RECOVERY_BATCHES):
        size.record(size.capacity, 0.001)
    assert size.capacity == 16
    assert not BatchSize().shrink(1)


def test_a_size_that_fails_again_and_again_is_tried_ever_more_rarely():
    size, tried = BatchSize(capacity=16, limit=16), []
    for batch in range(16 * RECOVERY_BATCHES):
        if size.capacity == 16:
            tried.append(batch)
            size.shrink(16)
        size.record(size.capacity, 0.001)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert 3 <= len(pauses) <= 5
    assert all(later > 1.5 * earlier for earlier, later in itertools.pairwise(pauses))


# The command line.


def run(*words: str | Path) -> int:
    return command_line.main([str(word) for word in words])


@pytest.mark.parametrize(("ending", "kind", "frames"), [(".gif", "GIF", 6), (".webp", "WEBP", 6), (".png", "PNG", 1)])
def test_the_ending_of_the_file_chooses_the_format_of_a_morph(checkpoint, tmp_path, capsys, ending, kind, frames):
    out = tmp_path / f"out{ending}"
    assert run("render", LINE, out, "--model", checkpoint) == 0
    image = Image.open(io.BytesIO(out.read_bytes()))
    assert (image.format, getattr(image, "n_frames", 1)) == (kind, frames)
    assert str(out) in capsys.readouterr().out


def test_a_picture_may_be_written_in_any_format(checkpoint, tmp_path):
    assert run("render", "waifu 5", tmp_path / "a.webp", "--model", checkpoint, "--no-enlarge") == 0
    assert Image.open(io.BytesIO((tmp_path / "a.webp").read_bytes())).size == (16, 16)


def test_a_model_is_found_by_its_name_in_a_folder(checkpoint, tmp_path):
    assert run("render", "waifu 5 model=tiny", tmp_path / "a.png", "--models", checkpoint.parent) == 0
    assert run("render", "waifu 5", tmp_path / "b.png", "--models", checkpoint.parent, "--model", "tiny") == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_picture_can_be_made_again_from_itself(checkpoint, tmp_path, capsys):
    run("render", "grid 2 seed=Asuka", tmp_path / "a.png", "--model", checkpoint)
    capsys.readouterr()
    assert run("inspect", tmp_path / "a.png") == 0
    line = capsys.readouterr().out.strip()
    run("render", line, tmp_path / "b.png", "--model", checkpoint)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_inspect_shows_what_a_checkpoint_holds_and_convert_keeps_it(checkpoint, tmp_path, capsys):
    assert run("convert", checkpoint, tmp_path / "half.safetensors", "--half") == 0
    assert run("inspect", tmp_path / "half.safetensors") == 0
    seen = capsys.readouterr().out
    assert "16 px" in seen
    assert checkpoints.inspect(tmp_path / "half.safetensors").digest in seen


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["render", "waifu 1", "a.jpg"],
            "the file's ending cannot be '.jpg'; choose one of: .png, .gif, .webp, .mp4, .npz.",
        ),
        (["render", "morph 1 2 format=mp4", "a.gif"], "Give either format=mp4 or a file ending in .gif, not both."),
        (["render", "morph 1 2 frames=60", "a.png"], "A strip can show 2 to 16 frames, not 60."),
        (["render", "morph 1 2 trait.format=x", "a.mp4", "--model", "CHECKPOINT"], "has no traits"),
        (["render", "waifu 1", "a.png", "--max-bytes", "-5", "--model", "CHECKPOINT"], "cannot be made small enough"),
        (["render", "portrait 1", "a.png"], "'portrait' is not a kind of picture"),
        (["render", "waifu 1", "a.png", "--model", "nobody"], "There is no model 'nobody' here"),
        (["render", "waifu 1", "a.png", "--model", "no/such.pkl"], "There is no file no/such.pkl"),
        (
            ["render", "waifu 1", "missing/a.png", "--model", "CHECKPOINT"],
            "could not be written: its folder does not exist",
        ),
        (["render", "waifu 1 trait.hair=pink", "a.png", "--model", "CHECKPOINT"], "has no traits"),
        (["inspect", "nothing.pkl"], "There is no file nothing.pkl"),
        (["inspect", __file__], "test_render.py"),
    ],
)
def test_an_error_is_one_sentence_and_exit_code_1(checkpoint, tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    assert run(*[checkpoint if word == "CHECKPOINT" else word for word in words]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert sentence in line


def test_inspect_says_that_a_picture_has_no_recipe(tmp_path, capsys):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    assert run("inspect", tmp_path / "a.png") == 1
    assert "a.png contains no recipe" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["draw-me"], ["render"], ["render", "waifu 1", "a.png", "--device", "abacus"]])
def test_wrong_usage_is_exit_code_2(words):
    with pytest.raises(SystemExit) as left:
        run(*words)
    assert left.value.code == 2


def test_help_needs_no_torch():
    code = (
        "import sys; from generator.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print('torch' in sys.modules)"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert seen.stdout.splitlines()[-1] == "False"


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is Linux's")
def test_activations_are_not_returned_to_the_kernel_after_every_layer():
    code = (
        "import torch, resource; from generator.allocator import keep_large_blocks\n"
        "print(keep_large_blocks())\n"
        "faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "layers = torch.nn.Sequential(*(torch.nn.Conv2d(8, 8, 3) for _ in range(4))).requires_grad_(False)\n"
        "x = torch.ones(1, 8, 512, 512)\n"
        "for _ in range(3): layers(x)\n"
        "before = faults()\n"
        "for _ in range(5): layers(x)\n"
        "print(faults() - before)"
    )
    seen = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    if seen[0] == "True":
        assert int(seen[1]) < 2000  # otherwise each of 20 activations of 8 MB takes 2,048 page faults of 4 KiB


def test_where_there_is_no_glibc_nothing_happens(monkeypatch):
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda _: object())
    assert allocator.keep_large_blocks() is False
    assert allocator.release_free_memory() is False
