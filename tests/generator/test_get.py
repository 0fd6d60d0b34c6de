"""Fetches public networks from a server on this machine, which is slow, cuts off, lies, sends elsewhere or is full."""

import hashlib
import shlex
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import checkpoint_writers as writers
import pytest

from generator import checkpoints
from generator.__main__ import main
from generator.catalogue import download, entries
from generator.catalogue.download import Source, fetch
from generator.catalogue.entries import file_in
from generator.contract import errors

SMALL = {"resolution": 8, "channels": {4: 4, 8: 4}, "z_dim": 8, "w_dim": 8, "num_mapping_layers": 1}
BODY = bytes(range(256)) * 4000  # a megabyte that begins like no page
SUM = hashlib.sha256(BODY).hexdigest()


class Server(ThreadingHTTPServer):
    """Answers with what its table says: path -> a function that answers."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[str | None] = []  # the Range of each request, in order
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        super().__init__(("127.0.0.1", 0), Handler)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.asked.append(self.headers.get("Range"))
        self.server.answers.get(self.path, lambda handler: handler.send_error(404))(self)

    def log_message(self, format: str, *args: object) -> None:
        pass


def send(
    handler: BaseHTTPRequestHandler,
    body: bytes = BODY,
    *,
    upto: int | None = None,
    tag: str = '"1"',
    length: bool = True,
) -> None:
    """Send ``body`` from where it is asked for, if at all; ``upto`` bytes of it before the connection is cut."""
    asked = handler.headers.get("Range")
    begins = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and handler.headers["If-Range"] == tag else 0
    handler.send_response(206 if begins else 200)
    if begins:
        handler.send_header("Content-Range", f"bytes {begins}-{len(body) - 1}/{len(body)}")
    if length:
        handler.send_header("Content-Length", str(len(body) - begins))
    if tag:
        handler.send_header("ETag", tag)
    handler.end_headers()
    handler.wfile.write(body[begins:][:upto])


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def got(server: Server, folder: Path, path: str = "/a.pkl", sha256: str = SUM, size: int = 0) -> bytes:
    return fetch(Source(server.url(path), size, sha256), folder / "models" / "a.pkl", pause_s=0.0).read_bytes()


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "models").iterdir())


@pytest.mark.parametrize("length", [True, False])
def test_a_file_is_fetched_and_nothing_else_is_left(length: bool, server: Server, tmp_path: Path) -> None:
    server.answers["/a.pkl"] = lambda handler: send(handler, length=length)
    assert got(server, tmp_path) == BODY
    assert left(tmp_path) == ["a.pkl"]
    assert got(server, tmp_path) == BODY  # the same file is not fetched twice
    assert server.asked == [None]


def test_a_download_that_is_cut_off_goes_on_where_it_was(server: Server, tmp_path: Path) -> None:
    server.answers["/a.pkl"] = lambda handler: send(handler, upto=6 * 2**16)
    assert got(server, tmp_path) == BODY
    assert server.asked == [None, "bytes=393216-", "bytes=786432-"]


def test_a_download_that_was_given_up_goes_on_at_the_next_command(server: Server, tmp_path: Path) -> None:
    cuts = iter([4 * 2**16, *[0] * download.TRIES])
    server.answers["/a.pkl"] = lambda handler: send(handler, upto=next(cuts, None))
    with pytest.raises(errors.DownloadFailed, match=r"cut after 0\.3 MB; the same command goes on from there"):
        got(server, tmp_path)
    assert left(tmp_path) == ["a.pkl.part", "a.pkl.part.tag"]
    assert got(server, tmp_path) == BODY
    assert server.asked[-1] == "bytes=262144-"


def test_a_file_that_changed_on_the_server_begins_again(server: Server, tmp_path: Path) -> None:
    tags, other = iter(['"old"', '"new"']), BODY[::-1]
    server.answers["/a.pkl"] = lambda handler: (
        send(handler, upto=5000, tag=next(tags)) if len(server.asked) == 1 else send(handler, other, tag='"new"')
    )
    assert got(server, tmp_path, sha256=hashlib.sha256(other).hexdigest()) == other


def test_without_a_mark_of_the_version_a_download_begins_again(server: Server, tmp_path: Path) -> None:
    cuts = iter([5000])
    server.answers["/a.pkl"] = lambda handler: send(handler, upto=next(cuts, None), tag="")
    assert got(server, tmp_path) == BODY
    assert server.asked == [None, None]


def test_a_server_in_trouble_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.answers["/a.pkl"] = lambda handler: handler.send_error(503) if len(server.asked) < 3 else send(handler)
    assert got(server, tmp_path) == BODY


def _redirect(where: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", where)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def _page(handler: BaseHTTPRequestHandler) -> None:
    body = b"<!DOCTYPE html><p>Please log in"
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html; charset=utf-8")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda handler: handler.send_error(404), "there is nothing at this address (any more) (HTTP 404)"),
        (lambda handler: handler.send_error(418), "it answers with an error (HTTP 418)"),
        (_page, "what came is a page for a browser, not a file"),
        (lambda handler: send(handler, b"  <html>" + BODY), "what came is a page for a browser, not a file"),
        (lambda handler: send(handler, BODY[1:]), "what came is another file than documented"),
        (_redirect("file:///etc/passwd"), "'file:///etc/passwd' is no web address"),
        (_redirect("/a.pkl"), "the server sends one from address to address"),
        (_redirect("http://[bad/x.pkl"), "that is no address of a file"),
        (_redirect(f"http://{'a' * 300}.example/x.pkl"), "that is no address of a file"),
    ],
)
def test_what_a_server_does_wrong_is_one_sentence(
    answer: Callable[[BaseHTTPRequestHandler], None], sentence: str, server: Server, tmp_path: Path
) -> None:
    server.answers["/a.pkl"] = answer
    with pytest.raises(errors.DownloadFailed) as caught:
        got(server, tmp_path)
    assert sentence in str(caught.value)
    assert [name for name in left(tmp_path) if not name.endswith((".part", ".tag"))] == []


def test_a_file_of_another_size_than_documented_is_not_even_begun(server: Server, tmp_path: Path) -> None:
    server.answers["/a.pkl"] = send
    with pytest.raises(errors.DownloadFailed, match=f"a file of {len(BODY):,} bytes, and the documented one has 7"):
        got(server, tmp_path, size=7)
    assert left(tmp_path) == []


def test_a_redirect_is_followed_but_not_to_an_unprotected_address(server: Server, tmp_path: Path) -> None:
    server.answers |= {"/a.pkl": _redirect("/b.pkl"), "/b.pkl": send}
    assert got(server, tmp_path) == BODY
    with pytest.raises(errors.DownloadFailed, match="unprotected address"):
        download._check_scheme("https://a.example/x.pkl", "http://a.example/x.pkl")


def test_nobody_answers(tmp_path: Path) -> None:
    with Server() as closed:
        url = closed.url("/a.pkl")
    with pytest.raises(errors.DownloadFailed, match="nothing answers at this address; try again later"):
        fetch(Source(url), tmp_path / "a.pkl", pause_s=0.0)
    with pytest.raises(errors.DownloadFailed, match="there is no server of that name, or no connection to it; try"):
        fetch(Source("http://nobody.invalid/a.pkl"), tmp_path / "a.pkl", pause_s=0.0)


def test_a_server_that_stays_in_trouble_or_does_not_speak_securely_is_said(server: Server, tmp_path: Path) -> None:
    server.answers["/a.pkl"] = lambda handler: handler.send_error(503)
    with pytest.raises(errors.DownloadFailed, match=r"the server is in trouble \(HTTP 503\); try again later"):
        got(server, tmp_path)
    secure = server.url("/a.pkl").replace("http", "https")
    with pytest.raises(errors.DownloadFailed, match="the connection could not be secured; try again later"):
        fetch(Source(secure), tmp_path / "a.pkl", pause_s=0.0)


def test_a_download_without_a_mark_does_not_promise_to_go_on(server: Server, tmp_path: Path) -> None:
    server.answers["/a.pkl"] = lambda handler: send(handler, upto=5000, tag="")
    with pytest.raises(errors.DownloadFailed, match=r"cut after 0\.0 MB; try again later"):
        got(server, tmp_path)


@pytest.mark.parametrize("whole", [True, False])
def test_a_download_of_which_all_was_here_already_is_finished_or_begins_again(
    whole: bool, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.pkl.part").write_bytes(BODY if whole else BODY + b"more")
    (tmp_path / "models" / "a.pkl.part.tag").write_text('"1"')

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if not handler.headers.get("Range"):
            return send(handler)
        handler.send_response(416)
        handler.send_header("Content-Range", f"bytes */{len(BODY)}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return None

    server.answers["/a.pkl"] = answer
    assert got(server, tmp_path) == BODY
    assert len(server.asked) == (1 if whole else 2)
    assert left(tmp_path) == ["a.pkl"]


@pytest.mark.parametrize(
    "url", ["ftp://a.example/x.pkl", "file:///etc/passwd", "http:///x.pkl", "https://", "http://[::1/x.pkl"]
)
def test_what_is_no_web_address_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(errors.DownloadFailed, match="is no web address"):
        fetch(Source(url), tmp_path / "a.pkl")


def test_a_disk_without_room_is_said_before_anything_is_fetched(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/a.pkl"] = send
    monkeypatch.setattr(download, "ROOM", 2**60)
    with pytest.raises(errors.CannotWrite, match=r"the file needs 1.0 MB, and the disk has .* MB free"):
        got(server, tmp_path)


def test_a_disk_that_fills_up_meanwhile_is_one_sentence_and_is_left_as_it_was(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/a.pkl"] = send
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.pkl.part").symlink_to("/dev/full")
    monkeypatch.setattr(download._Download, "_have", lambda self: 0)
    with pytest.raises(errors.CannotWrite, match="No space left on device"):
        got(server, tmp_path)
    assert left(tmp_path) == []


def test_a_file_that_is_there_already_is_never_replaced(server: Server, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.pkl").write_bytes(b"mine")
    with pytest.raises(errors.CannotWrite, match="that exists already"):
        got(server, tmp_path, sha256="")
    with pytest.raises(errors.CannotWrite, match="that exists already"):
        got(server, tmp_path)
    assert (tmp_path / "models" / "a.pkl").read_bytes() == b"mine"


# The command


def test_the_list_names_each_network_with_its_licence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for entry, line in zip(entries.entries().values(), lines[1:], strict=False):
        assert line.startswith(entry.name)
        assert line.endswith(entry.licence)


def test_each_network_of_the_list_can_be_fetched_or_opened() -> None:
    for entry in entries.entries().values():
        assert bool(entry.url) != bool(entry.page), entry.name
        assert (entry.url or entry.page).startswith("https://")
        assert not entry.sha256 or len(bytes.fromhex(entry.sha256)) == 32
        assert entry.draws
        assert entry.licence
        assert entry.file.endswith((".pkl", ".pt"))
    names = [entry.file for entry in entries.entries().values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("https://a.example/b/c.pkl?x=1#y", "c.pkl"),
        ("https://a.example/%2e%2e%2fpasswd", "passwd"),
        ("https://a.example/..%5C..%5Cevil.pkl", "evil.pkl"),
        ("https://a.example/.hidden", "hidden"),
        ("https://a.example/", ""),
        ("https://[::1/x.pt", ""),
    ],
)
def test_a_name_from_an_address_leads_nowhere_else(url: str, file: str) -> None:
    assert file_in(url) == file


def test_a_network_is_fetched_and_drawn(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoints.save(writers.generator(0, **SMALL), tmp_path / "x.safetensors")
    body = (tmp_path / "x.safetensors").read_bytes()
    server.answers["/Anime%20Faces.safetensors"] = lambda handler: send(handler, body)
    words = ["get", server.url("/Anime%20Faces.safetensors"), "--models", str(tmp_path / "models")]
    assert main(words) == 1
    assert "to agree to the licence without being asked, add --yes" in capsys.readouterr().err
    assert main([*words, "--yes"]) == 0
    said = capsys.readouterr().out
    target = tmp_path / "models" / "Anime Faces.safetensors"
    assert f'waifu render "waifu 7" face.png --model "{target}"' in said
    assert "/waifu model:anime-faces" in said
    assert main(["render", "waifu 7", str(tmp_path / "face.png"), "--model", str(target)]) == 0


@pytest.mark.parametrize("kind", ["stylegan3", "rectangle"])
def test_the_line_that_is_said_draws(
    kind: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if kind == "stylegan3":
        writers.stylegan3_pickle(tmp_path / "x.pkl", writers.stylegan3_generator())
    else:
        writers.nvidia(tmp_path / "x.pkl", writers.generator(0, **SMALL | {"const_size": (4, 2)}))
    server.answers["/n.pkl"] = lambda handler: send(handler, (tmp_path / "x.pkl").read_bytes())
    monkeypatch.chdir(tmp_path)
    assert main(["get", server.url("/n.pkl"), "--yes"]) == 0
    said = capsys.readouterr().out
    assert ("16 px" if kind == "stylegan3" else "4 x 8 px") in said
    (line,) = (line for line in said.splitlines() if line.startswith("draw with it:"))
    assert main(shlex.split(line.partition("waifu ")[2])) == 0
    assert (tmp_path / "face.png").stat().st_size > 100


def test_a_file_that_is_no_network_is_said(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server.answers["/a.pkl"] = send
    assert main(["get", server.url("/a.pkl"), "--models", str(tmp_path), "--yes"]) == 1
    assert "a.pkl" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["tadne"], "in which there are tadne-512"),
        (["tadne-512"], "can only be fetched with a browser: open https://drive.google.com"),
        (["https://a.example/x", "--name", "../x.pkl"], "is no name of a file"),
        (["https://a.example/x", "--name", "x.exe"], "is no name of a file"),
        (["https://a.example/x", "--name", ".pt"], "is no name of a file"),
        (["http://[::1/x.pt", "--yes"], "is no web address"),
        (["https://a.example/x", "--sha256", "12"], "is no SHA-256"),
    ],
)
def test_what_cannot_be_fetched_is_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["get", *words])
    except SystemExit as end:
        code = int(str(end.code))
    assert code in (1, 2)
    assert sentence in capsys.readouterr().err


def test_a_file_fetched_by_hand_keeps_the_ending_of_its_program() -> None:
    assert entries.entries()["tadne-512-pt"].file == "tadne-512-pt.pt"
    assert entries.entries()["tadne-512"].file == "tadne-512.pkl"


def test_a_file_of_another_ending_gets_one_under_which_it_is_offered(server: Server, tmp_path: Path) -> None:
    checkpoints.save(writers.generator(0, **SMALL), tmp_path / "x.safetensors")
    server.answers["/m.ckpt"] = lambda handler: send(handler, (tmp_path / "x.safetensors").read_bytes())
    assert main(["get", server.url("/m.ckpt"), "--models", str(tmp_path / "models"), "--yes"]) == 0
    line = ["render", "waifu 7", str(tmp_path / "face.png"), "--model", "m", "--models", str(tmp_path / "models")]
    assert main(line) == 0
