"""Fetches a file over HTTP into a folder. pooch checks its sum and puts it in place; what was cut off is gone on with.

Knows no networks. What has arrived of a file stays beside it, as NAME.part, until it is whole; NAME.part.tag holds the
server's mark of that version, so that a file that has changed on the server begins again.
"""

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pooch
import requests
from tqdm import tqdm

from generator.contract import errors

TRIES = 5  # in a row without a byte, before the download is given up
PAUSE_S = 1.0  # before the second try; each further one is twice as long
TIMEOUT_S = (15.0, 30.0)  # for the connection, and for each piece
CHUNK = 2**16  # bytes; less than that is lost where a connection is cut
MAX_REDIRECTS = 8
ROOM = 64 * 2**20  # bytes that stay free on the disk
PAGE = ("text/html", "application/xhtml")  # what a browser would show
_WHY = {
    401: "it asks for a login",
    403: "it does not allow it",
    404: "there is nothing at this address (any more)",
    410: "there is nothing at this address any more",
    429: "too many have asked; try again later",
}


class _Broken(Exception):
    """Another try may go on. The message says what happened, unless the connection was cut on the way."""


@dataclass(frozen=True)
class Source:
    """What is to be fetched, and what is known about it."""

    url: str
    size: int = 0  # bytes; 0 if unknown
    sha256: str = ""  # "" if unknown


def fetch(source: Source, target: Path, pause_s: float = PAUSE_S) -> Path:
    """Fetch the file to ``target``, and return that. A file that is there already with the right sum is kept.

    Raises DownloadFailed if the server has no such file, another one or too little comes, and CannotWrite if the disk
    has no room for it or the folder cannot be written.
    """
    if target.exists() and (not source.sha256 or pooch.file_hash(str(target)) != source.sha256):
        raise errors.CannotWrite(
            file=str(target), reason="that exists already; delete it first, or choose another --name"
        )
    _check_scheme(source.url, source.url)
    pooch.get_logger().setLevel(logging.ERROR)
    download = _Download(source, target, pause_s)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        pooch.retrieve(source.url, source.sha256 or None, target.name, target.parent, downloader=download)
    except ValueError:  # pooch's, if the sum is another one
        found = "what came is another file than documented (its SHA-256 differs), so it was deleted"
        raise errors.DownloadFailed(url=source.url, found=found) from None
    except OSError as error:
        with suppress(OSError):
            download.discard()
        raise errors.CannotWrite(file=str(target), reason=error.strerror or str(error)) from error
    return target


class _Download:
    """What pooch calls to fetch the file; see its documentation of downloaders."""

    def __init__(self, source: Source, target: Path, pause_s: float) -> None:
        self._source, self._pause_s = source, pause_s
        self._part = target.with_name(f"{target.name}.part")
        self._tag = self._part.with_name(f"{self._part.name}.tag")

    def __call__(self, url: str, output_file: str, pooch: Any, check_only: bool = False) -> None:
        """Fetch ``url`` into ``output_file``, in as many tries as it takes."""
        tries, have = 0, self._have()
        while (broken := self._try_once(url)) is not None:
            tries = 1 if self._have() > have else tries + 1
            have = self._have()
            if tries >= TRIES:
                found = broken or f"the connection was cut after {_megabytes(have)}"
                after = "the same command goes on from there" if have and self._tag.exists() else "try again later"
                raise errors.DownloadFailed(url=url, found=f"{found}; {after}")
            time.sleep(self._pause_s * 2 ** (tries - 1))
        os.replace(self._part, output_file)
        self._tag.unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete what has arrived: a full disk needs the room."""
        self._part.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)

    def _have(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _try_once(self, url: str) -> str | None:
        """Return None if the whole file is here now, else what happened; "" if the connection was cut on the way."""
        before = self._have()
        try:
            with self._ask(url) as response:
                self._receive(url, response)
        except _Broken as error:
            return str(error)
        except requests.ConnectTimeout:
            return "the server gave no answer"
        except requests.Timeout:
            return f"nothing came for {TIMEOUT_S[1]:.0f} s"
        except requests.exceptions.ChunkedEncodingError:
            return ""
        except requests.ConnectionError as error:
            return "" if self._have() > before else _explain(error)
        except (requests.RequestException, ValueError) as error:  # requests lets some of urllib3's through
            raise errors.DownloadFailed(url=url, found=f"that is no address of a file ({error})") from None
        return None

    @contextmanager
    def _ask(self, url: str) -> Iterator[requests.Response]:
        """Ask for what is missing of the file, and follow where the server sends one."""
        headers = {"Accept-Encoding": "identity"}
        if self._have() and self._tag.exists():
            headers |= {"Range": f"bytes={self._have()}-", "If-Range": self._tag.read_text("utf-8")}
        at = url
        for _ in range(MAX_REDIRECTS):
            with requests.get(at, headers=headers, stream=True, timeout=TIMEOUT_S, allow_redirects=False) as response:
                if not response.is_redirect:
                    yield response
                    return
                at = urljoin(at, response.headers["location"])
                _check_scheme(url, at)
        raise errors.DownloadFailed(url=url, found="the server sends one from address to address")

    def _receive(self, url: str, response: requests.Response) -> None:
        """Write what comes after what is here already, or from the beginning."""
        if response.status_code >= 500:
            raise _Broken(f"the server is in trouble (HTTP {response.status_code})")
        if response.status_code == 416:  # there is nothing after what is here
            if response.headers.get("content-range", "") == f"bytes */{self._have()}":
                return
            self.discard()
            raise _Broken
        if response.status_code not in (200, 206):
            why = _WHY.get(response.status_code, "it answers with an error")
            raise errors.DownloadFailed(url=url, found=f"{why} (HTTP {response.status_code})")
        begins = self._have() if response.status_code == 206 else 0
        if begins and not response.headers.get("content-range", "").startswith(f"bytes {begins}-"):
            self._part.unlink()
            raise _Broken
        length = response.headers.get("content-length", "")
        total = begins + int(length) if length.isdigit() else 0
        self._check(url, response, total, begins)
        self._tag.write_text(_mark(response), "utf-8") if _mark(response) else self._tag.unlink(missing_ok=True)
        with (
            self._part.open("ab" if begins else "wb") as file,
            tqdm(
                desc=self._part.stem, total=total or None, initial=begins, unit="B", unit_scale=True, disable=None
            ) as bar,
        ):
            for chunk in response.iter_content(CHUNK):
                if not file.tell() and chunk.lstrip()[:1] == b"<":
                    raise _is_page(url)
                file.write(chunk)
                bar.update(len(chunk))
        if total and self._have() < total:
            raise _Broken

    def _check(self, url: str, response: requests.Response, total: int, begins: int) -> None:
        if response.headers.get("content-type", "").startswith(PAGE):
            raise _is_page(url)
        if total and self._source.size and total != self._source.size:
            found = f"the server has a file of {total:,} bytes, and the documented one has {self._source.size:,}"
            raise errors.DownloadFailed(url=url, found=found)
        free, needed = shutil.disk_usage(self._part.parent).free, (total or self._source.size) - begins
        if needed + ROOM > free:
            reason = f"the file needs {_megabytes(needed)}, and the disk has {_megabytes(free)} free"
            raise errors.CannotWrite(file=str(self._part.with_suffix("")), reason=reason)


def _check_scheme(first: str, url: str) -> None:
    """Raise DownloadFailed unless ``url`` is a web address, and as safe as the ``first`` one was."""
    scheme, host = _split(url)
    asked, _ = _split(first)
    if scheme not in ("http", "https") or not host:
        raise errors.DownloadFailed(url=first, found=f"'{url}' is no web address; it must begin with https://")
    if asked == "https" and scheme != "https":
        raise errors.DownloadFailed(url=first, found=f"the server sends one to an unprotected address, {url}")


def _split(url: str) -> tuple[str, str]:
    """Return the scheme and the host of an address; "" for what it lacks or is no host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.hostname or ""


def _explain(error: requests.ConnectionError) -> str:
    """Return why no connection came about."""
    if isinstance(error, requests.exceptions.SSLError):
        return "the connection could not be secured"
    said = repr(error)
    # The first is urllib3's since version 2; before, it only quotes what the system says.
    if any(words in said for words in ("NameResolutionError", "Name or service", "getaddrinfo", "nodename")):
        return "there is no server of that name, or no connection to it"
    if "refused" in said:
        return "nothing answers at this address"
    return "the server gave no answer"


def _mark(response: requests.Response) -> str:
    """Return the server's mark of this version of the file, for If-Range; "" if it has none that is certain."""
    tag = response.headers.get("etag", "")
    return "" if tag.startswith("W/") else tag


def _is_page(url: str) -> errors.DownloadFailed:
    found = "what came is a page for a browser, not a file; open it, and download the file by hand"
    return errors.DownloadFailed(url=url, found=found)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e7 else f"{size / 1e6:.1f} MB"
