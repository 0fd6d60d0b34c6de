"""Whatever happens to the files of networks, a line that was once shown draws its face or is refused, never another.

With FULL_SIZE=1 hundreds of long histories are tried, and in each two bots start in processes of their own.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import checkpoint_writers as writers
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from project_paths import ROOT

from generator import checkpoints
from generator.checkpoints import inspect
from generator.contract import errors, protocol
from generator.contract.names import slug
from generator.naming.digests import Digests, compute_digest
from generator.naming.spelling import spell
from generator.stylegan2.network import Generator
from generator.worker import offer
from generator.worker.models import make_loader
from generator.worker.offer import Offer, Sources, find_model, find_models

FULL = bool(os.environ.get("FULL_SIZE"))
MEMORY = Path("/dev/shm")  # where a write costs nothing; not on every system
SMALL = {"resolution": 8, "channels": {4: 4, 8: 4}, "z_dim": 8, "w_dim": 8, "num_mapping_layers": 1}
NETWORKS = 4
LONG = "stylegan2-anime-1024x1024-config"
STEMS = ["anime", "Anime", f"{LONG}-e", f"{LONG}-f", "动漫头像"]
WISHES = ["anime", "best"]

files_ = st.sampled_from([f"{stem}.safetensors" for stem in STEMS])
networks_ = st.integers(0, NETWORKS - 1)
folders_ = st.sampled_from(["models", "other"])


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The bytes of some small networks. The last is the one that ships."""
    file = tmp_path_factory.mktemp("networks") / "x.safetensors"
    made = []
    for seed in range(NETWORKS + 1):
        network = writers.generator(seed, **SMALL)
        checkpoints.save(Generator.from_state(network.hyper, network.state_dict(), name="x"), file)
        made.append(file.read_bytes())
    return made


def names_before(paths: list[Path]) -> dict[str, str]:
    """Return name -> digest as the bot named networks before names were bound to them."""
    names: dict[str, str] = {}
    for path in paths:
        stem = slug(path.stem)[:24].strip("-") or "model"
        name, n = stem, 1
        while name in names:
            n += 1
            name = f"{stem[: 23 - len(str(n))]}-{n}"
        names[name] = compute_digest(path)
    return names


START = """
import json, sys
from pathlib import Path
from generator import checkpoints
checkpoints.MODELS = Path(sys.argv[1])
checkpoints.EMBEDDED = checkpoints.MODELS / "drawn-4.safetensors"
from generator.naming.digests import Digests
from generator.worker import offer
offer.FIRST_SHIPPED = checkpoints.EMBEDDED
folder, state, *listed = map(Path, sys.argv[2:])
found = offer.find_models(offer.Sources(listed, {}, folder, state), digests=Digests())
print(json.dumps({name: file.model.digest for file in found.files for name in (file.model.name, *file.model.aliases)}))
"""


class History(RuleBasedStateMachine):
    """What happens to the files, the settings, the bot and the shell. Networks are told apart by their digests."""

    contents: list[bytes]
    described: dict[str, checkpoints.Description]

    def __init__(self) -> None:
        super().__init__()
        self.scratch = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.root = Path(self.scratch.name)
        for name in ("models", "other", "state", "shipped"):
            (self.root / name).mkdir()
        shipped = self.root / "shipped" / "drawn-4.safetensors"
        shipped.write_bytes(self.contents[-1])
        self.patches = [
            mock.patch.object(checkpoints, "MODELS", shipped.parent),
            mock.patch.object(checkpoints, "EMBEDDED", shipped),
            mock.patch.object(offer, "FIRST_SHIPPED", shipped),
            mock.patch.object(checkpoints, "inspect", self.inspect),
        ]
        for patch in self.patches:
            patch.start()
        self.listed: list[Path] = []
        self.wishes: dict[str, Path] = {}
        self.lines: dict[str, str] = {}  # each name that somebody has seen -> digest of the network that it meant
        self.bot: Offer | None = None
        self.had_processes = False
        # Whether the bot offers files of the folder "other". What a shell calls networks in a folder that the bot does
        # not offer, nobody tells the bot, so in one that the bot has given up the two may disagree for good.
        self.other = "not yet"

    def teardown(self) -> None:
        for patch in self.patches:
            patch.stop()
        self.scratch.cleanup()

    def inspect(
        self, path: Path, digest_of: Callable[[Path], str], *, lr: float | None = None
    ) -> checkpoints.Description:
        """Describe a network, each only once: that takes longer than all that is tried here."""
        digest = digest_of(path)
        if digest not in self.described:
            self.described[digest] = inspect(path, digest_of, lr=lr)
        return self.described[digest]

    @property
    def files(self) -> list[Path]:
        return sorted(path for name in ("models", "other") for path in (self.root / name).glob("*.safetensors"))

    def sources(self) -> Sources:
        self.listed = [path for path in self.listed if path.exists()]
        self.wishes = {name: path for name, path in self.wishes.items() if path.exists()}
        return Sources(self.listed, self.wishes, self.root / "models", self.root / "state")

    def show(self, name: str, digest: str) -> None:
        """Note that a line with this name was shown. It must mean what it meant before."""
        assert self.lines.setdefault(name, digest) == digest, f"{name} has changed its face"

    def check(self, resolve: Callable[[str], str], offered: set[str]) -> None:
        """Check every line that was ever shown: it draws its face, or is refused because its network is not there."""
        for name, digest in self.lines.items():
            try:
                assert resolve(name) == digest, f"{name} has changed its face"
            except errors.UnknownModel:
                assert digest not in offered, f"{name} is refused although its network is there"

    # What the owner does.

    @initialize(
        start=st.lists(st.tuples(folders_, files_, networks_), max_size=6),
        order=st.randoms(use_true_random=False),
        has_run=st.booleans(),
    )
    def install(self, start, order, has_run) -> None:
        for folder, file, network in start:
            (self.root / folder / file).write_bytes(self.contents[network])
        self.listed = [path for path in self.files if path.parent.name == "other"]
        order.shuffle(self.listed)
        if has_run:  # an earlier version did, and people have lines from it
            inside = sorted((self.root / "models").glob("*"))
            shipped = checkpoints.EMBEDDED
            self.lines = names_before([*(self.listed or [shipped]), *inside, *([shipped] if self.listed else [])])
        self.start()

    @rule(folder=folders_, file=files_, network=networks_, restart=st.booleans())
    def put(self, folder: str, file: str, network: int, restart: bool) -> None:
        """Add a file, or replace one."""
        part = self.root / "part"
        part.write_bytes(self.contents[network])
        path = part.replace(self.root / folder / file)
        if folder == "other" and path not in self.listed:
            self.listed.append(path)
        if restart:
            self.start()

    @precondition(lambda self: self.files)
    @rule(data=st.data(), folder=folders_, file=files_, restart=st.booleans())
    def rename(self, data, folder: str, file: str, restart: bool) -> None:
        path = data.draw(st.sampled_from(self.files))
        path.replace(self.root / folder / file)
        if restart:
            self.start()

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def remove(self, data) -> None:
        data.draw(st.sampled_from(self.files)).unlink()

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def configure(self, data) -> None:
        self.listed = data.draw(st.lists(st.sampled_from(self.files), unique=True, max_size=4))
        self.wishes = data.draw(st.dictionaries(st.sampled_from(WISHES), st.sampled_from(self.files), max_size=2))

    # What the programs do.

    @rule()
    def start(self) -> None:
        """Start the bot's worker, which offers every network under one name."""
        self.bot = find_models(self.sources(), digests=Digests())
        if any(path.parent.name == "other" for path in [*self.listed, *self.wishes.values()]):
            self.other = "offered" if self.other == "not yet" else self.other
        elif self.other == "offered":
            self.other = "given up"
        models = [file.model for file in self.bot.files]
        assert len({name for model in models for name in (model.name, *model.aliases)}) == sum(
            1 + len(model.aliases) for model in models
        )
        for model in models:
            self.show(model.name, model.digest)
        missing = self.bot.missing
        self.check(lambda name: protocol.find_model(name, models, missing).digest, {model.digest for model in models})
        here = [*(self.root / "models").glob("*.safetensors"), *self.listed, *self.wishes.values()]
        assert {compute_digest(path) for path in here} <= {model.digest for model in models}

    @rule()
    def start_two(self) -> None:
        """Start two workers at once, as during an update."""
        sources, ready = self.sources(), threading.Barrier(2)
        found: list[Offer] = []

        def work() -> None:
            ready.wait()
            found.append(find_models(sources, digests=Digests()))

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        one, two = found
        assert [file.model for file in one.files] == [file.model for file in two.files]
        self.start()

    @precondition(lambda self: FULL and not self.had_processes)
    @rule()
    def start_two_processes(self) -> None:
        self.had_processes = True
        sources = self.sources()
        words = [checkpoints.MODELS, sources.folder, sources.state, *sources.files]
        command = [sys.executable, "-c", START, *map(str, words)]
        children = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        one, two = (json.loads(child.communicate(timeout=120)[0]) for child in children)
        assert one == two
        for name, digest in one.items():
            self.show(name, digest)

    @rule(folder=folders_)
    def ask_the_shell(self, folder: str) -> None:
        """Ask the shell for every line. Where the bot draws it from this folder, the shell draws the same."""
        self.start()
        assert self.bot is not None
        if folder == "other" and self.other != "offered":
            return
        path = self.root / folder
        digests = Digests()
        here = {compute_digest(file) for file in [*path.glob("*.safetensors"), checkpoints.EMBEDDED]}
        self.check(lambda name: find_model(name, Sources(folder=path), digests).model.digest, here)
        for file in self.bot.files:
            if file.model.digest in here:
                assert find_model(file.model.name, Sources(folder=path), digests).model.digest == file.model.digest

    @rule(name=st.sampled_from([*map(spell, STEMS), *WISHES]))
    def draw_in_the_shell(self, name: str) -> None:
        """Draw with a name that may be new, before the bot is started again and sees the file."""
        with contextlib.suppress(errors.UnknownModel):
            model = find_model(name, Sources(folder=self.root / "models"), Digests()).model
            self.show(name, model.digest)
            self.show(model.name, model.digest)

    @precondition(lambda self: self.bot is not None and self.bot.files)
    @rule(data=st.data())
    def draw(self, data) -> None:
        """Load a network that the bot offered when it was started. Its file may be another by now."""
        assert self.bot is not None
        file = data.draw(st.sampled_from(self.bot.files))
        try:
            generator = make_loader("cpu", "exact")(file)
        except (errors.ModelGone, errors.ModelReplaced):
            assert not file.path.exists() or compute_digest(file.path) != file.model.digest
        else:
            assert generator.digest == self.lines[file.model.name]


@pytest.mark.timeout(3600 if FULL else 120)
def test_no_line_ever_changes_its_face_and_bot_and_shell_agree(contents: list[bytes]) -> None:
    case = type("Case", (History,), {"contents": contents, "described": {}}).TestCase  # type: ignore[attr-defined]
    case.settings = settings(
        max_examples=300 if FULL else 40,
        stateful_step_count=40 if FULL else 15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()
