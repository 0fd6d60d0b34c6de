"""The one place that says which network a name means. The worker, the bot through it, and the shell all ask here.

Does not know what is in a network's file. A name is bound to the digest of the file when it is first offered, and the
binding is written into a book (book.py) in every folder of networks, and in the bot's folder of state. Books that
disagree, because their folders had nothing to do with each other before, each keep what they say; the first one asked
is right here.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from generator.contract import errors
from generator.naming import book as books
from generator.naming.book import Book
from generator.naming.spelling import MAX_EARLIER_CHARS, number, spell, spell_as_before

LOCK = ".waifu-names.lock"
LOCK_S = 20.0  # how long another process may take to write a book

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Network:
    """The file of a network that is to be named."""

    path: Path
    digest: str
    wish: str = ""  # the name that the owner gave it in the settings


@dataclass(frozen=True)
class Names:
    """What every name means, and by which name each network is offered."""

    meanings: Mapping[str, str]  # name -> digest
    shown: Mapping[str, str]  # digest -> the name to show, of the networks that are offered
    paths: Mapping[str, Path]  # digest -> where its file was last seen

    def aliases(self, digest: str) -> tuple[str, ...]:
        """Return the further names of a network, beside the one to show."""
        shown = self.shown.get(digest)
        return tuple(sorted(name for name, meant in self.meanings.items() if meant == digest and name != shown))


def bind(
    networks: Sequence[Network],
    folders: Sequence[Path],
    earlier: Sequence[Network] = (),
    *,
    settle: bool = True,
    shared: Mapping[str, str] | None = None,
) -> Names:
    """Return the names of ``networks``, and give one to each that has none.

    ``folders`` are those whose books count, the most important first; books are written there unless they are complete.
    ``earlier`` are the networks in the order in which they were named before there were books. ``settle`` says that
    this is the bot's order, which counts once and for all. ``shared`` is what the bot's database says, name -> digest:
    it counts more than any book.

    Raises DamagedNames if a book cannot be read, and NamesInUse if another process keeps one locked.
    """
    names, changed = _resolve(_read(folders), networks, earlier, settle, shared)
    for network in networks:
        if network.wish and names.meanings[network.wish] != network.digest:
            _log.warning("the name %s stays with another network; %s has another name", network.wish, network.path.name)
    if not changed:
        return names
    with _locked(folders) as writable:
        names, changed = _resolve(_read(folders), networks, earlier, settle, shared)
        written = [_write(folder, changed[folder]) for folder in writable if folder in changed]
    if folders and len(changed) == len(folders) and not any(written):
        _log.warning("the names of networks could not be written anywhere: another network may get one of them later")
    return names


def look_up(networks: Sequence[Network], folders: Sequence[Path]) -> Names:
    """Return the names of ``networks`` as ``bind`` would, but write nothing. Raises DamagedNames."""
    return _resolve(_read(folders), networks, networks, settle=False)[0]


def _read(folders: Sequence[Path]) -> dict[Path, Book | None]:
    return {folder: books.read(folder) for folder in folders}


def _write(folder: Path, book: Book) -> bool:
    try:
        books.write(folder, book)
    except errors.CannotWrite as error:
        _log.warning("%s", error)
        return False
    return True


def _resolve(
    found: Mapping[Path, Book | None],
    networks: Sequence[Network],
    earlier: Sequence[Network],
    settle: bool,
    shared: Mapping[str, str] | None = None,
) -> tuple[Names, dict[Path, Book]]:
    """Return the names, and the books that must be written because they lack some."""
    known = [Book(shared, settled=True)] if shared else []
    known += [book for book in found.values() if book is not None]
    blank = Book()
    if not any(book.settled for book in known) if settle else not known:
        blank = Book(earlier=_earlier_names(earlier), settled=settle)
    layers = [blank, *known]
    meanings: dict[str, str] = {}
    for layer in layers:
        meanings = {**layer.meanings, **meanings}
    shown, meanings = _choose(networks, meanings, _preferred(layers, meanings))
    places = {network.digest: str(network.path.resolve()) for network in reversed(networks)}
    for layer in layers:
        places = {**layer.paths, **places}
    extended = {folder: _extend(book or blank, layers, meanings, shown, places) for folder, book in found.items()}
    names = Names(meanings, shown, {digest: Path(path) for digest, path in places.items()})
    return names, {folder: book for folder, book in extended.items() if book != found[folder]}


def _earlier_names(networks: Sequence[Network]) -> dict[str, str]:
    """Return the names that the networks, in this order, had before there were books."""
    names: dict[str, str] = {}
    for network in networks:
        names[number(spell_as_before(network.path.stem), names, MAX_EARLIER_CHARS)] = network.digest
    return names


def _preferred(layers: Sequence[Book], meanings: Mapping[str, str]) -> dict[str, str]:
    """Return, for each network that has been shown, the name by which it was."""
    preferred: dict[str, str] = {}
    for layer in layers:
        for name, digest in layer.names.items():
            if meanings[name] == digest:
                preferred.setdefault(digest, name)
    return preferred


def _choose(
    networks: Sequence[Network], meanings: Mapping[str, str], preferred: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the name by which each network is shown, and the meanings of all names, the new ones included.

    A network is shown by the owner's wish, else by the name that it has, else by a new one.
    """
    meanings = dict(meanings)
    shown: dict[str, str] = {}
    for network in networks:
        if network.wish and meanings.setdefault(network.wish, network.digest) == network.digest:
            shown.setdefault(network.digest, network.wish)
    for network in networks:
        if network.digest not in shown:
            others = {name for name, digest in meanings.items() if digest != network.digest}
            wanted = network.wish or spell(network.path.stem)
            name = shown[network.digest] = preferred.get(network.digest) or number(wanted, others)
            meanings[name] = network.digest
    return shown, meanings


def _extend(
    book: Book, layers: Sequence[Book], meanings: Mapping[str, str], shown: Mapping[str, str], places: Mapping[str, str]
) -> Book:
    """Return the book with all names that it lacks. What it says already stays, unless it was a guess."""
    settled = [layer for layer in layers if layer.settled]
    earlier = dict(book.earlier)
    if not book.settled:
        for layer in reversed(settled):
            earlier |= layer.earlier
    said = {**book.names, **earlier}
    fresh = {name: digest for digest, name in shown.items() if said.get(name, digest) == digest}
    fresh |= {name: digest for name, digest in meanings.items() if name not in said}
    return Book({**book.names, **fresh}, earlier, book.settled or bool(settled), places)


@contextmanager
def _locked(folders: Sequence[Path]) -> Iterator[list[Path]]:
    """Lock the books of the folders that can be written, and yield these folders. Raises NamesInUse."""
    writable = []
    with ExitStack() as stack:
        for folder in sorted(set(folders)):  # in one order, so that no two processes wait for each other
            try:
                stack.enter_context(FileLock(folder / LOCK, timeout=LOCK_S))
            except Timeout as error:
                raise errors.NamesInUse(file=str(folder / books.FILE)) from error
            except (OSError, NotImplementedError) as error:
                _log.debug("%s is not written: %s", folder / books.FILE, error)
            else:
                writable.append(folder)
        yield [folder for folder in folders if folder in writable]
