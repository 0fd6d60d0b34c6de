"""Contact sheets: numbers that are readable, cells in their places, and files that are no pictures."""

import io
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from generator.contract import errors
from generator.contract.protocol import MAX_CELLS
from generator.rendering import contact_sheet
from generator.rendering.layout import PAPER


def png(mode: str = "RGB", side: int = 40) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((side, side), 50).convert(mode).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("count", [*range(1, 12), 20, MAX_CELLS])
def test_every_number_of_pictures_fits_with_less_than_a_row_left_over(count: int) -> None:
    columns, rows = contact_sheet.shape(count)
    assert columns <= contact_sheet.MAX_COLUMNS
    assert 0 <= columns * rows - count < columns
    sheet = contact_sheet.compose([None] * count, 1)
    side, gap = contact_sheet.LARGE_CELL if count <= contact_sheet.FEW else contact_sheet.SMALL_CELL, contact_sheet.GAP
    assert sheet.shape == (gap + rows * (side + gap), gap + columns * (side + gap), 3)
    assert tuple(sheet[0, 0]) == tuple(sheet[-1, -1]) == PAPER


def test_each_number_is_written_on_its_cell_and_differs_from_the_others() -> None:
    badges = []
    for number in (1, 2, 9, 10, 125, 10_000):
        sheet = contact_sheet.compose([Image.new("RGB", (8, 8), (255, 255, 255))], number)
        badge = sheet[: contact_sheet.LARGE_CELL // 4, : contact_sheet.LARGE_CELL // 2]
        white = (badge == contact_sheet.DIGITS).all(axis=2)
        dark = (badge == contact_sheet.BADGE).all(axis=2)
        assert 60 < dark.sum() < badge.shape[0] * badge.shape[1] // 2
        assert white.any()
        badges.append(badge.tobytes())
    assert len(set(badges)) == len(badges)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
@pytest.mark.parametrize("size", [(40, 40), (1000, 1000), (1, 1)])
def test_squares_of_any_mode_and_size_fill_their_cell(mode: str, size: tuple[int, int]) -> None:
    out = io.BytesIO()
    Image.new("RGB", size, (255, 255, 255)).convert(mode).save(out, "PNG")
    with Image.open(io.BytesIO(contact_sheet.make([out.getvalue()], 7).body)) as picture:
        sheet = np.asarray(picture)
    below = sheet[contact_sheet.LARGE_CELL // 2 : -contact_sheet.GAP - contact_sheet.CORNER]
    assert (below[:, contact_sheet.GAP + 1 : -contact_sheet.GAP - 1] == 255).all()


@pytest.mark.parametrize(("size", "box"), [((512, 1024), (74, 10, 202, 266)), ((20, 5), (10, 106, 266, 170))])
def test_a_picture_that_is_no_square_is_shown_whole_in_the_middle_of_its_cell(
    size: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    sheet = Image.fromarray(contact_sheet.compose([Image.new("RGB", size, (255, 0, 0))], 1))
    bare = Image.fromarray(contact_sheet.compose([Image.new("RGB", size, PAPER)], 1))
    assert ImageChops.difference(sheet, bare).getbbox() == box


@given(st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=6), st.integers(0, 6)), min_size=1, max_size=6))
def test_a_file_that_is_damaged_anywhere_is_a_picture_or_refused(cuts: list[tuple[int, bytes, int]]) -> None:
    body = png()
    for at, new, removed in cuts:
        at %= len(body)
        body = body[:at] + new + body[at + removed :]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # its size is refused before it is decoded
        try:
            media_type = contact_sheet.make([body, None], 1).media_type
        except errors.ProtocolError as error:
            media_type = error.code
    assert media_type in ("image/png", "protocol_error")


def test_a_sheet_that_is_too_large_is_made_smaller() -> None:
    whole = contact_sheet.make([png(side=256)] * 4, 1)
    small = contact_sheet.make([png(side=256)] * 4, 1, len(whole.body) // 2)
    assert len(small.body) <= len(whole.body) // 2
    assert small.width < whole.width
