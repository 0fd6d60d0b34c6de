"""Makes small disks for tests of a full disk: a tmpfs, which only root can mount on Linux."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Mount a disk of ``size`` bytes on ``folder`` until the end of the block. Skip the test where that is impossible.

    Like a new folder of somebody else, the disk's root can be read by all.
    """
    if not sys.platform.startswith("linux") or os.geteuid():
        pytest.skip("only root on Linux can mount a small disk")
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted: {mounted.stderr.decode()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Write a file that takes all that is free on the disk of ``folder``, and return its path."""
    path = folder / "of somebody else"
    with path.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return path
