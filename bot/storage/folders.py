"""Creates folders that only the bot's own system user can read."""

from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Create a folder, and those above it, for the bot's own user only. Raises OSError if that is impossible.

    The mode of a folder that exists is its owner's choice.
    """
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
