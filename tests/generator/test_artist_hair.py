"""The hair of the artist: a kind for each trait value, and pictures that knobs change without a jump."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.artist.colour import dissolve, parts
from generator.artist.face.layout import layout
from generator.artist.figure import Figure
from generator.artist.hair import back, bangs, ornaments
from generator.artist.hair.crown import draw_whorl, lone_strand, spikes
from generator.artist.hair.drawing import Hair
from generator.artist.hair.gloss import breaks
from generator.artist.hair.locks import ALONG, BRIMS, FRINGE, HATS, LOOSE, SAMPLES, SIDE, TOP, silhouette
from generator.artist.hair.tied import BAND, NECK, tie_ends
from generator.artist.portrait import rasterise
from generator.artist.rig import SCALP_CENTRE
from generator.artist.svg import CANVAS, document, path
from generator.artist.traits import TRAITS, Attributes, sample

pytestmark = pytest.mark.models  # the artist changes rarely, and its drawings are compared in each run

TURNS = 41  # poses from one side to the other, 1.5 degrees apart


def layers(attributes: Attributes) -> str:
    """Return all that Hair draws but the shadows on what other parts draw."""
    hair = Hair(Figure(attributes))
    clipped = hair.draw_body_shadow().replace('clip-path="url(#body)"', 'visibility="hidden"')
    return hair.draw_behind() + hair.draw_scalp() + clipped + hair.draw_front()


def pixels(attributes: Attributes) -> NDArray[np.float64]:
    picture = np.asarray(rasterise(document(layers(attributes)), 64)).astype(float) / 255
    return picture[..., :3] * picture[..., 3:]


def test_every_value_has_its_kind() -> None:
    assert tuple(bangs.TABLE) == TRAITS["bangs"]
    assert set(back.TABLE) == set(TRAITS["back-hair"])
    assert {back.TABLE[kind](Figure(Attributes())).shape for kind in back.TABLE} == {"", *ornaments.TABLE}
    assert set(TRAITS["accessory"]) >= HATS


@pytest.mark.parametrize("kind", TRAITS["back-hair"])
def test_ids_are_unique(kind: str) -> None:
    for turn in (-2.5, -1.2, 0.0, 2.5):
        names = re.findall(r'\bid="([^"]+)"', layers(Attributes(back_hair=kind, turn=turn, dye="tips")))
        assert len(names) == len(set(names))
        assert all(name.startswith("hair") for name in names)


@pytest.mark.parametrize("kind", TRAITS["back-hair"])
def test_nothing_jumps_while_the_head_turns(kind: str) -> None:
    hairs = [Hair(Figure(Attributes(back_hair=kind, turn=turn))).strands for turn in np.linspace(-2.5, 2.5, TURNS)]
    for before, after in pairwise(hairs):
        assert np.array_equal(before.layers, after.layers)  # the same locks in the same order
        assert np.abs(before.points - after.points).max() < 480 / (TURNS - 1)  # head units
        assert np.abs(before.fronts - after.fronts).max() < 0.6  # none goes at once from before to behind


def test_the_lone_strand_grows_from_nothing() -> None:
    def loose(ahoge: float) -> float:
        strands = Hair(Figure(Attributes(ahoge=ahoge))).strands
        return float(strands.widths[strands.layers == LOOSE].sum())

    assert loose(-2.5) == loose(0.5)
    assert loose(0.5) < loose(0.501) < loose(1.0) < loose(2.5)
    assert np.abs(pixels(Attributes(ahoge=0.5)) - pixels(Attributes(ahoge=0.505))).max() < 0.1


@pytest.mark.parametrize("hat", sorted(HATS))
def test_a_hat_flattens_the_hair_under_it(hat: str) -> None:
    plain, worn = (Hair(Figure(Attributes(back_hair="spiky", ahoge=2.0, accessory=a))) for a in ("none", hat))
    assert worn.strands.points[..., 1].min() > plain.strands.points[..., 1].min()
    assert len(worn.strands) == len(plain.strands) - 1  # without the lone strand


@pytest.mark.parametrize("kind", ["twintails", "ponytail", "side-ponytail"])
@pytest.mark.parametrize("hat", sorted(BRIMS))
def test_hair_is_tied_below_a_brim(kind: str, hat: str) -> None:
    for tail in back.TABLE[kind](Figure(Attributes(back_hair=kind, accessory=hat))).tails:
        assert tail.points[:, 0, 1].min() > 0  # at the ears or lower, in head units


@pytest.mark.parametrize("kind", TRAITS["bangs"])
def test_bangs_leave_the_eyes_free(kind: str) -> None:
    figure = Figure(Attributes(bangs=kind, bang_length=2.5, ruffle=2.5))
    place = layout(figure)
    for lock in bangs.TABLE[kind](figure):
        tip = SCALP_CENTRE[1] + lock.length
        before_an_eye = 12 < abs(lock.azimuth) < 40 and lock.azimuth * bangs.HIDES.get(kind, 0) <= 0
        assert not before_an_eye or tip < place.eye_y - 0.3 * place.eye_height


def test_a_ponytail_is_seen_beside_the_head() -> None:
    for turn in (-2.5, 0.0, 2.5):
        hair = Hair(Figure(Attributes(back_hair="ponytail", turn=turn)))
        tail = hair.cut.tails[0].points
        beyond = tail[..., 0] - hair.figure.rig.rotate(SCALP_CENTRE)[0] > hair.figure.rig.scalp_radii[0]
        assert beyond.mean() > 0.25
        assert tail[..., 1].min() < -120  # it rises over the crown


def test_the_band_of_light_is_broken_at_the_parting() -> None:
    widths = breaks(np.array([10.0, 12.0, 30.0]), 10.0)
    assert widths[1] == 0
    assert widths[2] > 0


def test_white_hair_is_not_white_paper() -> None:
    attributes = replace(Attributes(hair="white"), light_side=-1.0)
    picture = pixels(attributes)
    drawn = picture[picture.sum(-1) > 0.5]
    assert (drawn.min(-1) > 0.97).mean() < 0.25  # few pixels are burnt out
    assert drawn.std() > 0.08  # and there are shadows


@pytest.mark.parametrize("kind", ["bob", "wolf"])
@pytest.mark.parametrize("turn", [-1.5, 1.5])
def test_no_lock_stands_out_like_a_second_head(kind: str, turn: float) -> None:
    figure = Figure(Attributes(back_hair=kind, turn=turn, volume=1.0))
    hair = Hair(figure)
    middle = figure.rig.project(SCALP_CENTRE)
    scalp = silhouette(figure, 0.0) - middle
    scalp = scalp[np.argsort(np.arctan2(*scalp.T[::-1]))]
    angles, radii = np.arctan2(*scalp.T[::-1]), np.hypot(*scalp.T)
    held = hair.strands.layers[:, None] <= SIDE
    held = (
        held & (hair.strands.points[..., 1] < -30) & (hair.strands.points[..., 1] > -100)
    )  # what hangs may stand away
    for share in (-1, 1):
        edge = (hair.ribbons.centre + share * hair.ribbons.normal * hair.ribbons.half[..., None])[held] - middle
        reach = np.interp(np.arctan2(edge[:, 1], edge[:, 0]), angles, radii, period=2 * np.pi)
        assert (np.hypot(*edge.T) / reach).max() < 1.10


@pytest.mark.parametrize("kind", ["twintails", "low-twintails", "drills", "braids"])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_tie_on_the_far_side_is_seen_beside_the_face(kind: str, side: int) -> None:
    figure = Figure(Attributes(back_hair=kind, turn=2.5 * side))
    tie = next(tie for tie in back.TABLE[kind](figure).ties if tie.side == side)
    place = figure.rig.flatten(tie.anchor(figure))
    outline = figure.rig.outline()
    edge = outline.right if side > 0 else outline.left
    x = float(np.interp(place[1], edge[:, 1], edge[:, 0]))
    assert side * (place[0] - x) > 0


@pytest.mark.parametrize("turn", [-1.5, 0.0, 1.5])
def test_hair_before_an_eye_is_clear_of_the_mouth(turn: float) -> None:
    figure = Figure(Attributes(bangs="one-eye", turn=turn, bang_length=1.5, part=-1.0))
    mouth = figure.rig.face(np.linspace(-16, 16, 9), layout(figure).mouth_y)
    drawn = np.asarray(rasterise(document(Hair(figure).draw_front()), 256))[..., 3]
    column, row = (mouth / CANVAS * 256).astype(int).T
    assert drawn[row, column].max() < 128


@pytest.mark.parametrize("kind", ["twintails", "drills", "side-ponytail", "low-ponytail", "braids"])
@pytest.mark.parametrize("turn", [-2.5, -0.8, 0.0, 0.8, 2.5])
def test_a_tie_stays_at_the_heads_edge(kind: str, turn: float) -> None:
    figure = Figure(Attributes(back_hair=kind, turn=turn))
    hair = Hair(figure)
    for tie in hair.cut.ties:
        azimuth = abs(np.degrees(np.arctan2(*(figure.rig.rotate(tie.direction))[[0, 2]])))
        assert 90 < azimuth < 125  # neither before an ear nor behind the face
    assert not hair.strands.fronts[list(hair.tail)].any()  # a tail half before the head would show an ear through it


@pytest.mark.parametrize("turn", [-1.5, 0.0, 1.5])
def test_bangs_do_not_flare_off_the_head(turn: float) -> None:
    figure = Figure(Attributes(bangs="one-eye", turn=turn, wind=-1.8, bang_length=1.0))
    hair = Hair(figure)
    middle = figure.rig.project(SCALP_CENTRE)
    scalp = silhouette(figure, 0.05) - middle
    order = np.argsort(np.arctan2(*scalp.T[::-1]))
    bang = np.isin(hair.strands.layers, (FRINGE, TOP))
    for share in (-1, 1):
        edge = (hair.ribbons.centre + share * hair.ribbons.normal * hair.ribbons.half[..., None])[bang] - middle
        edge = edge.reshape(-1, 2)
        angles = np.arctan2(*scalp[order].T[::-1])
        reach = np.interp(np.arctan2(edge[:, 1], edge[:, 0]), angles, np.hypot(*scalp[order].T), period=2 * np.pi)
        assert (np.hypot(*edge.T) / reach).max() < 1.06


def test_bangs_over_one_eye_leave_the_other_open() -> None:
    drawn = [sample(np.random.default_rng(seed)) for seed in range(3000)]
    moods = {portrait.expression for portrait in drawn if portrait.bangs == "one-eye"}
    assert len(moods) > 5
    assert not moods & {"wink", "closed"}


def test_no_glasses_lie_half_under_bangs() -> None:
    drawn = [sample(np.random.default_rng(seed)) for seed in range(400)]
    assert {portrait.glasses for portrait in drawn if portrait.bangs == "one-eye"} == {"none"}


def test_inner_hair_of_another_colour_is_long() -> None:
    drawn = [sample(np.random.default_rng(seed)) for seed in range(400)]
    kinds = {portrait.back_hair for portrait in drawn if portrait.dye == "inner"}
    assert "long" in kinds
    assert not kinds & {"short", "bob", "pixie", "spiky", "wolf", "buns"}


@pytest.mark.parametrize("turn", [-2.5, 0.0, 2.5])
@pytest.mark.parametrize("kind", ["ponytail", "side-ponytail", "twintails"])
def test_a_tail_is_gathered_off_the_head(kind: str, turn: float) -> None:
    figure = Figure(Attributes(back_hair=kind, turn=turn))
    outline, middle = silhouette(figure, 0.02), figure.rig.project(SCALP_CENTRE)
    offset = outline - middle
    angles = np.arctan2(offset[:, 1], offset[:, 0])
    order = np.argsort(angles)
    for tail in back.TABLE[kind](figure).tails:
        neck = figure.rig.flatten(tail.points[:, NECK].mean(axis=0)) - middle
        edge = np.interp(np.arctan2(neck[1], neck[0]), angles[order], np.hypot(*offset[order].T), period=2 * np.pi)
        assert np.hypot(*neck) > edge + 16  # canvas units: on the outline a tie would be a peg


@pytest.mark.parametrize("kind", ["ponytail", "buns"])
@pytest.mark.parametrize("side", [-1, 1])
def test_hair_behind_an_ear_is_not_cut_straight(kind: str, side: int) -> None:
    figure = Figure(Attributes(back_hair=kind, turn=-2.5 * side))
    hair = Hair(figure)
    drawn = np.asarray(rasterise(document(hair.draw_scalp() + hair.draw_front()), CANVAS))
    above, below = figure.rig.project(figure.rig.scalp(side * np.full(2, 100.0), np.array([92.0, 103.0]), -0.05))
    first, second = (drawn[round(y), round(x), :3].astype(float) for x, y in (above, below))
    assert np.abs(first - second).max() < 16  # below the ear's top it goes on in the same light


@pytest.mark.parametrize("turn", [-2.5, 0.0, 2.5])
def test_spikes_grow_out_of_the_dome(turn: float) -> None:
    figure = Figure(Attributes(back_hair="spiky", turn=turn))
    locks = spikes(figure, 1.0)
    middle, dome = figure.rig.project(SCALP_CENTRE), silhouette(figure, 0.0)
    offset = dome - middle
    order = np.argsort(np.arctan2(*offset.T[::-1]))
    angles, reach = np.arctan2(*offset[order].T[::-1]), np.hypot(*offset[order].T)
    points = figure.rig.flatten(locks.points) - middle
    out = np.hypot(points[..., 0], points[..., 1])
    out = out / np.interp(np.arctan2(points[..., 1], points[..., 0]), angles, reach, period=2 * np.pi)
    standing = out[:, -1] > 1.1
    assert standing.sum() > 6
    assert (out[standing, 0] < 0.92).all()  # each root lies within the head
    half = locks.widths * figure.scale
    foot = np.argmax(half, axis=1)
    assert (out[np.arange(len(out)), foot][standing] < 1.1).all()  # it is widest where it leaves the head
    heights = out[standing, -1]
    assert heights.max() - heights.min() > 0.05  # and they differ


@pytest.mark.parametrize("dye", ["tips", "inner"])
def test_a_dyed_tail_begins_in_the_hairs_own_colour(dye: str) -> None:
    hair = Hair(Figure(Attributes(back_hair="ponytail", dye=dye)))
    dyed = hair.ribbons.dyed[list(hair.tail)]
    assert dyed[:, ALONG < 1 / 3].max() == 0
    assert dyed[:, -1].max() == 1


def test_lashes_do_not_shine_through_the_locks_beside_the_face() -> None:
    figure = Figure(Attributes(back_hair="curly"))
    hair = Hair(figure)
    everywhere = path("M0 0H512V512H0Z", "#000")
    drawn = np.asarray(rasterise(document(hair.before_side_locks(everywhere)), CANVAS))[..., 3] > 128
    side = np.flatnonzero(hair.strands.layers == SIDE)
    x, y = hair.ribbons.centre[side, 6].astype(int).T
    assert not drawn[y, x].any()
    nose = figure.rig.face(0, 0).astype(int)
    assert drawn[nose[1], nose[0]]


def test_a_hidden_eye_is_cut_away() -> None:
    hidden = Hair(Figure(Attributes(bangs="one-eye"))).without_hidden_eye("<g/>", "x")
    assert 'clip-path="url(#hairseenx)"' in hidden
    assert Hair(Figure(Attributes(bangs="blunt"))).without_hidden_eye("<g/>", "x") == "<g/>"


@pytest.mark.parametrize("turn", [-2.5, 0.0, 2.5])
@pytest.mark.parametrize("kind", ["ponytail", "side-ponytail", "twintails", "low-twintails", "low-ponytail"])
def test_a_tie_goes_round_its_tail_where_it_is_narrow(kind: str, turn: float) -> None:
    figure = Figure(Attributes(back_hair=kind, turn=turn))
    cut = back.TABLE[kind](figure)
    for tie, tail in zip(cut.ties, cut.tails, strict=True):
        start, end = tie_ends(figure, tie, BAND)
        across = (end - start) / np.hypot(*(end - start))
        places = figure.rig.flatten(tail.points) @ across
        half = tail.widths * figure.scale
        wide = (places + half).max(axis=0) - (places - half).min(axis=0)
        assert wide[NECK] < 0.7 * wide.max()
        assert (places[:, NECK] - half[:, NECK]).min() > start @ across  # it holds every lock
        assert (places[:, NECK] + half[:, NECK]).max() < end @ across


@pytest.mark.parametrize("turn", [-2.4, 0.0, 2.4])
@pytest.mark.parametrize("kind", ["low-ponytail", "ponytail", "side-ponytail"])
def test_hair_combed_to_a_tie_does_not_cross_the_cheek(kind: str, turn: float) -> None:
    figure = Figure(Attributes(back_hair=kind, turn=turn))
    for combed in back.TABLE[kind](figure).strands:
        before = (combed.points[..., 2] > 25) & (combed.widths > 0.5)
        assert combed.points[..., 1][before].max(initial=0.0) < 45  # head units: the ear's lobe is at 52


@pytest.mark.parametrize(("kind", "drawn"), [("bob", True), ("spiky", False)])
def test_no_whorl_lies_over_spikes(kind: str, drawn: bool) -> None:
    figure = Figure(Attributes(back_hair=kind))
    assert (draw_whorl(figure) in Hair(figure).draw_front()) == drawn


def test_the_lone_strand_is_not_drawn_with_a_halo() -> None:
    for worn in ("halo", "cat-ears"):
        assert lone_strand(Figure(Attributes(ahoge=2.5, accessory=worn))) is None
    assert lone_strand(Figure(Attributes(ahoge=2.5))) is not None


def test_nothing_is_worn_that_the_hair_would_collide_with() -> None:
    drawn = [sample(np.random.default_rng(seed)) for seed in range(3000)]
    worn = {(portrait.back_hair, portrait.accessory) for portrait in drawn}
    assert {("buns", "none"), ("low-twintails", "clip")} <= worn
    assert not worn & {("buns", "bunny-ears"), ("buns", "cat-ears"), ("low-twintails", "headphones")}
    assert not worn & {("low-ponytail", "headphones"), ("braids", "headphones"), ("spiky", "halo")}


@pytest.mark.parametrize("kind", ["long", "wavy", "curly", "bob", "half-up", "wolf"])
@pytest.mark.parametrize("side", [-1, 1])
def test_hair_covers_the_temple_where_no_ear_is_seen(kind: str, side: int) -> None:
    figure = Figure(Attributes(back_hair=kind, turn=-2.5 * side))
    drawn = np.asarray(rasterise(document(Hair(figure).draw_front()), CANVAS))[..., 3]
    outline = figure.rig.outline()
    edge = outline.right if side > 0 else outline.left
    for y in (figure.rig.face(0, layout(figure).eye_y)[1], figure.rig.face(0, layout(figure).eye_y + 20)[1]):
        x = float(np.interp(y, edge[:, 1], edge[:, 0]))
        assert drawn[round(float(y)), round(x - 4 * side)] > 250


@pytest.mark.parametrize("seed", range(8))
def test_locks_end_in_points_and_do_not_fold(seed: int) -> None:
    portrait = sample(np.random.default_rng(seed))
    ribbons = Hair(Figure(replace(portrait, bangs=["swoop", "swept", "messy", "one-eye"][seed % 4]))).ribbons
    along = np.hypot(*np.moveaxis(ribbons.centre[:, -1] - ribbons.centre[:, -2], -1, 0))
    assert (ribbons.half[:, -2] <= 1.1 * along + 1).all()  # canvas units: nothing round or square
    first = np.gradient(ribbons.centre, axis=1)
    second = np.gradient(first, axis=1)
    turning = np.abs(first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0])
    bend = turning / np.maximum(1e-3, (first**2).sum(-1)) ** 1.5
    seen = (ribbons.strands.fronts > 0) & np.isin(ribbons.strands.layers, (SIDE, FRINGE, TOP))
    assert np.where(ribbons.half > 5, ribbons.half * bend, 0)[seen, 2:-1].max() < 0.9


def test_a_fork_has_two_points_with_a_deep_notch() -> None:
    ribbons = Hair(Figure(Attributes(bangs="one-eye", back_hair="bob"))).ribbons
    forked = np.flatnonzero(ribbons.fork[:, 0] > 0.5)
    assert len(forked) > 2
    numbers = ribbons._forked(ribbons.half)[forked]
    start = 2 + 4 * (SAMPLES - 2) + 2  # after the first side of the outline
    notch, point = numbers[:, start + 2 : start + 4], numbers[:, start + 6 : start + 8]
    way = ribbons.centre[forked, -1] - ribbons.centre[forked, -2]
    way /= np.hypot(*way.T)[:, None]
    assert (((point - notch) * way).sum(-1) > 3).all()  # canvas units along the lock


def test_locks_that_cast_one_shadow_run_round_in_one_direction() -> None:
    hair = Hair(Figure(Attributes(bangs="parted")))
    fringe = np.flatnonzero(hair.strands.layers == FRINGE)
    numbers = [
        np.array(re.findall(r"-?[\d.]+", lock), dtype=float) for lock in hair.ribbons.silhouettes(fringe).split("Z")
    ]
    outlines = [n.reshape(-1, 2) for n in numbers if len(n)]
    areas = [(p[:-1, 0] * p[1:, 1] - p[:-1, 1] * p[1:, 0]).sum() for p in outlines]
    assert len(areas) == len(fringe)
    assert min(areas) * max(areas) > 0  # otherwise they would cut holes into it


@pytest.mark.parametrize("kind", TRAITS["bangs"])
def test_a_streak_is_locks_of_the_bangs_that_begin_in_the_hairs_own_colour(kind: str) -> None:
    plain, dyed = (Hair(Figure(Attributes(bangs=kind, dye=dye))) for dye in ("none", "streak"))
    assert np.array_equal(plain.strands.points, dyed.strands.points)  # nothing is laid over them
    streaks = dyed.ribbons.dyed[dyed.ribbons.dyed.any(axis=1)]
    assert 1 <= len(streaks) <= 2
    assert (streaks[:, 0] == 0).all()
    assert (streaks[:, -1] == 1).all()
    assert (dyed.strands.layers[dyed.ribbons.dyed.any(axis=1)] == TOP).all()


def test_tips_dye_all_layers_by_height_and_short_hair_lock_by_lock() -> None:
    long, tied, short = (Hair(Figure(Attributes(back_hair=kind, dye="tips"))) for kind in ("long", "ponytail", "pixie"))
    behind = long.strands.layers <= SIDE
    assert np.array_equal(long.ribbons.dyed[behind], long.dye.beside(long.strands.points[behind][..., 1]))
    assert not long.ribbons.dyed[~behind].any()  # a corner of the bangs would be a stain
    assert not tied.ribbons.dyed[tied.combed].any()  # what is combed to a tie has its tips elsewhere
    assert (short.ribbons.dyed[:, -1] == 1).all()
    assert not short.ribbons.dyed[:, ALONG < 0.5].any()


def test_between_opposed_colours_hair_is_pale_and_not_grey() -> None:
    cyan, coral = "#4fc3e8", "#e87a66"
    middle = parts(dissolve(cyan, coral, 0.5))
    assert min(middle) > 0.5 * (sum(parts(cyan)) + sum(parts(coral))) / 3 + 0.02
    assert dissolve(cyan, coral, 0) == cyan
    assert dissolve(cyan, coral, 1) == coral
    assert dissolve(cyan, cyan, 0.5) == cyan


@pytest.mark.parametrize("kind", ["low-ponytail", "low-twintails", "braids"])
@pytest.mark.parametrize("turn", [-2.0, 0.0, 2.0])
def test_locks_beside_a_face_end_above_a_low_tie(kind: str, turn: float) -> None:
    hair = Hair(Figure(Attributes(back_hair=kind, turn=turn, side_length=2.5)))
    sides = np.split(np.flatnonzero(hair.strands.layers == SIDE), 2)  # the viewer's left first
    for tie in hair.cut.ties:
        tips = hair.strands.points[sides[(tie.side + 1) // 2], -1, 1]
        assert tips.max() < tie.neck(hair.figure)[1] - 5  # head units


@pytest.mark.parametrize("worn", ["cat-ears", "horns", "maid", "headband"])
def test_hair_is_tied_below_what_stands_at_the_crown(worn: str) -> None:
    for kind in ("twintails", "ponytail", "side-ponytail", "drills"):
        plain, below = (Hair(Figure(Attributes(back_hair=kind, accessory=a))).cut.ties for a in ("none", worn))
        for high, low in zip(plain, below, strict=True):
            assert low.anchor(Figure(Attributes()))[1] > high.anchor(Figure(Attributes()))[1] + 4


@pytest.mark.parametrize("turn", [-2.5, 0.0, 2.5])
def test_a_drill_hangs_from_a_narrow_neck(turn: float) -> None:
    figure = Figure(Attributes(back_hair="drills", turn=turn))
    for tie in back.TABLE["drills"](figure).ties:
        course = ornaments._Course(figure, tie, 30.0)
        start, end = tie_ends(figure, tie, BAND)
        assert np.hypot(*(course.at([0.0], [0.0])[0] - (start + end) / 2)) < 1  # through the middle of its tie
        half = ornaments._drill_radius(figure, [0.0, 3.0])
        assert 2 * half[0] < np.hypot(*(end - start))  # the tie holds it
        assert half[1] > 1.5 * half[0]
        down = np.diff(course.at([0.0, 0.0], [4.0, 8.0]), axis=0)[0]
        assert abs(down[0]) < 0.1 * down[1]
