"""Tests layouts: every face is in its place, nothing is anywhere else, and captions are next to what they name."""

import numpy as np
import pytest

from generator.contract import errors
from generator.rendering.layout import INK, PAPER, Layout, compose


def flat(*levels: int, side: int = 64) -> np.ndarray:
    """Return one face for each grey level."""
    return np.stack([np.full((side, side, 3), level, np.uint8) for level in levels])


def test_faces_run_row_by_row_and_frame_by_frame() -> None:
    frames = compose(Layout(2, 1, 3, 64, 64), flat(1, 2, 3, 4, 5, 6))
    assert frames.shape == (2, 64, 192, 3)
    assert frames[:, 0, ::64, 0].tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_table_leaves_its_corner_empty_and_sets_its_sources_apart() -> None:
    layout = Layout(1, 2, 3, 64, 64, table=True)
    assert layout.faces == 5
    (frame,) = compose(layout, flat(1, 2, 3, 4, 5))
    assert frame.shape == (64 + 4 + 64, 64 + 4 + 128, 3)
    assert frame[[0, 63], :][:, [68, 131, 132, 195], 0].tolist() == [[1, 1, 2, 2]] * 2
    assert frame[[68, 131], :][:, [0, 63, 68, 132], 0].tolist() == [[3, 3, 4, 5]] * 2
    empty = [frame[:68, :64], frame[:68, 64:68], frame[64:68], frame[:, 64:68]]
    assert all((part == PAPER).all() for part in empty)


def test_groups_with_captions_are_set_apart() -> None:
    layout = Layout(1, 2, 4, 64, 64, captions=("one", "two"))
    (frame,) = compose(layout, flat(*range(1, 9)))
    assert frame.shape == (128 + 16, 256 + 4, 3)
    assert frame[0, [0, 64, 132, 196], 0].tolist() == [1, 2, 3, 4]
    assert frame[64, [0, 64, 132, 196], 0].tolist() == [5, 6, 7, 8]
    assert (frame[:, 128:132] == PAPER).all()


@pytest.mark.parametrize("side", [64, 256])
def test_a_caption_is_written_in_the_middle_under_its_face(side: int) -> None:
    layout = Layout(1, 1, 3, side, side, captions=("psi -0.5", "", "+2"))
    (frame,) = compose(layout, flat(1, 2, 3, side=side))
    band = frame[side:]
    assert band.shape == (layout.band, 3 * side, 3)
    dark = (band.astype(int).sum(axis=2) < (sum(PAPER) + sum(INK)) / 2).reshape(layout.band, 3, side)
    assert dark[:, 1].sum() == 0
    for caption in (0, 2):
        rows, columns = np.nonzero(dark[:, caption])
        assert abs((columns.min() + columns.max()) / 2 - side / 2) < side / 16
        assert rows.min() > 0
        assert rows.max() < layout.band - 1
        assert columns.min() > 0
        assert columns.max() < side - 1


def ink_of(band: np.ndarray) -> np.ndarray:
    """Return which pixels are ink, as Booleans [h, w]."""
    return band.astype(int).sum(axis=2) < (sum(PAPER) + sum(INK)) / 2


def test_a_table_names_its_sources_above_the_columns_and_beside_the_rows() -> None:
    layout = Layout(1, 3, 3, 64, 64, table=True, captions=("", "20", "21"), row_captions=("", "10", "11"))
    (frame,) = compose(layout, flat(*range(1, 9)))
    assert frame.shape == (16 + 64 + 4 + 128, 16 + 64 + 4 + 128, 3)
    assert frame[16, [84, 148], 0].tolist() == [1, 2]
    assert frame[[84, 148], 16, 0].tolist() == [3, 6]
    over, beside = ink_of(frame[:16]), ink_of(frame[:, :16])
    for ink in (over, beside.T):
        assert not ink[:, :84].any()
        for start in (84, 148):
            places = np.nonzero(ink[:, start : start + 64])[1]
            assert abs((places.min() + places.max()) / 2 - 32) < 4


def test_row_captions_are_read_from_below() -> None:
    straight = Layout(1, 1, 2, 64, 64, captions=("L", ""))
    turned = Layout(1, 2, 1, 64, 64, row_captions=("", "L"))
    under = compose(straight, flat(1, 2))[0][64:]
    beside = compose(turned, flat(1, 2))[0][:, :16]
    assert ink_of(under).any()
    assert (np.rot90(beside, -1) == under).all()


def test_a_caption_that_is_too_long_is_written_smaller() -> None:
    (frame,) = compose(Layout(1, 1, 2, 64, 64, captions=("4294967295 4294967295", "1")), flat(1, 2))
    ink = np.nonzero(ink_of(frame[64:]))[1]
    assert ink[ink < 64].min() > 0
    assert not ink_of(frame[64:, 62:66]).any()


def test_the_empty_corner_costs_no_pixels() -> None:
    assert Layout(1, 2, 2, 4600, 4600, table=True).faces == 3
    with pytest.raises(errors.TooManyPixels):
        Layout(1, 2, 2, 4700, 4700, table=True)
