"""Tests whose file is encoded next, and the processes that encode."""

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace

import psutil
import pytest

from generator.contract import errors
from generator.worker.encoding.lanes import Encoders
from generator.worker.encoding.process import EncoderProcess, EncodingBroke
from generator.worker.room import SMALL_PIXELS


def test_people_take_turns_and_nothing_small_waits_for_anything_large():
    gate, begun = threading.Semaphore(0), queue.Queue()

    def encode(encoding: SimpleNamespace, call: object) -> None:
        begun.put(encoding.run.id)
        if encoding.run.id < 10:
            gate.acquire(timeout=60)

    encoders = Encoders(encode, processes=False)

    def add(id_: int, person: str, pixels: int, total: int = 60) -> None:
        message = SimpleNamespace(person=person)
        run = SimpleNamespace(pixels=pixels, total=total, is_animated=total > 9, message=message)
        encoders.add(run, SimpleNamespace(run=SimpleNamespace(id=id_)))

    for id_ in (1, 2, 3):
        add(id_, "ann", SMALL_PIXELS + 1)
    add(4, "ben", SMALL_PIXELS + 1)
    assert begun.get(timeout=60) == 1
    add(10, "cho", SMALL_PIXELS)
    assert begun.get(timeout=60) == 10
    add(11, "dan", 64_000_000, total=1)
    assert begun.get(timeout=60) == 11
    for ended, following in ((1, 4), (4, 2), (2, 3)):
        gate.release()
        encoders.ended(ended)
        assert begun.get(timeout=60) == following
    gate.release()


def test_of_several_people_who_wait_the_one_with_the_smallest_file_goes_first():
    gate, begun = threading.Semaphore(0), queue.Queue()

    def encode(encoding: SimpleNamespace, call: object) -> None:
        begun.put(encoding.run.id)
        gate.acquire(timeout=60)

    encoders = Encoders(encode, processes=False)
    for id_, pixels in ((1, 9000), (2, 4000), (3, 500), (4, 3000)):
        run = SimpleNamespace(
            pixels=pixels, total=9, is_animated=False, message=SimpleNamespace(person=f"person {id_}")
        )
        encoders.add(run, SimpleNamespace(run=SimpleNamespace(id=id_)))
    for expected in (1, 3, 4, 2):
        assert begun.get(timeout=60) == expected
        gate.release()
        encoders.ended(expected)


@pytest.fixture(scope="module")
def process() -> Iterator[EncoderProcess]:
    with closing(EncoderProcess(5)) as process:
        yield process


def children() -> list[psutil.Process]:
    return psutil.Process().children()


def test_a_process_calls_functions_at_low_priority_and_without_torch(process):
    assert process.call(divmod, 7, 2) == (3, 1)
    pid = process.call(os.getpid)
    assert pid != os.getpid()
    assert process.call(os.getpriority, os.PRIO_PROCESS, 0) == min(os.getpriority(os.PRIO_PROCESS, 0) + 5, 19)
    loaded = "generator.rendering.job, generator.rendering.contact_sheet"
    process.call(exec, f"import {loaded}")
    assert process.call(eval, "'torch' in __import__('sys').modules") is False
    assert process.call(os.getpid) == pid


def test_errors_come_back_as_they_are_lack_of_memory_as_such_and_mistakes_with_their_traceback(process):
    with pytest.raises(errors.CannotFit, match="1 KiB"):
        process.call(exec, "from generator.contract import errors; raise errors.CannotFit(limit='1 KiB')")
    with pytest.raises(MemoryError):
        process.call(bytearray, 2**62)
    with pytest.raises(EncodingBroke, match="ZeroDivisionError"):
        process.call(divmod, 1, 0)
    with pytest.raises(TypeError, match="pickle"):
        process.call(len, [bytes(2**20), threading.Lock()])
    assert process.call(divmod, 7, 2) == (3, 1)


def test_a_call_whose_process_dies_is_made_again_and_given_up_at_the_second_death(process, tmp_path):
    first = tmp_path / "first"
    dies_once = "path.exists() or (path.touch(), __import__('os').abort())"
    assert process.call(eval, dies_once, {"path": first}) is True
    assert first.exists()
    with pytest.raises(EncodingBroke, match="status 3"):
        process.call(os._exit, 3)
    with pytest.raises(MemoryError):  # as the kernel does it where memory is short
        process.call(eval, "__import__('os').kill(__import__('os').getpid(), 9)")
    assert process.call(divmod, 7, 2) == (3, 1)


def test_a_process_that_was_killed_while_idle_is_replaced_and_leaves_no_zombie(process):
    killed = psutil.Process(process.call(os.getpid))
    killed.kill()
    while killed.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert process.call(divmod, 7, 2) == (3, 1)
    assert [child.status() for child in children()].count(psutil.STATUS_ZOMBIE) == 0


def test_a_call_that_is_cancelled_ends_at_once_and_the_next_one_works():
    with closing(EncoderProcess(0)) as process:
        pid = process.call(os.getpid)
        threading.Timer(0.05, process.cancel).start()
        with pytest.raises(errors.Cancelled):
            process.call(time.sleep, 600)
        assert process.call(os.getpid) != pid
    assert pid not in [child.pid for child in children()]


def test_where_no_process_can_be_started_the_work_is_done_here(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with closing(EncoderProcess(0)) as process:
        assert process.call(os.getpid) == os.getpid()


HOLDER = """
import os, sys, threading, time
from generator.worker.encoding.process import EncoderProcess
process = EncoderProcess(0)
print(process.call(os.getpid), flush=True)
process.call(time.sleep, 600)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_a_process_ends_in_the_middle_of_its_work_when_the_worker_is_killed():
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE)
    assert holder.stdout
    encoder = psutil.Process(int(holder.stdout.readline()))
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert not psutil.wait_procs([encoder], timeout=10)[1] or encoder.status() == psutil.STATUS_ZOMBIE
