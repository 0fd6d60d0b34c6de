"""Tests that a face moved along a knob is exact: z is changed before the mapping network, however the face is made."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import any_face
import numpy as np
import old_lines
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import artist, checkpoints, drawn
from generator.checkpoints import native
from generator.contract import errors
from generator.contract.cells import cell
from generator.contract.faces.face import Face, Mix, Move, directions, split_noise
from generator.contract.faces.reading import read_face
from generator.contract.faces.scope import make_absolute
from generator.contract.recipe import Recipe
from generator.evaluate import learning
from generator.evaluate.sets import draw_faces, knobs_of
from generator.naming.digests import Digests
from generator.rendering.directions import find_knobs, find_step
from generator.rendering.faces import find_styles, move_points
from generator.rendering.latents import Latents
from generator.rendering.plans import make_plan
from generator.rendering.render import synthesise
from generator.rendering.z_points import LOWEST_PSI
from generator.stylegan.generator import Knobs
from generator.stylegan2.network import Generator, Hyperparameters
from generator.train.data import batch
from generator.train.data.drawing import Artist, artists
from generator.train.progress.export import export
from generator.worker import offer

NAMES = ("turn", "nod", "light-side", "gaze")
LIMIT = 2.5
DIGEST = "0123456789abcdef01234567"


KNOBS = Knobs(NAMES, LIMIT)


def network(
    knobs: Knobs | None = KNOBS, traits: Mapping[str, tuple[str, ...]] = old_lines.TRAITS, **changes: Any
) -> Generator:
    """Return a tiny network whose z holds knobs, as one that learnt from an artist."""
    sizes: dict[str, Any] = {"resolution": 16, "channels": {4: 8, 8: 8, 16: 8}, "z_dim": 4, "w_dim": 24}
    kind = {"normalize_latents": False, "use_noise": False, "num_mapping_layers": 2}
    hyper = Hyperparameters(**(sizes | kind | changes), c_dim=sum(map(len, traits.values())))
    made = Generator.new(hyper, seed=3, name="tiny", traits=traits).freeze()
    made.knobs = knobs
    return made


TINY = network()
VECTORS = {DIGEST: torch.linspace(-1, 1, TINY.num_ws * TINY.w_dim).reshape(TINY.num_ws, TINY.w_dim)}


def styles(text: str, psi: float = 0.7, cutoff: int | None = None, generator: Generator = TINY) -> torch.Tensor:
    """Return the w of a face, whose seeds have ``psi`` unless they say another."""
    face = make_absolute(read_face(text), psi, {})
    return find_styles([face], generator, cutoff, VECTORS)[0]


def mapped(seed: int, changes: dict[str, float], psi: float = 0.7, generator: Generator = TINY) -> torch.Tensor:
    """Return w as training makes it: z holds knob / psi. ``changes`` are added to the knobs of the seed's face."""
    latents = Latents.of([seed], generator)
    knobs = psi * latents.z
    for name, change in changes.items():
        knobs[0, NAMES.index(name)] += change
    return Latents(knobs.clamp(-LIMIT, LIMIT) / psi, latents.label).styles(generator, psi)[0]


def close(a: torch.Tensor, b: torch.Tensor) -> bool:
    return torch.allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("psi", [0.5, 0.7, 1.0, 1.3, -0.7])
def test_a_face_moved_along_a_knob_is_what_training_maps_that_knob_to(psi: float) -> None:
    assert close(styles("move(7,turn=0.8,light-side=-0.5)", psi), mapped(7, {"turn": 0.8, "light-side": -0.5}, psi))
    assert not close(styles("move(7,turn=0.8)", psi), styles("7", psi))


@pytest.mark.parametrize("amount", [9.0, 100.0, -9.0])
def test_a_knob_stops_at_the_artists_limit(amount: float) -> None:
    assert close(styles(f"move(7,turn={amount:g})"), mapped(7, {"turn": amount}))
    assert close(styles(f"move(7,turn={amount:g})"), styles(f"move(7,turn={6 if amount > 0 else -6})"))


def test_a_knob_that_is_beyond_the_limit_already_moves_back_only() -> None:
    far = next(seed for seed in range(2000) if Latents.of([seed], TINY).z[0, 0] > 2.7)
    own = float(Latents.of([far], TINY).z[0, 0])
    assert torch.equal(styles(f"move({far},turn=0.1)", 1.0), styles(str(far), 1.0))
    back = Latents.of([far], TINY)
    back.z[0, 0] = own - 0.1
    assert close(styles(f"move({far},turn=-0.1)", 1.0), back.styles(TINY)[0])


def test_below_the_lowest_psi_of_training_z_stays_where_training_was() -> None:
    assert LOWEST_PSI == batch.LOWEST_PSI
    latents = Latents.of([7], TINY)
    latents.z[0, 0] += 0.4 / LOWEST_PSI
    assert close(styles("move(7,turn=0.4)", 0.1), latents.styles(TINY, 0.1)[0])
    assert close(styles("move(7,turn=2)", 0.0), TINY.mapping.w_avg.expand(TINY.num_ws, -1))


@pytest.mark.parametrize(
    ("moved", "same"),
    [
        ("move(7(hair=pink),turn=1)", "move(move(7(hair=pink),turn=3),turn=-2)"),
        ("move(mix(7,8,0-2),turn=1)", "mix(move(7,turn=1),move(8,turn=1),0-2)"),
        ("move(between(7,8,0.3),turn=1)", "between(move(7,turn=1),move(8,turn=1),0.3)"),
        ("move(mix(move(7,turn=2),8),turn=-1)", "mix(move(7,turn=1),move(8,turn=-1))"),
        ("near(move(7,turn=1),3,fine)", "move(near(7,3,fine),turn=1)"),
        ("noise(move(7,turn=1),5)", "move(7,turn=1)"),
        ("move(move(7,d1=1),turn=1)", "move(7,turn=1,d1=1)"),
        ("move(mix(move(7,d1=1),8),turn=1)", "mix(move(7,d1=1,turn=1),move(8,turn=1))"),
    ],
)
def test_edits_stack_and_the_parts_of_a_face_are_moved_each(moved: str, same: str) -> None:
    assert close(styles(moved), styles(same))
    assert not close(styles(moved), styles(moved.replace("turn", "gaze")))


def test_a_direction_in_w_is_added_to_the_moved_face() -> None:
    step = find_step(TINY, "d1")
    assert close(styles("move(7,d1=2,turn=1)"), styles("move(7,turn=1)") + 2 * step)


@pytest.mark.parametrize("space", ["z", "sphere"])
def test_a_place_on_a_way_in_z_is_moved_in_z(space: str) -> None:
    place = styles(f"move(between(7,8,0.4,{space}),turn=-0.3)")
    latents = Latents.of([7, 8], TINY)
    first, second = latents.z
    z = 0.6 * first + 0.4 * second if space == "z" else slerp(first, second, 0.4)
    z[0] -= 0.3 / 0.7
    assert latents.label is not None
    label = 0.6 * latents.label[:1] + 0.4 * latents.label[1:]
    assert close(place, Latents(z[None], label).styles(TINY, 0.7)[0])


def slerp(a: torch.Tensor, b: torch.Tensor, t: float) -> torch.Tensor:
    angle = torch.nn.functional.cosine_similarity(a, b, dim=0).acos()
    return (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin()


def test_only_the_layers_that_are_named_move() -> None:
    w = styles("move(move(7,1-2,turn=1),2-3,nod=1)")
    moves: dict[int, dict[str, float]] = {1: {"turn": 1}, 2: {"turn": 1, "nod": 1}, 3: {"nod": 1}}
    for layer in range(TINY.num_ws):
        assert close(w[layer], mapped(7, moves.get(layer, {}))[layer])
    with pytest.raises(errors.NoSuchLayers):
        styles("move(7,9-12,turn=1)")


def test_layers_that_are_not_truncated_show_the_same_knob() -> None:
    partly = styles("move(7,turn=-1)", 0.6, cutoff=2)
    assert close(partly[:2], mapped(7, {"turn": -1}, 0.6)[:2])
    latents = Latents.of([7], TINY)
    latents.z[0, 0] -= 1
    assert close(partly[2:], latents.styles(TINY)[0, 2:])


def test_a_stored_vector_moves_by_the_mean_step() -> None:
    latents = Latents.of(range(200), TINY)
    more = Latents(latents.z + torch.tensor([1.0, 0, 0, 0]), latents.label)
    step = (more.styles(TINY) - latents.styles(TINY)).mean(dim=0)
    assert close(styles(f"move(@{DIGEST},turn=-1.5)"), VECTORS[DIGEST] - 1.5 * step)
    assert close(styles(f"move(mix(@{DIGEST},7,0-1),turn=1)")[:2], (VECTORS[DIGEST] + step)[:2])


TRAITS = st.fixed_dictionaries({}, optional={name: st.sampled_from(v) for name, v in old_lines.TRAITS.items()})
FACES = any_face.faces(TRAITS, st.sampled_from(["d1", "turn", "gaze"]), st.just(DIGEST), depth=4)


@settings(max_examples=60)
@given(FACES)
def test_knobs_stand_at_points_and_vectors_and_the_shape_of_a_face_stays(face: Face) -> None:
    bare = split_noise(face)[0]
    moved = move_points(bare, {"turn", "gaze"})
    assert directions(moved) <= directions(bare)  # amounts that cancel each other are gone
    assert find_styles([make_absolute(face, 0.7, {})], TINY, None, VECTORS).isfinite().all()
    waiting = [moved]
    while waiting:
        match waiting.pop():
            case Move(face=Mix(), steps=steps):
                assert not {name for _, name, _ in steps} & {"turn", "gaze"}
            case Mix(first=first, second=second):
                waiting += [first, second]


def test_measures_ask_for_knobs_as_a_moved_face_does() -> None:
    """What ``evaluate`` draws to correlate a knob with the picture is what a line with that knob draws."""
    latents = Latents.of([7], TINY)
    latents.z[0, 0] += 0.5
    assert latents.label is not None
    measured = next(draw_faces(TINY, latents.z, latents.label, psi=1.0))
    shown = TINY.synthesis(styles("move(7,turn=0.5)", 1.0)[None]).clamp(-1, 1)
    assert torch.allclose(measured, shown, atol=1e-4)


@pytest.mark.parametrize(
    "line",
    [
        "edit move(7,nod=1) direction=turn format=strip frames=5 amount=2",
        "edit 7 direction=turn,d1 amount=3",
        "edit mix(7,8) direction=turn layers=1-3",
        "psi move(7,turn=1) from=-0.5 steps=4",
        "vary move(7,turn=1) by=z layers=coarse",
        "morph move(7(hair=pink),turn=1) 8 frames=5 loop=no",
        "mix move(7,turn=1) fine=8,move(9,gaze=-1) layers=0-2",
        "grid faces=7,move(7,turn=1) psi=0.3,1.2 trait.hair=blue",
    ],
)
def test_a_face_of_a_picture_is_moved_as_it_is_alone(line: str) -> None:
    recipe = Recipe.parse(line)
    for number in range(recipe.faces):
        alone = make_plan(Recipe.parse(str(cell(recipe, number + 1))), TINY)
        pictures = [synthesise(TINY, [plan], [[at]]) for plan, at in ((make_plan(recipe, TINY), number), (alone, 0))]
        assert int(np.abs(pictures[0].astype(int) - pictures[1].astype(int)).max()) <= 1


# Files


def test_knobs_travel_with_the_network(tmp_path: Path) -> None:
    checkpoints.save(TINY, tmp_path / "knobs.safetensors")
    again = checkpoints.load(tmp_path / "knobs.safetensors")
    assert again.knobs == Knobs(NAMES, LIMIT)
    assert offer.read_model_file(tmp_path / "knobs.safetensors", Digests()).model.knobs == NAMES
    checkpoints.rewrite(again, tmp_path / "knobs.safetensors", tmp_path / "again.safetensors")
    assert checkpoints.inspect(tmp_path / "again.safetensors").knobs == again.knobs
    checkpoints.save(network(None), tmp_path / "none.safetensors")
    assert checkpoints.inspect(tmp_path / "none.safetensors").knobs is None
    assert b"knobs" not in (tmp_path / "none.safetensors").read_bytes()  # so that older files stay as they are


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ('{"names": ["a", "b", "c"], "limit": 2.5}', "do not fit its latents"),
        ('{"names": ["a", "b", "c", "d1"], "limit": 2.5}', "a direction that every network has"),
        ('{"names": ["a", "b", "c", "c"], "limit": 2.5}', "of an unusual form"),
        ('{"names": ["a", "b", "c", "D e"], "limit": 2.5}', "of an unusual form"),
        ('{"names": ["a", "b", "c", 4], "limit": 2.5}', "of an unusual form"),
        ('{"names": ["a", "b", "c", "d"], "limit": 0}', "of an unusual form"),
        ('{"names": ["a", "b", "c", "d"], "limit": NaN}', "of an unusual form"),
        ('{"names": ["a", "b", "c", "d"], "limit": 1e400}', "of an unusual form"),
        ('{"names": ["a", "b", "c", "d"], "limit": true}', "of an unusual form"),
        ('{"names": ["a", "b", "c", "d"], "limit": 2}', "of an unusual form"),
        ('{"names": "abcd", "limit": 2.5}', "of an unusual form"),
        ('{"limit": 2.5}', "of an unusual form"),
        ("[1]", "garbled"),
    ],
)
def test_knobs_that_do_not_fit_the_network_are_refused(stored: str, reason: str, tmp_path: Path) -> None:
    metadata = {"format": "waifubot-stylegan2", "version": native.VERSION, "knobs": stored}
    metadata |= {"hyperparameters": json.dumps(TINY.hyper.to_dict()), "traits": json.dumps(TINY.traits)}
    native.write_tensors(tmp_path / "bad.safetensors", dict(TINY.state_dict()), metadata)
    with pytest.raises(errors.DamagedCheckpoint, match=reason):
        checkpoints.inspect(tmp_path / "bad.safetensors")


def test_normalised_latents_are_no_knobs(tmp_path: Path) -> None:
    checkpoints.save(network(normalize_latents=True), tmp_path / "bad.safetensors")
    with pytest.raises(errors.DamagedCheckpoint, match="do not fit"):
        checkpoints.load(tmp_path / "bad.safetensors")


def test_a_knob_of_which_nothing_shows_has_no_name(tmp_path: Path) -> None:
    checkpoints.save(network(Knobs(("turn", "", "", "gaze"), LIMIT)), tmp_path / "some.safetensors")
    generator = checkpoints.load(tmp_path / "some.safetensors")
    assert find_knobs(generator) == {"turn": 0, "gaze": 3}
    assert close(styles("move(7,gaze=1)", generator=generator), styles("move(7,gaze=1)"))
    with pytest.raises(errors.UnknownDirection, match="turn, gaze"):
        styles("move(7,nod=1)", generator=generator)


def test_a_learnt_direction_keeps_its_name() -> None:
    generator = network()
    generator.directions = {"turn": torch.ones(generator.num_ws, generator.w_dim)}
    assert find_knobs(generator) == {"nod": 1, "light-side": 2, "gaze": 3}
    assert close(styles("move(7,turn=2)", generator=generator), styles("7", generator=generator) + 2)


def test_a_network_has_its_artists_knobs_though_its_file_does_not_say_it() -> None:
    file = checkpoints.MODELS / "drawn-4.safetensors"
    description = checkpoints.inspect(file)
    names = tuple("" if name == "brow" else name for name in artists()["drawn"].knobs)  # bangs cover the brows
    assert description.knobs == Knobs(names, drawn.LIMIT)
    offered = offer.read_model_file(file, Digests()).model
    assert "gaze" in offered.knobs
    assert "" not in offered.knobs
    assert not set(offered.knobs) & set(offered.directions or ())


@pytest.mark.parametrize(
    ("data", "normalised", "knobs"),
    [
        ("artist", False, Knobs(artists()["artist"].knobs, artist.LIMIT)),
        ("artist", True, None),  # such as a network that was trained elsewhere before
        ("photos", False, None),
    ],
)
def test_training_names_the_knobs_of_the_artist(
    data: str, normalised: bool, knobs: Knobs | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Artist, "odds", lambda self: {})  # they take seconds to estimate
    generator = network(None, traits=artist.TRAITS, z_dim=len(artist.CONTINUOUS), normalize_latents=normalised)
    training: Any = SimpleNamespace(
        average=generator, store=[0], odds={}, seen=0, stages=(), settings=SimpleNamespace(warm_kimg=0)
    )
    export(training, tmp_path / "n.safetensors", {"name": "n", "data": data})
    assert checkpoints.inspect(tmp_path / "n.safetensors").knobs == knobs
    if knobs is not None:
        assert {"turn", "light-side"} <= set(knobs.names)
        assert tuple(name.replace("_", "-") for name in knobs_of(generator)) == knobs.names


def test_directions_are_not_learnt_for_what_a_knob_does_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "knobs_of", lambda generator: NAMES)
    assert {"turn", "gaze"} <= {one.name for one in learning.candidates(network(None))}
    generator = network()
    generator.directions = {"turn": torch.ones(generator.num_ws, generator.w_dim)}
    names = {one.name for one in learning.candidates(generator)}
    assert "turn" in names  # lines say "turn" for the learnt direction
    assert "gaze" not in names
