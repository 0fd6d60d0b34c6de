"""What the bot's owner sets and sees: channels, roles, status, metrics, log lines, warnings, and a graceful stop."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from bot_chat import Chat, eventually, open_chat
from final_message import is_final
from project_paths import ROOT

from bot import config
from bot.__main__ import metrics
from bot.config import Settings
from bot.errors import (
    BadSettings,
    DatabaseRefused,
    DisallowedIntents,
    DiscordClosed,
    DiscordUnreachable,
    GatewayLost,
    InvalidIntents,
    InvalidShard,
    NotHere,
    NoToken,
    OldApiVersion,
    ShardingRequired,
    StateTooNew,
    WorkerRefused,
    WrongToken,
)
from bot.messages import captions
from bot.operations import health
from bot.operations.policy import Policy
from bot.operations.status import read_memory


@pytest.fixture
async def chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Chat]:
    caplog.set_level("INFO")
    async with open_chat(tmp_path, monkeypatch) as chat:
        yield chat


# The policy: where the bot draws, and how much each role may ask for


@pytest.mark.parametrize(
    ("policy", "ids", "is_open"),
    [
        (Policy(), (1, 2), True),
        (Policy(), (), True),
        (Policy(allowed=(1,)), (1,), True),
        (Policy(allowed=(1,)), (2,), False),
        (Policy(allowed=(1,)), (2, 1), True),  # a thread in an allowed channel
        (Policy(allowed=(1,)), (), True),  # a direct message
        (Policy(forbidden=(1,)), (1,), False),
        (Policy(forbidden=(1,)), (2, 1), False),
        (Policy(forbidden=(1,)), (2,), True),
        (Policy(allowed=(3,), forbidden=(1,)), (1, 3), False),  # a forbidden channel in an allowed category
    ],
)
def test_the_policy_says_which_channels_are_open(policy: Policy, ids: tuple[int, ...], is_open: bool) -> None:
    try:
        policy.check_channel(ids)
    except NotHere:
        assert not is_open
    else:
        assert is_open


def test_the_highest_limit_of_several_roles_counts() -> None:
    policy = Policy(roles={1: 10, 2: 1})
    assert [policy.limit(roles) for roles in ((), (3,), (2,), (1, 2, 3))] == [None, None, 1, 10]


async def test_requests_in_a_forbidden_channel_and_its_threads_are_refused_with_a_sentence(chat: Chat) -> None:
    thread = chat.world.add_channel(chat.guild, "thread", parent=chat.ann.channel)
    other = chat.world.add_channel(chat.guild, "other")
    shown = await chat.draw("/waifu 1")
    chat.service._policy = Policy(forbidden=(chat.ann.channel.id,))
    for answer in (
        chat.ann.say("/waifu 1"),
        chat.ann.in_channel(thread).say("/waifu 1"),
        chat.ann.click(shown, "Again"),
    ):
        refused = await answer.wait_final(10)
        assert refused.content == str(NotHere())
        assert refused.ephemeral_to == chat.ann.user.id
    assert (await chat.draw("/waifu 1", chat.ann.in_channel(other))).attachments
    assert (await chat.draw("/waifu 1", chat.ann.in_channel(chat.world.direct(chat.ann.user)))).attachments


async def test_a_role_may_have_more_than_others(chat: Chat) -> None:
    chat.service._policy = Policy(roles={chat.patrons: 4})
    for person, limit in ((chat.ann, 3), (chat.bob, 4)):
        for seed in range(limit):
            await (await chat.answer(f"/waifu seed:{seed} model:other-1", person)).when(
                lambda shown: "█" in shown.content
            )
        assert f"You already have {limit} pictures" in (await chat.answer("/waifu seed:9", person)).content
        await chat.answer("/waifubot cancel", person)


def test_roles_and_channels_are_read_from_settings() -> None:
    environ = {"WAIFUBOT_ROLE_LIMITS": "12=3, 34 = 50", "WAIFUBOT_CHANNELS_FORBIDDEN": "5,6"}
    settings = config.load(None, environ)
    assert config.parse_role_limits(settings.role_limits) == {12: 3, 34: 50}
    assert settings.channels_forbidden == (5, 6)
    for wrong in ("12", "12=", "a=3", "12=-1", "12=3=4", "12=0"):
        with pytest.raises(BadSettings, match="give a list of role=limit"):
            config.load(None, {"WAIFUBOT_ROLE_LIMITS": wrong})


# What the owner sees


async def test_status_is_shown_only_to_the_person_who_asks(chat: Chat) -> None:
    await chat.draw("/grid 2")
    answer = await chat.answer("/waifubot status")
    assert answer.message is not None
    assert answer.message.ephemeral_to == chat.ann.user.id
    line, worker, memory, speed = answer.content.splitlines()
    assert line == "0 waiting, 0 being drawn."
    assert worker == "The worker is ready on cpu, with drawn-4, other-1; it was started once."
    assert re.fullmatch(r"Memory: bot (\d+ MB|unknown), worker (\d+ MB|unknown)\.", memory)
    assert re.fullmatch(r"Recent speed: \d+\.\d faces a second; up for 0 d 0 h 0 min\.", speed)


def test_the_memory_of_a_missing_process_is_unknown() -> None:
    assert read_memory(2**22 + 1) is None
    assert read_memory(2**22 + 1, children=True) is None


@pytest.mark.skipif(not Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists(), reason="the kernel's choice")
def test_the_memory_of_the_worker_is_that_of_the_processes_that_it_started_too() -> None:
    program = "print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout
        started.stdout.readline()  # from here on it is a Python, which takes some megabytes
        least = read_memory(os.getpid(), children=True) or 0
        assert least >= (read_memory(os.getpid()) or 0) + 2**20
        started.communicate(b"\n")


async def test_each_request_is_one_line_in_the_log_without_its_token(
    chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await chat.answer("/waifu 5")
    await answer.picture(10)
    await eventually(lambda: "request=" in caplog.text)
    lines = [record.getMessage() for record in caplog.records if "request=" in record.getMessage()]
    person, server = chat.ann.user.id, chat.guild.id
    assert len(lines) == 1
    assert re.fullmatch(
        rf'request=[0-9a-f]{{8}} person={person} server={server} line="waifu 5 model=drawn-4 psi=0\.7" '
        r"outcome=image/png bytes=\d+ seconds=\d+\.\d",
        lines[0],
    )
    assert answer.interaction.token not in caplog.text


async def test_a_refusal_is_one_line_in_the_log_too(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    await chat.answer("/waifu seed:1 model:nobody")
    assert re.search(rf"refused: request=[0-9a-f]{{8}} person={chat.ann.user.id} outcome=unknown_model", caplog.text)


async def test_a_bug_is_reported_to_the_person_with_the_reference_in_the_log(
    chat: Chat, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("a bug")

    monkeypatch.setattr(captions, "caption", broken)
    message = await (await chat.answer("/waifu 5")).when(is_final, 10)
    reference = re.search(r"this reference if it happens again: ([0-9a-f]{8})", message.content)
    assert reference
    await eventually(lambda: f"request={reference[1]}" in caplog.text)
    assert f"reference {reference[1]}: answering waifu 5 model=drawn-4 psi=0.7" in caplog.text
    assert "RuntimeError: a bug" in caplog.text


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def test_metrics_are_served_on_loopback_and_only_if_a_port_is_set(
    chat: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    await chat.draw("/waifu 1")
    await chat.answer("/waifu seed:1 model:other-1")
    await chat.answer("/waifubot cancel")
    await eventually(lambda: chat.services.monitor.endings.total() == 2)
    port = free_port()
    async with metrics(chat.services.monitor, port), aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/metrics") as response:
            text = await response.text()
        assert await asyncio.to_thread(health.main, port) == 0
        chat.services.monitor.shards = {0: False}
        assert await asyncio.to_thread(health.main, port) == 1
        assert "no shard is connected" in capsys.readouterr().out
        with pytest.raises(BadSettings, match=f"port {port} cannot be used"):
            async with metrics(chat.services.monitor, port):
                pass
    for line in (
        'waifubot_requests_total{outcome="picture"} 1.0',
        'waifubot_requests_total{outcome="cancelled"} 1.0',
        "waifubot_request_seconds_count 2.0",
        "waifubot_waiting 0.0",
        "waifubot_worker_ready 1.0",
        "waifubot_worker_starts_total 1.0",
    ):
        assert f"\n{line}\n" in text
    assert not re.search("ann|bob|waifu 1|token", text)
    async with metrics(chat.services.monitor, 0):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_an_error_of_the_running_bot_is_not_blamed_on_the_port_of_the_metrics(chat: Chat) -> None:
    with pytest.raises(OSError, match="a disk broke"):
        async with metrics(chat.services.monitor, free_port()):
            raise OSError(5, "a disk broke")


def test_metrics_without_their_package_stop_the_start_with_one_sentence() -> None:
    check = "import sys; sys.modules['prometheus_client'] = None; from bot.__main__ import metrics; metrics(None, 1)"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (
        "BadSettings: The setting metrics_port in the settings is wrong: it needs the package prometheus-client"
        in done.stderr
    )


@pytest.mark.parametrize(
    ("settings_mode", "token_mode", "warnings"),
    [
        (0o600, 0o600, []),
        (0o644, 0o400, []),
        (0o664, 0o600, ["others can change the settings"]),
        (0o646, 0o640, ["others can change the settings", "others can read the token"]),
        (0o600, 0o604, ["others can read the token"]),
    ],
)
def test_loose_permissions_cause_a_warning(
    tmp_path: Path, settings_mode: int, token_mode: int, warnings: list[str]
) -> None:
    file, token = tmp_path / "config.toml", tmp_path / "token.txt"
    for path, mode in ((file, settings_mode), (token, token_mode)):
        path.write_text("")
        path.chmod(mode)
    sentences = list(config.warn_of_loose_permissions(Settings(token_file=str(token)), file))
    assert len(sentences) == len(warnings)
    assert all(begins in sentence for begins, sentence in zip(warnings, sentences, strict=True))


def test_missing_files_cause_no_warning_about_permissions(tmp_path: Path) -> None:
    assert not list(
        config.warn_of_loose_permissions(Settings(token_file=str(tmp_path / "none")), tmp_path / "none.toml")
    )


def test_the_systemd_example_restarts_the_bot_only_where_that_helps() -> None:
    unit = (ROOT / "docs" / "waifubot.service").read_text(encoding="utf-8")
    match = re.search(r"^RestartPreventExitStatus=(.*)$", unit, re.MULTILINE)
    assert match
    at_the_start = (BadSettings, NoToken, WrongToken, WorkerRefused, StateTooNew)
    by_discord = (InvalidShard, OldApiVersion, InvalidIntents, DisallowedIntents)
    needs_a_person = {error.exit_code for error in (*at_the_start, *by_discord)}
    assert set(map(int, match[1].split())) == needs_a_person
    pass_by_themselves = (ShardingRequired, DatabaseRefused, GatewayLost, DiscordUnreachable, DiscordClosed)
    assert not needs_a_person & {0, *(error.exit_code for error in pass_by_themselves)}


# Stopping


@asynccontextmanager
async def drain(chat: Chat, seconds: float) -> AsyncIterator[None]:
    draining = asyncio.create_task(chat.queue.drain(seconds))
    await asyncio.sleep(0)
    yield
    await asyncio.wait_for(draining, seconds + 5)


async def test_a_drain_finishes_pictures_in_progress_and_refuses_new_requests(chat: Chat) -> None:
    running = await chat.answer("/waifu seed:1 model:other-1")  # the fake worker never finishes it
    await running.when(lambda shown: "█" in shown.content)
    async with drain(chat, 1.0):
        refused = await chat.answer("/waifu seed:2", chat.bob)
        assert refused.content == "The bot is shutting down; please ask again in a few minutes."
        assert chat.queue.counts() == (0, 1)
        assert await running.when(lambda shown: "█" in shown.content)
        await chat.answer("/waifubot cancel")
        await running.wait_deleted(5)
    assert chat.queue.counts() == (0, 0)


async def test_a_drain_times_out(chat: Chat) -> None:
    await (await chat.answer("/waifu seed:1 model:other-1")).when(lambda shown: "█" in shown.content)
    async with drain(chat, 0.1):
        pass
    assert chat.queue.counts() == (0, 1)
