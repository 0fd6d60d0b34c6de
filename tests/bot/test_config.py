"""Settings: read from TOML and environment, refused with what is allowed, documented in full; the token stays secret."""

import os
import tomllib
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project_paths import ROOT

from bot import config
from bot.config import LOOPBACK_TOKEN, Settings
from bot.errors import BadSettings, NoToken


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_example_names_every_setting_with_its_default_and_changes_nothing() -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    assert text == config.example(), (
        "write it again: python -c 'from bot import config; print(config.example(), end=\"\")'"
    )
    assert tomllib.loads(text) == {}
    uncommented = "\n".join(
        line[1:] for line in text.splitlines() if line.startswith("#") and not line.startswith("# ")
    )
    values = tomllib.loads(uncommented)
    assert set(values) == {setting.name for setting in fields(Settings)}


def test_the_example_with_every_line_switched_on_gives_the_defaults(tmp_path: Path) -> None:
    text = config.example()
    uncommented = "\n".join(
        line[1:] for line in text.splitlines() if line.startswith("#") and not line.startswith("# ")
    )
    assert config.load(written(tmp_path, uncommented), {}) == Settings()


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, 'max_line = 50\ndevice = "cpu"\nguilds = [12, 34]\nmodel = ["a.pkl", "b,c.pkl"]\n')
    settings = config.load(
        file, {"WAIFUBOT_MAX_LINE": "7", "WAIFUBOT_ENLARGE": "no", "OTHER": "x", "WAIFUBOT_GUILDS": "5, 6"}
    )
    assert (settings.max_line, settings.device, settings.enlarge) == (7, "cpu", False)
    assert settings.guilds == (5, 6)
    assert settings.model == ("a.pkl", "b,c.pkl")


def test_without_a_file_there_are_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.load(None, {}) == Settings()
    written(tmp_path, "max_line = 3")
    assert config.load(None, {}).max_line == 3


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "max_lin = 3",
            r"max_lin in .*config\.toml is wrong: there is no such setting; there are token_file, guilds, model",
        ),
        ("max_line = 0", "max_line .* give a whole number from 1 to 10000"),
        ("max_line = 2.5", "give a whole number"),
        ("max_line = true", "give a whole number"),
        ("max_line = nan", "give a whole number"),
        ("hang_timeout_s = inf", "give seconds from 1 to 3600"),
        ('device = "tpu"', "give one of auto, cpu, cuda"),
        ("device = [1]", "give one of auto, cpu, cuda"),
        ('enlarge = "perhaps"', "give true or false"),
        ('guilds = ["here"]', "give a list of server ids"),
        ("model = [1]", "give a list of files"),
        ("token_file = 1", "give a text in quotes"),
        ('discord_url = "https://discord.com"', "give an address on this machine"),
        ('discord_url = "http://example.org:80"', "give an address on this machine"),
        ('discord_url = "http://localhost:80"', "give an address on this machine"),
        ('discord_url = "http://127.0.0.1"', "give an address on this machine"),
        ('discord_url = "http://127.0.0.1:99999"', "give an address on this machine"),
        ('discord_url = "http://127.0.0.1@example.org:80"', "give an address on this machine"),
        ('token = "very secret"', "a token is never written there"),
        ("max_line = ", "cannot be read as TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadSettings, match=sentence) as refused:
        config.load(written(tmp_path, text), {})
    assert "very secret" not in str(refused.value)


def test_an_unknown_variable_is_named() -> None:
    with pytest.raises(BadSettings, match="WAIFUBOT_COLOUR in the environment"):
        config.load(None, {"WAIFUBOT_COLOUR": "red"})


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
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
        Settings().max_line = 3  # type: ignore[misc]


def test_the_token_comes_from_the_environment_or_a_file_and_is_not_a_setting(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    assert config.token(Settings(token_file=str(file)), {}) == "from-file"
    assert config.token(Settings(token_file=str(file)), {"WAIFUBOT_TOKEN": " from-environment "}) == "from-environment"
    assert "from-" not in repr(
        config.load(None, {"WAIFUBOT_TOKEN": "from-environment", "WAIFUBOT_TOKEN_FILE": str(file)})
    )
    with pytest.raises(NoToken, match="WAIFUBOT_TOKEN"):
        config.token(Settings(), {})
    with pytest.raises(BadSettings, match="cannot be read"):
        config.token(Settings(token_file=str(tmp_path / "none")), {})


def test_a_loopback_discord_never_gets_the_real_token() -> None:
    assert config.token(Settings(discord_url="http://127.0.0.1:1"), {"WAIFUBOT_TOKEN": "real"}) == LOOPBACK_TOKEN


def test_named_models_and_the_folder_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "b.pkl").touch()
    named = str(tmp_path / "b.pkl")
    assert config.checkpoints(Settings(model=(named,))) == (tmp_path / "b.pkl",)
    assert config.models_folder(Settings(models_dir=str(tmp_path))) == tmp_path
    assert config.models_folder(Settings()) is None
    with pytest.raises(BadSettings, match=r"there is no file nowhere\.pkl; check the path"):
        config.checkpoints(Settings(model=("nowhere.pkl",)))
    with pytest.raises(BadSettings, match="there is no folder"):
        config.models_folder(Settings(models_dir=str(tmp_path / "none")))


@pytest.mark.parametrize("found", ["two\nlines", "a space", "b\x00d", "tökén"])
def test_what_cannot_be_a_token_is_refused_without_being_shown(tmp_path: Path, found: str) -> None:
    file = tmp_path / "token"
    file.write_text(found)
    with pytest.raises(BadSettings, match="token_file in the settings is wrong: what it holds is no token") as caught:
        config.token(Settings(token_file=str(file)), {})
    assert found not in str(caught.value)
