"""A name means one network for good: how names are spelt, kept in books, and bound, also by two processes at once."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from project_paths import ROOT

from generator.contract import errors
from generator.contract.names import is_model_name
from generator.naming import binding, book, digests
from generator.naming.binding import LOCK, Names, Network, bind, look_up
from generator.naming.digests import Digests, compute_digest
from generator.naming.spelling import number, spell, spell_as_before


def network(path: Path, digest: str, wish: str = "") -> Network:
    """Return a network whose digest begins with ``digest`` and ends with zeros."""
    return Network(path, digest.ljust(16, "0"), wish)


def meaning(names: Names, name: str) -> str:
    return names.meanings[name].rstrip("0")


# Spelling


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("Anime Faces", "anime-faces"),
        ("stylegan2-ffhq-config-f", "stylegan2-ffhq-config-f"),
        ("network-snapshot-057891-of-the-second-training", "network-snapshot-057891-of-the-second-tr"),
        ("动漫头像", "dong-man-tou-xiang"),
        ("二次元v2", "er-ci-yuan-v2"),
        ("アニメの顔", "animeno-yan"),
        ("Аниме", "anime"),
        ("Жанна", "zhanna"),
        ("안녕", "an-nyeong"),
        ("Cafe\u0301", "cafe"),
        ("Ａｎｉｍｅ", "anime"),
        ("😀", "grinning"),
        ("…", "model"),
        ("\udcff", "model"),
    ],
)
def test_a_name_is_spelt_from_the_name_of_its_file(stem: str, name: str) -> None:
    assert spell(stem) == name


@given(st.text(max_size=60))
def test_any_name_of_a_file_gives_a_name_that_is_its_own(stem: str) -> None:
    assert is_model_name(spell(stem))
    assert spell(spell(stem)) == spell(stem)


@pytest.mark.parametrize(
    ("stem", "name"),
    [("My Net", "my-net"), ("x" * 23 + " y", "x" * 23), ("动漫头像", "model"), ("a" * 30, "a" * 24)],
)
def test_the_earlier_rule_is_as_it_was(stem: str, name: str) -> None:
    assert spell_as_before(stem) == name


def test_a_second_network_of_a_name_is_numbered_within_the_limit() -> None:
    taken = {"x" * 24, "y"}
    for _ in range(2, 12):
        taken.add(number("x" * 24, taken, 24))
    assert "x" * 22 + "-2" in taken
    assert "x" * 21 + "-11" in taken
    assert number("y", taken) == "y-2"
    assert number("z", taken) == "z"


# Binding


def test_a_name_stays_with_its_network_when_files_are_added_renamed_removed_and_replaced(tmp_path: Path) -> None:
    first = network(tmp_path / "a.pkl", "1")
    assert bind([first], [tmp_path]).shown == {first.digest: "a"}
    added = network(tmp_path / "A!.pkl", "2")
    names = bind([added, first], [tmp_path])
    assert names.shown == {first.digest: "a", added.digest: "a-2"}
    renamed = network(tmp_path / "other.pkl", "1")
    assert bind([renamed], [tmp_path]).shown == {first.digest: "a"}
    replaced = network(tmp_path / "a.pkl", "3")
    names = bind([replaced], [tmp_path])
    assert names.shown == {replaced.digest: "a-3"}
    assert meaning(names, "a") == "1"
    assert meaning(names, "a-2") == "2"
    again = bind([replaced, network(tmp_path / "back.pkl", "2")], [tmp_path])
    assert again.shown == {replaced.digest: "a-3", added.digest: "a-2"}


def test_the_names_of_the_earlier_rule_are_aliases_in_the_earlier_order(tmp_path: Path) -> None:
    stems = ["stylegan2-ffhq-1024x1024-config-f", "stylegan2-ffhq-1024x1024-config-e", "动漫头像", "二次元"]
    networks = [network(tmp_path / f"{stem}.pkl", str(n)) for n, stem in enumerate(stems, start=1)]
    in_order = [networks[0], networks[1], networks[3], networks[2]]
    names = bind(networks, [tmp_path], in_order)
    assert meaning(names, "stylegan2-ffhq-1024x1024") == "1"
    assert meaning(names, "stylegan2-ffhq-1024x10-2") == "2"
    assert meaning(names, "model") == "4"
    assert meaning(names, "model-2") == "3"
    assert list(names.shown.values()) == [*stems[:2], "dong-man-tou-xiang", "er-ci-yuan"]
    assert names.aliases(networks[1].digest) == ("stylegan2-ffhq-1024x10-2",)
    later = network(tmp_path / "三.pkl", "9")
    assert bind([*networks, later], [tmp_path], [later, *networks]).meanings == {**names.meanings, "san": later.digest}


def test_the_bots_order_counts_even_if_a_shell_was_first(tmp_path: Path) -> None:
    state, folder = tmp_path / "state", tmp_path / "networks"
    state.mkdir()
    folder.mkdir()
    e, f = (network(folder / f"stylegan2-ffhq-1024x1024-config-{letter}.pkl", letter) for letter in "ef")
    shell = bind([e, f], [folder], [e, f], settle=False)
    assert meaning(shell, "stylegan2-ffhq-1024x1024") == "e"
    bot = bind([f, e], [state, folder], [f, e])
    assert meaning(bot, "stylegan2-ffhq-1024x1024") == "f"
    for again in (bind([e, f], [folder], [e, f], settle=False), bind([e, f], [state, folder], [e, f])):
        assert dict(again.meanings) == dict(bot.meanings)
        assert again.shown == bot.shown == shell.shown


def test_a_bot_remembers_its_names_when_its_networks_move_to_a_folder_with_a_book_of_its_own(tmp_path: Path) -> None:
    state, one, two = (tmp_path / name for name in ("state", "one", "two"))
    for folder in (state, one, two):
        folder.mkdir()
    bind([network(one / "a.pkl", "1")], [state, one])
    bind([network(two / "a.pkl", "2")], [two])
    names = bind([network(two / "a.pkl", "2")], [state, two])
    assert meaning(names, "a") == "1"
    assert list(names.shown.values()) == ["a-2"]
    shell = look_up([network(two / "a.pkl", "2")], [two])
    assert meaning(shell, "a") == meaning(shell, "a-2") == "2"  # its own lines, and the bot's new ones


def test_the_owners_name_is_shown_and_the_earlier_one_stays_an_alias(tmp_path: Path) -> None:
    file, other = tmp_path / "a.pkl", tmp_path / "b.pkl"
    bind([network(file, "1")], [tmp_path])
    names = bind([network(file, "1", "anime")], [tmp_path])
    assert names.shown == {network(file, "1").digest: "anime"}
    assert meaning(names, "a") == "1"
    without = bind([network(file, "1")], [tmp_path])
    assert list(without.shown.values()) == ["a"]
    assert meaning(without, "anime") == "1"
    assert set(bind([network(file, "1"), network(other, "2", "best")], [tmp_path]).shown.values()) == {"a", "best"}


def test_an_owners_name_that_means_another_network_is_numbered_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bind([network(tmp_path / "a.pkl", "1", "anime")], [tmp_path])
    names = bind([network(tmp_path / "a.pkl", "2", "anime")], [tmp_path])
    assert list(names.shown.values()) == ["anime-2"]
    assert meaning(names, "anime") == "1"
    assert caplog.messages == ["the name anime stays with another network; a.pkl has another name"]
    assert list(bind([network(tmp_path / "a.pkl", "2", "anime")], [tmp_path]).shown.values()) == ["anime-2"]


def test_of_two_names_by_the_owner_the_first_is_shown_and_both_are_bound(tmp_path: Path) -> None:
    for names in (
        bind([network(tmp_path / "a.pkl", "1", wish) for wish in ("best", "anime")], [tmp_path]),
        bind([network(tmp_path / "a.pkl", "1")], [tmp_path]),
    ):
        assert list(names.shown.values()) == ["best"]
        assert meaning(names, "anime") == "1"


def test_a_shell_that_only_looks_writes_nothing_and_says_what_would_be_bound(tmp_path: Path) -> None:
    networks = [network(tmp_path / "a.pkl", "1"), network(tmp_path / "a.pt", "2")]
    looked = look_up(networks, [tmp_path])
    assert not list(tmp_path.iterdir())
    assert bind(networks, [tmp_path], networks).shown == looked.shown


# Books


def test_a_book_that_is_complete_is_not_written_and_not_locked_again(tmp_path: Path) -> None:
    networks = [network(tmp_path / "a.pkl", "1")]
    bind(networks, [tmp_path])
    before = (tmp_path / book.FILE).stat().st_mtime_ns
    with FileLock(tmp_path / LOCK):
        bind(networks, [tmp_path])
    assert (tmp_path / book.FILE).stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"version": 2, "names": {}, "earlier": {}, "settled": true, "paths": {}}',
        b'{"version": 1, "names": {"A": "0123456789abcdef"}, "earlier": {}, "settled": true, "paths": {}}',
        b'{"version": 1, "names": {"a": "0123"}, "earlier": {}, "settled": true, "paths": {}}',
        b'{"version": 1, "names": {"a": 5}, "earlier": {}, "settled": true, "paths": {}}',
        b'{"version": 1, "names": [], "earlier": {}, "settled": true, "paths": {}}',
        b'{"version": 1, "names": {}, "earlier": {}, "settled": true, "paths": {"0123456789abcdef": 5}}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_a_damaged_book_is_refused_in_a_sentence_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / book.FILE).write_bytes(content)
    with pytest.raises(errors.DamagedNames, match=r"waifu-names\.json says which network each name means") as caught:
        bind([network(tmp_path / "a.pkl", "1")], [tmp_path])
    assert str(tmp_path) in str(caught.value)
    assert (tmp_path / book.FILE).read_bytes() == content


def test_a_book_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / book.FILE).mkdir()
    with pytest.raises(errors.DamagedNames):
        book.read(tmp_path)


def test_where_nothing_can_be_written_names_are_given_all_the_same_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(folder: Path, written: book.Book) -> None:
        raise errors.CannotWrite(file=str(folder / book.FILE), reason="No space left on device")

    networks = [network(tmp_path / "a.pkl", "1")]
    with monkeypatch.context() as patch:
        patch.setattr(book, "write", refuse)
        assert list(bind(networks, [tmp_path]).shown.values()) == ["a"]
    assert "could not be written anywhere" in caplog.text
    assert book.read(tmp_path) is None


def test_a_folder_that_is_not_there_costs_nothing_beside_one_that_is(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    names = bind([network(tmp_path / "a.pkl", "1")], [file / "folder", tmp_path])
    assert list(names.shown.values()) == ["a"]
    written = book.read(tmp_path)
    assert written is not None
    assert written.names == {"a": network(tmp_path, "1").digest}


def test_a_path_that_is_no_text_is_kept(tmp_path: Path) -> None:
    odd = network(tmp_path / os.fsdecode(b"\xff\xe5.pkl"), "1")
    bind([odd], [tmp_path])
    assert look_up([], [tmp_path]).paths == {odd.digest: odd.path}


def test_a_book_that_stays_locked_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binding, "LOCK_S", 0.0)
    with FileLock(tmp_path / LOCK), pytest.raises(errors.NamesInUse, match="kept locked by another process"):
        bind([network(tmp_path / "a.pkl", "1")], [tmp_path])


def test_threads_that_bind_at_once_agree(tmp_path: Path) -> None:
    networks = [network(tmp_path / f"a{'!' * n}.pkl", f"{n:x}") for n in range(1, 9)]
    ready, seen = threading.Barrier(len(networks)), []

    def work(one: Network) -> None:
        ready.wait()
        seen.append(bind([one], [tmp_path]))

    threads = [threading.Thread(target=work, args=[one]) for one in networks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shown = [name for names in seen for name in names.shown.values()]
    assert sorted(shown) == ["a", *(f"a-{n}" for n in range(2, 9))]
    final = look_up(networks, [tmp_path])
    assert all(final.shown[digest] == name for names in seen for digest, name in names.shown.items())


CHILD = """
import sys
from pathlib import Path
from generator.naming.binding import Network, bind
folder, first = Path(sys.argv[1]), int(sys.argv[2])
sys.stdin.readline()
for n in range(first, first + 20):
    print(*bind([Network(folder / f"a{'!' * n}.pkl", f"{n:016x}")], [folder]).shown.values())
"""


def test_two_processes_that_bind_at_once_never_give_one_name_twice(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD, str(tmp_path)]
    children = [
        subprocess.Popen([*command, str(first)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for first in (1, 21)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    shown = " ".join(child.communicate(timeout=60)[0] for child in children).split()
    assert sorted(shown) == sorted(["a", *(f"a-{n}" for n in range(2, 41))])
    assert len(json.loads((tmp_path / book.FILE).read_text())["names"]) == 40


# Digests


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read to compute their digests, from now on. Clocks of files are taken to be exact."""
    seen: list[Path] = []

    def compute(path: Path) -> str:
        seen.append(path)
        return compute_digest(path)

    monkeypatch.setattr(digests, "compute_digest", compute)
    monkeypatch.setattr(digests, "SETTLED_NS", -(10**10))
    return seen


def test_a_file_is_read_once_for_its_digest_as_long_as_it_is_the_same(tmp_path: Path, reads: list[Path]) -> None:
    file = tmp_path / "a.pkl"
    file.write_bytes(b"one")
    known = Digests(tmp_path)
    first = known.of(file)
    assert first == compute_digest(file) == known.of(file)
    known.save()
    assert Digests(tmp_path).of(file) == first
    assert reads == [file]
    file.write_bytes(b"two")
    os.utime(file, ns=(1, 1))
    assert Digests(tmp_path).of(file) == compute_digest(file) != first


def test_two_files_of_one_size_and_one_time_are_told_apart(tmp_path: Path, reads: list[Path]) -> None:
    for name, content in (("a.pkl", b"one"), ("b.pkl", b"two")):
        (tmp_path / name).write_bytes(content)
        os.utime(tmp_path / name, ns=(10**18, 10**18))
    known = Digests()
    first = known.of(tmp_path / "a.pkl")
    (tmp_path / "b.pkl").replace(tmp_path / "a.pkl")
    assert known.of(tmp_path / "a.pkl") != first


def test_a_file_that_has_just_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "a.pkl"
    file.write_bytes(b"one")
    known = Digests(tmp_path)
    known.of(file)
    known.save()
    assert not (tmp_path / digests.FILE).exists()


def test_digests_of_files_that_are_gone_are_forgotten_and_those_of_other_processes_kept(
    tmp_path: Path, reads: list[Path]
) -> None:
    for name in ("a.pkl", "b.pkl", "c.pkl"):
        (tmp_path / name).write_text(name)
    one, other = Digests(tmp_path), Digests(tmp_path)
    one.of(tmp_path / "a.pkl")
    other.of(tmp_path / "b.pkl")
    other.of(tmp_path / "c.pkl")
    (tmp_path / "c.pkl").unlink()
    one.save()
    other.save()
    assert [Path(path).name for path in json.loads((tmp_path / digests.FILE).read_text())] == ["a.pkl", "b.pkl"]


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"x": [1]}', b"\xff", b'{"x": "y"}', b"[" * 99_999])
def test_a_damaged_file_of_digests_is_as_good_as_none(tmp_path: Path, reads: list[Path], content: bytes) -> None:
    (tmp_path / digests.FILE).write_bytes(content)
    (tmp_path / "a.pkl").write_text("x")
    known = Digests(tmp_path)
    assert known.of(tmp_path / "a.pkl") == compute_digest(tmp_path / "a.pkl")
    known.save()
    assert len(json.loads((tmp_path / digests.FILE).read_text())) == 1


def test_digests_go_into_the_first_folder_that_takes_them(tmp_path: Path, reads: list[Path]) -> None:
    (tmp_path / "a.pkl").write_text("x")
    known = Digests(tmp_path / "none", tmp_path)
    known.of(tmp_path / "a.pkl")
    known.save()
    assert (tmp_path / digests.FILE).exists()


def test_only_files_have_digests(tmp_path: Path) -> None:
    with pytest.raises(errors.FileMissing):
        Digests().of(tmp_path / "none")
    with pytest.raises(errors.NotAFile):
        Digests().of(tmp_path)


def test_a_first_start_that_is_killed_keeps_what_it_has_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: list[Path]
) -> None:
    monkeypatch.setattr(digests, "KEPT_EVERY_BYTES", 150)
    known = Digests(tmp_path)
    for letter in "abc":
        (tmp_path / f"{letter}.pt").write_bytes(letter.encode() * 100)
        known.of(tmp_path / f"{letter}.pt")
    assert len(reads) == 3
    again = Digests(tmp_path)  # without ``save``, as after a kill
    for letter in "abc":
        again.of(tmp_path / f"{letter}.pt")
    assert reads[3:] == [tmp_path / "c.pt"]  # the one that was read after the last 150 bytes


def test_a_second_look_reads_only_what_is_new_also_where_nothing_can_be_written(
    tmp_path: Path, reads: list[Path]
) -> None:
    known = Digests()  # of both the start and the look-out
    for letter in "abc":
        (tmp_path / f"{letter}.pt").write_bytes(letter.encode())
        known.of(tmp_path / f"{letter}.pt")
    (tmp_path / "new.pt").write_bytes(b"new")
    assert len({known.of(path) for path in sorted(tmp_path.iterdir())}) == 4
    assert len(reads) == 4
