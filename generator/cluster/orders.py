"""What the dispatcher's link and a replica tell each other about one run, as values that Ray carries.

Knows nothing about Ray. An order goes to one replica, which answers with a stream of items; the last of them is a
Drawing, a Failed, a Lost or a Refused.
"""

import hashlib
import json
from dataclasses import dataclass

from generator.contract import protocol


@dataclass(frozen=True)
class Order:
    """Asks one replica for one run."""

    message: protocol.Run | protocol.ContactSheet
    attachments: tuple[protocol.Attach, ...]
    expects: str  # the identity of what was offered to the bot; a replica that offers something else refuses
    model: str  # the network that the line names, "" if none; a hint for placing it
    alone: bool = False  # whether the worker must have no other run meanwhile, because a worker died of it or beside it
    avoid: frozenset[str] = frozenset()  # replicas that refused
    shun: frozenset[str] = frozenset()  # replicas that died or were silent, which may not be known everywhere yet
    node: str = ""  # where an earlier attempt was, whose frames a long animation goes on with


@dataclass(frozen=True)
class Placed:
    """Who was given a run."""

    replica: str
    node: str


@dataclass(frozen=True)
class Alive:
    """The replica's worker has nothing to tell, but it is watched and runs."""


@dataclass(frozen=True)
class Drawing:
    """The whole file, and how the run ended."""

    file: bytes
    finished: protocol.Finished


@dataclass(frozen=True)
class Lost:
    """The worker died while it had the run."""

    reason: str  # a phrase for the log
    own_fault: bool  # not if something outside killed or suspended it
    alone: bool  # whether the worker had no other run between receiving this one and dying


@dataclass(frozen=True)
class Refused:
    """This replica offers other networks, or draws in another way, than the bot was told."""

    found: str


Item = Alive | protocol.Progress | protocol.Preview | Drawing | protocol.Failed | Lost | Refused


def identity(ready: protocol.Ready) -> str:
    """Return a digest of what decides a file's bytes: how is drawn, and with which networks under which names."""
    offered = sorted((model.name, model.digest) for model in ready.models)
    text = json.dumps([ready.fingerprint, sorted(ready.formats), offered])
    return f"{ready.fingerprint} {hashlib.sha256(text.encode()).hexdigest()[:12]}"
