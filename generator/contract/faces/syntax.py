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

_PIECE = re.compile(r"([^(),]*)([(),]|$)")  # a word, which may be empty, and the mark after it


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
    for word, mark in _PIECE.findall("".join(text.split())):
        if bool(word) is not wants_item or (mark == "(" and not word) or (mark == ")" and not outer):
            raise _bad(text)
        if mark == "(":
            call = Call(word)
            current.arguments.append(call)
            outer.append(current)
            current = call
            if len(outer) > MAX_DEPTH:
                raise _bad(text)
            continue
        if word:
            current.arguments.append(word)
        if mark == ")":
            current = outer.pop()
        wants_item = mark == ","
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
