"""One machine's part in a cluster: Ray's processes, started in the foreground and ended with the command.

Imports no Ray. Ray's ports let whoever holds the cluster's token execute code, so the token is made here, in a file
that only its user can read, and addresses that other networks reach are refused.
"""

import contextlib
import ipaddress
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.contract import errors

KIND_SECONDS = 45.0  # how long Ray's processes may take to end before they are killed; Ray itself takes up to 30 s
DOWN_SECONDS = 60.0  # how long that may take in all
# A suspended process ends no call and obeys no end that Ray asks of it: it would keep its place in the cluster.
LOOK_SECONDS, SUSPENDED_SECONDS = 2.0, 10.0  # time between two looks for some, and how long one may be so
PROBE_SECONDS = 3.0  # how long a head may take to accept a connection
PID_FILE = "waifubot.pid"
GPUS = Path("/proc/driver/nvidia/gpus")


@dataclass(frozen=True)
class Node:
    """What this machine gives to a cluster."""

    folder: Path  # for Ray's sockets and logs; a short path
    head: str = ""  # HOST:PORT of the head of the cluster that it joins; "" if it is the head
    ip: str = ""  # of this machine in the private network; "" to let Ray find it
    port: int = 6379  # of the head
    places: int = 1  # for workers
    replicas: tuple[int, int] | None = None  # at least and at most, if their number follows the queue
    object_store_bytes: int = 500_000_000


def count_gpus() -> int:
    """Return how many NVIDIA GPUs this machine has."""
    with contextlib.suppress(OSError):
        return len(list(GPUS.iterdir()))
    return 0


def start_command(node: Node) -> list[str]:
    """Return the command line that runs Ray's processes until it is told to end."""
    resources = {"waifubot": node.places}
    if node.replicas is not None:
        resources |= {"waifubot_least": node.replicas[0], "waifubot_most": node.replicas[1]}
    where = [f"--address={node.head}"] if node.head else ["--head", f"--port={node.port}", "--include-dashboard=false"]
    # Ray lets everybody write into its folder, so it is in one that nobody else can enter.
    where += [f"--temp-dir={node.folder / 'ray'}"] if not node.head else []
    where += [f"--node-ip-address={node.ip}"] if node.ip else []
    return [
        *(sys.executable, "-m", "ray.scripts.scripts", "start", *where, "--block", "--disable-usage-stats"),
        f"--object-store-memory={node.object_store_bytes}",
        f"--resources={json.dumps(resources)}",
    ]


def environment(environ: Mapping[str, str], folder: Path, threads: int) -> dict[str, str]:
    """Return the environment of Ray's processes. Each worker computes with so many threads; 0 leaves that to it."""
    # Ray makes its workers polite, which only means that whatever else runs on the machine delays pictures.
    ours = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token", "RAY_worker_niceness": "0"}
    ours["WAIFUBOT_FOLDER"] = str(folder.resolve())
    return {**environ, **ours} | ({"WAIFUBOT_THREADS": str(threads)} if threads else {})


def check_private(address: str) -> None:
    """Raise PublicAddress if other networks reach an IP address, or NotAnAddress if it is none."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        raise errors.NotAnAddress(value=address) from None
    if not (ip.is_private or ip.is_link_local):
        raise errors.PublicAddress(address=address)


def require_token(environ: Mapping[str, str], *, make: bool) -> None:
    """Make sure that there is a token. A head makes it; a machine that joins must have the head's.

    Raises TokenMissing.
    """
    if environ.get("RAY_AUTH_TOKEN"):
        return
    path = Path(environ.get("RAY_AUTH_TOKEN_PATH") or Path.home() / ".ray" / "auth_token")
    if path.is_file():
        return
    if not make:
        raise errors.TokenMissing(file=str(path))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))


def is_reachable(address: str) -> bool:
    """Return whether somebody takes connections at HOST:PORT."""
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=PROBE_SECONDS):
        return True
    return False


def check_head(address: str, environ: Mapping[str, str]) -> None:
    """Raise HeadMissing if no head answers at HOST:PORT, or WrongToken if it has another token than this machine.

    Ray itself would try for a minute or more, and then end with a traceback.
    """
    if not is_reachable(address):
        raise errors.HeadMissing(address=address)
    command = [sys.executable, "-m", "ray.scripts.scripts", "health-check", "--address", address]
    done = subprocess.run(command, env={**environ, "RAY_AUTH_MODE": "token"}, capture_output=True, check=False)
    if b"InvalidAuthToken" in done.stderr:
        raise errors.WrongToken(address=address)
    if done.returncode != 0:
        raise errors.HeadMissing(address=address)


def run(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> int:
    """Run Ray's processes until they end or this process is told to end. Return the exit code.

    Raises CannotWrite if the folder cannot be this user's alone.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise errors.CannotWrite(file=str(folder), reason=error.strerror or str(error)) from error
    process = subprocess.Popen(command, env=dict(environ), stdin=subprocess.DEVNULL, start_new_session=True)
    told_to_end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_end.set())
    (folder / PID_FILE).write_text(str(os.getpid()), encoding="ascii")
    suspended: dict[int, float] = {}
    while process.poll() is None and not told_to_end.wait(LOOK_SECONDS):
        suspended = end_suspended(process.pid, suspended, time.monotonic())
    if told_to_end.is_set():
        _end(process)
    (folder / PID_FILE).unlink(missing_ok=True)
    return 0 if told_to_end.is_set() else 1


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End Ray's processes: kindly, or if that takes long by force. Workers end with the one that started them."""
    children = _children(process.pid)
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(KIND_SECONDS)
    for pid in [*children, process.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def end_suspended(pid: int, earlier: Mapping[int, float], now: float) -> dict[int, float]:
    """Kill what a process has started and somebody has suspended for too long. Return which are, and since when."""
    states = _read_states()
    found = {pid}
    while more := {child for child, (parent, _) in states.items() if parent in found} - found:
        found |= more
    suspended = {child: earlier.get(child, now) for child in found - {pid} if states[child][1] == b"T"}
    for child, since in suspended.items():
        if now - since > SUSPENDED_SECONDS:
            print(f"killed process {child}, which was suspended", file=sys.stderr, flush=True)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
    return suspended


def _children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [child for child, (parent, _) in _read_states().items() if parent == pid]


def _read_states() -> dict[int, tuple[int, bytes]]:
    """Return, for each process of this machine, the one that started it, and its state."""
    states = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            # State and parent are the first fields after the program's name, which is in parentheses.
            state, parent = stat.read_bytes().rpartition(b")")[2].split()[:2]
            states[int(stat.parent.name)] = int(parent), state
    return states


def end(folder: Path) -> None:
    """End what ``run`` runs in a folder, and wait for it. Raises NoNode if nothing runs there."""
    try:
        pid = int((folder / PID_FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        raise errors.NoNode(folder=str(folder)) from None
    if b"cluster" not in _words_of(pid):  # the number is another process's by now
        raise errors.NoNode(folder=str(folder))
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + DOWN_SECONDS
    while _words_of(pid) and time.monotonic() < until:
        time.sleep(0.1)


def _words_of(pid: int) -> bytes:
    """Return the command line of a process, empty once it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
