"""Tests the StyleGAN3 network: its filters against the textbook's, and what it draws when it is moved, or in batches.

test_checkpoints.py compares whole networks with the pictures of the original program.
"""

import checkpoint_writers as writers
import numpy as np
import project_paths
import pytest
import torch
import torch.nn.functional as F

from generator import checkpoints
from generator.stylegan3 import filters, network
from generator.stylegan3.hyperparameters import Hyperparameters, LayerShape
from generator.stylegan3.network import Generator

FIXTURES = project_paths.FIXTURES


def textbook(x: torch.Tensor, up_filter: torch.Tensor, down_filter: torch.Tensor, layer: LayerShape, clamp):
    """Compute a filtered leaky ReLU step by step as the paper describes it, in float64."""
    n, channels, side, _ = x.shape
    spread = torch.zeros(n, channels, side * layer.up, side * layer.up, dtype=torch.float64)
    spread[:, :, :: layer.up, :: layer.up] = x
    after = layer.raised_size + layer.up_taps - 1 - side * layer.up - layer.before
    spread = F.pad(spread, [layer.before, after] * 2)
    planes = spread.flatten(0, 1)[:, None]  # one channel each
    taps = up_filter.double() * layer.up
    raised = F.conv2d(F.conv2d(planes, taps[None, None, None]), taps[None, None, :, None])
    raised = F.leaky_relu(raised, 0.2) * 2**0.5
    raised = raised if clamp is None else raised.clamp(-clamp, clamp)
    kernel = down_filter if down_filter.ndim == 2 else torch.outer(down_filter, down_filter)
    return F.conv2d(raised, kernel.double()[None, None], stride=layer.down).unflatten(0, (n, channels))[:, :, 0]


def symmetric(*size: int) -> torch.Tensor:
    taps = torch.rand(size)
    taps = taps + taps.flip(tuple(range(len(size))))
    return taps / taps.sum()


def layers() -> list[LayerShape]:
    """Return layers that keep, double and quadruple the rate, grow and crop the picture, and have either filter."""
    found = []
    for radial, kernel in ((0, 3), (9, 1)):
        for sizes, rates in (((9, 9, 14, 12, 12), (4, 4, 8, 8, 8)), ((7, 8, 21, 21), (4, 4, 16, 16))):
            channels = (20, 5, 20, 3, 3)[: len(sizes)]
            hyper = Hyperparameters(sizes, rates, channels, kernel=kernel, radial_layers=radial)
            found += hyper.layers[:-1]
    return found


@pytest.mark.parametrize(("piece", "clamp"), [(1, 0.5), (9000, None), (10**9, 0.5)])
def test_a_filtered_nonlinearity_equals_the_textbooks_in_pieces_of_any_size(monkeypatch, piece, clamp):
    monkeypatch.setattr(filters, "PIECE", {"cpu": piece})
    monkeypatch.setattr(filters, "CHANNELS", 16)
    monkeypatch.setattr(filters, "ROWS", 5)
    torch.manual_seed(0)
    for layer in layers():
        x = torch.randn(2, layer.out_channels, *[layer.in_size + layer.kernel - 1] * 2)
        up, down = symmetric(layer.up_taps), symmetric(*[layer.down_taps] * (2 if layer.radial else 1))
        expected = textbook(x, up, down, layer, clamp)
        for features in (x, x.contiguous(memory_format=torch.channels_last)):
            found = filters.filtered_lrelu(lambda part: features[:, part], 2, up, down, layer, clamp)  # noqa: B023
            assert found.shape == expected.shape
            assert (found - expected).abs().max() < 2e-6


def test_the_names_sizes_and_channels_of_layers_are_those_of_the_public_networks():
    rates = (16, 16, 32, 32, 64, 128, 128, 256, 256, 512, 1024, 1024, 1024, 1024, 1024)
    sizes = (*(rate + 20 for rate in rates[:-2]), 1024, 1024)
    channels = (512,) * 7 + (323, 203, 128, 81, 51, 32, 32, 3)
    hyper = Hyperparameters(sizes, rates, channels)
    assert [layer.name for layer in hyper.layers][10:] == [
        *("L10_1044_81", "L11_1044_51", "L12_1044_32", "L13_1024_32", "L14_1024_3"),
    ]
    assert [layer.before for layer in hyper.layers] == [9, 9, -6, 9, -6, -6, 9, -6, 9, -6, -6, 9, 9, -11, 0]
    assert (hyper.num_ws, hyper.resolution, hyper.img_channels) == (16, 1024, 3)
    assert sum(p.numel() for p in _on_meta(hyper).parameters()) == 22_313_167
    assert Hyperparameters.from_dict(hyper.to_dict()) == hyper


def _on_meta(hyper: Hyperparameters) -> Generator:
    with torch.device("meta"):
        return Generator(hyper)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sizes": (12, 12, 20, 20, 16)},
        {"sizes": (12, 12, 20, 20, 16, 5000)},
        {"rates": (8, 8, 16, 16, 16, 12)},
        {"rates": (8, 8, 16, 16, 16, 0)},
        {"rates": (1, 8, 16, 16, 16, 16)},
        {"channels": (6, 6, 5, 4, 4, True)},
        {"channels": (6, 6, 5, 60_000, 4, 3), "sizes": (12, 12, 20, 2048, 16, 16)},
        {"kernel": 9},
        {"filter_size": 17},
        {"lrelu_upsampling": 1},
        {"bandwidth": 0.0},
        {"conv_clamp": float("nan")},
        {"output_scale": float("inf")},
        {"num_mapping_layers": 0},
    ],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=r"\w"):
        Hyperparameters(**writers.STYLEGAN3 | wrong)


@pytest.fixture(scope="module")
def rotatable() -> Generator:
    return checkpoints.load(FIXTURES / "sg3_r_64.pkl")


@pytest.fixture(scope="module")
def narrow() -> Generator:
    return checkpoints.load(FIXTURES / "sg3_t_narrow.pkl")


def latents(generator: Generator, n: int) -> torch.Tensor:
    z = torch.from_numpy(np.random.RandomState(0).randn(n, generator.z_dim)).float()
    return generator.mapping(z, psi=0.7)


def moved(degrees: float, x: float, y: float) -> torch.Tensor:
    """Return the transform of a picture turned counter-clockwise and then shifted: the inverse of that map."""
    angle = np.radians(degrees)
    forward = [[np.cos(angle), np.sin(angle), x], [-np.sin(angle), np.cos(angle), y], [0, 0, 1]]
    return torch.from_numpy(np.linalg.inv(forward))[None].float()


def test_a_quarter_turn_of_config_r_is_the_turned_picture(rotatable):
    w = latents(rotatable, 1)
    still, turned = rotatable.synthesis(w), rotatable.synthesis(w, transform=moved(90, 0, 0))
    assert (turned - still.rot90(1, (2, 3))).abs().max() < 1e-5


def test_a_shift_by_whole_pixels_moves_the_picture(rotatable):
    w = latents(rotatable, 1)
    still, shifted = rotatable.synthesis(w), rotatable.synthesis(w, transform=moved(0, 5 / 64, -3 / 64))
    # Near the border both pictures still show what lies beyond the margin, which moves along; far from it they agree.
    error = (shifted[:, :, 12:40, 17:50] - still[:, :, 15:43, 12:45]).abs().max()
    assert error < 0.05 < (shifted - still).abs().max() / 4


def test_the_same_faces_come_out_of_any_batch(narrow):
    w, places = latents(narrow, 3), torch.cat([moved(0, 0, 0), moved(30, 0, 0), moved(0, 0.2, 0)])
    together = narrow.synthesis(w, transform=places)
    for i in range(3):
        alone = narrow.synthesis(w[i : i + 1], transform=places[i : i + 1])
        assert (together[i] - alone[0]).abs().max() < 2e-5 * together.abs().max()
    assert (together[0] - narrow.synthesis(w[:1])[0]).abs().max() < 2e-5 * together.abs().max()


def test_half_precision_is_used_where_it_pays_and_less_where_it_spoils_the_picture(rotatable, monkeypatch):
    monkeypatch.setattr(network, "half_dtype", lambda device, clamp: torch.bfloat16)
    synthesis, w = rotatable.synthesis, latents(rotatable, 1)
    exact, cpu = synthesis(w), torch.device("cpu")
    monkeypatch.setattr(synthesis, "precision", "auto")
    monkeypatch.setattr(synthesis, "_less", 0)
    large = [shape.out_channels * shape.out_size**2 > network.HALF_FEATURES for shape in rotatable.hyper.layers]
    assert [dtype == torch.bfloat16 for dtype in synthesis.dtypes(cpu).values()] == [False] * 6 + large[6:]
    assert any(large)
    monkeypatch.setattr(network, "HALF_FEATURES", 0)
    for layers in (8, 6, 4):
        assert [i for i, dtype in synthesis.dtypes(cpu).items() if dtype == torch.bfloat16] == [*range(14 - layers, 14)]
        assert 0 < (synthesis(w) - exact).abs().max() < 0.05
        assert synthesis.use_less_half() == (layers > 4)


@pytest.mark.parametrize("clamp", [256.0, None])
def test_float16_keeps_large_features_and_styles_within_its_range(clamp):
    generator = writers.stylegan3_generator(conv_clamp=clamp)
    with torch.no_grad():
        for shape in generator.hyper.layers:
            layer = generator.synthesis.get_submodule(shape.name)
            layer.affine.weight.mul_(300)
            layer.weight.mul_(300)
    generator.freeze()
    w, inputs = latents(generator, 2), generator.synthesis.default_inputs(2)
    exact = generator.synthesis.draw(w, inputs)
    half = generator.synthesis.draw(w, inputs, {i: torch.float16 if 1 <= i < 5 else torch.float32 for i in range(6)})
    assert (half - exact).abs().max() < 0.01 * exact.abs().max()


def test_a_network_without_any_style_draws_numbers():
    generator = writers.stylegan3_generator()
    with torch.no_grad():
        for name, tensor in generator.state_dict().items():
            if name.startswith("synthesis.L") and "affine" in name:
                tensor.zero_()
    assert generator.synthesis(latents(generator, 2)).isfinite().all()


def test_a_picture_depends_smoothly_on_every_style():
    generator = writers.stylegan3_generator(channels=(6, 6, 5, 4, 4, 3))
    w = latents(generator, 2).requires_grad_()
    generator.synthesis(w).square().sum().backward()
    assert w.grad.isfinite().all()
    assert (w.grad.abs().amax(dim=(0, 2)) > 0).all()


def test_wrong_shapes_are_refused(rotatable):
    with pytest.raises(ValueError, match=r"w has shape \[1, 4, 64\], not \[n, 16, 64\]"):
        rotatable.synthesis(torch.zeros(1, 4, 64))


def test_a_narrow_network_is_read_and_draws(narrow):
    assert max(narrow.hyper.channels) == 16
    picture = narrow(torch.zeros(1, narrow.z_dim))
    assert picture.shape == (1, 3, 64, 64)
    assert picture.isfinite().all()
