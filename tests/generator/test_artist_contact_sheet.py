"""The artist's contact sheet, from Python and from the shell."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator import __main__ as shell
from generator.artist import draw, sample
from generator.artist.contact_sheet import draw_sheet
from generator.artist.ink import INKS, print_in_ink


def test_a_sheet_holds_the_portraits_of_its_seed_in_rows():
    rng = np.random.default_rng(5)
    portraits = [draw(sample(rng), 32) for _ in range(4)]
    sheet = draw_sheet(32, 2, 2, seed=5)
    assert sheet.shape == (64, 64, 3)
    np.testing.assert_array_equal(sheet[32:, 32:], portraits[3])


def test_the_shell_writes_a_sheet_of_the_traits_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "sheet.png"
    words = ["--rows", "1", "--columns", "2", "--size", "32", "--seed", "3", "--traits", "hair=pink", "turn=-1.5"]
    assert shell.main(["artist", str(out), *words]) == 0
    assert capsys.readouterr().out == f"{out}: 64 x 32\n"
    with Image.open(out) as sheet:
        np.testing.assert_array_equal(np.asarray(sheet), draw_sheet(32, 2, 1, 3, {"hair": "pink", "turn": -1.5}))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--traits", "hair=plaid"], "hair cannot be 'plaid'"),
        (["--traits", "hairs=pink"], "a trait cannot be 'hairs'"),
        (["--traits", "turn=far"], "'far' cannot be used for turn"),
        (["--traits", "turn=nan"], "'nan' cannot be used for turn"),
        (["--traits", "turn=3"], "turn must be from -2.5 to 2.5, not 3"),
        (["--traits", "turn=1", "turn=2"], "'turn' is given twice"),
        (["--rows", "0"], "rows must be from 1 to 100, not 0"),
        (["--size", "5000"], "size must be from 16 to 1024, not 5000"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(
    words: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert shell.main(["artist", str(tmp_path / "sheet.png"), *words]) == 1
    assert named in capsys.readouterr().err
    assert not (tmp_path / "sheet.png").exists()


@pytest.mark.parametrize("name", ["sheet.unknown", "no/such/folder/sheet.png"])
def test_a_file_that_cannot_be_written_is_one_sentence(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert shell.main(["artist", str(tmp_path / name), "--rows", "1", "--columns", "1", "--size", "16"]) == 1
    assert "error: " in capsys.readouterr().err


def test_a_sheet_refuses_a_name_it_does_not_know():
    with pytest.raises(ValueError, match="'wings' is neither a trait nor a knob"):
        draw_sheet(16, 1, 1, 0, {"wings": 1.0})


def test_prints_fill_a_folder_and_have_four_inks(tmp_path: Path) -> None:
    out = tmp_path / "prints"
    assert shell.main(["artist", str(out), "--pictures", "3", "--ink", "--size", "32", "--seed", "4"]) == 0
    pictures = [np.asarray(Image.open(path)) for path in sorted(out.iterdir())]
    assert [picture.shape for picture in pictures] == [(32, 32, 3)] * 3
    assert not np.array_equal(pictures[0], pictures[1])
    flat = print_in_ink(np.full((8, 8, 3), 200, np.uint8))  # light grey, without a line
    assert {tuple(colour) for colour in flat.reshape(-1, 3).tolist()} == {INKS[0]}
    inked = np.concatenate(pictures).reshape(-1, 3)
    low, high = np.min(INKS, axis=0), np.max(INKS, axis=0)
    assert (inked >= low).all()
    assert (inked <= high).all()
