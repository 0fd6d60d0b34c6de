"""Settings are read from TOML and the environment, checked, and documented, and the token stays secret."""

import os
import tomllib
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project_paths import ROOT

from bot import config
from bot.__main__ import find_server, worker_arguments
from bot.config import LOOPBACK_TOKEN, Settings
from bot.errors import BadSettings, NoToken


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_example_names_every_setting_with_its_default_and_changes_nothing() -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    assert text == config.render_example(), (
        "generate it again: python -c 'from bot import config; print(config.render_example(), end=\"\")'"
    )
    assert tomllib.loads(text) == {}
    uncommented = "\n".join(
        line[1:] for line in text.splitlines() if line.startswith("#") and not line.startswith("# ")
    )
    values = tomllib.loads(uncommented)
    assert set(values) == {setting.name for setting in fields(Settings)}


def test_the_example_with_every_line_uncommented_gives_the_defaults(tmp_path: Path) -> None:
    text = config.render_example()
    uncommented = "\n".join(
        line[1:] for line in text.splitlines() if line.startswith("#") and not line.startswith("# ")
    )
    assert config.load(write(tmp_path, uncommented), {}) == Settings()


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, 'max_queue = 50\ndevice = "cpu"\nguilds = [12, 34]\nmodel = ["a.pkl", "b,c.pkl"]\n')
    settings = config.load(
        file, {"WAIFUBOT_MAX_QUEUE": "7", "WAIFUBOT_ENLARGE": "no", "OTHER": "x", "WAIFUBOT_GUILDS": "5, 6"}
    )
    assert (settings.max_queue, settings.device, settings.enlarge) == (7, "cpu", False)
    assert settings.guilds == (5, 6)
    assert settings.model == ("a.pkl", "b,c.pkl")


def test_without_a_file_every_setting_has_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.load(None, {}) == Settings()
    write(tmp_path, "max_queue = 3")
    assert config.load(None, {}).max_queue == 3


PATHS = ("token_file", "models_dir", "state_dir", "trace_file")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "max_queu = 3",
            r"max_queu in .*config\.toml is wrong: there is no such setting; there are token_file, guilds, model",
        ),
        ("max_queue = 0", "max_queue .* give a whole number from 1 to 10000"),
        ("max_queue = 2.5", "give a whole number"),
        ("max_queue = true", "give a whole number"),
        ("max_queue = nan", "give a whole number"),
        ("hang_timeout_s = inf", "give seconds from 1 to 3600"),
        ('device = "tpu"', "give one of auto, cpu, cuda"),
        ("device = [1]", "give one of auto, cpu, cuda"),
        ('enlarge = "perhaps"', "give true or false"),
        ('guilds = ["here"]', "give a list of server ids"),
        ("guilds = [12345678901234567890123456]", "give a list of server ids"),
        ("guilds = [0]", "give a list of server ids"),
        ("channels_allowed = [12345678901234567890123456]", "give a list of channel ids"),
        ('channels_forbidden = ["#general"]', "give a list of channel ids"),
        ('role_limits = ["12345678901234567890=5"]', "give a list of role=limit"),
        *((f'{name} = "~nosuchuser/x"', "there is no user nosuchuser") for name in PATHS),
        *((f'{name} = "a\\u0000b"', "cannot contain the character NUL") for name in PATHS),
        ('model = ["~nosuchuser/x"]', "there is no user nosuchuser"),
        ('model = ["a\\u0000b"]', "cannot contain the character NUL"),
        ("model = [1]", "give a list of files"),
        (
            '[models]\nAnime = "a.pkl"',
            "give a file for each name.* at most 40 characters made of a-z, 0-9 and single -",
        ),
        ("[models]\nanime = 1", "give a file for each name"),
        ('[models]\nanime = ""', "give a file for each name"),
        ('models = ["anime"]', "give a file for each name"),
        ('[models]\nanime = "~nosuchuser/x"', "there is no user nosuchuser"),
        ("token_file = 1", "give a text in quotes"),
        ('discord_url = "https://discord.com"', "give an address on this machine"),
        ('discord_url = "http://example.org:80"', "give an address on this machine"),
        ('discord_url = "http://localhost:80"', "give an address on this machine"),
        ('discord_url = "http://127.0.0.1"', "give an address on this machine"),
        ('discord_url = "http://127.0.0.1:99999"', "give an address on this machine"),
        ('discord_url = "http://127.0.0.1@example.org:80"', "give an address on this machine"),
        ('token = "very secret"', "a token is never written there"),
        ("max_queue = ", "cannot be read as TOML"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_name_and_what_is_allowed(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadSettings, match=sentence) as refused:
        config.load(write(tmp_path, text), {})
    assert "very secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "environ", "max_queue"),
    [
        ("max_line = 50", {}, 50),
        ("", {"WAIFUBOT_MAX_LINE": "7"}, 7),
        ("max_line = 50", {"WAIFUBOT_MAX_LINE": "7"}, 7),
        ("max_line = 50\nmax_queue = 60", {}, 60),
        ("max_queue = 60", {"WAIFUBOT_MAX_LINE": "7"}, 60),
        ("max_line = 50", {"WAIFUBOT_MAX_QUEUE": "8"}, 8),
    ],
)
def test_the_old_name_of_a_setting_still_works_with_one_warning_and_the_new_name_wins(
    tmp_path: Path, text: str, environ: dict[str, str], max_queue: int
) -> None:
    file = write(tmp_path, text)
    assert config.load(file, environ).max_queue == max_queue
    (warning,) = config.warn_of_old_settings(file, environ)
    assert "max_line" in warning
    assert ("is ignored" in warning) == ("max_queue" in text or "WAIFUBOT_MAX_QUEUE" in environ)


def test_a_wrong_value_under_an_old_name_is_refused_under_that_name(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"max_line .* give a whole number from 1 to 10000"):
        config.load(write(tmp_path, "max_line = 0"), {})


def test_a_value_that_is_gone_still_starts_the_bot_with_one_warning(tmp_path: Path) -> None:
    file = write(tmp_path, 'backend = "compile"')
    assert config.load(file, {}).backend == "auto"
    (warning,) = config.warn_of_old_settings(file, {})
    assert warning == "backend = compile is gone and means auto now; please change it"


def test_todays_names_need_no_warning(tmp_path: Path) -> None:
    assert not list(config.warn_of_old_settings(write(tmp_path, "max_queue = 5"), {"WAIFUBOT_DEVICE": "cpu"}))


def test_an_unknown_variable_is_ignored_with_a_warning_that_names_it() -> None:
    environ = {"WAIFUBOT_PORT_8080_TCP": "tcp://10.0.0.1:8080", "WAIFUBOT_DEVICE": "cpu", "WAIFUBOT_TOKEN": "secret"}
    environ["WAIFUBOT_LOOPBACK_TOKEN"] = "of-this-run"  # set for each bot in the chat page
    assert config.load(None, environ) == config.Settings(device="cpu")
    assert list(config.warn_of_unknown_variables(environ)) == [
        "the variable WAIFUBOT_PORT_8080_TCP is ignored: there is no such setting"
    ]


def test_a_tilde_works_in_every_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    names = ("token_file", "models_dir", "state_dir", "trace_file")
    text = "".join(f'{name} = "~/{name}"\n' for name in names) + 'model = ["~/a.pkl", "b.pkl"]\n'
    (tmp_path / "settings.toml").write_text(text)
    settings = config.load(Path("~/settings.toml"), {})
    assert [getattr(settings, name) for name in names] == [str(tmp_path / name) for name in names]
    assert settings.model == (str(tmp_path / "a.pkl"), "b.pkl")
    with pytest.raises(BadSettings, match=r"--config .* there is no user nosuchuser"):
        config.load(Path("~nosuchuser/settings.toml"), {})


def test_a_config_file_named_on_the_command_line_must_exist(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="there is no file"):
        config.load(tmp_path / "none.toml", {})


@given(st.sampled_from([setting.name for setting in fields(Settings)]), st.text(max_size=20))
def test_any_text_in_the_environment_is_read_or_refused(name: str, text: str) -> None:
    try:
        settings = config.load(Path(os.devnull), {f"WAIFUBOT_{name.upper()}": text})
    except BadSettings as error:
        refused = str(error)
    else:
        refused = name
        assert isinstance(settings, Settings)
    assert name in refused


def test_settings_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().max_queue = 3  # type: ignore[misc]


def test_the_token_comes_from_the_environment_or_a_file_and_is_not_a_setting(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    assert config.read_token(Settings(token_file=str(file)), {}) == "from-file"
    assert (
        config.read_token(Settings(token_file=str(file)), {"WAIFUBOT_TOKEN": " from-environment "})
        == "from-environment"
    )
    assert "from-" not in repr(
        config.load(None, {"WAIFUBOT_TOKEN": "from-environment", "WAIFUBOT_TOKEN_FILE": str(file)})
    )
    with pytest.raises(NoToken, match="WAIFUBOT_TOKEN"):
        config.read_token(Settings(), {})
    with pytest.raises(BadSettings, match="cannot be read"):
        config.read_token(Settings(token_file=str(tmp_path / "none")), {})
    (empty := tmp_path / "empty").touch()
    with pytest.raises(BadSettings, match="empty is empty"):
        config.read_token(Settings(token_file=str(empty)), {})


def test_a_loopback_discord_never_gets_the_real_token() -> None:
    assert config.read_token(Settings(discord_url="http://127.0.0.1:1"), {"WAIFUBOT_TOKEN": "real"}) == LOOPBACK_TOKEN
    given = {"WAIFUBOT_TOKEN": "real", "WAIFUBOT_LOOPBACK_TOKEN": "of-this-run"}
    assert config.load(None, given) == Settings()
    assert config.read_token(Settings(discord_url="http://127.0.0.1:1"), given) == "of-this-run"
    assert config.read_token(Settings(), given) == "real"
    with pytest.raises(BadSettings, match="WAIFUBOT_LOOPBACK_TOKEN"):
        config.read_token(Settings(discord_url="http://127.0.0.1:1"), {"WAIFUBOT_LOOPBACK_TOKEN": "two words"})


def test_the_owners_names_are_a_table_or_pairs_in_the_environment(tmp_path: Path) -> None:
    file = write(tmp_path, 'max_queue = 5\n[models]\nanime = "a.pkl"\nbest-1 = "动漫 头像.pkl"\n')
    assert config.load(file, {}).models == (("anime", "a.pkl"), ("best-1", "动漫 头像.pkl"))
    assert config.load(file, {"WAIFUBOT_MODELS": "x=1=2.pkl, y = b.pkl"}).models == (("x", "1=2.pkl"), ("y", "b.pkl"))
    with pytest.raises(BadSettings, match="give each name once"):
        config.load(None, {"WAIFUBOT_MODELS": "x=1.pkl, x=b.pkl"})


def test_a_file_with_a_name_is_found_as_it_stands_or_in_the_models_folder(tmp_path: Path) -> None:
    folder = tmp_path / "networks"
    folder.mkdir()
    (folder / "a.pkl").touch()
    (tmp_path / "b.pkl").touch()
    settings = Settings(models=(("anime", "a.pkl"), ("best", str(tmp_path / "b.pkl"))), models_dir=str(folder))
    assert config.named_files(settings) == {"anime": folder / "a.pkl", "best": tmp_path / "b.pkl"}
    assert f"anime={folder / 'a.pkl'}" in worker_arguments(settings)
    with pytest.raises(
        BadSettings, match=r"models in the settings is wrong: there is no file a\.pkl for the name anime"
    ):
        config.named_files(Settings(models=(("anime", "a.pkl"),)))


def test_the_address_of_a_cluster_is_given_to_the_worker() -> None:
    settings = config.load(None, {"WAIFUBOT_CLUSTER": " 10.0.0.1:6379 "})
    assert worker_arguments(settings)[-2:] == ["--cluster", "10.0.0.1:6379"]
    assert "--cluster" not in worker_arguments(Settings())
    for wrong in ("10.0.0.1", ":6379", "head:port", "head:0", "head:65536"):
        with pytest.raises(BadSettings, match=r"give the host and port of the cluster's head"):
            config.load(None, {"WAIFUBOT_CLUSTER": wrong})


def test_model_files_and_the_models_folder_must_exist(tmp_path: Path) -> None:
    (tmp_path / "b.pkl").touch()
    path = str(tmp_path / "b.pkl")
    assert config.checkpoint_files(Settings(model=(path,))) == (tmp_path / "b.pkl",)
    assert config.models_folder(Settings(models_dir=str(tmp_path))) == tmp_path
    assert config.models_folder(Settings()) is None
    with pytest.raises(BadSettings, match=r"there is no file nowhere\.pkl; check the path"):
        config.checkpoint_files(Settings(model=("nowhere.pkl",)))
    with pytest.raises(BadSettings, match="there is no folder"):
        config.models_folder(Settings(models_dir=str(tmp_path / "none")))


@pytest.mark.parametrize("content", ["two\nlines", "a space", "b\x00d", "tökén"])
def test_an_impossible_token_is_refused_without_being_shown(tmp_path: Path, content: str) -> None:
    file = tmp_path / "token"
    file.write_text(content)
    with pytest.raises(BadSettings, match="token_file in the settings is wrong: what it holds is no token") as caught:
        config.read_token(Settings(token_file=str(file)), {})
    assert content not in str(caught.value)


# The shared database


def test_the_password_of_the_database_comes_from_the_environment_else_a_file_else_the_address(tmp_path: Path) -> None:
    file = tmp_path / "password.txt"
    file.write_text(" of-the-file\n")
    address = "postgres://bot:of-the-address@db.example/waifubot?sslmode=require"
    settings = config.load(None, {"WAIFUBOT_DATABASE_URL": address, "WAIFUBOT_DATABASE_PASSWORD_FILE": str(file)})
    for environ, expected in (({"WAIFUBOT_DATABASE_PASSWORD": "of-the-environment"}, "environment"), ({}, "file")):
        url = config.read_database(settings, environ)
        assert url is not None
        assert url.password == f"of-the-{expected}"
    url = config.read_database(replace(settings, database_password_file=""), {})
    assert url is not None
    assert (url.drivername, url.password, url.query["sslmode"]) == ("postgresql", "of-the-address", "require")
    assert config.read_database(Settings(), {}) is None
    assert not list(config.warn_of_unknown_variables({"WAIFUBOT_DATABASE_PASSWORD": "x"}))
    assert {"WAIFUBOT_DATABASE_PASSWORD", "WAIFUBOT_DATABASE_URL"} <= set(config.SECRET_VARIABLES)
    for wrong, problem in ((tmp_path / "none", "cannot be read"), (tmp_path / "empty", "is empty")):
        (tmp_path / "empty").touch()
        with pytest.raises(BadSettings, match=f"database_password_file in .* {problem}"):
            config.read_database(replace(settings, database_password_file=str(wrong)), {})


@pytest.mark.parametrize(
    "address",
    ["mysql://bot:s3cret@db/x", "postgresql://bot:s3cret@db", "bot:s3cret@db/x", "postgresql://bot:s3cret@db:port/x"],
)
def test_an_address_that_is_none_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(BadSettings, match="give an address such as postgresql://waifubot@") as refused:
        config.load(None, {"WAIFUBOT_DATABASE_URL": address})
    assert "s3cret" not in str(refused.value)


def test_several_processes_without_a_shared_database_are_refused() -> None:
    with pytest.raises(BadSettings, match=r"shards in the settings is wrong: several processes share .* database_url"):
        find_server(Settings(shards="0-1/4"))
    assert find_server(Settings(shards="0-3/4")) is None
    assert str(find_server(Settings(database_url="postgresql://bot:s3cret@db/x"))) == "postgresql://db/x"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.__main__.find_spec", lambda name: None)
    with pytest.raises(BadSettings, match=r"pip install 'waifubot\[postgresql\]'"):
        find_server(Settings(database_url="postgresql://db/x"))
