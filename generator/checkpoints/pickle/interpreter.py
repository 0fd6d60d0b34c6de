"""Interprets pickle streams as plain values: numbers, texts, lists, tuples, dicts, and inert records for named objects.

Imports, calls and builds nothing outside the caller's allowlist; knows nothing about networks or files.
pickle.Unpickler and existing libraries are not used, because they execute whatever is on their allowlist and allocate
whatever sizes a file claims. This interpreter is a loop over a table of opcodes, so deep nesting causes no recursion.
Bytes stay views of the file until they are needed, and a Budget limits the total cost.
CPython's Lib/pickletools.py describes every opcode; opcodes that no checkpoint writer emits are refused.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from generator.checkpoints.pickle.budget import LONG_TEXT_BYTES, MAX_STRING_BYTES, Budget, LongText, quote, safe_key
from generator.contract import errors

MAX_NAME_BYTES = 200
MAX_INT_BYTES = 16

Name = tuple[str, str]
Allowlist = Mapping[Name, "Global"]


@dataclass(frozen=True, slots=True, eq=False)
class Global:
    """A global name that a stream may mention. It is never imported; our own ``call`` and ``new`` replace it."""

    name: Name
    call: Callable[..., object] | None = None  # called by the opcode REDUCE; None if the name may not be called
    new: Callable[[], object] | None = None  # called by the opcode NEWOBJ; None if the name cannot create objects


class Buildable:
    """The base class of records for stored objects. The opcode BUILD passes the stored state to ``build``."""

    __slots__ = ()

    def build(self, state: object) -> None:
        """Set the object's state. Raises a CheckpointError if the state is malformed or unexpected."""
        raise errors.ForbiddenContent(found="state for an object that has none")


def read(
    stream: memoryview,
    allowlist: Allowlist,
    budget: Budget,
    start: int = 0,
    persistent: Callable[[object], object] | None = None,
) -> tuple[object, int]:
    """Read the pickle that begins at ``start``. Return its value and the position after it.

    ``persistent`` resolves persistent ids. If it is None, persistent ids are refused.
    Raises ForbiddenContent if a name is not on the allowlist, DamagedCheckpoint if no pickler writes such a stream, and
    CheckpointTooLarge if the budget is exceeded.
    """
    machine = _Machine(stream, allowlist, budget, start, persistent)
    try:
        return machine.run(), machine.at
    except (LookupError, ValueError, TypeError, OverflowError, struct.error) as error:
        # Python's own message may contain text from the file, so it is not shown.
        raise errors.DamagedCheckpoint(found=f"its structure makes no sense at byte {machine.at}") from error


class _Mark:
    """The type of the value that the opcode MARK puts on the stack."""


_MARK = _Mark()


class _Machine:
    """The state of reading one stream: its position, the stack and the memo."""

    def __init__(
        self,
        stream: memoryview,
        allowlist: Allowlist,
        budget: Budget,
        start: int,
        persistent: Callable[[object], object] | None,
    ) -> None:
        self.stream, self.at, self.end = stream, start, len(stream)
        self.allowlist, self.budget, self.persistent = allowlist, budget, persistent
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
                raise _refuse(code)
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
            raise ValueError("a mark is where a value belongs")
        return value

    def top(self) -> object:
        if self.stack[-1] is _MARK:
            raise ValueError("a mark is where a value belongs")
        return self.stack[-1]

    def pop_mark(self) -> list[object]:
        # Searching from the end keeps the cost of a stream of many marks and short tuples linear.
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
        # Picklers number the memo from 0 or 1. With other numbers, a file could make the keys collide.
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
        # Python 2 wrote both names and tensors as strings. Only short strings are names.
        raw = self.take(size)
        if size > MAX_STRING_BYTES:
            self.push(raw)
        else:
            self.budget.spend("text", size)
            self.push(str(raw, "latin-1"))

    def long(self, length_bytes: int) -> None:
        # Networks have no number of more bytes than MAX_INT_BYTES; what else a file holds may have some.
        size = self.number(length_bytes)
        self.push(self.number(size, signed=True) if size <= MAX_INT_BYTES else self.take(size))

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
        target.update(safe_key(value, self.budget) for value in values)

    def fill(self, target: object, values: list[object]) -> None:
        if type(target) is not dict or len(values) % 2:
            raise TypeError("not a dictionary")
        for key, value in zip(values[::2], values[1::2], strict=True):
            safe = safe_key(key, self.budget)
            if safe in target:
                raise errors.DamagedCheckpoint(found=f"the entry {quote(safe)} appears twice")
            target[safe] = value

    def make_frozenset(self) -> None:
        self.push(frozenset(safe_key(value, self.budget) for value in self.pop_mark()))

    def set_item(self) -> None:
        value, key = self.pop(), self.pop()
        self.fill(self.top(), [key, value])

    def set_items(self) -> None:
        values = self.pop_mark()
        self.fill(self.top(), values)

    def make_dict(self) -> None:
        fresh: dict[object, object] = {}
        self.fill(fresh, self.pop_mark())
        self.push(fresh)

    def push_global(self, module: object, name: object) -> None:
        # Names are only compared as text; nothing is imported.
        if type(module) is not str or type(name) is not str:
            raise TypeError("a global must be named by two texts")
        entry = self.allowlist.get((module, name))
        if entry is None:
            raise errors.ForbiddenContent(found=f"'{quote(f'{module}.{name}')}'")
        self.push(entry)

    def global_(self) -> None:
        module = self.line()
        self.push_global(module, self.line())

    def stack_global(self) -> None:
        name, module = self.pop(), self.pop()
        self.push_global(module, name)

    def reduce(self) -> None:
        arguments, function = self.pop(), self.pop()
        if type(function) is not Global or function.call is None or type(arguments) is not tuple:
            raise errors.ForbiddenContent(found="a call of something that is not a function")
        # A call may visit every member of its arguments, and a stream may pass the same long list to many calls.
        self.budget.spend("opcodes", sum(len(value) for value in arguments if isinstance(value, list | tuple)))
        self.push(function.call(*arguments))

    def new_object(self) -> None:
        arguments, kind = self.pop(), self.pop()
        if type(kind) is not Global or kind.new is None or arguments != ():
            raise errors.ForbiddenContent(found="an object of an unexpected kind")
        self.push(kind.new())

    def build(self) -> None:
        state, target = self.pop(), self.top()
        # The state of torch's OrderedDict, {"_metadata": ...}, says nothing about the network.
        if type(target) is dict:
            return
        if not isinstance(target, Buildable):
            raise errors.ForbiddenContent(found="state for an object that has none")
        target.build(state)

    def persistent_id(self) -> None:
        if self.persistent is None:
            raise errors.ForbiddenContent(found="a persistent id")
        self.push(self.persistent(self.pop()))

    def protocol(self) -> None:
        if not 2 <= self.number(1) <= 5:
            raise errors.DamagedCheckpoint(found="its pickle protocol is unknown")


def _refuse(code: int) -> errors.CheckpointError:
    if code in _FORBIDDEN:
        return errors.ForbiddenContent(found=_FORBIDDEN[code])
    return errors.DamagedCheckpoint(found=f"byte {code:#04x} is where an instruction belongs")


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
    0x95: lambda m: m.take(8),  # FRAME, which is only a hint for buffering
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
    0x8A: lambda m: m.long(1),  # LONG1
    0x8B: lambda m: m.long(4),  # LONG4
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
    0x91: _Machine.make_frozenset,  # FROZENSET
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
