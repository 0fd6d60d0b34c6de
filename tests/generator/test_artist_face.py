"""The artist's faces: eyes, mouths and glasses fit every face, and nothing of a face jumps.

With FULL_SIZE=1 every mouth is drawn on every skin, else each on two of them.
"""

import itertools
import os
import re
from dataclasses import replace

import numpy as np
import pytest

from generator.artist import draw, eye_boxes
from generator.artist.colour import distance
from generator.artist.face import brows, ears, eyewear, iris, lids, marks
from generator.artist.face.brows import draw_brow_edges, draw_brows
from generator.artist.face.ears import draw_ears
from generator.artist.face.expressions import TABLE as EXPRESSIONS
from generator.artist.face.expressions import expression
from generator.artist.face.eyes import draw_eyes
from generator.artist.face.eyewear import draw_bridge, draw_eyewear_behind, draw_lenses
from generator.artist.face.layout import EXTENT, MOUTH_RISE, eye_axes, layout
from generator.artist.face.marks import draw_marks
from generator.artist.face.mouth import draw_mouth
from generator.artist.face.skin import draw_neck, draw_nose, draw_skin
from generator.artist.figure import Figure
from generator.artist.palette import SKIN, make_palette
from generator.artist.portrait import rasterise, svg
from generator.artist.rig import SHAPES, Rig
from generator.artist.svg import document, spline
from generator.artist.traits import CONTINUOUS, TRAITS, Attributes, sample, sample_evenly

pytestmark = pytest.mark.models  # the artist changes rarely, and its drawings are compared in each run

SMALL = 128  # pixels: the size at which a face must still read


def head(f):
    """All of the face that is not hair, as SVG."""
    return (
        draw_neck(f)
        + draw_skin(f)
        + draw_nose(f)
        + draw_mouth(f)
        + draw_marks(f)
        + draw_eyewear_behind(f)
        + draw_eyes(f)
        + draw_brows(f)
        + draw_ears(f)
        + draw_lenses(f, (-1, 1))
        + draw_bridge(f)
    )


def pixels(text):
    """What the SVG text draws, over grey: [SMALL, SMALL, 3] float."""
    drawn = np.asarray(rasterise(document(text), SMALL), dtype=float)
    share = drawn[..., 3:] / 255
    return drawn[..., :3] * share + 128 * (1 - share)


@pytest.mark.parametrize(
    ("trait", "rows"),
    [
        ("face", SHAPES),
        ("expression", EXPRESSIONS),
        ("eye-shape", lids.TABLE),
        ("pupils", iris.PUPILS),
        ("mark", marks.TABLE),
        ("glasses", eyewear.TABLE),
        ("earrings", {*ears.RINGS}),
    ],
)
def test_every_value_of_a_trait_has_a_row(trait, rows):
    assert set(rows) == set(TRAITS[trait])


@pytest.mark.parametrize("turn", [-2.5, -1.5, 1.5, 2.5])
def test_the_far_eye_stays_inside_the_face(turn):
    for face in TRAITS["face"]:
        for nod in (-2.5, 0.0, 2.5):
            f = Figure(Attributes(face=face, turn=turn, nod=nod, eye_size=2.5, eye_spacing=2.5))
            side = f.far_side
            origin, across, down = eye_axes(f, side)
            place = layout(f)
            edge = getattr(f.rig.outline(), "left" if side < 0 else "right")
            for out, low in EXTENT:
                x, y = origin + across * out * place.eye_width + down * low * place.eye_height
                assert side * (np.interp(y, edge[:, 1], edge[:, 0]) - x) > 1, f"{face} {nod} {out}"


@pytest.mark.parametrize("face", TRAITS["face"])
def test_a_face_is_one_curve_as_wide_as_high_with_room_beside_its_eyes(face):
    knobs = ("age", "chin", "jaw", "cheeks", "face_width", "eye_size", "eye_spacing")
    for signs in itertools.product((-2.0, 2.0), repeat=len(knobs)):
        f = Figure(Attributes(face=face, **dict(zip(knobs, signs, strict=True))))
        rig, place = f.rig, layout(f)
        slopes = np.diff(rig.half_widths[2:]) / np.diff(rig.heights[2:])
        assert (np.diff(slopes) < 0.05).all()  # it bends one way: no corner at the cheek
        width = 2 * rig.half_widths.max()
        assert 0.84 < width / (rig.chin_height + 72) < 1.08  # from the hairline, 72 above the middle of the head
        edge = np.interp(place.eye_y, rig.heights, rig.half_widths)
        assert edge - (place.eye_x + place.eye_width) > 0.055 * width


@pytest.mark.parametrize("eye_shape", TRAITS["eye-shape"])
def test_the_upper_lid_covers_a_little_of_every_iris(eye_shape):
    for look in itertools.product(TRAITS["expression"], (-2.5, 2.5), (-2.5, 2.5)):
        mood, aside, down = look
        a = Attributes(eye_shape=eye_shape, expression=mood, gaze=aside, gaze_height=down, nod=2.5, iris_size=-2.5)
        f = Figure(a)
        opening = lids.make_lids(f)
        seen = iris.make_iris(f, 1, opening)
        top, bottom = (np.interp(seen.x, *lid.T) for lid in (opening.upper, opening.lower))
        assert seen.y - seen.ry < top
        assert seen.y + seen.ry > bottom - 0.05 * (bottom - top)  # white below it is a stare too


@pytest.mark.parametrize("glasses", ["round", "square", "half-rim", "cat-eye", "shades", "monocle"])
def test_lenses_are_larger_than_the_eyes(glasses):
    for size in (-2.5, 2.5):
        f = Figure(Attributes(glasses=glasses, eye_size=size))
        width, height = eyewear.half_size(f, eyewear.TABLE[glasses])
        assert width > 1.15 * layout(f).eye_width
        assert height > 0.9 * layout(f).eye_height


def test_bangs_over_one_eye_leave_a_wink_to_the_other():
    hidden, free = (expression(Figure(Attributes(expression="wink", bangs=bangs))) for bangs in ("one-eye", "blunt"))
    assert hidden.closed == (1,)
    assert free.closed == (-1,)


def test_a_face_that_looks_up_keeps_its_jaw():
    for face in TRAITS["face"]:
        ahead, up = (Rig(Attributes(face=face, nod=nod)).outline().right for nod in (0.0, -2.5))
        jaw, chin = 5, 10  # rows of the outline
        assert up[chin, 1] - up[jaw, 1] > 0.85 * (ahead[chin, 1] - ahead[jaw, 1])


@pytest.mark.parametrize("skin", TRAITS["skin"] if os.environ.get("FULL_SIZE") else ("porcelain", "deep"))
@pytest.mark.parametrize("expression", TRAITS["expression"])
def test_every_mouth_reads_on_every_skin_in_a_small_picture(skin, expression):
    for style in TRAITS["style"]:
        f = Figure(Attributes(skin=skin, expression=expression, style=style))
        bare = draw_skin(f) + draw_nose(f)
        changed = np.abs(pixels(bare + draw_mouth(f)) - pixels(bare)).max(axis=-1) > 20  # of 255
        assert changed.sum(axis=0).max() >= 2  # rows
        assert changed.any(axis=0).sum() >= 5  # columns


def test_a_hair_of_a_knob_changes_a_hair_of_the_face():
    rng = np.random.default_rng(0)
    for knob in CONTINUOUS:
        for value in (-0.0001, 1.2):
            a = replace(sample_evenly(rng), **{knob: value})
            before, after = (head(Figure(replace(a, **{knob: at}))) for at in (value, value + 0.0002))
            if before != after:  # few are so near a rounding that their text differs
                assert np.abs(pixels(after) - pixels(before)).mean() < 0.03, f"{knob} at {value}"


@pytest.mark.parametrize("accessory", ["cat-ears", "fox-ears", "bunny-ears", "headphones"])
def test_nobody_has_two_pairs_of_ears(accessory):
    worn, own = (Figure(Attributes(ears="elf", accessory=kind)) for kind in (accessory, "none"))
    assert not draw_ears(worn)
    assert draw_ears(own)


@pytest.mark.parametrize("back_hair", TRAITS["back-hair"])
@pytest.mark.parametrize("side", [-1, 1])
def test_an_ear_never_comes_or_goes_with_the_pose_or_a_knob(back_hair, side):
    poses = [{}, {"turn": 1.2 * side}, {"turn": -2.5}, {"nod": 2.5}, {"tilt": -2.5}, {"side_length": 2.5}, {"wind": 2}]
    assert len({ears.bare(Attributes(back_hair=back_hair, **pose), side) for pose in poses}) == 1


def test_long_hair_covers_ears_and_combed_hair_leaves_them_bare():
    shown = {kind: ears.bare(Attributes(back_hair=kind), 1) for kind in ("long", "bob", "ponytail", "pixie")}
    assert shown == {"long": False, "bob": False, "ponytail": True, "pixie": True}


def test_an_elf_has_ears_before_all_hair_but_bangs_over_an_eye():
    assert ears.bare(Attributes(ears="elf", back_hair="long"), -1)
    assert not ears.bare(Attributes(ears="elf", bangs="one-eye"), -1)


@pytest.mark.parametrize("kind", ["stud", "drop", "hoop"])
@pytest.mark.parametrize("turn", [-2.5, -1.2, 0.0, 1.2, 2.5])
def test_no_earring_is_seen_without_its_ear(kind, turn):
    covered, plain = (Figure(Attributes(back_hair="long", earrings=worn, turn=turn)) for worn in (kind, "none"))
    assert ears.draw_ears(covered) == ears.draw_ears(plain) == ""
    ringed = ears.draw_ears(Figure(Attributes(back_hair="pixie", earrings=kind, turn=turn)))
    assert "opacity" not in ringed.replace("fill-opacity", "")  # nothing see-through hangs in the air


@pytest.mark.parametrize("turn", [-2.5, 2.5])
def test_the_far_ear_leaves_no_sliver_at_the_eye(turn):
    f = Figure(Attributes(back_hair="pixie", turn=turn))
    points = ears._fitted(f, ears.HUMAN, f.far_side)
    edge = getattr(f.rig.outline(), "left" if f.far_side < 0 else "right")
    beyond = f.far_side * (points[:, 0] - np.interp(points[:, 1], edge[:, 1], edge[:, 0]))
    assert beyond.max() < 2 * f.scale


@pytest.mark.parametrize("pose", [{}, {"turn": -2.5}, {"turn": 1.3}, {"nod": 2.5, "tilt": 2.5}, {"nod": -2.5}])
@pytest.mark.parametrize("face", TRAITS["face"])
def test_an_elf_s_ear_is_rooted_behind_the_face_and_its_tip_is_in_the_picture(face, pose):
    f = Figure(Attributes(ears="elf", face=face, **pose))
    for side, outline in ((-1, f.rig.outline().left), (1, f.rig.outline().right)):
        fit = ears._elf_place(f, side)
        for root in fit(ears.ELF_TOP)[0], fit(ears.ELF_BOTTOM)[-1]:
            assert side * (np.interp(root[1], outline[:, 1], outline[:, 0]) - root[0]) > 4 * f.scale
        tip = fit(ears.ELF_TOP)[-1]
        assert 20 < tip[0] < 492


@pytest.mark.parametrize("eye_shape", TRAITS["eye-shape"])
def test_no_eye_falls_steeply_to_the_nose(eye_shape):
    f = Figure(Attributes(eye_shape=eye_shape, eye_size=2.0))
    inner, outer = lids.make_lids(f).upper[[0, -1]]
    fall = inner - outer
    assert np.degrees(np.arctan2(fall[1], -fall[0])) < 12
    assert inner[1] < 0.30 * layout(f).eye_height


@pytest.mark.parametrize("turn", [-2.5, 2.5])
@pytest.mark.parametrize("glasses", ["round", "square", "half-rim", "cat-eye", "shades"])
def test_the_far_lens_ends_at_the_face(turn, glasses):
    f = Figure(Attributes(turn=turn, glasses=glasses))
    side = f.far_side
    edge = getattr(f.rig.outline(), "left" if side < 0 else "right")
    for x, y in eyewear._rim(f, eyewear.TABLE[glasses], side):
        assert side * (x - np.interp(y, edge[:, 1], edge[:, 0])) < 1.1 * eyewear.BEYOND_FACE * f.scale


@pytest.mark.parametrize(("back_hair", "cut"), [("long", 2), ("ponytail", 1)])
def test_a_temple_ends_at_the_face_where_it_is_far_or_its_ear_is_under_hair(back_hair, cut):
    f = Figure(Attributes(back_hair=back_hair, glasses="square"))
    assert draw_eyewear_behind(f).count('clip-path="url(#face)"') == cut


def test_a_cat_smiles_with_a_small_mouth_without_a_moustache():
    widths = []
    for mood in ("cat", "smile"):
        f = Figure(Attributes(expression=mood))
        bare = draw_neck(f) + draw_skin(f)
        changed = np.abs(pixels(bare + draw_mouth(f)) - pixels(bare)).max(axis=(0, 2)) > 40  # of 255
        widths.append(np.ptp(np.nonzero(changed)))
    assert widths[0] < 0.75 * widths[1]


@pytest.mark.parametrize("glasses", ["round", "square", "half-rim", "cat-eye", "shades"])
@pytest.mark.parametrize("face", TRAITS["face"])
def test_lenses_keep_off_the_mouth_and_hold_the_eye(glasses, face):
    for shape in TRAITS["eye-shape"]:
        f = Figure(Attributes(glasses=glasses, face=face, eye_shape=shape, eye_size=2.5))
        kind, place = eyewear.TABLE[glasses], layout(f)
        low = place.eye_y + eyewear.lowered(f, kind) + eyewear.half_size(f, kind)[1]
        lid = place.eye_y + max(lids.TABLE[shape].lower) * place.eye_height
        top_of_mouth = place.mouth_y - MOUTH_RISE * place.mouth_size
        assert lid < low
        assert low < top_of_mouth - 0.04 * (f.rig.chin_height + 50)  # the face from the brow's height to the chin


@pytest.mark.parametrize("turn", [-2.5, 0.0, 2.5])
def test_a_monocle_is_nearly_round_and_within_the_cheek(turn):
    f = Figure(Attributes(glasses="monocle", turn=turn))
    x, y = eyewear._rim(f, eyewear.TABLE["monocle"], 1).T
    assert np.ptp(x) / np.ptp(y) > 0.85
    edge = f.rig.outline().right
    assert (np.interp(y, edge[:, 1], edge[:, 0]) - x).min() > 0


@pytest.mark.parametrize("mood", ["smile", "neutral", "pout", "shy"])
@pytest.mark.parametrize("shape", TRAITS["eye-shape"])
def test_calm_lids_cover_some_of_the_iris(mood, shape):
    f = Figure(Attributes(expression=mood, eye_shape=shape, eye_opening=2.5))
    open_lids = lids.make_lids(f)
    seen = iris.make_iris(f, 1, open_lids)
    lid = np.interp(seen.x, open_lids.upper[:, 0], open_lids.upper[:, 1])
    assert (lid - (seen.y - seen.ry)) / (2 * seen.ry) > 0.149


@pytest.mark.parametrize("skin", TRAITS["skin"])
def test_the_faces_shade_is_darker_and_on_dark_skin_no_redder(skin):
    colours = Figure(Attributes(skin=skin)).palette.skin

    def chroma(colour):
        red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
        return (max(red, green, blue) - min(red, green, blue)) / 255

    light = [sum(int(c[k : k + 2], 16) for k in (1, 3, 5)) for c in (colours.base, colours.warm, colours.shadow)]
    assert light[0] > light[1] > light[2]
    if skin in ("brown", "deep"):
        assert chroma(colours.shadow) < 1.1 * chroma(colours.base)
        assert chroma(colours.warm) < 1.1 * chroma(colours.base)


@pytest.mark.parametrize("skin", ["porcelain", "fair", "tan"])
@pytest.mark.parametrize("hair", ["pink", "orange", "blonde"])
def test_hair_before_an_eye_is_told_from_the_skin(hair, skin):
    bare, hung = (make_palette(Attributes(hair=hair, skin=skin, bangs=bangs)) for bangs in ("blunt", "one-eye"))
    assert hung.skin == bare.skin
    gap = SKIN[skin].lightness - hung.hair_lightness
    assert abs(gap) > 0.14  # about 15 units of L*


def test_bangs_over_an_eye_come_without_spectacles_that_they_would_cut():
    drawn = [sample(np.random.default_rng(seed)) for seed in range(1500)]
    veiled = [a.glasses for a in drawn if a.bangs == "one-eye"]
    assert len(veiled) > 40
    assert set(veiled) <= {"none", "monocle"}


@pytest.mark.parametrize("face", TRAITS["face"])
def test_no_earring_hangs_from_a_sliver_of_an_ear(face):
    for turn in np.linspace(-2.5, 2.5, 11).tolist():
        f = Figure(Attributes(back_hair="pixie", earrings="stud", turn=turn, face=face))
        lobe = ears._fitted(f, ears.LOBE[None], f.far_side)[0]
        edge = getattr(f.rig.outline(), "left" if f.far_side < 0 else "right")
        beyond = f.far_side * (lobe[0] - np.interp(lobe[1], edge[:, 1], edge[:, 0]))
        shown = draw_ears(f).count(f.palette.accent.base) == 2
        assert shown == (beyond > 6 * f.scale)
    rings = [draw_ears(Figure(Attributes(back_hair="pixie", earrings="hoop", turn=turn))) for turn in (0.0, 0.02)]
    assert len({ring.count("<ellipse") for ring in rings}) == 1  # none comes or goes at once


def test_an_elf_s_ring_hangs_from_its_ear():
    f = Figure(Attributes(ears="elf", turn=1.0))
    for side in (-1, 1):
        fit = ears._elf_place(f, side)
        rim = np.concatenate([spline(fit(ears.ELF_TOP), 20), spline(fit(ears.ELF_BOTTOM), 20)])
        assert inside(rim, fit(ears.ELF_LOBE[None])).all()


def test_earrings_that_nothing_shows_are_not_sampled():
    drawn = [sample(np.random.default_rng(seed)) for seed in range(300)]
    ringed = [a for a in drawn if a.earrings != "none"]
    assert len(ringed) > 10
    for a in ringed:
        ahead = Figure(replace(a, turn=0.0)), Figure(replace(a, turn=0.0, earrings="none"))
        shown, plain = (draw_ears(figure) for figure in ahead)
        assert shown != plain


def test_no_earring_hangs_where_the_tie_of_a_tail_lies():
    for kind, rings in (("ponytail", 2), ("low-ponytail", 1), ("low-twintails", 0), ("braids", 0)):
        plain, ringed = (draw_ears(Figure(Attributes(back_hair=kind, earrings=e))) for e in ("none", "stud"))
        assert ringed.count("<ellipse") - plain.count("<ellipse") == 2 * rings


@pytest.mark.parametrize(("turn", "tilt", "shape"), [(0, 0, "round"), (-2.5, 2.5, "narrow"), (2.5, 2.5, "droopy")])
def test_another_colour_of_the_eyes_changes_little_but_what_is_in_their_boxes(turn, tilt, shape):
    a = Attributes(turn=turn, tilt=tilt, nod=1, eye_size=2, eye_shape=shape)
    change = np.abs(draw(a, SMALL).astype(int) - draw(replace(a, eyes="red"), SMALL)).max(axis=2)
    for left, top, right, bottom in eye_boxes(a, SMALL):
        assert (change[top:bottom, left:right] > 24).mean() > 0.1  # an iris fills a good part of its box
        change[top:bottom, left:right] = 0
    assert change.max() < 8  # the eyes' glow spreads a little


def test_an_elf_s_ear_is_drawn_in_one_piece_before_all_hair():
    for kind in ("long", "twintails", "curly"):
        drawn = svg(Attributes(ears="elf", back_hair=kind))
        ear = draw_ears(Figure(Attributes(ears="elf", back_hair=kind)))
        assert drawn.index(ear) > drawn.rindex("url(#hairf")


@pytest.mark.parametrize("skin", ["porcelain", "deep"])
@pytest.mark.parametrize("hair", TRAITS["hair"])
def test_a_brow_is_told_from_the_bangs_under_it(hair, skin):
    f = Figure(Attributes(hair=hair, skin=skin))
    colours, bangs = f.palette, f.palette.hair.at(brows.BANGS_LIGHT)
    edges = {colours.brow_edge} if draw_brow_edges(f) else set()
    told = 0.18 if hair == "black" else 0.3  # on black hair an edge that is much lighter looks like a flaw
    assert max(distance(bangs, colour) for colour in {colours.brow} | edges) > told
    assert all(distance(edge, colours.brow) > 0.3 for edge in edges)


@pytest.mark.parametrize("glasses", ["round", "square", "half-rim", "cat-eye", "shades", "monocle"])
def test_no_brow_lies_on_the_rim_of_glasses(glasses):
    for mood, size in itertools.product(("angry", "neutral", "shy"), (-2.0, 2.0)):
        f = Figure(Attributes(glasses=glasses, expression=mood, eye_size=size, brow_height=-2.0))
        frame = [float(v) for v in re.findall(r"matrix\(([^)]*)\)", draw_brows(f))[-1].split()]
        line = brows.SHAPE @ np.array(frame[:4]).reshape(2, 2) + frame[4:]
        rim = eyewear._rim(f, eyewear.TABLE[glasses], 1)
        away = np.linalg.norm(spline(line, 20)[:, None] - spline(rim, 200), axis=-1)
        assert away.min() > 3.0 * f.scale  # half a brow and half a rim


def inside(outline, points):
    """Whether each of ``points`` [n, 2] lies in the closed ``outline`` [m, 2]: how often a ray to the right cuts it."""
    (x0, y0), (x1, y1) = outline.T, np.roll(outline, -1, axis=0).T
    x, y = points[:, :1], points[:, 1:]
    crosses = (y0 > y) != (y1 > y)
    cut = x0 + (y - y0) * (x1 - x0) / np.where(y1 == y0, 1, y1 - y0)
    return (crosses & (x < cut)).sum(axis=1) % 2 == 1


def placed(text, points):
    """Where ``points`` in local units land by the last frame in an SVG text: on the canvas."""
    frame, *size = (np.fromstring(v, sep=" ") for v in re.findall(r"(?:matrix|scale)\(([^)]*)\)", text)[-2:])
    return (np.array(points) * size[0]) @ frame[:4].reshape(2, 2) + frame[4:]


@pytest.mark.parametrize("turn", [-2.5, -1.2, 0.0, 1.2, 2.5])
@pytest.mark.parametrize("face", TRAITS["face"])
def test_marks_stay_on_the_cheek_clear_of_eye_and_mouth(face, turn):
    for glasses, nod in itertools.product(("none", "round"), (-2.0, 2.0)):
        f = Figure(Attributes(face=face, turn=turn, nod=nod, glasses=glasses, eye_size=1.5, mark="heart"))
        heart = placed(marks._heart(f), [(-6, -5), (6, -5), (0, 6.2)])
        origin, across, down = eye_axes(f, 1)
        eye = origin + lids.make_lids(f).opening @ np.array([across, down])
        assert inside(f.rig.outline().closed, heart).all()
        assert not inside(eye, heart).any()
        mouth = f.rig.face(20 * layout(f).mouth_size, layout(f).mouth_y)
        assert heart[:, 0].min() > mouth[0]


@pytest.mark.parametrize("turn", [-2.5, -1.2, 0.0, 1.2, 2.5])
@pytest.mark.parametrize("face", TRAITS["face"])
def test_a_plaster_on_the_nose_lies_between_the_eyes(face, turn):
    f = Figure(Attributes(face=face, turn=turn, eye_size=2.0, eye_spacing=-2.5, mark="plaster"))
    rim = placed(marks._plaster(f), [(-13, 0), (-11, -5), (11, -5), (13, 0), (11, 5), (-11, 5)])
    assert np.ptp(rim[:, 0]) > 8 * f.scale
    for side in (-1, 1):
        origin, across, down = eye_axes(f, side)
        assert not inside(origin + lids.make_lids(f).opening @ np.array([across, down]), rim).any()
