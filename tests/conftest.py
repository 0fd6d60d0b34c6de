"""Sets up all tests: the Hypothesis profiles, the number of threads, and the fixtures that several folders share.

Imports torch and playwright only when a test asks for them.
"""

import gc
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import artefacts
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.async_api import Browser
    from postgresql_server import Server
    from stage import Stage

settings.register_profile("default", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# What imports and collecting leave stays until the end: looking through it again and again for garbage takes a third of
# their time. It is looked for from the first test on, among what tests make.
gc.disable()

# Torch uses one thread, because several are slower when other processes run beside the tests.
os.environ.setdefault("OMP_NUM_THREADS", "1")


# The files that take longest. They come first, so that no process is left alone with one of them at the end.
# pytest-xdist keeps this order only with --no-loadscope-reorder; else files of few tests come last, however long.
LONGEST = (
    "test_faults",
    "test_restarts",
    "test_browser",
    "test_train",
    "test_worker",
    "test_discord",
    "test_end_to_end",
    "test_chat_models",
    "test_browser_puppet",
    "test_checkpoints",
    "test_benchmarks",
    "test_engine",
    "test_refusals",
    "test_start",
    "test_train_progress",
    "test_shards",
    "test_gateway",
    "test_interactions",
    "test_fuzz",
    "test_journal",
    "test_likeness",
    "test_reply",
    "test_chat_menus",
    "test_flows",
    "test_evaluate",
)
MODELS_CHANGED = "MODELS_CHANGED"  # the environment variable by which the first process tells the others


def pytest_configure(config: pytest.Config) -> None:
    """Look once for all processes whether what the tests marked ``models`` check has changed: it takes 3 s."""
    if MODELS_CHANGED not in os.environ:
        os.environ[MODELS_CHANGED] = "1" if artefacts.changed() else ""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest files first, and skip the tests marked ``models`` unless they have something new to check.

    They have if a file that they check has changed, or if MODELS is set.
    """
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))  # stable: within a file nothing moves
    if os.environ.get("MODELS") or os.environ[MODELS_CHANGED]:
        return
    for item in items:
        if item.get_closest_marker("models"):
            item.add_marker(
                pytest.mark.skip(reason="nothing has changed since the last check; `make test-models` checks again")
            )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin to look for garbage, but not among the modules and tests themselves."""
    gc.freeze()
    gc.enable()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> "AsyncIterator[Browser]":
    """The Chromium that all tests of the page share.

    If no Chromium is found, these tests are skipped, or fail if REQUIRE_BROWSER is set.
    """
    from browsing import ARGUMENTS, CHROMIUM, SOON_MS
    from playwright.async_api import async_playwright, expect

    if CHROMIUM is None:
        reason = "no Chromium found: install it (Debian: apt install chromium) or set CHROMIUM to its path"
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip)(reason)
    expect.set_options(timeout=SOON_MS)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        await launched.close()


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Server]":
    """The PostgreSQL server that all tests share.

    If there is none to start, these tests are skipped, or fail if REQUIRE_POSTGRESQL is set.
    """
    from postgresql_server import MISSING, find_programs, shared_server

    if (programs := find_programs() if os.name == "posix" else None) is None:
        (pytest.fail if os.environ.get("REQUIRE_POSTGRESQL") else pytest.skip)(MISSING)
    folder = tmp_path_factory.getbasetemp()
    with shared_server(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder, programs) as server:
        yield server


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """The files of three tiny networks: plain-1, traits-1 and slow-1."""
    from stage import make_models

    return make_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def settings(models: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bot's settings file. A module that needs other networks or settings overrides this fixture."""
    from stage import write_settings

    return write_settings(tmp_path_factory.mktemp("settings"), models)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(settings: Path) -> "AsyncIterator[Stage]":
    """The whole bot with a loopback Discord. Each module of tests has its own."""
    from stage import open_stage

    async with open_stage(settings) as stage:
        yield stage
