"""What the two ends of the socket say to each other: lines of JSON, the first with the bot's three pipes.

    bot's end -> worker's end              worker's end -> bot's end
    arguments + stdin, stdout, stderr      {"stopped": true}    the worker is suspended (SIGSTOP)
    (end of stream: kill the worker)       {"ended": 0}         its exit status; negative if a signal ended it

Whoever connects and says nothing only wanted to know whether anybody listens.
"""

import json
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

MAX_BYTES = 1024 * 1024  # of a line; Linux allows as much for all arguments of a program
PIPES = 3
_PIECE_BYTES = 65536


def send_arguments(connection: socket.socket, arguments: Sequence[str], pipes: Sequence[int]) -> None:
    """Send the worker's arguments and the three descriptors. Raises OSError if nobody listens any more."""
    line = json.dumps(list(arguments)).encode() + b"\n"
    sent = socket.send_fds(connection, [line], pipes)
    connection.sendall(line[sent:])


def receive_arguments(connection: socket.socket) -> tuple[list[str], list[int]] | None:
    """Return the arguments and new descriptors of the three pipes, or None if there are none.

    Raises OSError if the connection breaks, and ValueError if something else comes; no descriptor is left open then.
    """
    line, pipes, _, _ = socket.recv_fds(connection, _PIECE_BYTES, PIPES)
    try:
        if not line:
            return None
        while not line.endswith(b"\n"):
            if not (piece := connection.recv(_PIECE_BYTES)) or len(line) > MAX_BYTES:
                raise ValueError("a request without an end")
            line += piece
        arguments = json.loads(line)
        if len(pipes) != PIPES or not isinstance(arguments, list) or not all(isinstance(a, str) for a in arguments):
            raise ValueError("a request that is none")
    except BaseException:
        for pipe in pipes:
            os.close(pipe)
        raise
    return arguments, pipes


def send_note(connection: socket.socket, note: Mapping[str, object]) -> None:
    """Send a line. Raises OSError if the other end is gone."""
    connection.sendall(json.dumps(note).encode() + b"\n")


def read_notes(buffer: bytearray) -> Iterator[Mapping[str, Any]]:
    """Take the whole lines out of what came, and yield them."""
    while (end := buffer.find(b"\n")) >= 0:
        line = bytes(buffer[:end])
        del buffer[: end + 1]
        yield json.loads(line)


def is_listening(path: Path) -> bool:
    """Return whether a process listens at a socket. Raises OSError if that cannot be found out."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True
