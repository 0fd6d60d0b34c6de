"""Splits the text of expressions into calls and words. Knows no form of a face. Standard library only.

list = item { "," item }
item = word | call
call = word "(" list ")"          word: any characters but "(", ")", "," and spaces
"""

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from generator.contract import errors

MAX_DEPTH = 200  # calls within one another; a line of 1,500 characters has room for 187

_TOKEN = re.compile(r"[(),]|[^(),\s]+")


@dataclass(slots=True)
class Call:
    """A word with arguments in parentheses."""

    name: str
    arguments: "list[Item]" = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.name}({','.join(map(str, self.arguments))})"


Item: TypeAlias = str | Call


def parse(text: str) -> list[Item]:
    """Return the items of a comma-separated list, in one pass over the text.

    Raises BadFace if a parenthesis or a comma is wrong, or if calls are nested deeper than MAX_DEPTH.
    """
    current, outer = Call(""), list[Call]()
    wants_item = True
    for mark in _TOKEN.findall(text):
        if wants_item != (mark not in ("(", ")", ",")):
            raise _bad(text)
        if mark == "(":
            name = current.arguments[-1]
            if isinstance(name, Call) or len(outer) == MAX_DEPTH:
                raise _bad(text)
            call = current.arguments[-1] = Call(name)
            outer.append(current)
            current, wants_item = call, True
        elif mark == ")":
            if not outer:
                raise _bad(text)
            current = outer.pop()
        elif mark == ",":
            wants_item = True
        else:
            current.arguments.append(mark)
            wants_item = False
    if outer or wants_item:
        raise _bad(text)
    return current.arguments


def split_list(text: str) -> list[str]:
    """Split a comma-separated list. Commas within parentheses separate nothing."""
    if "(" not in text:
        return text.split(",")
    pieces, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and depth <= 0:
            pieces.append(text[start:at])
            start = at + 1
    return [*pieces, text[start:]]


def _bad(text: str) -> errors.BadFace:
    return errors.BadFace(value=text, example="mix(near(7,3),20,0-3)")
