"""A real cluster of one machine, started as an operator does, in a short folder and with a token of its own."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
from project_paths import ROOT

IS_INSTALLED = sys.platform == "linux" and find_spec("ray") is not None
MISSING = "Ray is not installed: pip install -e '.[cluster]' (Linux only)"
PATIENCE = 90.0


class Cluster:
    """A running head. ``environ`` is what a process needs to be its driver."""

    def __init__(self, places: int, extra_path: Path | None = None, trouble: str = "", replicas: str = "") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.folder = Path(tempfile.mkdtemp(prefix="wb-"))  # the paths of Unix sockets are at most 107 bytes long
        path = os.pathsep.join(map(str, filter(None, (extra_path, ROOT))))
        ours = {"RAY_AUTH_TOKEN": secrets.token_hex(32), "PYTHONPATH": path, "WAIFUBOT_TROUBLE": trouble}
        self.environ = {**os.environ, **ours}
        self._words = ["--places", str(places), *(["--replicas", replicas] if replicas else [])]
        self.start()

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "generator", "cluster", *words]

    def start(self) -> None:
        """Start the head, and wait until it takes connections."""
        words = ["up", "--folder", str(self.folder), "--port", str(self.port), *self._words]
        words += ["--threads", "1", "--object-store", "100"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command(*words), env=self.environ, stdout=log, stderr=log)
        wait_for(
            lambda: b"Ray runtime started" in (self.folder / "log").read_bytes() or self.process.poll() is not None
        )
        assert self.process.poll() is None, (self.folder / "log").read_text()
        (self.folder / "log").write_bytes(b"")

    @contextmanager
    def another_machine(self, places: int, trouble: str = "") -> Iterator[Path]:
        """Run what would be another machine's part, on this one. Yields its folder."""
        environ = {**self.environ, "WAIFUBOT_TROUBLE": trouble}
        folder = Path(tempfile.mkdtemp(prefix="wb-"))
        words = ("up", "--join", self.address, "--folder", str(folder), "--places", str(places), "--threads", "1")
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(self.command(*words), env=environ, stdout=log, stderr=log)
        try:
            yield folder
        finally:
            command = self.command("down", "--folder", str(folder))
            subprocess.run(command, env=self.environ, check=True, timeout=PATIENCE)
            process.wait(PATIENCE)
            print((folder / "log").read_text())
            shutil.rmtree(folder, ignore_errors=True)

    def processes(self, words: Sequence[str], without: str = "\n") -> list[psutil.Process]:
        """Return the running processes of this cluster whose command lines hold all these words but not that one."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                line = " ".join(process.cmdline())
                if all(word in line for word in words) and without not in line and self._is_ours(process):
                    found.append(process)
        return found

    def _is_ours(self, process: psutil.Process) -> bool:
        return process.environ().get("RAY_AUTH_TOKEN") == self.environ["RAY_AUTH_TOKEN"]

    @property
    def workers(self) -> list[psutil.Process]:
        """The worker processes of the replicas. A dispatcher is started by the same word."""
        return self.processes(["generator", "serve"], without="--cluster")

    @property
    def replicas(self) -> list[psutil.Process]:
        """The replicas that have a worker. Ray renames a replica's process while it handles a call."""
        found = {process.ppid() for process in self.workers}
        return [process for process in self.processes(["ray::"]) if process.pid in found]

    def kill_head(self) -> None:
        """Kill the head, and wait until nothing of it is left."""
        for process in self.processes(["gcs_server"]):
            process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)
        wait_for(lambda: not self.processes(["raylet"]) and not self.replicas)

    def stop(self) -> None:
        subprocess.run(
            self.command("down", "--folder", str(self.folder)), env=self.environ, check=True, timeout=PATIENCE
        )
        self.process.wait(PATIENCE)

    def close(self) -> None:
        """End the cluster by force: to end it kindly takes Ray half a minute, which only a test in full size does."""
        if self.process.poll() is None and os.environ.get("FULL_SIZE"):
            self.stop()
        ours = self.processes([""])
        with suppress(psutil.Error):  # some hide their environment behind a longer title
            ours += psutil.Process(self.process.pid).children(recursive=True)
        for process in ours:
            if process.pid != os.getpid():
                with suppress(psutil.Error):
                    process.kill()
        self.process.wait(PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def running_cluster(
    places: int, extra_path: Path | None = None, trouble: str = "", replicas: str = ""
) -> Iterator[Cluster]:
    cluster = Cluster(places, extra_path, trouble, replicas)
    try:
        yield cluster
    finally:
        cluster.close()


def wait_for(condition: object, seconds: float = PATIENCE) -> None:
    """Wait until a function returns something true."""
    assert callable(condition)
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)
