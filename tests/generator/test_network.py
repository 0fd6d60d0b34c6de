"""Tests the generator's arithmetic against independent float64 formulas, and guarantees on which other modules rely."""

import copy
import json
import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from generator.contract import errors
from generator.stylegan import ops
from generator.stylegan.precision import cpu_has_bfloat16
from generator.stylegan2 import convolutions, filters, winograd
from generator.stylegan2.hyperparameters import ARCHITECTURES, RESOLUTIONS
from generator.stylegan2.layers import StyledConv
from generator.stylegan2.network import Generator, Hyperparameters, precision_of

FILTERS = [(1, 3, 3, 1), (1, 2, 3, 1), (1, 2, 1), (1, 4), (1,), (1, 2, 3, 4, 5, 3, 2, 1)]


@pytest.fixture(autouse=True)
def _one_thread():
    """Use one thread.

    With tensors this small, threads mostly wait for each other; on a busy machine that takes a hundred times as long.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def hyper(resolution=32, channels=8, **changes):
    blocks = {r: channels for r in RESOLUTIONS if r <= resolution}
    return Hyperparameters(
        resolution=resolution, channels=blocks, **{"z_dim": 16, "w_dim": 12, "num_mapping_layers": 3} | changes
    )


def lively(hyperparameters, seed=0, **more):
    """Return a network in which every term has an effect.

    Noise strengths and biases are not 0, and w_avg is the average of w.
    """
    generator = Generator.new(hyperparameters, seed, **more)
    source = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        for key, tensor in generator.state_dict().items():
            if key.endswith(("noise_strength", ".bias")):
                tensor.add_(0.3 * torch.randn(tensor.shape, generator=source))
    generator.estimate_w_avg(500)
    return generator.freeze()


def latents(generator, n=3):
    return torch.from_numpy(np.random.RandomState(7).randn(n, generator.z_dim)).float()


def difference_in_levels(a, b):
    return (ops.to_uint8(a).int() - ops.to_uint8(b).int()).abs().max().item()


# Filters and modulation, compared with the formulas written out.


def convolved(signal, taps):
    """Return the true convolution without padding: the sum over k of taps[k] * signal[i + N - 1 - k]."""
    count = len(signal) - len(taps) + 1
    return np.array([sum(taps[k] * signal[i + len(taps) - 1 - k] for k in range(len(taps))) for i in range(count)])


def separable(picture, taps, before, after):
    taps = 2 * np.array(taps, dtype=np.float64) / sum(taps)
    if after < 0:
        picture = picture[:after, :after]
    padded = np.pad(picture, [(before, max(after, 0))] * 2)
    rows = np.apply_along_axis(convolved, 1, padded, taps)
    return np.apply_along_axis(convolved, 0, rows, taps)


@pytest.mark.parametrize("taps", FILTERS)
def test_upsampling_is_zero_insertion_and_true_convolution(taps):
    picture = np.random.RandomState(0).randn(5, 5)
    stuffed = np.zeros((10, 10))
    stuffed[::2, ::2] = picture
    expected = separable(stuffed, taps, (len(taps) + 1) // 2, (len(taps) - 2) // 2)
    found = filters.upsample(torch.from_numpy(picture)[None, None].float(), taps)
    assert found.shape == (1, 1, 10, 10)
    np.testing.assert_allclose(found[0, 0].numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("taps", FILTERS)
def test_an_upsampling_convolution_is_a_transposed_one_and_then_the_filter(taps):
    random = np.random.RandomState(1)
    picture, kernel = random.randn(4, 4), random.randn(3, 3)
    full = np.zeros((9, 9))
    for y, x in np.ndindex(4, 4):
        full[2 * y : 2 * y + 3, 2 * x : 2 * x + 3] += picture[y, x] * kernel
    expected = separable(full, taps, (len(taps) + 1) // 2 - 1, (len(taps) - 2) // 2)
    x, weight = torch.from_numpy(picture)[None, None].float(), torch.from_numpy(kernel)[None, None].float()
    found = filters.upsampling_conv(x, weight, taps)
    assert found.shape == (1, 1, 8, 8)
    np.testing.assert_allclose(found[0, 0].numpy(), expected, atol=1e-5)


def textbook_conv(x, weight, style, up, taps):
    """Compute equations 1 and 3 of Karras et al. 2020 in float64, with a separate weight for every sample."""
    pictures = []
    for sample, s in zip(x.double(), style.double(), strict=True):
        w = weight.double() * s[None, :, None, None]
        w = w / (w.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
        y = (
            filters.upsampling_conv(sample[None], w.transpose(0, 1), taps)
            if up
            else F.conv2d(sample[None], w, padding=1)
        )
        pictures.append(y)
    return torch.cat(pictures)


@pytest.mark.parametrize("up", [False, True])
def test_the_shared_weight_form_equals_the_per_sample_weights_of_the_paper(up):
    h = hyper(resample_filter=(1, 2, 3, 1), use_noise=False, activation="linear")
    torch.manual_seed(0)
    layer = StyledConv(6, 5, 8, h, up)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    x, w = torch.randn(3, 6, 4 if up else 8, 4 if up else 8), torch.randn(3, 12)
    expected = (
        textbook_conv(x, layer.weight, layer.affine(w), up, h.resample_filter) + layer.bias.double()[:, None, None]
    )
    assert (layer(x, w, None) - expected).abs().max() < 1e-5


@pytest.mark.parametrize(("style_size", "weight_size"), [(1, 1), (3e4, 1), (1e-4, 1), (1, 1e3), (3e4, 300)])
def test_half_precision_neither_overflows_nor_vanishes(style_size, weight_size):
    torch.manual_seed(0)
    weight, style = torch.randn(16, 64, 3, 3) * weight_size, torch.randn(2, 64) * style_size
    x = torch.randn(2, 64, 8, 8) * 50

    def run(dtype):
        kernel = ops.prepare(weight, dtype, demodulate=True, up=False)
        return ops.modulated_conv(x.to(dtype), style, kernel, lambda x, w: F.conv2d(x, w, padding=1)).float()

    half, single = run(torch.float16), run(torch.float32)
    assert (half - single).abs().max() < 4e-3 * single.abs().max()


def test_half_precision_scales_colours_back_without_demodulation():
    torch.manual_seed(0)
    weight, style, x = torch.randn(3, 64, 1, 1) * 200, torch.randn(2, 64) * 2000, torch.randn(2, 64, 4, 4)

    def run(dtype):
        kernel = ops.prepare(weight, dtype, demodulate=False, up=False)
        return ops.modulated_conv(x.to(dtype), style, kernel, lambda x, w: F.conv2d(x, w).float())

    half, single = run(torch.float16), run(torch.float32)
    assert single.abs().max() > 65504
    assert (half - single).abs().max() < 4e-3 * single.abs().max()


@pytest.mark.parametrize("name", ops.ACTIVATIONS)
def test_activations_have_their_published_values(name):
    x = np.linspace(-3, 3, 25)
    expected = {
        "linear": x,
        "lrelu": np.where(x > 0, x, 0.2 * x) * math.sqrt(2),
        "relu": np.maximum(x, 0) * math.sqrt(2),
        "swish": x / (1 + np.exp(-x)) * math.sqrt(2),
        "tanh": np.tanh(x),
        "sigmoid": 1 / (1 + np.exp(-x)),
        "elu": np.where(x > 0, x, np.exp(x) - 1),
        "selu": 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(x) - 1)),
        "softplus": np.log1p(np.exp(x)),
    }[name]
    np.testing.assert_allclose(ops.activate(torch.from_numpy(x), name).numpy(), expected, atol=1e-6)
    clamped = ops.activate(torch.from_numpy(x), name, gain=ops.ACTIVATIONS[name].gain / 2, clamp=0.5).numpy()
    np.testing.assert_allclose(clamped, np.clip(expected / 2, -0.5, 0.5), atol=1e-6)


def test_pixels_are_truncated_after_clamping():
    x = torch.tensor([-2.0, -1.0, -128 / 127.5, 0.0, 0.999 / 127.5, 1.0, 3.0]).reshape(1, 1, 1, 7).expand(1, 3, 1, 7)
    found = ops.to_uint8(x)
    assert found.shape == (1, 1, 7, 3)
    assert found[0, 0, :, 1].tolist() == [0, 0, 0, 128, 128, 255, 255]


# The mapping.


def dense(x, generator, name, lr):
    state = generator.state_dict()
    weight, bias = state[f"mapping.{name}.weight"].double(), state.get(f"mapping.{name}.bias", torch.zeros(1)).double()
    y = x @ weight.t() * lr / math.sqrt(weight.shape[1]) + bias * lr
    return torch.where(y > 0, y, 0.2 * y) * math.sqrt(2)


def pixel_norm(x):
    return x / (x.square().mean(dim=1, keepdim=True) + 1e-8).sqrt()


@pytest.mark.parametrize("mode", ["embed", "concat_joint", "none"])
def test_the_mapping_follows_its_formula_for_every_kind_of_label(mode):
    labels = {"c_dim": 5, "label_mode": mode, "embed_features": 9} if mode != "none" else {}
    generator = lively(hyper(mapping_lr=0.02, mapping_features=10, **labels))
    z, state = latents(generator), generator.state_dict()
    label = torch.eye(5)[[0, 3, 4]] if labels else None
    if mode == "embed":
        weight, bias = state["mapping.embed.weight"].double(), state["mapping.embed.bias"].double()
        x = torch.cat([pixel_norm(z.double()), pixel_norm(label.double() @ weight.t() / math.sqrt(5) + bias)], dim=1)
    elif mode == "concat_joint":
        x = pixel_norm(torch.cat([z.double(), label.double() @ state["mapping.embed.weight"].double().t()], dim=1))
    else:
        x = pixel_norm(z.double())
    for i in range(3):
        x = dense(x, generator, f"fc{i}", 0.02)
    assert (generator.mapping(z, label) - x[:, None]).abs().max() < 1e-5


def test_latents_are_not_normalised_where_the_network_was_trained_without():
    generator = lively(hyper(normalize_latents=False))
    z = latents(generator)
    assert not torch.allclose(generator.mapping(z), generator.mapping(2 * z))
    normal = lively(hyper())
    assert torch.allclose(normal.mapping(z), normal.mapping(2 * z), atol=1e-5)


def test_psi_zero_is_the_average_face_whatever_the_seed():
    generator = lively(hyper())
    w = generator.mapping(latents(generator), psi=0)
    assert torch.equal(w, generator.mapping.w_avg.expand_as(w))


def test_psi_moves_w_along_the_line_through_the_average():
    generator = lively(hyper())
    z, average = latents(generator), generator.mapping.w_avg
    w = generator.mapping(z)
    for psi in (-1.5, 0.5, 0.7, 2):
        assert torch.allclose(generator.mapping(z, psi=psi), average + psi * (w - average), atol=1e-6)


def test_the_cutoff_truncates_only_the_first_styles():
    generator = lively(hyper())
    z = latents(generator)
    whole, cut = generator.mapping(z, psi=0.5), generator.mapping(z, psi=0.5, cutoff=3)
    assert torch.equal(cut[:, :3], whole[:, :3])
    assert torch.equal(cut[:, 3:], generator.mapping(z)[:, 3:])
    assert torch.equal(generator.mapping(z, psi=0.5, cutoff=0), generator.mapping(z))
    assert torch.equal(generator.mapping(z, psi=0.5, cutoff=18), whole)


def test_wrong_shapes_are_named():
    generator = lively(hyper(c_dim=4))
    with pytest.raises(ValueError, match="z has shape"):
        generator.mapping(torch.zeros(2, 15), torch.zeros(2, 4))
    with pytest.raises(ValueError, match="label of shape"):
        generator.mapping(torch.zeros(2, 16))
    with pytest.raises(ValueError, match="w has shape"):
        generator.synthesis(torch.zeros(2, 12))


def test_the_average_w_is_estimated_over_latents_and_labels():
    generator = lively(hyper(c_dim=4), traits={"hair": ("pink", "blue"), "glasses": ("no", "yes")})
    estimate = generator.estimate_w_avg(4000, seed=1).clone()
    z = torch.randn(4000, 16)
    pairs = torch.cat([torch.eye(2)[torch.randint(2, (4000,))], torch.eye(2)[torch.randint(2, (4000,))]], dim=1)
    w = generator.mapping(z, pairs)[:, 0]
    assert (estimate - w.mean(dim=0)).abs().max() < 8 * w.std(dim=0).max() / math.sqrt(4000)
    assert torch.equal(estimate, generator.estimate_w_avg(4000, seed=1))


# The synthesis.


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("resolution", [4, 8, 32])
def test_every_architecture_draws_at_every_resolution(architecture, resolution):
    generator = lively(hyper(resolution, architecture=architecture))
    x = generator.synthesis(generator.mapping(latents(generator)))
    assert x.shape == (3, 3, resolution, resolution)
    assert x.dtype == torch.float32
    assert generator.num_ws == 2 * int(math.log2(resolution)) - 2
    assert 0.01 < x.std() < 100
    assert not torch.equal(x[0], x[1])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_style_reaches_the_picture_through_the_layers_named_for_it(architecture):
    generator = lively(hyper(16, architecture=architecture))
    w = generator.mapping(latents(generator, 1))
    whole = generator.synthesis(w)
    for i in range(generator.num_ws):
        changed = w.clone()
        changed[:, i] += 1
        assert not torch.equal(generator.synthesis(changed), whole), i


def test_a_network_of_1024_pixels_draws():
    channels = {r: 4 for r in RESOLUTIONS}
    generator = lively(Hyperparameters(resolution=1024, channels=channels, z_dim=8, w_dim=8, num_mapping_layers=1))
    assert generator.num_ws == 18
    assert generator.synthesis(generator.mapping(latents(generator, 1))).shape == (1, 3, 1024, 1024)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("noise", ["const", "random", "none"])
def test_a_picture_does_not_depend_on_its_batch(architecture, noise):
    generator = lively(hyper(32, 24, architecture=architecture))
    w, seeds = generator.mapping(latents(generator, 7)), list(range(7))
    together = generator.synthesis(w, noise=noise, noise_seed=seeds)
    for i in (0, 3, 6):
        alone = generator.synthesis(w[i : i + 1], noise=noise, noise_seed=[i])
        assert (alone - together[i]).abs().max() < 1e-4
        assert difference_in_levels(alone, together[i : i + 1]) <= 1


def test_random_noise_depends_on_its_seed_only():
    generator = lively(hyper())
    w = generator.mapping(latents(generator, 1)).repeat(3, 1, 1)
    first, again, other = generator.synthesis(w, noise="random", noise_seed=[5, 5, 6])
    assert torch.allclose(first, again, atol=1e-5)
    assert (first - other).abs().max() > 0.01
    assert torch.allclose(generator.synthesis(w, noise="random", noise_seed=5)[2], first, atol=1e-5)


def test_noise_planes_are_standard_normal_and_differ_between_layers():
    planes = [ops.seeded_noise([2**32 - 1], layer, (64, 64), torch.device("cpu")) for layer in (7, 8)]
    for plane in planes:
        assert plane.shape == (1, 1, 64, 64)
        assert abs(plane.mean()) < 0.06
        assert abs(plane.std() - 1) < 0.05
    assert abs((planes[0] * planes[1]).mean()) < 0.06


def test_only_the_named_layers_get_random_noise():
    generator = lively(hyper())
    const = generator.synthesis.noise_planes(2)
    every, rest = generator.synthesis.noise_planes(2, "random", [1, 2]), generator.num_ws - 5
    some = generator.synthesis.noise_planes(2, "random", [(None,) * 4 + (seed,) * rest for seed in (1, 2)])
    for layer in range(generator.num_ws - 1):
        assert torch.equal(some[layer], every[layer] if layer >= 4 else const[layer])


def test_pictures_of_one_batch_may_get_random_noise_in_different_layers():
    generator = lively(hyper())
    count = generator.num_ws - 1
    mixed = generator.synthesis.noise_planes(3, "random", [7, (None,) * count, (8,) + (None,) * (count - 1)])
    every, const = generator.synthesis.noise_planes(2, "random", [7, 8]), generator.synthesis.noise_planes(1)
    for layer in range(count):
        assert torch.equal(mixed[layer][0], every[layer][0])
        assert torch.equal(mixed[layer][1], const[layer][0])
        assert torch.equal(mixed[layer][2], const[layer][0] if layer else every[layer][1])


def test_unseeded_noise_comes_from_torchs_own_generator():
    generator = lively(hyper())
    w = generator.mapping(latents(generator))
    torch.manual_seed(3)
    first = generator.synthesis(w, noise="random")
    second = generator.synthesis(w, noise="random")
    torch.manual_seed(3)
    assert torch.equal(generator.synthesis(w, noise="random"), first)
    assert not torch.equal(first, second)


def test_without_noise_the_strengths_do_not_matter():
    generator = lively(hyper())
    w = generator.mapping(latents(generator))
    without, const = generator.synthesis(w, noise="none"), generator.synthesis(w)
    assert not torch.equal(without, const)
    for key, tensor in generator.state_dict().items():
        if key.endswith("noise_strength"):
            tensor.zero_()
    assert torch.equal(generator.synthesis(w), without)


def test_a_network_made_without_noise_has_no_noise_tensors():
    generator = lively(hyper(use_noise=False))
    assert not [key for key in generator.state_dict() if "noise" in key]
    w = generator.mapping(latents(generator))
    assert torch.equal(generator.synthesis(w, noise="random", noise_seed=1), generator.synthesis(w, noise="none"))


def test_an_unknown_noise_mode_or_number_of_seeds_is_named():
    generator = lively(hyper())
    w = generator.mapping(latents(generator))
    with pytest.raises(ValueError, match="const, random, none"):
        generator.synthesis(w, noise="loud")
    with pytest.raises(ValueError, match="2 noise seeds for 3 pictures"):
        generator.synthesis(w, noise="random", noise_seed=[1, 2])


def test_clamped_features_stay_within_the_limit():
    generator = lively(hyper(8, conv_clamp=0.5))
    w = generator.mapping(latents(generator))
    seen = []
    generator.synthesis.b8.conv1.register_forward_hook(
        lambda module, inputs, output: seen.append(output.abs().max().item())
    )
    x = generator.synthesis(w)
    assert seen == [0.5]
    assert x.abs().max() <= 1  # the sum of the clamped colours of two blocks


# Precision.


def test_auto_precision_stays_within_two_levels():
    if not cpu_has_bfloat16():
        pytest.skip("this processor has no bfloat16")
    generator = lively(hyper(128, 64))
    with torch.no_grad():
        for resolution in generator.hyper.resolutions:
            generator.get_submodule(f"synthesis.b{resolution}.torgb").weight.mul_(0.2)
    w = generator.mapping(latents(generator, 4), psi=0.7)
    exact = generator.synthesis(w)
    generator.precision = "auto"
    half = generator.synthesis(w)
    assert not torch.equal(half, exact)
    error = ops.to_uint8(half).double() - ops.to_uint8(exact).double()
    assert 10 * math.log10(255**2 / error.square().mean()) >= 50
    assert error.abs().flatten().quantile(0.9999) <= 2


def test_precision_is_half_only_where_it_pays_and_is_safe():
    cpu, gpu = torch.device("cpu"), torch.device("cuda")
    assert precision_of((512, 512), "exact", cpu, 256) == precision_of((512, 512), "exact", gpu, 256) == torch.float32
    assert precision_of((8, 8), "auto", gpu, 256) == torch.float32
    assert precision_of((64, 64), "auto", gpu, 256) == torch.float16
    assert precision_of((64, 64), "auto", gpu, None) != torch.float16
    assert (
        precision_of((64, 64), "auto", cpu, None, channels=64)
        == precision_of((32, 32), "auto", cpu, None)
        == torch.float32
    )
    assert precision_of((64, 64), "auto", cpu, None) == (torch.bfloat16 if cpu_has_bfloat16() else torch.float32)
    with pytest.raises(ValueError, match="exact, auto"):
        lively(hyper()).precision = "fast"


@pytest.mark.parametrize("up", [False, True])
@pytest.mark.parametrize("activation", ops.ACTIVATIONS)
@pytest.mark.parametrize("clamp", [None, 0.5])
def test_a_layer_computes_the_same_in_inference_as_in_training(up, activation, clamp):
    torch.manual_seed(0)
    layer = StyledConv(6, 5, 8, hyper(resample_filter=(1, 2, 3, 1), activation=activation, conv_clamp=clamp), up)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    # In a batch the features are scaled; for a single picture the weight is, unless the picture is very small.
    for n, side in ((3, 8), (1, 8), (1, 2)):
        x, w = torch.randn(n, 6, side, side), torch.randn(n, 12)
        noise = torch.randn(n, 1, *[side * (2 if up else 1)] * 2)
        in_training = layer(x, w, noise, gain=0.7)
        with torch.no_grad():
            in_inference = layer(x, w, noise, gain=0.7)
        assert (in_inference - in_training).abs().max() < 1e-5


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("noise", ["const", "random"])
def test_large_pictures_drawn_one_by_one_equal_those_of_a_batch(architecture, noise):
    generator = lively(hyper(256, 4, architecture=architecture))
    w, seeds = generator.mapping(latents(generator), psi=0.7), [4, 5, 6]
    apart = generator.synthesis(w, noise=noise, noise_seed=seeds)
    together = generator.synthesis(w.requires_grad_(), noise=noise, noise_seed=seeds)
    assert together.requires_grad
    assert (apart - together).abs().max() < 1e-4 * together.abs().max()


# Training.


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_first_and_second_gradients_reach_every_parameter(architecture):
    generator = Generator.new(hyper(16, architecture=architecture, c_dim=3))
    w = generator.mapping(latents(generator), torch.eye(3))
    x = generator.synthesis(w, noise="random")
    (slope,) = torch.autograd.grad(
        (x * torch.randn_like(x)).sum(), w, create_graph=True
    )  # as path-length regularisation does
    (slope.square().sum() + x.square().sum()).backward()
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("up", [False, True])
def test_first_and_second_derivatives_of_a_styled_convolution_are_right(up):
    torch.manual_seed(0)
    weight, style = torch.randn(2, 3, 3, 3, dtype=torch.float64), torch.randn(2, 3, dtype=torch.float64)
    x = torch.randn(2, 3, 3, 3, dtype=torch.float64)

    def layer(x, style, weight):
        squares = weight.square().sum(dim=(2, 3))
        kernel = ops.Kernel(weight.transpose(0, 1) if up else weight, squares, None)
        convolve = (
            (lambda x, w: filters.upsampling_conv(x, w, (1, 2, 3, 1)))
            if up
            else (lambda x, w: F.conv2d(x, w, padding=1))
        )
        return ops.modulated_conv(x, style, kernel, convolve)

    inputs = [tensor.requires_grad_() for tensor in (x, style, weight)]
    assert torch.autograd.gradcheck(layer, inputs, fast_mode=True)
    assert torch.autograd.gradgradcheck(layer, inputs, fast_mode=True)


@pytest.mark.parametrize("taps", FILTERS)
@pytest.mark.parametrize("side", [4, 5])
def test_first_and_second_derivatives_of_the_filters_are_right(taps, side):
    torch.manual_seed(0)
    x = torch.randn(1, 2, side, side, dtype=torch.float64, requires_grad=True)
    for layer in (
        lambda x: filters.upsample(x, taps),
        lambda x: filters.fir_filter(x, taps, 2, 3),
        lambda x: filters.fir_filter(x, taps, len(taps) // 2, len(taps) // 2, stride=2),
    ):
        assert torch.autograd.gradcheck(lambda x, layer=layer: layer(x).square(), [x], fast_mode=True)
        assert torch.autograd.gradgradcheck(lambda x, layer=layer: layer(x).square(), [x], fast_mode=True)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_convolution_by_winograd_is_the_direct_one(layout):
    torch.manual_seed(0)
    x, weight, bias = torch.randn(2, 6, 8, 12), torch.randn(5, 6, 3, 3), torch.randn(5)
    u = winograd.transform(weight.contiguous(memory_format=layout))
    found = winograd.convolve(x.contiguous(memory_format=layout), u, bias)
    expected = F.conv2d(x.double(), weight.double(), bias.double(), padding=1)
    assert found.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(found.double(), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("side", [32, 64])  # without and with the style folded into the weight
def test_wide_layers_draw_the_same_by_winograd_and_notice_new_weights(side, monkeypatch):
    hyperparameters = Hyperparameters(64, {r: 256 for r in RESOLUTIONS if r <= 64}, w_dim=8, conv_clamp=256)
    torch.manual_seed(0)
    layer = StyledConv(256, 256, side, hyperparameters).requires_grad_(False)
    layer.freeze()
    for tensor in layer.state_dict().values():
        tensor.normal_()
    x, w = torch.randn(1, 256, side, side).contiguous(memory_format=torch.channels_last), torch.randn(1, 8)
    found = layer(x, w, layer.noise_const[None, None])
    layer.weight.mul_(-1)
    turned = layer(x, w, layer.noise_const[None, None])
    monkeypatch.setattr(winograd, "pays", lambda x, weight: False)
    torch.testing.assert_close(turned, layer(x, w, layer.noise_const[None, None]), atol=2e-4, rtol=0)
    layer.weight.mul_(-1)
    torch.testing.assert_close(found, layer(x, w, layer.noise_const[None, None]), atol=2e-4, rtol=0)
    assert not torch.allclose(found, turned, atol=0.1)


CONVOLUTIONS = {  # by the size of the picture and of the result
    (8, 8): (convolutions.convolve, lambda x, w: F.conv2d(x, w, padding=1)),
    (9, 4): (convolutions.convolve_strided, lambda x, w: F.conv2d(x, w, stride=2)),
    (4, 9): (convolutions.convolve_transposed, lambda x, w: F.conv_transpose2d(x, w.transpose(0, 1), stride=2)),
}


@pytest.mark.parametrize(("inputs", "outputs"), [(64, 96), (256, 260)])  # the second pays by Winograd forwards, too
@pytest.mark.parametrize("sizes", CONVOLUTIONS)
def test_the_fast_gradients_of_a_convolution_are_those_of_torch(sizes, inputs, outputs):
    fast, plain = CONVOLUTIONS[sizes]
    torch.manual_seed(0)
    x, weight = torch.randn(16, inputs, sizes[0], sizes[0]), torch.randn(outputs, inputs, 3, 3) / inputs**0.5
    slope = torch.randn(16, outputs, sizes[1], sizes[1]).contiguous(memory_format=torch.channels_last)
    x, weight = (t.contiguous(memory_format=torch.channels_last).requires_grad_() for t in (x, weight))
    with convolutions.first_order():
        found = fast(x, weight.transpose(0, 1) if fast is convolutions.convolve_transposed else weight)
    assert found.grad_fn.name().startswith("_")  # ours, not torch's
    wide = [t.detach().double().requires_grad_() for t in (x, weight)]
    expected = plain(*wide)
    gradients = torch.autograd.grad(found, (x, weight), slope), torch.autograd.grad(expected, wide, slope.double())
    if fast is not convolutions.convolve_transposed:  # what changes a result in place may follow
        with convolutions.first_order():
            shifted = F.leaky_relu_(fast(x, weight, torch.ones(outputs, requires_grad=True)), 0.2)
        assert torch.equal(shifted, F.leaky_relu(found + 1, 0.2))
    for ours, theirs in zip((found, *gradients[0]), (expected, *gradients[1]), strict=True):
        torch.testing.assert_close(ours.double(), theirs, atol=3e-5 * theirs.abs().max().item(), rtol=0)


def test_the_gradient_of_a_large_batch_is_added_up_from_pieces(monkeypatch):
    torch.manual_seed(0)
    x, weight = torch.randn(20, 64, 8, 8), torch.randn(64, 64, 3, 3, requires_grad=True)
    with convolutions.first_order():
        y = convolutions.convolve(x, weight)
    slope = torch.randn_like(y)
    (whole,) = torch.autograd.grad(y, weight, slope, retain_graph=True)
    monkeypatch.setattr(convolutions, "PIECE", 3 * convolutions.COPIES * 4 * 64 * 64)  # of 3 pictures
    with torch.profiler.profile() as profile:
        (pieces,) = torch.autograd.grad(y, weight, slope)
    torch.testing.assert_close(pieces, whole, atol=2e-3, rtol=0)
    assert sum(event.name == "aten::bmm" for event in profile.events()) == 7


def test_gradients_that_are_differentiated_again_are_left_to_torch():
    x, weight = (torch.randn(16, 64, 8, 8, requires_grad=True), torch.randn(64, 64, 3, 3, requires_grad=True))
    (slope,) = torch.autograd.grad(convolutions.convolve(x, weight).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(slope.square().sum(), weight)
    assert second.abs().sum() > 0
    with convolutions.first_order():
        y = convolutions.convolve(x, weight)
    with pytest.raises(RuntimeError, match="cannot be differentiated"):
        torch.autograd.grad(y.sum(), x, create_graph=True)


def test_a_new_network_is_equalised_and_depends_on_its_seed():
    generator = Generator.new(hyper(64, 64, w_dim=64), seed=5)
    state = generator.state_dict()
    assert all(
        torch.equal(state[key], value) for key, value in Generator.new(generator.hyper, seed=5).state_dict().items()
    )
    assert not torch.equal(
        state["synthesis.b4.const"], Generator.new(generator.hyper, seed=6).state_dict()["synthesis.b4.const"]
    )
    assert abs(state["synthesis.b8.conv0.weight"].std() - 1) < 0.05
    assert abs(state["mapping.fc0.weight"].std() - 100) < 10
    assert (state["synthesis.b8.conv0.affine.bias"] == 1).all()
    assert 0.3 < generator(torch.randn(4, 16)).std() < 5
    assert generator.training


def test_a_frozen_network_notices_new_weights():
    generator = lively(hyper())
    z = latents(generator)
    generator(z)
    generator.load_state_dict(lively(hyper(), seed=3).state_dict())
    assert torch.equal(generator(z), lively(hyper(), seed=3)(z))
    generator.train().requires_grad_(True)
    generator(z).sum().backward()
    assert generator.synthesis.b8.conv1.weight.grad is not None


def test_a_frozen_network_gives_gradients_for_w_after_use_in_inference_mode():
    generator = lively(hyper())
    with torch.inference_mode():
        generator(latents(generator))
        loaded_there = Generator.from_state(generator.hyper, {k: t.clone() for k, t in generator.state_dict().items()})
        loaded_there(latents(generator))
    w = generator.mapping(latents(generator)).requires_grad_()
    (slope,) = torch.autograd.grad(generator.synthesis(w).square().sum(), w)
    assert slope.abs().amax(dim=(0, 2)).min() > 0


def test_a_copy_of_a_network_is_independent():
    generator = lively(hyper())
    z = latents(generator)
    before = generator(z)
    twin = copy.deepcopy(generator)
    for parameter in twin.parameters():
        parameter.zero_()
    assert torch.equal(generator(z), before)
    assert not torch.equal(twin(z), before)


# State.


@pytest.mark.parametrize(
    "changes", [{}, {"architecture": "resnet"}, {"c_dim": 3}, {"c_dim": 3, "label_mode": "concat_joint"}]
)
def test_a_network_can_be_rebuilt_from_its_state(changes):
    generator = lively(hyper(**changes))
    again = Generator.from_state(generator.hyper, generator.state_dict(), name="twin", digest="d")
    label = torch.eye(3) if generator.c_dim else None
    assert torch.equal(again(latents(again), label), generator(latents(again), label))
    assert (again.name, again.digest, again.training) == ("twin", "d", False)
    assert not any(parameter.requires_grad for parameter in again.parameters())
    assert all(tensor.is_contiguous() and tensor.dtype == torch.float32 for tensor in again.state_dict().values())


def test_half_precision_weights_with_unusual_strides_are_accepted():
    generator = lively(hyper())
    odd = {
        key: t.half().to(memory_format=torch.channels_last) if t.ndim == 4 else t.half()
        for key, t in generator.state_dict().items()
    }
    again = Generator.from_state(generator.hyper, odd)
    z = latents(generator)
    assert (again(z) - generator(z)).abs().max() < 0.05
    assert all(tensor.is_contiguous() and tensor.dtype == torch.float32 for tensor in again.state_dict().values())


def test_a_missing_average_is_estimated():
    generator = lively(hyper())
    tensors = generator.state_dict()
    del tensors["mapping.w_avg"]
    again = Generator.from_state(generator.hyper, tensors)
    assert torch.equal(again.mapping.w_avg, generator.estimate_w_avg())


BROKEN = {
    "b8.conv0.bias is missing": ("synthesis.b8.conv0.bias", None),
    "unexpected tensor synthesis.b16.conv0.bias": ("synthesis.b16.conv0.bias", torch.zeros(8)),
    r"mapping.fc1.weight has shape \[12, 13\], not \[12, 12\]": ("mapping.fc1.weight", torch.zeros(12, 13)),
}


@pytest.mark.parametrize("found", BROKEN)
def test_tensors_that_do_not_fit_are_named(found):
    state, (key, value) = Generator.new(hyper(8)).state_dict(), BROKEN[found]
    state.pop(key, None)
    if value is not None:
        state[key] = value
    with pytest.raises(errors.DamagedCheckpoint, match=found):
        Generator.from_state(hyper(8), state, name="x.pkl")


def test_traits_are_the_label_split_by_name():
    assert lively(hyper()).traits == {}
    assert lively(hyper(c_dim=3)).traits == {"class": ("0", "1", "2")}
    with pytest.raises(ValueError, match="3 values, the label 4"):
        Generator(hyper(c_dim=4), traits={"hair": ("pink", "blue", "red")})
    with pytest.raises(errors.DamagedCheckpoint, match="3 values, the label 4"):
        Generator.from_state(hyper(c_dim=4), {}, name="x", traits={"hair": ("pink", "blue", "red")})


def test_hyperparameters_survive_json():
    h = hyper(c_dim=3, conv_clamp=256, resample_filter=(1, 2, 1), architecture="resnet")
    assert Hyperparameters.from_dict(json.loads(json.dumps(h.to_dict()))) == h


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"resolution": 48}, "resolution is 48"),
        ({"channels": {4: 8, 8: 8}}, "channels are given for blocks"),
        ({"architecture": "progressive"}, "architecture is 'progressive'"),
        ({"activation": "gelu"}, "activation is 'gelu'"),
        ({"w_dim": 0}, "w_dim is 0, not a whole number from 1"),
        ({"z_dim": 12.5}, "z_dim is 12.5, not a whole number"),
        ({"num_mapping_layers": 10**9}, "num_mapping_layers is 1000000000"),
        ({"channels": {4: 8, 8: 8, 16: 8, 32: -8}}, "channels of 32 is -8"),
        ({"resample_filter": (1, -1)}, "no finite sum other than 0"),
        ({"resample_filter": (1e8, -1e8, 1e-9)}, "no finite sum other than 0"),
        ({"resample_filter": ()}, "no finite sum other than 0"),
        ({"conv_clamp": 0}, "conv_clamp not positive"),
    ],
)
def test_impossible_hyperparameters_are_named(changes, found):
    with pytest.raises(ValueError, match=found):
        Hyperparameters(**{"resolution": 32, "channels": {4: 8, 8: 8, 16: 8, 32: 8}} | changes)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("clamp", [None, 256])
def test_a_gpu_draws_the_same_faces(clamp):
    generator = lively(hyper(64, 32, conv_clamp=clamp))
    w = generator.mapping(latents(generator), psi=0.7)
    expected = generator.synthesis(w, noise="random", noise_seed=[1, 2, 3])
    generator.to("cuda")
    exact = generator.synthesis(w.cuda(), noise="random", noise_seed=[1, 2, 3]).cpu()
    assert (exact - expected).abs().max() < 1e-4
    generator.precision = "auto"
    half = generator.synthesis(w.cuda(), noise="random", noise_seed=[1, 2, 3]).cpu()
    assert 10 * torch.log10(expected.abs().max().square() * 4 / (half - expected).square().mean()) >= 50
