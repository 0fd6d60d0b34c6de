"""A name of a model keeps its network even where every book of names is lost: the database knows it, too."""

import argparse
from pathlib import Path

import checkpoint_writers as writers
import pytest

from bot.commands.model import _describe, _summarize
from bot.i18n import texts
from bot.storage.database import Database, Place
from bot.storage.model_names import ModelNames
from generator import checkpoints
from generator.cli import serve
from generator.contract.protocol import MissingModel, Model, Ready
from generator.naming.book import FILE
from generator.naming.digests import Digests
from generator.worker.offer import Sources, find_models

SMALL = {"resolution": 8, "channels": {4: 4, 8: 4}, "z_dim": 8, "w_dim": 8, "num_mapping_layers": 1}


def save(path: Path, seed: int) -> None:
    checkpoints.save(writers.generator(seed, **SMALL), path)


def start_worker(folder: Path, words: list[str]) -> Ready:
    """Return what a worker would tell if it was started with these arguments."""
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    options = parser.parse_args(words)
    sources = Sources(folder=folder, bound=dict(options.bound))
    offer = find_models(sources, digests=Digests())
    return Ready(("waifu",), ("png",), tuple(file.model for file in offer.files), "cpu", "", tuple(offer.missing))


async def test_a_name_keeps_its_network_where_the_books_are_lost(tmp_path: Path) -> None:
    """Without the database, the second network would get the name, and old lines another face."""
    models = tmp_path / "models"
    models.mkdir()
    save(models / "faces.safetensors", 1)
    async with Database(tmp_path / "state") as database, ModelNames(database) as names:
        ready = start_worker(models, names.worker_arguments())
        names.record(ready)
        names.record(ready)
    first = ready.model("faces").digest
    (models / "faces.safetensors").rename(models / "other.safetensors")
    save(models / "faces.safetensors", 2)
    (models / FILE).unlink()
    async with Database(tmp_path / "state") as database, ModelNames(database) as names:
        again = start_worker(models, names.worker_arguments())
    assert again.model("faces").digest == first
    assert {model.name for model in again.models} >= {"faces", "faces-2"}


async def test_a_known_name_keeps_its_network_and_missing_ones_are_known(place: Place) -> None:
    gone = MissingModel("gone", "c" * 16, "model_gone")
    ready = Ready((), (), (Model("a", 8, "a" * 16, aliases=("old",)),), "cpu", "", (gone,))
    other = Ready((), (), (Model("a", 8, "b" * 16),), "cpu", "")
    async with Database(place) as database, ModelNames(database) as names:
        names.record(ready)
        names.record(other)
    async with Database(place) as database, ModelNames(database) as names:
        told = names.worker_arguments()
    assert sorted(told[1::2]) == sorted(["a=" + "a" * 16, "old=" + "a" * 16, "gone=" + "c" * 16])
    assert set(told[::2]) == {"--bound"}


@pytest.mark.parametrize("text", ["a", "a=b", "A b=0123456789abcdef", "=0123456789abcdef", "a=0123456789ABCDEF"])
def test_a_binding_that_is_misspelt_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--bound", text])
    assert "is not like my-name=0123456789abcdef" in capsys.readouterr().err


def test_a_model_that_draws_rectangles_is_shown_with_width_and_height() -> None:
    for locale, plain, told in (
        ("en-GB", "512 × 1024 px, no traits", "draws faces of 512 × 1024 px"),
        ("zh-CN", "512 × 1024 像素", "画 512 × 1024 像素的脸"),
        ("zh-TW", "512 × 1024 像素", "畫 512 × 1024 像素的臉"),
        ("ja", "512 × 1024ピクセル", "512 × 1024ピクセルの顔を描きます"),
    ):
        model = Model("human", 1024, "a" * 16, width=512, height=1024)
        t = texts.for_locale(locale)
        assert plain in _summarize(model, t)
        assert told in _describe(model, Ready((), (), (model,), "cpu", ""), t)
        square = Model("a", 128, "b" * 16)
        assert "128 × 128" in _describe(square, Ready((), (), (square,), "cpu", ""), t)
        assert "128" in _summarize(square, t)
        assert "×" not in _summarize(square, t)
