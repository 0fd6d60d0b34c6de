"""Pickle streams read as plain values: numbers, texts, lists, tuples, dicts, and inert stand-ins for the objects they name.

Nothing is imported, called or built that is not on the caller's vocabulary; knows nothing of networks or of files.
An interpreter of our own rather than pickle.Unpickler: it is a loop over a table (no recursion, so nesting costs nothing), bytes
stay views of the file (nothing is copied before it is asked for), and what one file may cost has a limit (Budget).
Opcodes: CPython's Lib/pickletools.py describes all of them; those that no writer of such files emits are refused.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from generator.checkpoints.pickle.budget import LONG_TEXT_BYTES, MAX_STRING_BYTES, Budget, LongText, as_key, quote
from generator.contract import errors

MAX_NAME_BYTES = 200
MAX_INT_BYTES = 16

Name = tuple[str, str]
Vocabulary = Mapping[Name, "Known"]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A global that a stream may name. It is never imported: REDUCE runs ``call``, NEWOBJ runs ``new``, both our own code."""

    name: Name
    call: Callable[..., object] | None = None
    new: Callable[[], object] | None = None


class StandIn:
    """An object of ours in place of a stored one. BUILD hands it the stored state."""

    __slots__ = ()

    def build(self, state: object) -> None:
        """Take the state, or raise CheckpointError."""
        raise errors.ForbiddenContent(found="state for an object that has none")


def read(
    stream: memoryview,
    vocabulary: Vocabulary,
    budget: Budget,
    start: int = 0,
    persistent: Callable[[object], object] | None = None,
) -> tuple[object, int]:
    """Read one pickle at ``start``; return its value and the position after it.

    persistent: what a persistent id stands for; None: there are none. Raises ForbiddenContent for a name outside the vocabulary,
    DamagedCheckpoint for a stream that no pickler wrote, CheckpointTooLarge when the budget is used up.
    """
    machine = _Machine(stream, vocabulary, budget, start, persistent)
    try:
        return machine.run(), machine.at
    except (LookupError, ValueError, TypeError, OverflowError, struct.error) as error:
        # Our own sentence: what Python says here quotes the file.
        raise errors.DamagedCheckpoint(found=f"its structure makes no sense at byte {machine.at}") from error


class _Mark:
    """Where MARK stood on the stack."""


_MARK = _Mark()


class _Machine:
    """The stack, the memo and the position of one stream."""

    def __init__(
        self,
        stream: memoryview,
        vocabulary: Vocabulary,
        budget: Budget,
        start: int,
        persistent: Callable[[object], object] | None,
    ) -> None:
        self.stream, self.at, self.end = stream, start, len(stream)
        self.vocabulary, self.budget, self.persistent = vocabulary, budget, persistent
        self.stack: list[object] = []
        self.memo: dict[int, object] = {}

    def run(self) -> object:
        while True:
            self.budget.spend("opcodes", 1)
            code = self.take(1)[0]
            if code == 0x2E:  # STOP
                return self.pop()
            operate = _OPCODES.get(code)
            if operate is None:
                raise _refused(code)
            operate(self)

    def take(self, size: int) -> memoryview:
        start, self.at = self.at, self.at + size
        if size < 0 or self.at > self.end:
            raise errors.DamagedCheckpoint(found="it ends too early")
        return self.stream[start : self.at]

    def number(self, size: int, signed: bool = False) -> int:
        return int.from_bytes(self.take(size), "little", signed=signed)

    def line(self) -> str:
        piece = bytes(self.stream[self.at : self.at + MAX_NAME_BYTES])
        self.at += piece.index(b"\n") + 1
        return piece[: piece.index(b"\n")].decode("ascii")

    def push(self, value: object) -> None:
        self.stack.append(value)

    def pop(self) -> object:
        value = self.stack.pop()
        if value is _MARK:
            raise ValueError("a mark stands where a value belongs")
        return value

    def top(self) -> object:
        if self.stack[-1] is _MARK:
            raise ValueError("a mark stands where a value belongs")
        return self.stack[-1]

    def pop_mark(self) -> list[object]:
        # From the end: a stream of marks and short tuples must not cost the square of its length.
        for above, value in enumerate(reversed(self.stack)):
            if value is _MARK:
                start = len(self.stack) - above
                values = self.stack[start:]
                del self.stack[start - 1 :]
                return values
        raise ValueError("no mark on the stack")

    def get(self, index: int) -> None:
        self.push(self.memo[index])

    def put(self, index: int) -> None:
        # Picklers count, from 0 or from 1. Numbers of the file's choice could be chosen to collide in the dictionary.
        if index > len(self.memo) + 1:
            raise errors.DamagedCheckpoint(found="its memo is of an unusual form")
        self.memo[index] = self.top()

    def text(self, size: int) -> None:
        raw = self.take(size)
        if size > LONG_TEXT_BYTES:
            self.push(LongText(raw))
        else:
            self.budget.spend("text", size)
            self.push(str(raw, "utf-8", "surrogatepass"))

    def string(self, size: int) -> None:
        # Python 2 wrote names and tensors alike as strings; a name is short.
        raw = self.take(size)
        if size > MAX_STRING_BYTES:
            self.push(raw)
        else:
            self.budget.spend("text", size)
            self.push(str(raw, "latin-1"))

    def long(self) -> None:
        size = self.number(1)
        if size > MAX_INT_BYTES:
            raise errors.DamagedCheckpoint(found=f"a number of {size} bytes stands in it")
        self.push(self.number(size, signed=True))

    def make_tuple(self, size: int) -> None:
        self.push(tuple([self.pop() for _ in range(size)][::-1]))

    def extend(self, values: list[object]) -> None:
        target = self.top()
        if type(target) is not list:
            raise TypeError("not a list")
        target.extend(values)

    def add(self, values: list[object]) -> None:
        target = self.top()
        if type(target) is not set:
            raise TypeError("not a set")
        target.update(as_key(value, self.budget) for value in values)

    def fill(self, target: object, values: list[object]) -> None:
        if type(target) is not dict or len(values) % 2:
            raise TypeError("not a dictionary")
        for key, value in zip(values[::2], values[1::2], strict=True):
            if as_key(key, self.budget) in target:
                raise errors.DamagedCheckpoint(found=f"the entry {quote(key)} stands in it twice")
            target[key] = value

    def set_item(self) -> None:
        value, key = self.pop(), self.pop()
        self.fill(self.top(), [key, value])

    def set_items(self) -> None:
        values = self.pop_mark()
        self.fill(self.top(), values)

    def make_dict(self) -> None:
        made: dict[object, object] = {}
        self.fill(made, self.pop_mark())
        self.push(made)

    def known(self, module: object, name: object) -> None:
        # Compared as text and never imported; what is not on the list is not looked for either.
        if type(module) is not str or type(name) is not str:
            raise TypeError("a global is named by two texts")
        known = self.vocabulary.get((module, name))
        if known is None:
            raise errors.ForbiddenContent(found=f"'{quote(f'{module}.{name}')}'")
        self.push(known)

    def global_(self) -> None:
        module = self.line()
        self.known(module, self.line())

    def stack_global(self) -> None:
        name, module = self.pop(), self.pop()
        self.known(module, name)

    def reduce(self) -> None:
        arguments, function = self.pop(), self.pop()
        if type(function) is not Known or function.call is None or type(arguments) is not tuple:
            raise errors.ForbiddenContent(found="a call of something that is no function")
        # Some calls look at every member of what they are given; a stream may give them the same list again and again.
        self.budget.spend("opcodes", sum(len(value) for value in arguments if isinstance(value, list | tuple)))
        self.push(function.call(*arguments))

    def new_object(self) -> None:
        arguments, kind = self.pop(), self.pop()
        if type(kind) is not Known or kind.new is None or arguments != ():
            raise errors.ForbiddenContent(found="an object of an unexpected kind")
        self.push(kind.new())

    def build(self) -> None:
        state, target = self.pop(), self.top()
        if (
            type(target) is dict
        ):  # an OrderedDict of torch carries {"_metadata": ...}, which says nothing about the network
            return
        if not isinstance(target, StandIn):
            raise errors.ForbiddenContent(found="state for an object that has none")
        target.build(state)

    def persistent_id(self) -> None:
        if self.persistent is None:
            raise errors.ForbiddenContent(found="a persistent id")
        self.push(self.persistent(self.pop()))

    def protocol(self) -> None:
        if not 2 <= self.number(1) <= 5:
            raise errors.DamagedCheckpoint(found="its pickle protocol is unknown")


def _refused(code: int) -> errors.CheckpointError:
    if code in _FORBIDDEN:
        return errors.ForbiddenContent(found=_FORBIDDEN[code])
    return errors.DamagedCheckpoint(found=f"byte {code:#04x} stands where an instruction belongs")


_FORBIDDEN: Mapping[int, str] = {
    0x50: "a persistent id",  # PERSID
    0x69: "an old-style object",  # INST
    0x6F: "an old-style object",  # OBJ
    0x82: "a registered extension",  # EXT1
    0x83: "a registered extension",  # EXT2
    0x84: "a registered extension",  # EXT4
    0x92: "an object with arguments",  # NEWOBJ_EX
    0x97: "a buffer outside the file",  # NEXT_BUFFER
    0x98: "a buffer outside the file",  # READONLY_BUFFER
}

_OPCODES: Mapping[int, Callable[[_Machine], object]] = {
    0x80: _Machine.protocol,  # PROTO
    0x95: lambda m: m.take(8),  # FRAME: only a hint for buffering
    0x28: lambda m: m.push(_MARK),  # MARK
    0x30: lambda m: m.pop(),  # POP
    0x31: lambda m: m.pop_mark(),  # POP_MARK
    0x32: lambda m: m.push(m.top()),  # DUP
    0x4E: lambda m: m.push(None),  # NONE
    0x88: lambda m: m.push(True),  # NEWTRUE
    0x89: lambda m: m.push(False),  # NEWFALSE
    0x4A: lambda m: m.push(m.number(4, signed=True)),  # BININT
    0x4B: lambda m: m.push(m.number(1)),  # BININT1
    0x4D: lambda m: m.push(m.number(2)),  # BININT2
    0x8A: _Machine.long,  # LONG1
    0x47: lambda m: m.push(struct.unpack(">d", m.take(8))[0]),  # BINFLOAT
    0x8C: lambda m: m.text(m.number(1)),  # SHORT_BINUNICODE
    0x58: lambda m: m.text(m.number(4)),  # BINUNICODE
    0x8D: lambda m: m.text(m.number(8)),  # BINUNICODE8
    0x43: lambda m: m.push(m.take(m.number(1))),  # SHORT_BINBYTES
    0x42: lambda m: m.push(m.take(m.number(4))),  # BINBYTES
    0x8E: lambda m: m.push(m.take(m.number(8))),  # BINBYTES8
    0x96: lambda m: m.push(m.take(m.number(8))),  # BYTEARRAY8
    0x55: lambda m: m.string(m.number(1)),  # SHORT_BINSTRING
    0x54: lambda m: m.string(m.number(4, signed=True)),  # BINSTRING
    0x29: lambda m: m.push(()),  # EMPTY_TUPLE
    0x85: lambda m: m.make_tuple(1),  # TUPLE1
    0x86: lambda m: m.make_tuple(2),  # TUPLE2
    0x87: lambda m: m.make_tuple(3),  # TUPLE3
    0x74: lambda m: m.push(tuple(m.pop_mark())),  # TUPLE
    0x5D: lambda m: m.push([]),  # EMPTY_LIST
    0x6C: lambda m: m.push(m.pop_mark()),  # LIST
    0x61: lambda m: m.extend([m.pop()]),  # APPEND
    0x65: lambda m: m.extend(m.pop_mark()),  # APPENDS
    0x7D: lambda m: m.push({}),  # EMPTY_DICT
    0x64: _Machine.make_dict,  # DICT
    0x73: _Machine.set_item,  # SETITEM
    0x75: _Machine.set_items,  # SETITEMS
    0x8F: lambda m: m.push(set()),  # EMPTY_SET
    0x90: lambda m: m.add(m.pop_mark()),  # ADDITEMS
    0x68: lambda m: m.get(m.number(1)),  # BINGET
    0x6A: lambda m: m.get(m.number(4)),  # LONG_BINGET
    0x71: lambda m: m.put(m.number(1)),  # BINPUT
    0x72: lambda m: m.put(m.number(4)),  # LONG_BINPUT
    0x94: lambda m: m.put(len(m.memo)),  # MEMOIZE
    0x63: _Machine.global_,  # GLOBAL
    0x93: _Machine.stack_global,  # STACK_GLOBAL
    0x52: _Machine.reduce,  # REDUCE
    0x81: _Machine.new_object,  # NEWOBJ
    0x62: _Machine.build,  # BUILD
    0x51: _Machine.persistent_id,  # BINPERSID
}
