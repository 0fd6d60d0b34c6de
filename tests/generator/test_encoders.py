"""Tests whose file is encoded next."""

import queue
import threading
from types import SimpleNamespace

from generator.worker.encoders import Encoders
from generator.worker.room import SMALL_PIXELS


def test_people_take_turns_and_nothing_small_waits_for_anything_large():
    gate, begun = threading.Semaphore(0), queue.Queue()

    def encode(encoding: SimpleNamespace) -> None:
        begun.put(encoding.run.id)
        if encoding.run.id < 10:
            gate.acquire(timeout=60)

    encoders = Encoders(encode)

    def add(id_: int, person: str, pixels: int, animated: bool = True) -> None:
        run = SimpleNamespace(pixels=pixels, is_animated=animated, message=SimpleNamespace(person=person))
        encoders.add(run, SimpleNamespace(run=SimpleNamespace(id=id_)))

    for id_ in (1, 2, 3):
        add(id_, "ann", SMALL_PIXELS + 1)
    add(4, "ben", SMALL_PIXELS + 1)
    assert begun.get(timeout=60) == 1
    add(10, "cho", SMALL_PIXELS)
    assert begun.get(timeout=60) == 10
    add(11, "dan", 64_000_000, animated=False)
    assert begun.get(timeout=60) == 11
    for ended, following in ((1, 4), (4, 2), (2, 3)):
        gate.release()
        encoders.ended(ended)
        assert begun.get(timeout=60) == following
    gate.release()
