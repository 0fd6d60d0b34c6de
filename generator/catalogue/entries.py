"""Reads networks.toml, the list of public networks: what each draws, where it is, and under which licence.

Fetches nothing, and does not know whether an address still answers.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from generator.contract.names import NETWORK_SUFFIXES

FILE = Path(__file__).with_name("networks.toml")


@dataclass(frozen=True)
class Entry:
    """One public network. Everything is quoted from public documents, which ``source`` names."""

    name: str  # what ``waifu get`` calls it
    draws: str
    side: str  # pixels, such as "512", or width and height, "512 x 1024"; "" if no document says it
    format: str  # which program wrote the file
    licence: str
    source: str
    url: str = ""  # where the file is; "" if only a page is known
    page: str = ""  # a page on which a person gets the file with a browser
    size: int = 0  # bytes; 0 if no document says it
    sha256: str = ""  # "" if no document says it
    note: str = ""  # what one should know before

    @property
    def file(self) -> str:
        """The name of the file here: the entry's, with the ending of the address, or else of such files."""
        usual = ".pt" if self.format.startswith("rosinality") else ".pkl"
        ending = Path(file_in(self.url)).suffix
        return self.name + (ending if ending.lower() in NETWORK_SUFFIXES else usual)


def file_in(url: str) -> str:
    """Return the name of the file in an address, without anything that leads out of a folder; "" if there is none."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    name = unquote(path).replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable() and c not in '<>:"|?*').strip(". ")


@cache
def entries() -> Mapping[str, Entry]:
    """Return all networks by name, in the order of the list."""
    tables = tomllib.loads(FILE.read_text("utf-8"))
    sources: Mapping[str, str] = tables.pop("sources")
    rows = {name: table | {"source": sources[table["source"]]} for name, table in tables.items()}
    return {name: Entry(name, **row) for name, row in rows.items()}
