"""``python -m bot`` as a whole process: it starts, explains why it cannot start, and exits."""

import asyncio
import os
import re
import shutil
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from project_paths import ROOT, WORKERS

from playground.discord.faults import RateLimited
from playground.discord.server import Loopback
from playground.discord.state import World
from playground.people.person import Person

MODEL = ROOT / "tests" / "fixtures" / "ada_uncond_proto3.pkl"
ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith("WAIFUBOT_")} | {
    "PYTHONPATH": str(ROOT)
}

FOR_A_MOMENT = "🕐 The bot is being restarted; your picture comes in a moment."
FOR_GOOD = "The bot is shutting down; please ask again in a few minutes."
IN_FULL_SIZE = pytest.mark.skipif(not os.environ.get("FULL_SIZE"), reason="FULL_SIZE=1 runs it; others are like it")

FAKE_WORKER = (str(WORKERS.parent / "bot_with_fake_worker.py"), "draws.py")

pytestmark = pytest.mark.skipif(not MODEL.exists(), reason="needs the fixture of the checkpoint loaders")


@asynccontextmanager
async def bot(
    folder: Path, variables: Mapping[str, str] | None = None, draws: bool = True, **settings: object
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a bot in a folder and yield its process. At the end of the block, kill it if it still runs.

    ``variables`` are added to its environment. It gets a copy of MODEL, because it writes names beside its models.
    If ``draws`` is False, its worker is a fake one, which starts without torch.
    """
    if settings.get("model") == MODEL:
        settings["model"] = shutil.copy(MODEL, folder)
    environ = (
        ENVIRON | dict(variables or {}) | {f"WAIFUBOT_{name.upper()}": str(value) for name, value in settings.items()}
    )
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, *(("-m", "bot") if draws else FAKE_WORKER), cwd=folder, env=environ, stdout=pipe, stderr=pipe
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def eventually(is_true: Callable[[], bool]) -> None:
    """Wait until ``is_true()``, which another process brings about."""
    async with asyncio.timeout(60):
        while not is_true():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def wait_for_exit(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    """Wait until the process exits, and return its exit code and the last line of its stderr."""
    _, stderr = await asyncio.wait_for(process.communicate(), 60)
    assert b"Traceback" not in stderr, stderr.decode()
    return process.returncode, stderr.decode().splitlines()[-1]


async def test_without_a_token_it_says_where_to_put_one(tmp_path: Path) -> None:
    async with bot(tmp_path) as process:
        code, sentence = await wait_for_exit(process)
    assert code == 3
    assert sentence.startswith("waifubot: There is no Discord token: put it in the variable WAIFUBOT_TOKEN")


async def test_a_wrong_setting_stops_it_before_anything_is_started(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("max_queue = 0")
    async with bot(tmp_path) as process:
        assert await wait_for_exit(process) == (
            2,
            "waifubot: The setting max_queue in config.toml is wrong: give a whole number from 1 to 10000.",
        )


async def test_the_old_name_of_a_setting_is_one_warning_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("max_line = 5")
    async with bot(tmp_path, max_line=6) as process:
        _, stderr = await asyncio.wait_for(process.communicate(), 60)
    assert stderr.count(b"max_line") == 1
    assert b"WARNING bot: the setting max_line is now called max_queue; please rename it" in stderr


async def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    async with bot(tmp_path, discord_url="http://127.0.0.1:9", model="nowhere.pkl") as process:
        code, sentence = await wait_for_exit(process)
    assert (code, sentence) == (
        2,
        "waifubot: The setting model in the settings is wrong: there is no file nowhere.pkl; check the path.",
    )


async def test_a_file_that_is_no_model_is_named_in_the_workers_own_sentence(tmp_path: Path) -> None:
    (tmp_path / "anime.pkl").write_text("this is not a network")
    async with Loopback(World()) as discord, bot(tmp_path, discord_url=discord.url, model="anime.pkl") as process:
        code, sentence = await wait_for_exit(process)
    assert code == 5
    assert sentence.startswith("waifubot: anime.pkl is not a StyleGAN checkpoint")


async def test_a_folder_of_models_is_offered_and_a_broken_file_in_it_is_skipped(tmp_path: Path) -> None:
    folder = tmp_path / "networks"
    folder.mkdir()
    shutil.copy(MODEL.with_name("ros_converted.pt"), folder / "second.pt")
    (folder / "broken.pkl").write_text("this is not a network")
    world = World()
    ann = world.add_user("ann")
    person = Person(world, ann, world.add_channel(world.add_guild("server", ann), "pictures"))
    settings = {"model": MODEL, "models_dir": folder, "models": "best=second.pt"}
    async with Loopback(world) as discord, bot(tmp_path, discord_url=discord.url, **settings) as process:
        drain = asyncio.create_task(process.stderr.read())  # type: ignore[union-attr]
        await eventually(lambda: bool(world.commands.get(None) and discord.gateway.sessions))
        first, second = person.say("/waifu seed:1"), person.say("/waifu seed:1 model:best")
        assert "model=ada-uncond-proto3" in (await first.picture(60)).content
        assert "model=best" in (await second.picture(60)).content
        process.terminate()
        assert b"broken.pkl" in await drain
    books = [tmp_path / where / "waifu-names.json" for where in (".", "networks", "state")]
    assert len({path.read_text() for path in books}) == 1


async def test_a_preference_that_is_no_number_does_not_keep_it_from_starting(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with sqlite3.connect(tmp_path / "state" / "choices.sqlite3") as choices:  # as an earlier version kept it
        choices.execute("CREATE TABLE choices (whose TEXT, id INTEGER, model TEXT, PRIMARY KEY (whose, id))")
        choices.execute("INSERT INTO choices VALUES ('person', 'abc', 'm')")
    choices.close()
    async with Loopback(World()) as discord, bot(tmp_path, draws=False, discord_url=discord.url) as process:
        await eventually(lambda: bool(discord.gateway.sessions))
        process.terminate()
        code, _ = await wait_for_exit(process)
    assert code == 0


async def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with bot(tmp_path, discord_url="http://127.0.0.1:9", model=MODEL, metrics_port=port) as process:
            code, sentence = await wait_for_exit(process)
    assert code == 2
    assert sentence.startswith(f"waifubot: The setting metrics_port in the settings is wrong: port {port}")


async def test_a_failure_that_nobody_foresaw_ends_it_with_a_sentence(tmp_path: Path) -> None:
    # Python imports this module before anything else: a bug in one of the bot's parts.
    (tmp_path / "sitecustomize.py").write_text(
        "from bot.storage import preferences\n"
        "async def load(self): raise RuntimeError('the row is odd')\n"
        "preferences.Preferences.load = load\n"
        "preferences.Preferences.__aenter__ = load\n"
    )
    environ = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    async with (
        Loopback(World()) as discord,
        bot(tmp_path, environ, draws=False, discord_url=discord.url) as process,
    ):
        _, stderr = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert re.match(
        r"waifubot: Something unexpected ended the bot \(RuntimeError: the row is odd\); please report it",
        stderr.decode().splitlines()[-1],
    )


@pytest.mark.parametrize("closes", [False, True], ids=["at login", "by close code 4004"])
async def test_a_refused_token_is_one_sentence(tmp_path: Path, closes: bool) -> None:
    token = "loopback-token" if closes else "another"
    async with (
        Loopback(World(), token=token) as discord,
        bot(tmp_path, draws=False, discord_url=discord.url) as process,
    ):
        if closes:
            await eventually(lambda: bool(discord.gateway.sessions))
            await discord.gateway.close_all(4004)
        code, sentence = await wait_for_exit(process)
    assert code == 4
    assert sentence == (
        "waifubot: Discord refused the token; "
        "reset it on your application's page (Bot, Reset Token) and copy the new one."
    )


async def test_a_discord_that_answers_the_login_with_an_error_is_one_sentence(tmp_path: Path) -> None:
    async with Loopback(World()) as discord, bot(tmp_path, draws=False, discord_url=discord.url) as process:
        discord.faults.add(RateLimited(1.0, banned=True), "me")
        code, sentence = await wait_for_exit(process)
    assert code == 6
    assert sentence == "waifubot: Discord answered the login with an error (429); try again in a few minutes."


async def test_a_discord_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    async with bot(tmp_path, draws=False, discord_url="http://127.0.0.1:9") as process:
        code, sentence = await wait_for_exit(process)
    assert code == 6
    assert re.match("waifubot: Discord cannot be reached at http://127.0.0.1:9", sentence)


async def test_a_lost_gateway_ends_the_bot_so_that_a_service_manager_restarts_it(tmp_path: Path) -> None:
    async with (
        Loopback(World()) as discord,
        bot(tmp_path, draws=False, discord_url=discord.url, gateway_timeout_s=2) as process,
    ):
        await eventually(lambda: bool(discord.gateway.sessions))
        discord.gateway.refusing = True
        discord.gateway.drop()
        code, sentence = await wait_for_exit(process)
    assert code == 8
    assert sentence.startswith("waifubot: Discord's gateway has not come back for 2 s; start the bot again")


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        pytest.param([signal.SIGTERM], FOR_A_MOMENT, marks=IN_FULL_SIZE),  # test_end_to_end.py has it, too
        pytest.param([signal.SIGINT], FOR_GOOD, marks=IN_FULL_SIZE),
        ([signal.SIGTERM, signal.SIGINT], FOR_GOOD),
    ],
    ids=["a restart", "an end for good", "an end for good after all"],
)
async def test_at_a_signal_it_tells_everybody_and_exits_in_time_without_leaving_a_process(
    tmp_path: Path, numbers: list[signal.Signals], sentence: str
) -> None:
    drain_s = 0 if len(numbers) == 1 else 60
    world = World()
    ann = world.add_user("ann")
    channel = world.add_channel(world.add_guild("server", ann), "pictures")
    person = Person(world, ann, channel)
    async with (
        Loopback(world) as discord,
        bot(tmp_path, discord_url=discord.url, model=MODEL, max_in_flight=8, drain_s=drain_s) as process,
    ):
        drain = asyncio.create_task(process.stderr.read())  # type: ignore[union-attr]
        await eventually(lambda: bool(world.commands.get(None) and discord.gateway.sessions))
        assert (await person.say("/waifu seed:1").picture(60)).attachments
        assert psutil.Process(process.pid).memory_info().rss < 120_000_000
        answers = [person.say(line) for line in ("/morph from:1 to:2 frames:240", "/morph from:3 to:4 frames:240")]
        for answer in answers:
            await answer.wait_acknowledged()
        processes = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        assert len(processes) == 2
        for number in numbers:
            process.send_signal(number)
            await asyncio.sleep(0.3)  # else the two could arrive in either order
        await asyncio.wait_for(process.wait(), 10)
        assert process.returncode == 0
        assert b"Traceback" not in await drain
        for answer in answers:
            assert answer.content == sentence
        assert not any(process.is_running() for process in processes)


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
async def test_the_worker_exits_when_the_bot_is_killed(tmp_path: Path) -> None:
    async with Loopback(World()) as discord, bot(tmp_path, discord_url=discord.url, model=MODEL) as process:
        await eventually(lambda: bool(psutil.Process(process.pid).children()))
        children = psutil.Process(process.pid).children()
        process.kill()
        await asyncio.wait_for(process.wait(), 10)
        await asyncio.to_thread(psutil.wait_procs, children, 15)
        assert not any(child.is_running() for child in children)
