"""``packages.py bot|worker [EXTRA...]``: the packages of an image, one a line, from pyproject.toml. Not torch.

Which torch a worker has depends on its device; the Containerfile installs it.
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

BOTH = {"filelock", "sortedcontainers"}
BOT_ALONE = {
    "aiofiles",
    "aiohttp",
    "babel",
    "discord.py",
    "fluent.runtime",
    "fluent.syntax",
    "rapidfuzz",
    "sqlalchemy",
}
BOT_EXTRAS = ("metrics", "postgresql")


def list_packages(image: str, extras: Sequence[str] = ()) -> Iterator[str]:
    """Yield the requirements of an image, "bot" or "worker"."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in project["dependencies"]:
        name = re.split(r"[\[<>=]", requirement)[0]
        if name in BOTH or ((name in BOT_ALONE) == (image == "bot") and name != "torch"):
            yield requirement
    for extra in [*extras, *(BOT_EXTRAS if image == "bot" else ())]:
        yield from project["optional-dependencies"][extra]


if __name__ == "__main__":
    print("\n".join(list_packages(sys.argv[1], sys.argv[2:])))
