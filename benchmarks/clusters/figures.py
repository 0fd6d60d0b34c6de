"""``python -m benchmarks.clusters.figures``: two replicas beside two bare workers, and what a request takes more.

Needs Ray, two cores and nothing else running. Asserts nothing.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.load import opened
from benchmarks.measure import percentile
from benchmarks.synthesis import network
from generator import checkpoints
from generator.contract import protocol

PORT = 6395
LARGE = 50_000_000


class Worker:
    """A process that speaks the worker's protocol."""

    def __init__(self, words: Sequence[str], environ: Mapping[str, str], replicas: int = 1) -> None:
        command, pipe = [sys.executable, "-m", "generator", "serve", *words], subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=dict(environ))
        self._decoder, self._last = protocol.Decoder(), 0
        self._waiting: list[protocol.Message] = []
        while not (isinstance(message := self._receive(), protocol.Ready) and message.replicas >= replicas):
            pass

    def draw(self, count: int) -> None:
        """Have so many faces drawn, and wait until all are done."""
        assert self.process.stdin
        for _ in range(count):
            self._last += 1
            run = protocol.Run(self._last, f"waifu {self._last}", LARGE, f"person {self._last % 7}")
            self.process.stdin.write(protocol.encode(run))
        self.process.stdin.flush()
        while count:
            message = self._receive()
            assert not isinstance(message, protocol.Failed), message
            count -= isinstance(message, protocol.Finished)

    def _receive(self) -> protocol.Message:
        assert self.process.stdout
        while not self._waiting:
            self._waiting += self._decoder.feed(os.read(self.process.stdout.fileno(), 65536))
        return self._waiting.pop(0)

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(30)


@contextmanager
def _cluster(environ: Mapping[str, str]) -> Iterator[None]:
    """Run a cluster of two places with one thread each."""
    with tempfile.TemporaryDirectory(prefix="wb-", ignore_cleanup_errors=True) as folder:
        words = [sys.executable, "-m", "generator", "cluster"]
        up = [*words, "up", "--folder", folder, "--port", str(PORT), "--places", "2", "--threads", "1"]
        process = subprocess.Popen(up, env=dict(environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


def _seconds(*works: tuple[Worker, int]) -> float:
    """Return how long it takes until all workers have drawn their faces side by side."""
    began = time.perf_counter()
    threads = [threading.Thread(target=worker.draw, args=[count]) for worker, count in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def _waits(worker: Worker, count: int) -> list[float]:
    return [_seconds((worker, 1)) for _ in range(count)]


def _processor_seconds(process: psutil.Process) -> float:
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(time.user + time.system for time in times)


def main() -> int:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--side", type=int, default=256, help="of the network's pictures, in pixels")
    parser.add_argument("--faces", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--waits", type=int, default=40, help="how often one face alone is measured")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "RAY_AUTH_TOKEN": "0" * 64}
    environ = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.safetensors"
        checkpoints.save(network(options.side, "exact"), file)
        words = ["--model", str(file), "--device", "cpu", "--precision", "exact", "--backend", "eager"]
        with _cluster(environ):
            bare = [Worker(words, environ) for _ in range(2)]
            both = Worker([*words, "--cluster", f"127.0.0.1:{PORT}"], environ, replicas=2)
            print(json.dumps(_measure(bare, both, options.faces, options.rounds, options.waits), indent=1))
            for worker in (*bare, both):
                worker.close()
            print(json.dumps(asyncio.run(_measure_bots(options.waits)), indent=1))
    return 0


async def _measure_bots(waits: int) -> dict[str, float]:
    """Measure `/waifu` of the built-in network through two whole bots, in turns."""
    async with opened() as bare, opened(cluster=f"127.0.0.1:{PORT}") as cluster:
        pairs = [[await bot.measure_wait("/waifu") for bot in (bare, cluster)] for _ in range(waits)]
    alone, through = zip(*pairs, strict=True)
    return {
        "/waifu, bare, median ms": 1000 * statistics.median(alone),
        "/waifu, bare, p95 ms": 1000 * percentile(alone, 95),
        "/waifu, cluster, median ms": 1000 * statistics.median(through),
        "/waifu, cluster, p95 ms": 1000 * percentile(through, 95),
        "p95 adds, ms": 1000 * (percentile(through, 95) - percentile(alone, 95)),
    }


def _measure(bare: Sequence[Worker], both: Worker, faces: int, rounds: int, waits: int) -> dict[str, float]:
    for worker in (*bare, both):
        worker.draw(4)
    side_by_side, cluster = [], []
    for _ in range(rounds):  # in turns, so that what the machine does besides falls on both
        side_by_side.append(_seconds(*((worker, faces // 2) for worker in bare)))
        cluster.append(_seconds((both, faces)))
    alone, through = _waits(bare[0], waits), _waits(both, waits)
    process = psutil.Process(both.process.pid)
    before = _processor_seconds(process)
    both.draw(faces)
    return {
        "faces": faces,
        "two bare workers, faces/s": faces / statistics.median(side_by_side),
        "two replicas, faces/s": faces / statistics.median(cluster),
        "share": statistics.median(side_by_side) / statistics.median(cluster),
        "one face, bare, median ms": 1000 * statistics.median(alone),
        "one face, bare, p95 ms": 1000 * percentile(alone, 95),
        "one face, cluster, median ms": 1000 * statistics.median(through),
        "one face, cluster, p95 ms": 1000 * percentile(through, 95),
        "p95 adds, ms": 1000 * (percentile(through, 95) - percentile(alone, 95)),
        "dispatcher and link, processor ms for each run": 1000 * (_processor_seconds(process) - before) / faces,
    }


if __name__ == "__main__":
    sys.exit(main())
